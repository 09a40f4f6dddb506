"""Meetings: an administrator offers times for a live exercise, a participant books one, and everybody is told.

Live or not is decided by offering: where times are offered, an exercise that can be had live is had in them, and by
everybody (M4). Nobody is ever at two places: each five minutes of somebody's time is a row of which there can be one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreExercise, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.meeting import ChangeKind, Engagement, Meeting, MeetingChange, Observer
from assessment.models.person import Person, RoleName, Seat, SeatName
from assessment.models.rating import Assignment, AssignmentState, Rating
from assessment.models.sitting import Sitting, SittingState
from assessment.services import letters, versions

LIVE_KINDS = frozenset({"role_play"})
"""The kinds of exercise that can be had with a person opposite."""
STEP = timedelta(minutes=5)
"""Meetings begin and end on these; it is also what one row of somebody's time is."""
LONGEST = timedelta(hours=6)
MOST_AT_ONCE = 24
MAY_BE_LATE = timedelta(minutes=15)
"""How long after its beginning a meeting can still be started by its participant."""
LONGEST_REASON = 500


class NotLive(errors.NotAllowedNow):
    sentence = "This exercise cannot be had live."


class CentreNotOpen(errors.NotAllowedNow):
    sentence = "Times can be offered while the centre is open."


class BegunOtherwise(errors.RuleBroken):
    def __init__(self) -> None:
        super().__init__(
            "M4",
            "Somebody has already had this exercise without an appointment. Everybody has it in the same form (M4).",
        )


class OffTheClock(errors.Invalid):
    sentence = "Choose a time that is a multiple of five minutes."


class TooShort(errors.Invalid):
    sentence = "This exercise takes %(minutes)s minutes. A meeting cannot be shorter."


class TooLong(errors.Invalid):
    sentence = "A meeting can take at most six hours."


class TooMany(errors.Invalid):
    sentence = "Offer from one to %(most)s times in one go."


class InThePast(errors.Invalid):
    sentence = "This time has passed. Choose a later one."


class OutsideCentre(errors.Invalid):
    sentence = "This is outside the times of the centre: it begins after the first and before the latest start, and ends before the latest end."


class NotHere(errors.Invalid):
    sentence = "The role-player and the observers have to be assessors of this centre."


class ObservesItself(errors.Invalid):
    sentence = "The role-player cannot be an observer of the same meeting."


class Engaged(errors.NotAllowedNow):
    sentence = "Somebody in this meeting already has another meeting at that time."


class PersonEngaged(errors.NotAllowedNow):
    sentence = "%(name)s already has another meeting at that time."


class TakenMeanwhile(errors.NotAllowedNow):
    sentence = "This time was taken a moment ago, or is no longer offered. Please choose another."


class Unsuitable(errors.NotAllowedNow):
    sentence = "This time does not suit: it is too short for you, or somebody in it knows you. Please choose another."


class NoReason(errors.Invalid):
    sentence = "Write the reason in a few words. It is kept, and whoever has to come sees it."


class AlreadyBegun(errors.NotAllowedNow):
    sentence = "The exercise has begun. Its appointment can no longer be changed."


class NotBookable(errors.NotAllowedNow):
    sentence = "You can choose a time after you have accepted the notice, and while you take part."


class StillInMeetings(errors.NotAllowedNow):
    sentence = (
        "This assessor is role-player in meetings that are still to come. Give those to somebody else first."
    )


# Who and what is live.


def can_be_live(session: Session, entry: CentreExercise) -> bool:
    """Whether this exercise is of a kind that can be had live."""
    return versions.get(session, entry.version_hash).kind in LIVE_KINDS


def live_exercises(session: Session, centre: Centre) -> list[CentreExercise]:
    """The exercises of a centre that can be had live."""
    return [entry for entry in centre.exercises if can_be_live(session, entry)]


_offered = (
    sa.select(Meeting.centre_exercise_id)
    .join(CentreExercise)
    .where(
        CentreExercise.centre_id.in_(sa.bindparam("centres", expanding=True)), Meeting.cancelled_at.is_(None)
    )
    .distinct()
)


def live_ids(session: Session, centre_ids: Collection[UUID]) -> frozenset[UUID]:
    """The exercises of these centres that are had live, because times are offered for them."""
    return frozenset(session.scalars(_offered, {"centres": list(centre_ids)}))


def of_enrolments(session: Session, enrolment_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Meeting]:
    """The meetings that these enrolments have booked, by enrolment and exercise, in one query."""
    found = session.scalars(
        sa.select(Meeting)
        .where(Meeting.enrolment_id.in_(enrolment_ids), Meeting.cancelled_at.is_(None))
        .options(joinedload(Meeting.role_player), selectinload(Meeting.observers).joinedload(Observer.person))
    )
    return {(one.enrolment_id, one.centre_exercise_id): one for one in found if one.enrolment_id}


@dataclass(frozen=True)
class Appointments:
    """Which exercises are had live, and who has booked when."""

    live: frozenset[UUID]
    booked: Mapping[tuple[UUID, UUID], Meeting]
    before: Mapping[UUID, frozenset[UUID]]
    """For each live exercise those that it builds on: they are finished before it."""

    def is_live(self, sitting: Sitting) -> bool:
        return sitting.centre_exercise_id in self.live

    def of(self, sitting: Sitting) -> Meeting | None:
        return self.booked.get((sitting.enrolment_id, sitting.centre_exercise_id))


NONE = Appointments(frozenset(), {}, {})


def appointments(session: Session, enrolments: Collection[Enrolment]) -> Appointments:
    """The appointments of these enrolments: one query where nothing is had live, a few otherwise."""
    centre_ids = {one.centre_id for one in enrolments}
    live = live_ids(session, centre_ids)
    if not live:
        return NONE
    entries = session.scalars(sa.select(CentreExercise).where(CentreExercise.centre_id.in_(centre_ids))).all()
    before = {
        entry.id: frozenset(
            other.id
            for other in entries
            if other.centre_id == entry.centre_id
            and other.exercise in versions.get(session, entry.version_hash).after
        )
        for entry in entries
        if entry.id in live
    }
    return Appointments(live, of_enrolments(session, [one.id for one in enrolments]), before)


def of_sitting(session: Session, sitting: Sitting) -> Meeting | None:
    """The meeting in which a sitting is had. Kinds that are never had live ask the database nothing."""
    if versions.get(session, sitting.version_hash).kind not in LIVE_KINDS:
        return None
    return appointments(session, [sitting.enrolment]).of(sitting)


def reason_to_wait(meeting: Meeting | None, now: datetime) -> str | None:
    """Why a live exercise cannot be started now, as a message id; None when its time has come."""
    if meeting is None:
        return _("This conversation is live. Choose a time for it first.")
    if now < meeting.starts_at:
        return _("This conversation is live. It begins at the time you chose.")
    if now > meeting.starts_at + MAY_BE_LATE:
        return _("The time of your conversation has passed. Choose another, or ask the administrator.")
    return None


# Offering.


@dataclass(frozen=True)
class Offer:
    """What an administrator offers: one time or several in a row, all with the same people."""

    centre_exercise_id: UUID
    starts_at: datetime
    minutes: int
    role_player_id: UUID
    observer_ids: frozenset[UUID] = frozenset()
    times: int = 1
    break_minutes: int = 0


def offer(session: Session, centre: Centre, made: Offer, *, by: Actor) -> list[Meeting]:
    """Offer times. Either all of them are offered or none.

    :raises Engaged: when somebody has another meeting at one of these times.
    """
    entry = next((one for one in centre.exercises if one.id == made.centre_exercise_id), None)
    if entry is None:
        raise errors.NotFound
    if not can_be_live(session, entry):
        raise NotLive
    if centre.state is not CentreState.OPEN:
        raise CentreNotOpen
    if not 1 <= made.times <= MOST_AT_ONCE:
        raise TooMany(most=MOST_AT_ONCE, field="times")
    if made.break_minutes < 0 or made.break_minutes % 5:
        raise OffTheClock(field="break_minutes")
    if not live_ids(session, [centre.id]) & {entry.id} and _begun(session, entry):
        raise BegunOtherwise
    _check_people(session, centre, made.role_player_id, made.observer_ids)
    meetings = []
    for number in range(made.times):
        starts_at = made.starts_at + number * timedelta(minutes=made.minutes + made.break_minutes)
        meeting = Meeting(
            centre_exercise_id=entry.id,
            role_player_id=made.role_player_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=made.minutes),
            observers=[Observer(person_id=one) for one in sorted(made.observer_ids)],
        )
        _check_time(session, centre, entry, meeting.starts_at, meeting.ends_at)
        session.add(meeting)
        session.flush()
        _engage(session, meeting)
        _note(session, meeting, ChangeKind.OFFERED, centre, by=by)
        meetings.append(meeting)
    return meetings


def _begun(session: Session, entry: CentreExercise) -> bool:
    return (
        session.scalar(
            sa.select(Sitting.id)
            .where(Sitting.centre_exercise_id == entry.id, Sitting.started_at.is_not(None))
            .limit(1)
        )
        is not None
    )


def _check_time(
    session: Session, centre: Centre, entry: CentreExercise, starts_at: datetime, ends_at: datetime
) -> None:
    if any(moment.timestamp() % STEP.total_seconds() for moment in (starts_at, ends_at)):
        raise OffTheClock(field="starts_at")
    least = versions.get(session, entry.version_hash).minutes
    if ends_at - starts_at < timedelta(minutes=least):
        raise TooShort(minutes=least, field="minutes")
    if ends_at - starts_at > LONGEST:
        raise TooLong(field="minutes")
    if starts_at <= clock.now():
        raise InThePast(field="starts_at")
    if (
        (centre.first_start_at and starts_at < centre.first_start_at)
        or (centre.latest_start_at and starts_at > centre.latest_start_at)
        or (centre.latest_end_at and ends_at > centre.latest_end_at)
    ):
        raise OutsideCentre(field="starts_at")


def may_take_part(session: Session, centre: Centre) -> list[Person]:
    """Who can be role-player or observer: the assessors of the centre, by name."""
    return list(
        session.scalars(
            sa.select(Person)
            .join(Seat, Seat.person_id == Person.id)
            .where(Seat.centre_id == centre.id, Seat.seat == SeatName.ASSESSOR)
            .order_by(sa.func.lower(Person.name), Person.email)
        )
    )


def _check_people(session: Session, centre: Centre, role_player: UUID, observers: Collection[UUID]) -> None:
    if role_player in observers:
        raise ObservesItself(field="observers")
    if {role_player, *observers} - {person.id for person in may_take_part(session, centre)}:
        raise NotHere(field="role_player")


# Whose time is taken.


def _cells(starts_at: datetime, ends_at: datetime) -> Iterable[datetime]:
    while starts_at < ends_at:
        yield starts_at
        starts_at += STEP


def _engage(session: Session, meeting: Meeting, person_ids: Collection[UUID] | None = None) -> None:
    """Take the time of these people, or of all in the meeting. The database refuses time that is taken.

    :raises PersonEngaged: when it is seen beforehand whose time it is. :raises Engaged: when somebody was quicker.
    """
    people = sorted(person_ids if person_ids is not None else _everybody(meeting))
    busy = session.scalar(
        sa.select(Person.name)
        .join(Engagement, Engagement.person_id == Person.id)
        .where(
            Engagement.person_id.in_(people),
            Engagement.at >= meeting.starts_at,
            Engagement.at < meeting.ends_at,
        )
        .order_by(Person.name)
        .limit(1)
    )
    if busy:
        raise PersonEngaged(name=busy, field="starts_at")
    rows = [
        {"person_id": person_id, "at": at, "meeting_id": meeting.id}
        for person_id in people
        for at in _cells(meeting.starts_at, meeting.ends_at)
    ]
    try:
        session.execute(sa.insert(Engagement), rows)
    except sa.exc.IntegrityError:
        raise Engaged(field="starts_at") from None


def _release(session: Session, meeting: Meeting, person_id: UUID | None = None) -> None:
    """Give the time of one person back, or of everybody."""
    query = sa.delete(Engagement).where(Engagement.meeting_id == meeting.id)
    session.execute(query.where(Engagement.person_id == person_id) if person_id else query)


def _everybody(meeting: Meeting) -> set[UUID]:
    people = {meeting.role_player_id, *(one.person_id for one in meeting.observers)}
    return people | ({meeting.enrolment.person_id} if meeting.enrolment else set())


def _note(
    session: Session, meeting: Meeting, kind: ChangeKind, centre: Centre, reason: str = "", *, by: Actor
) -> None:
    session.add(
        MeetingChange(
            meeting_id=meeting.id,
            kind=kind,
            enrolment_id=meeting.enrolment_id,
            reason=reason,
            by_id=by.person_id,
            at=clock.now(),
        )
    )
    journal.record(
        session,
        f"meeting.{kind.value}",
        "meeting",
        meeting.id,
        by=by,
        centre_id=centre.id,
        starts_at=meeting.starts_at,
        enrolment=meeting.enrolment_id,
    )


def _reason(words: str) -> str:
    """
    :raises NoReason: when nothing, or far too much, was written.
    """
    if not words.strip() or len(words) > LONGEST_REASON:
        raise NoReason(field="reason")
    return words.strip()


# Booking, by the participant.


@dataclass(frozen=True)
class Choice:
    """What a participant can choose from for one live exercise, and what they chose."""

    enrolment: Enrolment
    entry: CentreExercise
    sitting: Sitting
    meeting: Meeting | None
    free: tuple[Meeting, ...]


def choice(session: Session, enrolment: Enrolment, centre_exercise_id: UUID, *, by: Actor) -> Choice:
    """The times that suit a participant, and the one they have. ``enrolment`` is their own.

    :raises NotFound: when this exercise is not had live.
    """
    sitting = _sitting(session, enrolment, centre_exercise_id)
    now = clock.now()
    meeting = of_enrolments(session, [enrolment.id]).get((enrolment.id, centre_exercise_id))
    entry = sitting.centre_exercise
    knows = _know_each_other(session, enrolment)
    taken = set(
        session.scalars(
            sa.select(Engagement.at).where(Engagement.person_id == by.person_id, Engagement.at > now)
        )
    )
    if meeting:
        taken -= set(_cells(meeting.starts_at, meeting.ends_at))
    free = tuple(
        one
        for one in session.scalars(
            sa.select(Meeting)
            .where(
                Meeting.centre_exercise_id == centre_exercise_id,
                Meeting.enrolment_id.is_(None),
                Meeting.cancelled_at.is_(None),
                Meeting.starts_at > now,
            )
            .options(joinedload(Meeting.role_player), selectinload(Meeting.observers))
            .order_by(Meeting.starts_at, Meeting.id)
        )
        if _suits(session, one, enrolment, entry, knows)
        and not taken & set(_cells(one.starts_at, one.ends_at))
    )
    return Choice(enrolment, entry, sitting, meeting, free)


def _sitting(
    session: Session, enrolment: Enrolment, centre_exercise_id: UUID, *, lock: bool = False
) -> Sitting:
    if centre_exercise_id not in live_ids(session, [enrolment.centre_id]):
        raise errors.NotFound
    query = (
        sa.select(Sitting)
        .where(
            Sitting.enrolment_id == enrolment.id,
            Sitting.centre_exercise_id == centre_exercise_id,
            Sitting.state != SittingState.VOID,
        )
        .options(joinedload(Sitting.centre_exercise))
    )
    found = session.scalar(query.with_for_update(of=Sitting) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


def _know_each_other(session: Session, enrolment: Enrolment) -> set[UUID]:
    """Who may have no part in this participant's meeting: the own manager, the excluded, who recognised them."""
    return {
        *session.scalars(sa.select(Exclusion.assessor_id).where(Exclusion.enrolment_id == enrolment.id)),
        *session.scalars(
            sa.select(Assignment.assessor_id)
            .join(Assignment.sitting)
            .where(Sitting.enrolment_id == enrolment.id, Assignment.was_recognised())
        ),
        *session.scalars(sa.select(Person.id).where(Person.email == enrolment.manager_email.strip().lower())),
    }


def _suits(
    session: Session, meeting: Meeting, enrolment: Enrolment, entry: CentreExercise, knows: Collection[UUID]
) -> bool:
    """Whether the participant's own time fits into it, and nobody in it knows them."""
    minutes = versions.get(session, entry.version_hash).minutes
    factor = 1.0 if enrolment.is_untimed else enrolment.time_factor
    return meeting.ends_at - meeting.starts_at >= timedelta(minutes=minutes * factor) and not (
        {meeting.role_player_id, *(one.person_id for one in meeting.observers)} & set(knows)
    )


def book(
    session: Session, enrolment: Enrolment, meeting_id: UUID, reason: str = "", *, base_url: str, by: Actor
) -> Meeting:
    """Book a time; one that was booked before is given back, and that needs a reason. ``enrolment`` is one's own.

    :raises TakenMeanwhile: when somebody was quicker. :raises Engaged: when one is elsewhere at that time.
    """
    if enrolment.state is EnrolmentState.WITHDRAWN or enrolment.notice_accepted_at is None:
        raise NotBookable
    chosen = session.get(Meeting, meeting_id)
    if chosen is None or chosen.cancelled_at:
        raise TakenMeanwhile
    if _sitting(session, enrolment, chosen.centre_exercise_id, lock=True).state is not SittingState.READY:
        raise AlreadyBegun
    if chosen.enrolment_id == enrolment.id:
        return chosen
    before = of_enrolments(session, [enrolment.id]).get((enrolment.id, chosen.centre_exercise_id))
    if before:
        _free(session, before, enrolment, _reason(reason), base_url=base_url, by=by)
    entry, now = chosen.centre_exercise, clock.now()
    try:
        won = session.execute(
            sa.update(Meeting)
            .where(
                Meeting.id == meeting_id,
                Meeting.enrolment_id.is_(None),
                Meeting.cancelled_at.is_(None),
                Meeting.starts_at > now,
            )
            .values(enrolment_id=enrolment.id, booked_at=now, edition=Meeting.edition + 1)
        )
    except sa.exc.IntegrityError:  # booked at the same moment in another window
        raise TakenMeanwhile from None
    if not won.rowcount:  # type: ignore[attr-defined]  # an update has one
        raise TakenMeanwhile
    session.refresh(chosen)
    if not _suits(session, chosen, enrolment, entry, _know_each_other(session, enrolment)):
        raise Unsuitable
    _engage(session, chosen, {enrolment.person_id})
    _let_go(session, chosen)
    _note(session, chosen, ChangeKind.BOOKED, enrolment.centre, reason.strip() if before else "", by=by)
    _tell(session, chosen, ChangeKind.BOOKED, base_url=base_url)
    return chosen


def free(
    session: Session, enrolment: Enrolment, meeting_id: UUID, reason: str, *, base_url: str, by: Actor
) -> None:
    """Say that one will not come: the time is offered again. ``enrolment`` is one's own.

    :raises NotFound: when it is not one's booking. :raises AlreadyBegun: once the exercise has begun.
    """
    own = sa.select(Meeting).where(
        Meeting.id == meeting_id, Meeting.enrolment_id == enrolment.id, Meeting.cancelled_at.is_(None)
    )
    meeting = session.scalar(own)
    if meeting is None:
        raise errors.NotFound
    # The sitting first, as whoever books or withdraws takes them.
    sitting = _sitting(session, enrolment, meeting.centre_exercise_id, lock=True)
    meeting = session.scalar(own.with_for_update().execution_options(populate_existing=True))
    if meeting is None:
        raise errors.NotFound
    if sitting.state is not SittingState.READY:
        raise AlreadyBegun
    _free(session, meeting, enrolment, _reason(reason), base_url=base_url, by=by)


def _free(
    session: Session, meeting: Meeting, enrolment: Enrolment, reason: str, *, base_url: str, by: Actor
) -> None:
    _note(session, meeting, ChangeKind.FREED, enrolment.centre, reason, by=by)
    _tell(session, meeting, ChangeKind.FREED, reason, base_url=base_url)
    _release(session, meeting, enrolment.person_id)
    meeting.enrolment_id = meeting.booked_at = None
    meeting.edition += 1
    session.flush()


def free_all(session: Session, enrolment: Enrolment, *, by: Actor) -> None:
    """Give back what somebody booked who has withdrawn, as far as it has not begun. Nobody is told why."""
    for meeting in of_enrolments(session, [enrolment.id]).values():
        sitting = session.scalar(
            sa.select(Sitting.started_at).where(
                Sitting.enrolment_id == enrolment.id,
                Sitting.centre_exercise_id == meeting.centre_exercise_id,
                Sitting.state != SittingState.VOID,
            )
        )
        if sitting is None and meeting.starts_at > clock.now():
            _note(session, meeting, ChangeKind.FREED, enrolment.centre, by=by)
            _release(session, meeting, enrolment.person_id)
            meeting.enrolment_id = meeting.booked_at = None
            meeting.edition += 1
            session.flush()


def _let_go(session: Session, meeting: Meeting) -> None:
    """Who plays opposite somebody does not rate it: an assignment that has not been begun is taken back."""
    session.execute(
        sa.delete(Assignment).where(
            Assignment.assessor_id == meeting.role_player_id,
            Assignment.state == AssignmentState.OPEN,
            Assignment.sitting_id.in_(
                sa.select(Sitting.id).where(
                    Sitting.enrolment_id == meeting.enrolment_id,
                    Sitting.centre_exercise_id == meeting.centre_exercise_id,
                )
            ),
            ~sa.exists().where(
                Rating.sitting_id == Assignment.sitting_id, Rating.assessor_id == Assignment.assessor_id
            ),
        )
    )


# Changing, by the administrator.


def list_for(session: Session, centre: Centre) -> list[Meeting]:
    """The meetings of a centre by time, the cancelled ones too, with everybody in them."""
    return list(
        session.scalars(
            sa.select(Meeting)
            .join(Meeting.centre_exercise)
            .where(CentreExercise.centre_id == centre.id)
            .options(*_with_everybody())
            .order_by(Meeting.starts_at, Meeting.id)
        )
    )


def _with_everybody() -> Sequence[Any]:
    return (
        joinedload(Meeting.centre_exercise),
        joinedload(Meeting.role_player),
        joinedload(Meeting.enrolment).joinedload(Enrolment.person),
        selectinload(Meeting.observers).joinedload(Observer.person),
        selectinload(Meeting.changes),
    )


def get(session: Session, centre: Centre, meeting_id: UUID, *, lock: bool = False) -> Meeting:
    """A meeting of this centre that has not been cancelled.

    :raises NotFound: when there is none.
    """
    query = (
        sa.select(Meeting)
        .join(Meeting.centre_exercise)
        .where(
            Meeting.id == meeting_id, CentreExercise.centre_id == centre.id, Meeting.cancelled_at.is_(None)
        )
        .options(*_with_everybody())
    )
    found = session.scalar(query.with_for_update(of=Meeting) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


@dataclass(frozen=True)
class Arrangement:
    """When a meeting is, and with whom besides the participant."""

    starts_at: datetime
    minutes: int
    role_player_id: UUID
    observer_ids: frozenset[UUID] = frozenset()


def move(
    session: Session,
    centre: Centre,
    meeting_id: UUID,
    to: Arrangement,
    reason: str,
    *,
    base_url: str,
    by: Actor,
) -> Meeting:
    """Put a meeting at another time or with other people, with a reason that everybody in it is told.

    :raises AlreadyBegun: once the exercise has begun. :raises Unsuitable: when it no longer suits who booked it.
    """
    meeting = get(session, centre, meeting_id, lock=True)
    reason = _reason(reason)
    _not_begun(session, meeting)
    ends_at = to.starts_at + timedelta(minutes=to.minutes)
    if (to.starts_at, ends_at) != (meeting.starts_at, meeting.ends_at):
        _check_time(session, centre, meeting.centre_exercise, to.starts_at, ends_at)
    _check_people(session, centre, to.role_player_id, to.observer_ids)
    before = {meeting.role_player, *(one.person for one in meeting.observers)}
    _release(session, meeting)
    meeting.starts_at, meeting.ends_at = to.starts_at, ends_at
    meeting.role_player = session.get_one(Person, to.role_player_id)
    meeting.role_player_id = to.role_player_id
    meeting.observers = [
        *(one for one in meeting.observers if one.person_id in to.observer_ids),
        *(
            Observer(person_id=one, person=session.get_one(Person, one))
            for one in sorted(to.observer_ids - {one.person_id for one in meeting.observers})
        ),
    ]
    meeting.edition += 1
    session.flush()
    if meeting.enrolment:
        knows = _know_each_other(session, meeting.enrolment)
        if not _suits(session, meeting, meeting.enrolment, meeting.centre_exercise, knows):
            raise Unsuitable
        _let_go(session, meeting)
    _engage(session, meeting)
    _note(session, meeting, ChangeKind.MOVED, centre, reason, by=by)
    if meeting.enrolment:
        _tell(session, meeting, ChangeKind.MOVED, reason, base_url=base_url)
        gone = before - {meeting.role_player, *(one.person for one in meeting.observers)}
        _tell(session, meeting, ChangeKind.CANCELLED, reason, base_url=base_url, people=gone)
    return meeting


def cancel(
    session: Session, centre: Centre, meeting_id: UUID, reason: str, *, base_url: str, by: Actor
) -> None:
    """Take a time back, booked or not; whoever booked it can choose another.

    :raises AlreadyBegun: once the exercise has begun.
    """
    meeting = get(session, centre, meeting_id, lock=True)
    reason = _reason(reason)
    _not_begun(session, meeting)
    _release(session, meeting)
    meeting.cancelled_at = clock.now()
    meeting.edition += 1
    _note(session, meeting, ChangeKind.CANCELLED, centre, reason, by=by)
    if meeting.enrolment:
        _tell(session, meeting, ChangeKind.CANCELLED, reason, base_url=base_url)


def _not_begun(session: Session, meeting: Meeting) -> None:
    if meeting.enrolment_id is None:
        return
    begun = session.scalar(
        sa.select(Sitting.id)
        .where(
            Sitting.enrolment_id == meeting.enrolment_id,
            Sitting.centre_exercise_id == meeting.centre_exercise_id,
            Sitting.started_at.is_not(None),
            Sitting.state != SittingState.VOID,
        )
        .with_for_update()
    )
    if begun:
        raise AlreadyBegun


# Whose part is not the participant's.


def of_person(session: Session, *, by: Actor) -> list[Meeting]:
    """The meetings in which somebody is role-player or observer, by time; cancelled ones are not among them."""
    return list(
        session.scalars(
            sa.select(Meeting)
            .where(
                sa.or_(
                    Meeting.role_player_id == by.person_id,
                    Meeting.observers.any(Observer.person_id == by.person_id),
                ),
                Meeting.cancelled_at.is_(None),
            )
            .options(
                *_with_everybody(), joinedload(Meeting.centre_exercise).joinedload(CentreExercise.centre)
            )
            .order_by(Meeting.starts_at, Meeting.id)
        )
    )


def own(session: Session, meeting_id: UUID, *, by: Actor) -> Meeting:
    """A meeting that somebody has booked, plays in or observes.

    :raises NotFound: when they have no part in it, or it was cancelled.
    """
    meeting = session.scalar(
        sa.select(Meeting)
        .where(Meeting.id == meeting_id, Meeting.cancelled_at.is_(None))
        .options(*_with_everybody(), joinedload(Meeting.centre_exercise).joinedload(CentreExercise.centre))
    )
    if meeting is None or by.person_id not in _everybody(meeting):
        raise errors.NotFound
    return meeting


def sitting_of(session: Session, meeting: Meeting) -> Sitting:
    """The sitting that a booked meeting is for.

    :raises NotFound: when nobody has booked it.
    """
    found = session.scalar(
        sa.select(Sitting).where(
            Sitting.enrolment_id == meeting.enrolment_id,
            Sitting.centre_exercise_id == meeting.centre_exercise_id,
            Sitting.state != SittingState.VOID,
        )
    )
    if found is None:
        raise errors.NotFound
    return found


def playable(session: Session, *, by: Actor) -> list[CentreExercise]:
    """The exercises that an assessor may be asked to play in: one of each version, of the centres their role reaches."""
    found = session.scalars(
        sa.select(CentreExercise)
        .join(CentreExercise.centre)
        .where(Centre.rehearsal_of_id.is_(None), Centre.state != CentreState.DRAFT)
        .options(joinedload(CentreExercise.centre))
        .order_by(Centre.created_at.desc(), CentreExercise.position)
    )
    kept: dict[str, CentreExercise] = {}
    for entry in found:
        centre = entry.centre
        is_reached = by.holds_in(RoleName.ASSESSOR, programme_id=centre.programme_id, centre_id=centre.id)
        if is_reached and entry.version_hash not in kept and can_be_live(session, entry):
            kept[entry.version_hash] = entry
    return list(kept.values())


def playable_one(session: Session, centre_exercise_id: UUID, *, by: Actor) -> CentreExercise:
    """
    :raises errors.NotFound: when it is none that this assessor may be asked to play in.
    """
    found = next((one for one in playable(session, by=by) if one.id == centre_exercise_id), None)
    if found is None:
        raise errors.NotFound
    return found


def must_stay(session: Session, centre: Centre, person_id: UUID) -> None:
    """An assessor who leaves the centre no longer observes; who still has to play stays.

    :raises StillInMeetings: while they are role-player in a meeting to come.
    """
    here = sa.select(CentreExercise.id).where(CentreExercise.centre_id == centre.id)
    to_come = sa.and_(
        Meeting.centre_exercise_id.in_(here), Meeting.cancelled_at.is_(None), Meeting.ends_at > clock.now()
    )
    if session.scalar(sa.select(Meeting.id).where(to_come, Meeting.role_player_id == person_id).limit(1)):
        raise StillInMeetings
    watched = list(
        session.scalars(
            sa.select(Meeting.id).join(Meeting.observers).where(to_come, Observer.person_id == person_id)
        )
    )
    for table in (Engagement, Observer):
        session.execute(sa.delete(table).where(table.person_id == person_id, table.meeting_id.in_(watched)))


def barred_of(session: Session, centre: Centre) -> list[tuple[UUID, UUID]]:
    """Pairs of a sitting and somebody who plays opposite its participant, and therefore does not rate it."""
    return [
        (sitting_id, person_id)
        for sitting_id, person_id in session.execute(
            sa.select(Sitting.id, Meeting.role_player_id)
            .join(
                Meeting,
                sa.and_(
                    Meeting.enrolment_id == Sitting.enrolment_id,
                    Meeting.centre_exercise_id == Sitting.centre_exercise_id,
                ),
            )
            .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
            .where(CentreExercise.centre_id == centre.id, Meeting.cancelled_at.is_(None))
        )
    ]


# Letters.


def _tell(
    session: Session,
    meeting: Meeting,
    kind: ChangeKind,
    reason: str = "",
    *,
    base_url: str,
    people: Collection[Person] | None = None,
) -> None:
    """Write to everybody in a booked meeting, each in their own language and with the time of their own clock."""
    enrolment = meeting.enrolment or (
        session.get(Enrolment, meeting.enrolment_id) if meeting.enrolment_id else None
    )
    assert enrolment is not None
    if people is None:
        people = [enrolment.person, meeting.role_player, *(one.person for one in meeting.observers)]
    exercise = versions.get(session, meeting.centre_exercise.version_hash)
    for person in people:
        is_participant = person.id == enrolment.person_id
        path = f"participant/meetings/{meeting.id}" if is_participant else "conversations/"
        letters.send(
            session,
            "meeting",
            person,
            centre=enrolment.centre,
            kind=kind.value,
            title=exercise.title(person.language),
            participant=enrolment.person,
            role_player=meeting.role_player,
            is_participant=is_participant,
            starts_at=meeting.starts_at,
            zone=person.time_zone,
            reason=reason,
            link=f"{base_url}/{path}",
        )
