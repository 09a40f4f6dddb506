"""Plans, check-ins, feedback, diary, the own manager, and what HR is told of them."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.event import Event, Mail
from assessment.models.plan import FeedbackAnswer, FeedbackLink, PlanAction, Verdict
from assessment.services import calendars, diaries, feedback, follow_ups, plans, shared_plans
from tests.assessment.query_count import counting
from tests.assessment.reporting import BASE, Reporting

COLLEAGUES = [f"colleague{n}@example.org" for n in range(4)]
HOSTILE = "how I listen\r\nBcc: all@example.org"


class Ninety(Reporting):
    """Participants with a report and a plan."""

    def __init__(self, database: Database, n: int = 1) -> None:
        super().__init__(database, [f"Person {number}" for number in range(n)])
        self.plans: list[UUID] = []
        for number in range(n):
            self.signed(number)
            with database.writing() as session:
                made = plans.begin(session, self.enrolments[number].id, by=self.participant_by[number])
                self.plans.append(made.id)

    @property
    def me(self) -> Actor:
        return self.participant_by[0]

    def asked(self) -> list[str]:
        """Ask four colleagues; gives their tokens."""
        with self.database.writing() as session:
            feedback.ask(session, self.plans[0], HOSTILE, COLLEAGUES, base_url=BASE, by=self.me)
        with self.database.reading() as session:
            mails = session.scalars(sa.select(Mail).where(Mail.recipient.in_(COLLEAGUES))).all()
            assert all("\n" not in one.subject and "\nBcc" not in one.text for one in mails)
            return [re.findall(r"/feedback/(\S+)", one.text)[0] for one in mails]


@pytest.fixture
def ninety(database: Database) -> Ninety:
    return Ninety(database)


def answer(database: Database, token: str, words: str) -> None:
    with database.writing() as session:
        feedback.answer(session, token, seen=words, keep="", try_out="")


def shown(ninety: Ninety) -> list[str]:
    with ninety.database.reading() as session:
        plan = plans.own(session, ninety.plans[0], by=ninety.me)
        return sorted(one.seen for one in feedback.outcomes(session, plan)[0].answers)


def test_three_actions_are_the_most_also_for_two_windows_and_the_database(ninety: Ninety) -> None:
    plan_id = ninety.plans[0]
    with ninety.database.writing() as session:
        plans.choose(session, plan_id, "L1-1", by=ninety.me)
        with pytest.raises(plans.ChosenAlready):
            plans.choose(session, plan_id, "L1-1", by=ninety.me)
        plans.choose(session, plan_id, "P2-2", by=ninety.me)
        own = plans.add(session, plan_id, plans.Words("My own"), by=ninety.me)
        with pytest.raises(plans.ThreeAlready):
            plans.choose(session, plan_id, "S1-1", by=ninety.me)
        plans.drop(session, plan_id, own.id, by=ninety.me)
        plans.choose(session, plan_id, "S1-1", by=ninety.me)
    with pytest.raises(sa.exc.IntegrityError), ninety.database.writing() as session:
        session.execute(sa.update(PlanAction).where(PlanAction.place == 3).values(place=4))


def test_the_library_has_thirty_five_actions() -> None:
    assert sum(map(len, plans.library().values())) == 35


def test_check_ins_have_their_day_and_are_reminded_of_once(ninety: Ninety) -> None:
    plan_id, begun = ninety.plans[0], clock.now()
    with ninety.database.writing() as session:
        chosen = plans.choose(session, plan_id, "L1-1", by=ninety.me).id
        with pytest.raises(plans.TooEarly):
            plans.check_in(session, plan_id, 30, plans.LookBack({}), by=ninety.me)
        assert plans.remind(session, base_url=BASE) == 0
    with clock.at(begun + timedelta(days=31)), ninety.database.writing() as session:
        assert plans.remind(session, base_url=BASE) == 1
        assert plans.remind(session, base_url=BASE) == 0
        said = plans.LookBack({chosen: (Verdict.DONE, "It has become normal")})
        plans.check_in(session, plan_id, 30, said, by=ninety.me)
        plans.check_in(session, plan_id, 30, said, by=ninety.me)
    with ninety.database.reading() as session:
        plan = plans.own(session, plan_id, by=ninety.me)
        assert [one.state for one in plans.standing(plan)] == ["done"]
        assert session.scalar(sa.select(sa.func.count()).where(Event.action == "plan.checked_in")) == 1
        assert not any("normal" in str(details) for details in session.scalars(sa.select(Event.details)))


def test_feedback_is_shown_from_three_answers_on_and_then_by_the_portion(ninety: Ninety) -> None:
    tokens = ninety.asked()
    for number, token in enumerate(tokens[:2]):
        answer(ninety.database, token, f"answer {number}")
    assert shown(ninety) == []
    answer(ninety.database, tokens[2], "answer 2")
    assert shown(ninety) == ["answer 0", "answer 1", "answer 2"]
    with ninety.database.reading() as session:
        columns = set(FeedbackAnswer.__table__.c.keys())
        assert columns == {"id", "round_id", "portion", "seen", "keep", "try_out"}, "no name, time or order"
        assert not session.scalar(sa.select(sa.func.count()).where(Event.action.like("feedback.answered%")))
    answer(ninety.database, tokens[3], "answer 3")
    assert len(shown(ninety)) == 4, "everybody has answered, so the round is closed"
    with ninety.database.reading() as session:
        assert set(session.scalars(sa.select(FeedbackLink.email))) == {""}


def test_the_fourth_of_five_answers_waits_until_nobody_sees_it_arrive(ninety: Ninety) -> None:
    with ninety.database.writing() as session:
        five = [*COLLEAGUES, "colleague5@example.org"]
        feedback.ask(session, ninety.plans[0], "listening", five, base_url=BASE, by=ninety.me)
    with ninety.database.reading() as session:
        texts = session.scalars(sa.select(Mail.text).where(Mail.text.like("%/feedback/%"))).all()
    tokens = [re.findall(r"/feedback/(\S+)", one)[0] for one in texts]
    for number, token in enumerate(tokens[:4]):
        answer(ninety.database, token, f"answer {number}")
    assert len(shown(ninety)) == 3
    with clock.at(clock.now() + timedelta(days=22)):
        assert len(shown(ninety)) == 4, "closed"


def test_a_link_used_twice_or_too_late_is_refused_kindly(ninety: Ninety) -> None:
    tokens = ninety.asked()
    with ninety.database.writing() as session:
        feedback.find(session, tokens[0])
        feedback.find(session, tokens[0])
    answer(ninety.database, tokens[0], "once")
    with pytest.raises(feedback.LinkUsed) as refused:
        answer(ninety.database, tokens[0], "twice")
    assert "forwarded" in refused.value.words
    with clock.at(clock.now() + timedelta(days=22)), pytest.raises(feedback.LinkUsed):
        answer(ninety.database, tokens[1], "late")
    with ninety.database.reading() as session, pytest.raises(feedback.LinkUsed):
        feedback.find(session, "a-link-that-never-was")


@pytest.mark.parametrize(
    ("addresses", "error"),
    [
        (COLLEAGUES[:3], feedback.WrongNumber),
        ([*COLLEAGUES[:3], COLLEAGUES[0]], feedback.WrongNumber),
        ([f"c{n}@example.org" for n in range(9)], feedback.WrongNumber),
        ([*COLLEAGUES[:3], "nobody\r\nBcc: all@example.org"], feedback.NotAnAddress),
    ],
)
def test_four_to_eight_different_addresses_are_asked(
    ninety: Ninety, addresses: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error), ninety.database.writing() as session:
        feedback.ask(session, ninety.plans[0], "listening", addresses, base_url=BASE, by=ninety.me)


def test_the_manager_sees_what_is_shared_and_nothing_else_until_it_is_taken_back(ninety: Ninety) -> None:
    plan_id = ninety.plans[0]
    with ninety.database.writing() as session:
        plans.add(session, plan_id, plans.Words("Shared action", is_shared=True), by=ninety.me)
        plans.add(session, plan_id, plans.Words("Private action"), by=ninety.me)
        secret = diaries.write(session, plan_id, "A secret", by=ninety.me)
        told = diaries.write(session, plan_id, "Worth telling", by=ninety.me)
        diaries.share(session, plan_id, told.id, is_shared=True, by=ninety.me)
        shared_plans.send(session, plan_id, "boss@example.org", base_url=BASE, by=ninety.me)
    with ninety.database.reading() as session:
        text = session.scalars(sa.select(Mail.text).where(Mail.recipient == "boss@example.org")).one()
        token = re.findall(r"/shared/(\S+)", text)[0]
    with ninety.database.writing() as session:
        link = shared_plans.open_once(session, token).id
    with pytest.raises(shared_plans.NotForYou), ninety.database.writing() as session:
        shared_plans.open_once(session, token)
    with ninety.database.writing() as session:
        seen = shared_plans.shared(session, link)
        assert [one.text for one in seen.actions] == ["Shared action"]
        assert [one.text for one in seen.passages] == ["Worth telling"]
        diaries.share(session, plan_id, told.id, is_shared=False, by=ninety.me)
        assert not shared_plans.shared(session, link).passages
        diaries.remove(session, plan_id, secret.id, by=ninety.me)
        shared_plans.send(session, plan_id, "boss@example.org", base_url=BASE, by=ninety.me)
    with ninety.database.reading() as session, pytest.raises(shared_plans.NotForYou):
        shared_plans.shared(session, link)


def test_the_diary_is_nobodys_else_and_in_no_journal(database: Database) -> None:
    ninety = Ninety(database, 2)
    with database.writing() as session:
        made = diaries.write(session, ninety.plans[0], "Mine alone", by=ninety.me)
        for other in (ninety.participant_by[1], ninety.by, ninety.hr_by):
            with pytest.raises(errors.NotFound):
                diaries.passages(session, ninety.plans[0], by=other)
            with pytest.raises(errors.NotFound):
                diaries.share(session, ninety.plans[0], made.id, is_shared=True, by=other)
        with pytest.raises(errors.NotFound):
            diaries.remove(session, ninety.plans[1], made.id, by=ninety.participant_by[1])
    with database.reading() as session:
        assert not session.scalar(sa.select(sa.func.count()).where(Event.action.like("diary%")))


def test_hr_is_told_counts_of_enough_people_in_as_many_queries(database: Database) -> None:
    ninety = Ninety(database, 10)
    for number in range(5):
        with database.writing() as session:
            by = ninety.participant_by[number]
            chosen = plans.choose(session, ninety.plans[number], "L1-1", by=by).id
            with clock.at(clock.now() + timedelta(days=31)):
                said = plans.LookBack({chosen: (Verdict.DONE, "")} if number < 3 else {})
                plans.check_in(session, ninety.plans[number], 30, said, by=by)
    with counting(database) as count, database.reading() as session:
        (found,) = follow_ups.figures(session, by=ninety.hr_by)
    assert count.n <= 6
    assert (found.n, found.plans.count) == (10, 10)
    assert found.acted.count is None, "three of ten could be recognised"
    assert [share.count for _day, share in found.checked_in] == [5, 0, 0]
    assert follow_ups.share(7, 10).count is None, "so could the three who are left"
    assert follow_ups.share(7, 7).count is None, "too small a group"


def test_no_text_ends_a_line_of_a_calendar(ninety: Ninety) -> None:
    hostile = "Room\r\nEND:VEVENT\r\nBEGIN:VALARM\nx;y,z"
    now = clock.now()
    made = calendars.appointment(
        calendars.Appointment(uuid4(), now, now + timedelta(hours=1), hostile, hostile), link=BASE
    )
    (event,) = Calendar.from_ical(made).walk("VEVENT")
    assert len(list(event.walk("VALARM"))) == 1
    assert made.count(b"END:VEVENT\r\n") == 1
    assert "x;y,z" in str(event["description"])
