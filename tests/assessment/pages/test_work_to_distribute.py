"""The pages on which rating work is planned, dealt, taken from the pool and handed over."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assessment import clock
from assessment.database import Database
from assessment.models.centre import CentreExercise, ScoringPlan
from assessment.models.rating import Assignment, AssignmentState, Vacancy
from assessment.services import pools
from tests import factories
from tests.assessment.room import Room
from tests.conftest import count_rows, log_in


def page(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


class House:
    """A room in which nothing is dealt yet, with its administrator and an assessor logged in."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app, self.database, self.room = app, database, Room(database)
        with database.writing() as session:
            session.execute(sa.delete(Assignment))
            factories.without_rechecks(session, self.room.centre)
            self.entry_id = session.scalars(
                sa.select(CentreExercise.id).filter_by(centre_id=self.room.centre.id)
            ).one()
        self.admin = log_in(app.test_client(), self.room.administrator)
        self.here = f"/administrator/centres/{self.room.centre.id}/assessors"

    def enter(self, who: int) -> FlaskClient:
        return log_in(self.app.test_client(), self.room.people[who])

    def leave(self) -> None:
        with self.database.writing() as session:
            by = factories.actor(session, session.merge(self.room.administrator))
            pools.leave(session, session.merge(self.room.centre), by=by)

    def mine(self, who: int) -> Assignment:
        with self.database.reading() as session:
            return session.scalars(
                sa.select(Assignment).filter_by(assessor_id=self.room.people[who].id)
            ).one()


@pytest.fixture
def house(app: Flask, sqlite_database: Database) -> House:
    return House(app, sqlite_database)


def test_time_to_rate_is_planned_and_shown_beside_what_everybody_has(house: House) -> None:  # rule M16
    told = page(house.admin.get(f"{house.here}/"))
    assert "nothing is capped" in told
    plan = {"E5": "30", "hours": "7.5", "most_open": "3"}
    assert house.admin.post(f"{house.here}/plan", data=plan).status_code == 303
    house.admin.post(f"{house.here}/assign", data={"how": "two"})
    told = page(house.admin.get(f"{house.here}/"))
    assert "take 1.0 hours" in told
    assert told.count("0.5 of 7.5 hours") == 2
    assert "1 of at most 3 at once" in told
    with house.database.reading() as session:
        assert session.get_one(ScoringPlan, house.room.centre.id).hours == 7.5


@pytest.mark.parametrize(
    "wrong",
    [{"E5": "0"}, {"E5": ""}, {"hours": "many"}, {"hours": "-1"}, {"most_open": "0"}, {"hours": "inf"}],
)
def test_a_plan_that_is_none_is_refused(house: House, wrong: dict[str, str]) -> None:
    answer = house.admin.post(
        f"{house.here}/plan", data={"E5": "30", "hours": "7.5", "most_open": "3", **wrong}
    )
    assert answer.status_code == 422
    assert count_rows(house.database, ScoringPlan) == 0


def test_more_than_the_plan_holds_needs_a_reason(house: House) -> None:  # rule M16
    house.admin.post(f"{house.here}/plan", data={"E5": "30", "hours": "0.25", "most_open": "3"})
    house.admin.post(f"{house.here}/assign", data={"how": "two"})
    assert count_rows(house.database, Assignment) == 0
    assert "Assign more than the plan holds" in page(house.admin.get(f"{house.here}/"))
    house.admin.post(f"{house.here}/assign-more", data={"reason": " "})
    assert count_rows(house.database, Assignment) == 0
    house.admin.post(f"{house.here}/assign-more", data={"reason": "Two days more were found"})
    with house.database.reading() as session:
        reasons = session.scalars(sa.select(Assignment.reason)).all()
    assert reasons == ["Two days more were found"] * 2
    assert page(house.admin.get(f"{house.here}/")).count("more than planned") == 2


def test_what_is_missing_is_left_to_whoever_is_free_and_taken_back(house: House) -> None:
    house.admin.post(f"{house.here}/assign", data={"how": "one"})
    assert (count_rows(house.database, Assignment), count_rows(house.database, Vacancy)) == (1, 1)
    told = page(house.admin.get(f"{house.here}/"))
    assert "1 rating is left to whoever is free." in told
    assert "that nobody has" not in told
    house.admin.post(f"{house.here}/pool/take-back")
    assert count_rows(house.database, Vacancy) == 0
    house.admin.post(f"{house.here}/assign", data={"how": "pool"})
    assert count_rows(house.database, Vacancy) == 1


def test_the_next_of_the_pool_is_taken_opened_and_put_back(house: House) -> None:
    house.leave()
    client = house.enter(0)
    assert "1 to take" in page(client.get("/assessor/"))
    answer = client.post(f"/assessor/pool/{house.entry_id}/take")
    mine = house.mine(0)
    assert answer.headers["Location"].endswith(f"/assessor/ratings/{mine.id}")
    assert "kept for you until" in page(client.get(f"/assessor/ratings/{mine.id}"))
    told = page(client.get("/assessor/"))
    assert "kept for you until" in told
    assert "about 0.4 hours are planned" in told
    assert client.post(f"/api/ratings/{mine.id}/keep", json={}).json["reserved"]  # type: ignore[index]
    other = house.enter(1)
    assert other.post(f"/assessor/ratings/{mine.id}/put-back").status_code == 404
    client.post(f"/assessor/ratings/{mine.id}/put-back")
    assert "1 to take" in page(client.get("/assessor/"))


def test_a_workbench_that_went_quiet_gives_the_sitting_to_the_next(house: House) -> None:
    house.leave()
    house.enter(2).post(f"/assessor/pool/{house.entry_id}/take")
    client = house.enter(0)
    client.post(f"/assessor/pool/{house.entry_id}/take")
    mine = house.mine(0)
    later = house.enter(1)
    assert later.get("/assessor/").status_code == 200
    assert "Left to whoever is free" not in page(later.get("/assessor/"))
    with house.database.writing() as session:
        session.get_one(Assignment, mine.id).reserved_until_at = clock.now() - timedelta(seconds=1)
    assert "1 to take" in page(later.get("/assessor/"))
    later.post(f"/assessor/pool/{house.entry_id}/take")
    assert house.mine(0).state is AssignmentState.RETURNED
    answer = client.post(f"/api/ratings/{mine.id}/keep", json={})
    assert answer.status_code == 409
    assert answer.json["code"] == "TakenAway"  # type: ignore[index]


def test_who_comes_second_is_told_and_meets_no_error(house: House) -> None:
    house.leave()
    for who in (1, 2):
        house.enter(who).post(f"/assessor/pool/{house.entry_id}/take")
    client = house.enter(0)
    answer = client.post(f"/assessor/pool/{house.entry_id}/take", follow_redirects=True)
    assert "Nothing is left in this pool" in page(answer)
    assert client.post(f"/assessor/pool/{house.room.centre.id}/take").status_code == 404


def test_open_work_is_looked_at_handed_over_and_given_back(house: House) -> None:
    house.admin.post(f"{house.here}/assign", data={"how": "two"})
    with house.database.writing() as session:
        one = session.scalars(sa.select(Assignment)).first()
        assert one
        old, ill = one.id, one.assessor_id
    names = {person.id: person.name for person in house.room.people}
    with house.database.reading() as session:
        working = set(session.scalars(sa.select(Assignment.assessor_id)))
    (free,) = names.keys() - working
    here = f"/administrator/centres/{house.room.centre.id}/replacements"
    told = page(house.admin.get(f"{here}/{ill}"))
    assert f'value="{free}" selected' in told
    assert "0.4" in told
    choice = {f"to-{old}": str(free), "away": "1"}
    told = page(house.admin.post(f"{here}/{ill}", data={**choice, "look": "1", "reason": "A cold"}))
    assert 'value="A cold"' in told
    assert house.admin.post(f"{here}/{ill}", data=choice).status_code == 422
    foreign = {f"to-{old}": str(house.room.administrator.id), "reason": "A cold"}
    assert house.admin.post(f"{here}/{ill}", data=foreign).status_code == 422
    assert house.admin.post(f"{here}/{ill}", data={f"to-{old}": "x", "reason": "A cold"}).status_code == 404
    with house.database.reading() as session:
        assert session.get_one(Assignment, old).state is AssignmentState.OPEN
    assert house.admin.post(f"{here}/{ill}", data={**choice, "reason": "A cold"}).status_code == 303
    told = page(house.admin.get(f"{house.here}/"))
    assert "Handed over" in told
    assert "A cold" in told
    client = log_in(house.app.test_client(), next(p for p in house.room.people if p.id == free))
    assert "A cold" not in page(client.get("/assessor/"))
    house.admin.post(f"{here}/assignments/{old}/undo")
    told = page(house.admin.get(f"{house.here}/"))
    assert "Handed over" not in told
    assert house.admin.post(f"{here}/assignments/{old}/undo").status_code == 404
    house.admin.post(f"{here}/{ill}", data={"away": "1", "reason": "A cold"})
    assert f"{here}/{ill}/back" in page(house.admin.get(f"{house.here}/"))
    house.admin.post(f"{here}/{ill}/back")
    assert f"{here}/{ill}/back" not in page(house.admin.get(f"{house.here}/"))
    for nobody in (house.room.administrator.id, house.room.centre.id):
        assert house.admin.get(f"{here}/{nobody}").status_code == 404


@pytest.mark.parametrize(("language", "heading"), [("en", "Your draft of"), ("nl", "Je concept van")])
def test_a_kept_draft_is_read_by_its_writer_and_only_said_to_be_there_to_whoever_goes_on(
    app: Flask, sqlite_database: Database, language: str, heading: str
) -> None:
    room = Room(sqlite_database)
    room.prepare(0, {"S1": 4, "S2": 3, "L3": 2}, note="A secret of the first.")
    old, code = room.assignment(0), room.codes["E5"]
    admin = log_in(app.test_client(), room.administrator)
    here = f"/administrator/centres/{room.centre.id}/replacements/{room.people[0].id}"
    choice = {f"to-{old}": str(room.people[2].id), "reason": "A cold"}
    assert admin.post(here, data=choice).status_code == 303
    writer = log_in(app.test_client(), room.people[0])
    with writer.session_transaction() as kept:
        kept["language"] = language
    assert f"/assessor/ratings/{old}/kept" in page(writer.get("/assessor/"))
    told = page(writer.get(f"/assessor/ratings/{old}/kept"))
    assert f"{heading} {code}" in told
    assert "A secret of the first." in told
    assert "A cold" not in told
    assert room.people[2].name not in told
    next_one = log_in(app.test_client(), room.people[2])
    home = page(next_one.get("/assessor/"))
    assert "an earlier draft is kept, and nobody who rates sees it" in home
    assert room.people[0].name not in home
    assert "A secret" not in home
    assert next_one.get(f"/assessor/ratings/{old}/kept").status_code == 404
    assert "earlier draft" not in page(log_in(app.test_client(), room.people[1]).get("/assessor/"))
