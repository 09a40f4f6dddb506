"""Server CPU per refresh of the live board with 2,000 sittings at work: ``python -m benchmarks.board``.

Three requests, in turn in one run: what the page asks again after everybody saved, the same when nothing changed (304),
and the whole page; each beside a bare page of Klei, which costs what any request costs. Goal: under 50 ms per refresh; it
ends with 1 where that is not so. Beside it: how many statements a refresh takes, and by what plan the database finds the
figures of all sittings.
"""

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from flask.testing import FlaskClient

from assessment import clock, create_app, migrations
from assessment.database import Database
from assessment.models.presence import Presence
from assessment.models.sitting import Revision, RevisionKind, Sitting
from assessment.settings import Settings
from benchmarks import stage
from tests import factories
from tests.assessment.query_count import Count, counting
from tests.conftest import log_in

SITTINGS, SAVES, ROUNDS = 2000, 20, 15
GOAL_MS = 50


def prepare(database: Database) -> tuple[UUID, factories.Person, list[UUID]]:
    """A centre in which everybody works and has saved some times."""
    now = factories.NOON = clock.now()
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        anna = factories.administrator(session)
        for _ in range(SITTINGS):
            factories.enrolment(session, centre)
        session.execute(
            sa.update(Sitting).values(
                state="running",
                language="en",
                time_factor=1.0,
                started_at=now,
                deadline_at=now + timedelta(minutes=55),
                writer_epoch=1,
            )
        )
        ids = list(session.scalars(sa.select(Sitting.id)))
    for number in range(1, SAVES + 1):
        everybody_saves(database, ids, number)
    return centre.id, anna, ids


def everybody_saves(database: Database, ids: list[UUID], number: int) -> None:
    """One revision each, and a sign of life."""
    now = clock.now()
    with database.writing() as session:
        version = session.scalars(sa.select(Sitting.version_hash).limit(1)).one()
        session.execute(
            sa.insert(Revision),
            [
                {
                    "sitting_id": one,
                    "version_hash": version,
                    "task": "memo",
                    "number": number,
                    "kind": RevisionKind.MAIN,
                    "body": '"A text"',
                    "base_number": number - 1,
                    "client_id": "page",
                    "client_seq": number,
                    "epoch": 1,
                    "arrived_at": now,
                    "is_in_grace": False,
                    "reason": "",
                }
                for one in ids
            ],
        )
        session.execute(sa.delete(Presence))
        session.execute(sa.insert(Presence), [{"sitting_id": one, "seen_at": now} for one in ids])


def cpu(client: FlaskClient, address: str, status: int, **headers: str) -> tuple[float, str, str]:
    """Milliseconds of CPU of one request, its ETag and its text."""
    before = time.process_time()
    answer = client.get(address, headers=headers)
    spent = (time.process_time() - before) * 1000
    if answer.status_code != status:
        raise RuntimeError(f"{address} was answered {answer.status_code}")
    return spent, answer.headers.get("ETag", ""), answer.text


def tell_plans(database: Database, sent: Count) -> None:
    """How the database finds what is asked of sittings."""
    found = [one for one in zip(sent.statements, sent.values, strict=True) if " sitting" in one[0]]
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    print(f"  {sent.n} statements per refresh, of which {len(found)} ask for sittings, by these plans:")
    with database.engine.connect() as connection:
        for number, (statement, values) in enumerate(found, 1):
            for row in connection.exec_driver_sql(explain + statement, values):
                print(f"    {number}: {row[-1]}")


def measure(backend: str) -> bool:
    """Print the figures of one database; whether a refresh is as cheap as it must be."""
    with stage.database_url(backend) as url:
        database = Database(url)
        migrations.upgrade(database)
        centre, anna, ids = prepare(database)
        app = create_app(
            Settings(stage.SECRET, url, Path(tempfile.mkdtemp()), has_secure_cookies=False), database
        )
        client = log_in(app.test_client(), anna)
        here = f"/administrator/centres/{centre}/board/"
        figures: dict[str, list[float]] = {
            "bare page": [],
            "refresh": [],
            "nothing new": [],
            "whole page": [],
        }
        cursor = 0
        for number in range(SAVES + 1, SAVES + ROUNDS + 1):
            everybody_saves(database, ids, number)
            figures["bare page"].append(cpu(client, "/account", 200)[0])
            spent, tag, text = cpu(client, f"{here}state?after={cursor}", 200)
            cursor = app.json.loads(text)["cursor"]
            figures["refresh"].append(spent)
            figures["nothing new"].append(
                cpu(client, f"{here}state?after={cursor}", 304, **{"If-None-Match": tag})[0]
            )
            figures["whole page"].append(cpu(client, here, 200)[0])
        everybody_saves(database, ids, SAVES + ROUNDS + 1)
        with counting(database) as sent:
            cpu(client, f"{here}state?after={cursor}", 200)
        tell_plans(database, sent)
        database.dispose()
    bare = statistics.median(figures["bare page"][1:])
    print(f"{backend}: {SITTINGS} sittings, each saved between two questions; {ROUNDS - 1} rounds")
    for name, spent in figures.items():
        median = statistics.median(spent[1:])
        print(f"  {name}: {median:.1f} ms of CPU, {median / bare:.1f} times a bare page")
    is_met = statistics.median(figures["refresh"][1:]) < GOAL_MS
    print(f"  under {GOAL_MS} ms per refresh: {'MET' if is_met else 'MISSED'}")
    return is_met


def main() -> int:
    return 0 if all([measure(backend) for backend in ("sqlite", "postgresql")]) else 1


if __name__ == "__main__":
    sys.exit(main())
