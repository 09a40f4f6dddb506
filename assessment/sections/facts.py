"""What a report is made of: frozen facts, read from and written to plain data.

A report is frozen as this document when it is signed; sections render from it alone, today and in two years.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class ExerciseFacts:
    """An exercise as the participant sat it."""

    id: str
    title: str
    minutes: int
    form: str
    """rated, keyed, both, or choices: whether assessors, a key or both scored it, or a key what was only chosen."""
    language: str
    is_live: bool = False
    """Had with a person at a booked time, not in writing."""
    situation: str = ""
    """What it was about, in a line of its own content."""
    approach: str = ""
    """What the participant did, in the words of the responsible assessor."""
    effect: str = ""
    """What came of it in the exercise."""


@dataclass(frozen=True)
class EvidenceFacts:
    """A passage of the participant's own words that a sentence rests on."""

    id: str
    exercise: str
    quote: str
    dimension: str = ""


@dataclass(frozen=True)
class LineFacts:
    """A line of the half page, in the words of the responsible assessor, with what it rests on."""

    words: str
    evidence: tuple[EvidenceFacts, ...] = ()


@dataclass(frozen=True)
class FrameFacts:
    """A sentence about behaviour, with what it rests on. Never without evidence."""

    frame: str
    dimension: str
    sign: str
    words: str
    evidence: tuple[EvidenceFacts, ...]


@dataclass(frozen=True)
class SeenIn:
    """A dimension in one exercise, in words: a band code, never an assessor's level."""

    exercise: str
    band: str | None
    second_look: bool
    by_key: bool
    is_provisional: bool = False
    """A part of it was made by a key that no panel has checked."""


@dataclass(frozen=True)
class DimensionFacts:
    """A dimension's result: a place on the scale with its range, or the reasons why there is none."""

    id: str
    name: str
    definition: str
    cluster: str
    estimate: float | None
    low: float | None
    high: float | None
    band: str | None
    between: tuple[str, str] | None
    n_exercises: int
    reasons: tuple[str, ...]
    stronger: tuple[str, ...]
    weaker: tuple[str, ...]
    seen_in: tuple[SeenIn, ...]
    frames: tuple[FrameFacts, ...]
    helped: str = ""
    """What helped, in the words of the responsible assessor."""


@dataclass(frozen=True)
class RemarkFacts:
    """What the participant said about the report, and what was answered."""

    kind: str
    text: str
    answer: str
    said_on: date


@dataclass(frozen=True)
class ReliabilityFacts:
    """How far two assessors of a centre agreed, when the report was signed: a number with its range, or too few."""

    n: int
    """Participants whom two assessors rated."""
    needed: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class EditionChange:
    """What is different from the edition before: where, and how it stood there."""

    place: str
    """summary, strengths, steps, account, sentences or helped."""
    dimension: str = ""
    """The name of the dimension or the exercise, where it is about one."""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportFacts:
    """Everything that a development report says."""

    language: str
    participant: str
    programme: str
    centre: str
    purpose: str
    responsible: str
    signed_on: date
    valid_until_on: date
    sat_from_on: date
    sat_until_on: date
    exercises: tuple[ExerciseFacts, ...]
    dimensions: tuple[DimensionFacts, ...]
    summary: str
    strengths: tuple[LineFacts, ...]
    steps: tuple[LineFacts, ...]
    is_provisional: bool
    may_be_blocked: bool
    number: int = 1
    remarks: tuple[RemarkFacts, ...] = ()
    summary_evidence: tuple[EvidenceFacts, ...] = ()
    assessors: int = 0
    """How many people rated; who they were is not said. 0 in documents of before this was kept."""
    reliability: ReliabilityFacts | None = None
    changes: tuple[EditionChange, ...] = ()
    """What this edition changed; none in the first."""

    @property
    def lines(self) -> tuple[LineFacts, ...]:
        """The half page, line by line: first the pattern."""
        return (LineFacts(self.summary, self.summary_evidence), *self.strengths, *self.steps)

    def to_document(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return _plain(asdict(self))  # type: ignore[no-any-return]  # a dictionary stays one

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "ReportFacts":
        """The facts that ``to_document`` wrote."""
        values = dict(document)
        for name in ("signed_on", "valid_until_on", "sat_from_on", "sat_until_on"):
            values[name] = date.fromisoformat(values[name])
        values["exercises"] = tuple(ExerciseFacts(**one) for one in values["exercises"])
        values["dimensions"] = tuple(_dimension(one) for one in values["dimensions"])
        values["strengths"] = tuple(map(_line, values["strengths"]))
        values["steps"] = tuple(map(_line, values["steps"]))
        values["summary_evidence"] = _evidence(values.get("summary_evidence", ()))
        values["remarks"] = tuple(
            RemarkFacts(**{**one, "said_on": date.fromisoformat(one["said_on"])}) for one in values["remarks"]
        )
        values["reliability"] = ReliabilityFacts(**kept) if (kept := values.get("reliability")) else None
        values["changes"] = tuple(
            EditionChange(**{**one, "before": tuple(one["before"]), "after": tuple(one["after"])})
            for one in values.get("changes", ())
        )
        return ReportFacts(**values)


def changed(before: ReportFacts, after: ReportFacts) -> tuple[EditionChange, ...]:
    """What an edition changed of what the edition before it said, place by place."""
    found = [
        EditionChange("summary", before=(before.summary,), after=(after.summary,)),
        *(
            EditionChange(
                place,
                before=tuple(line.words for line in getattr(before, place)),
                after=tuple(line.words for line in getattr(after, place)),
            )
            for place in ("strengths", "steps")
        ),
    ]
    accounts = {one.id: one for one in before.exercises}
    for exercise in after.exercises:
        once = accounts.get(exercise.id)
        found.append(
            EditionChange(
                "account",
                exercise.title,
                tuple(filter(None, (once.approach, once.effect))) if once else (),
                tuple(filter(None, (exercise.approach, exercise.effect))),
            )
        )
    earlier = {dimension.id: dimension for dimension in before.dimensions}
    for dimension in after.dimensions:
        then = earlier.get(dimension.id)
        found.append(
            EditionChange(
                "sentences",
                dimension.name,
                tuple(frame.words for frame in then.frames) if then else (),
                tuple(frame.words for frame in dimension.frames),
            )
        )
        found.append(
            EditionChange(
                "helped",
                dimension.name,
                tuple(filter(None, (then.helped,))) if then else (),
                tuple(filter(None, (dimension.helped,))),
            )
        )
    return tuple(one for one in found if one.before != one.after)


@dataclass(frozen=True)
class OwnLines:
    """What the participant wrote for themselves after an exercise."""

    exercise: str
    """The exercise's title."""
    stays: str
    next_time: str


@dataclass(frozen=True)
class PlannedAction:
    """An action of the participant's plan, as far as it is written."""

    action: str
    situation: str = ""
    behaviour: str = ""
    sign: str = ""
    is_done: bool = False


@dataclass(frozen=True)
class PlanDay:
    """A look back at the plan: its day, and whether it has been held."""

    number: int
    """30, 60 or 90."""
    due_on: date
    is_done: bool = False


@dataclass(frozen=True)
class OwnFacts:
    """What only the participant may see beside the report. It is read when they read, and frozen in no document."""

    before: Mapping[str, int] = field(default_factory=dict)
    """How they saw themselves before the first exercise, by dimension, from 1 to 5."""
    after: Mapping[str, int] = field(default_factory=dict)
    lines: tuple[OwnLines, ...] = ()
    plan: tuple[PlannedAction, ...] = ()
    days: tuple[PlanDay, ...] = ()
    """The looks back of the plan; none before it was begun."""


def _line(one: str | Mapping[str, Any]) -> LineFacts:
    """The first documents held a line's words alone."""
    return LineFacts(one) if isinstance(one, str) else LineFacts(one["words"], _evidence(one["evidence"]))


def _evidence(found: Iterable[Mapping[str, Any]]) -> tuple[EvidenceFacts, ...]:
    return tuple(EvidenceFacts(**one) for one in found)


def _dimension(one: Mapping[str, Any]) -> DimensionFacts:
    return DimensionFacts(
        **{
            **one,
            "between": tuple(one["between"]) if one["between"] else None,
            "reasons": tuple(one["reasons"]),
            "stronger": tuple(one["stronger"]),
            "weaker": tuple(one["weaker"]),
            "seen_in": tuple(SeenIn(**entry) for entry in one["seen_in"]),
            "frames": tuple(
                FrameFacts(**{**frame, "evidence": _evidence(frame["evidence"])}) for frame in one["frames"]
            ),
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value
