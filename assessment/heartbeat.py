"""The heartbeat of a web process: a thread that shows every few seconds that the service is there.

Nothing is served before the first beat, nor after a silence, until a beat has given back what an outage took: so no
save is judged by a deadline that is still to be moved.
"""

import logging
import os
import threading
from datetime import datetime, timedelta

import sqlalchemy as sa

from assessment import clock, errors
from assessment.database import Database
from assessment.services import outages
from assessment.writers import PATIENCE

log = logging.getLogger("klei.heartbeat")


class Heart:
    """Beats for one process. Threads do not survive a fork, so a child begins its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._seen_at: datetime | None = None
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to beat, in this process and in those that are forked from it."""
        os.register_at_fork(after_in_child=self._after_fork)
        self._begin()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=PATIENCE)

    def ensure(self) -> None:
        """Let a request pass when the service has shown itself lately; otherwise beat first.

        :raises Busy: when the database does not answer.
        """
        if self._is_fresh():
            return
        if not self._turn.acquire(timeout=PATIENCE):
            raise errors.Busy
        try:
            if not self._is_fresh():
                self._beat()
        except sa.exc.SQLAlchemyError as error:
            raise errors.Busy from error
        finally:
            self._turn.release()

    def _is_fresh(self) -> bool:
        if self._seen_at is None:
            return False
        return timedelta() <= clock.now() - self._seen_at <= outages.SILENCE

    def _beat(self) -> None:
        """Beat, unless another process did so a moment ago: the row is read before it is written."""
        now = clock.now()
        with self.database.reading() as session:
            last = outages.last_beat(session)
        if last is not None and timedelta() <= now - last < outages.EVERY / 2:
            self._seen_at = last
            return
        with self.database.writing() as session:
            found = outages.beat(session)
            for sitting_id, failure in session.info.pop("could_not_credit", {}).items():
                log.error(
                    "sitting %s could not be given back what the outage took", sitting_id, exc_info=failure
                )
        self._seen_at = now
        if found is not None:
            log.warning("the service was away from %s until %s", found.from_at, found.until_at)

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def _after_fork(self) -> None:
        self._turn, self._stop, self._seen_at = threading.Lock(), threading.Event(), None
        self._begin()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._turn:
                    self._beat()
            except Exception as error:
                # The database is away, or its tables are still to be made: the next beat tries again.
                log.warning("no heartbeat: %s", error)
            self._stop.wait(outages.EVERY.total_seconds())
