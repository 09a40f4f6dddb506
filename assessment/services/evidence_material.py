"""What the evidence of a centre is made of, as it was read: frozen values, without the mathematics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Score:
    """One submitted score of a first round; None is "no evidence"."""

    participant: UUID
    exercise: str
    dimension: str
    assessor: UUID
    score: int | None
    language: str | None


@dataclass(frozen=True)
class KeyShare:
    """What a key gave one participant in an exercise: share of what could be earned, and place on the scale."""

    participant: UUID
    exercise: str
    dimension: str
    proportion: float
    score: float | None
    language: str | None


@dataclass(frozen=True)
class Material:
    """Everything that the figures are made of."""

    scores: Sequence[Score]
    keys: Sequence[KeyShare] = ()
    backgrounds: Mapping[UUID, Mapping[str, str]] = field(default_factory=dict)
    """What participants said about themselves: trait to group."""
    reactions: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The answers that may be shown, by statement."""
    answered: int = 0
    shown: int = 0
    adjudicated: int = 0
    resolved: int = 0
    still_open: int = 0
    left_out: int = 0
