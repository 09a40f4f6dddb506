"""The pages of training, calibration tests and benchmarks made here, for those who may see them."""

from dataclasses import replace
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask

from assessment.database import Database
from assessment.models.benchmark import Benchmark
from assessment.models.person import Person
from assessment.services import trainings
from tests.assessment.services.test_panels import Hall
from tests.assessment.training import backwards, exact, rate_showing, take_test
from tests.conftest import log_in

SLUG = "stavoord-case"


@pytest.mark.parametrize("language", ["en", "nl"])
def test_an_assessor_sees_courses_the_panels_view_and_the_result_of_a_test(
    app: Flask, sqlite_database: Database, language: str
) -> None:
    hall = Hall(sqlite_database)
    with sqlite_database.writing() as session:
        reader = replace(hall.by[0], language=language)
        shown = trainings.begin(session, hall.centre.id, SLUG, by=reader).id
    rate_showing(sqlite_database, shown, exact, hall.by[0])
    passed = take_test(sqlite_database, hall.centre.id, hall.by[0], exact)
    failed = take_test(sqlite_database, hall.centre.id, hall.by[1], backwards)
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
    app: Flask, sqlite_database: Database
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    hall = Hall(sqlite_database)
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
    with sqlite_database.reading() as session:
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


def test_where_no_panel_can_be_made_the_page_says_so_and_asks_for_nothing(
    app: Flask, sqlite_database: Database
) -> None:
    hall = Hall(sqlite_database)
    with sqlite_database.writing() as session:
        for one in hall.others:  # one is left, who has had nothing
            session.get_one(Person, one.person_id).is_active = False
    client = log_in(app.test_client(), hall.administrator)
    new = f"/administrator/centres/{hall.centre.id}/calibration/benchmarks/from/{hall.sittings['E5']}"
    written = client.get(new).get_data(as_text=True)
    assert "No panel can be made for this one" in written
    assert "Give it to the panel" not in written
