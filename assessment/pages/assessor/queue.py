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
from assessment.services import integrations, meetings, ratings, reports
from assessment.services.ratings import Queue, QueueItem

pages = frame.Pages("queue", __name__)


@dataclass(frozen=True)
class Work:
    """One exercise of one centre: how far this assessor is, and what comes next."""

    queue: Queue
    next: QueueItem | None
    submitted: int
    ask: tuple[str, ...]
    """Whom to ask for a calibration; empty when there is one."""

    @property
    def is_done(self) -> bool:
        return self.submitted == len(self.queue.items)


@dataclass(frozen=True)
class WashUp:
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
    work = [_work(queue, ask) for queue in queues]
    found = integrations.list_for(session, by=who)
    codes = integrations.codes_of(session, [one.enrolment_id for one in found])
    wash_ups = [
        WashUp(
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
        work=[one for one in work if not one.is_done],
        done=[one for one in work if one.is_done],
        to_write=to_write,
        wash_ups=sorted(wash_ups, key=lambda one: (not one.is_mine, not one.is_open)),
        first=next((one for one in work if one.next), None),
        to_sign=next((one for one in wash_ups if one.is_mine), None),
    )


def _work(queue: Queue, ask: Mapping[UUID, Sequence[str]]) -> Work:
    return Work(
        queue,
        next(iter(queue.open), None),
        sum(item.state == "submitted" for item in queue.items),
        () if queue.is_calibrated else tuple(ask[queue.centre.id]),
    )
