"""What an administrator does about time, over HTTP: more for some or all, pauses, credits, re-opening, late texts."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.outage import Outage, OutageQuestion
from assessment.models.sitting import (
    Adjustment,
    AdjustmentKind,
    Revision,
    RevisionKind,
    Sitting,
    SittingState,
)
from assessment.services import answers, sittings
from tests.assessment.pages.test_administrator import check_page
from tests.assessment.pages.test_board import MINUTE, Hall, page, row_of
from tests.conftest import count_rows, log_in
from tests.factories import NOON


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hall(sqlite_database: Database, client: FlaskClient) -> Hall:
    """Ada and Cas work, Bob is between."""
    made = Hall(sqlite_database)
    with sqlite_database.writing() as session:
        sittings.start(session, made.sittings["Cas"][0], "en", by=made.actor(session, "Cas"))
    log_in(client, made.anna)
    return made


def sitting(hall: Hall, name: str) -> Sitting:
    with hall.database.reading() as session:
        return session.get_one(Sitting, hall.sittings[name][0])


def end(hall: Hall, name: str) -> float:
    """Minutes from the start to the end; 82.5 without more."""
    deadline = sitting(hall, name).deadline_at
    assert deadline
    return (deadline - NOON) / MINUTE


def hidden(text: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


def test_two_get_more_time_after_their_new_ends_were_shown(client: FlaskClient, hall: Hall) -> None:
    with hall.database.reading() as session:
        who = session.scalar(sa.select(Enrolment.id).where(Enrolment.person_id == hall.people["Ada"].id))
    first = page(client, hall.address(f"extend?who={who}"))
    assert re.search(rf'value="{hall.sittings["Ada"][0]}" checked', first)
    assert str(hall.sittings["Bob"][0]) not in first
    chosen = {"sitting": [str(hall.sittings[name][0]) for name in ("Ada", "Cas")], "minutes": "15"}
    preview = client.post(hall.address("extend"), data={**chosen, "step": "preview"})
    check_page(preview.text)
    assert "14:22:30" in preview.text
    assert "<b>14:37:30</b>" in preview.text
    assert end(hall, "Ada") == 82.5
    posted = {**hidden(preview.text), "step": "extend"}
    refused = client.post(hall.address("extend"), data={**posted, "reason": " "})
    assert (refused.status_code, "This field is required" in refused.text) == (422, True)
    check_page(refused.text)
    done = client.post(
        hall.address("extend"), data={**hidden(refused.text), "step": "extend", "reason": "Fire"}
    )
    assert done.status_code == 303
    assert (end(hall, "Ada"), end(hall, "Cas")) == (97.5, 97.5)
    timeline = page(client, hall.timeline("Ada"))
    assert "More time was given" in timeline
    assert "<blockquote>Fire</blockquote>" in timeline


def test_everybody_gets_more_time_and_the_ended_stay_ended(client: FlaskClient, hall: Hall) -> None:
    preview = client.post(hall.address("extend"), data={"all": "yes", "minutes": "5", "step": "preview"})
    posted = {**hidden(preview.text), "step": "extend", "reason": "Late start"}
    assert client.post(hall.address("extend"), data=posted).status_code == 303
    assert (end(hall, "Ada"), end(hall, "Cas"), end(hall, "Bob")) == (87.5, 87.5, 82.5)


def test_two_administrators_at_once_do_not_add_up_unseen(client: FlaskClient, hall: Hall) -> None:
    preview = client.post(hall.address("extend"), data={"all": "yes", "minutes": "5", "step": "preview"})
    for reason, status in (("first", 303), ("second", 422)):
        posted = {**hidden(preview.text), "step": "extend", "reason": reason}
        answer = client.post(hall.address("extend"), data=posted)
        assert answer.status_code == status
    assert "Somebody gave time here since you looked" in answer.text
    assert 'value="second"' in answer.text
    assert end(hall, "Ada") == 87.5


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"minutes": "5"}, 422),
        ({"all": "yes", "minutes": "0"}, 422),
        ({"all": "yes", "minutes": "x"}, 422),
        ({"all": "yes", "minutes": "9999999999999999999999"}, 422),
        ({"sitting": "x", "minutes": "5"}, 404),
        ({"sitting": str(uuid4()), "minutes": "5"}, 404),
        ({"all": "yes", "minutes": "5", "step": "extend", "reason": "x", "seen": "?"}, 422),
        ({"all": "yes", "minutes": "5", "step": "extend", "reason": "x" * 501, "seen": "0"}, 422),
    ],
)
def test_bad_input_gives_no_time(client: FlaskClient, hall: Hall, data: dict[str, str], status: int) -> None:
    answer = client.post(hall.address("extend"), data=data)
    assert answer.status_code == status
    if status == 422:
        check_page(answer.text)
    assert count_rows(hall.database, Adjustment) == 0


def test_the_centre_is_paused_and_goes_on(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    assert "2 participants are at work" in page(client, hall.address("pause"))
    refused = client.post(hall.address("pause"), data={"reason": ""})
    assert refused.status_code == 422
    check_page(refused.text)
    assert client.post(hall.address("pause"), data={"reason": "Fire <alarm>"}).status_code == 303
    text = page(client, hall.address())
    assert "The centre is paused since" in text
    assert "Fire &lt;alarm&gt;" in text
    noon.shift(600)
    assert "paused ready 1 h 22 min" in row_of(page(client, hall.address()), "Ada")
    assert client.post(hall.address("resume")).status_code == 303
    assert end(hall, "Ada") == 92.5
    assert "The centre is paused since" not in page(client, hall.address())
    timeline = page(client, hall.timeline("Ada"))
    assert timeline.index("<b>Paused</b>") < timeline.index("<b>Went on after a pause</b>")
    assert "Fire &lt;alarm&gt;" in timeline
    again = client.post(hall.address("resume"), follow_redirects=True)
    assert "The centre is not paused" in again.text


def test_one_exercise_is_paused_with_a_reason_and_goes_on(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    refused = client.post(hall.timeline("Ada", "/pause"), data={"pause-reason": " "})
    assert (refused.status_code, "<details open>" in refused.text) == (422, True)
    check_page(refused.text)
    assert client.post(hall.timeline("Ada", "/pause"), data={"pause-reason": "Ill"}).status_code == 303
    assert sitting(hall, "Ada").state is SittingState.PAUSED
    noon.shift(120)
    page(client, hall.timeline("Ada"))
    assert client.post(hall.timeline("Ada", "/resume")).status_code == 303
    assert end(hall, "Ada") == 84.5
    assert end(hall, "Cas") == 82.5
    assert client.post(hall.timeline("Bob", "/pause"), data={"pause-reason": "x"}).status_code == 422


def test_an_interruption_is_given_back_once(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    noon.shift(600)
    posted = {"credit-minutes": "5", "credit-reason": "The laptop failed"}
    assert client.post(hall.timeline("Ada", "/credit"), data=posted).status_code == 303
    assert end(hall, "Ada") == 87.5
    again = client.post(hall.timeline("Ada", "/credit"), data={**posted, "credit-minutes": "6"})
    assert (again.status_code, "given back before" in again.text) == (422, True)
    assert 'value="The laptop failed"' in again.text
    check_page(again.text)
    assert client.post(hall.timeline("Ada", "/credit"), data={"credit-minutes": "x"}).status_code == 422


def test_a_sealed_exercise_is_reopened_and_both_timelines_lead_to_each_other(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    noon.shift(1200)
    for deadline in ("", "2026-03-03T09:00", "nonsense"):
        posted = {"reopening-deadline_at": deadline, "reopening-reason": "Handed in by mistake"}
        refused = client.post(hall.timeline("Bob", "/reopen"), data=posted)
        assert refused.status_code == 422, deadline
        check_page(refused.text)
    posted["reopening-deadline_at"] = "2026-03-03T15:00"  # Amsterdam
    done = client.post(hall.timeline("Bob", "/reopen"), data=posted)
    assert done.status_code == 303
    with hall.database.reading() as session:
        made = session.scalars(
            sa.select(Sitting).where(Sitting.continues_id == hall.sittings["Bob"][0])
        ).one()
    assert done.headers["Location"].endswith(str(made.id))
    assert made.deadline_at == NOON + timedelta(hours=2)
    new = page(client, done.headers["Location"])
    assert "Handed in by mistake" in new
    assert str(hall.sittings["Bob"][0]) in new
    old = page(client, hall.timeline("Bob"))
    assert str(made.id) in old
    assert "counts no longer" in old
    assert made.code in client.get(hall.address("state")).text


def test_a_late_text_is_accepted_with_a_reason(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    noon.move_to(NOON + 100 * MINUTE)
    command = answers.Save(
        hall.sittings["Ada"][0],
        hall.people["Ada"].id,
        1,
        "memo",
        "Too <late>",
        0,
        "page",
        1,
        1,
        NOON + 90 * MINUTE,
    )
    answers.save(hall.database.writer, command, timedelta(seconds=30))
    with hall.database.writing() as session:
        for one in session.scalars(sa.select(Sitting).where(Sitting.state == SittingState.RUNNING)):
            assert one.deadline_at
            sittings.seal(session, one, at=one.deadline_at, by=None)
    text = page(client, hall.timeline("Ada"))
    assert "Too &lt;late&gt;" in text
    here = hall.timeline("Ada", "/late")
    posted = {"task": "memo", "number": "1"}
    refused = client.post(here, data={**posted, "late-reason": ""})
    assert refused.status_code == 422
    check_page(refused.text)
    for wrong in ({"number": "x"}, {"number": "9"}, {"task": "nothing"}):
        assert client.post(here, data={**posted, **wrong, "late-reason": "x"}).status_code == 404
    assert client.post(here, data={**posted, "late-reason": "The network failed"}).status_code == 303
    with hall.database.reading() as session:
        kinds = session.scalars(sa.select(Revision.kind).order_by(Revision.id)).all()
    assert kinds == [RevisionKind.LATE, RevisionKind.ACCEPTED]
    assert "accepted</span>" in page(client, hall.timeline("Ada"))


def test_a_long_outage_is_shown_until_somebody_decides(client: FlaskClient, hall: Hall) -> None:
    with hall.database.writing() as session:
        outage = Outage(from_at=NOON - timedelta(hours=6), until_at=NOON - timedelta(hours=1))
        session.add(outage)
        session.flush()
        session.add(OutageQuestion(outage_id=outage.id, centre_id=hall.centre.id, asked_at=NOON))
        outage_id = outage.id
    text = page(client, hall.address())
    assert "A long outage needs your decision" in text
    assert "Klei was away for 5 h 0 min" in text
    here = hall.address(f"outages/{outage_id}")
    refused = client.post(here, data={"reason": ""})
    assert (refused.status_code, "aria-invalid" in refused.text) == (422, True)
    check_page(refused.text)
    assert client.post(here, data={"reason": "An hour for all"}).status_code == 303
    assert "needs your decision" not in page(client, hall.address())
    assert client.post(here, data={"reason": "Again"}).status_code == 422
    assert client.post(hall.address(f"outages/{uuid4()}"), data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize("act", ["pause", "resume", "credit", "reopen", "late"])
def test_a_sitting_of_another_centre_is_not_found(client: FlaskClient, hall: Hall, act: str) -> None:
    other: UUID = Hall(hall.database).sittings["Ada"][0]
    posted = {
        "pause-reason": "x",
        "credit-reason": "x",
        "credit-minutes": "1",
        "reopening-reason": "x",
        "reopening-deadline_at": "2026-03-03T15:00",
        "late-reason": "x",
        "task": "memo",
        "number": "1",
    }
    assert client.post(hall.address(f"sittings/{other}/{act}"), data=posted).status_code == 404


def test_the_ledger_never_reaches_whoever_is_no_administrator(client: FlaskClient, hall: Hall) -> None:
    for who in (hall.assessor, hall.people["Ada"]):
        log_in(client, who)
        for rest in ("extend", "pause"):
            assert client.get(hall.address(rest)).status_code == 404
            assert client.post(hall.address(rest), data={"reason": "x"}).status_code == 404
    with hall.database.reading() as session:
        assert session.get_one(Centre, hall.centre.id).paused_at is None
        assert not session.scalar(sa.select(Adjustment.id).where(Adjustment.kind == AdjustmentKind.PAUSE))
