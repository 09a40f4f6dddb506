"""The result that most functions of `scoring` give back."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with its uncertainty, or the reasons why there is none.

    `estimate`, `standard_error` and `interval` are None where they are undefined; then `reasons` says why,
    in codes such as "no_variation". A reason beside an estimate is a caution ("negative", "few_units").
    `n` counts what the estimate rests on, as the function says. Nothing is rounded.

    >>> Estimate(estimate=None, standard_error=None, interval=None, n=0, reasons=("no_ratings",)).is_defined
    False
    """

    estimate: float | None
    standard_error: float | None = None
    interval: tuple[float, float] | None = None
    n: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def is_defined(self) -> bool:
        """Whether there is a number at all."""
        return self.estimate is not None
