"""Time that an administrator gives: with a preview, with a reason, never to what is over, never twice by accident."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock, errors, journal
from assessment.database import Database
from assessment.models.sitting import Adjustment, AdjustmentKind, Sitting, SittingState
from assessment.services import adjustments, answers, enrolments, ledger, pauses, versions
from assessment.services.answers import Code, Verdict
from assessment.services.enrolments import TimeReason
from exercises import content
from exercises.in_tray import conditions
from exercises.in_tray.conditions import Facts
from tests.assessment.hall import GRACE, Hall, at_once, errors_in
from tests.assessment.query_count import counting
from tests.factories import NOON


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_an_extension_moves_the_end_in_seconds_and_leaves_exercise_minutes(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 6, robustness 2.7
    hall = Hall(database, 2)
    noon.shift(timedelta(minutes=20))
    hall.act(adjustments.extend, [hall.ids[0]], 10, "The projector failed.")
    assert (hall.minutes(0), hall.minutes(1)) == (65, 55)
    assert hall.minute(NOON + timedelta(minutes=20)) == 20
    entry = hall.ledger()[0]
    assert (entry.kind, entry.seconds, entry.ends_at) == (
        AdjustmentKind.EXTENSION,
        600,
        NOON + timedelta(minutes=65),
    )
    hall.act(adjustments.extend, [hall.ids[0]], 5, "And again.")
    assert hall.minutes(0) == 70
    with database.reading() as session:
        assert list(journal.verify(session)) == []


def test_the_preview_gives_the_new_ends_and_says_who_is_not_touched_and_why(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.7, robustness 8
    hall = Hall(database, 4, running=False)
    for number in (0, 1, 2):
        hall.start(number)
    hall.act(pauses.pause, hall.ids[1], "A telephone call.")
    hall.submit(2)
    shown = hall.read(adjustments.preview, hall.ids, 10)
    assert {end.sitting_id: end.after for end in shown.ends} == {
        hall.ids[0]: NOON + timedelta(minutes=65),
        hall.ids[1]: NOON + timedelta(minutes=65),
    }
    reasons = {one.sitting_id: one.reason for one in shown.untouched}
    assert "handed in" in reasons[hall.ids[2]]
    assert "not begun" in reasons[hall.ids[3]]
    noon.shift(timedelta(minutes=56))
    everybody = hall.read(adjustments.preview, None, 10)
    assert [end.sitting_id for end in everybody.ends] == [hall.ids[1]]
    assert {one.sitting_id for one in everybody.untouched} == {hall.ids[0], hall.ids[2]}
    with pytest.raises(errors.NotFound):
        hall.read(adjustments.preview, [uuid4()], 10)


def test_extending_a_whole_group_leaves_what_was_handed_in_sealed(database: Database) -> None:  # robustness 8
    hall = Hall(database, 3)
    sealed = hall.submit(1)
    done = hall.act(adjustments.extend, None, 15, "The lift stopped.")
    assert {end.sitting_id for end in done.ends} == {hall.ids[0], hall.ids[2]}
    after = hall.get(1)
    assert (after.state, after.deadline_at, after.final_hash) == (
        SittingState.SEALED,
        NOON + timedelta(minutes=55),
        sealed.final_hash,
    )
    assert hall.ledger(1) == []
    with pytest.raises(adjustments.NobodyToExtend):
        hall.act(adjustments.extend, [hall.ids[1]], 15, "The lift stopped.")


def test_an_extended_exercise_can_be_written_in_at_once(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 7: nothing stored says "locked"
    hall = Hall(database)
    noon.shift(timedelta(minutes=54))
    hall.act(adjustments.extend, hall.ids, 10, "Noise.")
    noon.shift(timedelta(minutes=9))
    assert hall.save("in the time that was added").code is Code.SAVED
    assert hall.save("x", base_number=1).remaining_ms == 2 * 60_000


def test_the_centres_latest_end_caps_what_is_given(database: Database) -> None:  # robustness 10
    centre = {
        "latest_start_at": NOON + timedelta(minutes=1),
        "latest_end_at": NOON + timedelta(minutes=60),
    }
    hall = Hall(database, centre=centre)
    shown = hall.read(adjustments.preview, hall.ids, 10)
    assert (shown.ends[0].after, shown.ends[0].is_capped) == (NOON + timedelta(minutes=60), True)
    hall.act(adjustments.extend, hall.ids, 10, "Noise.")
    assert hall.minutes() == 60
    assert "ends with the centre" in hall.read(adjustments.preview, hall.ids, 10).untouched[0].reason


def test_an_untimed_exercise_ends_with_the_centre_whatever_is_given(database: Database) -> None:
    hall = Hall(database, is_untimed=True)
    assert hall.get().deadline_at == hall.centre.latest_end_at
    with pytest.raises(adjustments.NobodyToExtend):
        hall.act(adjustments.extend, hall.ids, 10, "Noise.")


@pytest.mark.parametrize("minutes", [0, -5, 601])
def test_minutes_and_reason_are_asked_for(database: Database, minutes: int) -> None:
    hall = Hall(database)
    with pytest.raises(adjustments.NotMinutes):
        hall.act(adjustments.extend, hall.ids, minutes, "Noise.")
    with pytest.raises(ledger.NoReason):
        hall.act(adjustments.extend, hall.ids, 5, "  ")
    assert hall.ledger() == []


def test_two_administrators_who_looked_at_the_same_ends_do_not_both_extend(database: Database) -> None:
    hall = Hall(database, 2)
    seen = hall.read(adjustments.preview, None, 10).seen
    extend = partial(hall.act, adjustments.extend, None, 10, "The fire drill.", seen=seen)
    found = at_once(extend, extend)
    assert errors_in(found) == ["GivenMeanwhile"]
    assert [hall.minutes(n) for n in (0, 1)] == [65, 65]


def test_two_administrators_who_each_mean_it_both_count(database: Database) -> None:  # robustness 6
    hall = Hall(database, 4)
    found = at_once(
        partial(hall.act, adjustments.extend, None, 10, "The fire drill."),
        partial(hall.act, adjustments.extend, list(reversed(hall.ids)), 5, "The noise after it."),
    )
    assert errors_in(found) == []
    assert [hall.minutes(n) for n in range(4)] == [70] * 4
    for number in range(4):
        ends = [entry.ends_at for entry in hall.ledger(number)]
        assert max(ends) == hall.get(number).deadline_at


def test_an_extension_at_the_moment_of_sealing_either_comes_before_it_or_changes_nothing(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 8, robustness 2.7
    hall = Hall(database, 6)
    noon.shift(timedelta(minutes=40))
    acts = [partial(hall.submit, number) for number in range(6)]
    found = at_once(partial(hall.act, adjustments.extend, None, 10, "Noise."), *acts)
    assert set(errors_in(found)) <= {"NobodyToExtend"}
    for number in range(6):
        sitting = hall.get(number)
        assert sitting.state is SittingState.SEALED
        assert sitting.sealed_at == NOON + timedelta(minutes=40)
        assert hall.minutes(number) == (65 if hall.ledger(number) else 55)


def test_an_extension_and_the_sweep_at_the_same_moment_leave_no_ghost(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 8, robustness 13
    hall = Hall(database, 4)
    noon.shift(timedelta(minutes=55, seconds=31))
    found = at_once(partial(hall.act, adjustments.extend, hall.ids, 10, "Noise."), hall.sweep, hall.sweep)
    assert errors_in(found) == ["NobodyToExtend"]
    while hall.sweep():
        pass
    assert {hall.get(n).state for n in range(4)} == {SittingState.SEALED}
    assert {hall.get(n).sealed_at for n in range(4)} == {NOON + timedelta(minutes=55)}


# Credits.


def test_a_credit_moves_the_end_and_is_left_out_of_exercise_minutes_also_in_the_past(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, time_factor=2.0)
    noon.shift(timedelta(minutes=40))
    interval = (NOON + timedelta(minutes=10), NOON + timedelta(minutes=20))
    hall.act(adjustments.credit, hall.ids[0], "An alarm.", interval=interval)
    assert hall.minutes() == 120
    minutes = [hall.minute(NOON + timedelta(minutes=m)) for m in (10, 15, 20, 40)]
    assert minutes == [5, 5, 5, 15]


def test_a_credit_in_minutes_ends_now_and_moves_the_phases_that_go_by_exercise_minutes(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 1, "stavoord-in-tray")
    exercise = content.shipped()["stavoord-in-tray"]

    def verdict(minute: float) -> Verdict:
        return answers.may_write(hall.get(), exercise, "M01", NOON + timedelta(minutes=minute), GRACE)

    noon.shift(timedelta(minutes=30))
    assert (verdict(60), verdict(61)) == (Verdict.OPEN, Verdict.LATE)
    hall.act(adjustments.extend, hall.ids, 5, "More time.")
    assert (verdict(60), verdict(61)) == (Verdict.OPEN, Verdict.LATE)  # an extension moves the end alone
    hall.act(adjustments.credit, hall.ids[0], "An alarm.", minutes=10)
    assert (verdict(70), verdict(71)) == (Verdict.OPEN, Verdict.LATE)
    assert hall.minutes() == 80
    assert hall.ledger()[-1].from_at == NOON + timedelta(minutes=20)


def test_a_credit_takes_nothing_away_that_was_shown_before_and_opens_its_phase_again(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 1, "stavoord-in-tray")
    exercise = content.shipped()["stavoord-in-tray"]
    kind = versions.kind_of(exercise)

    def shown() -> list[str]:
        with database.reading() as session:
            sitting = session.get_one(Sitting, hall.ids[0])
            minute = answers.minute_shown(sitting, exercise, clock.now())
            return list(kind.view(exercise, "en", answers.counting(session, sitting), minute)["parts"])

    noon.shift(timedelta(minutes=31))
    before = shown()
    assert "M15" in before
    hall.act(adjustments.credit, hall.ids[0], "An alarm.", minutes=20)
    assert hall.minute(clock.now()) == 11
    assert shown() == before
    noon.shift(timedelta(minutes=5))
    hall.act(pauses.pause, hall.ids[0], "A call.")
    noon.shift(timedelta(minutes=30))
    hall.act(pauses.resume, hall.ids[0])
    assert shown() == before  # a pause shows nothing, so nothing came in it
    noon.shift(timedelta(minutes=21))
    assert hall.minute(clock.now()) == 37
    assert "M16" not in shown()
    noon.shift(timedelta(minutes=2))
    assert "M16" in shown()
    noon.shift(timedelta(minutes=22))  # minute 61: the closing reasons
    hall.act(adjustments.credit, hall.ids[0], "Another.", minutes=10)
    with database.reading() as session:
        sitting = session.get_one(Sitting, hall.ids[0])
        assert 59.9 < answers.minute_shown(sitting, exercise, clock.now()) < 60
    assert answers.may_write(hall.get(), exercise, "M16.draft", clock.now(), GRACE) is Verdict.OPEN


def test_a_credit_takes_no_points_away_that_came_from_what_was_seen_before(
    database: Database, noon: time_machine.Traveller
) -> None:
    """The key's minute limits, with a credit in between: who had read M16 still acted after it."""
    hall = Hall(database, 1, "stavoord-in-tray")
    exercise = content.shipped()["stavoord-in-tray"]
    asked = conditions.understood({"sent": {"after": "M16", "reaches": ["bo"]}})

    def holds() -> bool:
        with database.reading() as session:
            sitting = session.get_one(Sitting, hall.ids[0])
            return asked(Facts(exercise, answers.counting(session, sitting))) is not None

    noon.shift(timedelta(minutes=20))
    value: Any = {"kind": "reply", "to": ["bo"], "tag": "informs", "text": "Noted."}
    assert hall.save(value, task="M01.sent.1").code is Code.SAVED
    assert not holds()  # before it came
    noon.shift(timedelta(minutes=25))
    assert hall.save(value, task="M02.sent.1").code is Code.SAVED
    assert holds()
    noon.shift(timedelta(minutes=1))
    hall.act(adjustments.credit, hall.ids[0], "An alarm.", minutes=20)
    assert hall.minute(clock.now()) == 26
    assert holds()


def test_the_same_time_is_not_given_back_twice(database: Database, noon: time_machine.Traveller) -> None:
    hall = Hall(database)
    noon.shift(timedelta(minutes=10))
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(minutes=10))
    hall.act(pauses.resume, hall.ids[0])
    noon.shift(timedelta(minutes=5))
    with pytest.raises(adjustments.GivenBackBefore):
        hall.act(adjustments.credit, hall.ids[0], "The call.", minutes=6)
    hall.act(adjustments.credit, hall.ids[0], "The noise after it.", minutes=5)
    found = at_once(
        *[partial(hall.act, adjustments.credit, hall.ids[0], "Again.", minutes=2) for _ in range(2)]
    )
    assert errors_in(found) == ["GivenBackBefore"] * 2
    assert hall.minutes() == 70


def test_a_credit_lies_within_the_sitting_and_goes_to_one_that_is_worked_on(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 2, running=False)
    hall.start()
    with pytest.raises(adjustments.NotWorking):
        hall.act(adjustments.credit, hall.ids[1], "An alarm.", minutes=5)
    noon.shift(timedelta(minutes=3))
    for interval in (
        (NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)),
        (NOON, NOON + timedelta(minutes=4)),
        (NOON + timedelta(minutes=2), NOON + timedelta(minutes=1)),
    ):
        with pytest.raises(adjustments.NotInTheSitting):
            hall.act(adjustments.credit, hall.ids[0], "An alarm.", interval=interval)
    hall.submit()
    with pytest.raises(adjustments.NotWorking):
        hall.act(adjustments.credit, hall.ids[0], "An alarm.", minutes=1)
    with pytest.raises(errors.NotFound):
        hall.act(adjustments.credit, uuid4(), "An alarm.", minutes=1)


# The ledger itself.


def test_the_database_itself_lets_nobody_change_the_ledger(database: Database) -> None:
    hall = Hall(database)
    hall.act(adjustments.extend, hall.ids, 5, "Noise.")
    for change in (sa.update(Adjustment).values(seconds=0), sa.delete(Adjustment)):
        with pytest.raises(sa.exc.DBAPIError, match="adjustment_is_"), database.writing() as session:
            session.execute(change)
    hall.submit()
    row = {"seconds": 1, "kind": "extension", "ends_at": NOON, "reason": "x", "at": NOON, "id": uuid4()}
    with pytest.raises(sa.exc.DBAPIError, match="running_sitting"), database.writing() as session:
        session.execute(sa.insert(Adjustment).values(sitting_id=hall.ids[0], **row))
    with pytest.raises(sa.exc.DBAPIError, match="keeps_its_ledger"), database.writing() as session:
        session.execute(sa.update(Sitting).values(credited_seconds=60))


def test_a_preview_takes_as_many_questions_for_many_as_for_few(database: Database) -> None:
    counts = []
    for people in (2, 20):
        hall = Hall(database, people)
        with counting(database) as count:
            hall.read(adjustments.preview, None, 10)
        counts.append(count.n)
    assert counts[0] == counts[1]


# The time factor.


def test_a_time_factor_decided_before_the_start_holds_and_after_it_moves_nothing_that_runs(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 9: the deadline is fixed in the transaction of the start
    hall = Hall(database, 1, "stavoord-case", "stavoord-judgement", running=False)
    decide = partial(
        hall.act, enrolments.set_time, hall.enrolments[0].id, is_untimed=False, reason=TimeReason.REQUESTED
    )
    decide(factor=1.5)
    noon.shift(timedelta(hours=1))
    hall.start()
    assert hall.minutes() == 60 + 82.5
    decide(factor=3.0)
    sitting = hall.get()
    assert (hall.minutes(), sitting.time_factor) == (60 + 82.5, 1.5)
    hall.act(adjustments.extend, hall.ids, 30, "What the longer factor would have given.")
    assert hall.minutes() == 60 + 112.5
