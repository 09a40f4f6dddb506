"""Benchmarks made from sealed sittings: without names, rated apart, agreed once, used like any other, retired."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from assessment import errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.benchmark import Benchmark, BenchmarkSet, BenchmarkState, Showing, Use
from assessment.models.calibration import Calibration
from assessment.models.centre import Centre
from assessment.models.person import Person
from assessment.models.rating import Assignment, Rating
from assessment.services import benchmarks, calibration_tests, erasures, panels, ratings, readings
from assessment.services.panels import Agreed
from assessment.services.ratings import Draft
from exercises.content import SHELF, read
from tests import factories
from tests.assessment.room import Room
from tests.assessment.services.test_erasures import everything
from tests.assessment.training import rate

MEMO = "Sanne here. I advise option B in stages; tell Henk from Zwolle. Germany waits."
LEVELS = {"L3": 3, "S1": 4, "S2": 2}


class Hall(Room):
    """A room with two assessors more, who have had nothing of its participant."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, memo=MEMO)
        with database.writing() as session:
            centre = session.get_one(Centre, self.centre.id)
            self.others: list[Actor] = [
                factories.actor(session, factories.assessor(session, centre)) for _ in range(2)
            ]
            self.admin = factories.actor(session, session.get_one(Person, self.administrator.id))

    def make(self, panel: Sequence[UUID] | None = None, **values: object) -> UUID:
        given = {
            "title": "Stages",
            "basis": "Section 3 of the notice",
            "words": ["Henk", "Zwolle"],
            "is_read": True,
            **values,
        }
        with self.database.writing() as session:
            return panels.make(
                session,
                session.get_one(Centre, self.centre.id),
                self.sittings["E5"],
                panel=[one.person_id for one in self.others] if panel is None else panel,
                by=self.admin,
                **given,  # type: ignore[arg-type]
            ).id

    def shown(self) -> list[Showing]:
        with self.database.reading() as session:
            return list(session.scalars(sa.select(Showing).where(Showing.use == Use.PANEL)))

    def rate_all(self) -> None:
        by = {one.person_id: one for one in self.others}
        for one in self.shown():
            rate(self.database, one.assignment_id, LEVELS, by[one.assessor_id])

    def agree(self, benchmark_id: UUID, into: BenchmarkSet = BenchmarkSet.TEST, **changed: object) -> None:
        with self.database.writing() as session:
            centre = session.get_one(Centre, self.centre.id)
            panel = panels.get(session, centre, benchmark_id)
            tied = [one.id for m in panel.members if m.rating for one in m.rating.observations]
            agreed = {
                name: Agreed(level, level, min(5, level + 1), "They say why.", tuple(tied))
                for name, level in LEVELS.items()
            }
            panels.agree(
                session,
                centre,
                benchmark_id,
                into,
                {**agreed, **changed},  # type: ignore[arg-type]
                by=self.admin,
            )


def test_what_somebody_wanted_erased_leaves_levels_and_no_word(database: Database) -> None:
    """rule G9: the text, what a panel and a test took from it and why go; what was learnt stays as numbers."""
    hall = Hall(database)
    benchmark = hall.make()
    hall.rate_all()
    hall.agree(benchmark)
    with database.writing() as session:
        calibration_tests.begin(session, hall.centre.id, "stavoord-case", by=hall.by[2])
    assert "option B in stages" in everything(database)
    with database.writing() as session:
        erasures.erase(session, hall.enrolment.id, is_asked=True, by=hall.admin)
        erasures.erase(session, hall.enrolment.id, is_asked=True, by=hall.admin)
    left = everything(database)
    for words in ("option B in stages", "Germany waits", "They say why."):
        assert words not in left
    with database.reading() as session:
        found = session.get_one(Benchmark, benchmark)
        assert found.state is BenchmarkState.RETIRED
        assert found.retired_reason
        assert found.references
        assert {name: one["level"] for name, one in found.references.items()} == LEVELS
        assert not [one for given in found.references.values() for one in given["passages"]]
        panel = panels.get(session, session.get_one(Centre, hall.centre.id), benchmark)
        assert [{one.dimension: one.score for one in m.rating.dimensions} for m in panel.members if m.rating] == [LEVELS, LEVELS]  # fmt: skip


def test_what_a_panel_is_still_rating_is_emptied_too(database: Database) -> None:
    hall = Hall(database)
    hall.make()
    with database.writing() as session:
        erasures.erase(session, hall.enrolment.id, is_asked=True, by=hall.admin)
    assert "option B in stages" not in everything(database)


def test_who_finds_an_emptied_text_in_a_test_is_not_judged_by_it(database: Database) -> None:
    hall = Hall(database)
    benchmark = hall.make()
    hall.rate_all()
    hall.agree(benchmark)
    with database.writing() as session:
        test = calibration_tests.begin(session, hall.centre.id, "stavoord-case", by=hall.by[2])
        erasures.erase(session, hall.enrolment.id, is_asked=True, by=hall.admin)
        shown = calibration_tests.shown_in(session, session.get_one(Calibration, test.id))
        (emptied,) = [one for one in shown if one.benchmark_id == benchmark]
        assignment = emptied.assignment_id
    rate_nothing(database, assignment, hall.by[2])
    with database.reading() as session:
        found = {emptied.id: session.scalars(sa.select(Rating).join(Assignment, Assignment.sitting_id == Rating.sitting_id).where(Assignment.id == assignment)).one()}  # fmt: skip
        assert calibration_tests.pairs_of(session, [session.get_one(Showing, emptied.id)], found) == []


def rate_nothing(database: Database, assignment_id: UUID, by: Actor) -> None:
    """Submit that there was no evidence of anything."""
    with database.writing() as session:
        ratings.begin(session, assignment_id, by=by)
        place = ratings.desk(session, assignment_id, by=by)
        assert not [one for one in readings.blocks(session, place.sitting, by.language) if one.text.strip()]
        ratings.save(session, assignment_id, Draft(1, dict.fromkeys(LEVELS, 0), (), ""), by=by)
        ratings.submit(session, assignment_id, by=by)


def test_what_a_panel_reads_has_no_names(database: Database) -> None:
    hall = Hall(database)
    benchmark_id = hall.make()
    with database.reading() as session:
        stored = str(session.get_one(Benchmark, benchmark_id).answers)
        assert not any(word in stored for word in ("Sanne", "Henk", "Zwolle"))
        assert readings.MASK in stored
        for one, by in zip(
            sorted(hall.shown(), key=lambda s: str(s.assessor_id)),
            sorted(hall.others, key=lambda a: str(a.person_id)),
            strict=True,
        ):
            place = ratings.desk(session, one.assignment_id, by=by)
            assert place.use is Use.PANEL
            assert "option B in stages" in " ".join(
                b.text for b in readings.blocks(session, place.sitting, "en")
            )
            assert place.sitting.code != hall.codes["E5"]
        assert len({one.assignment_id for one in hall.shown()}) == 2


def test_a_name_is_masked_where_it_was_written_and_stays_where_it_was_chosen_from_a_list() -> None:
    exercise = read(SHELF / "stavoord-in-tray")
    name = exercise.structure["people"][1]["id"]
    sent = {"kind": "forward", "to": [name], "tag": "stops", "text": f"Dear {name}, go on."}
    masked = panels._without_names(
        exercise, exercise.structure["messages"][1]["id"], sent, [(panels._whole(name), readings.NOTHING)]
    )
    assert masked["to"] == [name]
    assert name not in masked["text"]
    assert readings.MASK in masked["text"]


def test_nobody_who_has_had_this_participant_is_on_the_panel(database: Database) -> None:
    hall = Hall(database)
    with database.reading() as session:
        centre = session.get_one(Centre, hall.centre.id)
        able = {one.id for one in panels.may_be_on_it(session, centre, hall.sittings["E5"])}
    assert able == {hall.by[2].person_id, *(one.person_id for one in hall.others)}
    with pytest.raises(panels.TooFewOnPanel):
        hall.make([hall.by[0].person_id, hall.others[0].person_id])
    for missing, error in (
        ({"title": " "}, panels.NoTitle),
        ({"basis": ""}, panels.NoBasis),
        ({"is_read": False}, panels.NotReadThrough),
    ):
        with pytest.raises(error):
            hall.make(**missing)


def test_the_ratings_are_seen_together_and_agreed_once(database: Database) -> None:
    hall = Hall(database)
    benchmark_id = hall.make()
    first, second = hall.shown()
    by = {one.person_id: one for one in hall.others}
    rate(database, first.assignment_id, LEVELS, by[first.assessor_id])
    with database.reading() as session:
        panel = panels.get(session, session.get_one(Centre, hall.centre.id), benchmark_id)
        assert [one.rating for one in panel.members] == [None, None]
    with pytest.raises(panels.NotAllIn):
        hall.agree(benchmark_id)
    rate(database, second.assignment_id, LEVELS, by[second.assessor_id])
    with pytest.raises(panels.NotARange):
        hall.agree(benchmark_id, S1=Agreed(4, 2, 4, "why", ()))
    with pytest.raises(panels.NoReason):
        hall.agree(benchmark_id, S1=Agreed(4, 4, 4, " ", ()))
    hall.agree(benchmark_id)
    with pytest.raises(errors.NotAllowedNow):
        hall.agree(benchmark_id)
    with pytest.raises(sa.exc.DBAPIError, match="benchmark_is_agreed_once"), database.writing() as session:
        session.execute(sa.update(Benchmark).values(references={}))
    with pytest.raises(sa.exc.DBAPIError, match="benchmark_is_kept"), database.writing() as session:
        session.execute(sa.delete(Benchmark))


def test_what_was_agreed_is_used_like_what_ships_but_not_by_its_panel(database: Database) -> None:
    hall = Hall(database)
    benchmark_id = hall.make()
    hall.rate_all()
    hall.agree(benchmark_id)
    with database.writing() as session:
        calibration_tests.begin(session, hall.centre.id, "stavoord-case", by=hall.by[2])
        calibration_tests.begin(session, hall.centre.id, "stavoord-case", by=hall.others[0])
    with database.reading() as session:
        tests = session.scalars(sa.select(Showing).where(Showing.use == Use.TEST)).all()
        names = {
            who.person_id: {one.name for one in tests if one.assessor_id == who.person_id}
            for who in (hall.by[2], hall.others[0])
        }
        assert str(benchmark_id) in names[hall.by[2].person_id]
        assert str(benchmark_id) not in names[hall.others[0].person_id]
        shown = next(one for one in tests if one.name == str(benchmark_id))
        found = benchmarks.find(session, shown, shown.assignment.sitting.version_hash)
        assert found
        assert found.references["S1"].accepted == (4, 5)
        assert found.references["S1"].passages
    with database.writing() as session:
        centre = session.get_one(Centre, hall.centre.id)
        with pytest.raises(panels.NoReason):
            panels.retire(session, centre, benchmark_id, " ", by=hall.admin)
        panels.retire(session, centre, benchmark_id, "Somebody knew it.", by=hall.admin)
    with database.reading() as session:
        centre = session.get_one(Centre, hall.centre.id)
        pool = benchmarks.pool(session, centre, centre.exercises[0])
        assert str(benchmark_id) not in {one.name for one in pool}


def test_a_benchmark_of_another_centre_is_not_found(database: Database) -> None:
    hall = Hall(database)
    benchmark_id = hall.make()
    with database.writing() as session:
        elsewhere = factories.centre(session, "stavoord-case")
        with pytest.raises(errors.NotFound):
            panels.get(session, elsewhere, benchmark_id)
        for sitting_id in (hall.sittings["E5"], uuid4()):
            with pytest.raises(errors.NotFound):
                panels.preview(session, elsewhere, sitting_id, (), "en")
