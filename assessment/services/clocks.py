"""The clock of a running sitting as its page was told it, and sends it back with each save.

What comes back is a claim: it decides nothing by itself. The save path reckons with it and stores only where the
sitting, held, has this very clock. So each process can store each save in one statement, whichever process told it.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar

from assessment.models.sitting import SittingState

FACTORS = 1.0, 10.0
SECONDS = 0.0, 1e9
YEARS = 2000, 3000
"""Within these one may reckon without asking whether a date can hold the result."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What the decision about time rests on, of a sitting that runs."""

    version_hash: str
    started_at: datetime
    deadline_at: datetime
    time_factor: float
    is_untimed: bool
    credited_seconds: float

    state: ClassVar[SittingState] = SittingState.RUNNING

    def told(self) -> list[Any]:
        """As it goes to the page."""
        values = (getattr(self, name) for name in NAMES)
        return [one.isoformat() if isinstance(one, datetime) else one for one in values]


NAMES = tuple(one.name for one in fields(Clock))


def of(sitting: Any) -> Clock | None:
    """The clock of a Sitting or of a row with its columns; None where it does not run."""
    if sitting.state is not SittingState.RUNNING:
        return None
    return Clock(*(getattr(sitting, name) for name in NAMES))


def read(given: Any) -> Clock | None:
    """The clock that a page sent; None where it sent none, or something else."""
    match given:
        case [
            str(version),
            str(started),
            str(deadline),
            float() | int() as factor,
            bool(untimed),
            float() | int() as credited,
        ]:
            pass
        case _:
            return None
    if not (_lies(factor, FACTORS) and _lies(credited, SECONDS)):
        return None
    try:
        started_at, deadline_at = (_moment(one) for one in (started, deadline))
    except (ValueError, OverflowError):
        return None
    return Clock(version, started_at, deadline_at, float(factor), untimed, float(credited))


def _lies(number: float, limits: tuple[float, float]) -> bool:
    least, most = limits
    return least <= number <= most


def _moment(words: str) -> datetime:
    """
    :raises ValueError: when it is none, or has no time zone, or lies far away. :raises OverflowError: likewise.
    """
    found = datetime.fromisoformat(words)
    if found.tzinfo is None:
        raise ValueError(words)
    found = found.astimezone(UTC)
    if not _lies(found.year, YEARS):
        raise ValueError(words)
    return found
