"""Own view: two lines after each exercise are kept for their writer, and stand on nobody else's page."""

from itertools import product
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from assessment import clock
from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.own_view import PrivateLines
from assessment.models.person import Person, RoleName
from assessment.models.sitting import Sitting
from assessment.services import sittings
from assessment.settings import Settings
from tests import factories
from tests.assessment.pages.test_foreign_ids import House, filled, routes_with_ids
from tests.conftest import log_in
from tests.factories import NOON

SECRET = "quokka at dusk"


def finished(session: Session, *slugs: str) -> tuple[Person, Sitting]:
    person = factories.person(session)
    enrolment = factories.enrolment(session, factories.centre(session, *slugs), person)
    sitting = factories.running(session, sittings.list_for(session, enrolment)[0])
    sittings.seal(session, sitting, at=NOON, by=None)
    return person, sitting


def test_lines_are_written_below_the_receipt_and_found_again(
    client: FlaskClient, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session:
        person, sitting = finished(session, "stavoord-case", "stavoord-reflection")
        enrolment_id = sitting.enrolment_id
        receipt, lines = (f"/participant/sittings/{sitting.id}/{page}" for page in ("receipt", "lines"))
    log_in(client, person)
    assert "Two lines for yourself" in client.get("/participant/").text, "offered where one goes on"
    answer = client.post(lines, data={"stays": SECRET, "next_time": ""})
    assert answer.headers["Location"] == f"{receipt}#lines"
    for page in (receipt, f"/participant/enrolments/{enrolment_id}/own-view"):
        assert SECRET in client.get(page).text
    home = client.get("/participant/").text
    assert "Two lines for yourself" not in home
    assert "Your own view" in home
    with sqlite_database.writing() as session:
        following = sittings.list_for(session, session.get_one(Enrolment, enrolment_id))[1]
        factories.running(session, following)
        following.deadline_at = NOON.replace(year=2099)
        following_id = following.id
    assert SECRET in client.get(f"/participant/sittings/{following_id}").text, "beside the looking back"


def test_what_is_too_long_stays_in_the_form_and_nothing_is_stored(
    client: FlaskClient, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session:
        person, sitting = finished(session, "stavoord-case")
        path = f"/participant/sittings/{sitting.id}/lines"
    answer = log_in(client, person).post(path, data={"stays": "kept in the field", "next_time": "y" * 501})
    assert answer.status_code == 422
    assert "kept in the field" in answer.text
    assert 'aria-describedby="next_time-error"' in answer.text
    with sqlite_database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PrivateLines)) == 0


@pytest.fixture
def house(settings: Settings, sqlite_database: Database) -> House:
    made = House(settings, sqlite_database)
    with sqlite_database.writing() as session:
        for sitting in session.scalars(sa.select(Sitting)):
            session.add(
                PrivateLines(
                    enrolment_id=sitting.enrolment_id,
                    centre_exercise_id=sitting.centre_exercise_id,
                    stays=SECRET,
                    next_time=SECRET,
                    changed_at=NOON,
                )
            )
    made.people["an administrator"] = (made.crowd.administrator, RoleName.ADMINISTRATOR)
    return made


@pytest.mark.parametrize(
    "who", ["an assessor with work", "an assessor who has rated", "an HR generalist", "an administrator"]
)
def test_no_page_of_another_role_shows_what_a_participant_kept(house: House, who: str) -> None:
    client, role = house.client(who), house.people[who][1]
    seen: list[str] = []
    for rule, method in routes_with_ids(house.app, role):
        if method != "GET":
            continue
        names = sorted(name for name in rule.arguments if name.endswith("_id"))
        for ids in product(*(house.some(name) for name in names)):
            values: dict[str, UUID | Any] = dict(zip(names, ids, strict=True))
            answer = client.get(filled(rule, values, document_format="json"))
            if answer.status_code == 200:
                seen.append(rule.rule)
            assert SECRET.encode() not in answer.data, rule.rule
    assert len(set(seen)) >= 2, "somebody who sees nothing proves nothing"


def test_how_one_sees_oneself_is_offered_and_kept_and_blocks_no_start(
    client: FlaskClient, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session, clock.at(NOON):
        person = factories.person(session)
        enrolment = factories.enrolment(session, factories.centre(session, "stavoord-case"), person)
        enrolment.notice_accepted_at = enrolment.device_checked_at = enrolment.practised_at = NOON
        own, sitting_id = (
            f"/participant/enrolments/{enrolment.id}/own-view",
            sittings.list_for(session, enrolment)[0].id,
        )
    with clock.at(NOON):
        log_in(client, person)
        home = client.get("/participant/").text
        assert f'href="{own}/before"' in home
        assert f"/participant/sittings/{sitting_id}/start" in home, "nothing waits for it"
        empty = client.post(f"{own}/before", data={})
        assert empty.status_code == 422
        for wrong in ({"value-S1": "6"}, {"value-S1": "٣"}, {"value-P1": "3"}):
            assert client.post(f"{own}/before", data=wrong).status_code == 422
        assert client.post(f"{own}/before", data={"value-S1": "4"}).status_code == 303
        assert "<td>well</td>" in client.get(own).text
        assert 'value="4" checked' in client.get(f"{own}/before").text
        assert client.get(f"{own}/sometime").status_code == 404
        assert client.get(f"{own}/later").status_code == 303, "there is no report yet"
        assert client.get(f"{own}/after").status_code == 303, "its moment has not come"
        client.post(f"{own}/before/take-back")
        assert "You have not noted how you see yourself." in client.get(own).text
