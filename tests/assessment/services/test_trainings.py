"""Training: benchmark after benchmark, the panel's view only after one's own, and nothing of it in a test."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from assessment import errors
from assessment.database import Database
from assessment.models.benchmark import Use
from assessment.models.calibration import Calibration
from assessment.models.centre import Centre, CentreState
from assessment.services import calibration_tests, ratings, trainings
from tests import factories
from tests.assessment.query_count import counting
from tests.assessment.room import Room
from tests.assessment.training import exact, rate_showing, showings_of

SLUG = "stavoord-case"


def begin(room: Room, name: str = "", who: int = 0) -> UUID:
    with room.database.writing() as session:
        return trainings.begin(session, room.centre.id, SLUG, name, by=room.by[who]).id


def states(room: Room) -> list[tuple[str, int]]:
    with room.database.reading() as session:
        found = trainings.course(session, room.centre.id, SLUG, by=room.by[0])
        return [(one.state, one.times) for one in found.lessons]


def test_a_course_goes_from_benchmark_to_benchmark_and_can_be_repeated(database: Database) -> None:
    room = Room(database, calibrated=False)
    assert states(room) == [("new", 0)] * 3
    first = begin(room)
    assert begin(room) == first, "what is begun goes on"
    rate_showing(database, first, exact, room.by[0])
    assert states(room) == [("done", 1), ("new", 0), ("new", 0)]
    again = begin(room, "e5.bench.A")
    assert states(room)[0] == ("draft", 1)
    rate_showing(database, again, exact, room.by[0])
    assert states(room)[0] == ("done", 2)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Calibration)) == 0
        assert [one.code for queue in ratings.queues(session, by=room.by[0]) for one in queue.items] == [
            room.codes["E5"]
        ]


def test_what_the_panel_saw_is_seen_after_ones_own_rating_and_by_nobody_else(database: Database) -> None:
    room = Room(database, calibrated=False)
    shown = begin(room)
    with database.reading() as session, pytest.raises(errors.NotFound):
        trainings.comparison(session, shown, by=room.by[0])
    rate_showing(database, shown, exact, room.by[0])
    with database.reading() as session:
        found = trainings.comparison(session, shown, by=room.by[0])
        assert (found.benchmark.id, found.centre.id) == ("e5.bench.A", room.centre.id)
        with pytest.raises(errors.NotFound):
            trainings.comparison(session, shown, by=room.by[1])


def test_nothing_of_a_test_is_shown_as_training_and_nothing_trained_on_comes_in_a_test(
    database: Database,
) -> None:
    room = Room(database, calibrated=False)
    for _ in range(3):
        rate_showing(database, begin(room), exact, room.by[0])
    with database.writing() as session:
        test = calibration_tests.begin(session, room.centre.id, SLUG, by=room.by[0])
        test_id = test.id
    shown = showings_of(database, room.by[0])
    trained = {one.name for one in shown if one.use is Use.TRAINING}
    tested = {one.name for one in shown if one.use is Use.TEST}
    assert (len(trained), len(tested), trained & tested) == (3, 3, set())
    with database.reading() as session:
        for one in calibration_tests.shown_in(session, session.get_one(Calibration, test_id)):
            with pytest.raises(errors.NotFound):
                trainings.comparison(session, one.id, by=room.by[0])


def test_one_can_train_before_the_centre_opens(database: Database) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG, state=CentreState.DRAFT)
        person = factories.assessor(session, centre)
        by = factories.actor(session, person)
        centre_id = centre.id
    with database.writing() as session:
        shown = trainings.begin(session, centre_id, SLUG, by=by).id
    rate_showing(database, shown, exact, by)
    with database.reading() as session:
        assert session.get_one(Centre, centre_id).state is CentreState.DRAFT
        assert trainings.comparison(session, shown, by=by).rating.submitted_at


def test_the_courses_take_as_many_queries_for_one_exercise_as_for_five(sqlite_database: Database) -> None:
    counts = []
    for slugs in (
        (SLUG,),
        ("stavoord-in-tray", "stavoord-case", "stavoord-game", "stavoord-role-play", "stavoord-reflection"),
    ):
        with sqlite_database.writing() as session:
            centre = factories.centre(session, *slugs)
            by = factories.actor(session, factories.assessor(session, centre))
        with sqlite_database.reading() as session:
            trainings.courses(session, by=by)  # versions are kept by the process
            session.expunge_all()
            with counting(sqlite_database) as count:
                assert len(trainings.courses(session, by=by)) == len(slugs)
            counts.append(count.n)
    assert counts[0] == counts[1]
