"""Redis, where KLEI_REDIS_URL names one: asked with short patience, and left alone for a while after it was away.

Nothing that Klei must not lose is in Redis. It carries the queue of background work and the counts of the throttle,
and each of these goes on without it.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # 5 MiB that only those need who have one
    from redis import Redis

Answer = TypeVar("Answer")

PATIENCE = 1.0
"""Seconds to wait for a connection: somebody may be waiting for the page."""
REST = 5.0
"""Seconds in which Redis is not asked again after it was away."""


class RedisAway(Exception):
    """Redis did not answer; whoever asked goes on without it."""


class RedisServer:
    """A Redis and whether it answers."""

    def __init__(self, url: str) -> None:
        from redis import ConnectionPool, Redis, RedisError
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # One new try at once, because a connection of before a restart only shows when it is used.
        self.pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=PATIENCE,
            socket_timeout=5 * PATIENCE,
            retry=Retry(NoBackoff(), 1),
            retry_on_error=[ConnectionError],
            health_check_interval=30,
        )
        self.client = Redis(connection_pool=self.pool)
        self._error = RedisError
        self._rests_until = 0.0

    def ask(self, question: "Callable[[Redis], Answer]") -> Answer:
        """What Redis answers.

        :raises RedisAway: when it does not, or did not a moment ago.
        """
        if time.monotonic() < self._rests_until:
            raise RedisAway
        try:
            return question(self.client)
        except self._error as error:
            self._rests_until = time.monotonic() + REST
            raise RedisAway from error

    def answers(self) -> bool:
        """Whether it is there at this moment."""
        try:
            return bool(self.client.ping())
        except self._error:
            return False

    def close(self) -> None:
        self.pool.disconnect()
