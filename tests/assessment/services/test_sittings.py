"""The clock of a sitting: fixed at the start, kept by the server, sealed at its own end."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.database import Database
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Event
from assessment.models.rating import AutomaticScore, Integration
from assessment.models.sitting import Sitting, SittingState
from assessment.services import answers, enrolments, integrations, meetings, notices, sittings
from assessment.writers import UNAVAILABLE
from tests import factories
from tests.assessment.crashes import AFTER, Crash
from tests.assessment.desk import Desk
from tests.assessment.hall import Hall, in_the_gap
from tests.assessment.room import HALF_DAY, WEIGHTS, Room
from tests.factories import NOON

GRACE = timedelta(seconds=30)


class Place:
    """A participant enrolled in an open centre of two exercises."""

    def __init__(self, database: Database, *slugs: str, centre: Any = None, **enrolment: Any) -> None:
        self.database = database
        with database.writing() as session:
            self.person = factories.person(session)
            where = factories.centre(
                session, *(slugs or ("stavoord-case", "stavoord-judgement")), **(centre or {})
            )
            self.enrolment = factories.enrolment(session, where, self.person, **enrolment)
            self.by: Actor = factories.actor(session, self.person)
            self.ids = [one.id for one in sittings.list_for(session, self.enrolment)]

    def start(self, number: int = 0, language: str = "en") -> Sitting:
        with self.database.writing() as session:
            return sittings.start(session, self.ids[number], language, by=self.by)

    def get(self, number: int = 0) -> Sitting:
        with self.database.reading() as session:
            return session.get_one(Sitting, self.ids[number])

    def submit(self, at: datetime, number: int = 0) -> Sitting:
        with self.database.writing() as session:
            return sittings.submit(session, self.ids[number], at, GRACE, by=self.by)

    def sweep(self) -> int:
        with self.database.writing() as session:
            return sittings.seal_due(session, GRACE)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_starting_fixes_language_factor_and_deadline(database: Database) -> None:
    place = Place(database, time_factor=2.0)
    sitting = place.start(language="nl")
    assert (sitting.state, sitting.language, sitting.time_factor) == (SittingState.RUNNING, "nl", 2.0)
    assert sitting.deadline_at == NOON + timedelta(minutes=110)


def test_starting_twice_changes_nothing(database: Database, noon: time_machine.Traveller) -> None:
    place = Place(database)
    first = place.start()
    noon.shift(60)
    assert place.start(language="nl").deadline_at == first.deadline_at
    assert place.get().language == "en"


def test_two_starts_at_once_give_one_clock(database: Database) -> None:
    place = Place(database)
    threads = [threading.Thread(target=place.start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        started = session.scalar(
            sa.select(sa.func.count()).select_from(Event).where(Event.action == "sitting.started")
        )
    assert started == 1


def test_an_untimed_sitting_ends_with_the_centre(database: Database) -> None:
    place = Place(database, is_untimed=True)
    assert place.start().deadline_at == NOON + timedelta(days=10)


def test_the_latest_end_of_the_centre_caps_every_deadline(database: Database) -> None:
    place = Place(
        database,
        centre={
            "latest_start_at": NOON + timedelta(minutes=10),
            "latest_end_at": NOON + timedelta(minutes=20),
        },
    )
    assert place.start().deadline_at == NOON + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("centre", "enrolment", "reason"),
    [
        ({"state": CentreState.DRAFT}, {}, "not open yet"),
        ({"state": CentreState.CLOSED}, {}, "closed"),
        ({}, {"notice_accepted_at": None}, "notice"),
        ({"first_start_at": NOON + timedelta(hours=1)}, {}, "too early"),
        ({"latest_start_at": NOON - timedelta(minutes=1)}, {}, "last moment"),
        ({}, {"state": EnrolmentState.WITHDRAWN, "withdrawn_at": NOON}, "withdrew"),
    ],
)
def test_a_sitting_that_may_not_start_says_why(
    database: Database, centre: dict[str, Any], enrolment: dict[str, Any], reason: str
) -> None:
    place = Place(database, centre=centre, **enrolment)
    with pytest.raises(sittings.NotReady, match=reason):
        place.start()
    assert place.get().state is SittingState.READY


def test_the_order_of_exercises_is_fixed(database: Database, noon: time_machine.Traveller) -> None:
    place = Place(database)
    with pytest.raises(sittings.NotReady, match="fixed order"):
        place.start(1)
    place.start(0)
    noon.shift(timedelta(minutes=56))
    assert place.start(1).state is SittingState.RUNNING  # the first is over, though the sweep has not come by


def test_somebody_elses_sitting_cannot_be_started(database: Database) -> None:
    place = Place(database)
    other = Place(database)
    with pytest.raises(errors.NotFound), database.writing() as session:
        sittings.start(session, place.ids[0], "en", by=other.by)


def test_taking_over_raises_the_writer_epoch(database: Database) -> None:
    place = Place(database)
    place.start()
    with database.writing() as session:
        assert sittings.take_over(session, place.ids[0], by=place.by).writer_epoch == 2


def test_handing_in_seals_with_the_moment_of_handing_in(database: Database) -> None:
    place = Place(database)
    place.start()
    sitting = place.submit(NOON + timedelta(minutes=30))
    assert (sitting.state, sitting.sealed_at) == (SittingState.SEALED, NOON + timedelta(minutes=30))
    assert place.submit(NOON + timedelta(minutes=31)).sealed_at == NOON + timedelta(minutes=30)


def test_the_sweep_seals_after_grace_with_the_deadline_as_the_end(
    database: Database, noon: time_machine.Traveller
) -> None:
    place = Place(database)
    place.start()
    noon.move_to(NOON + timedelta(minutes=55, seconds=29))
    assert place.sweep() == 0
    noon.move_to(NOON + timedelta(hours=7))
    assert place.sweep() == 1
    sitting = place.get()
    assert (sitting.state, sitting.sealed_at, sitting.submitted_at) == (
        SittingState.SEALED,
        NOON + timedelta(minutes=55),
        None,
    )
    assert sitting.final_hash
    assert place.sweep() == 0


def test_sealing_applies_the_key_and_finishes_the_enrolment(
    database: Database, noon: time_machine.Traveller
) -> None:
    place = Place(database)
    place.start(0)
    place.submit(NOON + timedelta(minutes=1), 0)
    place.start(1)
    place.submit(NOON + timedelta(minutes=2), 1)
    with database.reading() as session:
        assert session.get_one(Enrolment, place.enrolment.id).state is EnrolmentState.FINISHED
        assert len(session.scalars(sa.select(AutomaticScore)).all()) == 2
        assert list(journal.verify(session)) == []


def test_two_sweeps_at_once_seal_each_sitting_once(database: Database, noon: time_machine.Traveller) -> None:
    places = [Place(database, "stavoord-judgement") for _ in range(8)]
    for place in places:
        place.start()
    noon.shift(timedelta(hours=1))
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(places[0].sweep())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while places[0].sweep():
        pass
    with database.reading() as session:
        sealed = session.scalar(
            sa.select(sa.func.count()).select_from(Event).where(Event.action == "sitting.sealed")
        )
    assert sealed == 8
    assert sum(counts) <= 8


def test_two_sweeps_at_once_hold_the_enrolments_they_share_in_one_order(
    database: Database, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first takes one sitting of each, the second the others, of which those of the second enrolment ended first."""
    places = sorted(
        (Place(database, "stavoord-judgement", "practice-judgement") for _ in range(2)),
        key=lambda place: place.enrolment.id,
    )
    (one, other), (another, last) = (place.ids for place in places)
    with database.writing() as session:
        for minutes, sitting_id in enumerate((one, another, last, other), 1):
            factories.running(session, session.get_one(Sitting, sitting_id), at=NOON, minutes=minutes)
    noon.shift(timedelta(hours=1))
    monkeypatch.setattr(sittings, "SEALED_AT_ONCE", 2)
    second = in_the_gap(monkeypatch, sittings, "states", places[1].sweep)
    assert places[0].sweep() == 2
    assert second() == 2
    assert {place.get(number).state for place in places for number in (0, 1)} == {SittingState.SEALED}


def test_a_sweep_and_a_hand_in_do_not_wait_for_each_other(
    database: Database, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hand-in comes when the sweep has the head of the journal, which is last of all."""
    hall = Hall(database, 2, "stavoord-judgement", "practice-judgement", running=False)
    first, second = sorted(range(2), key=lambda number: hall.enrolments[number].id)
    with database.writing() as session:
        for number in (first, second):
            sitting = session.get_one(Sitting, hall.ids[number])
            factories.running(session, sitting, at=NOON, minutes=1)
        later = sittings.list_for(session, sitting.enrolment)[1]
        factories.running(session, later, at=NOON, minutes=120)

    def hand_in() -> Sitting:
        with database.writing() as session:
            return sittings.submit(session, later.id, clock.now(), GRACE, by=hall.actors[second])

    noon.shift(timedelta(hours=1))
    handed_in = in_the_gap(monkeypatch, journal, "_append", hand_in)
    assert hall.sweep() == 2
    assert handed_in().state is SittingState.SEALED


@pytest.mark.parametrize("failure", [ValueError, AttributeError, AssertionError, RecursionError])
def test_one_sitting_that_cannot_be_sealed_does_not_hold_up_the_others(
    database: Database,
    noon: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[Exception],
) -> None:  # robustness 12
    broken, whole = Place(database, "stavoord-judgement"), Place(database, "stavoord-judgement")
    broken.start()
    whole.start()
    noon.shift(timedelta(hours=1))
    real = sittings.what_counts

    def fails(session: Any, sitting: Sitting) -> Any:
        if sitting.id == broken.ids[0]:
            raise failure("this one")
        return real(session, sitting)

    monkeypatch.setattr(sittings, "what_counts", fails)
    assert whole.sweep() == 1
    assert (broken.get().state, whole.get().state) == (SittingState.RUNNING, SittingState.SEALED)


def test_a_sweep_whose_transaction_breaks_off_seals_nothing_and_says_so(
    database: Database, noon: time_machine.Traveller
) -> None:
    """Broken off after each of its statements in turn: those that were sealed before are open again."""
    hall = Hall(database, 3)
    noon.shift(timedelta(hours=1))

    def sealed() -> tuple[int, int]:
        with database.reading() as session:
            rows = session.scalars(sa.select(Sitting.state).where(Sitting.id.in_(hall.ids))).all()
            entries = session.scalars(sa.select(Event).where(Event.action == "sitting.sealed")).all()
        return rows.count(SittingState.SEALED), len(entries)

    for place in range(1, 26):
        with pytest.raises(UNAVAILABLE), Crash(database, AFTER, place).coming():
            hall.sweep()
        assert sealed() == (0, 0)
    assert hall.sweep() == 3
    assert sealed() == (3, 3)


def test_a_sealed_sitting_refuses_to_be_changed(database: Database) -> None:
    place = Place(database)
    place.start()
    place.submit(NOON + timedelta(minutes=1))
    for change in ({"state": SittingState.RUNNING}, {"deadline_at": NOON}, {"final_hash": "x"}):
        with pytest.raises(sa.exc.DBAPIError, match="sitting_is_sealed"), database.writing() as session:
            session.execute(sa.update(Sitting).where(Sitting.id == place.ids[0]).values(**change))


def test_withdrawing_ends_what_runs_and_is_final(database: Database) -> None:
    place = Place(database)
    place.start()
    for _ in range(2):
        with database.writing() as session:
            notices.withdraw(session, place.enrolment.id, by=place.by)
    with database.reading() as session:
        assert session.get_one(Enrolment, place.enrolment.id).state is EnrolmentState.WITHDRAWN
    assert place.get().state is SittingState.SEALED


@pytest.mark.parametrize("who", ["participant", "administrator"])
def test_whoever_withdraws_in_the_last_exercise_finishes_nothing_and_no_result_is_opened(
    database: Database, who: str
) -> None:
    hall = Hall(database, 1, "stavoord-judgement")
    if who == "participant":
        with database.writing() as session:
            notices.withdraw(session, hall.enrolments[0].id, by=hall.actors[0])
    else:
        hall.act(enrolments.withdraw, hall.enrolments[0].id)
    assert hall.get().state is SittingState.SEALED
    with database.reading() as session:
        enrolment = session.get_one(Enrolment, hall.enrolments[0].id)
        assert (enrolment.state, enrolment.finished_at) == (EnrolmentState.WITHDRAWN, None)
        assert session.scalars(sa.select(Integration)).all() == []


def withdraw(hall: Hall, who: str) -> None:
    if who == "administrator":
        hall.act(enrolments.withdraw, hall.enrolments[0].id)
        return
    with hall.database.writing() as session:
        notices.withdraw(session, hall.enrolments[0].id, by=hall.actors[0])


@pytest.mark.parametrize("who", ["participant", "administrator"])
def test_nobody_who_withdraws_at_the_moment_of_a_start_works_on(
    database: Database, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """The withdrawal comes between the question whether it may start and the start."""
    hall = Hall(database, 1, "stavoord-judgement", running=False)
    withdrawn = in_the_gap(monkeypatch, sittings, "reason_not_to_start", partial(withdraw, hall, who))
    hall.start()
    assert withdrawn() is None
    assert hall.get().state is SittingState.SEALED
    with database.reading() as session:
        assert session.get_one(Enrolment, hall.enrolments[0].id).state is EnrolmentState.WITHDRAWN


@pytest.mark.parametrize("who", ["participant", "administrator"])
def test_nobody_starts_at_the_moment_of_their_withdrawal(
    database: Database, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """The start comes when what ran was ended, and before the withdrawal is stored."""
    hall = Hall(database, 1, "stavoord-judgement", running=False)
    started = in_the_gap(monkeypatch, meetings, "free_all", hall.start)
    withdraw(hall, who)
    assert "You withdrew" in str(started())
    assert hall.get().state is SittingState.READY


@pytest.mark.parametrize("who", ["participant", "administrator"])
def test_handing_in_at_the_moment_of_a_withdrawal_and_the_withdrawal_wait_for_each_other_in_one_order(
    database: Database, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    hall = Hall(database)
    withdrawn = in_the_gap(monkeypatch, sittings, "what_counts", partial(withdraw, hall, who))
    hall.submit()
    assert withdrawn() is None
    assert hall.get().submitted_at == NOON
    with database.reading() as session:
        assert session.get_one(Enrolment, hall.enrolments[0].id).state is EnrolmentState.WITHDRAWN


def test_saying_that_one_will_not_come_and_a_withdrawal_wait_for_each_other_in_one_order(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(database, 1)
    (meeting,) = desk.offer()
    desk.book(meeting)

    def stop() -> None:
        with database.writing() as session:
            notices.withdraw(session, desk.enrolments[0].id, by=desk.actors[0])

    withdrawn = in_the_gap(monkeypatch, meetings, "_reason", stop)
    desk.free(meeting)
    assert withdrawn() is None
    assert desk.meeting(meeting).enrolment_id is None


@pytest.mark.parametrize("first", [0, 1])
def test_a_live_exercise_and_another_that_are_started_at_once_give_one_that_runs(
    database: Database, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """A live exercise does not wait for the order of the others, nor they for it."""
    desk = Desk(database, 1, "stavoord-case", "stavoord-role-play")
    (meeting,) = desk.offer()
    desk.book(meeting)
    noon.move_to(NOON + timedelta(days=1))
    with database.reading() as session:
        ids = [one.id for one in sittings.list_for(session, desk.enrolments[0])]

    def start(number: int) -> None:
        with database.writing() as session:
            sittings.start(session, ids[number], "en", by=desk.actors[0])

    other = in_the_gap(monkeypatch, sittings, "reason_not_to_start", partial(start, 1 - first))
    start(first)
    assert "Another exercise is running" in str(other())
    with database.reading() as session:
        states = [one.state for one in sittings.list_for(session, desk.enrolments[0])]
    assert states.count(SittingState.RUNNING) == 1


@pytest.mark.parametrize(
    ("minutes", "factor", "verdict"),
    [
        (55, 1.0, "open"),
        (55.5, 1.0, "grace"),
        (55.51, 1.0, "late"),
        (109, 2.0, "open"),
        (111, 2.0, "late"),
    ],
)
def test_one_function_decides_whether_something_may_be_written(
    database: Database, minutes: float, factor: float, verdict: str
) -> None:
    from exercises import content

    place = Place(database, time_factor=factor)
    sitting = place.start()
    exercise = content.shipped()["stavoord-case"]
    assert answers.may_write(sitting, exercise, "memo", NOON + timedelta(minutes=minutes), GRACE) == verdict


# Leaving out of the scores.


def test_an_administrator_leaves_a_sitting_out_and_takes_it_in_again(database: Database) -> None:  # rule U6
    room = Room(database, *HALF_DAY, weights=WEIGHTS)
    for who in (0, 1):
        room.rate(who, {"S1": 3, "S2": 3, "L3": 3})
        room.rate(who, {"L1": 3, "L3": 3, "P1": 3}, "E1")
    assert room.result().get("S1").estimate is not None
    with database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        by = factories.actor(session, session.merge(room.administrator))
        sittings.exclude(session, room.sittings["E5"], " a fire drill of 12 minutes ", centre=centre, by=by)
    left_out = room.result().get("S1")
    assert left_out.estimate is None
    assert {"U1", "U6"} <= set(left_out.reasons)
    with database.writing() as session:
        found = session.get_one(Sitting, room.sittings["E5"])
        assert found.exclusion_reason == "a fire drill of 12 minutes"
        centre = session.get_one(Centre, room.centre.id)
        sittings.include_again(session, found.id, centre=centre, by=by)
        sittings.include_again(session, found.id, centre=centre, by=by)
        assert (found.is_excluded, found.exclusion_reason) == (False, "")
    with database.reading() as session:
        kinds = session.scalars(
            sa.select(Event.action).where(Event.action.in_(("sitting.excluded", "sitting.included_again")))
        ).all()
        assert sorted(kinds) == ["sitting.excluded", "sitting.included_again"]
    assert room.result().get("S1").estimate is not None


def test_only_a_sealed_sitting_of_this_centre_is_left_out_and_with_a_reason(database: Database) -> None:
    room = Room(database)
    with database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        by = factories.actor(session, session.merge(room.administrator))
        elsewhere = factories.centre(session, "stavoord-case")
        other = factories.enrolment(session, elsewhere)
        ready = session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == other.id)).one()
        with pytest.raises(sittings.NoReason):
            sittings.exclude(session, room.sittings["E5"], "  ", centre=centre, by=by)
        with pytest.raises(errors.NotFound):
            sittings.exclude(session, room.sittings["E5"], "a fire drill", centre=elsewhere, by=by)
        with pytest.raises(sittings.NotSealed):
            sittings.exclude(session, ready.id, "a fire drill", centre=elsewhere, by=by)
        with pytest.raises(errors.NotFound):
            sittings.include_again(session, uuid4(), centre=centre, by=by)


def test_what_counted_in_a_signed_result_can_no_longer_change(database: Database) -> None:  # rule M8
    room = Room(database)
    for who in (0, 1):
        room.rate(who, {"S1": 3, "S2": 3, "L3": 3})
    found = room.integration()
    assert found
    with database.writing() as session:
        integrations.sign(session, found.id, by=room.by[room.responsible()])
    with database.writing() as session:
        centre = session.get_one(Centre, room.centre.id)
        by = factories.actor(session, session.merge(room.administrator))
        with pytest.raises(sittings.ResultSigned):
            sittings.exclude(session, room.sittings["E5"], "a fire drill", centre=centre, by=by)
        with pytest.raises(sittings.ResultSigned):
            sittings.include_again(session, room.sittings["E5"], centre=centre, by=by)
