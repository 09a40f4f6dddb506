"""Ratings: queue, draft, observations, submitting. Blind: nobody sees another's rating before all are in.

An assessor knows a sitting by its assignment; every query here starts from the assessor's own assignments, so that
what was not assigned to them does not exist.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.benchmark import Showing, Use
from assessment.models.centre import Centre, CentreExercise, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person, Role, RoleName
from assessment.models.rating import (
    Adjudication,
    Assignment,
    AssignmentState,
    Because,
    DimensionRating,
    Observation,
    Rating,
    RatingState,
    Round,
    Tick,
    Vacancy,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.services import calibrations, readings, showings, texts, versions
from exercises.content import Exercise
from exercises.kind import Block
from exercises.rubric import RatedDimension, framework

LONGEST_NOTE = 4000
IDLE = timedelta(minutes=3)
"""A longer gap between two signs of work is a break, and no time at work."""
RESERVED = timedelta(minutes=15)
"""How long a sitting from the pool is kept for its taker after the last sign of work (robustness 2.9)."""
FEWEST_FOR_A_MEDIAN = 3


class NotSealed(errors.NotAllowedNow):
    sentence = "The participant has not finished this exercise yet."


class AlreadySubmitted(errors.NotAllowedNow):
    sentence = "This rating was submitted and can no longer change."


class StaleDraft(errors.NotAllowedNow):
    """The draft was changed in another tab meanwhile; what was sent is not stored, and the page shows both."""

    sentence = (
        "This draft was changed in another window. Reload to see what is stored; nothing was lost there."
    )


class TakenAway(errors.NotAllowedNow):
    """The sitting is no longer this assessor's; what they wrote stays for the record."""

    sentence = (
        "This sitting is no longer yours. What you wrote is kept for the record, and nobody else rates by it."
    )
    ran_out = _(
        "Your reservation of this sitting ran out, and somebody else took it. What you wrote is kept for the record."
    )
    released = _(
        "The administrator ended your reservation of this sitting. What you wrote is kept for the record."
    )


class Locked(errors.RuleBroken):
    """A level without evidence: classify first, then rate (M7)."""

    def __init__(self, dimensions: Collection[str]) -> None:
        super().__init__(
            "M7",
            _(
                "%(dimensions)s: tie a passage or tick a line of the checklist first, or say “no evidence”. "
                "Then the levels open."
            ),
            dimensions=", ".join(sorted(dimensions)),
        )


class NotCalibrated(errors.RuleBroken):
    def __init__(self) -> None:
        super().__init__(
            "M6",
            _("You have no valid calibration for this exercise. Ask the administrator; your draft stays."),
        )


class Incomplete(errors.NotAllowedNow):
    """A dimension lacks its score, or a score lacks what it rests on (M7)."""

    sentence = "Not ready to submit: %(what)s"


class PassageUnknown(errors.Invalid):
    sentence = "This passage is not in the text any more. Select it again."


class BehaviourUnknown(errors.Invalid):
    sentence = "Choose a dimension and a behaviour that belong to this exercise."


class OffTheScale(errors.Invalid):
    sentence = "Choose a level from 1 to 5, or “no evidence”."


@dataclass(frozen=True)
class QueueItem:
    """A sitting in an assessor's queue: a code and how far it is."""

    assignment_id: UUID
    code: str
    place: int
    state: str
    """waiting, ready, draft or submitted."""
    is_adjudication: bool
    reserved_until_at: datetime | None = None
    """For a sitting from the pool that was not begun: until when it is kept."""


@dataclass(frozen=True)
class Queue:
    """What an assessor has to rate in one exercise of one centre."""

    centre: Centre
    exercise: Exercise
    is_calibrated: bool
    items: tuple[QueueItem, ...]

    @property
    def open(self) -> tuple[QueueItem, ...]:
        """What can be rated now, drafts first, in this assessor's own order."""
        doable = [item for item in self.items if item.state in ("draft", "ready")]
        return tuple(sorted(doable, key=lambda item: (item.state != "draft", item.place)))


@dataclass(frozen=True)
class Desk:
    """All that the workbench shows of one sitting to one assessor."""

    assignment: Assignment
    sitting: Sitting
    exercise: Exercise
    centre: Centre
    dimensions: tuple[RatedDimension, ...]
    """What is to be rated: all rated dimensions, or those that an adjudication is about."""
    rating: Rating | None
    showing: Showing | None = None
    """The benchmark that this is, if it is one. Ask ``use``: no page may tell a re-check from live work."""

    @property
    def use(self) -> Use | None:
        """Training, test or panel; None for live work and what has to look like it."""
        return self.showing.use if self.showing and self.showing.use in showings.UNCALIBRATED else None


def queues(session: Session, *, by: Actor) -> list[Queue]:
    """The assessor's work, exercise by exercise in the centre's order; all participants of one before the next."""
    # Columns and not objects: every workbench asks it, and a queue can be hundreds long.
    rows = session.execute(
        sa.select(
            Assignment.id,
            Assignment.place,
            Assignment.round,
            Assignment.reserved_until_at,
            Sitting.code,
            Sitting.state.label("sitting_state"),
            Sitting.centre_exercise_id,
            Rating.state.label("rating_state"),
            Showing,
        )
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Centre, Centre.id == CentreExercise.centre_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .outerjoin(
            Rating,
            Rating.is_of_assignment(),
        )
        .outerjoin(Showing, Showing.assignment_id == Assignment.id)
        .where(
            Assignment.assessor_id == by.person_id,
            Assignment.is_kept(clock.now()),
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            sa.or_(Showing.id.is_(None), Showing.use == Use.RECHECK),
        )
        .order_by(Centre.created_at, CentreExercise.position, Assignment.round.desc(), Assignment.place)
    ).all()
    entries = {
        entry.id: entry
        for entry in session.scalars(
            sa.select(CentreExercise)
            .where(CentreExercise.id.in_({row.centre_exercise_id for row in rows}))
            .options(joinedload(CentreExercise.centre))
        )
    }
    groups: dict[UUID, tuple[CentreExercise, Centre, list[QueueItem]]] = {}
    for row in rows:
        if row.Showing is not None:
            continue
        entry = entries[row.centre_exercise_id]
        group = groups.setdefault(entry.id, (entry, entry.centre, []))
        group[2].append(
            QueueItem(
                row.id,
                row.code,
                row.place,
                _state(row.sitting_state, row.rating_state),
                row.round is Round.ADJUDICATION,
                row.reserved_until_at,
            )
        )
    _mix_in(groups, [row for row in rows if row.Showing is not None])
    held = calibrations.held_by(
        session, by.person_id, {centre.id for _, centre, _ in groups.values()}, on=clock.now().date()
    )
    return [
        Queue(
            centre,
            versions.get(session, entry.version_hash),
            bool(held.get(centre.id, set()) & {None, entry.exercise}),
            tuple(items),
        )
        for entry, centre, items in groups.values()
    ]


def _mix_in(
    groups: Mapping[UUID, tuple[CentreExercise, Centre, list[QueueItem]]],
    rechecks: Sequence[Any],
) -> None:
    """Put re-checks where they belong by their looks: among the live sittings of their exercise, at their place."""
    by_exercise = {(centre.id, entry.slug): items for entry, centre, items in groups.values()}
    live = {where: [item.state for item in items] for where, items in by_exercise.items()}
    for row in rechecks:
        showing, state = row.Showing, row.rating_state
        where = (showing.centre_id, showing.slug)
        if where not in by_exercise:  # nothing live to stand among
            continue
        sealed = sum(one != "waiting" for one in live[where])
        is_ready = showings.is_ready(showing, len(live[where]), sealed)
        seen = _state(row.sitting_state, state) if is_ready or state is not None else "waiting"
        by_exercise[where].append(QueueItem(row.id, row.code, row.place, seen, False))
    for items in by_exercise.values():
        items.sort(key=lambda item: (item.is_adjudication, item.place))


def _state(sitting: SittingState, rating: RatingState | None) -> str:
    if rating is not None:
        return rating.value
    return "ready" if sitting is SittingState.SEALED else "waiting"


def people_to_ask(session: Session, centres: Collection[Centre]) -> dict[UUID, list[str]]:
    """For each centre the names of the administrators who can record a calibration there."""
    if not centres:
        return {}
    administrators = session.execute(
        sa.select(Person.name, Role.programme_id, Role.centre_id)
        .join(Role, Role.person_id == Person.id)
        .where(Person.is_active, Role.role == RoleName.ADMINISTRATOR)
        .order_by(Person.name)
    ).all()
    return {
        centre.id: list(
            dict.fromkeys(
                name
                for name, programme_id, centre_id in administrators
                if programme_id in (None, centre.programme_id) and centre_id in (None, centre.id)
            )
        )
        for centre in centres
    }


def desk(session: Session, assignment_id: UUID, *, by: Actor) -> Desk:
    """The workbench of one assignment.

    :raises NotFound: when it is not this assessor's. :raises NotSealed: while the participant still works.
        :raises TakenAway: when it was theirs and somebody else's now.
    """
    assignment = session.scalar(
        sa.select(Assignment)
        .join(Sitting)
        .join(Enrolment)
        .where(
            Assignment.id == assignment_id,
            Assignment.assessor_id == by.person_id,
            sa.not_(Assignment.was_recognised()),
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .options(
            joinedload(Assignment.sitting)
            .joinedload(Sitting.centre_exercise)
            .joinedload(CentreExercise.centre)
        )
    )
    if assignment is None:
        raise errors.NotFound
    if assignment.state is not AssignmentState.OPEN:
        told = {Because.RAN_OUT: TakenAway.ran_out, Because.RELEASED: TakenAway.released}
        raise TakenAway(told.get(assignment.because) if assignment.because else None)
    sitting = assignment.sitting
    if sitting.state is not SittingState.SEALED:
        raise NotSealed
    exercise = versions.get(session, sitting.version_hash)
    rating = _find_rating(session, assignment)
    centre = sitting.centre_exercise.centre
    showing = showings.of(session, assignment.id)
    if showing is not None:
        centre = session.get_one(Centre, showing.centre_id)
        beside = showings.sealed_beside(session, by.person_id, centre.id, showing.slug)
        if rating is None and not showings.is_ready(showing, *beside):
            raise NotSealed
    return Desk(
        assignment,
        sitting,
        exercise,
        centre,
        _dimensions(session, assignment, exercise),
        rating,
        showing,
    )


def _find_rating(session: Session, assignment: Assignment) -> Rating | None:
    return session.scalar(
        sa.select(Rating)
        .where(
            Rating.sitting_id == assignment.sitting_id,
            Rating.assessor_id == assignment.assessor_id,
            Rating.round == assignment.round,
        )
        .options(
            selectinload(Rating.dimensions), selectinload(Rating.observations), selectinload(Rating.ticks)
        )
    )


def _dimensions(session: Session, assignment: Assignment, exercise: Exercise) -> tuple[RatedDimension, ...]:
    assert exercise.rubric
    wanted: Sequence[str] = exercise.rated
    if assignment.round is Round.ADJUDICATION:
        wanted = (
            session.scalar(
                sa.select(Adjudication.dimensions).where(Adjudication.sitting_id == assignment.sitting_id)
            )
            or ()
        )
    return tuple(exercise.rubric.get(dimension) for dimension in exercise.rated if dimension in wanted)


def begin(session: Session, assignment_id: UUID, *, by: Actor) -> Rating:
    """Begin to rate: makes the draft, once. Beginning again gives the draft that is there."""
    # The rows are held, so that two tabs that begin at once make one draft, and nobody takes it meanwhile.
    _hold_sitting(session, assignment_id, by=by)
    session.execute(sa.select(Assignment.id).where(Assignment.id == assignment_id).with_for_update())
    place = desk(session, assignment_id, by=by)
    _reserve(place.assignment, clock.now())
    if place.rating is not None:
        return place.rating
    if place.centre.state is CentreState.DRAFT and place.use is None:
        raise errors.NotAllowedNow
    assert place.exercise.rubric
    now = clock.now()
    rating = Rating(
        sitting_id=place.sitting.id,
        assessor_id=by.person_id,
        round=place.assignment.round,
        rubric_hash=place.exercise.rubric.hash,
        started_at=now,
        saved_at=now,
        seen_at=now,
        dimensions=[DimensionRating(dimension=rated.dimension) for rated in place.dimensions],
    )
    session.add(rating)
    session.flush()  # the page and the journal need the id
    journal.record(
        session,
        "rating.begun",
        "rating",
        rating.id,
        by=by,
        centre_id=place.centre.id,
        sitting=place.sitting.id,
    )
    return rating


def _hold_sitting(session: Session, assignment_id: UUID, *, by: Actor) -> None:
    """Hold the sitting's row before anything is read: what ends a rating, by whichever assessor, comes one after
    the other, so that exactly one of two finds the difference and one's own second tab finds the first one's doing.
    """
    session.execute(
        sa.select(Sitting.id)
        .join(Assignment, Assignment.sitting_id == Sitting.id)
        .where(Assignment.id == assignment_id, Assignment.assessor_id == by.person_id)
        .with_for_update(of=Sitting)
    )


def _hold_rating(session: Session, assignment_id: UUID, *, by: Actor) -> None:
    """Hold the rows of the rating and its assignment before they are read, so that neither a save in another tab nor
    somebody who takes the sitting after a reservation can come in between.
    """
    session.execute(
        sa.select(Rating.id)
        .join(
            Assignment,
            sa.and_(Assignment.sitting_id == Rating.sitting_id, Assignment.assessor_id == Rating.assessor_id),
        )
        .where(Assignment.id == assignment_id, Rating.assessor_id == by.person_id)
        .with_for_update(of=(Rating, Assignment))
    )


def _draft(session: Session, assignment_id: UUID, *, by: Actor) -> tuple[Desk, Rating]:
    """The assessor's draft, its row held.

    :raises AlreadySubmitted: when it can no longer change.
    """
    _hold_rating(session, assignment_id, by=by)
    place = desk(session, assignment_id, by=by)
    if place.rating is None:
        raise errors.NotFound
    if place.rating.state is RatingState.SUBMITTED:
        raise AlreadySubmitted
    return place, place.rating


@dataclass(frozen=True)
class Draft:
    """What an assessor's page sends of a draft, whole."""

    version: int
    scores: Mapping[str, int | None]
    """Level 1 to 5 per dimension; 0 is "no evidence"; None is not rated yet."""
    ticks: Sequence[str]
    note: str
    contradicts: Sequence[str] = ()


def save(session: Session, assignment_id: UUID, draft: Draft, *, by: Actor) -> Rating:
    """Save a draft.

    :raises StaleDraft: when it was changed meanwhile in another tab. :raises OffTheScale: for a level off the scale.
        :raises BehaviourUnknown: for a dimension or line that is not in it. :raises PassageUnknown: for an unknown block.
        :raises Locked: for a level that rests on nothing (M7).
    """
    place, rating = _draft(session, assignment_id, by=by)
    if draft.version != rating.version:
        raise StaleDraft
    by_dimension = {entry.dimension: entry for entry in rating.dimensions}
    if set(draft.scores) - set(by_dimension):
        raise BehaviourUnknown
    for dimension, level in draft.scores.items():
        if level is not None and (type(level) is not int or not 0 <= level <= 5):
            raise OffTheScale
        by_dimension[dimension].score = level or None
        by_dimension[dimension].has_no_evidence = level == 0
    known = {line.id for rated in place.dimensions for line in rated.checklist}
    wanted = set(draft.ticks)
    if wanted - known:
        raise BehaviourUnknown
    shown = _shown(place, wanted, rating.observations)
    locked = {dimension for dimension, level in draft.scores.items() if level and dimension not in shown}
    if locked:
        raise Locked(locked)
    if draft.contradicts:
        blocks = {block.id for block in readings.blocks(session, place.sitting, by.language)}
        if set(draft.contradicts) - blocks:
            raise PassageUnknown
    rating.ticks = [tick for tick in rating.ticks if tick.line in wanted] + [
        Tick(line=line) for line in sorted(wanted - {tick.line for tick in rating.ticks})
    ]
    rating.note = _kept(draft.note, LONGEST_NOTE)
    rating.contradicts = sorted(set(draft.contradicts))
    rating.version += 1
    _work(session, place.assignment, rating)
    return rating


def _shown(place: Desk, ticks: Collection[str], observations: Sequence[Observation]) -> set[str]:
    """The dimensions for which something was recorded: a passage or a ticked line."""
    lines = {line.id: rated.dimension for rated in place.dimensions for line in rated.checklist}
    return {lines[tick] for tick in ticks if tick in lines} | {one.dimension for one in observations}


def _work(session: Session, assignment: Assignment, rating: Rating) -> None:
    """A sign of work: the time since the last one counts unless it was a break, and what was reserved is theirs now."""
    now = clock.now()
    _see(rating, now)
    rating.saved_at = now
    if assignment.reserved_until_at is not None:
        assignment.reserved_until_at = None
        session.execute(
            sa.delete(Vacancy).where(
                Vacancy.sitting_id == assignment.sitting_id, Vacancy.slot == assignment.slot
            )
        )


def _see(rating: Rating, now: datetime) -> None:
    gap = now - (rating.seen_at or rating.saved_at)
    if timedelta() < gap <= IDLE:
        rating.worked_seconds += gap.total_seconds()
    rating.seen_at = now


def _reserve(assignment: Assignment, now: datetime) -> None:
    """A reservation begins anew: also one that ran out, as long as nobody else took the sitting."""
    if assignment.reserved_until_at is not None:
        assignment.reserved_until_at = now + RESERVED


def keep(session: Session, assignment_id: UUID, *, by: Actor) -> datetime | None:
    """The open workbench says that somebody is at work on it; until when the sitting is reserved, if it is.

    :raises TakenAway: when the reservation ran out and somebody else has it.
    """
    _hold_sitting(session, assignment_id, by=by)
    place, rating = _draft(session, assignment_id, by=by)
    now = clock.now()
    _see(rating, now)
    _reserve(place.assignment, now)
    return place.assignment.reserved_until_at


@dataclass(frozen=True)
class Pace:
    """How long one's own sittings of an exercise took: for the assessor alone."""

    minutes: float
    """The median, without breaks."""
    n: int


def paces(session: Session, *, by: Actor) -> dict[tuple[UUID, str], Pace]:
    """For each centre and exercise the assessor's own median time per sitting, from three submitted ratings on."""
    took: dict[tuple[UUID, str], list[float]] = {}
    for centre_id, exercise, seconds in session.execute(
        sa.select(CentreExercise.centre_id, CentreExercise.exercise, Rating.worked_seconds)
        .join(Sitting, Sitting.id == Rating.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .where(
            Rating.assessor_id == by.person_id,
            Rating.state == RatingState.SUBMITTED,
            Rating.round == Round.FIRST,
            Rating.worked_seconds > 0,
        )
    ):
        took.setdefault((centre_id, exercise), []).append(seconds / 60)
    return {
        which: Pace(median(minutes), len(minutes))
        for which, minutes in took.items()
        if len(minutes) >= FEWEST_FOR_A_MEDIAN
    }


def _kept(note: str, longest: int) -> str:
    """A note as it can be stored: no database of both takes a zero character."""
    return texts.whole(note.replace("\x00", ""), longest)


@dataclass(frozen=True)
class Passage:
    """A passage that an assessor ties to a behaviour; ``start`` and ``end`` are both 0 for an act that is not text."""

    block: str
    start: int
    end: int
    dimension: str
    behaviour: str
    sign: str
    note: str = ""
    quote: str | None = None
    """The words between the two, as the page showed them; when given, they must be those of the block."""
    id: UUID | None = None
    """The page's own number of it: sent twice, it is tied once."""


def observe(session: Session, assignment_id: UUID, passage: Passage, *, by: Actor) -> Observation:
    """Tie a passage to a dimension and behaviour.

    :raises PassageUnknown: when the block has no such passage. :raises BehaviourUnknown: when the behaviour is not one
        of the dimension, or the dimension is not rated here.
    """
    return observe_all(session, assignment_id, [passage], by=by)[0]


def observe_all(
    session: Session, assignment_id: UUID, passages: Sequence[Passage], *, by: Actor
) -> list[Observation]:
    """Tie several passages of one sitting, which is read once for all of them. Raises what :func:`observe` does."""
    place, rating = _draft(session, assignment_id, by=by)
    before = [_tied_before(session, rating, passage) for passage in passages]
    if None not in before:
        return [one for one in before if one is not None]
    for passage in passages:
        _check_behaviour(place, passage)
    blocks = {block.id: block for block in readings.blocks(session, place.sitting, by.language)}
    made = [known or _tied(rating, blocks, passage) for known, passage in zip(before, passages, strict=True)]
    _work(session, place.assignment, rating)
    session.flush()  # the page needs the id
    return made


def _tied_before(session: Session, rating: Rating, passage: Passage) -> Observation | None:
    """The passage when it was sent before, under the page's own number."""
    before = session.get(Observation, passage.id) if passage.id is not None else None
    if before is not None and before.rating_id != rating.id:
        raise PassageUnknown
    return before


def _check_behaviour(place: Desk, passage: Passage) -> None:
    if passage.dimension not in {rated.dimension for rated in place.dimensions}:
        raise BehaviourUnknown
    if passage.sign not in ("+", "-"):
        raise BehaviourUnknown
    if passage.behaviour not in {one.id for one in framework()[passage.dimension].behaviours}:
        raise BehaviourUnknown


def _tied(rating: Rating, blocks: Mapping[str, Block], passage: Passage) -> Observation:
    block = blocks.get(passage.block)
    if block is None or not 0 <= passage.start <= passage.end <= len(block.text):
        raise PassageUnknown
    words = block.text[passage.start : passage.end]
    if passage.quote is not None and passage.quote != words:
        raise PassageUnknown
    quote = words.strip()
    start, end = passage.start, passage.end
    if not quote:
        quote = "; ".join(f"{label}: {value}" for label, value in block.rows) or block.heading
        start = end = 0
    observation = Observation(
        **({"id": passage.id} if passage.id else {}),
        rating_id=rating.id,
        block=passage.block,
        start=start,
        end=end,
        quote=quote,
        dimension=passage.dimension,
        behaviour=passage.behaviour,
        sign=passage.sign,
        note=_kept(passage.note, 1000),
        created_at=clock.now(),
    )
    rating.observations.append(observation)  # so that a level of the same request can rest on it
    return observation


def note(
    session: Session, assignment_id: UUID, observation_id: UUID, words: str, *, by: Actor
) -> Observation:
    """Write the note of a passage, in place of an earlier one.

    :raises NotFound: when it is not in the draft.
    """
    rated = desk(session, assignment_id, by=by).rating
    if rated is None or all(one.id != observation_id for one in rated.observations):
        raise errors.NotFound
    place, rating = _draft(session, assignment_id, by=by)
    found = next(one for one in rating.observations if one.id == observation_id)
    found.note = _kept(words, 1000)
    _work(session, place.assignment, rating)
    return found


def forget(session: Session, assignment_id: UUID, observation_id: UUID, *, by: Actor) -> None:
    """Take an observation out of a draft. A level that rested on it alone goes with it (M7).

    :raises NotFound: when it is not in it.
    """
    place, rating = _draft(session, assignment_id, by=by)
    found = next((one for one in rating.observations if one.id == observation_id), None)
    if found is None:
        raise errors.NotFound
    rating.observations.remove(found)
    shown = _shown(place, {tick.line for tick in rating.ticks}, rating.observations)
    for entry in rating.dimensions:
        if entry.score is not None and entry.dimension not in shown:
            entry.score = None
            rating.version += 1
    _work(session, place.assignment, rating)


def shortcomings(place: Desk) -> list[tuple[str, str]]:
    """What keeps a draft from being submitted: pairs of dimension and message id (M7)."""
    if place.rating is None:
        return []
    found = []
    seen = _shown(place, {tick.line for tick in place.rating.ticks}, place.rating.observations)
    for entry in place.rating.dimensions:
        if entry.score is None and not entry.has_no_evidence:
            found.append((entry.dimension, _("has no level yet")))
        elif entry.score is not None and entry.dimension not in seen:
            found.append((entry.dimension, _("has a level but no passage and no ticked behaviour")))
    return found


def submit(session: Session, assignment_id: UUID, *, by: Actor) -> Rating:
    """Submit a draft for good. Submitting again changes nothing.

    :raises Incomplete: M7. :raises NotCalibrated: M6.
    """
    from assessment.services import adjudications, calibration_tests, integrations

    _hold_sitting(session, assignment_id, by=by)
    _hold_rating(session, assignment_id, by=by)
    place = desk(session, assignment_id, by=by)
    if place.rating is None:
        raise errors.NotFound
    if place.rating.state is RatingState.SUBMITTED:
        return place.rating
    rating = place.rating
    missing = shortcomings(place)
    if missing:
        raise Incomplete(what=", ".join(sorted({dimension for dimension, _why in missing})))
    entry = place.sitting.centre_exercise
    if place.use is None and (
        calibrations.valid_for(session, by.person_id, place.centre.id, entry.exercise, clock.now().date())
        is None
    ):
        raise NotCalibrated
    now = clock.now()
    session.flush()  # the parts of the rating, before the row that freezes them
    _see(rating, now)
    rating.state = RatingState.SUBMITTED
    rating.submitted_at = rating.saved_at = now
    session.flush()  # so that what follows counts this rating
    journal.record(
        session,
        "rating.submitted",
        "rating",
        rating.id,
        by=by,
        centre_id=place.centre.id,
        sitting=place.sitting.id,
        round=rating.round.value,
        rubric=rating.rubric_hash,
    )
    if place.showing is not None:  # a benchmark: nobody adjudicates it, and it is integrated nowhere
        calibration_tests.after_submission(session, place.showing)
        return rating
    adjudications.after_submission(session, place.sitting, place.centre, rating)
    integrations.open_if_complete(session, place.sitting.enrolment_id)
    return rating


def give_back(session: Session, assignment_id: UUID, *, by: Actor) -> None:
    """ "I recognise this person": the sitting goes back and somebody else gets it. A draft stays unseen.

    :raises AlreadySubmitted: when the rating is in.
    """
    from assessment.services import adjudications, assignments

    # The centre before the sitting, as whoever deals or takes sittings holds them.
    session.execute(
        sa.select(Centre.id)
        .join(CentreExercise, CentreExercise.centre_id == Centre.id)
        .join(Sitting, Sitting.centre_exercise_id == CentreExercise.id)
        .join(Assignment, Assignment.sitting_id == Sitting.id)
        .where(Assignment.id == assignment_id, Assignment.assessor_id == by.person_id)
        .with_for_update(of=Centre)
    )
    _hold_sitting(session, assignment_id, by=by)
    place = desk(session, assignment_id, by=by)
    if place.rating is not None and place.rating.state is RatingState.SUBMITTED:
        raise AlreadySubmitted
    if place.use in (Use.TRAINING, Use.TEST):  # nobody's work
        raise errors.NotAllowedNow
    place.assignment.state = AssignmentState.RETURNED
    place.assignment.because = Because.RECOGNISED
    place.assignment.reserved_until_at = None
    place.assignment.returned_at = clock.now()
    session.flush()  # so that the search for another does not find this one
    journal.record(
        session,
        "assignment.returned",
        "assignment",
        place.assignment.id,
        by=by,
        centre_id=place.centre.id,
        sitting=place.sitting.id,
    )
    if place.assignment.round is Round.ADJUDICATION:
        adjudications.assign_waiting(session, place.centre)
    elif place.use is None:
        assignments.fill(session, place.centre, place.sitting.id, by=by)


def submitted_of(session: Session, sitting_ids: Sequence[UUID]) -> list[Rating]:
    """All submitted ratings of these sittings with their parts: for the integration, after all are in."""
    return list(
        session.scalars(
            sa.select(Rating)
            .where(Rating.sitting_id.in_(list(sitting_ids)), Rating.state == RatingState.SUBMITTED)
            .options(
                selectinload(Rating.dimensions),
                selectinload(Rating.observations),
                selectinload(Rating.ticks),
                joinedload(Rating.assessor),
            )
            .order_by(Rating.submitted_at, Rating.id)
        )
    )
