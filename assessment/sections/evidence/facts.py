"""What was found about a centre: frozen values without words, read from and written to plain data."""

import types
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

GREEN, AMBER, RED, GREY = "green", "amber", "red", "grey"
"""Bands by published cut-offs, always of the limit that is least favourable; grey is "not enough data yet"."""


@dataclass(frozen=True)
class Withheld:
    """Why something is not shown: what it needs (a message id of :mod:`assessment.services.minimums`), and what there is."""

    needs: str
    n: int
    have: int


@dataclass(frozen=True)
class Measured:
    """A number with its interval and what it rests on; without a number the reasons say why there is none."""

    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    band: str = GREY
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extent:
    """What the page rests on, counted."""

    participants: int = 0
    """With a submitted first-round rating that counts."""
    rated_twice: int = 0
    """Of these, whom two assessors rated in at least one exercise."""
    performances: int = 0
    performances_twice: int = 0
    ratings: int = 0
    """Scores: one per assessor, performance and dimension."""
    no_evidence: int = 0
    """Where an assessor said that nothing was seen."""
    assessors: int = 0
    exercises: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    adjudicated: int = 0
    resolved: int = 0
    still_open: int = 0
    """First ratings and adjudications that are still to come."""
    left_out: int = 0
    """Sittings that were excluded or void, or whose participant withdrew."""


@dataclass(frozen=True)
class Agreement:
    """How well two assessors agree, of the whole centre, an exercise or a dimension."""

    of: str
    """"all", or the id of an exercise or a dimension."""
    single: Measured
    """G(q,k) of one assessor."""
    together: Measured
    """G(q,k) of the mean of a performance's own assessors."""
    alpha: Measured
    """Krippendorff's, with interval weights; units of one participant are taken together."""
    exact: Measured
    """Share of pairs of ratings that are equal."""
    within_one: Measured
    """Share that differ by one at most."""
    withheld: Withheld | None = None


@dataclass(frozen=True)
class Source:
    """How much of the differences between ratings comes from one thing."""

    part: str
    """person, person_exercise, person_dimension, person_both, exercise, dimension, assessor or rest."""
    variance: Measured
    share: float


@dataclass(frozen=True)
class Trial:
    """How dependable a score would be with so many exercises and assessors for each."""

    exercises: int
    assessors: int
    reliability: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Dependability:
    """What a D-study says of one kind of score."""

    of: str
    """whole (the picture over all dimensions), dimension, or profile (differences between dimensions of one person)."""
    now: Measured
    exercises: int
    assessors: int
    trials: tuple[Trial, ...]
    wanted: float
    needed_exercises: int | None
    """With as many assessors as now; None when none of the numbers tried is enough."""
    needed_assessors: int | None
    """With as many exercises as now."""


@dataclass(frozen=True)
class Finding:
    """Something that an assessor does differently: a prompt to look and talk."""

    effect: str
    """lenient, harsh, central, extreme, erratic, halo or biased_dimension."""
    where: str = ""


@dataclass(frozen=True)
class Effects:
    """What the many-facet model says about one assessor."""

    assessor: str
    """The id of the person."""
    subset: int
    performances: int
    ratings: int
    raw: float | None = None
    fair: float | None = None
    """What this assessor would give on average if all had rated the same performances."""
    severity: Measured = Measured()
    """In points of the scale, against the average assessor of the subset; above 0 is stricter."""
    fit: float | None = None
    """Infit: 1 is as the model expects."""
    fit_band: str = GREY
    spread: float | None = None
    """z of the use of the scale: strongly negative is central, strongly positive extreme."""
    halo: float | None = None
    """z of differences within a performance: strongly negative is little difference."""
    findings: tuple[Finding, ...] = ()
    withheld: Withheld | None = None


@dataclass(frozen=True)
class Subset:
    """Assessors whom shared performances link; severities are compared among them alone."""

    number: int
    assessors: int
    participants: int
    performances: int
    differ: Measured = Measured()
    """How far the assessors lie apart: the standard deviation of severity beyond error, in points."""
    withheld: Withheld | None = None


@dataclass(frozen=True)
class Shift:
    """How many participants an average pair of assessors would have given how much more or less, over all exercises."""

    below_tenth: int
    below_quarter: int
    more: int
    largest: float


@dataclass(frozen=True)
class Difficulty:
    """How hard an exercise is."""

    exercise: str
    n: int
    raw: float | None
    fair: Measured


@dataclass(frozen=True)
class InLanguage:
    """How an exercise went in one language (T5)."""

    exercise: str
    by_key: bool
    language: str
    n: int
    mean: Measured = Measured()
    """Mean of participants: points of the scale, or of a key the share of what could be earned."""
    withheld: Withheld | None = None


@dataclass(frozen=True)
class BetweenLanguages:
    """The second language against the first, in standard deviations."""

    exercise: str
    by_key: bool
    first: str
    second: str
    difference: Measured
    withheld: Withheld | None = None


@dataclass(frozen=True)
class Group:
    """A group of participants against the largest one, in standard deviations."""

    trait: str
    group: str
    against: str
    n: int | None
    """None below the smallest cell that may be shown."""
    difference: Measured = Measured()
    withheld: Withheld | None = None


@dataclass(frozen=True)
class Statement:
    """How far participants agree with one statement."""

    id: str
    n: int
    mean: Measured
    agree: Measured
    withheld: Withheld | None = None


@dataclass(frozen=True)
class Reactions:
    answered: int = 0
    shown: int = 0
    statements: tuple[Statement, ...] = ()
    withheld: Withheld | None = None


@dataclass(frozen=True)
class Keyed:
    """What a key and the assessors gave the same performance, where both rate a dimension."""

    exercise: str
    dimension: str
    n: int
    difference: Measured = Measured()
    """Key minus the mean of the assessors, in points."""
    withheld: Withheld | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything that was found about a centre."""

    extent: Extent
    agreement: tuple[Agreement, ...] = ()
    agreement_withheld: Withheld | None = None
    sources: tuple[Source, ...] = ()
    dependability: tuple[Dependability, ...] = ()
    sources_withheld: Withheld | None = None
    sources_reasons: tuple[str, ...] = ()
    subsets: tuple[Subset, ...] = ()
    effects: tuple[Effects, ...] = ()
    effects_withheld: Withheld | None = None
    shift: Shift | None = None
    difficulty: tuple[Difficulty, ...] = ()
    languages: tuple[InLanguage, ...] = ()
    between_languages: tuple[BetweenLanguages, ...] = ()
    keyed: tuple[Keyed, ...] = ()
    groups: tuple[Group, ...] = ()
    reactions: Reactions = Reactions()

    @property
    def is_connected(self) -> bool:
        return len(self.subsets) < 2

    def to_document(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)

    @staticmethod
    def from_document(document: dict[str, Any]) -> "Evidence":
        """The evidence that ``to_document`` wrote."""
        found = _read(Evidence, document)
        assert isinstance(found, Evidence)
        return found


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any) -> Any:
    """A value as its annotation says: frozen classes of this module, tuples of them, and plain values."""
    if get_origin(kind) is types.UnionType:
        return None if value is None else _read(get_args(kind)[0], value)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], one) for one in value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{one.name: _read(hints[one.name], value[one.name]) for one in fields(kind)})
    return value
