"""What the workbench shows of one assignment, ready for its templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any, cast
from uuid import UUID

from assessment.language import marked as _
from assessment.models.rating import Observation, Rating, RatingState
from assessment.pages import frame
from assessment.pages.passages import DrawnBlock, drawn
from assessment.services import ratings, readings
from assessment.services.chronicles import Line
from assessment.services.ratings import Desk
from assessment.services.readings import Reading
from exercises.content import Exercise
from exercises.rubric import LEVELS, Behaviour, RatedDimension, framework

NOTES = {
    "intro": _("Before you rate"),
    "look_for": _("What to look for"),
    "not_weighed": _("What not to weigh"),
    "plan": _("One way to solve it"),
    "traps": _("What a careful reader can find"),
    "calculations": _("Calculations"),
    "can_reach_five": _("Can reach level 5"),
    "stays_low": _("Stays low"),
    "messages": _("Message by message"),
    "follow_ups": _("Follow-ups"),
    "rounds": _("Half-year by half-year"),
    "prompts": _("Question by question"),
    "claim": _("What is claimed"),
    "finding": _("What can be found"),
    "counterpart": _("The other person"),
    "form": _("The form of the conversation"),
    "time": _("The minutes of the conversation"),
    "counting": _("What counts"),
    "transfers": _("The two requests for a transfer"),
    "sundays": _("What the organisation must solve"),
    "limits": _("More than one way is right"),
}
"""The headings of the expert notes that come with an exercise."""


@dataclass(frozen=True)
class Check:
    """A line of the checklist and whether it is ticked."""

    id: str
    sign: str
    behaviour: str
    words: str
    is_ticked: bool


@dataclass(frozen=True)
class Card:
    """A dimension on the workbench: anchors, checklist, level and evidence."""

    dimension: str
    name: str
    definition: str
    level: int | None
    """1 to 5; 0 for "no evidence"; None when not rated yet."""
    anchors: tuple[tuple[int, str], ...]
    lines: tuple[Check, ...]
    behaviours: tuple[tuple[str, Behaviour], ...]
    """Each with the letter that ties to it."""
    evidence: tuple[Observation, ...]

    @property
    def is_open(self) -> bool:
        """Whether its levels are open: something was recorded first (M7)."""
        return bool(self.evidence) or any(line.is_ticked for line in self.lines)


@dataclass(frozen=True)
class Place:
    """Where this sitting stands in the assessor's queue of the exercise."""

    number: int
    of: int
    next: str | None
    next_id: UUID | None


@dataclass(frozen=True)
class Row:
    """A line of the order of events; where a block stands in it, the block and its number on the page."""

    line: Line
    number: int
    drawn: DrawnBlock | None


@dataclass(frozen=True)
class Course:
    """The order of events, what there was at the end, and facts for the talk afterwards."""

    rows: tuple[Row, ...]
    rest: tuple[tuple[int, DrawnBlock], ...]
    facts: tuple[str, ...]
    is_conversation: bool


@dataclass(frozen=True)
class Workbench:
    """Everything on the page, in the assessor's language."""

    desk: Desk
    blocks: tuple[DrawnBlock, ...]
    """In the order in which they stand on the page."""
    course: Course | None
    cards: tuple[Card, ...]
    place: Place
    may_write: bool
    is_submitted: bool
    contradicting: tuple[str, ...]
    """Blocks that are choices with a text, where the two can contradict each other."""
    notes: tuple["Note", ...]
    is_preview: bool = False
    """Whether there is nobody's answer: a sample is read, and nothing can be done."""


@dataclass(frozen=True)
class Note:
    """A part of the expert notes: a heading with text or further parts."""

    heading: str
    text: str
    items: tuple[str, ...]
    parts: tuple["Note", ...]


def workbench(assignment_id: UUID, level_of: Mapping[str, int | None] | None = None) -> Workbench:
    """The workbench of one assignment of the actor.

    :raises NotFound: when it is not theirs. :raises NotSealed: while the participant still works.
    """
    session, who, language = frame.session(), frame.actor(), frame.words().language
    desk = ratings.desk(session, assignment_id, by=who)
    rating = desk.rating
    observations = list(rating.observations) if rating else []
    reading = readings.read(session, desk.sitting, language)
    blocks = _drawn(reading, observations)
    is_submitted = rating is not None and rating.state is RatingState.SUBMITTED
    return Workbench(
        desk=desk,
        blocks=blocks,
        course=_course(reading, blocks),
        cards=cards(desk, language),
        place=_place(desk),
        may_write=rating is not None and not is_submitted,
        is_submitted=is_submitted,
        contradicting=tuple(
            one.block.id for one in blocks if one.block.rows and one.block.text and not one.block.is_draft
        ),
        notes=tuple(_notes(desk.exercise.text(language).get("assessor_notes", {}))),
    )


@dataclass(frozen=True)
class _Sample:
    """What stands in the place of a sitting: a sample answer has a code, and nobody who wrote it."""

    code: str


@dataclass(frozen=True)
class _Bare:
    """A desk with an exercise on it, and no work."""

    exercise: Exercise
    sitting: _Sample
    dimensions: tuple[RatedDimension, ...]
    assignment: None = None
    rating: None = None
    use: None = None


def preview(exercise: Exercise, reading: Reading, language: str) -> Workbench:
    """The workbench with this reading, as it looks to somebody who has not begun to rate."""
    dimensions = tuple(one for one in (exercise.rubric.dimensions if exercise.rubric else ()) if one.anchors)
    sample = _Sample(frame.words().gettext("Sample answer"))
    desk = cast(Desk, _Bare(exercise, sample, dimensions))
    blocks = _drawn(reading, ())
    return Workbench(
        desk=desk,
        blocks=blocks,
        course=_course(reading, blocks),
        cards=cards(desk, language),
        place=Place(1, 1, None, None),
        may_write=False,
        is_submitted=False,
        contradicting=(),
        notes=tuple(_notes(exercise.text(language).get("assessor_notes", {}))),
        is_preview=True,
    )


def _drawn(reading: Reading, observations: Sequence[Observation]) -> tuple[DrawnBlock, ...]:
    """The blocks in the order of events; those that have no place in it come after, as they are read."""
    placed = [line.block for line in reading.chronicle.lines if line.block] if reading.chronicle else []
    places = {name: place for place, name in enumerate(placed)}
    blocks = sorted(reading.blocks, key=lambda block: places.get(block.id, len(places)))
    return tuple(drawn(block, observations) for block in blocks)


def _course(reading: Reading, blocks: Sequence[DrawnBlock]) -> Course | None:
    told = reading.chronicle
    if told is None:
        return None
    by_id = {one.block.id: (number, one) for number, one in enumerate(blocks, 1)}
    lines = tuple(Row(line, *by_id.pop(line.block, (0, None))) for line in told.lines)
    return Course(lines, tuple(by_id.values()), told.facts, told.is_conversation)


def cards(desk: Desk, language: str) -> tuple[Card, ...]:
    """The dimensions to be rated, with what the draft holds of each."""
    rating = desk.rating
    ticked = {tick.line for tick in rating.ticks} if rating else set()
    return tuple(
        Card(
            dimension=rated.dimension,
            name=framework()[rated.dimension].name[language],
            definition=framework()[rated.dimension].definition[language],
            level=level(rating, rated.dimension),
            anchors=tuple((n, anchor[language]) for n, anchor in zip(LEVELS, rated.anchors, strict=False)),
            lines=tuple(
                Check(line.id, line.sign, line.behaviour, line.words[language], line.id in ticked)
                for line in rated.checklist
            ),
            behaviours=tuple(zip(ascii_lowercase, framework()[rated.dimension].behaviours, strict=False)),
            evidence=tuple(
                sorted(
                    (
                        one
                        for one in (rating.observations if rating else ())
                        if one.dimension == rated.dimension
                    ),
                    key=lambda one: (one.created_at, str(one.id)),
                )
            ),
        )
        for rated in desk.dimensions
    )


def level(rating: Rating | None, dimension: str) -> int | None:
    """The level that a rating gives to a dimension: 1 to 5, 0 for "no evidence", None for not rated yet."""
    entry = next((one for one in rating.dimensions if one.dimension == dimension), None) if rating else None
    if entry is None:
        return None
    return 0 if entry.has_no_evidence else entry.score


def _place(desk: Desk) -> Place:
    for queue in ratings.queues(frame.session(), by=frame.actor()):
        ids = [item.assignment_id for item in queue.items]
        if desk.assignment.id in ids:
            following = next((one for one in queue.open if one.assignment_id != desk.assignment.id), None)
            return Place(
                ids.index(desk.assignment.id) + 1,
                len(ids),
                following.code if following else None,
                following.assignment_id if following else None,
            )
    return Place(1, 1, None, None)


def _notes(document: Any) -> Iterator[Note]:
    if not isinstance(document, Mapping):
        return
    for name, value in document.items():
        heading = frame.words().gettext(NOTES[name]) if name in NOTES else str(name)
        if isinstance(value, Mapping):
            yield Note(heading, "", (), tuple(_notes(value)))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield Note(heading, "", tuple(str(one) for one in value), ())
        else:
            yield Note(heading, str(value), (), ())
