"""Throttles: how often somebody may try, counted in Redis where there is one and in a table otherwise.

Whoever asks does not see which. When Redis is away the table counts, so that its absence never opens a door: at worst
somebody has the free tries of both.
"""

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.models.person import Throttle
from assessment.redis import RedisAway, RedisServer

if TYPE_CHECKING:
    from redis import Redis

FIRST_WAIT = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Limit:
    """How many tries are free, and how long the waits after them may grow."""

    free: int
    longest: timedelta

    def wait(self, tries: int) -> timedelta | None:
        """How long to wait after so many tries; None while they are free."""
        over = tries - self.free
        if over < 0:
            return None
        doubled: timedelta = FIRST_WAIT * 2 ** min(over, 16)
        return min(self.longest, doubled)


class TooManyAttempts(errors.KleiError):
    status = 429
    sentence = "Too many attempts. Please wait %(minutes)s minutes and try again."


def key(kind: str, value: str) -> str:
    """Under what it is counted: a digest, so that no address is kept."""
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"


def take(session: Session, key: str, limit: Limit) -> bool:
    """Count one more; whether it is still within the limit."""
    return count(session, key, limit) is None


def count(session: Session, key: str, limit: Limit) -> TooManyAttempts | None:
    """Count a try, or say that it has to wait."""
    now = clock.now()
    try:
        until = _redis(session).ask(lambda redis: _count_in_redis(redis, key, limit, now))
    except RedisAway:
        until = _count_in_table(session, key, limit, now)
    if until is None:
        return None
    return TooManyAttempts(minutes=max(1, -int(-(until - now).total_seconds() // 60)))


def take_back(session: Session, key: str) -> None:
    """Count one less: the try was none to be held against them."""
    with contextlib.suppress(RedisAway):
        _redis(session).ask(lambda redis: redis.eval(_TAKE_BACK, 1, _name(key)))
    session.execute(
        sa.update(Throttle)
        .where(Throttle.key == key, Throttle.failures > 0)
        .values(failures=Throttle.failures - 1, until_at=None)
    )


def forgive(session: Session, key: str) -> None:
    """Forget the tries, wherever they were counted."""
    with contextlib.suppress(RedisAway):
        _redis(session).ask(lambda redis: redis.delete(_name(key)))
    session.execute(sa.delete(Throttle).where(Throttle.key == key))


# In Redis.


def _redis(session: Session) -> RedisServer:
    found: RedisServer | None = session.info.get("redis")
    if found is None:
        raise RedisAway
    return found


def _name(key: str) -> str:
    return f"klei.throttle.{key}"


_READ = """
local tries = tonumber(redis.call('HGET', KEYS[1], 'tries') or '0')
local last = tonumber(redis.call('HGET', KEYS[1], 'last') or '0')
local wait_until = tonumber(redis.call('HGET', KEYS[1], 'until') or '0')
"""
_COUNT = (
    _READ
    + """
local now, free, first = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, forgotten = tonumber(ARGV[4]), tonumber(ARGV[5])
if wait_until > now then return tostring(wait_until) end
if now - last > forgotten then tries = 0 end
tries = tries + 1
wait_until = 0
if tries >= free then wait_until = now + math.min(longest, first * 2 ^ math.min(tries - free, 16)) end
redis.call('HSET', KEYS[1], 'tries', tries, 'last', now, 'until', wait_until)
redis.call('PEXPIRE', KEYS[1], math.ceil((forgotten + longest) * 1000))
return '0'
"""
)
_TAKE_BACK = (
    _READ
    + """
if tries > 0 then redis.call('HSET', KEYS[1], 'tries', tries - 1, 'until', 0) end
"""
)


def _count_in_redis(redis: "Redis", key: str, limit: Limit, now: datetime) -> datetime | None:
    """One script, so that tries at the same moment are counted one after another."""
    until = float(
        redis.eval(
            _COUNT,
            1,
            _name(key),
            f"{now.timestamp():.6f}",
            str(limit.free),
            str(FIRST_WAIT.total_seconds()),
            str(limit.longest.total_seconds()),
            str(FORGOTTEN_AFTER.total_seconds()),
        )
    )
    return datetime.fromtimestamp(until, UTC) if until else None


# In the table.


def _count_in_table(session: Session, key: str, limit: Limit, now: datetime) -> datetime | None:
    connection = session.connection()
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(
        dialect.insert(Throttle).values(key=key, failures=0, last_at=now).on_conflict_do_nothing()
    )
    entry = session.scalars(sa.select(Throttle).where(Throttle.key == key).with_for_update()).one()
    if entry.until_at and entry.until_at > now:
        return entry.until_at
    if now - entry.last_at > FORGOTTEN_AFTER:
        entry.failures = 0
    entry.failures += 1
    entry.last_at = now
    wait = limit.wait(entry.failures)
    entry.until_at = now + wait if wait else None
    # Two keys may be counted in one transaction: the first has to be stored before the second is asked.
    session.flush()
    return None
