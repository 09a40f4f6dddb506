"""What was measured: how often each kind of request was made, how long it took, and what went wrong."""

import gc
import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

LOST = "lost"
"""The code of a request whose answer never came."""


@dataclass
class Kind:
    """One kind of request."""

    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    """Of every answer that came, also of those with an error."""
    errors: Counter[str] = field(default_factory=Counter)
    """By status or code."""


class Figures:
    """All kinds of requests of one rehearsal."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.delays: array[float] = array("d")
        """By how much the load generator itself was late: what it adds to every latency."""

    def note(self, kind: str, seconds: float | None, error: str = "") -> None:
        """Note a request; without seconds there was no answer."""
        entry = self.kinds.setdefault(kind, Kind())
        if seconds is not None:
            entry.seconds.append(seconds)
        if error:
            entry.errors[error] += 1

    @property
    def requests(self) -> int:
        return sum(len(kind.seconds) for kind in self.kinds.values())

    @property
    def errors(self) -> int:
        return sum(kind.errors.total() for kind in self.kinds.values())

    def lately(self, kind: str, share: float, last: int = 1000) -> float | None:
        """Milliseconds within which this share of the last answers came; None where there was none."""
        entry = self.kinds.get(kind)
        return percentile(entry.seconds[-last:], share) if entry else None

    def document(self) -> dict[str, Any]:
        """As plain data, in milliseconds."""
        return {
            "requests": {
                name: {
                    "count": len(kind.seconds),
                    "errors": dict(kind.errors),
                    "p50_ms": percentile(kind.seconds, 0.50),
                    "p95_ms": percentile(kind.seconds, 0.95),
                    "p99_ms": percentile(kind.seconds, 0.99),
                    "max_ms": percentile(kind.seconds, 1.0),
                }
                for name, kind in self.kinds.items()
            },
            "generator_late_p99_ms": percentile(self.delays, 0.99),
            "generator_late_max_ms": percentile(self.delays, 1.0),
        }

    def table(self) -> list[str]:
        """As lines for a terminal."""
        lines = [f"{'':24}{'count':>9}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}   errors"]
        for name, kind in self.kinds.items():
            cells = "".join(
                f"{'–' if (ms := percentile(kind.seconds, share)) is None else f'{ms:.1f}':>9}"
                for share in (0.50, 0.95, 0.99, 1.0)
            )
            said = ", ".join(f"{code} × {count}" for code, count in sorted(kind.errors.items())) or "none"
            lines.append(f"{name:24}{len(kind.seconds):>9,}{cells}   {said}")
        lines.append("Milliseconds, from sending to the last byte of the answer.")
        late, latest = percentile(self.delays, 0.99), percentile(self.delays, 1.0)
        if late is not None:
            lines.append(
                f"The load generator itself was late by {late:.1f} ms (p99), {latest:.1f} ms at most; "
                "that is part of the above."
            )
        return lines


@contextmanager
def without_pauses() -> Iterator[None]:
    """Keep Python's collections of garbage out of what is measured here.

    With thousands of participants one takes up to half a second, in which nobody notes an answer that has come. Almost
    nothing waits for them: what a request leaves behind goes with its last use.
    """
    was_collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_collecting:
            gc.enable()


def percentile(seconds: "Sequence[float] | array[float]", share: float) -> float | None:
    """The smallest measured value, in milliseconds, below which at least this share lies."""
    if not len(seconds):
        return None
    ordered = sorted(seconds)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] * 1000
