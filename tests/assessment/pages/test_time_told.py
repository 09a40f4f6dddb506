"""What pages say about how long an exercise may be worked on is what the clock gives, to the second."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.language import translator
from assessment.models.sitting import Sitting
from assessment.services import sittings
from tests import factories
from tests.assessment.pages.test_administrator import check_page
from tests.conftest import log_in
from tests.factories import NOON


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize(
    ("factor", "seconds", "english", "dutch"),
    [
        (1.0, 55 * 60, "55 minutes", "55 minuten"),
        (1.25, 4125, "68 minutes and 45 seconds", "68 minuten en 45 seconden"),
        (1.1, 3630, "60 minutes and 30 seconds", "60 minuten en 30 seconden"),
        (1.4, 77 * 60, "77 minutes", "77 minuten"),
        # 4,398.9 seconds: the part of a second is given as a whole one.
        (1.333, 4399, "73 minutes and 19 seconds", "73 minuten en 19 seconden"),
    ],
)
def test_a_time_factor_is_told_as_exactly_as_the_clock_keeps_it(
    client: FlaskClient, sqlite_database: Database, factor: float, seconds: int, english: str, dutch: str
) -> None:  # robustness 6
    with sqlite_database.writing() as session:
        person = factories.person(session)
        centre = factories.centre(session, "stavoord-case")
        enrolment = factories.enrolment(session, centre, person, time_factor=factor)
        sitting_id = sittings.list_for(session, enrolment)[0].id
    log_in(client, person)
    for language, words in (("en", english), ("nl", dutch)):
        with client.session_transaction() as cookie:
            cookie["language"] = language
        for address, after in (
            ("/participant/", "</span>"),
            (f"/participant/sittings/{sitting_id}/start", ";"),
        ):
            text = client.get(address).text
            check_page(text)
            assert f">{words}{after}" in text
    assert client.post(f"/participant/sittings/{sitting_id}/start").status_code == 303
    with sqlite_database.reading() as session:
        sitting = session.get_one(Sitting, sitting_id)
        assert sitting.deadline_at == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "english", "dutch"),
    [
        (0, "0 minutes", "0 minuten"),
        (1, "1 second", "1 seconde"),
        (59.9, "59 seconds", "59 seconden"),
        (60, "1 minute", "1 minuut"),
        (61, "1 minute and 1 second", "1 minuut en 1 seconde"),
        (600, "10 minutes", "10 minuten"),
    ],
)
def test_a_length_is_said_in_whole_minutes_or_with_its_seconds(
    seconds: float, english: str, dutch: str
) -> None:
    assert translator("en").length(timedelta(seconds=seconds)) == english
    assert translator("nl").length(timedelta(seconds=seconds)) == dutch
