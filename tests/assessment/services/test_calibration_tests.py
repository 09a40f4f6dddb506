"""Calibration tests: benchmarks in the unchanged workbench, judged by what the panel accepts, and the right to rate."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock, errors, journal
from assessment.database import Database
from assessment.models.benchmark import Showing, Use
from assessment.models.calibration import Calibration, CalibrationState
from assessment.models.centre import Centre
from assessment.models.event import Mail
from assessment.models.person import Person
from assessment.models.rating import Adjudication, Assignment, AssignmentState, Integration, Rating
from assessment.models.sitting import Sitting
from assessment.services import (
    assignments,
    calibration_tests,
    calibrations,
    centres,
    programmes,
    progress,
    ratings,
    readings,
    rehearsals,
    standards,
)
from assessment.services.calibration_tests import Pair
from tests import factories
from tests.assessment.desk import at_once
from tests.assessment.room import Room
from tests.assessment.training import backwards, exact, rate_showing, showings_of, take_test

SLUG = "stavoord-case"
LEVELS = {"S1": 3, "S2": 3, "L3": 3}


def test_a_test_shows_benchmarks_in_the_workbench_and_nothing_of_them_in_the_queue(
    database: Database,
) -> None:
    room = Room(database, calibrated=False)
    with database.writing() as session:
        calibration_tests.begin(session, room.centre.id, SLUG, by=room.by[0])
    shown = showings_of(database, room.by[0])
    assert {one.name for one in shown} == {"e5.bench.D", "e5.bench.F", "e5.bench.G"}
    with database.reading() as session:
        place = ratings.desk(session, shown[0].assignment_id, by=room.by[0])
        assert (place.use, place.centre.id) == (Use.TEST, room.centre.id)
        words = " ".join(one.text for one in readings.blocks(session, place.sitting, "en"))
        assert len(words.split()) > 120
        assert readings.MASK not in words
        queue = ratings.queues(session, by=room.by[0])
        assert [item.code for one in queue for item in one.items] == [room.codes["E5"]]
        with pytest.raises(errors.NotFound):  # somebody else's
            ratings.desk(session, shown[0].assignment_id, by=room.by[1])


def test_who_passes_may_rate_and_who_does_not_may_not(database: Database) -> None:  # M6

    room = Room(database, calibrated=False)
    passed = take_test(database, room.centre.id, room.by[0], exact)
    failed = take_test(database, room.centre.id, room.by[1], backwards)
    assert (passed.state, failed.state) == (CalibrationState.PASSED, CalibrationState.FAILED)
    assert passed.valid_until_on == clock.now().date() + timedelta(days=365)
    assert passed.result
    assert failed.result
    assert passed.result["failed"] == []
    assert passed.result["exact"]["estimate"] == 1
    assert passed.result["bias"]["estimate"] == 0
    assert passed.result["kappa"] is None  # only from 30 ratings on
    assert {"exact", "within_one"} <= set(failed.result["failed"])
    room.rate(0, LEVELS)
    room.prepare(1, LEVELS)
    with pytest.raises(ratings.NotCalibrated):
        room.submit(1)


def test_a_benchmark_is_adjudicated_by_nobody_and_integrated_nowhere(database: Database) -> None:
    room = Room(database)
    for judge, by in ((exact, room.by[0]), (backwards, room.by[1])):
        take_test(database, room.centre.id, by, judge)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Adjudication)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Integration)) == 0
        centre = session.get_one(Centre, room.centre.id)
        assert [(one.assigned, one.submitted) for one in assignments.loads(session, centre)] == [
            (0, 0),
            (1, 0),
            (1, 0),
        ]
        assert assignments.coverage(session, centre) == assignments.Coverage(1, 0, 0)
        by = factories.actor(session, session.get_one(Person, room.administrator.id))
        assert [one.id for one in programmes.list_for(session, by=by)] == [centre.programme_id]
        assert len(progress.follow(session, centre)) == 1
        copies = session.scalars(sa.select(Centre).where(Centre.is_for_benchmarks)).all()
        assert len(copies) == 1
        for call in (
            partial(centres.get, session, copies[0].id),
            partial(programmes.get, session, copies[0].programme_id),
        ):
            with pytest.raises(errors.NotFound):
                call(by=by)
        assert rehearsals.list_all(session) == []
        assert list(journal.verify(session)) == []
    with pytest.raises(rehearsals.NotARehearsal):
        rehearsals.remove(database, copies[0].id)


def test_a_test_can_be_interrupted_and_begun_again_is_the_same(database: Database) -> None:
    room = Room(database, calibrated=False)

    def begin() -> None:
        with database.writing() as session:
            calibration_tests.begin(session, room.centre.id, SLUG, by=room.by[0])

    assert at_once(*(begin for _ in range(4))) == [None] * 4
    shown = showings_of(database, room.by[0])
    assert len(shown) == 3
    rate_showing(database, shown[0].id, exact, room.by[0])
    with database.reading() as session:
        assert session.scalars(sa.select(Calibration)).one().state is CalibrationState.BEGUN
    begin()
    assert len(showings_of(database, room.by[0])) == 3


def test_a_benchmark_seen_in_training_is_in_no_test_and_one_of_a_test_rests(database: Database) -> None:
    room = Room(database, calibrated=False)
    first = take_test(database, room.centre.id, room.by[0], backwards)
    with database.writing() as session, pytest.raises(calibration_tests.ComesBack) as refused:
        calibration_tests.begin(session, room.centre.id, SLUG, by=room.by[0])
    assert refused.value.values["day"] == (clock.now() + calibration_tests.RESTS).date()
    with time_machine.travel(clock.now() + calibration_tests.RESTS + timedelta(minutes=1)):
        second = take_test(database, room.centre.id, room.by[0], exact)
    assert second.id != first.id
    assert second.state is CalibrationState.PASSED


def test_only_an_assessor_of_the_centre_can_be_tested_and_only_on_what_is_rated(database: Database) -> None:
    room = Room(database, "stavoord-judgement", "stavoord-case")
    with database.writing() as session:
        stranger = factories.actor(session, factories.person(session))
    for centre_id, slug, by in (
        (room.centre.id, SLUG, stranger),
        (room.centre.id, "stavoord-judgement", room.by[0]),
        (room.centre.id, "nothing", room.by[0]),
        (uuid4(), SLUG, room.by[0]),
    ):
        with database.writing() as session, pytest.raises(errors.NotFound):
            calibration_tests.begin(session, centre_id, slug, by=by)


def pairs(*given: tuple[int | None, int], dimension: str = "S1") -> list[Pair]:
    return [Pair(f"b{n}", dimension, score, level, (level, level)) for n, (score, level) in enumerate(given)]


def test_agreement_is_with_what_the_panel_accepts_and_bias_with_its_level() -> None:
    found = [Pair("b", "S1", 4, 3, (3, 4)), Pair("c", "S1", 2, 2, (1, 2)), Pair("d", "S1", 5, 3, (3, 4))]
    figures = calibration_tests.compared(found)
    assert figures["exact"]["estimate"] == pytest.approx(2 / 3)
    assert figures["within_one"]["estimate"] == 1
    assert figures["bias"]["estimate"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("given", "failed"),
    [
        (pairs((3, 3), (4, 4), (2, 2), (5, 5)), []),
        (pairs((4, 3), (5, 4), (3, 2), (5, 5)), ["exact", "bias"]),
        (pairs((3, 3), (4, 4), (2, 2), (2, 5), (1, 1)), ["within_one", "bias", "apart"]),
        (pairs((None, 3), (4, 4), (2, 2), (5, 5)), ["no_evidence"]),
        (pairs((None, 3)), ["no_evidence"]),
        (
            pairs((3, 3), (3, 3), (3, 3), (3, 3), (4, 4), (4, 4))
            + pairs((4, 2), (5, 3), (4, 3), dimension="L3"),
            ["within_one", "bias", "bias:L3"],
        ),
    ],
)
def test_a_test_says_what_was_not_reached(given: list[Pair], failed: list[str]) -> None:
    assert calibration_tests.judge(given, standards.Asked(exact=0.5))["failed"] in (
        failed,
        [one for one in failed if one != "exact"],
    )


def answer(name: str, *given: tuple[int, int]) -> list[Pair]:
    """Scores and the panel's levels on the dimensions of one answer."""
    return [
        Pair(name, dimension, score, level, (level, level))
        for dimension, (score, level) in zip(("S1", "S2", "L3"), given, strict=False)
    ]


@pytest.mark.parametrize(
    ("given", "apart"),
    [
        (answer("a", (5, 5), (1, 1)) + answer("b", (4, 4), (2, 2)), 1.0),
        (answer("a", (3, 5), (3, 1)) + answer("b", (3, 4), (3, 2)), 0.0),  # one impression of each answer
        (answer("a", (3, 2), (5, 4)) + answer("b", (3, 2), (5, 4)), 1.0),  # lenient, and no halo
        (answer("a", (1, 1), (1, 1)) + answer("b", (5, 5), (5, 5)), None),  # the panel sees none either
        (pairs((3, 1), (3, 3), (3, 5)), 0.0),  # one dimension: between answers
        (pairs((3, 3), (4, 4)), None),
    ],
)
def test_what_the_panel_keeps_apart_has_to_be_kept_apart(given: list[Pair], apart: float | None) -> None:
    figures = calibration_tests.judge(given, standards.Asked(exact=0, within_one=0, bias=4, dimension_bias=4))
    assert (figures["apart"] and figures["apart"]["estimate"]) == (apart and pytest.approx(apart))
    assert figures["failed"] == (["apart"] if apart == 0 else [])


def test_a_test_holds_six_ratings_at_least() -> None:
    asked = standards.Asked(benchmarks=2)
    assert [calibration_tests.how_many(asked, rated) for rated in (1, 2, 3)] == [6, 3, 2]
    assert calibration_tests.how_many(standards.Asked(), 2) == 4


def test_weighted_kappa_comes_with_thirty_ratings() -> None:
    given = pairs(*[(1 + n % 5, 1 + n % 5) for n in range(30)])
    assert calibration_tests.compared(given[:29])["kappa"] is None
    assert calibration_tests.compared(given)["kappa"]["estimate"] == 1


def test_what_is_asked_changes_only_with_a_reason_and_nothing_is_written_over(database: Database) -> None:
    room = Room(database, calibrated=False)
    with database.writing() as session:
        by = factories.actor(session, session.get_one(Person, room.administrator.id))
        centre = session.get_one(Centre, room.centre.id)
        with pytest.raises(standards.NoReason):
            standards.set_to(session, centre, standards.Asked(exact=0.5), " ", by=by)
        with pytest.raises(standards.NotAShare):
            standards.set_to(session, centre, standards.Asked(exact=0.99), "why", by=by)
        with pytest.raises(standards.OutOfRange):
            standards.set_to(session, centre, standards.Asked(recheck_every=2), "why", by=by)
        standards.set_to(session, centre, standards.Asked(valid_days=30, recheck_every=0), "pilot", by=by)
    with database.reading() as session:
        assert standards.of(session, room.centre.id).valid_days == 30
    passed = take_test(database, room.centre.id, room.by[0], exact)
    assert passed.valid_until_on == clock.now().date() + timedelta(days=30)
    for table in ("standard", "showing"):
        with pytest.raises(sa.exc.DBAPIError, match=f"{table}_is_kept"), database.writing() as session:
            session.execute(sa.text(f"DELETE FROM {table}"))


def test_a_calibration_lapses_and_its_holder_is_told_before(database: Database) -> None:
    room = Room(database, calibrated=False)
    take_test(database, room.centre.id, room.by[0], exact)

    def letters() -> list[str]:
        with database.reading() as session:
            return list(session.scalars(sa.select(Mail.subject)))

    def lapse(days: int) -> int:
        with time_machine.travel(clock.now() + timedelta(days=days)), database.writing() as session:
            return calibration_tests.lapse(session, base_url="http://klei.test")

    assert lapse(300) == 0
    assert lapse(340) == 1
    assert lapse(341) == 0, "told once"
    assert len(letters()) == 1
    assert "ends on" in letters()[0]
    with database.reading() as session:
        one = session.scalars(sa.select(Calibration)).one()
        assert one.state is CalibrationState.PASSED
    assert lapse(366) == 0
    with database.reading() as session:
        one = session.scalars(sa.select(Calibration)).one()
        assert one.state is CalibrationState.LAPSED
        assert (
            calibrations.valid_for(session, room.by[0].person_id, room.centre.id, "E5", clock.now().date())
            is None
        )


def test_nobody_hands_back_a_test(database: Database) -> None:
    room = Room(database, calibrated=False)
    with database.writing() as session:
        calibration_tests.begin(session, room.centre.id, SLUG, by=room.by[0])
    with database.writing() as session, pytest.raises(errors.NotAllowedNow):
        ratings.give_back(session, showings_of(database, room.by[0])[0].assignment_id, by=room.by[0])
    with database.reading() as session:
        states = session.scalars(sa.select(Assignment.state).join(Showing)).all()
        assert set(states) == {AssignmentState.OPEN}
        assert session.scalar(sa.select(sa.func.count()).select_from(Rating)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Sitting)) == 4
