"""Erasures: what one enrolment holds about a person is blanked or deleted; a stub without personal data stays (G9).

Numbers stay where nothing ties them to anybody any more. Which words go is a list by name, and a test asks of every
table that hangs on an enrolment whether it is in it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.database import Base
from assessment.models.benchmark import Benchmark, BenchmarkState, Showing
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Mail
from assessment.models.keeping import Erasure
from assessment.models.person import Link, Person, Role, RoleName, Seat
from assessment.models.rating import Assignment, Observation, Rating
from assessment.models.report import Report, ReportState
from assessment.models.sitting import Revision, Sitting, SittingState
from assessment.services import complaints, debriefs, sittings

NOBODY = "–"
"""The name of somebody who was erased."""
BLANKED: Mapping[str, Mapping[str, Any]] = {
    "revision": {"body": "", "reason": ""},
    "concern": {"text": ""},
    "concern_reply": {"text": ""},
    "adjustment": {"reason": ""},
    "pause": {"reason": ""},
    "sitting": {"void_reason": "", "exclusion_reason": ""},
    "exclusion": {"reason": ""},
    "rating": {"note": ""},
    "observation": {"quote": "", "note": ""},
    "integration_change": {"reason": ""},
    "meeting_entry": {"text": ""},
    "meeting_change": {"reason": ""},
    "chosen_frame": {"values": {}},
    "report": {
        "summary": "",
        "strengths": [],
        "steps": [],
        "accounts": {},
        "helped": {},
        "document": {},
        "wording_reason": "",
    },
    "report_comment": {"text": "", "answer": ""},
    "readiness": {"words": "", "reason": ""},
    "minute": {"text": ""},
    "handover": {"reason": ""},
    "integration_undo": {"reason": ""},
    "integration_agreement": {"reason": ""},
    "consultation_reply": {"reason": ""},
    "debrief": {"notes": "", "agreed_at": None},
    "complaint_entry": {"text": ""},
    "statement": {"text": ""},
}
"""Words that are made blank, by table."""
DELETED = (
    "background",
    "reaction_answer",
    "reaction",
    "private_lines",
    "self_rating",
    "diary_passage",
    "check_in_look",
    "check_in",
    "plan_action",
    "feedback_answer",
    "feedback_link",
    "feedback_round",
    "manager_link",
    "plan",
)
"""What is deleted whole, in this order: it was the participant's own."""
OF_CENTRE = ("background", "reaction_answer", "reaction", "private_lines", "self_rating")
FOLLOW_UP = tuple(one for one in DELETED if one not in OF_CENTRE)
OWNERS = {
    "enrolment_id": "enrolment",
    "sitting_id": "sitting",
    "report_id": "report",
    "plan_id": "plan",
    "rating_id": "rating",
    "integration_id": "integration",
    "complaint_id": "complaint",
    "concern_id": "concern",
    "round_id": "feedback_round",
    "check_in_id": "check_in",
    "meeting_id": "meeting",
    "discussion_id": "discussion",
    "adjudication_id": "adjudication",
    "consultation_id": "consultation",
    "change_id": "integration_change",
}
"""The columns by which a row hangs on an enrolment, nearest first, and the tables they point to."""


class ComplaintRuns(errors.NotAllowedNow):
    sentence = "A complaint is open. Nothing of this file is erased before it is closed (N6)."


class AtWork(errors.NotAllowedNow):
    sentence = "An exercise is running. Finish it, or withdraw first."


def rows_of(table: sa.Table, enrolment_id: UUID) -> sa.ColumnElement[bool]:
    """The rows of a table that hang on an enrolment."""
    for column, owner in OWNERS.items():
        if column not in table.c:
            continue
        if owner == "enrolment":
            return table.c[column] == enrolment_id
        above = Base.metadata.tables[owner]
        return table.c[column].in_(sa.select(above.c.id).where(rows_of(above, enrolment_id)))
    raise LookupError(table.name)


def erase(session: Session, enrolment_id: UUID, *, is_asked: bool, by: Actor | None) -> Erasure:
    """Erase what an enrolment holds about its person; again changes nothing. The caller knows that ``by`` may.

    :raises ComplaintRuns: while a complaint is open (N6). :raises AtWork: while an exercise is running.
    """
    sittings.hold_all(session, enrolment_id)
    enrolment = session.scalar(
        sa.select(Enrolment)
        .where(Enrolment.id == enrolment_id)
        .options(joinedload(Enrolment.person))
        .with_for_update(of=Enrolment)
    )
    if enrolment is None:
        raise errors.NotFound
    before = session.get(Erasure, enrolment_id)
    if before is not None:
        return before
    if complaints.runs(session, enrolment_id):
        raise ComplaintRuns
    if session.scalar(
        sa.select(Sitting.id)
        .where(
            Sitting.enrolment_id == enrolment_id,
            Sitting.state.in_((SittingState.RUNNING, SittingState.PAUSED)),
        )
        .limit(1)
    ):
        raise AtWork
    made = Erasure(
        enrolment_id=enrolment_id, is_asked=is_asked, by_id=by.person_id if by else None, at=clock.now()
    )
    session.add(made)
    debriefs.free_all(session, [enrolment_id])
    session.flush()
    _blank(session, enrolment_id)
    _delete(session, enrolment_id, DELETED)
    session.execute(
        sa.update(Report)
        .where(Report.enrolment_id == enrolment_id, Report.state != ReportState.DRAFT)
        .values(state=ReportState.SUPERSEDED)
    )
    if is_asked:
        _empty_benchmarks(session, enrolment_id)
    _part(session, enrolment)
    journal.record(
        session,
        "enrolment.erased",
        "enrolment",
        enrolment_id,
        by=by,
        centre_id=enrolment.centre_id,
        is_asked=is_asked,
    )
    return made


def _blank(session: Session, enrolment_id: UUID) -> None:
    for name, values in BLANKED.items():
        table = Base.metadata.tables[name]
        given = {column: value for column, value in values.items() if column in table.c}
        session.execute(sa.update(table).where(rows_of(table, enrolment_id)).values(given))


def _empty_benchmarks(session: Session, enrolment_id: UUID) -> None:
    """Take the words of whoever wanted everything erased out of the benchmarks that were made of them.

    The text goes, and with it every passage, reason and note that somebody took from it; also from the copies that
    were shown to a panel, in training and in tests. What was learnt stays: the levels that a panel agreed on, and who
    rated how, as numbers.
    """
    theirs = session.scalars(
        sa.select(Benchmark)
        .where(Benchmark.sitting_id.in_(sa.select(Sitting.id).where(Sitting.enrolment_id == enrolment_id)))
        .with_for_update()
    ).all()
    for one in theirs:
        one.answers, one.errors = [], ""
        if one.references is not None:
            one.references = {
                name: {**given, "reason": "", "passages": []} for name, given in one.references.items()
            }
        if one.state is not BenchmarkState.RETIRED:
            one.state, one.retired_at = BenchmarkState.RETIRED, clock.now()
            one.retired_reason = "Whoever wrote it had everything erased."
    session.flush()
    copies = (
        sa.select(Assignment.sitting_id)
        .join(Showing, Showing.assignment_id == Assignment.id)
        .where(Showing.benchmark_id.in_([one.id for one in theirs]))
    )
    of_copies = sa.select(Rating.id).where(Rating.sitting_id.in_(copies))
    session.execute(sa.update(Revision).where(Revision.sitting_id.in_(copies)).values(**BLANKED["revision"]))
    session.execute(sa.update(Rating).where(Rating.sitting_id.in_(copies)).values(**BLANKED["rating"]))
    session.execute(
        sa.update(Observation).where(Observation.rating_id.in_(of_copies)).values(**BLANKED["observation"])
    )


def _delete(session: Session, enrolment_id: UUID, names: tuple[str, ...]) -> None:
    for name in names:
        table = Base.metadata.tables[name]
        session.execute(sa.delete(table).where(rows_of(table, enrolment_id)))


def erase_follow_up(session: Session, enrolment: Enrolment) -> None:
    """Delete plan, check-ins, feedback and diary alone: their time is over before that of the report."""
    _delete(session, enrolment.id, FOLLOW_UP)
    journal.record(session, "plan.erased", "enrolment", enrolment.id, by=None, centre_id=enrolment.centre_id)


def _part(session: Session, enrolment: Enrolment) -> None:
    """Let the enrolment belong to nobody: its person is blanked, or stays without it where they have another part."""
    person = enrolment.person
    session.execute(
        sa.delete(Mail).where(Mail.recipient == person.email, Mail.centre_id == enrolment.centre_id)
    )
    session.execute(
        sa.delete(Role).where(
            Role.person_id == person.id,
            Role.centre_id == enrolment.centre_id,
            Role.role == RoleName.PARTICIPANT,
        )
    )
    for name in ("department", "discipline", "site", "manager_email", "external_id"):
        setattr(enrolment, name, "")
    enrolment.adjustment_request = enrolment.device_report = ""
    enrolment.state, enrolment.withdrawn_at = EnrolmentState.WITHDRAWN, enrolment.withdrawn_at or clock.now()
    stays = session.scalar(
        sa.select(Enrolment.id)
        .outerjoin(Erasure, Erasure.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person.id, Enrolment.id != enrolment.id, Erasure.enrolment_id.is_(None))
        .limit(1)
    ) or session.scalar(sa.select(Role.id).where(Role.person_id == person.id).limit(1))
    if not stays:
        session.execute(sa.delete(Link).where(Link.person_id == person.id))
        person.name, person.email, person.password_hash = NOBODY, f"{uuid4()}@erased.invalid", None
        person.is_active = False
        person.login_epoch += 1
        session.flush()
        return
    stub = Person(name=NOBODY, email=f"{uuid4()}@erased.invalid", is_active=False, created_at=clock.now())
    session.add(stub)
    session.flush()
    session.execute(
        sa.update(Seat)
        .where(Seat.centre_id == enrolment.centre_id, Seat.person_id == person.id)
        .values(person_id=stub.id)
    )
    enrolment.person_id = stub.id
    session.flush()
