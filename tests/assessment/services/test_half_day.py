"""The standard half-day as it is shipped: seven exercises whose suggested weights keep the rules of the profession."""

import pytest

from assessment.access import Actor
from assessment.database import Database
from assessment.services import centres
from exercises.content import shipped
from exercises.rubric import framework
from tests import factories
from tests.assessment import composing

NAMED = {exercise.id: exercise for exercise in shipped().values()}


def test_the_half_day_of_e1_to_e7_opens_with_its_suggested_weights(database: Database, by: Actor) -> None:
    # rules M1, M2, M3, and the order that the exercises ask for
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by)
        session.flush()
        assert {entry.exercise for entry in centre.exercises} == set(centres.SUGGESTED_EXERCISES)
        assert [str(problem) for problem in centres.shortcomings(session, centre)] == []
        rows = centres.matrix(session, centre)
        assert [row.dimension.id for row in rows if row.is_claimed] == list(framework())
        for row in rows:
            assert row.total == pytest.approx(1)


@pytest.mark.parametrize("dimension", framework())
def test_the_fullest_claim_of_a_dimension_rests_on_exercises_that_show_it(dimension: str) -> None:
    shares = next(shares for claimed, shares in centres.SUGGESTED_WEIGHTS if claimed == dimension)
    assert sum(shares.values()) == pytest.approx(1)
    assert len(shares) >= 2  # rule M2
    assert all(dimension in NAMED[exercise].dimensions for exercise in shares)
    judged = sum(share for exercise, share in shares.items() if NAMED[exercise].is_judgement)
    assert judged <= centres.MOST_OF_A_JUDGEMENT
    assert any(NAMED[exercise].is_simulation for exercise in shares)  # rule M1
    for exercise in shares:
        if dimension in NAMED[exercise].rated:  # rule M3
            rated = NAMED[exercise].rubric.get(dimension)
            assert len(rated.anchors) == 5
            assert {line.sign for line in rated.checklist} == {"+", "-"}


@pytest.fixture
def by(database: Database) -> Actor:
    with database.writing() as session:
        return factories.actor(session, factories.administrator(session))
