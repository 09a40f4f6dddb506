"""Ratings: queue, draft, observations, submitting. Blind: nobody sees another's rating before all are in.

An assessor knows a sitting by its assignment; every query here starts from the assessor's own assignments, so that
what was not assigned to them does not exist.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreExercise, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person, Role, RoleName
from assessment.models.rating import (
    Adjudication,
    Assignment,
    AssignmentState,
    DimensionRating,
    Observation,
    Rating,
    RatingState,
    Round,
    Tick,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.services import calibrations, readings, texts, versions
from exercises.content import Exercise
from exercises.rubric import RatedDimension, framework

LONGEST_NOTE = 4000


class NotSealed(errors.NotAllowedNow):
    sentence = "The participant has not finished this exercise yet."


class AlreadySubmitted(errors.NotAllowedNow):
    sentence = "This rating was submitted and can no longer change."


class StaleDraft(errors.NotAllowedNow):
    """The draft was changed in another tab meanwhile; what was sent is not stored, and the page shows both."""

    sentence = (
        "This draft was changed in another window. Reload to see what is stored; nothing was lost there."
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


def queues(session: Session, *, by: Actor) -> list[Queue]:
    """The assessor's work, exercise by exercise in the centre's order; all participants of one before the next."""
    rows = session.execute(
        sa.select(Assignment, Sitting, CentreExercise, Centre, Rating.state)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Centre, Centre.id == CentreExercise.centre_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .outerjoin(
            Rating,
            sa.and_(
                Rating.sitting_id == Sitting.id,
                Rating.assessor_id == Assignment.assessor_id,
                Rating.round == Assignment.round,
            ),
        )
        .where(
            Assignment.assessor_id == by.person_id,
            Assignment.state == AssignmentState.OPEN,
            Sitting.state != SittingState.VOID,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .order_by(Centre.created_at, CentreExercise.position, Assignment.round.desc(), Assignment.place)
    ).all()
    groups: dict[UUID, tuple[CentreExercise, Centre, list[QueueItem]]] = {}
    for assignment, sitting, entry, centre, state in rows:
        group = groups.setdefault(entry.id, (entry, centre, []))
        group[2].append(
            QueueItem(
                assignment.id,
                sitting.code,
                assignment.place,
                _state(sitting, state),
                assignment.round is Round.ADJUDICATION,
            )
        )
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


def _state(sitting: Sitting, rating: RatingState | None) -> str:
    if rating is not None:
        return rating.value
    return "ready" if sitting.state is SittingState.SEALED else "waiting"


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
    """
    assignment = session.scalar(
        sa.select(Assignment)
        .join(Sitting)
        .join(Enrolment)
        .where(
            Assignment.id == assignment_id,
            Assignment.assessor_id == by.person_id,
            Assignment.state == AssignmentState.OPEN,
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
    sitting = assignment.sitting
    if sitting.state is not SittingState.SEALED:
        raise NotSealed
    exercise = versions.get(session, sitting.version_hash)
    rating = _find_rating(session, assignment)
    return Desk(
        assignment,
        sitting,
        exercise,
        sitting.centre_exercise.centre,
        _dimensions(session, assignment, exercise),
        rating,
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
    # The assignment's row is held, so that two tabs that begin at once make one draft.
    session.execute(sa.select(Assignment.id).where(Assignment.id == assignment_id).with_for_update())
    place = desk(session, assignment_id, by=by)
    if place.rating is not None:
        return place.rating
    if place.centre.state is CentreState.DRAFT:
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
    """Hold the rating's row before it is read, so that a save in another tab cannot come in between."""
    session.execute(
        sa.select(Rating.id)
        .join(
            Assignment,
            sa.and_(Assignment.sitting_id == Rating.sitting_id, Assignment.assessor_id == Rating.assessor_id),
        )
        .where(Assignment.id == assignment_id, Rating.assessor_id == by.person_id)
        .with_for_update(of=Rating)
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
    rating.saved_at = clock.now()
    return rating


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


def observe(session: Session, assignment_id: UUID, passage: Passage, *, by: Actor) -> Observation:
    """Tie a passage to a dimension and behaviour.

    :raises PassageUnknown: when the block has no such passage. :raises BehaviourUnknown: when the behaviour is not one
        of the dimension, or the dimension is not rated here.
    """
    place, rating = _draft(session, assignment_id, by=by)
    if passage.dimension not in {rated.dimension for rated in place.dimensions} or passage.sign not in (
        "+",
        "-",
    ):
        raise BehaviourUnknown
    if passage.behaviour not in {one.id for one in framework()[passage.dimension].behaviours}:
        raise BehaviourUnknown
    blocks = {block.id: block for block in readings.blocks(session, place.sitting, by.language)}
    block = blocks.get(passage.block)
    if block is None or not 0 <= passage.start <= passage.end <= len(block.text):
        raise PassageUnknown
    words = block.text[passage.start : passage.end]
    if passage.quote is not None and passage.quote != words:
        raise PassageUnknown
    quote = words.strip()
    if not quote:
        quote = "; ".join(f"{label}: {value}" for label, value in block.rows) or block.heading
        passage = Passage(
            passage.block, 0, 0, passage.dimension, passage.behaviour, passage.sign, passage.note
        )
    observation = Observation(
        rating_id=rating.id,
        block=passage.block,
        start=passage.start,
        end=passage.end,
        quote=quote,
        dimension=passage.dimension,
        behaviour=passage.behaviour,
        sign=passage.sign,
        note=_kept(passage.note, 1000),
        created_at=clock.now(),
    )
    session.add(observation)
    rating.saved_at = clock.now()
    session.flush()  # the page needs the id
    return observation


def forget(session: Session, assignment_id: UUID, observation_id: UUID, *, by: Actor) -> None:
    """Take an observation out of a draft.

    :raises NotFound: when it is not in it.
    """
    _place, rating = _draft(session, assignment_id, by=by)
    found = next((one for one in rating.observations if one.id == observation_id), None)
    if found is None:
        raise errors.NotFound
    rating.observations.remove(found)
    rating.saved_at = clock.now()


def shortcomings(place: Desk) -> list[tuple[str, str]]:
    """What keeps a draft from being submitted: pairs of dimension and message id (M7)."""
    if place.rating is None:
        return []
    found = []
    lines = {line.id: rated.dimension for rated in place.dimensions for line in rated.checklist}
    seen = {lines[tick.line] for tick in place.rating.ticks if tick.line in lines}
    seen |= {observation.dimension for observation in place.rating.observations}
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
    from assessment.services import adjudications, integrations

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
    if (
        calibrations.valid_for(session, by.person_id, place.centre.id, entry.exercise, clock.now().date())
        is None
    ):
        raise NotCalibrated
    now = clock.now()
    session.flush()  # the parts of the rating, before the row that freezes them
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
    adjudications.after_submission(session, place.sitting, place.centre, rating)
    integrations.open_if_complete(session, place.sitting.enrolment_id)
    return rating


def give_back(session: Session, assignment_id: UUID, *, by: Actor) -> None:
    """ "I recognise this person": the sitting goes back and somebody else gets it. A draft stays unseen.

    :raises AlreadySubmitted: when the rating is in.
    """
    from assessment.services import adjudications

    _hold_sitting(session, assignment_id, by=by)
    place = desk(session, assignment_id, by=by)
    if place.rating is not None and place.rating.state is RatingState.SUBMITTED:
        raise AlreadySubmitted
    place.assignment.state = AssignmentState.RETURNED
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
