"""The pages of training, calibration tests and benchmarks made here, for those who may see them."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from assessment import clock, create_app
from assessment.database import Database
from assessment.models.benchmark import Benchmark
from assessment.models.person import Person
from assessment.services import erasures, rechecks, trainings
from assessment.settings import Settings
from tests.assessment.services.test_panels import Hall
from tests.assessment.training import backwards, exact, rate_showing, take_test
from tests.conftest import log_in

SLUG = "stavoord-case"


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The app on both databases in turn: benchmarks, panels and tests keep more in JSON than other pages do."""
    app = create_app(settings, database)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.mark.parametrize("language", ["en", "nl"])
def test_an_assessor_sees_courses_the_panels_view_and_the_result_of_a_test(
    app: Flask, database: Database, language: str
) -> None:
    hall = Hall(database)
    with database.writing() as session:
        reader = replace(hall.by[0], language=language)
        shown = trainings.begin(session, hall.centre.id, SLUG, by=reader).id
    rate_showing(database, shown, exact, hall.by[0])
    passed = take_test(database, hall.centre.id, hall.by[0], exact)
    failed = take_test(database, hall.centre.id, hall.by[1], backwards)
    client = log_in(app.test_client(), hall.people[0])
    client.set_cookie("language", language)
    for path in (
        "/assessor/",
        "/assessor/training/",
        f"/assessor/training/{hall.centre.id}/{SLUG}",
        f"/assessor/showings/{shown}",
        f"/assessor/tests/{passed.id}",
    ):
        assert client.get(path).status_code == 200, path
    view = client.get(f"/assessor/showings/{shown}").get_data(as_text=True)
    assert (">translated</span>" in view) == (language == "nl")  # it was written in English (C3)
    assert client.get(f"/assessor/tests/{failed.id}").status_code == 404
    other = log_in(app.test_client(), hall.people[1])
    assert "Not passed this time" in unescape(
        other.get(f"/assessor/tests/{failed.id}").get_data(as_text=True)
    )
    assert other.get(f"/assessor/showings/{shown}").status_code == 404


def test_an_administrator_makes_a_benchmark_of_a_sitting_and_agrees_on_it(
    app: Flask, database: Database
) -> None:
    hall = Hall(database)
    client = log_in(app.test_client(), hall.administrator)
    home = f"/administrator/centres/{hall.centre.id}/calibration"
    new = f"{home}/benchmarks/from/{hall.sittings['E5']}"
    assert client.get(f"{home}/").status_code == 200
    assert client.get(new).status_code == 200
    looked = unescape(client.post(new, data={"look": "1", "words": "Henk"}).get_data(as_text=True))
    assert "Henk from" not in looked
    panel = [str(one.person_id) for one in hall.others]
    fields = {"title": "Stages", "words": "Henk", "basis": "The notice", "panel": panel}
    assert client.post(new, data=fields).status_code == 422
    assert client.post(new, data={**fields, "is_read": "y"}).status_code == 303
    with database.reading() as session:
        made = session.scalars(sa.select(Benchmark.id)).one()
    assert "The panel is at work" in client.get(f"{home}/benchmarks/{made}").get_data(as_text=True)
    hall.rate_all()
    assert client.get(f"{home}/benchmarks/{made}").status_code == 200
    agreed = {"set": "test"}
    for name in ("L3", "S1", "S2"):
        agreed |= {f"level-{name}": "3", f"low-{name}": "3", f"high-{name}": "4"}
    assert client.post(f"{home}/benchmarks/{made}/agree", data=agreed).status_code == 422
    agreed |= {f"reason-{name}": "It says why." for name in ("L3", "S1", "S2")}
    assert client.post(f"{home}/benchmarks/{made}/agree", data=agreed).status_code == 303
    assert "for tests" in client.get(f"{home}/").get_data(as_text=True)
    assert client.post(f"{home}/benchmarks/{made}/retire", data={"reason": "Known."}).status_code == 303
    asked = {"exact": 70, "within_one": 95, "bias": "0,4", "dimension_bias": "1", "benchmarks": 4}
    assert (
        client.post(f"{home}/standard", data={**asked, "valid_days": 200, "recheck_every": 12}).status_code
        == 422
    )
    asked |= {"valid_days": 200, "recheck_every": 12, "reason": "A pilot"}
    assert client.post(f"{home}/standard", data=asked).status_code == 303
    with database.writing() as session:
        erasures.erase(session, hall.enrolment.id, is_asked=True, by=hall.admin)
    emptied = client.get(f"{home}/benchmarks/{made}")
    assert emptied.status_code == 200, "what is left of it can be looked at"
    assert "Germany waits" not in emptied.text


def test_where_no_panel_can_be_made_the_page_says_so_and_asks_for_nothing(
    app: Flask, database: Database
) -> None:
    hall = Hall(database)
    with database.writing() as session:
        for one in hall.others:  # one is left, who has had nothing
            session.get_one(Person, one.person_id).is_active = False
    client = log_in(app.test_client(), hall.administrator)
    new = f"/administrator/centres/{hall.centre.id}/calibration/benchmarks/from/{hall.sittings['E5']}"
    written = client.get(new).get_data(as_text=True)
    assert "No panel can be made for this one" in written
    assert "Give it to the panel" not in written


def test_drift_is_shown_over_time_to_the_assessor_in_words_and_to_administrators_from_the_least_n(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecks, "USUAL_SD", 0.3)  # so that the three answers of one test lie outside
    hall = Hall(database)
    take_test(database, hall.centre.id, hall.by[0], lambda _name, _dimension, level: min(5, level + 1))
    page = f"/administrator/centres/{hall.centre.id}/calibration/"
    few = unescape(log_in(app.test_client(), hall.administrator).get(page).get_data(as_text=True))
    assert "withheld: 9 of the 30 ratings" in few
    assert "over time" not in few
    monkeypatch.setattr(rechecks, "LEAST_RATINGS", 9)
    enough = unescape(log_in(app.test_client(), hall.administrator).get(page).get_data(as_text=True))
    assert f"{hall.people[0].name} over time" in enough
    assert 'class="chart"' in enough
    assert "benchmarks running: talk about it" in enough
    assert enough.count("over time</summary>") == 1, "who has rated nothing has no course"

    own = "/assessor/training/"
    assert "Nothing to show yet" in log_in(app.test_client(), hall.people[0]).get(own).get_data(as_text=True)
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):  # this week is never in it
        mine = unescape(log_in(app.test_client(), hall.people[0]).get(own).get_data(as_text=True))
        theirs = unescape(log_in(app.test_client(), hall.people[1]).get(own).get_data(as_text=True))
    assert "Lately your levels lie further above the panels" in mine
    assert "above its usual range" in mine
    assert "Lately" not in theirs
