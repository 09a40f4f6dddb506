"""Two connections at once: what two people, two windows or two clicks do in the same moment ends in one state."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.plan import CheckInLook, FeedbackAnswer, Plan, PlanAction, Verdict
from assessment.models.report import Report, ReportState
from assessment.services import feedback, plans, reports
from tests.assessment.reporting import Reporting
from tests.assessment.services.test_plans import Ninety


def at_once(database: Database, *acts: Callable[[Session], object]) -> list[BaseException | None]:
    """Each act in a transaction and a thread of its own, all begun together; what each ended with."""
    start = threading.Barrier(len(acts))
    ends: list[BaseException | None] = [None] * len(acts)

    def run(place: int, act: Callable[[Session], object]) -> None:
        try:
            start.wait(timeout=30)
            with database.writing() as session:
                act(session)
        except errors.KleiError as error:
            ends[place] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
        assert not one.is_alive()
    return ends


def actions_of(database: Database, *names: str) -> list[str]:
    with database.reading() as session:
        return list(
            session.scalars(sa.select(Event.action).where(Event.action.in_(names)).order_by(Event.sequence))
        )


def test_a_release_and_a_block_at_once_end_in_one_of_the_two_and_the_journal_says_which(
    database: Database,
) -> None:
    """rules N2 and N3"""
    desk = Reporting(database)
    report_id, by = desk.signed(), desk.participant_by[0]
    ends = at_once(
        database,
        lambda session: reports.release(session, report_id, by=by),
        lambda session: reports.block(session, report_id, by=by),
    )
    assert ends == [None, None]
    with database.reading() as session:
        state = session.get_one(Report, report_id).state
    told = actions_of(database, "report.released", "report.blocked")
    assert sorted(told) == ["report.blocked", "report.released"]
    assert state is {"report.released": ReportState.RELEASED, "report.blocked": ReportState.BLOCKED}[told[-1]]


def test_a_feedback_link_used_twice_at_once_gives_one_answer(database: Database) -> None:
    ninety = Ninety(database)
    token = ninety.asked()[0]
    ends = at_once(
        database,
        *(
            lambda session, words=words: feedback.answer(session, token, seen=words, keep="", try_out="")
            for words in ("first", "second")
        ),
    )
    assert sum(one is None for one in ends) == 1
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(FeedbackAnswer)) == 1


def test_a_check_in_sent_twice_at_once_is_one_check_in(database: Database) -> None:
    ninety = Ninety(database)
    plan_id, by = ninety.plans[0], ninety.me
    with database.writing() as session:
        chosen = plans.choose(session, plan_id, "L1-1", by=by).id
    said = plans.LookBack({chosen: (Verdict.KEEP, "Twice.")})
    with clock.at(clock.now() + timedelta(days=31)):
        later = clock.now()

    def check_in(session: Session) -> None:
        with clock.at(later):
            plans.check_in(session, plan_id, 30, said, by=by)

    assert at_once(database, check_in, check_in) == [None, None]
    assert actions_of(database, "plan.checked_in") == ["plan.checked_in"]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(CheckInLook)) == 1


def test_a_plan_begun_in_two_tabs_at_once_is_one_plan(database: Database) -> None:
    desk = Reporting(database)
    desk.signed()
    enrolment_id, by = desk.enrolments[0].id, desk.participant_by[0]
    ends = at_once(database, *[lambda session: plans.begin(session, enrolment_id, by=by)] * 2)
    assert all(one is None or isinstance(one, plans.BegunAlready) for one in ends)
    assert None in ends
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Plan)) == 1
    assert actions_of(database, "plan.begun") == ["plan.begun"]


@pytest.mark.parametrize("library_ids", [("L1-1", "S1-1"), ("L1-1", "L1-1")])
def test_a_last_action_chosen_in_two_tabs_at_once_is_one_action(
    database: Database, library_ids: tuple[str, str]
) -> None:
    ninety = Ninety(database)
    plan_id, by = ninety.plans[0], ninety.me
    with database.writing() as session:
        plans.add(session, plan_id, plans.Words("One"), by=by)
        plans.add(session, plan_id, plans.Words("Two"), by=by)
    ends = at_once(
        database,
        *(
            lambda session, chosen=chosen: plans.choose(session, plan_id, chosen, by=by)
            for chosen in library_ids
        ),
    )
    refused = [one for one in ends if one is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], plans.ThreeAlready | plans.ChosenAlready)
    with database.reading() as session:
        places = session.scalars(sa.select(PlanAction.place).order_by(PlanAction.place)).all()
    assert places == [1, 2, 3]
