"""The check at the end: everything that was acknowledged is asked of the database again, and every difference is told."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from assessment import journal
from assessment.models.answer import COUNTING
from assessment.models.rating import IntegrationState, RatingState
from assessment.models.sitting import Revision, RevisionKind, Sitting, SittingState
from assessment.rehearsal.sent import Acknowledged, Sent, SentSitting, digest
from assessment.services import rehearsals
from assessment.services.rehearsals import Rehearsal
from exercises.content import Exercise

KIND_OF = {"saved": COUNTING, "late": (RevisionKind.LATE,)}
"""As what a save of this code has to be stored; anything else is a side revision."""


@dataclass(frozen=True)
class Compared:
    """How much was compared, and what differs."""

    saves: int
    stored: int
    ratings: int
    differences: tuple[str, ...]


def compare(
    session: Session, made: Rehearsal, sent: Sent, works: Mapping[UUID, Exercise], rated: Sequence[UUID]
) -> Compared:
    """Compare what was sent with what is stored: each save word for word, clocks, hand-ins, ratings, signatures, chains."""
    stored: dict[UUID, list[Revision]] = defaultdict(list)
    count = 0
    for revision in rehearsals.revisions(session, made.centre_id):
        stored[revision.sitting_id].append(revision)
        count += 1
    differences = [
        *(
            line
            for one, known in sent.sittings.items()
            for line in _of_writing(one, known, stored.get(one, []))
        ),
        *(
            f"sitting {one}: something is stored that nobody sent"
            for one in stored.keys() - sent.sittings.keys()
        ),
        *(
            line
            for one in rehearsals.sittings(session, made.centre_id)
            for line in _of_clock(one, sent, works)
        ),
        *_of_ratings(session, sent, rated),
        *(f"journal: {line}" for line in journal.verify(session)),
    ]
    return Compared(sent.acknowledged, count, len(sent.ratings), tuple(differences))


def _of_writing(sitting_id: UUID, known: SentSitting, stored: Sequence[Revision]) -> Iterator[str]:
    by_number = {(one.task, one.number): one for one in stored}
    for save in known.acknowledged:
        where = f"sitting {sitting_id}, {save.task}, revision {save.number}"
        revision = by_number.get((save.task, save.number))
        if revision is None:
            yield f"{where}: acknowledged, and not stored"
        elif (revision.client_id, revision.client_seq) != (save.client, save.seq):
            yield f"{where}: acknowledged for save {save.seq}, stored from save {revision.client_seq}"
        elif digest(revision.body) != save.digest:
            yield f"{where}: stored with other words than were sent; it begins {revision.body[:60]!r}"
        elif revision.kind not in KIND_OF.get(save.code, (RevisionKind.SIDE,)):
            yield f"{where}: acknowledged as {save.code}, stored as {revision.kind}"
    for revision in stored:
        key = (revision.client_id, revision.client_seq)
        if known.sent.get(key) != digest(revision.body):
            yield (
                f"sitting {sitting_id}, {revision.task}, revision {revision.number}: stored, and nobody sent it so; "
                f"it begins {revision.body[:60]!r}"
            )
    yield from _of_heads(sitting_id, known, stored)


def _of_heads(sitting_id: UUID, known: SentSitting, stored: Sequence[Revision]) -> Iterator[str]:
    """What counts is what was acknowledged last, or something that left after it and whose answer was lost."""
    last: dict[str, Acknowledged] = {save.task: save for save in known.acknowledged if save.code == "saved"}
    heads: dict[str, Revision] = {}
    for revision in stored:
        if revision.kind in COUNTING:
            heads[revision.task] = revision
    for task, save in last.items():
        head = heads.get(task)
        if head is None or head.number < save.number:
            yield f"sitting {sitting_id}, {task}: what was saved last does not count"


def _of_clock(sitting: Sitting, sent: Sent, works: Mapping[UUID, Exercise]) -> Iterator[str]:
    known = sent.sittings.get(sitting.id)
    if known and known.is_handed_in and sitting.state is not SittingState.SEALED:
        yield f"sitting {sitting.id}: handed in, and {sitting.state}"
    if sitting.started_at and sitting.deadline_at and not sitting.is_untimed:
        given = timedelta(minutes=works[sitting.id].minutes * sitting.enrolment.time_factor)
        if abs(sitting.deadline_at - sitting.started_at - given) > timedelta(seconds=1):
            yield f"sitting {sitting.id}: {sitting.deadline_at - sitting.started_at} on the clock instead of {given}"


def _of_ratings(session: Session, sent: Sent, rated: Sequence[UUID]) -> Iterator[str]:
    ratings = {(one.sitting_id, one.assessor_id): one for one in rehearsals.ratings_of(session, rated)}
    for assignment in rehearsals.work(session, rated):
        given = sent.ratings.get(assignment.id)
        if given is None:
            continue
        rating = ratings.get((assignment.sitting_id, assignment.assessor_id))
        where = f"rating of {assignment.sitting.code}"
        if rating is None or rating.state is not RatingState.SUBMITTED:
            yield f"{where}: submitted, and not stored as submitted"
            continue
        levels = {one.dimension: 0 if one.has_no_evidence else one.score for one in rating.dimensions}
        if levels != dict(given.scores):
            yield f"{where}: stored {levels} instead of {dict(given.scores)}"
        if {tick.line for tick in rating.ticks} != set(given.ticks):
            yield f"{where}: other lines of the checklist are ticked than were sent"
    for integration in rehearsals.integrations_of(session, rated):
        if integration.id in sent.signed and integration.state is not IntegrationState.SIGNED:
            yield f"integration {integration.id}: signed, and {integration.state}"
    for report_id, state in rehearsals.decisions(session, list(sent.decided)).items():
        if state != sent.decided[report_id]:
            yield f"report {report_id}: {sent.decided[report_id]}, and stored as {state}"
