"""The assessor's home: what to rate next, exercise by exercise, and which integrations wait for a signature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask.typing import ResponseReturnValue

from assessment import clock
from assessment.access import Permission
from assessment.models.rating import Integration, IntegrationState
from assessment.models.report import Report
from assessment.pages import frame
from assessment.services import (
    calibration_tests,
    consultations,
    evidence,
    integrations,
    meetings,
    panels,
    pools,
    ratings,
    replacements,
    reports,
    wash_ups,
    workloads,
)
from assessment.services.ratings import Pace, Queue, QueueItem

pages = frame.Pages("queue", __name__)


@dataclass(frozen=True)
class Work:
    """One exercise of one centre: how far this assessor is, and what comes next."""

    queue: Queue
    next: QueueItem | None
    submitted: int
    ask: tuple[str, ...]
    """Whom to ask for a calibration; empty when there is one."""
    pace: Pace | None
    """One's own median time per sitting, which nobody else sees."""
    minutes: int
    """That are planned for one sitting."""

    @property
    def is_done(self) -> bool:
        return self.submitted == len(self.queue.items)

    @property
    def planned(self) -> int:
        """The minutes that are planned for what is not submitted."""
        return self.minutes * (len(self.queue.items) - self.submitted)


@dataclass(frozen=True)
class Result:
    """An integration, by the codes that assessors know."""

    integration: Integration
    codes: tuple[str, ...]
    is_open: bool
    is_mine: bool
    """Whether it waits for this assessor's signature."""


@dataclass(frozen=True)
class Writing:
    """A report that this assessor writes, or will write."""

    integration: Integration
    report: Report | None
    codes: tuple[str, ...]

    @property
    def unanswered(self) -> int:
        return sum(not remark.answer for remark in self.report.comments) if self.report else 0


@pages.page("/assessor/", Permission.RATE)
def show() -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    now = clock.now()
    talks = [one for one in meetings.of_person(session, by=who) if one.enrolment_id and one.ends_at > now]
    queues = ratings.queues(session, by=who)
    ask = ratings.people_to_ask(session, [one.centre for one in queues if not one.is_calibrated])
    paces = ratings.paces(session, by=who)
    plans = workloads.plans_of(session, {queue.centre.id for queue in queues})
    work = [
        _work(
            queue,
            ask,
            paces.get((queue.centre.id, queue.exercise.id)),
            plans[queue.centre.id].minutes.get(queue.exercise.id, workloads.OTHERWISE),
        )
        for queue in queues
    ]
    found = integrations.list_for(session, by=who)
    codes = integrations.codes_of(session, [one.enrolment_id for one in found])
    to_integrate = [
        Result(
            one,
            codes[one.enrolment_id],
            one.state is IntegrationState.OPEN,
            one.state is IntegrationState.OPEN and one.responsible_id == who.person_id,
        )
        for one in found
    ]
    to_write = [
        Writing(one, report, codes[one.enrolment_id])
        for one, report in reports.list_to_write(session, by=who)
        if one.enrolment_id in codes
    ]
    return frame.show(
        "assessor/queue.html",
        talks=talks,
        gatherings=wash_ups.list_for(session, by=who),
        consultations=consultations.list_for(session, by=who),
        panels=len(panels.waiting(session, by=who)),
        lapsing=calibration_tests.about_to_lapse(session, who.person_id),
        pools=pools.list_for(session, by=who),
        planned=sum(one.planned for one in work),
        work=[one for one in work if not one.is_done],
        done=[one for one in work if one.is_done],
        to_write=to_write,
        results=sorted(to_integrate, key=lambda one: (not one.is_mine, not one.is_open)),
        first=next((one for one in work if one.next), None),
        to_sign=next((one for one in to_integrate if one.is_mine), None),
        rated=evidence.rated_by(session, by=who),
        kept=replacements.kept_by(session, by=who),
        kept_before=replacements.kept_before(session, by=who),
    )


@pages.page("/assessor/pool/<uuid:entry_id>/take", Permission.RATE, methods=("POST",))
def take(entry_id: UUID) -> ResponseReturnValue:
    """Take the next sitting from the pool, and open it: the open workbench keeps the reservation."""
    session, who = frame.session(), frame.actor()
    try:
        taken = pools.take(session, entry_id, by=who)
        ratings.begin(session, taken.id, by=who)
    except (pools.NothingLeft, pools.NotCalibrated, workloads.TooMuch) as error:
        session.rollback()
        frame.say_error(error)
        return frame.go(".show")
    return frame.go("rating.show", assignment_id=taken.id)


@pages.page("/assessor/ratings/<uuid:assignment_id>/put-back", Permission.RATE, methods=("POST",))
def put_back(assignment_id: UUID) -> ResponseReturnValue:
    pools.put_back(frame.session(), assignment_id, by=frame.actor())
    frame.say("You put it back. Somebody else can take it.")
    return frame.go(".show")


def _work(queue: Queue, ask: Mapping[UUID, Sequence[str]], pace: Pace | None, minutes: int) -> Work:
    return Work(
        queue,
        next(iter(queue.open), None),
        sum(item.state == "submitted" for item in queue.items),
        () if queue.is_calibrated else tuple(ask[queue.centre.id]),
        pace,
        minutes,
    )
