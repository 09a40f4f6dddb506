"""Complaints: filed by a participant, taken up and answered by an administrator, with days by which that has to be.

While a complaint runs nothing of its file is erased (N6). The assessors of the centre see none of it.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre
from assessment.models.complaint import Complaint, ComplaintEntry, ComplaintState
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person, Role, RoleName
from assessment.services import letters, notices, texts
from assessment.services.reports import working_days_later

LONGEST = 8000
TAKEN_UP_WITHIN, ANSWERED_WITHIN = 5, 20
"""Working days: from filing to being taken up, and from being taken up to the answer."""


class NothingSaid(errors.Invalid):
    sentence = "Write what it is about."


class RunsAlready(errors.NotAllowedNow):
    sentence = "Your complaint is still open. Add to it instead of filing another."


class IsClosed(errors.NotAllowedNow):
    sentence = "This complaint is closed."


class NotAnswered(errors.NotAllowedNow):
    sentence = "A complaint is closed by whoever filed it, or after it was answered."


def due(days: int) -> date:
    """The day so many working days from now."""
    return working_days_later(clock.now(), days).date()


def file(session: Session, enrolment_id: UUID, text: str, *, base_url: str, by: Actor) -> Complaint:
    """File a complaint; the administrators of the centre are told that there is one.

    :raises NothingSaid: without words. :raises RunsAlready: while another one is open.
    """
    enrolment = notices.get(session, enrolment_id, by=by)
    said = _said(text)
    made = Complaint(enrolment_id=enrolment.id, filed_at=clock.now(), due_on=due(TAKEN_UP_WITHIN))
    session.add(made)
    try:
        session.flush()
    except sa.exc.IntegrityError:
        raise RunsAlready from None
    _add(session, made, said, is_of_participant=True, by=by)
    _note(session, "complaint.filed", made, enrolment.centre_id, by=by)
    for person in _administrators(session, enrolment.centre):
        letters.send(
            session,
            "complaint",
            person,
            centre=enrolment.centre,
            is_filed=True,
            due_on=made.due_on,
            link=f"{base_url}/administrator/complaints/{made.id}",
        )
    return made


def _administrators(session: Session, centre: Centre) -> Sequence[Person]:
    return (
        session.scalars(
            sa.select(Person)
            .join(Role, Role.person_id == Person.id)
            .where(
                Role.role == RoleName.ADMINISTRATOR,
                Person.is_active,
                sa.or_(
                    Role.centre_id == centre.id,
                    sa.and_(Role.programme_id == centre.programme_id, Role.centre_id.is_(None)),
                    sa.and_(Role.programme_id.is_(None), Role.centre_id.is_(None)),
                ),
            )
            .order_by(Person.name)
        )
        .unique()
        .all()
    )


def _said(text: str) -> str:
    kept = texts.whole(text, LONGEST)
    if not kept:
        raise NothingSaid(field="text")
    return kept


def _add(session: Session, complaint: Complaint, text: str, *, is_of_participant: bool, by: Actor) -> None:
    complaint.entries.append(
        ComplaintEntry(author_id=by.person_id, is_of_participant=is_of_participant, text=text, at=clock.now())
    )


def _note(session: Session, action: str, complaint: Complaint, centre_id: UUID, *, by: Actor) -> None:
    journal.record(session, action, "complaint", complaint.id, by=by, centre_id=centre_id)


# The participant.


def of_enrolment(session: Session, enrolment_id: UUID, *, by: Actor) -> Sequence[Complaint]:
    """The participant's own complaints, newest first."""
    enrolment = notices.get(session, enrolment_id, by=by)
    return session.scalars(
        sa.select(Complaint)
        .where(Complaint.enrolment_id == enrolment.id)
        .options(selectinload(Complaint.entries))
        .order_by(Complaint.filed_at.desc())
    ).all()


def own(session: Session, complaint_id: UUID, *, by: Actor) -> Complaint:
    """
    :raises NotFound: when it is not the participant's own.
    """
    return _one(session, Complaint.id == complaint_id, Enrolment.person_id == by.person_id)


def _one(session: Session, *conditions: sa.ColumnElement[bool]) -> Complaint:
    found = session.scalar(
        sa.select(Complaint)
        .join(Enrolment)
        .where(*conditions)
        .options(
            joinedload(Complaint.enrolment, innerjoin=True).joinedload(Enrolment.centre, innerjoin=True),
            joinedload(Complaint.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
            selectinload(Complaint.entries),
        )
    )
    if found is None:
        raise errors.NotFound
    return found


def add(session: Session, complaint_id: UUID, text: str, *, by: Actor) -> None:
    """Say more about one's own complaint; answered, it is taken up again.

    :raises IsClosed: afterwards.
    """
    complaint = own(session, complaint_id, by=by)
    said = _said(text)
    _hold(session, complaint)
    if complaint.state is ComplaintState.CLOSED:
        raise IsClosed
    _add(session, complaint, said, is_of_participant=True, by=by)
    if complaint.state is ComplaintState.ANSWERED:
        complaint.state, complaint.due_on = ComplaintState.TAKEN_UP, due(ANSWERED_WITHIN)
    _note(session, "complaint.added", complaint, complaint.enrolment.centre_id, by=by)


def _hold(session: Session, complaint: Complaint) -> None:
    """Hold the row, with what is true of it now."""
    session.refresh(complaint, ["state", "due_on", "closed_at"], with_for_update=True)


def settle(session: Session, complaint_id: UUID, *, by: Actor) -> None:
    """Close one's own complaint, at any moment."""
    _close(session, own(session, complaint_id, by=by), by=by)


def _close(session: Session, complaint: Complaint, *, by: Actor) -> None:
    _hold(session, complaint)
    if complaint.state is ComplaintState.CLOSED:
        return
    complaint.state, complaint.closed_at, complaint.due_on = ComplaintState.CLOSED, clock.now(), None
    _note(session, "complaint.closed", complaint, complaint.enrolment.centre_id, by=by)


# The administrator.


def get(session: Session, complaint_id: UUID, *, by: Actor) -> Complaint:
    """
    :raises NotFound: when the centre is not the administrator's.
    """
    found = _one(session, Complaint.id == complaint_id)
    centre = found.enrolment.centre
    if not by.holds_in(RoleName.ADMINISTRATOR, programme_id=centre.programme_id, centre_id=centre.id):
        raise errors.NotFound
    return found


def take_up(session: Session, complaint_id: UUID, *, base_url: str, by: Actor) -> None:
    """Tell the participant that somebody looks at it, and by when they hear more. Twice changes nothing."""
    complaint = get(session, complaint_id, by=by)
    _hold(session, complaint)
    if complaint.state is not ComplaintState.FILED:
        return
    complaint.state, complaint.due_on = ComplaintState.TAKEN_UP, due(ANSWERED_WITHIN)
    _note(session, "complaint.taken_up", complaint, complaint.enrolment.centre_id, by=by)
    _tell(session, complaint, base_url)


def answer(session: Session, complaint_id: UUID, text: str, *, base_url: str, by: Actor) -> None:
    """Answer a complaint; the participant is told, and can add to it or close it.

    :raises IsClosed: when it was closed meanwhile.
    """
    complaint = get(session, complaint_id, by=by)
    said = _said(text)
    _hold(session, complaint)
    if complaint.state is ComplaintState.CLOSED:
        raise IsClosed
    _add(session, complaint, said, is_of_participant=False, by=by)
    complaint.state, complaint.due_on = ComplaintState.ANSWERED, None
    _note(session, "complaint.answered", complaint, complaint.enrolment.centre_id, by=by)
    _tell(session, complaint, base_url)


def close(session: Session, complaint_id: UUID, *, by: Actor) -> None:
    """Close a complaint that was answered.

    :raises NotAnswered: before an answer.
    """
    complaint = get(session, complaint_id, by=by)
    _hold(session, complaint)
    if complaint.state not in (ComplaintState.ANSWERED, ComplaintState.CLOSED):
        raise NotAnswered
    _close(session, complaint, by=by)


def _tell(session: Session, complaint: Complaint, base_url: str) -> None:
    letters.send(
        session,
        "complaint",
        complaint.enrolment.person,
        centre=complaint.enrolment.centre,
        is_filed=False,
        due_on=complaint.due_on,
        link=f"{base_url}/participant/complaints/{complaint.id}",
    )


def runs(session: Session, enrolment_id: UUID) -> bool:
    """Whether a complaint keeps this file from being erased (N6)."""
    return (
        session.scalar(
            sa.select(Complaint.id)
            .where(Complaint.enrolment_id == enrolment_id, Complaint.state != ComplaintState.CLOSED)
            .limit(1)
        )
        is not None
    )
