"""One command that keeps several processes alive: the service and its worker, stopped together.

For the demo and small installations. Larger ones let systemd do this (``deploy/``).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

QUICK = 5.0
"""A process that lives shorter than this died quickly; three quick deaths in a row end the whole."""


def web(port: int, threads: int = 12, workers: int = 1, host: str = "127.0.0.1") -> list[str]:
    """The command of the service: one process with threads is enough for these."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "wsgi:app",
        "--bind",
        f"{host}:{port}",
        "--workers",
        str(workers),
        "--threads",
        str(threads),
        "--no-control-socket",
        "--graceful-timeout",
        "10",
        "--log-level",
        "warning",
    ]


def worker() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]


def keep(commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> int:
    """Run these until a signal comes; restart what dies, and give up after three quick deaths."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    env = {**os.environ, **environment}
    running: dict[str, subprocess.Popen[bytes]] = {}
    begun: dict[str, float] = {}
    deaths = dict.fromkeys(commands, 0)
    status = 0
    while not stopping:
        for name, command in commands.items():
            process = running.get(name)
            if process is not None and process.poll() is None:
                continue
            if process is not None:
                deaths[name] = deaths[name] + 1 if time.monotonic() - begun[name] < QUICK else 1
                print(f"{name} ended ({process.returncode}); it is started again", file=sys.stderr)  # noqa: T201
                if deaths[name] >= 3:
                    print(f"{name} ended three times at once; giving up", file=sys.stderr)  # noqa: T201
                    stopping, status = True, 1
                    break
                time.sleep(0.5 * deaths[name])
            running[name] = subprocess.Popen(command, env=env, process_group=0)  # noqa: S603 -- our own commands
            begun[name] = time.monotonic()
        time.sleep(0.2)
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    for process in running.values():
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
    return status
