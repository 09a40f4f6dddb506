"""Load as a centre makes it: ``python -m benchmarks.rehearsal [--short] [--backend NAME] [--most N]``.

Per database, durable, gunicorn as in ``deploy/``, the load generator on the same machine:

1. ``flask rehearse``: 500 participants arrive, start within 10 s, save every 5 s (jittered) and ask for the clock, hand in.
2. The most participants, all saving every 5 s and asking for the clock, with a save or by itself, at whom p99 of a save
   stays under 250 ms. They come within 15 s, as to a page that is open; counted is from 5 s after the last has come.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil

import exercises
from assessment import clock, create_app, migrations
from assessment.database import Database
from assessment.rehearsal.course import Course, Plan
from assessment.rehearsal.figures import Figures, percentile, without_pauses
from assessment.rehearsal.material import strokes
from assessment.rehearsal.participant import POLL, Participant, Writing
from assessment.services import clocks, people, rehearsals, sittings
from assessment.settings import ROOT, Settings
from benchmarks import stage
from tests import factories

HALF_DAY = ("stavoord-in-tray", "stavoord-judgement", "stavoord-case")
WEIGHTS = (("L3", "E1", 0.5), ("L3", "E5", 0.5))
INTERVAL, LIMIT_MS, SLOWEST_START = 5.0, 250.0, 2.0
ARRIVAL = 15.0
"""Seconds in which everybody comes, at the search for the most."""


def prepare(url: str) -> Database:
    """Tables, and a centre to rehearse."""
    database = Database(url)
    migrations.upgrade(database)
    factories.NOON = clock.now()
    with database.writing() as session:
        factories.centre(session, *HALF_DAY, weights=WEIGHTS)
    return database


# The rehearsal of 500.


def rehearse(url: str, port: int, count: int, minutes: float, arrival: float) -> dict[str, Any]:
    """The command itself, in a process of its own."""
    target = Path(tempfile.mkdtemp()) / "figures.json"
    command = [
        *("flask", "--app", "wsgi", "rehearse", "--url", f"http://127.0.0.1:{port}"),
        *("--participants", str(count), "--assessors", "4", "--minutes", str(minutes)),
        *("--interval", str(INTERVAL), "--starts", "10", "--arrival", str(arrival), "--rated", "0"),
        *("--json", str(target)),
    ]
    print("  " + " ".join(command), flush=True)
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=stage.environment(url), stderr=subprocess.DEVNULL
    )
    if not target.is_file():
        raise RuntimeError(f"the rehearsal ended with {done.returncode} and without figures")
    return dict(json.loads(target.read_text()))


def say(figures: dict[str, Any]) -> None:
    for name in ("start", "exercise page", "save", "clock", "hand in", "receipt"):
        if entry := figures["requests"].get(name):
            cells = ", ".join(f"{key} {entry[f'{key}_ms']:.0f}" for key in ("p50", "p95", "p99", "max"))
            print(f"  {name}: {entry['count']:,} requests, {cells} ms, errors {entry['errors'] or 'none'}")
    print(
        f"  {figures['started']} of {figures['participants']} started within 10 s, the slowest took "
        f"{figures['slowest_start_s']:.2f} s (must: under {SLOWEST_START:g}); {figures['finished']} finished"
    )
    print(
        f"  {figures['saves_acknowledged']:,} saves acknowledged, {len(figures['differences'])} differences, "
        f"gave up: {figures['gave_up'] or 'nobody'}; generator late by "
        f"{figures['generator_late_p99_ms']:.1f} ms (p99), {figures['generator_late_max_ms']:.1f} at most",
        flush=True,
    )


# The most participants.


class Crowd:
    """Participants at work on one exercise, logged in without the cost of passwords."""

    def __init__(self, database: Database, url: str, port: int, count: int) -> None:
        self.database = database
        made = rehearsals.make(database, participants=count, assessors=2)
        app = create_app(
            Settings(stage.SECRET, url, Path(tempfile.mkdtemp()), has_secure_cookies=False), database
        )
        plan = Plan(f"http://127.0.0.1:{port}", interval=INTERVAL)
        self.course = Course(database, made, plan, lambda line: None)
        self.people = self.course.participants
        self.started_at: dict[UUID, datetime] = {}
        for portion in range(0, count, 100):
            with database.writing() as session:
                for one in self.people[portion : portion + 100]:
                    self._begin(session, app, one)

    def _begin(self, session: Any, app: Any, one: Participant) -> None:
        sitting_id = one.guest.sittings[0]
        by = people.find_actor(session, one.guest.person_id, 1)
        assert by
        enrolment = sittings.get(session, sitting_id, by=by).enrolment
        enrolment.notice_accepted_at = clock.now()
        known = clocks.of(sittings.start(session, sitting_id, "en", by=by))
        assert known
        headers = stage.headers(app, str(one.guest.person_id))
        one.visitor.cookie, one.visitor.token = headers["Cookie"], headers["X-CSRF-Token"]
        one.writing = Writing(sitting_id, 1, known.told(), {}, frozenset(), one.guest.person_id.hex)
        self.started_at[sitting_id] = clock.now()

    def _look(self, one: Participant) -> None:
        """Their page shows what has arrived, as after a reload."""
        assert one.writing
        exercise = one.works[one.writing.sitting_id]
        minute = (clock.now() - self.started_at[one.writing.sitting_id]) / timedelta(minutes=1)
        one.writing.parts = frozenset(exercises.get(exercise.kind).parts(exercise, {}, minute))

    def work(self, count: int, seconds: float) -> tuple[Figures, float, float]:
        """So many of them write; figures of so many seconds after they have come, and CPU seconds per second then."""
        figures = Figures()
        for one in self.people[:count]:
            self._look(one)

        async def write(one: Participant, counted_from: float) -> None:
            one.visitor.figures = one.figures = Figures()
            growing = [
                each
                for each in strokes(one.works[one.writing.sitting_id], "en", one.turn)
                if not each.is_whole
            ]
            await asyncio.sleep(one.chance.uniform(0, ARRIVAL))
            one.asks_at = time.monotonic() + one.chance.uniform(0, POLL)
            place = 0
            while time.monotonic() < counted_from + seconds:
                if time.monotonic() > counted_from and one.figures is not figures:
                    one.visitor.figures = one.figures = figures
                if time.monotonic() >= one.asks_at:
                    await one.ask()
                stroke = growing[place % len(growing)]
                await one.save(
                    replace(stroke, task="notes", value=str(place) + stroke.value["text"])
                    if isinstance(stroke.value, dict)
                    else stroke
                )
                place += 1
                await asyncio.sleep(INTERVAL * one.chance.uniform(0.8, 1.2))

        async def measure(counted_from: float) -> tuple[float, float]:
            """CPU seconds per second of this process and of the machine, while it is counted."""
            await asyncio.sleep(counted_from - time.monotonic())
            before, all_before, begun = psutil.Process().cpu_times(), psutil.cpu_times(), time.monotonic()
            while time.monotonic() < counted_from + seconds:
                due = time.perf_counter() + 0.05
                await asyncio.sleep(0.05)
                figures.delays.append(time.perf_counter() - due)
            after, all_after, passed = (
                psutil.Process().cpu_times(),
                psutil.cpu_times(),
                time.monotonic() - begun,
            )
            own = after.user + after.system - before.user - before.system
            idle = all_after.idle + all_after.iowait - all_before.idle - all_before.iowait
            return own / passed, (os.cpu_count() or 1) - idle / passed

        async def run() -> tuple[float, float]:
            counted_from = time.monotonic() + ARRIVAL + INTERVAL
            beside = asyncio.ensure_future(measure(counted_from))
            await asyncio.gather(*(write(one, counted_from) for one in self.people[:count]))
            return await beside

        with without_pauses():
            own, busy = asyncio.run(run())
        for one in self.people[:count]:
            one.visitor.wire.close()
        return figures, own, busy


def most(crowd: Crowd, steps: list[int], seconds: float) -> int:
    """The highest number that holds: upwards in steps, then half-way back once."""
    held, tried = 0, 0
    queue = list(steps)
    while queue:
        count = queue.pop(0)
        if holds(crowd, count, seconds):
            held = count
        elif not tried:
            tried = 1
            queue = [middle] if (middle := (held + count) // 2 // 50 * 50) > held else []
            continue
        if tried:
            break
    return held


def holds(crowd: Crowd, count: int, seconds: float) -> bool:
    """Whether p99 of a save stays under the limit, without an error."""
    figures, own, busy = crowd.work(count, seconds)
    save, asked = figures.kinds["save"].seconds, figures.kinds.get("clock")
    p50, p95, p99 = (percentile(save, share) or 0.0 for share in (0.50, 0.95, 0.99))
    clock_p99 = percentile(asked.seconds, 0.99) if asked else None
    late, latest = (percentile(figures.delays, share) or 0.0 for share in (0.99, 1.0))
    print(
        f"  {count:,} participants: {len(save):,} saves, p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms; "
        f"clock p99 {clock_p99 or 0:.0f} ms; errors {figures.errors}; generator {own:.2f} cores and late by {late:.0f} ms (p99), "
        f"{latest:.0f} at most; whole machine {busy:.2f} cores",
        flush=True,
    )
    return p99 < LIMIT_MS and figures.errors == 0


def durability(database: Database) -> str:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            return f"synchronous={connection.exec_driver_sql('PRAGMA synchronous').scalar()} (2 is FULL), WAL"
        names = ("fsync", "synchronous_commit")
        return ", ".join(f"{name}={connection.exec_driver_sql(f'SHOW {name}').scalar()}" for name in names)


def measure(backend: str, options: argparse.Namespace) -> bool:
    with stage.database_url(backend) as url:
        database = prepare(url)
        port = stage.free_port()
        print(
            f"{backend}: {os.cpu_count()} cores, a save every {INTERVAL:g} s by each (± 20 %), clock every {POLL} s; "
            f"{durability(database)}; load of others {os.getloadavg()[0]:.1f}; {stage.speed()}",
            flush=True,
        )
        server = stage.serve("wsgi:app", url, port)
        try:
            is_right = True
            if not options.only_most:
                count, minutes = (100, 0.3) if options.short else (500, 0.7)
                figures = rehearse(url, port, count, minutes, arrival=count / 5)
                say(figures)
                is_right = figures["is_right"] and figures["slowest_start_s"] < SLOWEST_START
            steps = [one for one in (250, 500, 1000, 1500, 2000, 2500, 3000) if one <= options.most]
            crowd = Crowd(database, url, port, max(steps))
            stage.settle(url)
            found = most(crowd, steps, 15 if options.short else 30)
            print(
                f"  the most under {LIMIT_MS:g} ms at p99: {found:,} (of at most {max(steps):,} tried); {stage.speed()}",
                flush=True,
            )
        finally:
            server.terminate()
            server.wait(30)
            database.dispose()
    return is_right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="short rounds, to see that it works")
    parser.add_argument("--backend", choices=("sqlite", "postgresql"))
    parser.add_argument("--most", type=int, default=2500, help="the largest crowd that is tried")
    parser.add_argument("--only-most", action="store_true", help="leave the rehearsal out")
    options = parser.parse_args()
    backends = [options.backend] if options.backend else ["sqlite", "postgresql"]
    return 0 if all([measure(backend, options) for backend in backends]) else 1


if __name__ == "__main__":
    sys.exit(main())
