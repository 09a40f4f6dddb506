"""The live board and the timeline over HTTP: what is shown, answered, exported, and to whom it never is."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from pypdf import PdfReader

from assessment import clock
from assessment.database import Database
from assessment.models.concern import Concern, ConcernKind
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Event
from assessment.models.person import Person, Seat, SeatName
from assessment.models.sitting import Sitting, SittingState
from assessment.services import adjustments, answers, concerns, pauses, presences, reopenings, sittings
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.assessment.pages.test_administrator import check_page
from tests.assessment.query_count import Count, counting
from tests.assessment.services.test_presences import spell
from tests.conftest import log_in
from tests.factories import NOON
from tests.tagged.checkers import failures

MINUTE = timedelta(minutes=1)
GROWING = "sitting|revision|presence|enrolment|interruption"


class Hall:
    """An open centre of two exercises: Ada works, Bob is between, Cas has not begun; Anna looks after it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as session:
            self.centre = factories.centre(session, "stavoord-case", "stavoord-judgement")
            self.anna = factories.administrator(session, name="Anna")
            self.assessor = factories.assessor(session, self.centre)
            self.people: dict[str, Person] = {}
            self.sittings: dict[str, list[UUID]] = {}
            for name in ("Ada", "Bob", "Cas"):
                person = self.people[name] = factories.person(session, name=name)
                enrolment = factories.enrolment(session, self.centre, person, time_factor=1.5)
                self.sittings[name] = [one.id for one in sittings.list_for(session, enrolment)]
            self.by = factories.actor(session, self.anna)
            for name in ("Ada", "Bob"):
                sittings.start(session, self.sittings[name][0], "en", by=self.actor(session, name))
        with database.writing() as session:
            at = NOON + MINUTE
            sittings.submit(
                session, self.sittings["Bob"][0], at, timedelta(seconds=30), by=self.actor(session, "Bob")
            )

    def actor(self, session: Any, name: str) -> Any:
        return factories.actor(session, session.merge(self.people[name]))

    def save(self, name: str, seq: int, at: Any, text: str = "=1+1 we own it", task: str = "memo") -> None:
        command = answers.Save(
            self.sittings[name][0], self.people[name].id, 1, task, text, seq - 1, "page", seq, 1, at
        )
        outcome = answers.save(self.database.writer, command, timedelta(seconds=30))
        assert outcome.code is answers.Code.SAVED

    def tell(self, name: str, text: str = "=HYPERLINK(1)", client: str = "c") -> UUID:
        with self.database.writing() as session:
            made, _new = concerns.tell(
                session,
                self.sittings[name][0],
                client,
                ConcernKind.TECHNICAL,
                text,
                by=self.actor(session, name),
            )
            return made.id

    def seen(self, name: str, at: Any) -> None:
        self.database.writer.run(lambda connection: presences.note(connection, self.sittings[name][0], at))

    def address(self, rest: str = "") -> str:
        return f"/administrator/centres/{self.centre.id}/board/{rest}"

    def timeline(self, name: str = "Ada", rest: str = "") -> str:
        return self.address(f"sittings/{self.sittings[name][0]}{rest}")


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hall(sqlite_database: Database, client: FlaskClient) -> Hall:
    made = Hall(sqlite_database)
    log_in(client, made.anna)
    return made


def row_of(text: str, name: str) -> str:
    """What a participant's row says, without tags."""
    row = next(part for part in re.findall(r"<tr data-row.*?</tr>", text, re.DOTALL) if f">{name}<" in part)
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


def shown(text: str) -> list[str]:
    rows = re.findall(r"<tr data-row[^>]*?(hidden)?>.*?<a [^>]*>(\w+)</a>", text, re.DOTALL)
    return [name for hidden, name in rows if not hidden]


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    check_page(answer.text)
    return answer.text


def test_the_board_tells_where_everybody_is(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    hall.save("Ada", 1, NOON + 2 * MINUTE)
    hall.seen("Ada", NOON + 3 * MINUTE)
    noon.move_to(NOON + 4 * MINUTE)
    text = page(client, hall.address())
    assert row_of(text, "Ada").startswith("Ada ")
    assert "running ready 1 h 18 min 14:22 2 min ago 1 min ago – –" in row_of(text, "Ada")
    assert "ended ready – – – – –" in row_of(text, "Bob")
    assert "ready ready – – – – –" in row_of(text, "Cas")
    assert "1</b> Working now" in text
    assert "1</b> Between exercises" in text
    assert "1</b> Not begun" in text


def test_whoever_works_without_contact_is_pointed_out(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    hall.seen("Ada", NOON)
    noon.move_to(NOON + 2 * MINUTE)
    assert 'class="quiet"' not in client.get(hall.address()).text
    noon.move_to(NOON + 3 * MINUTE)
    assert 'class="quiet"' in client.get(hall.address()).text
    assert shown(client.get(hall.address("?state=quiet")).text) == ["Ada"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada", "Bob", "Cas"]),
        ("state=running", ["Ada"]),
        ("state=between", ["Bob"]),
        ("state=not%20begun", ["Cas"]),
        ("state=concern", ["Bob"]),
        ("exercise=E5", ["Ada", "Bob"]),
        ("exercise=E3", []),
        ("q=cA", ["Cas"]),
        ("q=ada&state=between", []),
        ("sort=left", ["Ada", "Bob", "Cas"]),
        ("sort=nothing", ["Ada", "Bob", "Cas"]),
    ],
)
def test_filters_and_sorting_work_without_scripts(
    client: FlaskClient, hall: Hall, query: str, names: list[str]
) -> None:
    hall.tell("Bob")
    assert shown(page(client, hall.address(f"?{query}"))) == names


def test_sorting_by_interruptions_puts_the_longest_first(client: FlaskClient, hall: Hall) -> None:
    with hall.database.writing() as session:
        presences.report(
            session,
            hall.sittings["Bob"][0],
            "page",
            [spell(1, 60)],
            NOON + 5 * MINUTE,
            by=hall.actor(session, "Bob"),
        )
    text = client.get(hall.address("?sort=interrupted")).text
    assert shown(text)[0] == "Bob"
    assert "1 × · 1 min" in row_of(text, "Bob")


def test_a_silence_that_the_page_tells_of_itself_is_one_interruption(client: FlaskClient, hall: Hall) -> None:
    hall.seen("Ada", NOON)
    hall.seen("Ada", NOON + 5 * MINUTE)  # Klei's own silence: five minutes
    before = row_of(client.get(hall.address()).text, "Ada")
    with hall.database.writing() as session:
        ada = hall.sittings["Ada"][0]
        told = [spell(1, 240)]
        presences.report(session, ada, "page", told, NOON + 5 * MINUTE, by=hall.actor(session, "Ada"))
    after = row_of(client.get(hall.address()).text, "Ada")
    assert "1 × · 5 min" in before
    assert "1 × · 4 min" in after
    hall.seen("Ada", NOON + 9 * MINUTE)  # and another, of which no page told
    assert "2 × · 8 min" in row_of(client.get(hall.address()).text, "Ada")


def test_the_state_tells_of_pauses_and_of_a_reopened_exercise(client: FlaskClient, hall: Hall) -> None:
    def asked(stamp: str) -> Any:
        return client.get(hall.address("state"), headers={"If-None-Match": stamp})

    first = asked("")
    with hall.database.writing() as session:
        pauses.pause(session, session.merge(hall.centre), hall.sittings["Ada"][0], "A call.", by=hall.by)
    paused = asked(first.headers["ETag"])
    assert paused.status_code == 200
    assert ("paused", NOON.timestamp()) in {(one[1], one[3]) for one in paused.json["sittings"]}
    with hall.database.writing() as session:
        made = reopenings.reopen(
            session,
            session.merge(hall.centre),
            hall.sittings["Bob"][0],
            NOON + 40 * MINUTE,
            "Slip.",
            by=hall.by,
        )
    opened = asked(paused.headers["ETag"])
    assert opened.status_code == 200
    assert [made.code, "running", (NOON + 40 * MINUTE).timestamp()] in [
        one[:3] for one in opened.json["sittings"]
    ]
    assert asked(opened.headers["ETag"]).status_code == 304


def test_the_state_has_what_changed_and_304_when_nothing_did(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    first = client.get(hall.address("state"))
    stamp = first.headers["ETag"]
    assert client.get(hall.address("state"), headers={"If-None-Match": stamp}).status_code == 304
    noon.shift(60)  # time alone changes nothing: the page's own clock runs on
    assert client.get(hall.address("state"), headers={"If-None-Match": stamp}).status_code == 304
    changes = [
        lambda: hall.save("Ada", 1, NOON + MINUTE),
        lambda: hall.seen("Ada", NOON + MINUTE),
        lambda: hall.tell("Ada"),
    ]
    for change in changes:
        change()
        answer = client.get(hall.address("state"), headers={"If-None-Match": stamp})
        assert answer.status_code == 200
        stamp = answer.headers["ETag"]
    state = answer.json
    ada = next(entry for entry in state["sittings"] if entry[1] == "running")
    later = (NOON + MINUTE).timestamp()
    assert ada[2:] == [(NOON + timedelta(minutes=82.5)).timestamp(), None, later, later, 0, 0]
    assert [one["words"] for one in state["concerns"]] == ["Technical: =HYPERLINK(1)"]


@pytest.mark.parametrize("after", ["", "x", "-5", "99999999", "1" * 400])
def test_any_cursor_is_answered(client: FlaskClient, hall: Hall, after: str) -> None:
    hall.save("Ada", 1, NOON + MINUTE)
    assert client.get(hall.address(f"state?after={after}")).status_code == 200


def test_the_board_takes_as_many_queries_for_many_as_for_few(client: FlaskClient, hall: Hall) -> None:
    client.get(hall.address())  # reads the exercises, which the process then keeps
    seen = []
    for more in (0, 200):
        with hall.database.writing() as session:
            centre = session.merge(hall.centre)
            for _ in range(more):
                enrolment = factories.enrolment(session, centre)
                sitting = sittings.list_for(session, enrolment)[0]
                factories.running(session, sitting)
                session.add(
                    Concern(
                        sitting_id=sitting.id,
                        client_id="c",
                        kind=ConcernKind.OTHER,
                        text="",
                        raised_at=NOON,
                    )
                )
        numbers = []
        for rest in ("", "state"):
            with counting(hall.database) as count:
                assert client.get(hall.address(rest)).status_code == 200
            numbers.append(count.n)
        seen.append(numbers)
    assert seen[0] == seen[1]


def test_a_reload_without_scripts_finds_two_thousand_sittings_by_index_and_asks_no_more(
    client: FlaskClient, hall: Hall
) -> None:
    client.get(hall.address())  # reads the exercises, which the process then keeps
    with counting(hall.database) as few:
        assert client.get(hall.address()).status_code == 200
    crowd(hall, 1000)
    with counting(hall.database) as many:
        text = client.get(hall.address()).text
    assert text.count("<tr data-row") == 1003
    assert many.n == few.n
    assert whole_tables(hall.database, many) == []


def test_what_the_page_asks_again_reads_nothing_of_other_centres(client: FlaskClient, hall: Hall) -> None:
    """Whatever else the installation has: each table that grows with it is entered by an index, and searched."""
    crowd(hall, 20)
    with counting(hall.database) as sent:
        assert len(client.get(hall.address("state")).json["sittings"]) == 22
    assert whole_tables(hall.database, sent) == []


def whole_tables(database: Database, sent: Count) -> list[str]:
    """The steps that go through a whole table of what people did, or through the whole of an index of it."""
    found = []
    with database.engine.connect() as connection:
        for statement, values in zip(sent.statements, sent.values, strict=True):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = [str(row[-1]) for row in plan]
            found += [one for one in steps if re.match(f"SCAN ({GROWING})", one)]
    return found


def crowd(hall: Hall, n: int) -> None:
    """So many more participants, each at work in the first exercise and ready for the second."""
    with hall.database.writing() as session:
        pattern = session.scalars(sa.select(Sitting).order_by(Sitting.position)).all()
        places = {one.position: one for one in pattern if one.enrolment.centre_id == hall.centre.id}
        people = [{"id": uuid4(), "email": f"c{i}@example.org", "name": f"C{i}"} for i in range(n)]
        seats = [{"id": uuid4(), "person_id": one["id"]} for one in people]
        session.execute(sa.insert(Person), [{**one, "created_at": NOON} for one in people])
        session.execute(
            sa.insert(Seat),
            [
                {"centre_id": hall.centre.id, "person_id": one["id"], "seat": SeatName.PARTICIPANT}
                for one in people
            ],
        )
        state = {"state": EnrolmentState.ACTIVE, "created_at": NOON, "invited_at": NOON}
        session.execute(
            sa.insert(Enrolment),
            [{**one, **state, "centre_id": hall.centre.id, "notice_accepted_at": NOON} for one in seats],
        )
        session.execute(
            sa.insert(Sitting),
            [
                {
                    "id": uuid4(),
                    "enrolment_id": one["id"],
                    "centre_exercise_id": place.centre_exercise_id,
                    "version_hash": place.version_hash,
                    "position": position,
                    "code": f"{position}-{one['id'].hex[:8]}",
                    "state": SittingState.RUNNING if position == 1 else SittingState.READY,
                    "language": "en" if position == 1 else None,
                    "time_factor": 1.0 if position == 1 else None,
                    "started_at": NOON if position == 1 else None,
                    "deadline_at": NOON + timedelta(hours=1) if position == 1 else None,
                }
                for one in seats
                for position, place in places.items()
            ],
        )


def test_asking_again_without_a_change_reads_no_sitting(client: FlaskClient, hall: Hall) -> None:
    stamp = client.get(hall.address("state")).headers["ETag"]
    with counting(hall.database) as count:
        assert client.get(hall.address("state"), headers={"If-None-Match": stamp}).status_code == 304
    assert not any("FROM sitting" in statement for statement in count.statements)


def test_somebody_enrolled_and_somebody_who_left_are_there(client: FlaskClient, hall: Hall) -> None:
    with hall.database.writing() as session:
        session.execute(
            sa.update(Enrolment)
            .where(Enrolment.person_id == hall.people["Cas"].id)
            .values(state=EnrolmentState.WITHDRAWN)
        )
    assert shown(page(client, hall.address("?state=withdrawn"))) == ["Cas"]


def test_an_empty_centre_says_what_to_expect(client: FlaskClient, hall: Hall) -> None:
    with hall.database.writing() as session:
        empty = factories.centre(session, "stavoord-case")
    assert "Nobody takes part yet" in page(client, f"/administrator/centres/{empty.id}/board/")


# Concerns.


def test_a_concern_is_answered_and_done(client: FlaskClient, hall: Hall) -> None:
    concern = hall.tell("Ada", "My <b>screen</b> flickers")
    text = page(client, hall.address())
    assert "Technical: My &lt;b&gt;screen&lt;/b&gt; flickers" in text
    refused = client.post(hall.address(f"concerns/{concern}/reply"), data={"text": " "})
    assert refused.status_code == 422
    assert "Write a reply" in refused.text
    check_page(refused.text)
    long = client.post(hall.address(f"concerns/{concern}/reply"), data={"text": "x" * 501})
    assert (long.status_code, "x" * 501 in long.text) == (422, True)
    answered = client.post(hall.address(f"concerns/{concern}/reply"), data={"text": "Restart <it>"})
    assert answered.headers["Location"].endswith(f"/sittings/{hall.sittings['Ada'][0]}")
    assert "Restart &lt;it&gt;" in page(client, hall.timeline())
    assert "answered" in page(client, hall.address())
    assert client.post(hall.address(f"concerns/{concern}/done")).status_code == 303
    assert "flickers" not in page(client, hall.address())
    assert client.post(hall.address(f"concerns/{concern}/done"), follow_redirects=True).text.count(
        "marked as done already"
    )


def test_a_concern_can_be_answered_and_done_in_one_go(client: FlaskClient, hall: Hall) -> None:
    concern = hall.tell("Ada")
    client.post(hall.address(f"concerns/{concern}/reply"), data={"text": "Done.", "done": "yes"})
    with hall.database.reading() as session:
        assert session.get_one(Concern, concern).done_at == NOON


def test_concerns_and_sittings_of_elsewhere_are_not_found(client: FlaskClient, hall: Hall) -> None:
    other = Hall(hall.database)
    concern = other.tell("Ada")
    for address in (
        hall.address(f"concerns/{concern}/reply"),
        hall.address(f"concerns/{concern}/done"),
        hall.address(f"concerns/{uuid4()}/done"),
    ):
        assert client.post(address, data={"text": "x"}).status_code == 404
    for rest in ("", "/timeline.csv", "/timeline.html", "/timeline.pdf"):
        address = hall.address(f"sittings/{other.sittings['Ada'][0]}{rest}")
        assert client.get(address).status_code == 404


# The timeline.


def lived(hall: Hall, noon: time_machine.Traveller) -> None:
    """Ada saves, is cut off, goes on elsewhere, tells a concern, and is sealed at the end."""
    hall.seen("Ada", NOON)
    for seq in range(1, 4):
        hall.save("Ada", seq, NOON + seq * MINUTE)
    hall.seen("Ada", NOON + 9 * MINUTE)
    noon.move_to(NOON + 10 * MINUTE)
    with hall.database.writing() as session:
        sittings.take_over(session, hall.sittings["Ada"][0], by=hall.actor(session, "Ada"))
    noon.move_to(NOON + 11 * MINUTE)
    hall.tell("Ada")
    noon.move_to(NOON + 100 * MINUTE)
    with hall.database.writing() as session:
        assert sittings.seal_due(session, timedelta(seconds=30)) == 1


def test_the_timeline_tells_everything_in_its_order(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    lived(hall, noon)
    text = page(client, hall.timeline())
    body = text[text.index('class="timeline"') :]
    told = re.findall(r"<td>\s*<b>([^<]+)</b>", body)
    assert told == [
        "Started",
        "No contact with any page",
        "Saved",
        "Continued in another window or on another device",
        "The participant said that something is wrong",
        "Ended",
    ]
    assert "3 times, in 1 task<" in body
    assert "Tue 3 Mar, 13:00:00" in body  # Amsterdam
    assert ">12:00:00<" in body  # UTC


def test_a_lost_connection_and_more_time_stand_in_the_timeline_and_can_be_taken_along(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    noon.move_to(NOON + 10 * MINUTE)
    with hall.database.writing() as session:
        ada = hall.sittings["Ada"][0]
        presences.report(session, ada, "page", [spell(1, 240)], clock.now(), by=hall.actor(session, "Ada"))
        centre = session.merge(hall.centre)
        noon.shift(60)
        adjustments.extend(session, centre, [ada], 5, "=The projector", by=hall.by)
        noon.shift(60)
        pauses.pause(session, centre, ada, "A call.", by=hall.by)
        noon.shift(60)
        pauses.resume(session, centre, ada, by=hall.by)
    told = [
        "Started",
        "Without connection; work went on",
        "The page reported that it had been cut off",
        "More time was given",
        "Paused",
        "Went on after a pause",
    ]
    text = page(client, hall.timeline())
    assert re.findall(r"<td>\s*<b>([^<]+)</b>", text[text.index('class="timeline"') :]) == told
    answer = client.get(hall.timeline(rest="/timeline.csv"))
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["What happened"] for row in rows] == told
    reasons = [row["Reason or words"] for row in rows]
    assert (reasons[3], reasons[4]) == ("'=The projector", "A call.")
    document = client.get(hall.timeline(rest="/timeline.html")).text
    assert [one for one in told if one not in document] == []


def test_the_csv_holds_each_entry_of_the_journal_as_it_was_hashed(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    lived(hall, noon)
    answer = client.get(hall.timeline(rest="/timeline.csv"))
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=klei-timeline-K-")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    proven = [row for row in rows if row["Journal entry"]]
    assert len(proven) == 4
    for row in proven:
        spelled = row["The entry as it was hashed"]
        assert hashlib.sha256(spelled.encode()).hexdigest() == row["Hash of the entry"]
        assert json.loads(spelled)["previous_hash"] == row["Hash of the entry before"]
    with hall.database.reading() as session:
        stored = set(session.scalars(sa.select(Event.hash)))
    assert {row["Hash of the entry"] for row in proven} <= stored
    saved = [row for row in rows if row["What happened"] == "Saved"]
    assert [row["Revision"] for row in saved] == ["1", "2", "3"]
    body = json.dumps("=1+1 we own it")
    assert {row["SHA-256 of the text"] for row in saved} == {hashlib.sha256(body.encode()).hexdigest()}
    assert "'=HYPERLINK(1)" in [row["Reason or words"] for row in rows]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_the_document_needs_nothing_else(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller
) -> None:
    lived(hall, noon)
    hall.tell("Ada", '<script>alert("x")</script>', client="d")
    answer = client.get(hall.timeline(rest="/timeline.html"))
    assert answer.mimetype == "text/html"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "<script" not in answer.text
    assert not re.search(r"(src|href)=|url\(|@import", answer.text)
    proofs = re.findall(r"<td>([0-9a-f]{64})</td><td>(\{.*?\})</td>", answer.text)
    assert len(proofs) == 5
    for digest, spelled in proofs:
        plain = spelled.replace("&#34;", '"').replace("&amp;", "&")
        assert hashlib.sha256(plain.encode()).hexdigest() == digest


def test_the_timeline_is_a_tagged_pdf_in_which_two_checkers_find_nothing(
    client: FlaskClient, hall: Hall, noon: time_machine.Traveller, settings: Settings
) -> None:
    fonts.put_into(settings.data_folder)
    lived(hall, noon)
    hall.tell("Ada", "<b>=1+1</b>\r\nمحمد علي", client="d")
    answer = client.get(hall.timeline(rest="/timeline.pdf"))
    assert answer.mimetype == "application/pdf"
    assert re.fullmatch(
        r"attachment; filename=klei-timeline-K-[A-Z0-9]+\.pdf", answer.headers["Content-Disposition"]
    )
    assert failures(answer.data) == []
    reader = PdfReader(io.BytesIO(answer.data))
    text = "".join("".join(page.extract_text() for page in reader.pages).split())
    with hall.database.reading() as session:
        hashes = session.scalars(sa.select(Event.hash).where(Event.subject == "sitting", Event.subject_id == str(hall.sittings["Ada"][0]))).all()  # fmt: skip
    assert len(hashes) == 5
    assert all(one in text for one in hashes), "every entry is proven on paper too"
    assert "<b>=1+1</b>" in text


def test_the_timeline_takes_as_many_queries_for_many_saves_as_for_few(
    client: FlaskClient, hall: Hall
) -> None:
    numbers = []
    for last in (2, 60):
        for seq in range(last - 1, last + 1) if last == 2 else range(3, last):
            hall.save("Ada", seq, NOON + timedelta(seconds=seq))
            if seq < 10:
                hall.tell("Bob", client=str(seq)) if seq < 4 else None
        with counting(hall.database) as count:
            assert client.get(hall.timeline()).status_code == 200
        numbers.append(count.n)
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("who", ["assessor", "participant", "nobody"])
def test_nobody_else_sees_board_or_timeline(client: FlaskClient, hall: Hall, who: str) -> None:
    if who == "nobody":
        with client.session_transaction() as cookie:
            cookie.clear()
    else:
        log_in(client, hall.assessor if who == "assessor" else hall.people["Ada"])
    for rest in ("", "state"):
        assert client.get(hall.address(rest)).status_code == (303 if who == "nobody" else 404)
    for rest in ("", "/timeline.csv", "/timeline.html", "/timeline.pdf"):
        assert client.get(hall.timeline(rest=rest)).status_code == (303 if who == "nobody" else 404)


def test_an_administrator_of_another_centre_finds_nothing(client: FlaskClient, hall: Hall) -> None:
    with hall.database.writing() as session:
        other = factories.centre(session, "stavoord-case")
        somebody = factories.person(session)
        factories.role(session, somebody, factories.RoleName.ADMINISTRATOR, programme_id=other.programme_id)
    log_in(client, somebody)
    for address in (hall.address(), hall.address("state"), hall.timeline()):
        assert client.get(address).status_code == 404


def test_a_sitting_that_no_longer_counts_keeps_its_timeline(client: FlaskClient, hall: Hall) -> None:
    with hall.database.writing() as session:
        session.execute(sa.update(Sitting).where(Sitting.id == hall.sittings["Bob"][0]).values(state="void"))
    assert "Ended" in page(client, hall.timeline("Bob"))
