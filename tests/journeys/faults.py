"""What breaks things for real: a wire that drops, stalls and cuts, a service that is killed, processes that sleep."""

import contextlib
import os
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from assessment import supervisor
from tests.conftest import SECRET


class Wire:
    """A TCP proxy before a service. ``state`` is open, dropped (connections are reset) or stalled (nothing moves)."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.state = "open"
        self.cuts = 0
        """How many replies to a PUT are still to be cut off in the middle."""
        self.sockets: set[socket.socket] = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def drop(self) -> None:
        self.state = "dropped"
        for one in list(self.sockets):
            self._reset(one)

    def stall(self) -> None:
        self.state = "stalled"

    def open(self) -> None:
        self.state = "open"

    def close(self) -> None:
        self.listener.close()
        self.drop()

    def _listen(self) -> None:
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            if self.state == "dropped":
                self._reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                self._reset(client)
                continue
            self.sockets |= {client, server}
            is_put = threading.Event()
            threading.Thread(target=self._pump, args=(client, server, is_put, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, is_put, True), daemon=True).start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, is_put: threading.Event, is_reply: bool
    ) -> None:
        try:
            while data := source.recv(65_536):
                while self.state == "stalled":
                    time.sleep(0.02)
                if self.state == "dropped":  # what stood in the stalled line is lost with it
                    break
                if not is_reply:
                    is_put.set() if data.startswith(b"PUT ") else None
                elif is_put.is_set() and self.cuts:
                    self.cuts -= 1
                    sink.sendall(data[:30])  # the reply has begun, and then the line is dead
                    self._reset(sink)
                    self._reset(source)
                    return
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            self.sockets.discard(one)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _reset(self, one: socket.socket) -> None:
        self.sockets.discard(one)
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.shutdown(socket.SHUT_RDWR)
        one.close()


class Service:
    """A real gunicorn on a database, which can be killed and started again at the same address."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "KLEI_SECRET_KEY": SECRET,
            "KLEI_DATABASE_URL": self.url,
            "KLEI_DATA": str(self.folder),
            "KLEI_SECURE_COOKIES": "0",
        }
        command = supervisor.web(self.port, threads=4)
        self.process = subprocess.Popen(
            command,
            env=environment,
            process_group=0,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/login", timeout=5).close()
                return
            time.sleep(0.1)
        raise AssertionError("the service did not start")

    def kill(self) -> None:
        """kill -9 of gunicorn and its workers, as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def processes_of(profile: Path) -> list[int]:
    """The processes of a browser with this profile, and their children that do not name it."""
    own: set[int] = set()
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if str(profile).encode() in (entry / "cmdline").read_bytes():
                own.add(int(entry.name))
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    for _ in range(4):
        own |= {child for child, parent in parents.items() if parent in own}
    return sorted(own)


def tell(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int):  # type: ignore[no-untyped-def]
    """A tmpfs of this size at the folder; yields False where mounting is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(filler: Path) -> None:
    """Take all the space that is left."""
    with filler.open("wb", buffering=0) as full, contextlib.suppress(OSError):
        while True:
            full.write(b"\0" * 512)
