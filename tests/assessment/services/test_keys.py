"""Automatic scores: made at sealing, by version, and repeatable to the byte."""

import json

import pytest
import sqlalchemy as sa

from assessment.database import Database
from assessment.models.rating import AutomaticScore, Rating
from assessment.models.sitting import Sitting
from assessment.services import answers, keys, shelf, versions
from exercises import content
from tests.assessment.room import HALF_DAY, Room


def test_a_key_gives_the_same_bytes_again(database: Database) -> None:  # rule T6
    Room(database, *HALF_DAY)
    with database.reading() as session:
        stored = session.scalars(sa.select(AutomaticScore)).all()
        assert len(stored) == 3
        for one in stored:
            sitting = session.get_one(Sitting, one.sitting_id)
            exercise = versions.get(session, sitting.version_hash)
            assert keys.spelled(exercise, answers.counting(session, sitting)) == one.result


def test_sealing_scores_once_per_version_of_the_key(database: Database) -> None:
    room = Room(database)
    with database.writing() as session:
        keys.score(session, session.get_one(Sitting, room.sittings["E5"]))
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AutomaticScore)) == 1


def test_a_stored_result_reads_as_it_was_written(database: Database) -> None:
    room = Room(database)
    with database.reading() as session:
        sitting = session.get_one(Sitting, room.sittings["E5"])
        exercise = versions.get(session, sitting.version_hash)
        computed = versions.kind_of(exercise).key(exercise, answers.counting(session, sitting))
        assert keys.results_of(session, [sitting.id]) == {sitting.id: computed}
        assert [one.dimension for one in computed.scores] == ["S1"]


@pytest.mark.parametrize("edit", ["wording", "structure"])
def test_a_newer_version_leaves_ratings_and_scores_with_theirs(
    database: Database, edit: str
) -> None:  # robustness 28
    room = Room(database)
    room.rate(0, {"S1": 4, "S2": 3, "L3": 4})

    def judged() -> list[object]:
        with database.reading() as session:
            ratings = session.execute(sa.select(Rating.rubric_hash, Rating.version, Rating.state)).all()
            scores = session.execute(sa.select(AutomaticScore.key_hash, AutomaticScore.result)).all()
            return [session.scalars(sa.select(Sitting.version_hash)).all(), ratings, scores]

    before = judged()
    with database.writing() as session:
        old = versions.get(session, session.get_one(Sitting, room.sittings["E5"]).version_hash)
        document = json.loads(content.canonical(old.document()))
        dimension = next(iter(document["rubric"]["dimensions"].values()))
        if edit == "wording":
            dimension["anchors"][0]["en"] += " A typing error less."
        else:
            document["structure"]["rated"] = document["structure"]["rated"][:-1]
        changed = content.from_document(document)
        assert shelf.store(session, changed) != old.hash
        assert versions.get(session, old.hash).document() == old.document()
        keys.score(session, session.get_one(Sitting, room.sittings["E5"]))
    assert judged() == before
