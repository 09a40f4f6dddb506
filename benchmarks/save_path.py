"""The save path beside its floor, in turn in one run: ``python -m benchmarks.save_path [sqlite|postgresql]``.

CPU per save; p99 at 200 participants who save every 5 seconds, and memory then, without the floor's; p99 to p50 at 200
clients without pause, and there, on SQLite, fsyncs per acknowledged save (counted with Debian's ``strace``). Everything
runs on one machine, durable, and figures are noisy while others use it: compare the ratios, which come from rounds in
turn.
"""

import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks import stage

PEOPLE, SAVES, ROUNDS = 20, 60, 5
CROWD, PACED_SAVES, PACED_ROUNDS, SATURATING_SAVES = 200, 4, 2, 10


def verdict(name: str, value: float, must: float, want: float, unit: str = "") -> None:
    """One line: the figure, what it must be and what we want, and whether it is so."""
    met = "MET" if value <= want else "want MISSED" if value <= must else "MISSED"
    print(f"  {name}: {value:.2f}{unit} (must {must:g}, want {want:g}): {met}")


def p99(latencies: list[float]) -> float:
    return statistics.quantiles(latencies, n=100)[98]


def measure(backend: str) -> None:
    """Print the figures of one database."""
    with stage.database_url(backend) as url:
        crowd = stage.prepare(url, CROWD)
        few = crowd[:PEOPLE]
        ports = {name: stage.free_port() for name in ("floor", "klei")}
        servers = {
            "floor": stage.serve("benchmarks.floor:app", url, ports["floor"]),
            "klei": stage.serve("wsgi:app", url, ports["klei"]),
        }
        try:
            for port in ports.values():
                stage.drive(port, few, 5)
            stage.settle(url)
            print(f"{backend}: {stage.speed()}")
            print(
                f"{backend}: {PEOPLE} clients without pause, {ROUNDS} rounds of {PEOPLE * SAVES} saves, in turn"
            )
            _cpu(backend, few, ports, servers)
            print(f"{backend}: {CROWD} participants who save every 5 s, {PACED_ROUNDS} rounds, in turn")
            _paced(crowd, ports)
            servers["floor"].terminate()  # its connections to the database are none of Klei's memory
            servers["floor"].wait(30)
            _memory(backend, crowd, ports["klei"], servers["klei"])
            print(f"{backend}: {CROWD} clients without pause")
            _saturating(backend, crowd, ports["klei"], servers["klei"])
        finally:
            for server in servers.values():
                server.terminate()
                server.wait(30)


def _cpu(
    backend: str,
    writers: list[stage.Writer],
    ports: dict[str, int],
    servers: dict[str, subprocess.Popen[bytes]],
) -> None:
    figures: dict[str, list[float]] = {"floor": [], "klei": []}
    for _ in range(ROUNDS):
        for name, server in servers.items():
            before = stage.cpu_of(server, backend)
            stage.drive(ports[name], writers, SAVES)
            figures[name].append((stage.cpu_of(server, backend) - before) / (len(writers) * SAVES) * 1000)
    floor, klei = statistics.median(figures["floor"]), statistics.median(figures["klei"])
    ratios = sorted(k / f for k, f in zip(figures["klei"], figures["floor"], strict=True))
    print(
        f"  CPU per save: floor {floor:.2f} ms, Klei {klei:.2f} ms; rounds {ratios[0]:.2f} to {ratios[-1]:.2f}"
    )
    verdict("CPU per save ÷ floor", statistics.median(ratios), 2.5, 1.5)


def _paced(writers: list[stage.Writer], ports: dict[str, int]) -> None:
    latencies: dict[str, list[float]] = {"floor": [], "klei": []}
    for _ in range(PACED_ROUNDS):
        for name, port in ports.items():
            latencies[name] += stage.drive(port, writers, PACED_SAVES, pause=5.0)
    for name, found in latencies.items():
        print(f"  {name}: p50 {statistics.median(found) * 1000:.1f} ms, p99 {p99(found) * 1000:.1f} ms")
    verdict("p99 ÷ the floor's p99", p99(latencies["klei"]) / p99(latencies["floor"]), 3, 1.5)


def _memory(backend: str, writers: list[stage.Writer], port: int, server: subprocess.Popen[bytes]) -> None:
    stage.drive(port, writers, PACED_SAVES, pause=5.0)
    verdict("memory (PSS) of web and database", _pss(server, backend), 250, 160, " MiB")


def _pss(server: subprocess.Popen[bytes], backend: str) -> float:
    return float(sum(one.memory_full_info().pss for one in stage.processes(server, backend))) / 2**20


def _saturating(
    backend: str, writers: list[stage.Writer], port: int, server: subprocess.Popen[bytes]
) -> None:
    found = stage.drive(port, writers, SATURATING_SAVES)
    print(f"  p50 {statistics.median(found) * 1000:.0f} ms, p99 {p99(found) * 1000:.0f} ms")
    verdict("p99 ÷ p50", p99(found) / statistics.median(found), 4, 2)
    if backend != "sqlite":
        return
    if shutil.which("strace") is None:
        print("  fsyncs are not counted: apt-get install strace")
        return
    counted = Path(tempfile.mkdtemp()) / "fsyncs"
    pids = [str(one.pid) for one in psutil.Process(server.pid).children()]
    tracer = subprocess.Popen(
        ["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", str(counted), *(f"-p{pid}" for pid in pids)],
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1)
    stage.drive(port, writers, SATURATING_SAVES)
    tracer.terminate()
    tracer.wait(10)
    calls = sum("sync(" in line for line in counted.read_text().splitlines())
    verdict("fsyncs per acknowledged save", calls / (len(writers) * SATURATING_SAVES), 1.1, 0.2)


def main() -> None:
    for backend in stage.backends():
        measure(backend)


if __name__ == "__main__":
    main()
