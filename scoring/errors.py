"""Errors of `scoring`: one small class for each thing that can be wrong with what was handed in.

A number that cannot be computed from correct input is not an error: the result then says so in `reasons`.
"""


class ScoringError(ValueError):
    """Anything handed to `scoring` that it cannot accept."""


class NotANumber(ScoringError):
    """A value is infinite, or no number at all. Missing values are NaN or None."""


class OffScale(ScoringError):
    """A rating lies outside the declared scale, or between its categories."""


class WrongShape(ScoringError):
    """An array or sequence has another shape than the function needs."""


class OutOfRange(ScoringError):
    """A parameter lies outside the range in which it has a meaning."""


class UnknownName(ScoringError):
    """A name (of a form, method, facet, exercise, ...) is not one of those that exist."""


class NotConnected(ScoringError):
    """Elements of disconnected subsets were to be compared."""


class NotEstimable(ScoringError):
    """The ratings do not hold what a model needs; `reason` is the code, for instance "one_category"."""

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(f"{explanation} ({reason})")
        self.reason = reason
