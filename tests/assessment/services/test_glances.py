"""What a page at work asks several times a minute: right in each state, and as few statements as can be."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock, errors
from assessment.database import Database
from assessment.models.concern import Concern, ConcernKind
from assessment.models.person import Person, Role
from assessment.models.sitting import Sitting, SittingState
from assessment.services import (
    adjustments,
    answers,
    clocks,
    concerns,
    glances,
    pauses,
    presences,
    sittings,
    versions,
)
from assessment.services.glances import Glance
from tests.assessment.hall import Hall
from tests.assessment.query_count import counting
from tests.factories import NOON


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def glance(hall: Hall, number: int = 0, of: int = 0, login_epoch: int = 1) -> Glance | None:
    with hall.database.engine.connect() as connection:
        return glances.take(connection, hall.ids[of], (hall.people[number], login_epoch), clock.now())


def seen(hall: Hall) -> Glance:
    found = glance(hall)
    assert found
    return found


def test_an_in_tray_shows_what_arrives_by_time_and_what_follows_on_an_answer(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 1, "stavoord-in-tray")
    noon.shift(timedelta(minutes=1))
    hall.save("", task="decision.EXP", posted={"option": "yes", "person": ""})
    before = seen(hall)
    noon.shift(timedelta(minutes=6))
    after = seen(hall)
    assert "FU4" not in before.parts
    assert "FU4" in after.parts
    assert (before.minute, after.minute) == (1, 7)
    with database.reading() as session:
        sitting = session.get_one(Sitting, hall.ids[0])
        exercise = versions.get(session, sitting.version_hash)
        view = versions.kind_of(exercise).view(
            exercise, "en", answers.counting(session, sitting), sitting.minute_at(clock.now())
        )
    assert list(after.parts) == view["parts"]


def test_a_follow_up_on_what_was_sent_is_shown_and_one_that_was_seen_stays(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 1, "stavoord-in-tray")
    noon.shift(timedelta(minutes=20))
    hall.save(
        "", task="M05.sent.1", posted={"kind": "reply_all", "to": ["bo"], "tag": "stops", "text": "No."}
    )
    hall.save("", task="decision.EXP", posted={"option": "yes", "person": ""})
    noon.shift(timedelta(minutes=6))
    assert {"FU4", "FU5"} <= {*seen(hall).parts}
    hall.save("", task="FU4", posted={})
    hall.save("", task="decision.EXP", posted={"option": "no", "person": ""}, base_number=1)
    noon.shift(timedelta(minutes=6))
    assert {"FU4", "FU5"} <= {*seen(hall).parts}


@pytest.mark.parametrize(("slug", "statements"), [("stavoord-case", 1), ("stavoord-in-tray", 2)])
def test_a_look_at_the_clock_is_one_statement_and_another_where_arrivals_follow_answers(
    database: Database, slug: str, statements: int
) -> None:
    hall = Hall(database, 1, slug)
    glance(hall)  # the version is read once per process
    with counting(database) as count:
        assert seen(hall).parts
    assert count.n == statements, count.statements


def test_with_the_clock_that_a_look_tells_the_first_save_is_one_statement(database: Database) -> None:
    hall = Hall(database)
    told = clocks.of(seen(hall).sitting)
    with counting(database) as count:
        hall.save("The first words", clock=told)
    assert count.n == 1, count.statements


def test_a_pause_shows_what_will_remain_and_nothing_of_the_exercise_and_is_given_back(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database)
    noon.shift(timedelta(minutes=10))
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(minutes=7))
    paused = seen(hall)
    assert (paused.sitting.state, paused.sitting.paused_at) == (
        SittingState.PAUSED,
        NOON + timedelta(minutes=10),
    )
    assert (paused.remaining_ms, paused.minute, paused.parts) == (45 * 60_000, None, ())
    hall.act(pauses.resume, hall.ids[0])
    noon.shift(timedelta(minutes=3))
    assert (seen(hall).minute, seen(hall).remaining_ms) == (13, 42 * 60_000)
    assert seen(hall).minute == hall.minute(clock.now())


def test_after_the_end_it_is_over_before_the_sweep_and_after_it(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database)
    noon.shift(timedelta(minutes=55, seconds=1))
    assert (seen(hall).is_over, seen(hall).remaining_ms, seen(hall).parts) == (True, 0, ())
    hall.submit()
    assert seen(hall).is_over


def test_it_tells_of_concerns_and_asks_for_a_sign_of_life_every_half_minute(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 2)
    assert (seen(hall).has_concerns, seen(hall).needs_sign_of_life) == (False, True)
    with database.writing() as session:
        concerns.tell(session, hall.ids[0], "a", ConcernKind.OTHER, "", by=hall.actors[0])
    database.writer.run(lambda connection: presences.note(connection, hall.ids[0], clock.now()))
    assert (seen(hall).has_concerns, seen(hall).needs_sign_of_life) == (True, False)
    other = glance(hall, 1, 1)
    assert other
    assert (other.has_concerns, other.needs_sign_of_life) == (False, True)
    noon.shift(timedelta(seconds=30))
    assert seen(hall).needs_sign_of_life
    with database.reading() as session:
        assert session.scalars(sa.select(Concern.sitting_id)).all() == [hall.ids[0]]


def test_nobody_looks_at_anothers_sitting_nor_at_one_that_is_void_nor_without_the_role(
    database: Database,
) -> None:
    hall = Hall(database, 2)
    with pytest.raises(errors.NotFound):
        glance(hall, number=1, of=0)
    hall.ids.append(uuid4())
    with pytest.raises(errors.NotFound):
        glance(hall, of=2)
    with database.writing() as session:
        session.get_one(Sitting, hall.ids[0]).state = SittingState.VOID
        session.execute(sa.delete(Role).where(Role.person_id == hall.people[1]))
    for number in (0, 1):
        with pytest.raises(errors.NotFound):
            glance(hall, number, number)


def test_a_login_that_ended_is_nobody(database: Database) -> None:
    hall = Hall(database)
    assert glance(hall, login_epoch=2) is None
    with database.writing() as session:
        session.get_one(Person, hall.people[0]).is_active = False
    assert glance(hall) is None
    hall.people[0] = uuid4()
    assert glance(hall) is None


def test_before_the_start_there_is_a_clock_without_time_and_no_sign_of_life(database: Database) -> None:
    hall = Hall(database, running=False)
    found = seen(hall)
    assert (found.sitting.state, found.remaining_ms, found.needs_sign_of_life) == (
        SittingState.READY,
        0,
        False,
    )
    with database.reading() as session:
        assert not sittings.is_over(session.get_one(Sitting, hall.ids[0]), clock.now())


def test_a_credit_takes_nothing_away_that_the_page_had_been_told_of(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 1, "stavoord-in-tray")
    noon.shift(timedelta(minutes=31))
    before = seen(hall)
    hall.act(adjustments.credit, hall.ids[0], "An alarm.", minutes=20)
    assert hall.minute(clock.now()) == 11
    assert (seen(hall).minute, seen(hall).parts) == (31, before.parts)
    noon.shift(timedelta(minutes=7))
    with database.reading() as session:
        sitting = session.get_one(Sitting, hall.ids[0])
        exercise = versions.get(session, sitting.version_hash)
        assert seen(hall).minute == answers.minute_shown(sitting, exercise, clock.now()) == 31
