"""The queue that tells the workers which job to run: huey, in a file beside the data, or in Redis.

It is a bell and no store. What has to be done is in the job rows; a ring that is lost (a worker died, Redis was
emptied, the process ended between the commit and the ring) is rung again by the worker's sweep, and one too many does
nothing.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from assessment.redis import RedisAway, RedisServer
from assessment.settings import Settings

if TYPE_CHECKING:  # 6 MiB with what it brings, and most web processes seldom ring
    from huey import Huey

log = logging.getLogger("klei.queue")

NAME = "klei"
RUN = "run_job"
"""The name under which web and worker know the one task there is beside the duties."""


class _Unhurried(sqlite3.Connection):
    """A connection that leaves fsync to the checkpoint: a crash may lose rings and never the file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA synchronous=NORMAL")


class Queue:
    """Where rings wait for a worker. ``run`` is what a worker does with one."""

    def __init__(
        self, settings: Settings, run: Callable[[UUID], object], redis: RedisServer | None = None
    ) -> None:
        self.file: Path | None = None if redis else settings.data_folder / "queue.sqlite3"
        self.redis = redis
        self.run = run
        self._secret = settings.secret_key
        self._huey: Huey | None = None
        self._lock = threading.Lock()

    @property
    def huey(self) -> "Huey":
        """The huey behind it, made at first use."""
        with self._lock:
            if self._huey is None:
                self._huey = self._make()
                self._ring = self._huey.task(name=RUN)(self._run)
            return self._huey

    def _run(self, job_id: str) -> None:
        self.run(UUID(job_id))

    def _make(self) -> "Huey":
        from huey import PriorityRedisHuey, SqliteHuey
        from huey.serializer import SignedSerializer

        # Messages are signed: who can write to Redis must not be able to have anything else run.
        signature = SignedSerializer(secret=self._secret, salt="klei.queue")
        common = {"results": False, "serializer": signature}
        if self.redis:
            return PriorityRedisHuey(NAME, connection_pool=self.redis.pool, **common)
        assert self.file
        self.file.parent.mkdir(parents=True, exist_ok=True)
        local = {"filename": str(self.file), "timeout": 2, "strict_fifo": True, "factory": _Unhurried}
        try:
            return SqliteHuey(NAME, **local, **common)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            log.exception("the queue's file was broken and is made anew; the job rows say what is to be done")
            for suffix in ("", "-wal", "-shm"):
                self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
            return SqliteHuey(NAME, **local, **common)

    def ring(self, job_ids: Iterable[UUID]) -> bool:
        """Tell the workers of these jobs; False when nobody could be told, and the sweep will."""
        try:
            huey = self.huey
            for job_id in job_ids:
                if self.redis:
                    self.redis.ask(lambda _client, job_id=job_id: self._ring(str(job_id)))  # type: ignore[misc]
                else:
                    self._ring(str(job_id))
            if not self.redis:
                huey.storage.close()  # a web process rings seldom and need not hold the file open
        except (RedisAway, sqlite3.Error, OSError) as error:
            log.warning("the queue cannot be reached, the sweep will ring later: %s", error)
            return False
        return True

    def waiting(self) -> set[UUID]:
        """The jobs that workers were told of and have not begun."""
        return {UUID(task.args[0]) for task in self.huey.pending() if type(task).__name__ == RUN}

    def close(self) -> None:
        if self._huey is not None and not self.redis:
            self._huey.storage.close()
