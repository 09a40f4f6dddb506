"""A real Redis for tests: Debian's, on a socket of its own, with nothing kept on disk."""

import subprocess
import time
from pathlib import Path

from redis import Redis, RedisError


class OwnRedis:
    """A Redis that a test may stop, start again and empty."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = {"port": "0", "unixsocket": str(self.socket), "save": "", "appendonly": "no"}
        self._process = subprocess.Popen(
            ["redis-server", *(part for name, value in options.items() for part in (f"--{name}", value))],
            stdout=subprocess.DEVNULL,
            cwd=self.socket.parent,
        )
        with Redis.from_url(self.url) as client:
            for _ in range(200):
                try:
                    client.ping()
                except RedisError:
                    time.sleep(0.02)
                else:
                    return
        raise RuntimeError("Redis did not start")

    def stop(self) -> None:
        """As if its machine went away: nothing is said, nothing is kept."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        with Redis.from_url(self.url) as client:
            client.flushall()
