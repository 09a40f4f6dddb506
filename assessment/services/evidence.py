"""Evidence: what the ratings of a centre are worth, computed in the background and kept until the data change (M15).

Read are the first-round ratings, adjudications, keys, backgrounds and reactions of one centre. Rehearsals count nowhere.
Administrators see it live; assessors, HR and participants after the last rating of the centre, each of them as much as
is theirs. A model never changes a score.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, jobs, journal
from assessment.access import Actor, Permission
from assessment.jobs import Task
from assessment.models.centre import Centre, CentreExercise, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Job, JobState
from assessment.models.evidence import Background, EvidenceResult, Reaction, ReactionAnswer
from assessment.models.person import Person, Seat, SeatName
from assessment.models.rating import (
    Adjudication,
    Assignment,
    AssignmentState,
    AutomaticScore,
    DimensionRating,
    Rating,
    RatingState,
    Round,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.sections.evidence.facts import AMBER, GREEN, Effects, Evidence, Group
from assessment.services import (
    centres,
    evidence_figures,
    integrations,
    keys,
    minimums,
    notices,
    reactions,
    reports,
)
from assessment.services.evidence_material import KeyShare, Material, Score

EVIDENCE = "evidence"
"""The kind of job that computes."""
VERSION = "2"
"""Raised when the figures are computed in another way: what was computed before is then computed anew."""
ROUNDS_OF_TRYING = 3


class Rehearsed(errors.NotAllowedNow):
    sentence = "This is a rehearsal. It is counted nowhere, and so there is no evidence about it."


class NotComplete(errors.NotAllowedNow):
    sentence = "This page opens after the last rating of the centre."


@dataclass(frozen=True)
class Look:
    """The evidence of a centre as far as one reader may see it."""

    centre: Centre
    evidence: Evidence | None
    """None as long as it was never computed."""
    computed_at: datetime | None
    is_current: bool
    job: Job | None
    """What computes it now."""
    has_failed: bool = False
    """Whether the last attempt ended in an error, so that nobody begins another one without being asked."""
    checked: tuple[tuple[str, str], ...] = ()
    """On what fairness was checked, and the result: clear, look or few. All that most readers see of it (F5)."""


# Who may look.


def for_administrator(session: Session, centre_id: UUID, *, by: Actor) -> Look:
    """All of it but the figures about groups, which have a permission of their own.

    :raises NotFound: when the centre is not theirs. :raises Rehearsed: when it is a rehearsal.
    """
    centre = centres.get(session, centre_id, by=by)
    if centre.is_rehearsal:
        raise Rehearsed
    return _without_groups(_look(session, centre))


def groups(session: Session, centre_id: UUID, *, by: Actor) -> tuple[Look, tuple[Group, ...]]:
    """The figures about groups of participants, for who may read backgrounds.

    :raises NotFound: when the centre is not theirs, or they may not. :raises Rehearsed: when it is a rehearsal.
    """
    if not by.may(Permission.READ_BACKGROUNDS):
        raise errors.NotFound
    look = for_administrator(session, centre_id, by=by)
    found = _look(session, look.centre).evidence
    return look, found.groups if found else ()


def for_assessor(session: Session, centre_id: UUID, *, by: Actor) -> Look:
    """The centre's figures, with the assessor's own effects and nobody else's.

    :raises NotFound: when they are no assessor of it. :raises NotComplete: before its last rating.
    """
    centre = session.scalar(
        sa.select(Centre)
        .join(Seat, Seat.centre_id == Centre.id)
        .where(
            Centre.id == centre_id,
            Seat.person_id == by.person_id,
            Seat.seat == SeatName.ASSESSOR,
            Centre.rehearsal_of_id.is_(None),
        )
        .options(joinedload(Centre.programme))
    )
    if centre is None:
        raise errors.NotFound
    return _only_own(_without_groups(_complete(session, centre)), str(by.person_id))


def for_hr(session: Session, centre_id: UUID, *, by: Actor) -> Look:
    """The centre's figures, with no assessor told apart.

    :raises NotFound: when the centre is not theirs to read. :raises NotComplete: before its last rating.
    """
    centre = reports.centre_to_read(session, centre_id, by=by)
    return _nameless(_without_groups(_complete(session, centre)))


def for_participant(session: Session, enrolment_id: UUID, *, by: Actor) -> Look:
    """The centre's figures as far as they say something to a participant.

    :raises NotFound: when the enrolment is not theirs. :raises NotComplete: before the last rating of the centre.
    """
    enrolment = notices.get(session, enrolment_id, by=by)
    if enrolment.centre.is_rehearsal or enrolment.state is EnrolmentState.WITHDRAWN:
        raise errors.NotFound
    look = _nameless(_without_groups(_complete(session, enrolment.centre)))
    if look.evidence is None:
        return look
    return replace(look, evidence=replace(look.evidence, effects=(), keyed=()))


def complete_among(session: Session, found: Sequence[Centre]) -> set[UUID]:
    """Which of these centres had their last rating, in as many queries for many as for few."""
    closed = {one.id for one in found if one.state is CentreState.CLOSED and not one.is_rehearsal}
    if not closed:
        return set()
    of_centre = {
        enrolment_id: centre_id
        for enrolment_id, centre_id in session.execute(
            sa.select(Enrolment.id, Enrolment.centre_id).where(
                Enrolment.centre_id.in_(closed), Enrolment.state != EnrolmentState.WITHDRAWN
            )
        )
    }
    rated = set(
        session.scalars(
            sa.select(CentreExercise.centre_id)
            .join(Sitting, Sitting.centre_exercise_id == CentreExercise.id)
            .join(Rating, Rating.sitting_id == Sitting.id)
            .where(CentreExercise.centre_id.in_(closed), Rating.state == RatingState.SUBMITTED)
            .distinct()
        )
    )
    waits = integrations.missing_of(session, list(of_centre))
    late = {integrations.RATINGS_MISSING, integrations.ADJUDICATION_MISSING}
    open_ = {of_centre[enrolment_id] for enrolment_id, reasons in waits.items() if late & set(reasons)}
    return (closed & rated) - open_


def rated_by(session: Session, *, by: Actor) -> list[Centre]:
    """The centres of an assessor that had their last rating, the newest first."""
    found = session.scalars(
        sa.select(Centre)
        .join(Seat, Seat.centre_id == Centre.id)
        .where(
            Seat.person_id == by.person_id,
            Seat.seat == SeatName.ASSESSOR,
            Centre.state == CentreState.CLOSED,
            Centre.rehearsal_of_id.is_(None),
        )
        .order_by(Centre.created_at.desc())
    ).all()
    complete = complete_among(session, found)
    return [one for one in found if one.id in complete]


def _complete(session: Session, centre: Centre) -> Look:
    if not complete_among(session, [centre]):
        raise NotComplete
    return _look(session, centre)


def _look(session: Session, centre: Centre) -> Look:
    kept = session.get(EvidenceResult, centre.id)
    under_way = Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    newest = session.scalars(
        sa.select(Job)
        .where(Job.kind == EVIDENCE, Job.centre_id == centre.id)
        .order_by(sa.case((under_way, 0), else_=1), Job.created_at.desc())
        .limit(1)
    ).first()
    job = newest if newest and newest.state in (JobState.QUEUED, JobState.RUNNING) else None
    has_failed = newest is not None and newest.state is JobState.FAILED
    if kept is None:
        return Look(centre, None, None, False, job, has_failed)
    return Look(
        centre,
        Evidence.from_document(json.loads(kept.document)),
        kept.computed_at,
        kept.fingerprint == fingerprint(session, centre.id),
        job,
        has_failed,
    )


# As much as is theirs.


def _without_groups(look: Look) -> Look:
    if look.evidence is None:
        return look
    return replace(look, evidence=replace(look.evidence, groups=()), checked=_checked(look.evidence.groups))


def _checked(found: Sequence[Group]) -> tuple[tuple[str, str], ...]:
    """On what was checked, with the most telling result of each trait."""
    order = ("few", "clear", "look")
    verdicts: dict[str, str] = {}
    for group in found:
        band = group.difference.band
        verdict = "look" if band == AMBER else "clear" if band == GREEN else "few"
        verdicts[group.trait] = max(verdicts.get(group.trait, "few"), verdict, key=order.index)
    return tuple(sorted(verdicts.items()))


def _only_own(look: Look, person: str) -> Look:
    """An assessor sees the own effects; of the others how far they lie apart, if they are enough."""
    if look.evidence is None:
        return look
    own = tuple(one for one in look.evidence.effects if one.assessor == person)
    return replace(look, evidence=replace(_hidden_spread(look.evidence), effects=own))


def _nameless(look: Look) -> Look:
    """Effects without whose they are, in an order that tells nothing; none at all where assessors are few."""
    if look.evidence is None:
        return look
    found: tuple[Effects, ...] = ()
    if len(look.evidence.effects) >= minimums.ASSESSORS_TOGETHER.n:
        found = tuple(
            replace(one, assessor="")
            for one in sorted(look.evidence.effects, key=lambda one: one.severity.estimate or 0.0)
        )
    return replace(look, evidence=replace(_hidden_spread(look.evidence), effects=found))


def _hidden_spread(found: Evidence) -> Evidence:
    return replace(
        found,
        subsets=tuple(
            one if one.assessors >= minimums.ASSESSORS_TOGETHER.n else replace(one, differ=type(one.differ)())
            for one in found.subsets
        ),
    )


def names_of(session: Session, effects: Sequence[Effects]) -> dict[str, str]:
    """The names of assessors, by the ids in their effects. For administrators."""
    ids = [UUID(one.assessor) for one in effects if one.assessor]
    rows = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {str(person_id): name for person_id, name in rows}


# Computing.


def begin(session: Session, look: Look, *, by: Actor) -> Job | None:
    """Begin to compute in the background, unless that goes on, or nothing has changed since the last time."""
    if look.is_current or look.job is not None:
        return look.job
    return jobs.queue(session, EVIDENCE, {"centre": str(look.centre.id)}, by=by, centre_id=look.centre.id)


@jobs.handles(EVIDENCE)
def compute(task: Task) -> str:
    """Compute the evidence of a centre, and keep it with the state of the data that it was made of."""
    centre_id = UUID(task.payload["centre"])
    for _turn in range(ROUNDS_OF_TRYING):
        with task.database.reading() as session:
            before = fingerprint(session, centre_id)
            kept = session.get(EvidenceResult, centre_id)
            if kept is not None and kept.fingerprint == before:
                return ""
            material = read(session, centre_id)
        made = evidence_figures.compute(material, task.progress)
        with task.database.writing() as session:
            # What somebody took back meanwhile must not be kept.
            if _voluntary(fingerprint(session, centre_id)) == _voluntary(before):
                _keep(session, centre_id, before, made)
                return ""
    return ""


def _keep(session: Session, centre_id: UUID, state: str, made: Evidence) -> None:
    values = {
        "fingerprint": state,
        "document": json.dumps(made.to_document(), separators=(",", ":")),
        "computed_at": clock.now(),
    }
    dialect = sqlite if session.connection().dialect.name == "sqlite" else postgresql
    session.execute(
        dialect.insert(EvidenceResult)
        .values(centre_id=centre_id, **values)
        .on_conflict_do_update(index_elements=["centre_id"], set_=values)
    )


def fingerprint(session: Session, centre_id: UUID) -> str:
    """The state of everything that the figures rest on, in one query: how much there is, and when it last changed."""
    here = CentreExercise.centre_id == centre_id

    def of_sittings(column: Any, table: Any, *where: Any) -> Any:
        return (
            sa.select(column)
            .select_from(table)
            .join(Sitting, Sitting.id == table.sitting_id)
            .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
            .where(here, *where)
            .scalar_subquery()
        )

    def of_enrolments(column: Any, table: Any) -> Any:
        return (
            sa.select(column)
            .select_from(table)
            .join(Enrolment, Enrolment.id == table.enrolment_id)
            .where(Enrolment.centre_id == centre_id)
            .scalar_subquery()
        )

    def of_centre(table: Any, *where: Any) -> Any:
        query = sa.select(sa.func.count()).select_from(table)
        if table is Sitting:
            return (
                query.join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
                .where(here, *where)
                .scalar_subquery()
            )
        return query.where(Enrolment.centre_id == centre_id, *where).scalar_subquery()

    submitted = Rating.state == RatingState.SUBMITTED
    parts = (
        of_sittings(sa.func.count(), Rating, submitted),
        of_sittings(sa.func.max(Rating.submitted_at), Rating, submitted),
        of_sittings(sa.func.count(), AutomaticScore),
        of_sittings(sa.func.max(AutomaticScore.computed_at), AutomaticScore),
        of_sittings(sa.func.count(), Adjudication),
        of_sittings(sa.func.count(Adjudication.resolved_at), Adjudication),
        of_sittings(sa.func.count(), Assignment, Assignment.state == AssignmentState.OPEN),
        of_centre(Sitting, Sitting.state == SittingState.VOID),
        of_centre(Sitting, Sitting.is_excluded),
        of_centre(Enrolment, Enrolment.state == EnrolmentState.WITHDRAWN),
        of_enrolments(sa.func.count(), Background),
        of_enrolments(sa.func.max(Background.changed_at), Background),
        of_enrolments(sa.func.count(), Reaction),
        of_enrolments(sa.func.max(Reaction.changed_at), Reaction),
    )
    row = session.execute(sa.select(*parts)).one()
    return "/".join((VERSION, " ".join(map(str, row[:-4])), " ".join(map(str, row[-4:]))))


def _voluntary(state: str) -> str:
    return state.rsplit("/", 1)[1]


# Reading.


def read(session: Session, centre_id: UUID) -> Material:
    """Everything that the figures are made of, in a handful of queries however many take part."""
    answered, counting = reactions.of_centre(session, centre_id)
    adjudicated, resolved = session.execute(
        sa.select(sa.func.count(), sa.func.count(Adjudication.resolved_at))
        .select_from(Adjudication)
        .join(Sitting, Sitting.id == Adjudication.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(*_counts(centre_id))
    ).one()
    return Material(
        scores=_scores(session, centre_id),
        keys=_keys(session, centre_id),
        backgrounds=_backgrounds(session, centre_id),
        reactions=_answers(session, counting),
        answered=answered,
        shown=len(counting),
        adjudicated=adjudicated,
        resolved=resolved,
        still_open=_still_open(session, centre_id),
        left_out=session.scalar(
            sa.select(sa.func.count())
            .select_from(Sitting)
            .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
            .where(
                Enrolment.centre_id == centre_id,
                sa.or_(
                    Sitting.is_excluded,
                    Sitting.state == SittingState.VOID,
                    Enrolment.state == EnrolmentState.WITHDRAWN,
                ),
            )
        )
        or 0,
    )


def _counts(centre_id: UUID) -> tuple[Any, ...]:
    """What counts: sittings of this very centre that are neither void nor excluded, of who has not withdrawn."""
    return (
        Enrolment.centre_id == centre_id,
        Enrolment.state != EnrolmentState.WITHDRAWN,
        Sitting.state != SittingState.VOID,
        sa.not_(Sitting.is_excluded),
    )


def _scores(session: Session, centre_id: UUID) -> list[Score]:
    rows = session.execute(
        sa.select(
            Sitting.enrolment_id,
            CentreExercise.exercise,
            DimensionRating.dimension,
            Rating.assessor_id,
            DimensionRating.score,
            Sitting.language,
        )
        .select_from(DimensionRating)
        .join(Rating, Rating.id == DimensionRating.rating_id)
        .join(Sitting, Sitting.id == Rating.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(*_counts(centre_id), Rating.round == Round.FIRST, Rating.state == RatingState.SUBMITTED)
    )
    return [Score(*row) for row in rows]


def _keys(session: Session, centre_id: UUID) -> list[KeyShare]:
    rows = session.execute(
        sa.select(Sitting.enrolment_id, CentreExercise.exercise, Sitting.language, AutomaticScore.result)
        .select_from(AutomaticScore)
        .join(Sitting, Sitting.id == AutomaticScore.sitting_id)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(*_counts(centre_id))
        .order_by(AutomaticScore.computed_at)
    )
    newest: dict[tuple[UUID, str, str], KeyShare] = {}
    for enrolment_id, exercise, language, result in rows:
        for one in keys.read(result).scores:
            if one.proportion is not None:
                newest[enrolment_id, exercise, one.dimension] = KeyShare(
                    enrolment_id, exercise, one.dimension, one.proportion, one.score, language
                )
    return list(newest.values())


def _backgrounds(session: Session, centre_id: UUID) -> dict[UUID, Mapping[str, str]]:
    rows = session.scalars(
        sa.select(Background)
        .join(Enrolment, Enrolment.id == Background.enrolment_id)
        .where(
            Enrolment.centre_id == centre_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            sa.not_(Background.is_skipped),
        )
    )
    return {
        one.enrolment_id: {
            trait: value.value
            for trait, value in (
                ("age", one.age),
                ("first_language", one.first_language),
                ("gender", one.gender),
            )
            if value is not None
        }
        for one in rows
    }


def _answers(session: Session, counting: Sequence[UUID]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {name: [] for name in reactions.STATEMENTS}
    for statement, value in session.execute(
        sa.select(ReactionAnswer.statement, ReactionAnswer.value).where(
            ReactionAnswer.enrolment_id.in_(counting)
        )
    ):
        if statement in found:
            found[statement].append(value)
    return found


def _still_open(session: Session, centre_id: UUID) -> int:
    """How many ratings are assigned and not yet submitted."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Assignment)
            .join(Sitting, Sitting.id == Assignment.sitting_id)
            .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
            .outerjoin(
                Rating,
                sa.and_(
                    Rating.is_of_assignment(),
                    Rating.state == RatingState.SUBMITTED,
                ),
            )
            .where(*_counts(centre_id), Assignment.state == AssignmentState.OPEN, Rating.id.is_(None))
        )
        or 0
    )


# Taking out.


def note_download(session: Session, look: Look, form: str, *, by: Actor) -> None:
    """Note that the figures of a centre were taken out, in which form."""
    journal.record(
        session, "evidence.downloaded", "centre", look.centre.id, by=by, centre_id=look.centre.id, form=form
    )
