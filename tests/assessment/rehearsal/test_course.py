"""A small rehearsal from the first link to the last decision, against the running app."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import sqlalchemy as sa

from assessment import clock, create_app, journal
from assessment.database import Database
from assessment.models.event import Mail
from assessment.models.report import Report, ReportState
from assessment.models.sitting import Revision
from assessment.rehearsal.comparison import compare
from assessment.rehearsal.course import Course, Outcome, Plan
from assessment.services import rehearsals
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.assessment.room import HALF_DAY, WEIGHTS
from tests.assessment.services.test_rehearsals import rows
from tests.journeys.stage import serving


def a_centre(database: Database) -> UUID:
    with patch.object(factories, "NOON", clock.now()), database.writing() as session:
        return factories.centre(session, *HALF_DAY, weights=WEIGHTS).id


def planned(base: str, **plan: float) -> Plan:
    return Plan(base, **{"speed": 200.0, "minutes": 2.0, "interval": 15.0, "arrival": 10.0, **plan})  # type: ignore[arg-type]


def course(database: Database, made: rehearsals.Rehearsal, plan: Plan) -> Course:
    return Course(database, made, plan, lambda line: None)


async def to_the_end(course: Course) -> Outcome:
    return await course.run(asyncio.Event())


@pytest.fixture
def served(database: Database, settings: Settings) -> Iterator[str]:
    fonts.put_into(settings.data_folder)
    with serving(create_app(settings, database)) as base:
        yield base


def test_a_whole_rehearsal_loses_nothing_and_leaves_nothing(database: Database, served: str) -> None:
    a_centre(database)
    before = rows(database)
    made = rehearsals.make(database, participants=4, assessors=2)
    outcome = asyncio.run(to_the_end(course(database, made, planned(served, rated=2))))
    assert outcome.gave_up == {}
    assert outcome.compared.differences == ()
    assert outcome.is_right, outcome.lines()
    assert (outcome.started, outcome.finished, outcome.reports) == (4, 4, 2)
    assert outcome.compared.saves == outcome.compared.stored == 4 * 3 * 8
    assert outcome.compared.ratings == 2 * 2 * 2
    with database.reading() as session:
        assert session.scalars(sa.select(Report.state)).all() == [ReportState.RELEASED] * 2
        assert session.scalars(sa.select(Mail)).all() == []
    rehearsals.remove(database, made.centre_id)
    after = rows(database)
    passing = ("throttle", "sent_form")  # which hold digests alone and are cleared by the worker
    assert {name for name, count in after.items() if count != before[name] and name not in passing} == set()
    with database.reading() as session:
        assert list(journal.verify(session)) == []


class Dropper:
    """Stands between people and the service, and lets the answer to every third save go lost, and to every first
    look at the page that a hand-in led to.
    """

    def __init__(self, base: str) -> None:
        self.host, self.port = urlsplit(base).hostname, urlsplit(base).port
        self.saves = self.dropped = self.pages = 0
        self.asked: set[bytes] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            await self.pass_on(reader, writer)
        writer.close()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            size = re.search(rb"Content-Length: (\d+)", head)
            body = await reader.readexactly(int(size[1])) if size else b""
            there, back = await asyncio.open_connection(self.host, self.port)
            back.write(head.replace(b" HTTP/1.1", b" HTTP/1.0") + body)
            answer = await there.read()
            back.close()
            self.saves += head.startswith(b"PUT")
            if head.startswith(b"PUT") and self.saves % 3 == 0:
                self.dropped += 1
                return
            line = head.splitlines()[0]
            if b"/receipt" in line and line not in self.asked:
                self.asked.add(line)
                self.pages += 1
                return
            writer.write(answer)
            return


def test_answers_that_go_lost_make_no_difference(database: Database, served: str) -> None:
    # robustness 17: the same numbers are sent again until they are answered
    a_centre(database)
    made = rehearsals.make(database, participants=3, assessors=2)
    dropper = Dropper(served)

    async def run() -> Outcome:
        async with await asyncio.start_server(dropper, "127.0.0.1", 0) as between:
            port = between.sockets[0].getsockname()[1]
            return await to_the_end(course(database, made, planned(f"http://127.0.0.1:{port}", rated=0)))

    outcome = asyncio.run(run())
    assert dropper.dropped >= 20
    assert outcome.figures.kinds["save"].errors == {"lost": dropper.dropped}
    assert dropper.pages == outcome.figures.kinds["receipt"].errors["lost"] == 3 * 3
    assert len(outcome.figures.kinds["hand in"].seconds) == 3 * 3  # the form itself was sent once
    assert outcome.compared.differences == ()
    assert outcome.compared.saves == outcome.compared.stored == 3 * 3 * 8
    assert outcome.finished == 3
    assert not outcome.is_right  # nothing is lost, and yet the service did not answer as it should


def test_what_was_changed_or_lost_behind_everybodys_back_is_told(database: Database, served: str) -> None:
    a_centre(database)
    made = rehearsals.make(database, participants=1, assessors=2)
    walked = course(database, made, planned(served, rated=0, minutes=1.0))
    assert asyncio.run(to_the_end(walked)).compared.differences == ()
    with database.writing() as session:
        first, second, *_ = session.scalars(sa.select(Revision).order_by(Revision.id))
        session.execute(sa.update(Revision).where(Revision.id == first.id).values(body=""))
        session.execute(sa.delete(Revision).where(Revision.id == second.id))
    with database.reading() as session:
        told = compare(session, made, walked.sent, walked.works, []).differences
    assert any(f"{first.task}, revision {first.number}: stored with other words" in line for line in told)
    assert any(
        f"{second.task}, revision {second.number}: acknowledged, and not stored" in line for line in told
    )


def test_a_rehearsal_that_is_stopped_still_compares(sqlite_database: Database, settings: Settings) -> None:
    a_centre(sqlite_database)
    made = rehearsals.make(sqlite_database, participants=2, assessors=2)

    async def run(base: str) -> Outcome:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(2.5, stop.set)
        plan = planned(base, speed=20.0, minutes=40.0, arrival=0.0, starts=0.0)
        return await course(sqlite_database, made, plan).run(stop)

    with serving(create_app(settings, sqlite_database)) as base:
        outcome = asyncio.run(run(base))
    assert outcome.was_stopped
    assert outcome.finished == 0
    assert outcome.compared.differences == ()
    assert "Stopped before the end" in "\n".join(outcome.lines())
