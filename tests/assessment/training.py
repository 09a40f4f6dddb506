"""Assessors who train and are tested, through the services and the unchanged workbench."""

from collections.abc import Callable, Mapping
from uuid import UUID

import sqlalchemy as sa

from assessment.access import Actor
from assessment.database import Database
from assessment.models.benchmark import Showing
from assessment.models.calibration import Calibration
from assessment.services import benchmarks, calibration_tests, ratings, readings
from assessment.services.ratings import Draft, Passage
from exercises.rubric import framework

Judgement = Callable[[str, str, int], int | None]
"""Benchmark, dimension and reference level to a level; None for "no evidence"."""


def exact(_name: str, _dimension: str, level: int) -> int:
    return level


def backwards(_name: str, _dimension: str, level: int) -> int:
    return 5 if level <= 3 else 1


def rate(database: Database, assignment_id: UUID, levels: Mapping[str, int | None], by: Actor) -> None:
    """Begin, tie a passage to each dimension that gets a level, and submit."""
    with database.writing() as session:
        ratings.begin(session, assignment_id, by=by)
    with database.writing() as session:
        place = ratings.desk(session, assignment_id, by=by)
        block = next(one for one in readings.blocks(session, place.sitting, by.language) if one.text)
        for dimension, level in levels.items():
            if level is not None:
                behaviour = framework()[dimension].behaviours[0].id
                ratings.observe(
                    session, assignment_id, Passage(block.id, 0, 9, dimension, behaviour, "+"), by=by
                )
    with database.writing() as session:
        place = ratings.desk(session, assignment_id, by=by)
        assert place.rating
        draft = Draft(place.rating.version, {name: level or 0 for name, level in levels.items()}, (), "")
        ratings.save(session, assignment_id, draft, by=by)
    with database.writing() as session:
        ratings.submit(session, assignment_id, by=by)


def levels(database: Database, showing_id: UUID, judge: Judgement) -> dict[str, int | None]:
    """What somebody who judges like this gives to what is shown."""
    with database.reading() as session:
        showing = session.get_one(Showing, showing_id)
        found = benchmarks.find(session, showing, showing.assignment.sitting.version_hash)
        assert found
        return {name: judge(showing.name, name, one.level) for name, one in found.references.items()}


def rate_showing(database: Database, showing_id: UUID, judge: Judgement, by: Actor) -> None:
    with database.reading() as session:
        assignment_id = session.get_one(Showing, showing_id).assignment_id
    rate(database, assignment_id, levels(database, showing_id, judge), by)


def take_test(
    database: Database, centre_id: UUID, by: Actor, judge: Judgement, slug: str = "stavoord-case"
) -> Calibration:
    """Begin a test and rate all that it shows."""
    with database.writing() as session:
        test_id = calibration_tests.begin(session, centre_id, slug, by=by).id
    with database.reading() as session:
        shown = [one.id for one in calibration_tests.shown_in(session, session.get_one(Calibration, test_id))]
    for showing_id in shown:
        rate_showing(database, showing_id, judge, by)
    with database.reading() as session:
        return session.get_one(Calibration, test_id)


def showings_of(database: Database, by: Actor) -> list[Showing]:
    with database.reading() as session:
        return list(
            session.scalars(
                sa.select(Showing).where(Showing.assessor_id == by.person_id).order_by(Showing.shown_at)
            )
        )
