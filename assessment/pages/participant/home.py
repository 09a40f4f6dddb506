"""The participant's home: what there is to do next, exercise by exercise."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask.typing import ResponseReturnValue

from assessment import clock
from assessment.access import Permission
from assessment.models.centre import CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.meeting import Meeting
from assessment.models.own_view import Moment
from assessment.models.report import Report, ReportState
from assessment.models.sitting import Sitting, SittingState
from assessment.pages import frame
from assessment.services import (
    backgrounds,
    evidence,
    meetings,
    notices,
    plans,
    private_lines,
    reactions,
    reports,
    self_ratings,
    sittings,
    versions,
)
from exercises.content import Exercise
from exercises.dossier import plays_there

pages = frame.Pages("participant_home", __name__)


@dataclass(frozen=True)
class Step:
    """One exercise on the way through a centre, and what can be done with it now."""

    sitting: Sitting
    exercise: Exercise
    state: str
    """ready, waiting, running, paused or over."""
    reason: str | None
    allowed: timedelta | None
    """How long it may be worked on; None without a limit."""
    has_lines: bool
    """Whether the participant kept two lines for themselves."""
    is_live: bool
    """Whether a person sits opposite, at a time that the participant books."""
    meeting: Meeting | None


@dataclass(frozen=True)
class Mirror:
    """A moment at which participants may say how they see themselves: a step that nothing waits for."""

    moment: Moment
    is_open: bool
    is_given: bool


@dataclass(frozen=True)
class Voice:
    """What a participant may say about the centre and about themselves, and whether they can read what came of it."""

    is_asked: bool
    """Whether it is the time to say what the centre was like."""
    has_reacted: bool
    background: bool | None
    """Whether they said something about themselves; None when they were never asked."""
    has_evidence: bool


@dataclass(frozen=True)
class Way:
    """An enrolment with its steps and the one thing to do next."""

    enrolment: Enrolment
    steps: tuple[Step, ...]
    next: str
    """notice, device, practice, book, start, continue, paused, wait, done, report, withdrawn or closed."""
    current: Step | None
    reports: tuple[Report, ...] = ()
    plan_id: UUID | None = None
    before: Mirror | None = None
    after: Mirror | None = None
    later: Mirror | None = None
    """None where it is neither given nor possible any more."""

    @property
    def has_dossier(self) -> bool:
        """Whether an exercise plays in the organisation of the dossier."""
        return any(plays_there(step.exercise.slug) for step in self.steps)


@pages.page("/participant/", Permission.SIT)
def show() -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    found = reports.of_participant(session, by=who)
    enrolments = notices.enrolments_for(session, by=who)
    ids = [one.id for one in enrolments]
    sat, written = sittings.list_for_all(session, ids), private_lines.written(session, ids)
    booked = meetings.appointments(session, enrolments)
    given = self_ratings.given(session, ids)
    begun = plans.begun(session, ids) if found else {}
    ways = [
        way_of(
            enrolment,
            sat[enrolment.id],
            tuple(one for one in found if one.enrolment_id == enrolment.id),
            {exercise_id for enrolment_id, exercise_id in written if enrolment_id == enrolment.id},
            booked,
            {moment for enrolment_id, moment in given if enrolment_id == enrolment.id},
            begun.get(enrolment.id),
        )
        for enrolment in enrolments
    ]
    return frame.show("participant/home.html", ways=ways, voices=_voices(enrolments, sat))


def _voices(enrolments: Sequence[Enrolment], sat: Mapping[UUID, Sequence[Sitting]]) -> dict[UUID, Voice]:
    session, now = frame.session(), clock.now()
    ids = [one.id for one in enrolments]
    reacted, said = reactions.given(session, ids), backgrounds.given(session, ids)
    complete = evidence.complete_among(session, [one.centre for one in enrolments])
    return {
        one.id: Voice(
            reactions.is_open(one, sat[one.id], now),
            one.id in reacted,
            said.get(one.id),
            one.centre_id in complete and one.state is not EnrolmentState.WITHDRAWN,
        )
        for one in enrolments
    }


@pages.page("/participant/enrolments/<uuid:enrolment_id>/withdraw", Permission.SIT, methods=("POST",))
def withdraw(enrolment_id: UUID) -> ResponseReturnValue:
    notices.withdraw(frame.session(), enrolment_id, by=frame.actor())
    frame.say("You have withdrawn. Nothing will be rated or reported.")
    return frame.go(".show")


def way_of(
    enrolment: Enrolment,
    sat: Sequence[Sitting],
    own_reports: tuple[Report, ...],
    with_lines: Set[UUID],
    appointments: meetings.Appointments,
    given: Set[Moment],
    plan_id: UUID | None = None,
) -> Way:
    """The way of an enrolment as it stands now."""
    now = clock.now()
    steps: list[Step] = []
    for sitting in sat:
        exercise = versions.get(frame.session(), sitting.version_hash)
        reason = None
        if sittings.is_over(sitting, now):
            state = "over"
        elif sitting.state is SittingState.RUNNING:
            state = "running"
        elif sitting.state is SittingState.PAUSED:
            state = "paused"
        else:
            reason = sittings.reason_not_to_start(
                sitting, sat, enrolment.centre, enrolment, now, appointments
            )
            state = "waiting" if reason else "ready"
        allowed = None if enrolment.is_untimed else sittings.allowed(exercise.minutes, enrolment)
        has_lines = sitting.centre_exercise_id in with_lines
        is_live, meeting = appointments.is_live(sitting), appointments.of(sitting)
        steps.append(Step(sitting, exercise, state, reason, allowed, has_lines, is_live, meeting))
    current = next((step for step in steps if step.state in ("running", "paused")), None) or next(
        (step for step in steps if step.state == "ready"), None
    )
    waits = any(report.state is ReportState.WITH_PARTICIPANT for report in own_reports)
    next_thing = "report" if waits else _next(enrolment, steps, current)
    mirrors = {
        moment: Mirror(
            moment, self_ratings.is_open(moment, enrolment, sat, own_reports, now), moment in given
        )
        for moment in Moment
    }
    comes = next_thing in ("device", "practice", "book", "start", "continue", "paused", "wait")
    before, after, later = (mirrors[moment] for moment in (Moment.BEFORE, Moment.AFTER, Moment.LATER))
    return Way(
        enrolment,
        tuple(steps),
        next_thing,
        current,
        own_reports,
        plan_id,
        before if before.is_open or before.is_given else None,
        after if after.is_open or after.is_given or comes else None,
        later if later.is_open or later.is_given else None,
    )


def _next(enrolment: Enrolment, steps: list[Step], current: Step | None) -> str:
    if enrolment.state is EnrolmentState.WITHDRAWN:
        return "withdrawn"
    if steps and all(step.state == "over" for step in steps):
        return "done"
    if enrolment.centre.state is CentreState.CLOSED:
        return "closed"
    if enrolment.notice_accepted_at is None:
        return "notice"
    if current and current.state in ("running", "paused"):
        return "paused" if current.state == "paused" else "continue"
    if enrolment.device_checked_at is None:
        return "device"
    if enrolment.practised_at is None:
        return "practice"
    if current is None and any(_is_unbooked(step) for step in steps):
        return "book"
    return "start" if current else "wait"


def _is_unbooked(step: Step) -> bool:
    """Whether the next thing is to choose a time: there is none yet, or it has passed."""
    return (
        step.is_live
        and step.state == "waiting"
        and (step.meeting is None or clock.now() > step.meeting.starts_at + meetings.MAY_BE_LATE)
    )
