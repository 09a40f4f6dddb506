"""Two nodes on PostgreSQL and Redis: one dies in the middle of saves, and no acknowledged save is lost."""

import contextlib
import http.client
import json
import re
import runpy
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import session as cookie
from flask_wtf.csrf import generate_csrf

from assessment import clock, create_app, serving
from assessment.database import Database
from assessment.models.sitting import Revision, Sitting
from assessment.services import logins, passwords
from assessment.settings import ROOT, Settings
from assessment.writers import PATIENCE
from tests import factories
from tests.conftest import SECRET
from tests.deploy.nodes import Balancer, Client, Node, free_port, plain, secure

CLIENTS = 8
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


class Service:
    """So many nodes, and participants at work on them."""

    def __init__(self, database: Database, redis_url: str, folder: Path, nodes: int = 2) -> None:
        self.database = database
        url = database.url.render_as_string(hide_password=False)
        self.nodes = [Node(folder, url, redis_url) for _ in range(nodes)]
        self.app = create_app(
            Settings(SECRET, url, folder, has_secure_cookies=False, redis_url=redis_url), database
        )
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait_until_well()

    def clients(self, connect: Callable[[], http.client.HTTPConnection]) -> list[Client]:
        with self.database.writing() as session:
            centre = factories.centre(session, "stavoord-case")
            found = []
            for number in range(CLIENTS):
                person = factories.person(session)
                enrolment = factories.enrolment(session, centre, person)
                sitting = session.scalars(
                    sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id)
                ).one()
                factories.running(session, sitting, at=clock.now(), minutes=55)
                found.append(
                    Client(connect, str(sitting.id), self._headers(str(person.id)), f"client {number}")
                )
        return found

    def _headers(self, person: str) -> dict[str, str]:
        with self.app.test_request_context():
            cookie["login"] = (person, 1)
            token = generate_csrf()
            serializer: Any = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
            value = serializer.dumps(dict(cookie))
        return {"Cookie": f"klei={value}", "X-CSRF-Token": token, "Content-Type": "application/json"}

    def missing(self, clients: list[Client]) -> list[str]:
        """Acknowledged saves that are not stored."""
        with self.database.reading() as session:
            stored = {
                (str(row.sitting_id), row.number): json.loads(row.body)
                for row in session.execute(sa.select(Revision.sitting_id, Revision.number, Revision.body))
            }
        return [
            f"{client.client_id}: {number}"
            for client in clients
            for number, text in client.acknowledged.items()
            if stored.get((UUID(client.sitting), number), stored.get((client.sitting, number))) != text
        ]


def saves(clients: list[Client]) -> int:
    return sum(len(client.acknowledged) for client in clients)


def lose_a_node_under_load(service: Service, clients: list[Client], victim: Node) -> None:
    """Everybody saves without a pause; a node dies; everybody goes on with the other."""
    stop = threading.Event()
    threads = [threading.Thread(target=client.work, args=(stop,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        _wait_for(lambda: all(len(client.acknowledged) >= 10 for client in clients))
        victim.kill()
        before = {client.client_id: len(client.acknowledged) for client in clients}
        _wait_for(
            lambda: all(len(client.acknowledged) >= before[client.client_id] + 10 for client in clients)
        )
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert saves(clients) >= 20 * CLIENTS
    assert service.missing(clients) == []
    assert max(client.longest_wait for client in clients) < 10


def asked(
    connect: Callable[[], http.client.HTTPConnection],
    jar: dict[str, str],
    method: str,
    path: str,
    form: dict[str, str] | None = None,
) -> tuple[int, str]:
    """The status and the page, with the cookies that were given before; new ones are kept."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    with contextlib.closing(connect()) as connection:
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = connection.getresponse()
        for given in answer.headers.get_all("Set-Cookie") or ():
            name, value = given.split(";")[0].split("=", 1)
            jar[name] = value
        return answer.status, answer.read().decode()


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def _wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < end, "the saves did not go on"
        time.sleep(0.02)


def test_one_node_dies_during_saves_and_nothing_acknowledged_is_lost(service: Service) -> None:
    balancer = Balancer([node.port for node in service.nodes])
    try:
        clients = service.clients(plain(balancer.port))
        lose_a_node_under_load(service, clients, service.nodes[0])
    finally:
        balancer.close()
    assert min(balancer.taken.values()) >= CLIENTS / 2  # both had their share
    service.nodes[0].start()  # and the node comes back to the same work
    service.nodes[0].wait_until_well()


def test_a_throttle_counts_over_all_nodes(service: Service) -> None:
    service.nodes[0].wait_until_well()
    headers = service._headers("00000000-0000-4000-8000-000000000000")
    statuses = []
    for number in range(logins.PER_EMAIL.free + 1):
        connection = plain(service.nodes[number % 2].port)()
        body = json.dumps({"email": "ada@example.org", "password": "wrong"})
        connection.request("POST", "/api/login", body, headers)
        answer = connection.getresponse()
        statuses.append(answer.status)
        answer.read()
        connection.close()
    assert statuses == [401] * logins.PER_EMAIL.free + [429]


def test_a_login_and_a_form_of_one_process_are_good_in_the_other(service: Service) -> None:
    """robustness 30: with a secret that each process makes for itself, every second request is turned away."""
    one, other = (plain(node.port) for node in service.nodes)
    for node in service.nodes:
        node.wait_until_well()
    password = "a long way round the dyke"
    with service.database.writing() as session:
        person = factories.person(session, password_hash=passwords.hashed(password))
        factories.enrolment(session, factories.centre(session, "stavoord-case"), person)
        email = person.email
    jar: dict[str, str] = {}
    _, page = asked(one, jar, "GET", "/login")
    form = {"email": email, "password": password, "csrf_token": token_in(page)}
    assert asked(other, jar, "POST", "/login", form)[0] == 303
    for here, there in ((one, other), (other, one)):
        status, page = asked(here, jar, "GET", "/participant/")
        assert status == 200
        assert 'name="csrf_token"' in page
        assert (
            asked(there, jar, "POST", "/language", {"language": "nl", "csrf_token": token_in(page)})[0] == 303
        )
        assert asked(there, jar, "GET", "/participant/")[0] == 200


def test_the_pool_does_not_run_out_with_all_threads_at_work(service: Service) -> None:
    """robustness 30: there are fewer connections than threads, so that no request may hold one and wait for another."""
    node = service.nodes[0]
    node.wait_until_well()
    clients = service.clients(plain(node.port))
    threads = int(runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))["threads"])
    assert serving.CONNECTIONS < threads <= 3 * len(clients), "else this tests nothing"
    statuses: list[int] = []
    waits: list[float] = []

    def ask(client: Client, method: str, path: str, body: dict[str, Any] | None) -> None:
        connection, begun = client.connect(), time.monotonic()
        with contextlib.closing(connection):
            connection.request(method, path, json.dumps(body) if body else None, client.headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        waits.append(time.monotonic() - begun)

    workers = []
    for client in clients:
        here = f"/api/sittings/{client.sitting}"
        save = {"value": "x", "base": 0, "client": client.client_id, "seq": 1, "epoch": 1}
        told = {"client": client.client_id, "kind": "other", "text": "It flickers"}
        for method, path, body in (
            ("PUT", f"{here}/tasks/memo", save),
            ("POST", f"{here}/concerns", told),
            ("GET", f"/participant/sittings/{client.sitting}", None),
        ):
            workers.append(threading.Thread(target=ask, args=(client, method, path, body)))
    # Whoever writes waits with its connection for these rows, and everybody else for a connection.
    with service.database.writing() as session:
        ids = [UUID(client.sitting) for client in clients]
        session.execute(sa.select(Sitting.id).where(Sitting.id.in_(ids)).with_for_update())
        for worker in workers:
            worker.start()
        time.sleep(1.5)
        assert len(statuses) < len(workers), "nobody waited"
    for worker in workers:
        worker.join()
    assert sorted(statuses) == [200] * (2 * len(clients)) + [201] * len(clients)
    assert max(waits) < PATIENCE


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")
def test_behind_nginx_as_it_is_shipped_nothing_is_lost_either(service: Service, nginx: "Nginx") -> None:
    clients = service.clients(secure(nginx.port))
    lose_a_node_under_load(service, clients, service.nodes[1])
    log = nginx.log()
    for node in service.nodes:
        assert f"127.0.0.1:{node.port}" in log

    connection = secure(nginx.port)()
    claims = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
    }
    connection.request("GET", "/login", headers={"Host": "klei.example.org", **claims})
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert b"evil.example" not in answer.read()
    connection.request("PUT", "/api/sittings/x/tasks/memo", b"x" * (9 * 1024 * 1024))
    answer = connection.getresponse()
    assert answer.status == 413
    answer.read()
    connection.close()
    assert re.search(r'^\S+ [0-9a-f]{32} 127\.0\.0\.1 "PUT /api/sittings/', nginx.log(), re.M)


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")
def test_nginx_takes_the_shipped_configuration(tmp_path: Path) -> None:
    nginx = Nginx(tmp_path, [8001, 8002])
    told = subprocess.run([*nginx.command, "-t"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


class Nginx:
    """nginx with the shipped file; only ports and folders are this test's."""

    def __init__(self, folder: Path, nodes: list[int]) -> None:
        assert NGINX
        self.folder, self.port = folder, free_port()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=klei.example.org",
             "-keyout", str(folder / "klei.key"), "-out", str(folder / "klei.pem")],
            check=True,
            capture_output=True,
        )  # fmt: skip
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for shipped, own in {
            "/etc/ssl/": f"{folder}/",
            "/var/log/nginx/": f"{folder}/",
            "127.0.0.1:8001": f"127.0.0.1:{nodes[0]}",
            "127.0.0.1:8002": f"127.0.0.1:{nodes[1]}",
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
        }.items():
            assert shipped in text, shipped
            text = text.replace(shipped, own)
        (folder / "klei.conf").write_text(text)
        temporary = "".join(
            f"{name}_temp_path {folder}/{name}; "
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} "
            f"http {{ {temporary} include {folder}/klei.conf; }}"
        )
        self.command = [
            NGINX,
            "-c",
            str(folder / "nginx.conf"),
            "-p",
            str(folder),
            "-e",
            str(folder / "error.log"),
        ]

    def log(self) -> str:
        return (self.folder / "klei.log").read_text()


@pytest.fixture
def nginx(service: Service) -> Iterator[Nginx]:
    folder = Path(tempfile.mkdtemp(prefix="klei-nginx-"))
    folder.chmod(0o755)  # nginx's own user reads and writes here
    found = Nginx(folder, [node.port for node in service.nodes])
    process = subprocess.Popen(found.command)
    for _ in range(100):
        try:
            with contextlib.closing(secure(found.port)()) as connection:
                connection.connect()
        except OSError:
            time.sleep(0.05)
        else:
            break
    yield found
    process.terminate()
    process.wait(timeout=20)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def service(postgresql_server: Any, _redis: Any) -> Iterator[Service]:
    postgresql_server.psql("CREATE DATABASE klei_nodes TEMPLATE klei_template;")
    database = Database(postgresql_server.get_uri("klei_nodes", driver="psycopg"))
    folder = Path(tempfile.mkdtemp(prefix="klei-nodes-"))
    _redis.empty()
    found = Service(database, _redis.url, folder)
    yield found
    for node in found.nodes:
        node.stop()
    database.beside["redis"].close()
    database.dispose()
    postgresql_server.psql("DROP DATABASE klei_nodes WITH (FORCE);")
    shutil.rmtree(folder, ignore_errors=True)
