"""Pauses: the clock stands still, nothing can be read or written, nothing is lost, and the time comes back."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from assessment import errors
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.sitting import AdjustmentKind, Pause, RevisionKind, SittingState
from assessment.services import adjustments, centres, enrolments, ledger, notices, outages, pauses, sittings
from assessment.services.answers import Code
from tests.assessment.hall import Hall, at_once, errors_in, in_the_gap
from tests.factories import NOON


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_a_pause_comes_back_as_an_entry_of_the_ledger(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.8
    hall = Hall(database)
    noon.shift(timedelta(minutes=10))
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(minutes=7))
    paused = hall.get()
    assert (paused.state, paused.paused_at) == (SittingState.PAUSED, NOON + timedelta(minutes=10))
    hall.act(pauses.resume, hall.ids[0])
    assert (hall.get().state, hall.get().paused_at, hall.minutes()) == (SittingState.RUNNING, None, 62)
    entry = hall.ledger()[0]
    assert (entry.kind, entry.seconds, entry.from_at) == (
        AdjustmentKind.PAUSE,
        420,
        NOON + timedelta(minutes=10),
    )
    assert [hall.minute(NOON + timedelta(minutes=m)) for m in (10, 12, 17, 20)] == [10, 10, 10, 13]


def test_nothing_counts_that_arrives_in_a_pause_and_nothing_of_it_is_lost(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.8
    hall = Hall(database)
    hall.save("before")
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(minutes=5))
    sent = partial(hall.save, "in the pause", base_number=1, client_seq=7)
    first, again = sent(), sent()
    assert (first.code, first.server_value, first.remaining_ms) == (Code.PAUSED, None, 55 * 60_000)
    assert again == first
    assert [(one.kind, one.body) for one in hall.revisions()] == [
        (RevisionKind.MAIN, '"before"'),
        (RevisionKind.SIDE, '"in the pause"'),
    ]
    hall.act(pauses.resume, hall.ids[0])
    after = sent()
    assert (after.code, after.remaining_ms) == (Code.SAVED, 55 * 60_000)
    assert sent() == after
    assert hall.counting() == {"memo": "in the pause"}


def test_a_paused_exercise_can_be_neither_handed_in_nor_taken_over_nor_swept(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.8, robustness 13
    hall = Hall(database)
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(hours=3))
    for verb in (hall.submit, hall.take_over):
        with pytest.raises(sittings.SittingPaused):
            verb()
    assert hall.sweep() == 0
    with database.reading() as session:
        sitting = sittings.get(session, hall.ids[0], by=hall.actors[0])
        assert sittings.remaining_ms(sitting, NOON + timedelta(hours=3)) == 55 * 60_000


def test_a_pause_asks_for_a_reason_and_for_something_that_runs(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database, 2, running=False)
    hall.start()
    with pytest.raises(ledger.NoReason):
        hall.act(pauses.pause, hall.ids[0], " ")
    with pytest.raises(pauses.NotRunning):
        hall.act(pauses.pause, hall.ids[1], "A telephone call.")
    with pytest.raises(pauses.NotPaused):
        hall.act(pauses.resume, hall.ids[0])
    with pytest.raises(errors.NotFound):
        hall.act(pauses.pause, uuid4(), "A telephone call.")
    noon.shift(timedelta(minutes=55, seconds=1))
    with pytest.raises(pauses.NotRunning):
        hall.act(pauses.pause, hall.ids[0], "A telephone call.")


def test_resuming_twice_at_once_gives_the_pause_back_once(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database)
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(minutes=5))
    resume = partial(hall.act, pauses.resume, hall.ids[0])
    assert errors_in(at_once(resume, resume, resume)) == ["NotPaused"] * 2
    assert (hall.minutes(), len(hall.ledger())) == (60, 1)


def test_pausing_twice_at_once_makes_one_pause(database: Database) -> None:
    hall = Hall(database)
    pause = partial(hall.act, pauses.pause, hall.ids[0], "A telephone call.")
    assert errors_in(at_once(pause, pause, pause)) == ["NotRunning"] * 2
    with pytest.raises(sa.exc.IntegrityError), database.writing() as session:
        session.add(
            Pause(sitting_id=hall.ids[0], reason="x", paused_by_id=hall.administrator.id, paused_at=NOON)
        )


def test_a_save_at_the_moment_of_a_pause_counts_before_it_or_is_kept_beside(database: Database) -> None:
    hall = Hall(database)
    saves = [partial(hall.save, f"text {n}", client_id=f"page {n}") for n in range(6)]
    found = at_once(partial(hall.act, pauses.pause, hall.ids[0], "A telephone call."), *saves)
    assert errors_in(found) == []
    codes = [outcome.code for outcome in found[1:]]
    assert set(codes) <= {Code.SAVED, Code.STALE, Code.PAUSED}
    assert codes.count(Code.SAVED) <= 1
    assert {one.body for one in hall.revisions()} == {f'"text {n}"' for n in range(6)}


def test_an_extension_during_a_pause_is_added_to_it(database: Database, noon: time_machine.Traveller) -> None:
    hall = Hall(database)
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(minutes=5))
    hall.act(adjustments.extend, hall.ids, 10, "And a little more.")
    hall.act(pauses.resume, hall.ids[0])
    assert hall.minutes() == 70


def test_the_latest_end_ends_a_pause_too(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 10, robustness 13
    times = {"latest_start_at": NOON + timedelta(minutes=1), "latest_end_at": NOON + timedelta(minutes=60)}
    hall = Hall(database, centre=times)
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(minutes=57))
    with database.reading() as session:
        sitting = sittings.get(session, hall.ids[0], by=hall.actors[0])
        assert sittings.remaining_ms(sitting, NOON + timedelta(minutes=57)) == 3 * 60_000
    noon.shift(timedelta(minutes=4))
    assert hall.sweep() == 1
    sealed = hall.get()
    assert (sealed.state, sealed.sealed_at, sealed.deadline_at) == (
        SittingState.SEALED,
        NOON + timedelta(minutes=60),
        NOON + timedelta(minutes=60),
    )
    assert hall.ledger()[0].until_at == NOON + timedelta(minutes=60)


@pytest.mark.parametrize("who", ["participant", "administrator"])
def test_withdrawing_in_a_pause_ends_the_pause_and_seals(
    database: Database, noon: time_machine.Traveller, who: str
) -> None:
    hall = Hall(database)
    hall.act(pauses.pause, hall.ids[0], "A telephone call.")
    noon.shift(timedelta(minutes=5))
    if who == "participant":
        with database.writing() as session:
            notices.withdraw(session, hall.enrolments[0].id, by=hall.actors[0])
    else:
        hall.act(enrolments.withdraw, hall.enrolments[0].id)
    assert (hall.get().state, hall.get().paused_at) == (SittingState.SEALED, None)
    assert [entry.kind for entry in hall.ledger()] == [AdjustmentKind.PAUSE]


# A whole centre.


def test_a_centre_pauses_and_goes_on_as_a_whole(
    database: Database, noon: time_machine.Traveller
) -> None:  # robustness 2.8: the fire alarm
    hall = Hall(database, 4, running=False)
    for number in (0, 1, 2):
        hall.start(number)
    hall.submit(2)
    hall.act(pauses.pause, hall.ids[1], "A telephone call.")
    noon.shift(timedelta(minutes=2))
    hall.act(pauses.pause_centre, "The fire alarm.")
    assert [hall.get(n).state for n in range(4)] == [
        SittingState.PAUSED,
        SittingState.PAUSED,
        SittingState.SEALED,
        SittingState.READY,
    ]
    with pytest.raises(sittings.NotReady, match="paused"):
        hall.start(3)
    with pytest.raises(pauses.CentreIsPaused):
        hall.act(pauses.resume, hall.ids[0])
    noon.shift(timedelta(minutes=20))
    gone_on = hall.act(pauses.resume_centre)
    assert [one.id for one in gone_on.sittings] == [hall.ids[0]]
    assert (hall.get(0).state, hall.minutes(0)) == (SittingState.RUNNING, 75)
    assert hall.get(1).state is SittingState.PAUSED  # its own pause lasts
    hall.act(pauses.resume, hall.ids[1])
    assert hall.minutes(1) == 55 + 22
    assert hall.start(3).state is SittingState.RUNNING


def test_a_centre_is_paused_once_and_resumed_once(database: Database) -> None:
    hall = Hall(database, 3)
    pause = partial(hall.act, pauses.pause_centre, "The fire alarm.")
    assert errors_in(at_once(pause, pause)) == ["CentreIsPaused"]
    resume = partial(hall.act, pauses.resume_centre)
    assert errors_in(at_once(resume, resume)) == ["CentreNotPaused"]
    assert [len(hall.ledger(n)) for n in range(3)] == [1, 1, 1]


def test_a_start_at_the_moment_of_a_centres_pause_comes_before_it_or_is_refused(database: Database) -> None:
    hall = Hall(database, 6, running=False)
    starts = [partial(hall.start, number) for number in range(6)]
    found = at_once(partial(hall.act, pauses.pause_centre, "The fire alarm."), *starts)
    assert set(errors_in(found)) <= {"NotReady"}
    states = {hall.get(n).state for n in range(6)}
    assert states <= {SittingState.PAUSED, SittingState.READY}  # none runs through the alarm
    refused = [n for n in range(6) if isinstance(found[n + 1], sittings.NotReady)]
    assert refused == [n for n in range(6) if hall.get(n).state is SittingState.READY]


def test_a_start_against_the_closing_of_the_window_has_all_its_time_or_none(
    database: Database,
) -> None:  # robustness 9, robustness 10
    hall = Hall(database, 6, running=False)

    def close() -> None:
        with database.writing() as session:
            centres.close(session, hall.centre.id, by=hall.by)

    found = at_once(close, *[partial(hall.start, number) for number in range(6)])
    assert set(errors_in(found)) <= {"NotReady"}
    for number in range(6):
        sitting = hall.get(number)
        if sitting.state is SittingState.RUNNING:
            assert hall.minutes(number) == 55
        else:
            assert (sitting.state, sitting.deadline_at) == (SittingState.READY, None)
            assert isinstance(found[number + 1], sittings.NotReady)


@pytest.mark.parametrize("act", ["start", "extend", "credit", "resume", "outage"])
def test_no_end_slips_past_a_latest_end_that_is_moved_at_the_same_moment(
    database: Database, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:  # robustness 10
    """The other act comes between the question whether anything ends later and the change."""
    hall = Hall(database, running=act != "start")

    def beat() -> None:
        with database.writing() as session:
            outages.beat(session)

    beat()
    noon.shift(timedelta(minutes=20))
    if act == "resume":
        hall.act(pauses.pause, hall.ids[0], "A telephone call.")
        noon.shift(timedelta(minutes=20))
    end = NOON + timedelta(minutes=60)
    acts = {
        "start": hall.start,
        "extend": partial(hall.act, adjustments.extend, hall.ids, 10, "Noise."),
        "credit": partial(hall.act, adjustments.credit, hall.ids[0], "Noise.", minutes=10),
        "resume": partial(hall.act, pauses.resume, hall.ids[0]),
        "outage": beat,
    }
    other = in_the_gap(monkeypatch, centres, "_check_window", acts[act])
    with database.writing() as session:
        centre = session.get_one(Centre, hall.centre.id)
        times = {"first_start_at": None, "latest_start_at": NOON + timedelta(minutes=1), "latest_end_at": end}
        centres.change(session, centre, centres.setup_of(centre, **times), by=hall.by)
    failure = other()
    # A start that came after finds the window closed.
    assert not isinstance(failure, Exception) or isinstance(failure, sittings.NotReady)
    deadline = hall.get().deadline_at
    assert deadline is None or deadline <= end


@pytest.mark.parametrize(("seconds", "starts"), [(0, True), (1, False)])
def test_the_last_moment_to_start_gives_all_time_and_the_next_gives_none(
    database: Database, noon: time_machine.Traveller, seconds: int, starts: bool
) -> None:  # robustness 9, robustness 10
    times = {"latest_start_at": NOON + timedelta(minutes=10), "latest_end_at": NOON + timedelta(minutes=65)}
    hall = Hall(database, centre=times, running=False)
    noon.shift(timedelta(minutes=10, seconds=seconds))
    if starts:
        hall.start()
        noon.shift(timedelta(minutes=54))
        assert hall.save("after the window of starts has closed").code is Code.SAVED
        assert hall.minutes() == 65
    else:
        with pytest.raises(sittings.NotReady, match="last moment"):
            hall.start()


def test_a_take_over_against_a_hand_in_ends_in_one_sealed_sitting(database: Database) -> None:
    hall = Hall(database)
    found = at_once(hall.take_over, hall.submit, hall.take_over, hall.submit)
    assert set(errors_in(found)) <= {"AlreadySealed"}
    sealed = hall.get()
    assert sealed.state is SittingState.SEALED
    assert sealed.writer_epoch == 3 - len(errors_in(found))
    assert sealed.final_hash


def test_the_columns_tell_what_the_rows_of_pauses_say(
    database: Database, noon: time_machine.Traveller
) -> None:
    hall = Hall(database)
    hall.act(pauses.pause_centre, "The fire alarm.")
    with database.reading() as session:
        row = session.scalars(sa.select(Pause)).one()
        assert session.get_one(Centre, hall.centre.id).paused_at == row.paused_at == hall.get().paused_at
    with pytest.raises(sa.exc.DBAPIError, match="pause_ends_once"), database.writing() as session:
        session.execute(sa.update(Pause).values(reason="another"))
    noon.shift(60)
    hall.act(pauses.resume_centre)
    with pytest.raises(sa.exc.DBAPIError, match="pause_ends_once"), database.writing() as session:
        session.execute(sa.update(Pause).values(resumed_at=NOON))
