"""Debriefs: the conversation about a report and the guided look at raw data (N5): asked for, booked, held, recorded.

An assessor or administrator of the centre offers times, the participant takes one. What is noted of the conversation
stays with its writer and the participant until the participant agrees to it; refused, it is gone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre, CentreState
from assessment.models.debrief import Debrief, DebriefForm, DebriefKind, DebriefState, DebriefTime
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.meeting import Engagement
from assessment.models.person import RoleName, Seat, SeatName
from assessment.models.rating import Observation, Rating, RatingState
from assessment.models.report import Report, ReportState
from assessment.models.sitting import Sitting, SittingState
from assessment.services import letters, meetings, notices, readings, texts, versions
from exercises.kind import Block
from exercises.rubric import framework

MOST_AT_ONCE = 24
LONGEST = timedelta(hours=3)
LONGEST_PLACE = 300
LONGEST_NOTES = 4000
OPENS_BEFORE, OPEN_AFTER = timedelta(minutes=10), timedelta(minutes=30)
"""How long around its time the guided session shows what is shown nowhere else."""
RUNNING = (DebriefState.ASKED, DebriefState.BOOKED)


class NoReportYet(errors.NotAllowedNow):
    sentence = "A conversation can be asked for once your report is with you."


class Running(errors.NotAllowedNow):
    sentence = "You have already asked for this conversation."


class NotRunning(errors.NotAllowedNow):
    sentence = "This conversation was held, or is no longer wanted."


class WrongLength(errors.Invalid):
    sentence = "A conversation takes from fifteen minutes to three hours."


class FormMissing(errors.Invalid):
    sentence = "Choose how the conversation is held."


class NothingToAgree(errors.NotAllowedNow):
    sentence = "There are no notes to agree to."


# Offering.


@dataclass(frozen=True)
class Offer:
    """Times in a row that somebody offers."""

    starts_at: datetime
    minutes: int
    form: DebriefForm
    place: str
    times: int = 1


def centre_to_host(session: Session, centre_id: UUID, *, by: Actor) -> Centre:
    """An opened centre in which somebody may have these conversations: its assessors and its administrators.

    :raises NotFound: for everybody else.
    """
    centre = session.get(Centre, centre_id, options=[joinedload(Centre.programme)])
    if centre is None or centre.state is CentreState.DRAFT or not _may_host(session, centre, by):
        raise errors.NotFound
    return centre


def _may_host(session: Session, centre: Centre, by: Actor) -> bool:
    if by.holds_in(RoleName.ADMINISTRATOR, programme_id=centre.programme_id, centre_id=centre.id):
        return True
    seat = session.get(Seat, (centre.id, by.person_id))
    return seat is not None and seat.seat is SeatName.ASSESSOR


def centres_to_host(session: Session, *, by: Actor) -> Sequence[Centre]:
    """The opened centres in which somebody may offer times: an assessor's, and an administrator's."""
    mine = by.programmes(RoleName.ADMINISTRATOR)
    reached = [
        Centre.id.in_(
            sa.select(Seat.centre_id).where(Seat.person_id == by.person_id, Seat.seat == SeatName.ASSESSOR)
        ),
        Centre.id.in_(by.centres(RoleName.ADMINISTRATOR)),
        sa.true() if mine is None else Centre.programme_id.in_(mine),
    ]
    return session.scalars(
        sa.select(Centre)
        .options(joinedload(Centre.programme))
        .where(
            sa.or_(*reached),
            Centre.state != CentreState.DRAFT,
            Centre.rehearsal_of_id.is_(None),
        )
        .order_by(Centre.opened_at.desc(), Centre.name)
    ).all()


def offer(session: Session, centre_id: UUID, made: Offer, *, by: Actor) -> list[DebriefTime]:
    """Offer times with oneself. Either all are offered or none.

    :raises assessment.services.meetings.Engaged: when one is elsewhere at one of these times.
    """
    centre = centre_to_host(session, centre_id, by=by)
    if not 1 <= made.times <= MOST_AT_ONCE:
        raise meetings.TooMany(most=MOST_AT_ONCE, field="times")
    length = timedelta(minutes=made.minutes)
    if not timedelta(minutes=15) <= length <= LONGEST:
        raise WrongLength(field="minutes")
    if length % meetings.STEP or made.starts_at.timestamp() % meetings.STEP.total_seconds():
        raise meetings.OffTheClock(field="starts_at")
    if made.starts_at <= clock.now():
        raise meetings.InThePast(field="starts_at")
    place = " ".join(texts.whole(made.place, LONGEST_PLACE).split())
    found = []
    for number in range(made.times):
        starts_at = made.starts_at + number * length
        time = DebriefTime(
            centre_id=centre.id,
            host_id=by.person_id,
            starts_at=starts_at,
            ends_at=starts_at + length,
            form=made.form,
            place=place,
        )
        session.add(time)
        session.flush()
        _engage(session, time, by.person_id)
        journal.record(
            session,
            "debrief.offered",
            "debrief_time",
            time.id,
            by=by,
            centre_id=centre.id,
            starts_at=starts_at,
        )
        found.append(time)
    return found


def _engage(session: Session, time: DebriefTime, person_id: UUID) -> None:
    """Take somebody's time; the database refuses time that is taken.

    :raises assessment.services.meetings.Engaged: when it is.
    """
    rows = []
    at = time.starts_at
    while at < time.ends_at:
        rows.append({"person_id": person_id, "at": at, "debrief_time_id": time.id})
        at += meetings.STEP
    try:
        session.execute(sa.insert(Engagement), rows)
    except sa.exc.IntegrityError:
        raise meetings.Engaged(field="starts_at") from None


def _disengage(session: Session, time: DebriefTime, person_id: UUID | None = None) -> None:
    query = sa.delete(Engagement).where(Engagement.debrief_time_id == time.id)
    session.execute(query.where(Engagement.person_id == person_id) if person_id else query)


def cancel(session: Session, time_id: UUID, *, base_url: str, by: Actor) -> None:
    """Take a time back that one offered; whoever booked it is told and can choose another.

    :raises NotFound: when it is not one's own, or over.
    """
    time = session.scalar(
        sa.select(DebriefTime)
        .where(
            DebriefTime.id == time_id, DebriefTime.host_id == by.person_id, DebriefTime.cancelled_at.is_(None)
        )
        .with_for_update()
    )
    if time is None:
        raise errors.NotFound
    if time.debrief is not None:
        if time.debrief.state is not DebriefState.BOOKED:
            raise NotRunning
        _tell(session, time.debrief, time, "cancelled", base_url=base_url)
        _part(session, time.debrief, time)
    _disengage(session, time)
    time.cancelled_at = clock.now()
    journal.record(session, "debrief.cancelled", "debrief_time", time.id, by=by, centre_id=time.centre_id)


def _part(session: Session, debrief: Debrief, time: DebriefTime) -> None:
    """A debrief and its time go apart; the debrief waits for another."""
    time.debrief_id = None
    debrief.state = DebriefState.ASKED
    debrief.edition += 1
    session.flush()


# The participant.


def of_enrolment(session: Session, enrolment_id: UUID, *, by: Actor) -> Sequence[Debrief]:
    """The participant's own conversations, newest first."""
    enrolment = notices.get(session, enrolment_id, by=by)
    return (
        session.scalars(
            sa.select(Debrief)
            .where(Debrief.enrolment_id == enrolment.id)
            .options(joinedload(Debrief.time).joinedload(DebriefTime.host), joinedload(Debrief.held_by))
            .order_by(Debrief.asked_at.desc())
        )
        .unique()
        .all()
    )


def ask(session: Session, enrolment_id: UUID, kind: DebriefKind, *, by: Actor) -> Debrief:
    """Ask for a conversation about the report, or for a guided look at one's own raw data.

    :raises NoReportYet: before the report is with the participant. :raises Running: when it was asked for.
    """
    enrolment = notices.get(session, enrolment_id, by=by)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        raise notices.NotActive
    if not session.scalar(
        sa.select(Report.id)
        .where(Report.enrolment_id == enrolment.id, Report.state != ReportState.DRAFT)
        .limit(1)
    ):
        raise NoReportYet
    made = Debrief(enrolment_id=enrolment.id, kind=kind, asked_at=clock.now())
    session.add(made)
    try:
        session.flush()
    except sa.exc.IntegrityError:
        raise Running from None
    journal.record(
        session, "debrief.asked", "debrief", made.id, by=by, centre_id=enrolment.centre_id, kind=kind.value
    )
    return made


def own(session: Session, debrief_id: UUID, *, by: Actor, lock: bool = False) -> Debrief:
    """
    :raises NotFound: when it is not the participant's own.
    """
    query = (
        sa.select(Debrief)
        .join(Enrolment)
        .where(Debrief.id == debrief_id, Enrolment.person_id == by.person_id)
        .options(
            joinedload(Debrief.enrolment, innerjoin=True).joinedload(Enrolment.centre, innerjoin=True),
            joinedload(Debrief.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
        )
    )
    found = session.scalar(query.with_for_update(of=Debrief) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


def free_times(session: Session, debrief: Debrief) -> Sequence[DebriefTime]:
    """The times of this centre that can still be booked, earliest first."""
    return session.scalars(
        sa.select(DebriefTime)
        .where(
            DebriefTime.centre_id == debrief.enrolment.centre_id,
            DebriefTime.debrief_id.is_(None),
            DebriefTime.cancelled_at.is_(None),
            DebriefTime.starts_at > clock.now(),
        )
        .options(joinedload(DebriefTime.host, innerjoin=True))
        .order_by(DebriefTime.starts_at)
    ).all()


def book(session: Session, debrief_id: UUID, time_id: UUID, *, base_url: str, by: Actor) -> Debrief:
    """Book a time; one that was booked before is given back.

    :raises assessment.services.meetings.TakenMeanwhile: when somebody was quicker.
    :raises assessment.services.meetings.Engaged: when one is elsewhere then.
    """
    debrief = own(session, debrief_id, by=by, lock=True)
    if debrief.state not in RUNNING:
        raise NotRunning
    if debrief.enrolment.state is EnrolmentState.WITHDRAWN:
        raise notices.NotActive
    before = debrief.time
    if before is not None:
        if before.id == time_id:
            return debrief
        _disengage(session, before, by.person_id)
        _part(session, debrief, before)
        session.expire(debrief, ["time"])
    won = session.execute(
        sa.update(DebriefTime)
        .where(
            DebriefTime.id == time_id,
            DebriefTime.centre_id == debrief.enrolment.centre_id,
            DebriefTime.debrief_id.is_(None),
            DebriefTime.cancelled_at.is_(None),
            DebriefTime.starts_at > clock.now(),
        )
        .values(debrief_id=debrief.id)
    )
    if not won.rowcount:  # type: ignore[attr-defined]  # an update has one
        raise meetings.TakenMeanwhile
    time = session.get_one(DebriefTime, time_id, populate_existing=True)
    _engage(session, time, by.person_id)
    debrief.state = DebriefState.BOOKED
    debrief.edition += 1
    journal.record(
        session,
        "debrief.booked",
        "debrief",
        debrief.id,
        by=by,
        centre_id=time.centre_id,
        starts_at=time.starts_at,
    )
    _tell(session, debrief, time, "booked", base_url=base_url)
    return debrief


def give_back(session: Session, debrief_id: UUID, *, base_url: str, by: Actor) -> None:
    """Give the booked time back; the conversation still waits to be had."""
    debrief = own(session, debrief_id, by=by, lock=True)
    time = debrief.time
    if debrief.state is not DebriefState.BOOKED or time is None:
        raise NotRunning
    _tell(session, debrief, time, "freed", base_url=base_url)
    _disengage(session, time, by.person_id)
    _part(session, debrief, time)
    journal.record(session, "debrief.freed", "debrief", debrief.id, by=by, centre_id=time.centre_id)


def end(session: Session, debrief_id: UUID, *, by: Actor) -> None:
    """No longer want a conversation that has no time yet."""
    debrief = own(session, debrief_id, by=by, lock=True)
    if debrief.state is not DebriefState.ASKED:
        raise NotRunning
    debrief.state, debrief.ended_at = DebriefState.ENDED, clock.now()
    journal.record(
        session, "debrief.ended", "debrief", debrief.id, by=by, centre_id=debrief.enrolment.centre_id
    )


def agree(session: Session, debrief_id: UUID, *, is_agreed: bool, by: Actor) -> None:
    """Agree to the notes of a conversation as they read now, or have them removed.

    :raises NothingToAgree: without notes, or when it was agreed before.
    """
    debrief = own(session, debrief_id, by=by, lock=True)
    if not debrief.notes or debrief.agreed_at:
        raise NothingToAgree
    if is_agreed:
        debrief.agreed_at = clock.now()
    else:
        debrief.notes = ""
    journal.record(
        session,
        "debrief.notes_agreed" if is_agreed else "debrief.notes_removed",
        "debrief",
        debrief.id,
        by=by,
        centre_id=debrief.enrolment.centre_id,
    )


# Whoever has the conversation.


def hosted(session: Session, centre: Centre, *, by: Actor) -> Sequence[DebriefTime]:
    """The times of a centre that one offered, earliest first; an administrator sees everybody's."""
    query = (
        sa.select(DebriefTime)
        .where(DebriefTime.centre_id == centre.id, DebriefTime.cancelled_at.is_(None))
        .options(
            joinedload(DebriefTime.host, innerjoin=True),
            joinedload(DebriefTime.debrief)
            .joinedload(Debrief.enrolment, innerjoin=True)
            .joinedload(Enrolment.person, innerjoin=True),
        )
        .order_by(DebriefTime.starts_at, DebriefTime.id)
    )
    if not by.holds_in(RoleName.ADMINISTRATOR, programme_id=centre.programme_id, centre_id=centre.id):
        query = query.where(DebriefTime.host_id == by.person_id)
    return session.scalars(query).all()


def to_hold(session: Session, debrief_id: UUID, *, by: Actor, lock: bool = False) -> Debrief:
    """A booked or held conversation of one's own as its host.

    :raises NotFound: when it is somebody else's.
    """
    query = (
        sa.select(Debrief)
        .join(DebriefTime, DebriefTime.debrief_id == Debrief.id)
        .where(Debrief.id == debrief_id, DebriefTime.host_id == by.person_id)
        .options(
            joinedload(Debrief.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
            joinedload(Debrief.enrolment, innerjoin=True).joinedload(Enrolment.centre, innerjoin=True),
        )
    )
    found = session.scalar(query.with_for_update(of=Debrief) if lock else query)
    if found is None or found.enrolment.state is EnrolmentState.WITHDRAWN:
        raise errors.NotFound
    return found


def hold(session: Session, debrief_id: UUID, form: DebriefForm, notes: str, *, by: Actor) -> Debrief:
    """Record that the conversation was held; held before, the notes can be changed until the participant agrees.

    :raises NotRunning: before its time, or once the participant agreed to the notes.
    """
    debrief = to_hold(session, debrief_id, by=by, lock=True)
    assert debrief.time
    if debrief.agreed_at or clock.now() < debrief.time.starts_at:
        raise NotRunning
    debrief.notes = texts.whole(notes, LONGEST_NOTES)
    debrief.state, debrief.held_form = DebriefState.HELD, form
    debrief.held_by_id, debrief.held_at = by.person_id, debrief.held_at or clock.now()
    journal.record(
        session,
        "debrief.held",
        "debrief",
        debrief.id,
        by=by,
        centre_id=debrief.enrolment.centre_id,
        form=form.value,
        kind=debrief.kind.value,
    )
    return debrief


def is_open(debrief: Debrief) -> bool:
    """Whether a guided session shows its material now: around its booked time and never else (N5)."""
    time = debrief.time
    return (
        debrief.kind is DebriefKind.ANSWERS
        and debrief.state in (DebriefState.BOOKED, DebriefState.HELD)
        and time is not None
        and time.starts_at - OPENS_BEFORE <= clock.now() <= time.ends_at + OPEN_AFTER
    )


@dataclass(frozen=True)
class Material:
    """One exercise as it is looked at together: its texts and the answers, and what was noted of them."""

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[tuple[str, str, str, str], ...]
    """Dimension, sign, passage and note, in no order that tells whose they are."""


def material(session: Session, debrief: Debrief, code: str) -> list[Material]:
    """What a guided session shows, exercise by exercise. The caller asks whether it is open."""
    found = []
    noted: dict[UUID, list[tuple[str, str, str, str]]] = {}
    for sitting_id, one in session.execute(
        sa.select(Rating.sitting_id, Observation)
        .join(Observation, Observation.rating_id == Rating.id)
        .join(Sitting, Sitting.id == Rating.sitting_id)
        .where(Sitting.enrolment_id == debrief.enrolment_id, Rating.state == RatingState.SUBMITTED)
        .order_by(Observation.dimension, Observation.start, Observation.id)
    ):
        name = framework()[one.dimension].name[code]
        noted.setdefault(sitting_id, []).append((name, one.sign, one.quote, one.note))
    for sitting in session.scalars(
        sa.select(Sitting)
        .where(Sitting.enrolment_id == debrief.enrolment_id, Sitting.state == SittingState.SEALED)
        .order_by(Sitting.position)
    ):
        title = versions.get(session, sitting.version_hash).title(code)
        blocks = readings.blocks(session, sitting, code)
        found.append(Material(title, blocks, tuple(noted.get(sitting.id, ()))))
    return found


def _tell(session: Session, debrief: Debrief, time: DebriefTime, kind: str, *, base_url: str) -> None:
    """Write to both, each in their own language and with the time of their own clock."""
    for person, path in (
        (debrief.enrolment.person, f"participant/debriefs/{debrief.id}"),
        (time.host, f"debriefs/{debrief.id}" if kind == "booked" else "debriefs/"),
    ):
        letters.send(
            session,
            "debrief",
            person,
            centre=debrief.enrolment.centre,
            kind=kind,
            is_guided=debrief.kind is DebriefKind.ANSWERS,
            starts_at=time.starts_at,
            zone=person.time_zone,
            other=time.host if person is not time.host else debrief.enrolment.person,
            place=time.place,
            link=f"{base_url}/{path}",
        )


def free_all(session: Session, enrolment_ids: Iterable[UUID]) -> None:
    """Give back the times of people who no longer take part."""
    for time in session.scalars(
        sa.select(DebriefTime).join(Debrief).where(Debrief.enrolment_id.in_(list(enrolment_ids)))
    ):
        debrief = time.debrief
        if debrief is not None and debrief.state is DebriefState.BOOKED:
            _disengage(session, time, debrief.enrolment.person_id)
            _part(session, debrief, time)
            debrief.state, debrief.ended_at = DebriefState.ENDED, clock.now()
