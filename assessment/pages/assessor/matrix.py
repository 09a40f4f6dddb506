"""The matrix of one participant: exercises against dimensions, what is asked, and the evidence of the chosen cell.

Assessors are letters, in an order that says nothing, until a wash-up decides: so a level is looked at before its author.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from assessment.language import marked as _
from assessment.models.rating import Integration, IntegrationChange, IntegrationState, Rating, Round
from assessment.pages import frame
from assessment.services import consultations, integrations
from assessment.services.integrations import DimensionResult, ExerciseScore, Question, SeenSitting, Shown

REASONS: Mapping[str, str] = {
    "U1": _("Too little was seen for a number."),
    "U2": _("The picture differs between exercises, so one number would mislead."),
    "U3": _("Close to a border between two bands."),
    "U4": _("Two assessors differ by two points or more and no adjudication is in."),
    "U5": _("A part rests on a provisional key."),
    "U6": _("An exercise was left out because of an interruption."),
    "U7": _("Done in a second language."),
    "U8": _("Done with an adjustment; the score is not affected."),
    "one_rating": _("An exercise rests on one rating."),
    "weight_spread": _("An exercise is missing; its weight was spread over the others."),
}
NOT_CLAIMED = _("This centre does not claim this dimension: it is rated, but gets no number.")
ASKED: Mapping[str, str] = {
    "differ": _("The first two ratings differ by two points or more."),
    "one_rating": _("One assessor saw evidence, another saw none."),
    "key_differs": _("The key differs from the assessors by two points or more."),
    "tag_contradicts": _("Text and choices of the participant contradict each other."),
    **{code: REASONS[code] for code in ("U1", "U2", "U4", "U6")},
    "U3": _("Close to a border between two bands: does the evidence speak for one of them?"),
    "U5": _("A part rests on a provisional key: do the passages carry the result without it?"),
}
ONE_ASSESSOR = _("one assessor only")
NO_EVIDENCE = _("no evidence")
NOT_RATED = _("not rated")


@dataclass(frozen=True)
class Passage:
    """A passage, and the letter of who tied it."""

    id: UUID
    sign: str
    behaviour: str
    quote: str
    note: str
    letter: str


@dataclass(frozen=True)
class Voice:
    """What one assessor gave, under a letter."""

    letter: str
    name: str
    """Empty until names may be shown."""
    level: int | None
    revised: int | None
    """What took its place in the consultation."""
    note: str
    is_third: bool


@dataclass(frozen=True)
class Cell:
    """One exercise under one dimension, as the matrix shows it."""

    at: str
    """The cell's name in addresses, such as S1.E5."""
    score: ExerciseScore | None
    levels: tuple[int | None, ...]
    words: str
    """Why there is no score; empty where there is one."""
    notes: tuple[str, ...]
    asks: bool
    is_settled: bool

    @property
    def is_shown(self) -> bool:
        return self.score is not None or bool(self.words)


@dataclass(frozen=True)
class Line:
    """A dimension: its cells, the result by rule, and the result after changes."""

    dimension: str
    cells: tuple[Cell, ...]
    before: DimensionResult
    after: DimensionResult
    reasons: tuple[str, ...]

    @property
    def is_changed(self) -> bool:
        return any(cell.score and cell.score.is_changed for cell in self.cells)


@dataclass(frozen=True)
class Panel:
    """The chosen cell: what was given, on what, the key, and what the assessors did with it."""

    at: str
    dimension: str
    exercise: Shown
    score: ExerciseScore
    weight: float | None
    voices: tuple[Voice, ...]
    passages: tuple[Passage, ...]
    changes: tuple[IntegrationChange, ...]
    standing: IntegrationChange | None
    questions: tuple[str, ...]
    is_settled: bool
    agreed: str
    is_in_consultation: bool


@dataclass(frozen=True)
class Ask:
    """A question, in words, and where to look."""

    question: Question
    at: str
    exercise: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Board:
    """All that a page shows of one participant."""

    integration: Integration
    codes: tuple[str, ...]
    exercises: tuple[Shown, ...]
    lines: tuple[Line, ...]
    asks: tuple[Ask, ...]
    panel: Panel | None
    names: Mapping[UUID, str]
    obstacles: tuple[str, ...]
    is_mine: bool

    @property
    def is_signed(self) -> bool:
        return self.integration.state is IntegrationState.SIGNED

    @property
    def of_rules(self) -> list[str]:
        """The dimensions about which only U3 and U5 still ask."""
        return [
            one.question.dimension
            for one in self.asks
            if one.question.is_of_rules and not one.question.is_settled
        ]

    @property
    def to_decide(self) -> int:
        return 0 if self.is_signed else sum(not one.question.is_settled for one in self.asks)


def board(integration: Integration, at: str, *, shows_names: bool = False) -> Board:
    """The matrix of an integration, with the panel of the cell that ``at`` names, or of what is asked first."""
    session, who = frame.session(), frame.actor()
    is_signed = integration.state is IntegrationState.SIGNED
    before = integrations.result(session, integration.enrolment_id, with_changes=False)
    after = (
        integrations.signed_result(integration)
        if is_signed
        else integrations.result(session, integration.enrolment_id)
    )
    exercises = integrations.shown(session, integration)
    seen = {str(one.sitting_id): one for one in integrations.seen(session, integration)}
    questions = integrations.questions(integration, after)
    revised = consultations.revised_in(session, integration.enrolment_id)
    look = _Look(integration, exercises, seen, questions, revised, shows_names)
    lines = tuple(_line(look, before.get(one.dimension), one) for one in after.dimensions)
    asks = tuple(_ask(one, exercises) for one in questions)
    # The chosen cell, or the first that is asked about.
    places = [at] if at else [one.at for one in asks if not one.question.is_settled and one.question.exercise]
    panel = next((found for place in places if (found := _panel(look, after.dimensions, place))), None)
    return Board(
        integration,
        integrations.codes_of(session, [integration.enrolment_id])[integration.enrolment_id],
        exercises,
        lines,
        asks,
        panel,
        integrations.names_of(session, integration),
        () if is_signed else tuple(integrations.obstacles(session, integration, after)),
        integration.responsible_id == who.person_id,
    )


@dataclass(frozen=True)
class _Look:
    integration: Integration
    exercises: tuple[Shown, ...]
    seen: Mapping[str, SeenSitting]
    questions: tuple[Question, ...]
    revised: Mapping[tuple[UUID, UUID, str], int]
    shows_names: bool

    def ratings(self, score: ExerciseScore) -> list[Rating]:
        sitting = self.seen.get(score.sitting_id)
        return consultations.shuffled(self.integration.id, sitting.ratings) if sitting else []

    def question(self, dimension: str, sitting_id: str) -> Question | None:
        return next(
            (one for one in self.questions if one.dimension == dimension and one.sitting_id == sitting_id),
            None,
        )

    def voices(self, score: ExerciseScore, dimension: str) -> Iterator[Voice]:
        for letter, rating in zip("ABCDEFGH", self.ratings(score), strict=False):
            entry = next((one for one in rating.dimensions if one.dimension == dimension), None)
            if entry is not None:
                yield Voice(
                    letter,
                    rating.assessor.name if self.shows_names else "",
                    entry.score,
                    self.revised.get((rating.sitting_id, rating.assessor_id, dimension)),
                    rating.note,
                    rating.round is Round.ADJUDICATION,
                )


def _line(look: _Look, before: DimensionResult, after: DimensionResult) -> Line:
    scores = {one.exercise: one for one in after.per_exercise}
    cells = tuple(_cell(look, after.dimension, one, scores.get(one.exercise.id)) for one in look.exercises)
    return Line(after.dimension, cells, before, after, tuple(_reasons(after)))


def _reasons(result: DimensionResult) -> Iterator[str]:
    for code in result.reasons:
        if code == "U1" and not result.is_claimed:
            yield NOT_CLAIMED
        elif code in REASONS:
            yield REASONS[code]


def _cell(look: _Look, dimension: str, shown: Shown, score: ExerciseScore | None) -> Cell:
    at = f"{dimension}.{shown.exercise.id}"
    if dimension not in shown.exercise.dimensions:
        return Cell(at, None, (), "", (), asks=False, is_settled=False)
    if score is None or shown.why_missing:
        return Cell(at, None, (), shown.why_missing or NOT_RATED, (), asks=False, is_settled=False)
    voices = list(look.voices(score, dimension))
    question = look.question(dimension, score.sitting_id)
    is_seen = score.score is not None
    notes = (ONE_ASSESSOR,) if len(score.ratings) == 1 else ()
    return Cell(
        at,
        score,
        tuple(one.level for one in voices),
        "" if is_seen else NO_EVIDENCE if voices else NOT_RATED,
        notes,
        asks=question is not None,
        is_settled=question is not None and question.is_settled,
    )


def _ask(question: Question, exercises: Sequence[Shown]) -> Ask:
    title = next(
        (
            one.exercise.title(frame.words().language)
            for one in exercises
            if one.exercise.id == question.exercise
        ),
        "",
    )
    return Ask(
        question,
        f"{question.dimension}.{question.exercise}" if question.exercise else "",
        title,
        tuple(ASKED[code] for code in question.codes),
    )


def _panel(look: _Look, dimensions: Sequence[DimensionResult], at: str) -> Panel | None:
    dimension, _dot, name = at.partition(".")
    result = next((one for one in dimensions if one.dimension == dimension), None)
    shown = next((one for one in look.exercises if one.exercise.id == name), None)
    score = next((one for one in result.per_exercise if one.exercise == name), None) if result else None
    if result is None or shown is None or score is None:
        return None
    sitting_id = UUID(score.sitting_id)
    question = look.question(dimension, score.sitting_id)
    letters = dict(zip((one.id for one in look.ratings(score)), "ABCDEFGH", strict=False))
    open_in = consultations.open_in(frame.session(), look.integration.enrolment_id)
    return Panel(
        at,
        dimension,
        shown,
        score,
        result.weights.get(name),
        tuple(look.voices(score, dimension)),
        tuple(
            Passage(one.id, one.sign, one.behaviour, one.quote, one.note, letters[rating.id])
            for rating in look.ratings(score)
            for one in rating.observations
            if one.dimension == dimension
        ),
        tuple(
            one
            for one in look.integration.changes
            if one.sitting_id == sitting_id and one.dimension == dimension
        ),
        integrations.standing(look.integration, sitting_id, dimension),
        tuple(ASKED[code] for code in question.codes) if question else (),
        question is not None and question.is_settled,
        next(
            (
                one.reason
                for one in look.integration.agreements
                if one.sitting_id == sitting_id and one.dimension == dimension
            ),
            "",
        ),
        dimension in open_in.get(sitting_id, ()),
    )
