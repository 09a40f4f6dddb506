"""Integration: the mechanical result first; a change is made to an exercise rating on evidence, never to a total.

The result of an enrolment is always computed, from the submitted ratings, the adjudications, the automatic scores, the
centre's weights and the changes of the wash-up. It is frozen, in its one spelling, when a named person signs it (M8, M9).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreExercise, CentreState, Weight
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.person import Person
from assessment.models.rating import (
    Adjudication,
    Assignment,
    AssignmentState,
    Integration,
    IntegrationAgreement,
    IntegrationChange,
    IntegrationState,
    IntegrationUndo,
    Observation,
    Rating,
    RatingState,
    Round,
    Vacancy,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.models.wash_up import Discussion, DiscussionState, Handover, WashUp, WashUpMember, WashUpState
from assessment.services import consultations, keys, ratings, texts, versions
from exercises.content import Exercise, canonical, digest
from exercises.kind import KeyResult
from exercises.rubric import framework
from scoring.integration import ASSESSORS_DIFFER, combine, dimension_score

EXERCISES_MISSING = _("The participant has not finished all exercises.")
RATINGS_MISSING = _("Not all ratings are in.")
ADJUDICATION_MISSING = _("An adjudication is not resolved yet.")
CONSULTATION_OPEN = _("A consultation is still open.")
STILL_DISPUTED = _("Two assessors still differ on a dimension, and no adjudication is in.")
NOT_DISCUSSED = _("It is on the agenda of a wash-up that has not come to it yet.")
RESULT_IN_FRONT = _("The wash-up is still looking at the result by rule.")
LONGEST_REASON = 4000
KEY_DIFFERS = 2.0
"""A key that differs this much from the mean of the assessors is a flag (decisions, "Rating and scores")."""


class NotReady(errors.NotAllowedNow):
    sentence = "This integration is not open yet: ratings are still missing."


class AlreadySigned(errors.NotAllowedNow):
    sentence = "This integration was signed and can no longer change."


class NotResponsible(errors.NotAllowedNow):
    sentence = "Only the responsible assessor can sign this integration."


class ChangeUnclear(errors.Invalid):
    sentence = "A change needs a level from 1 to 5, a reason, and the passage it rests on."


class ChangedMeanwhile(errors.NotAllowedNow):
    """What was sent is not stored; the page keeps it and shows it beside what the other did."""

    sentence = "Somebody changed this rating while you were writing. Look at what they did; your words are kept below, and sending them again puts them in its place."


class AlreadyUndone(errors.NotAllowedNow):
    sentence = "This change is not the last one here, or it was taken back already."


class ReasonMissing(errors.Invalid):
    sentence = "Say why, in a few words."


class NothingAsked(errors.Invalid):
    sentence = "Nothing is asked here, or it was settled already."


class NotDiscussedYet(errors.NotAllowedNow):
    sentence = "The wash-up has not come to this participant yet. Changes are made there."


class ResultFirst(errors.NotAllowedNow):
    sentence = "The wash-up looks at the result by rule first. The chair moves on to what is to decide."


class ConsultationOpen(errors.NotAllowedNow):
    sentence = (
        "A consultation about this rating is still open. Its three assessors may revise until it is over."
    )


class StillDisputed(errors.NotAllowedNow):
    sentence = "Two assessors still differ on a dimension. It waits for the adjudication."


@dataclass(frozen=True)
class ExerciseScore:
    """The score of one exercise on one dimension, and where it comes from."""

    exercise: str
    sitting_id: str
    score: float | None
    ratings: tuple[float | None, ...]
    """The assessors' levels; None is "no evidence". For assessors and administrators only, never for reports."""
    key: float | None
    """The automatic score, where the exercise has a key on this dimension."""
    uses_key: bool
    is_provisional: bool
    second_look_taken: bool
    is_disputed: bool
    is_changed: bool
    flags: tuple[str, ...] = ()
    """one_rating, key_differs, tag_contradicts."""
    rated: float | None = None
    """The assessors' part of the score, after adjudication and changes: what a change changes."""
    key_is_provisional: bool = False
    """Said wherever the key's score is shown, also where it is there for comparison only."""
    is_revised: bool = False
    """Whether a level that was revised in a consultation took the place of its original."""


@dataclass(frozen=True)
class DimensionResult:
    """The score of one dimension, or the reasons why there is none. Never rounded."""

    dimension: str
    is_claimed: bool
    estimate: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    band: str | None
    between: tuple[str, str] | None
    n_exercises: int
    reasons: tuple[str, ...]
    stronger: tuple[str, ...]
    weaker: tuple[str, ...]
    weights: Mapping[str, float]
    per_exercise: tuple[ExerciseScore, ...]

    @property
    def is_withheld(self) -> bool:
        return self.estimate is None


@dataclass(frozen=True)
class IntegrationResult:
    """What the wash-up of one enrolment starts from and ends with."""

    dimensions: tuple[DimensionResult, ...]
    is_provisional: bool
    flags: tuple[str, ...]

    def get(self, dimension: str) -> DimensionResult:
        """
        :raises KeyError: when the centre does not show this dimension.
        """
        for result in self.dimensions:
            if result.dimension == dimension:
                return result
        raise KeyError(dimension)

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "IntegrationResult":
        return IntegrationResult(
            dimensions=tuple(
                DimensionResult(
                    **{
                        **one,
                        "between": tuple(one["between"]) if one["between"] else None,
                        "reasons": tuple(one["reasons"]),
                        "stronger": tuple(one["stronger"]),
                        "weaker": tuple(one["weaker"]),
                        "per_exercise": tuple(
                            ExerciseScore(
                                **{
                                    **entry,
                                    "ratings": tuple(entry["ratings"]),
                                    "flags": tuple(entry["flags"]),
                                }
                            )
                            for entry in one["per_exercise"]
                        ),
                    }
                )
                for one in document["dimensions"]
            ),
            is_provisional=document["is_provisional"],
            flags=tuple(document["flags"]),
        )


# When it opens.


def missing(session: Session, enrolment_id: UUID) -> list[str]:
    """What an integration still waits for, as message ids; empty when all is in."""
    return missing_of(session, [enrolment_id])[enrolment_id]


def missing_of(session: Session, enrolment_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """What the integration of each of these enrolments still waits for, in five queries however many they are."""
    ids = list(enrolment_ids)
    enrolments = session.scalars(
        sa.select(Enrolment).where(Enrolment.id.in_(ids)).options(joinedload(Enrolment.centre))
    ).all()
    sittings: dict[UUID, list[tuple[UUID, SittingState, bool]]] = {}
    for enrolment_id, sitting_id, state, version_hash in session.execute(
        sa.select(Sitting.enrolment_id, Sitting.id, Sitting.state, Sitting.version_hash).where(
            Sitting.enrolment_id.in_(ids), Sitting.state != SittingState.VOID
        )
    ):
        is_rated = state is SittingState.SEALED and bool(versions.get(session, version_hash).rated)
        sittings.setdefault(enrolment_id, []).append((sitting_id, state, is_rated))
    to_rate, with_rating, disputed = _open_work(session, ids)
    found: dict[UUID, list[str]] = {}
    for enrolment in enrolments:
        mine = sittings.get(enrolment.id, [])
        rated = {sitting_id for sitting_id, _state, is_rated in mine if is_rated}
        if enrolment.state is EnrolmentState.WITHDRAWN:
            found[enrolment.id] = [_("The participant withdrew.")]
            continue
        cases = (
            (
                not is_finished([state for _id, state, _rated in mine], enrolment.centre),
                EXERCISES_MISSING,
            ),
            (bool(rated & to_rate) or not rated <= with_rating, RATINGS_MISSING),
            (bool(rated & disputed), ADJUDICATION_MISSING),
        )
        found[enrolment.id] = [sentence for applies, sentence in cases if applies]
    return found


def is_finished(states: Sequence[SittingState], centre: Centre) -> bool:
    """Whether no exercise is waited for, from the states of an enrolment's sittings that count."""
    return SittingState.SEALED in states and all(
        state is SittingState.SEALED
        # What was never started when the centre closed counts as missing, and is not waited for.
        or (state is SittingState.READY and centre.state is CentreState.CLOSED)
        for state in states
    )


def _open_work(session: Session, enrolment_ids: Sequence[UUID]) -> tuple[set[UUID], set[UUID], set[UUID]]:
    """The sittings of these enrolments that somebody still has to rate, that have a rating, and that are disputed."""
    to_rate = session.scalars(
        sa.select(Assignment.sitting_id)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .outerjoin(
            Rating,
            sa.and_(
                Rating.is_of_assignment(),
                Rating.state == RatingState.SUBMITTED,
            ),
        )
        .where(
            Sitting.enrolment_id.in_(enrolment_ids),
            Assignment.state == AssignmentState.OPEN,
            Rating.id.is_(None),
        )
    )
    pooled = session.scalars(
        sa.select(Vacancy.sitting_id)
        .join(Sitting, Sitting.id == Vacancy.sitting_id)
        .where(Sitting.enrolment_id.in_(enrolment_ids))
    )
    with_rating = session.scalars(
        sa.select(Rating.sitting_id)
        .join(Sitting, Sitting.id == Rating.sitting_id)
        .where(
            Sitting.enrolment_id.in_(enrolment_ids),
            Rating.state == RatingState.SUBMITTED,
            Rating.round == Round.FIRST,
        )
    )
    disputed = session.scalars(
        sa.select(Adjudication.sitting_id)
        .join(Sitting, Sitting.id == Adjudication.sitting_id)
        .where(Sitting.enrolment_id.in_(enrolment_ids), Adjudication.resolved_at.is_(None))
    )
    return {*to_rate, *pooled}, set(with_rating), set(disputed)


def open_if_complete(session: Session, enrolment_id: UUID) -> Integration | None:
    """Open the integration of an enrolment when everything is in; the one that is there, if it is open already."""
    # One enrolment, one integration: its row is held, so that the last two ratings do not open it twice.
    session.execute(_enrolment_held, {"enrolment": enrolment_id})
    found = session.scalar(_opened_of, {"enrolment": enrolment_id})
    if found is not None:
        if found.state is IntegrationState.OPEN and not missing(session, enrolment_id):
            consultations.open_for(session, enrolment_id)
        return found
    responsible_id = _most_seen(session, enrolment_id)
    if responsible_id is None:  # nobody rated anything, so nobody could answer for it
        return None
    if missing(session, enrolment_id):
        return None
    made = Integration(enrolment_id=enrolment_id, opened_at=clock.now(), responsible_id=responsible_id)
    session.add(made)
    session.flush()  # the journal needs the id
    journal.record(
        session,
        "integration.opened",
        "integration",
        made.id,
        by=None,
        centre_id=session.get_one(Enrolment, enrolment_id).centre_id,
        responsible=made.responsible_id,
    )
    consultations.open_for(session, enrolment_id)
    return made


# Made once: the hand-in of what nobody rates asks them.
_enrolment_held = sa.select(Enrolment.id).where(Enrolment.id == sa.bindparam("enrolment")).with_for_update()
_opened_of = sa.select(Integration).where(Integration.enrolment_id == sa.bindparam("enrolment"))
_busy = (
    sa.select(sa.func.count())
    .where(Integration.responsible_id == Rating.assessor_id)
    .correlate(Rating)
    .scalar_subquery()
)
_who_rated_most = (
    sa.select(Rating.assessor_id)
    .join(Person, Person.id == Rating.assessor_id)
    .join(Sitting, Sitting.id == Rating.sitting_id)
    .where(
        Sitting.enrolment_id == sa.bindparam("enrolment"),
        Rating.state == RatingState.SUBMITTED,
        Rating.round == Round.FIRST,
    )
    .group_by(Rating.assessor_id, Person.email)
    .order_by(sa.func.count().desc(), _busy, Person.email)
    .limit(1)
)


def _most_seen(session: Session, enrolment_id: UUID) -> UUID | None:
    """The assessor who rated most of this enrolment answers for it; of equals the one with the fewest so far."""
    return session.scalar(_who_rated_most, {"enrolment": enrolment_id})


# What there is.


def list_for(session: Session, *, by: Actor) -> list[Integration]:
    """The integrations that this assessor may look at, open ones first; not those that wait for a rating again."""
    mine = (
        sa.select(Sitting.enrolment_id)
        .join(Rating, Rating.sitting_id == Sitting.id)
        .where(Rating.assessor_id == by.person_id, Rating.state == RatingState.SUBMITTED)
    )
    found = session.scalars(
        sa.select(Integration)
        .join(Enrolment, Enrolment.id == Integration.enrolment_id)
        .where(Integration.enrolment_id.in_(mine), Enrolment.state != EnrolmentState.WITHDRAWN)
        .order_by(Integration.state, Integration.opened_at)
    ).all()
    waits = missing_of(session, [one.enrolment_id for one in found])
    return [one for one in found if one.state is IntegrationState.SIGNED or not waits[one.enrolment_id]]


def codes_of(session: Session, enrolment_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The sitting codes by which assessors know these enrolments."""
    found: dict[UUID, list[str]] = {one: [] for one in enrolment_ids}
    for enrolment_id, code in session.execute(
        sa.select(Sitting.enrolment_id, Sitting.code)
        .where(Sitting.enrolment_id.in_(list(enrolment_ids)), Sitting.state != SittingState.VOID)
        .order_by(Sitting.position)
    ):
        found[enrolment_id].append(code)
    return {one: tuple(codes) for one, codes in found.items()}


def get(session: Session, integration_id: UUID, *, by: Actor, lock: bool = False) -> Integration:
    """An integration in which this assessor has submitted a rating, or which their wash-up has come to.

    :raises NotFound: otherwise. :raises NotReady: while a rating is missing again, because a sitting went back after
        the integration opened: whoever gets it then must not see what the others gave.
    """
    mine = (
        sa.select(Sitting.enrolment_id)
        .join(Rating, Rating.sitting_id == Sitting.id)
        .where(Rating.assessor_id == by.person_id, Rating.state == RatingState.SUBMITTED)
    )
    query = (
        sa.select(Integration)
        .join(Enrolment, Enrolment.id == Integration.enrolment_id)
        .where(
            Integration.id == integration_id,
            sa.or_(Integration.enrolment_id.in_(mine), _is_discussed_with(by)),
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .options(selectinload(Integration.changes), selectinload(Integration.agreements))
    )
    found = session.scalar(query.with_for_update(of=Integration) if lock else query)
    if found is None:
        raise errors.NotFound
    if found.state is IntegrationState.OPEN and missing(session, found.enrolment_id):
        raise NotReady
    return found


def _is_discussed_with(by: Actor) -> sa.ColumnElement[bool]:
    """Whether an open wash-up of this assessor has come to the enrolment, and nothing keeps the two apart."""
    discussed = (
        sa.select(Discussion.id)
        .join(WashUp, WashUp.id == Discussion.wash_up_id)
        .join(WashUpMember, WashUpMember.wash_up_id == WashUp.id)
        .where(
            Discussion.enrolment_id == Enrolment.id,
            Discussion.begun_at.is_not(None),
            WashUp.state == WashUpState.OPEN,
            WashUpMember.assessor_id == by.person_id,
        )
    )
    return sa.and_(discussed.exists(), ~is_kept_apart(by))


def is_kept_apart(by: Actor) -> sa.ColumnElement[bool]:
    """Whether this assessor is excluded from the enrolment, manages the participant, or recognised them."""
    excluded = sa.exists().where(
        Exclusion.enrolment_id == Enrolment.id, Exclusion.assessor_id == by.person_id
    )
    recognised = (
        sa.select(Assignment.id)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .where(
            Sitting.enrolment_id == Enrolment.id,
            Assignment.assessor_id == by.person_id,
            Assignment.was_recognised(),
        )
    )
    return sa.or_(excluded, recognised.exists(), sa.func.coalesce(Enrolment.manager_email, "") == by.email)


@dataclass(frozen=True)
class SeenSitting:
    """A sitting as the wash-up looks at it: its code, its exercise, and all that was submitted on it."""

    sitting_id: UUID
    code: str
    exercise: Exercise
    ratings: tuple[Rating, ...]


def seen(session: Session, integration: Integration) -> tuple[SeenSitting, ...]:
    """The sittings of an integration with everybody's ratings. Whoever holds an integration may see them."""
    sittings = [
        one for one in _sittings(session, integration.enrolment_id) if one.state is SittingState.SEALED
    ]
    submitted = ratings.submitted_of(session, [one.id for one in sittings])
    return tuple(
        SeenSitting(
            one.id,
            one.code,
            versions.get(session, one.version_hash),
            tuple(rating for rating in submitted if rating.sitting_id == one.id),
        )
        for one in sittings
    )


@dataclass(frozen=True)
class Shown:
    """An exercise of the centre as the matrix shows it, and in words why it has no score, where it has none."""

    exercise: Exercise
    code: str
    why_missing: str
    """A message id; empty for an exercise that counts."""


NOT_STARTED = _("not started")
NOT_FINISHED = _("not finished")
VOID = _("void")
LEFT_OUT = _("left out by an administrator")


def shown(session: Session, integration: Integration) -> tuple[Shown, ...]:
    """The exercises of an enrolment's centre that show a dimension, in their order, whether they were done or not."""
    sittings: dict[UUID, Sitting] = {}
    for one in session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == integration.enrolment_id)):
        if one.centre_exercise_id not in sittings or one.state is not SittingState.VOID:
            sittings[one.centre_exercise_id] = one
    entries = session.execute(
        sa.select(CentreExercise.id, CentreExercise.version_hash)
        .join(Enrolment, Enrolment.centre_id == CentreExercise.centre_id)
        .where(Enrolment.id == integration.enrolment_id)
        .order_by(CentreExercise.position)
    ).all()
    found = []
    for entry_id, version_hash in entries:
        exercise, sitting = versions.get(session, version_hash), sittings.get(entry_id)
        if exercise.dimensions:
            found.append(Shown(exercise, sitting.code if sitting else "", _why_missing(sitting)))
    return tuple(found)


def _why_missing(sitting: Sitting | None) -> str:
    if sitting is None or sitting.state is SittingState.READY:
        return NOT_STARTED
    if sitting.state is SittingState.VOID:
        return VOID
    if sitting.state is not SittingState.SEALED:
        return NOT_FINISHED
    return LEFT_OUT if sitting.is_excluded else ""


def is_signed(session: Session, enrolment_id: UUID) -> bool:
    """Whether the result of this enrolment was signed."""
    state = session.scalar(sa.select(Integration.state).where(Integration.enrolment_id == enrolment_id))
    return state is IntegrationState.SIGNED


def names_of(session: Session, integration: Integration) -> dict[UUID, str]:
    """The names of the assessors who answer for an integration, signed it or changed something in it."""
    wanted = {integration.responsible_id, integration.signed_by_id}
    wanted |= {one.by_id for one in integration.changes} | {one.by_id for one in integration.agreements}
    wanted |= {one.undo.by_id for one in integration.changes if one.undo}
    rows = session.execute(
        sa.select(Person.id, Person.name).where(Person.id.in_([one for one in wanted if one is not None]))
    )
    return {person_id: name for person_id, name in rows}


def _sittings(session: Session, enrolment_id: UUID) -> list[Sitting]:
    return list(
        session.scalars(
            sa.select(Sitting)
            .where(Sitting.enrolment_id == enrolment_id, Sitting.state != SittingState.VOID)
            .options(joinedload(Sitting.centre_exercise))
            .order_by(Sitting.position)
        )
    )


# What it computes.


@dataclass(frozen=True)
class _Seen:
    """One sitting and all that was seen in it."""

    sitting: Sitting
    exercise: Exercise
    first: tuple[Rating, ...]
    adjudicated: Rating | None
    key: KeyResult | None
    changes: Mapping[str, float]
    revised: Mapping[tuple[UUID, str], int]
    """What took the place of an original in a consultation, by assessor and dimension."""


def result(session: Session, enrolment_id: UUID, *, with_changes: bool = True) -> IntegrationResult:
    """The dimension scores of an enrolment, from whatever is in by now.

    ``with_changes`` False gives the mechanical result, as it was before the wash-up.
    """
    sittings = [one for one in _sittings(session, enrolment_id) if one.state is SittingState.SEALED]
    ids = [one.id for one in sittings]
    submitted = ratings.submitted_of(session, ids)
    key_results = keys.results_of(session, ids)
    changes: dict[tuple[UUID, str], float] = {}
    if with_changes:
        for change in session.scalars(
            sa.select(IntegrationChange)
            .join(Integration)
            .outerjoin(IntegrationUndo, IntegrationUndo.change_id == IntegrationChange.id)
            .where(Integration.enrolment_id == enrolment_id, IntegrationUndo.change_id.is_(None))
            .order_by(IntegrationChange.number)
        ):
            changes[change.sitting_id, change.dimension] = change.after
    revised = consultations.revised_in(session, enrolment_id)
    seen = [
        _Seen(
            sitting,
            versions.get(session, sitting.version_hash),
            tuple(one for one in submitted if one.sitting_id == sitting.id and one.round is Round.FIRST),
            next(
                (
                    one
                    for one in submitted
                    if one.sitting_id == sitting.id and one.round is Round.ADJUDICATION
                ),
                None,
            ),
            key_results.get(sitting.id),
            {dimension: after for (where, dimension), after in changes.items() if where == sitting.id},
            {
                (assessor_id, dimension): level
                for (where, assessor_id, dimension), level in revised.items()
                if where == sitting.id
            },
        )
        for sitting in sittings
    ]
    centre_id = session.scalar(sa.select(Enrolment.centre_id).where(Enrolment.id == enrolment_id))
    return _combined(seen, *_plan(session, centre_id))


def _plan(
    session: Session, centre_id: UUID | None
) -> tuple[dict[str, dict[str, float]], dict[str, Exercise]]:
    """The centre's weights per claimed dimension, and its exercises by their catalogue id."""
    weights: dict[str, dict[str, float]] = {}
    for weight in session.scalars(sa.select(Weight).where(Weight.centre_id == centre_id)):
        weights.setdefault(weight.dimension, {})[weight.exercise] = weight.value
    exercises = {
        exercise: versions.get(session, version)
        for exercise, version in session.execute(
            sa.select(CentreExercise.exercise, CentreExercise.version_hash)
            .where(CentreExercise.centre_id == centre_id)
            .order_by(CentreExercise.position)
        )
    }
    return weights, exercises


def _combined(
    seen: Sequence[_Seen], weights: Mapping[str, Mapping[str, float]], exercises: Mapping[str, Exercise]
) -> IntegrationResult:
    dimensions = []
    for dimension in framework():
        showing = [name for name, exercise in exercises.items() if dimension in exercise.dimensions]
        if not showing:
            continue
        scores = tuple(_of_exercise(one, dimension) for one in seen if dimension in one.exercise.dimensions)
        dimensions.append(_of_dimension(dimension, weights.get(dimension), showing, scores, seen, exercises))
    return IntegrationResult(
        dimensions=tuple(dimensions),
        is_provisional=any("U5" in one.reasons for one in dimensions),
        flags=tuple(
            f"{one.dimension}:{entry.exercise}:{flag}"
            for one in dimensions
            for entry in one.per_exercise
            for flag in entry.flags
        ),
    )


def _of_exercise(one: _Seen, dimension: str) -> ExerciseScore:
    name = one.exercise.id
    is_rated = dimension in one.exercise.rated
    given = tuple(_level(rating, dimension) for rating in one.first) if is_rated else ()
    counted = tuple(_counted(one, rating, dimension) for rating in one.first) if is_rated else ()
    third = _counted(one, one.adjudicated, dimension) if one.adjudicated and is_rated else None
    key_score = next((s for s in one.key.scores if s.dimension == dimension), None) if one.key else None
    key = key_score.score if key_score else None
    share = float(one.exercise.structure.get("key_share", {}).get(dimension, 0.0)) if is_rated else 1.0
    combined = combine(
        {name: counted} if counted else {}, {name: third} if third is not None and counted else None
    )
    rated = combined.scores.get(name)
    if dimension in one.changes:
        rated = one.changes[dimension]
    score = _shared(rated, key, share, is_rated=is_rated)
    flags = []
    if combined.single or (is_rated and len(one.first) == 1):
        flags.append("one_rating")
    if is_rated and not share and key is not None and rated is not None and abs(key - rated) >= KEY_DIFFERS:
        flags.append("key_differs")
    if is_rated and any(rating.contradicts for rating in one.first):
        flags.append("tag_contradicts")
    uses_key = key is not None and share > 0
    return ExerciseScore(
        exercise=name,
        sitting_id=str(one.sitting.id),
        score=score,
        ratings=given,
        key=key,
        uses_key=uses_key,
        is_provisional=bool(uses_key and one.key and one.key.is_provisional),
        second_look_taken=third is not None,
        is_disputed=bool(combined.disputed) and dimension not in one.changes,
        is_changed=dimension in one.changes,
        flags=tuple(flags),
        rated=rated,
        key_is_provisional=bool(key is not None and one.key and one.key.is_provisional),
        is_revised=any(where == dimension for _assessor, where in one.revised),
    )


def _counted(one: _Seen, rating: Rating, dimension: str) -> float | None:
    """The level that counts: the revised one, where its assessor revised it in the consultation."""
    revised = one.revised.get((rating.assessor_id, dimension))
    return _level(rating, dimension) if revised is None else float(revised)


def _level(rating: Rating, dimension: str) -> float | None:
    found = next((one.score for one in rating.dimensions if one.dimension == dimension), None)
    return None if found is None else float(found)


def _shared(rated: float | None, key: float | None, share: float, *, is_rated: bool) -> float | None:
    """The assessors' score and the key's, each by its share; alone where the other is missing."""
    if not is_rated:
        return key
    if rated is None or key is None:
        # What nobody saw is not made up from a key that is only a quarter of the score.
        return rated
    return (1 - share) * rated + share * key


def _of_dimension(
    dimension: str,
    claimed: Mapping[str, float] | None,
    showing: Sequence[str],
    scores: tuple[ExerciseScore, ...],
    seen: Sequence[_Seen],
    exercises: Mapping[str, Exercise],
) -> DimensionResult:
    weights = dict(claimed) if claimed else dict.fromkeys(showing, 1.0)
    counted = [score for score in scores if score.exercise in weights]
    # U7 and U8 change no number, and saying here that somebody had an adjustment would tell assessors (T2).
    found = dimension_score(
        {score.exercise: score.score for score in counted},
        weights,
        judgement=[name for name in weights if exercises[name].is_judgement],
        disputed=[score.exercise for score in counted if score.is_disputed],
        single=[score.exercise for score in counted if "one_rating" in score.flags],
        excluded=[one.exercise.id for one in seen if one.sitting.is_excluded and one.exercise.id in weights],
        provisional=[score.exercise for score in counted if score.is_provisional],
    )
    reasons = found.reasons
    # What the centre does not claim is rated and reported, but never as a number (U1).
    is_withheld = found.is_withheld or claimed is None
    if claimed is None and "U1" not in reasons:
        reasons = ("U1", *reasons)
    return DimensionResult(
        dimension=dimension,
        is_claimed=claimed is not None,
        estimate=None if is_withheld else found.estimate,
        standard_error=None if is_withheld else found.standard_error,
        low=None if is_withheld or found.interval is None else found.interval[0],
        high=None if is_withheld or found.interval is None else found.interval[1],
        band=None if is_withheld else found.band,
        between=None if is_withheld else found.between,
        n_exercises=found.n,
        reasons=reasons,
        stronger=found.stronger,
        weaker=found.weaker,
        weights=dict(found.weights_used),
        per_exercise=scores,
    )


# What it asks.


@dataclass(frozen=True)
class Question:
    """What the wash-up is asked to look at: one exercise under a dimension, or the dimension over its exercises."""

    dimension: str
    exercise: str | None
    sitting_id: str | None
    codes: tuple[str, ...]
    """differ, one_rating, key_differs, tag_contradicts; U1 to U6."""
    is_settled: bool
    """Whether the rating was changed, or the assessors let it stand."""

    @property
    def is_of_rules(self) -> bool:
        """Whether it asks only how sure the result is (U3, U5): such questions are let stand together."""
        return set(self.codes) <= {"U3", "U5"}


ASKED = ("U1", "U2", "U3", "U5", "U6")
"""Rules about a dimension that ask for a look. U4 is asked where the ratings are; U7 and U8 would tell assessors about
the participant's conditions (T2), change no number, and are asked of nobody."""


def questions(integration: Integration, found: IntegrationResult) -> tuple[Question, ...]:
    """What is asked about a result, disagreements and rules alone; ``is_settled`` says what is left to decide."""
    settled = {(one.dimension, str(one.sitting_id)) for one in integration.agreements if one.sitting_id}
    agreed: dict[str, set[str]] = {}
    for one in integration.agreements:
        if one.sitting_id is None:
            agreed.setdefault(one.dimension, set()).update(one.codes.split() or ASKED)
    asked: list[Question] = []
    contradicted: set[str] = set()
    for result_ in found.dimensions:
        for entry in result_.per_exercise:
            codes = _asked_of(entry, contradicted)
            if codes:
                is_settled = entry.is_changed or (result_.dimension, entry.sitting_id) in settled
                asked.append(Question(result_.dimension, entry.exercise, entry.sitting_id, codes, is_settled))
        codes = tuple(code for code in ASKED if code in result_.reasons) if result_.is_claimed else ()
        if codes:
            is_settled = set(codes) <= agreed.get(result_.dimension, set())
            asked.append(Question(result_.dimension, None, None, codes, is_settled))
    return tuple(asked)


def _asked_of(entry: ExerciseScore, contradicted: set[str]) -> tuple[str, ...]:
    given = [one for one in entry.ratings if one is not None]
    codes = []
    if entry.is_disputed:
        codes.append("U4")
    elif given and max(given) - min(given) >= ASSESSORS_DIFFER:
        codes.append("differ")
    if "one_rating" in entry.flags and len(entry.ratings) > 1:
        codes.append("one_rating")
    if "key_differs" in entry.flags:
        codes.append("key_differs")
    # Said of the sitting as a whole, so it is asked once.
    if "tag_contradicts" in entry.flags and entry.sitting_id not in contradicted:
        contradicted.add(entry.sitting_id)
        codes.append("tag_contradicts")
    return tuple(codes)


def obstacles(session: Session, integration: Integration, found: IntegrationResult) -> list[str]:
    """What keeps a result from being signed, as message ids."""
    discussion = discussion_of(session, integration.enrolment_id)
    is_waiting = discussion is not None and discussion.state is DiscussionState.TO_COME
    is_at_result = (
        discussion is not None and discussion.state is DiscussionState.NOW and discussion.deciding_at is None
    )
    cases = (
        (any("U4" in one.reasons for one in found.dimensions), STILL_DISPUTED),
        (bool(consultations.open_in(session, integration.enrolment_id)), CONSULTATION_OPEN),
        (is_waiting, NOT_DISCUSSED),
        (is_at_result, RESULT_IN_FRONT),
    )
    return [*missing(session, integration.enrolment_id), *(words for applies, words in cases if applies)]


def discussion_of(session: Session, enrolment_id: UUID) -> Discussion | None:
    """The discussion that an enrolment waits for or is in, if it is on an agenda."""
    return session.scalar(
        sa.select(Discussion)
        .where(
            Discussion.enrolment_id == enrolment_id,
            Discussion.state.in_((DiscussionState.TO_COME, DiscussionState.NOW)),
        )
        .options(joinedload(Discussion.wash_up))
    )


# What changes it, and what ends it.


def _held(session: Session, integration_id: UUID, *, by: Actor) -> Integration:
    """An integration that may be changed now, its row held: of two changes at once one comes after the other.

    :raises AlreadySigned: after its signature. :raises NotDiscussedYet: before its wash-up came to it.
        :raises ResultFirst: while its wash-up looks at the result by rule.
    """
    integration = get(session, integration_id, by=by, lock=True)
    session.refresh(integration, ["changes", "agreements"])  # what came while this one waited
    if integration.state is IntegrationState.SIGNED:
        raise AlreadySigned
    discussion = discussion_of(session, integration.enrolment_id)
    if discussion is not None and discussion.state is DiscussionState.TO_COME:
        raise NotDiscussedYet
    if discussion is not None and discussion.deciding_at is None:
        raise ResultFirst
    return integration


def standing(integration: Integration, sitting_id: UUID, dimension: str) -> IntegrationChange | None:
    """The change that counts for one exercise on one dimension: the last that was not taken back."""
    here = [
        one
        for one in integration.changes
        if one.sitting_id == sitting_id and one.dimension == dimension and one.undo is None
    ]
    return max(here, key=lambda one: one.number, default=None)


def _record(session: Session, name: str, integration: Integration, by: Actor, **values: Any) -> None:
    centre_id = session.get_one(Enrolment, integration.enrolment_id).centre_id
    journal.record(session, name, "integration", integration.id, by=by, centre_id=centre_id, **values)


def change(
    session: Session,
    integration_id: UUID,
    sitting_id: UUID,
    dimension: str,
    after: float,
    reason: str,
    observation_id: UUID | None,
    *,
    by: Actor,
    seen: UUID | None = None,
) -> IntegrationChange:
    """Change the rating of one exercise on one dimension, on evidence. Originals and total stay as they are computed.

    ``seen`` is the change that stood there when the assessor began to write.

    :raises ChangeUnclear: without a level on the scale, a reason, or a passage of that exercise and dimension.
        :raises ChangedMeanwhile: when another stands there by now. :raises ConsultationOpen: while its assessors may
        still revise. See :func:`_held` for what else stops it.
    """
    integration = _held(session, integration_id, by=by)
    before = _score_of(result(session, integration.enrolment_id), sitting_id, dimension)
    observation = session.scalar(
        sa.select(Observation)
        .join(Rating)
        .where(
            Observation.id == observation_id,
            Observation.dimension == dimension,
            Rating.sitting_id == sitting_id,
            Rating.state == RatingState.SUBMITTED,
        )
    )
    if before is None or observation is None or not reason.strip() or not 1 <= after <= 5:
        raise ChangeUnclear
    if dimension in consultations.open_in(session, integration.enrolment_id).get(sitting_id, ()):
        raise ConsultationOpen
    there = standing(integration, sitting_id, dimension)
    if (there.id if there else None) != seen:
        raise ChangedMeanwhile
    made = IntegrationChange(
        integration_id=integration.id,
        sitting_id=sitting_id,
        dimension=dimension,
        number=1
        + sum(one.sitting_id == sitting_id and one.dimension == dimension for one in integration.changes),
        before=before.rated,
        after=float(after),
        reason=texts.whole(reason, LONGEST_REASON),
        observation_id=observation.id,
        by_id=by.person_id,
        at=clock.now(),
    )
    session.add(made)
    session.flush()  # the journal needs the id
    _record(
        session,
        "integration.changed",
        integration,
        by,
        change=made.id,
        sitting=sitting_id,
        dimension=dimension,
        before=before.rated,
        after=float(after),
    )
    return made


def undo(
    session: Session, integration_id: UUID, change_id: UUID, reason: str, *, by: Actor
) -> IntegrationUndo:
    """Take back the change that stands; what stood before it counts again. Both rows stay.

    :raises NotFound: for a change of another integration. :raises ReasonMissing: without a reason.
        :raises AlreadyUndone: when it does not stand any more. See :func:`_held` for what else stops it.
    """
    integration = _held(session, integration_id, by=by)
    found = next((one for one in integration.changes if one.id == change_id), None)
    if found is None:
        raise errors.NotFound
    if not reason.strip():
        raise ReasonMissing
    if standing(integration, found.sitting_id, found.dimension) is not found:
        raise AlreadyUndone
    made = IntegrationUndo(
        change_id=found.id,
        reason=texts.whole(reason, LONGEST_REASON),
        by_id=by.person_id,
        at=clock.now(),
    )
    session.add(made)
    session.flush()
    session.refresh(found, ["undo"])
    _record(
        session,
        "integration.undone",
        integration,
        by,
        change=found.id,
        sitting=found.sitting_id,
        dimension=found.dimension,
    )
    return made


def agree(
    session: Session,
    integration_id: UUID,
    dimension: str,
    sitting_id: UUID | None,
    reason: str,
    *,
    by: Actor,
) -> IntegrationAgreement:
    """Let stand what is asked about. Changes no number; a reason is welcome and not needed.

    :raises NothingAsked: when nothing is asked there, or not any more. See :func:`_held` for what else stops it.
    """
    integration = _held(session, integration_id, by=by)
    where = str(sitting_id) if sitting_id else None
    asked = next(
        (
            one
            for one in questions(integration, result(session, integration.enrolment_id))
            if one.dimension == dimension and one.sitting_id == where and not one.is_settled
        ),
        None,
    )
    if asked is None:
        raise NothingAsked
    made = IntegrationAgreement(
        integration_id=integration.id,
        dimension=dimension,
        sitting_id=sitting_id,
        codes="" if sitting_id else " ".join(asked.codes),
        reason=texts.whole(reason, LONGEST_REASON),
        by_id=by.person_id,
        at=clock.now(),
    )
    session.add(made)
    session.flush()
    _record(session, "integration.agreed", integration, by, sitting=sitting_id, dimension=dimension)
    return made


def agree_on_rules(session: Session, integration_id: UUID, dimensions: Collection[str], *, by: Actor) -> int:
    """Let stand at once what only the rules U3 and U5 ask about these dimensions; how many. Changes no number.

    :raises NothingAsked: when none of it is asked any more. See :func:`_held` for what else stops it.
    """
    integration = _held(session, integration_id, by=by)
    chosen = [
        one
        for one in questions(integration, result(session, integration.enrolment_id))
        if one.is_of_rules and not one.is_settled and one.dimension in dimensions
    ]
    if not chosen:
        raise NothingAsked
    session.add_all(
        IntegrationAgreement(
            integration_id=integration.id,
            dimension=one.dimension,
            codes=" ".join(one.codes),
            reason="",
            by_id=by.person_id,
            at=clock.now(),
        )
        for one in chosen
    )
    session.flush()
    for one in chosen:
        _record(session, "integration.agreed", integration, by, sitting=None, dimension=one.dimension)
    return len(chosen)


def _score_of(found: IntegrationResult, sitting_id: UUID, dimension: str) -> ExerciseScore | None:
    return next(
        (
            entry
            for one in found.dimensions
            if one.dimension == dimension
            for entry in one.per_exercise
            if entry.sitting_id == str(sitting_id) and entry.ratings
        ),
        None,
    )


def set_responsible(
    session: Session, enrolment_id: UUID, assessor_id: UUID, reason: str, *, by: Actor
) -> Integration:
    """Let another of the enrolment's assessors answer for the result and write the report; the reason is kept.

    :raises NotFound: when there is no integration, or this assessor did not rate here. :raises ReasonMissing: without
        a reason.
    """
    found = session.scalar(
        sa.select(Integration).where(Integration.enrolment_id == enrolment_id).with_for_update()
    )
    rated_here = session.scalar(
        sa.select(sa.func.count())
        .select_from(Rating)
        .join(Sitting)
        .where(
            Sitting.enrolment_id == enrolment_id,
            Rating.assessor_id == assessor_id,
            Rating.state == RatingState.SUBMITTED,
        )
    )
    if found is None or not rated_here:
        raise errors.NotFound
    if found.state is IntegrationState.SIGNED:
        raise AlreadySigned
    if not reason.strip():
        raise ReasonMissing
    session.add(
        Handover(
            integration_id=found.id,
            from_id=found.responsible_id,
            to_id=assessor_id,
            reason=texts.whole(reason, LONGEST_REASON),
            by_id=by.person_id,
            at=clock.now(),
        )
    )
    found.responsible_id = assessor_id
    _record(session, "integration.responsible_named", found, by, responsible=assessor_id)
    return found


def sign(session: Session, integration_id: UUID, *, by: Actor) -> Integration:
    """Sign the result: it is frozen in its one spelling. Signing again changes nothing.

    What is left to decide does not stop it: the page lists it, and the journal counts it.

    :raises NotResponsible: for everybody but the responsible assessor. :raises StillDisputed: while a dimension is.
        :raises ConsultationOpen: while one is. :raises NotDiscussedYet: before its wash-up came to it.
        :raises ResultFirst: while its wash-up looks at the result by rule.
    """
    integration = get(session, integration_id, by=by, lock=True)
    if integration.state is IntegrationState.SIGNED:
        return integration
    if integration.responsible_id != by.person_id:
        raise NotResponsible
    if missing(session, integration.enrolment_id):
        raise NotReady
    found = result(session, integration.enrolment_id)
    if any("U4" in one.reasons for one in found.dimensions):
        raise StillDisputed
    if consultations.open_in(session, integration.enrolment_id):
        raise ConsultationOpen
    _held(session, integration_id, by=by)
    left = sum(not one.is_settled for one in questions(integration, found))
    integration.result = canonical(found.document())
    integration.result_hash = digest(found.document())
    integration.signed_by_id, integration.signed_at = by.person_id, clock.now()
    integration.state = IntegrationState.SIGNED
    _record(
        session, "integration.signed", integration, by, result_hash=integration.result_hash, undecided=left
    )
    return integration


def signed_result(integration: Integration) -> IntegrationResult:
    """The result as it was signed.

    :raises NotReady: before it was signed.
    """
    if integration.result is None:
        raise NotReady
    return IntegrationResult.from_document(json.loads(integration.result))


def evidence(session: Session, enrolment_id: UUID) -> dict[str, list[tuple[str, Observation]]]:
    """The observations of all submitted ratings of an enrolment, by dimension, each with its exercise."""
    rows = session.execute(
        sa.select(CentreExercise.exercise, Observation)
        .join(Rating, Rating.id == Observation.rating_id)
        .join(Sitting, Sitting.id == Rating.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .where(
            Sitting.enrolment_id == enrolment_id,
            Sitting.state == SittingState.SEALED,
            Rating.state == RatingState.SUBMITTED,
        )
        .order_by(CentreExercise.position, Observation.sign, Observation.created_at)
    )
    found: dict[str, list[tuple[str, Observation]]] = {}
    for exercise, observation in rows:
        found.setdefault(observation.dimension, []).append((exercise, observation))
    return found
