"""One act for several at once: whom it concerns, what will be so, and nothing that one act alone would not do."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from assessment import errors, journal
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.sitting import AdjustmentKind, SittingState
from assessment.services import adjustments, enrolments, ledger, pauses, reopenings, together
from assessment.services.together import Act, Choice
from tests.assessment.hall import Hall, at_once, errors_in
from tests.assessment.query_count import counting
from tests.factories import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def chosen(hall: Hall, *numbers: int) -> list[object]:
    return [hall.enrolments[number].id for number in numbers]


def states(hall: Hall) -> list[SittingState]:
    return [hall.get(number).state for number in range(len(hall.ids))]


def test_those_who_were_chosen_are_paused_go_on_and_get_time_back(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.8
    hall = Hall(database, 3)
    noon.shift(20 * MINUTE)
    shown: Choice = hall.read(together.preview, Act.PAUSE, chosen(hall, 0, 1))
    assert [(one.remaining, one.will_end_at) for one in shown.affected] == [(35 * MINUTE, None)] * 2
    hall.act(together.carry_out, Act.PAUSE, hall.ids[:2], "Fire alarm.")
    assert states(hall) == [SittingState.PAUSED, SittingState.PAUSED, SittingState.RUNNING]
    noon.shift(6 * MINUTE)
    shown = hall.read(together.preview, Act.GO_ON, chosen(hall, 0, 1))
    assert {(one.remaining, one.will_end_at) for one in shown.affected} == {(35 * MINUTE, NOON + 61 * MINUTE)}
    hall.act(together.carry_out, Act.GO_ON, hall.ids[:2], "")
    assert [hall.minutes(number) for number in range(3)] == [61, 61, 55]
    noon.shift(4 * MINUTE)
    shown = hall.read(together.preview, Act.GIVE_BACK, chosen(hall, 0, 1), 3)
    assert {one.will_end_at for one in shown.affected} == {NOON + 64 * MINUTE}
    hall.act(together.carry_out, Act.GIVE_BACK, hall.ids[:2], "Smoke.", minutes=3, seen=shown.seen)
    assert [hall.minutes(number) for number in range(3)] == [64, 64, 55]
    assert [(one.kind, one.reason) for one in hall.ledger(1)] == [
        (AdjustmentKind.PAUSE, "Fire alarm."),
        (AdjustmentKind.CREDIT, "Smoke."),
    ]
    with database.reading() as session:
        for action in ("sitting.paused", "sitting.resumed", "sitting.credited"):
            about = session.scalars(sa.select(Event.subject_id).where(Event.action == action)).all()
            assert sorted(map(str, about)) == sorted(map(str, hall.ids[:2]))
        assert list(journal.verify(session)) == []


def test_everybody_for_whom_it_cannot_be_done_is_named_with_why(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 5, running=False)
    for number in range(4):
        hall.start(number)
    hall.act(pauses.pause, hall.ids[0], "Ill.")
    hall.submit(1)
    hall.act(enrolments.withdraw, hall.enrolments[2].id)
    noon.shift(2 * MINUTE)

    def why(act: Act, minutes: int | None = None) -> dict[object, str]:
        found: Choice = hall.read(together.preview, act, chosen(hall, 0, 1, 2, 3, 4), minutes)
        return {one.enrolment_id: one.reason for one in found.unaffected}

    ids = chosen(hall, 0, 1, 2, 3, 4)
    nothing = dict.fromkeys((ids[1], ids[4]), "Nothing runs or is paused.")
    nothing[ids[2]] = "Withdrawn from this centre."
    assert why(Act.PAUSE) == {**nothing, ids[0]: "It is paused already."}
    assert why(Act.GO_ON) == {**nothing, ids[3]: pauses.NotPaused.sentence}
    assert why(Act.GIVE_BACK) == nothing
    too_long = "It has not been worked on for so long."
    assert why(Act.GIVE_BACK, 1) == {**nothing, ids[0]: too_long}
    assert why(Act.GIVE_BACK, 3) == {**nothing, ids[0]: too_long, ids[3]: too_long}
    hall.act(adjustments.credit, hall.ids[3], "Noise.", minutes=2)
    assert why(Act.GIVE_BACK, 1)[ids[3]] == adjustments.GivenBackBefore.sentence
    hall.act(pauses.pause_centre, "Fire.")
    assert why(Act.GO_ON)[ids[3]] == pauses.CentreIsPaused.sentence
    hall.act(pauses.resume_centre)
    noon.shift(60 * MINUTE)
    assert "Its time is over" in why(Act.PAUSE)[ids[3]]


def test_what_changed_since_it_was_shown_is_left_alone_and_told(database: Database) -> None:
    hall = Hall(database, 4)
    hall.submit(1)
    hall.act(pauses.pause, hall.ids[2], "Ill.")
    done: Choice = hall.act(together.carry_out, Act.PAUSE, hall.ids, "Fire alarm.")
    assert {one.sitting_id for one in done.affected} == {hall.ids[0], hall.ids[3]}
    assert {one.enrolment_id: one.reason.split(".")[0] for one in done.unaffected} == {
        hall.enrolments[1].id: "It was handed in",
        hall.enrolments[2].id: "It is paused already",
    }
    with pytest.raises(together.NothingToDo):
        hall.act(together.carry_out, Act.PAUSE, hall.ids, "Fire alarm.")


def test_a_sitting_that_was_reopened_or_has_not_begun_is_left_alone(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 2, running=False)
    hall.start()
    hall.submit()
    noon.shift(5 * MINUTE)
    hall.act(reopenings.reopen, hall.ids[0], NOON + 60 * MINUTE, "By mistake.")
    with pytest.raises(together.NothingToDo):
        hall.act(together.carry_out, Act.PAUSE, hall.ids, "Fire alarm.")
    shown: Choice = hall.read(together.preview, Act.PAUSE, None)
    assert [one.enrolment_id for one in shown.affected] == [hall.enrolments[0].id]
    assert shown.affected[0].sitting_id != hall.ids[0]
    assert shown.unaffected == ()


def test_time_that_somebody_gave_since_does_not_add_up_unseen(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 2)
    noon.shift(20 * MINUTE)
    shown: Choice = hall.read(together.preview, Act.GIVE_BACK, chosen(hall, 0, 1), 5)
    hall.act(adjustments.extend, [hall.ids[0]], 5, "Noise.")
    with pytest.raises(adjustments.GivenMeanwhile):
        hall.act(together.carry_out, Act.GIVE_BACK, hall.ids, "Noise.", minutes=5, seen=shown.seen)
    assert [hall.minutes(0), hall.minutes(1)] == [60, 55]


def test_a_reason_and_whole_minutes_are_asked_for_and_nothing_foreign_is_found(database: Database) -> None:
    hall, other = Hall(database), Hall(database)
    with pytest.raises(ledger.NoReason):
        hall.act(together.carry_out, Act.PAUSE, hall.ids, " ")
    with pytest.raises(adjustments.NotMinutes):
        hall.act(together.carry_out, Act.GIVE_BACK, hall.ids, "Noise.", minutes=0)
    for foreign in (other.ids[0], uuid4()):
        with pytest.raises(errors.NotFound):
            hall.act(together.carry_out, Act.PAUSE, [*hall.ids, foreign], "Fire alarm.")
    for nobody in (other.enrolments[0].id, uuid4()):
        with pytest.raises(errors.NotFound):
            hall.read(together.preview, Act.PAUSE, [hall.enrolments[0].id, nobody])
    assert states(hall) == states(other) == [SittingState.RUNNING]


def test_the_latest_end_of_the_centre_caps_what_comes_back(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 10
    centre = {"latest_start_at": NOON + MINUTE, "latest_end_at": NOON + 60 * MINUTE}
    hall = Hall(database, 2, centre=centre)
    noon.shift(10 * MINUTE)
    hall.act(pauses.pause, hall.ids[1], "Ill.")
    shown: Choice = hall.read(together.preview, Act.GIVE_BACK, chosen(hall, 0, 1), 10)
    assert {(one.will_end_at, one.is_capped, one.remaining) for one in shown.affected} == {
        (NOON + 60 * MINUTE, True, 50 * MINUTE),
        (None, True, 50 * MINUTE),
    }
    noon.shift(10 * MINUTE)
    shown = hall.read(together.preview, Act.GO_ON, chosen(hall, 1))
    assert (shown.affected[0].will_end_at, shown.affected[0].is_capped) == (NOON + 60 * MINUTE, True)


@pytest.mark.parametrize("act", [Act.PAUSE, Act.GO_ON])
def test_two_administrators_at_once_do_it_once(
    database: Database, noon: time_machine.Traveller, act: Act
) -> None:
    hall = Hall(database, 3)
    if act is Act.GO_ON:
        hall.act(together.carry_out, Act.PAUSE, hall.ids, "Fire alarm.")
        noon.shift(5 * MINUTE)
    once = partial(hall.act, together.carry_out, act, hall.ids, "Fire alarm.")
    back = partial(hall.act, together.carry_out, act, hall.ids[::-1], "Fire alarm.")
    assert errors_in(at_once(once, back, once)) == ["NothingToDo"] * 2
    if act is Act.GO_ON:
        assert [hall.minutes(number) for number in range(3)] == [60, 60, 60]


def test_a_preview_of_many_takes_as_many_queries_as_one_of_two(database: Database) -> None:
    hall = Hall(database, 12)
    counts = []
    for numbers in ((0, 1), range(12)):
        with counting(database) as count:
            hall.read(together.preview, Act.GIVE_BACK, chosen(hall, *numbers), 5)
        counts.append(len(count.statements))
    assert counts[0] == counts[1]
