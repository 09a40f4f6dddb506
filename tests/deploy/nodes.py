"""Nodes as they run for real, and a balancer before them."""

import contextlib
import http.client
import json
import os
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assessment.settings import ROOT
from tests.conftest import SECRET


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Node:
    """A gunicorn with the shipped configuration, in a process group of its own."""

    folder: Path
    database_url: str
    redis_url: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "KLEI_SECRET_KEY": SECRET,
            "KLEI_DATABASE_URL": self.database_url,
            "KLEI_REDIS_URL": self.redis_url,
            "KLEI_DATA": str(self.folder),
            "KLEI_SECURE_COOKIES": "0",
            "KLEI_TRUSTED_PROXIES": "1",
            "KLEI_BIND": f"127.0.0.1:{self.port}",
            "KLEI_LOG_LEVEL": "error",
            "WEB_CONCURRENCY": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"],
            cwd=ROOT,
            env=environment,
            process_group=0,
        )

    def wait_until_well(self) -> None:
        """As a load balancer waits: until /health says ok."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", "/health")
                answer = connection.getresponse()
                if (answer.status, answer.read()) == (200, b"ok\n"):
                    return
            time.sleep(0.1)
        raise AssertionError("the node did not become well")

    def kill(self) -> None:
        """kill -9 of the node with all its processes."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None


class Balancer:
    """TCP connections in turn to whichever node takes them, as the smallest load balancer does."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.taken = dict.fromkeys(ports, 0)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        self._pumps: list[threading.Thread] = []

    def _accept(self) -> None:
        turn = 0
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            for step in range(len(self.ports)):
                port = self.ports[(turn + step) % len(self.ports)]
                with contextlib.suppress(OSError):
                    node = socket.create_connection(("127.0.0.1", port), timeout=2)
                    self.taken[port] += 1
                    pump = threading.Thread(target=_pump, args=(client, node))
                    pump.start()
                    self._pumps.append(pump)
                    break
            else:
                client.close()
            turn += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for pump in self._pumps:
            pump.join()


def _pump(client: socket.socket, node: socket.socket) -> None:
    """Carry bytes both ways until either side ends."""
    other = {client: node, node: client}
    with client, node, selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
        for side in other:
            selector.register(side, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                side = key.fileobj
                assert isinstance(side, socket.socket)
                data = side.recv(65536)
                if not data:
                    return
                other[side].sendall(data)


@dataclass
class Client:
    """A participant's browser: one save after another, each sent again until it is acknowledged."""

    connect: Callable[[], http.client.HTTPConnection]
    sitting: str
    headers: dict[str, str]
    client_id: str
    head: int = 0
    seq: int = 0
    acknowledged: dict[int, str] = field(default_factory=dict)
    longest_wait: float = 0.0
    clock: Any = None

    def work(self, stop: threading.Event) -> None:
        connection = self.connect()
        while not stop.is_set():
            self.seq += 1
            text = f"{self.client_id} {self.seq}: " + "We begin with use contracts. " * 40
            begun = time.monotonic()
            answer = None
            while answer is None:
                answer = self._send(connection, text)
                if answer is None:
                    connection.close()
                    assert time.monotonic() - begun < 30, "nobody answered"
                    time.sleep(0.05)
            self.longest_wait = max(self.longest_wait, time.monotonic() - begun)
            self.head = answer["head"]
            self.clock = answer.get("clock", self.clock)
            self.acknowledged[answer["number"]] = text
            time.sleep(0.01)
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, text: str) -> dict[str, Any] | None:
        body = {
            "value": text,
            "base": self.head,
            "client": self.client_id,
            "seq": self.seq,
            "epoch": 1,
            "clock": self.clock,
        }
        try:
            connection.request(
                "PUT", f"/api/sittings/{self.sitting}/tasks/memo", json.dumps(body), self.headers
            )
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        if answer.status in (502, 503, 504):
            return None
        assert answer.status == 200, content
        found: dict[str, Any] = json.loads(content)
        return found


def plain(port: int) -> Callable[[], http.client.HTTPConnection]:
    return lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=10)


def secure(port: int) -> Callable[[], http.client.HTTPConnection]:
    """Over TLS to a certificate that this test made itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return lambda: http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
