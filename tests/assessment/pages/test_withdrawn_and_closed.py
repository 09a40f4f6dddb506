"""After a withdrawal and in a closed centre: what every route that writes still does, and what it leaves alone."""

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from assessment.database import Base, Database
from assessment.models.centre import Centre, CentreState
from assessment.models.event import Event
from assessment.models.person import Person, Role, RoleName
from assessment.models.rating import Assignment, Integration, Observation, RatingState
from assessment.models.report import Report
from assessment.models.sitting import Revision, RevisionKind, Sitting, SittingState
from assessment.services import centres, enrolments, ratings
from tests import factories
from tests.assessment.hall import Hall
from tests.assessment.pages.test_foreign_ids import BODY, filled, routes_with_ids, send
from tests.assessment.reporting import Reporting
from tests.assessment.room import Room
from tests.conftest import log_in

QUIET = {"event", "chain_head", "presence"}
"""Tables that say that somebody was here, or that something was noted."""


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(factories.NOON, tick=False) as traveller:
        yield traveller


def content(database: Database) -> dict[str, list[str]]:
    with database.reading() as session:
        return {
            table.name: sorted(map(str, session.execute(sa.select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in QUIET
        }


def changed(before: dict[str, list[str]], database: Database) -> set[str]:
    after = content(database)
    return {name for name, rows in before.items() if after[name] != rows}


def events(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0


def write_everywhere(
    app: Flask, client: FlaskClient, role: RoleName, ids: dict[str, list[UUID]]
) -> dict[str, int]:
    """What each route that writes answers for these ids."""
    found = {}
    for rule, method in routes_with_ids(app, role):
        names = sorted(rule.arguments & ids.keys())
        if method == "GET" or not names or rule.arguments - ids.keys() - {"task", "text_language", "kind"}:
            continue
        for values in product(*(ids[name] for name in names)):
            path = filled(rule, dict(zip(names, values, strict=True)))
            found[f"{method} {path}"] = send(client, method, path)
    return found


def own_ids(database: Database) -> dict[str, list[UUID]]:
    with database.reading() as session:

        def of(table: Any) -> list[UUID]:
            return list(session.scalars(sa.select(table.id)))

        return {
            "assignment_id": of(Assignment),
            "integration_id": of(Integration),
            "report_id": of(Report),
            "observation_id": of(Observation),
        }


def test_whoever_withdrew_changes_nothing_and_late_text_is_kept(
    app: Flask, sqlite_database: Database
) -> None:
    hall = Hall(sqlite_database, 1, "stavoord-case", "stavoord-judgement")
    enrolment = hall.enrolments[0].id
    with sqlite_database.reading() as session:
        sitting_ids = list(session.scalars(sa.select(Sitting.id)))
        client = log_in(app.test_client(), session.get_one(Person, hall.people[0]))
    hall.act(enrolments.withdraw, enrolment)
    before, noted = content(sqlite_database), events(sqlite_database)
    answers = write_everywhere(
        app, client, RoleName.PARTICIPANT, {"enrolment_id": [enrolment], "sitting_id": sitting_ids}
    )
    assert len(answers) > 12
    assert {one: status for one, status in answers.items() if status >= 500} == {}
    evidence = {"revision", "concern"}
    rights = {"complaint", "complaint_entry", "statement", "mail"}  # these stay theirs (N6, G2)
    assert changed(before, sqlite_database) == evidence | rights
    after = content(sqlite_database)
    told = sum(len(after[table]) for table in ("concern", "complaint", "statement"))
    assert events(sqlite_database) == noted + told
    with sqlite_database.reading() as session:
        assert [one.kind for one in session.scalars(sa.select(Revision))] == [RevisionKind.LATE]


def test_whoever_withdrew_cannot_release_a_report(app: Flask, sqlite_database: Database) -> None:
    desk = Reporting(sqlite_database)
    report = desk.signed()
    with sqlite_database.writing() as session:
        centre = session.get_one(Centre, desk.centre.id)
        enrolments.withdraw(session, centre, desk.enrolments[0].id, by=desk.hr_by)
    client = log_in(app.test_client(), desk.people[0])
    mine = client.get(f"/participant/reports/{report}")  # it stays theirs to read
    assert (mine.status_code, b"HR cannot read this report" in mine.data) == (200, True)
    assert b"/release" not in mine.data
    before = content(sqlite_database)
    answers = write_everywhere(app, client, RoleName.PARTICIPANT, {"report_id": [report]})
    assert len(answers) > 2
    assert set(answers.values()) == {409}
    assert changed(before, sqlite_database) == set()
    hr = log_in(app.test_client(), desk.hr)
    assert hr.get(f"/hr/reports/{report}").status_code == 404


def test_nothing_of_whoever_withdrew_can_be_rated_or_written(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    room.prepare(0, {"S1": 3, "S2": 3, "L3": 3})
    room.rate(1, {"S1": 3, "S2": 3, "L3": 3})
    with sqlite_database.writing() as session:
        by = room.by[0]
        enrolments.withdraw(session, session.get_one(Centre, room.centre.id), room.enrolment.id, by=by)
    before, noted = content(sqlite_database), events(sqlite_database)
    for who in (0, 1):
        client = log_in(app.test_client(), room.people[who])
        answers = write_everywhere(app, client, RoleName.ASSESSOR, own_ids(sqlite_database))
        assert len(answers) > 8
        assert {one: status for one, status in answers.items() if status != 404} == {}
    assert (changed(before, sqlite_database), events(sqlite_database)) == (set(), noted)


def test_after_closing_nothing_starts_what_runs_goes_on_and_rating_goes_on(
    app: Flask, sqlite_database: Database
) -> None:
    hall = Hall(sqlite_database, 2, "stavoord-case", running=False)
    hall.start(0)
    with sqlite_database.writing() as session:
        centres.close(session, hall.centre.id, by=hall.by)
        first, second = (session.get_one(Person, one) for one in hall.people)
    client = log_in(app.test_client(), second)
    client.post(f"/participant/sittings/{hall.ids[1]}/start", data={"language": "en"})
    assert hall.get(1).state is SittingState.READY
    client = log_in(app.test_client(), first)
    address = f"/api/sittings/{hall.ids[0]}/tasks/memo"
    kept = client.put(address, json={**BODY, "value": "goes on"})
    assert (kept.status_code, hall.get(0).state) == (200, SittingState.RUNNING)


def test_rating_goes_on_in_a_closed_centre(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    room.prepare(0, {"S1": 3, "S2": 3, "L3": 3})
    with sqlite_database.writing() as session:
        administrator = session.get_one(Person, room.administrator.id)
        centres.close(session, room.centre.id, by=factories.actor(session, administrator))
        assert session.get_one(Centre, room.centre.id).state is CentreState.CLOSED
    client = log_in(app.test_client(), room.people[0])
    client.post(f"/assessor/ratings/{room.assignment(0)}/submit")
    with sqlite_database.reading() as session:
        rating = ratings.desk(session, room.assignment(0), by=room.by[0]).rating
        assert rating
        assert rating.state is RatingState.SUBMITTED


@pytest.mark.parametrize("name", [RoleName.PARTICIPANT, RoleName.ASSESSOR])
def test_a_role_within_a_centre_is_not_taken_by_a_handmade_form(
    app: Flask, sqlite_database: Database, name: RoleName
) -> None:
    """A role that holds within a centre ends on that centre's pages alone, so that no running sitting loses its owner."""
    room = Room(sqlite_database)
    hall = Hall(sqlite_database, 1, "stavoord-case")
    with sqlite_database.reading() as session:
        roles = session.scalars(sa.select(Role).where(Role.role == name)).all()
        administrator = session.get_one(Person, room.administrator.id)
    client = log_in(app.test_client(), administrator)
    before = content(sqlite_database)
    assert roles
    for role in roles:
        path = f"/administrator/people/{role.person_id}/roles/{role.id}/take"
        assert client.post(path).status_code == 404
    assert changed(before, sqlite_database) == set()
    assert hall.save("still stored").number == 1
