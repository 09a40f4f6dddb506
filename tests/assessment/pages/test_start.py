"""Five hundred start at the same moment: each once, all in one chain of the journal, and a refusal takes nothing of others away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from assessment import create_app, journal
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.person import Person
from assessment.models.sitting import Sitting, SittingState
from assessment.settings import Settings
from tests import factories
from tests.conftest import log_in
from tests.factories import NOON

PEOPLE = 500
AT_ONCE = 40
"""Requests in hand, as two nodes of two processes have them at most."""


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_all_who_start_at_once_start_and_one_too_early_for_the_second_exercise_does_not(
    database: Database, settings: Settings
) -> None:
    app = create_app(settings, database)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case", "stavoord-judgement")
        enrolments = [factories.enrolment(session, centre) for _ in range(PEOPLE)]
        sittings = {
            (one.enrolment_id, one.position): one.id for one in session.scalars(sa.select(Sitting)).all()
        }
    first = [sittings[one.id, 1] for one in enrolments]
    second = sittings[enrolments[0].id, 2]
    clients: list[FlaskClient] = []
    with database.reading() as session:
        for one in enrolments:
            client = app.test_client()
            clients.append(log_in(client, session.get_one(Person, one.person_id)))
    early = app.test_client()
    with database.reading() as session:
        log_in(early, session.get_one(Person, enrolments[0].person_id))

    def start(client: FlaskClient, sitting: object) -> str:
        answer = client.post(f"/participant/sittings/{sitting}/start", data={"language": "nl"})
        assert answer.status_code == 303
        return str(answer.location)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        refused = pool.submit(start, early, second)
        led = list(pool.map(start, clients, first))
    assert [place for place in led if not place.endswith("?epoch=1")] == []
    assert refused.result().endswith("/start")
    assert start(clients[0], first[0]).endswith("?epoch=1")  # again: nothing changes
    with database.reading() as session:
        begun = session.scalars(sa.select(Sitting).where(Sitting.state == SittingState.RUNNING)).all()
        assert {one.id for one in begun} == set(first)
        assert {one.language for one in begun} == {"nl"}
        assert all(one.started_at == NOON for one in begun)
        events = session.scalars(sa.select(Event.subject_id).where(Event.action == "sitting.started")).all()
        assert sorted(events) == sorted(map(str, first))
        assert list(journal.verify(session)) == []
