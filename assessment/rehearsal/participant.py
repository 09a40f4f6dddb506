"""A synthetic participant: from the link in the invitation to the decision about the report."""

import asyncio
import html
import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import exercises
from assessment.rehearsal.figures import Figures
from assessment.rehearsal.material import FINAL, Stroke, paced, strokes
from assessment.rehearsal.sent import Acknowledged, Sent, digest_of
from assessment.rehearsal.visitor import AGAIN, Page, Unexpected, Visitor
from assessment.services.rehearsals import Guest
from exercises.content import Exercise

POLL = 13.5
"""Seconds between two questions for the clock, as the exercise page asks."""
EARLY = 5.0
"""A save that comes so shortly before the question takes it along, as in the exercise page."""
COMES_BACK = 0.2
"""The share of exercises that are gone on with in another browser half-way."""


@dataclass(frozen=True)
class Pace:
    """How fast people go, in real seconds; ``speed`` has been taken into account."""

    speed: float
    work: float
    """How long somebody works on one exercise before handing it in."""
    interval: float
    """Between two saves."""


@dataclass
class Writing:
    """An exercise page that is open for writing."""

    sitting_id: UUID
    epoch: int
    clock: Any
    heads: dict[str, int]
    parts: frozenset[str]
    client: str
    seq: int = 0


class Participant:
    """One participant with what they sent."""

    def __init__(
        self,
        base: str,
        guest: Guest,
        turn: int,
        works: Mapping[UUID, Exercise],
        pace: Pace,
        figures: Figures,
        sent: Sent,
    ) -> None:
        self.guest, self.turn, self.works, self.pace, self.sent = guest, turn, works, pace, sent
        self.chance = random.Random(turn)  # noqa: S311 -- pauses, not secrets
        self.visitor = Visitor(base, figures, pace.speed, self.chance)
        self.figures = figures
        self.password = f"a rehearsal of {guest.token[:12]}"
        self.writing: Writing | None = None
        self.asks_at = 0.0
        """When the clock is asked for, unless a save has told it by then."""

    # Before the start.

    async def arrive(self) -> None:
        """Open the link, choose a password, accept the notice, check the device, practise; up to the start page."""
        visitor, enrolment = self.visitor, f"/participant/enrolments/{self.guest.enrolment_id}"
        await visitor.get("link", f"/link/{self.guest.token}")
        await visitor.think(2)
        await visitor.post(
            "set password",
            f"/link/{self.guest.token}",
            password=self.password,
            again=self.password,
            lands="home",
        )
        await self._home()
        await visitor.get("notice", f"{enrolment}/notice")
        await visitor.get("policy", f"{enrolment}/policy")
        await visitor.think(6)
        await visitor.post("accept notice", f"{enrolment}/notice/accept", accepts="yes", lands="home")
        await visitor.get("device check", f"{enrolment}/device")
        await visitor.think(2)
        await visitor.post("device checked", f"{enrolment}/device", report="{}", lands="home")
        await visitor.get("practice", f"{enrolment}/practice")
        await visitor.think(6)
        await visitor.post("practised", f"{enrolment}/practice", lands="home")

    async def _home(self) -> Page:
        return await self.visitor.get("home", "/participant/")

    # The exercises.

    async def open_start(self, sitting_id: UUID) -> None:
        """Look at the start page of an exercise."""
        await self.visitor.get("start page", f"/participant/sittings/{sitting_id}/start")

    async def start(self, sitting_id: UUID) -> float:
        """Start the clock; the seconds from the button to the page that can be written on."""
        begun = time.perf_counter()
        page = await self.visitor.post(
            "start",
            f"/participant/sittings/{sitting_id}/start",
            language=self.guest.language,
            lands="exercise page",
        )
        self._open(sitting_id, page)
        return time.perf_counter() - begun

    async def sit(self, sitting_id: UUID) -> None:
        """Write, save, ask for the clock, perhaps come back on another device, and hand in."""
        exercise, pace = self.works[sitting_id], self.pace
        turns = max(1, round(pace.work / pace.interval))
        todo = paced(strokes(exercise, self.guest.language, self.turn), turns)
        moves_at = len(todo) // 2 if self.chance.random() < COMES_BACK else -1
        self.asks_at = time.monotonic() + self.chance.uniform(0, POLL / pace.speed)
        saves_at = time.monotonic() + self.chance.uniform(0, pace.interval)
        for place, stroke in enumerate(todo):
            while self.asks_at < saves_at:
                await _until(self.asks_at)
                await self.ask()
            await _until(saves_at)
            if place == moves_at:
                await self._come_back(sitting_id)
            await self._write(stroke)
            saves_at = max(saves_at + pace.interval * self.chance.uniform(0.8, 1.2), time.monotonic())
        await self.hand_in(sitting_id)

    async def hand_in(self, sitting_id: UUID) -> None:
        """Hand in, and see on the receipt what counts."""
        page = await self.visitor.post(
            "hand in", f"/participant/sittings/{sitting_id}/submit", lands="receipt"
        )
        if not page.path.endswith("/receipt"):
            raise Unexpected(f"handing in led to {page.path}")
        self.sent.sittings[sitting_id].is_handed_in = True
        await self.visitor.think(3)

    def _open(self, sitting_id: UUID, page: Page) -> None:
        if f"/participant/sittings/{sitting_id}" not in page.path or "data-epoch" not in page.text:
            raise Unexpected(f"the exercise did not open: {page.path} says {page.said}")
        self.writing = Writing(
            sitting_id,
            int(page.given("epoch")),
            json.loads(page.given("clock")),
            json.loads(page.given("heads")),
            frozenset(json.loads(page.given("parts"))),
            uuid4().hex,
        )

    async def ask(self) -> None:
        """The clock, and what has arrived since."""
        assert self.writing
        page = await self.visitor.get("clock", f"/api/sittings/{self.writing.sitting_id}/state")
        await self._heard(page.json)

    async def _heard(self, state: Mapping[str, Any]) -> None:
        assert self.writing
        self.asks_at = time.monotonic() + POLL / self.pace.speed * self.chance.uniform(0.9, 1.1)
        self.visitor.token = state.get("csrf", self.visitor.token)
        self.writing.clock = state.get("clock", self.writing.clock)
        parts = frozenset(state.get("parts", ()))
        if parts - self.writing.parts:
            here, have = (
                f"/participant/sittings/{self.writing.sitting_id}",
                ",".join(sorted(self.writing.parts)),
            )
            await self.visitor.get("arrivals", f"{here}/arrivals?have={have}")
            self.writing.parts = parts

    async def _come_back(self, sitting_id: UUID) -> None:
        """Leave, log in again elsewhere, and take the exercise over there."""
        self.visitor.wire.close()
        await self.visitor.think(4)
        await self.visitor.post("log out", "/logout", lands="home")
        await self.visitor.get("log in page", "/login")
        await self.visitor.post(
            "log in", "/login", email=self.guest.email, password=self.password, lands="home"
        )
        page = await self.visitor.post(
            "take over", f"/participant/sittings/{sitting_id}/take-over", lands="exercise page"
        )
        self._open(sitting_id, page)

    async def _write(self, stroke: Stroke) -> None:
        """One state of one answer: a message that has not arrived cannot be answered, and notes are written instead."""
        assert self.writing
        if stroke.on and self.works[self.writing.sitting_id].kind == "in_tray" and not self._has(stroke.on):
            words = stroke.value.get("text", "") if isinstance(stroke.value, dict) else ""
            stroke = Stroke("notes", f"{stroke.on}: {words}", is_whole=False)
        await self.save(stroke)

    def _has(self, message: str) -> bool:
        assert self.writing
        return any(part == message or part.startswith(f"{message}.") for part in self.writing.parts)

    async def save(self, stroke: Stroke) -> None:
        """Save as the page does: one request, repeated with the same numbers until it is answered."""
        writing = self.writing
        assert writing
        if FINAL.match(stroke.task) and writing.heads.get(stroke.task):
            return  # sent is sent
        writing.seq += 1
        known = self.sent.sittings[writing.sitting_id]
        exercise = self.works[writing.sitting_id]
        kept = digest_of(exercises.get(exercise.kind).parse(exercise, stroke.task, stroke.value))
        known.sent[writing.client, writing.seq] = kept
        body = {
            "value": stroke.value,
            "base": writing.heads.get(stroke.task, 0),
            "client": writing.client,
            "seq": writing.seq,
            "epoch": writing.epoch,
            "clock": writing.clock,
        }
        if time.monotonic() >= self.asks_at - EARLY / self.pace.speed:
            body["asks"] = True
        answer = await self._delivered(f"/api/sittings/{writing.sitting_id}/tasks/{stroke.task}", body)
        code = str(answer.get("code", ""))
        if code != "saved":
            self.figures.note("save", None, code or "refused")
        if answer.get("number"):
            known.acknowledged.append(
                Acknowledged(stroke.task, writing.client, writing.seq, int(answer["number"]), code, kept)
            )
        if "clock" in answer:
            writing.clock = answer["clock"]
        if "head" in answer:
            writing.heads[stroke.task] = int(answer["head"])
        if "now" in answer:
            await self._heard(answer["now"])

    async def _delivered(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        assert self.writing
        encoded = json.dumps(body).encode()
        tries = 0
        while True:
            headers = {
                "Content-Type": "application/json",
                "Accept": "application/json",
                "X-CSRF-Token": self.visitor.token,
            }
            page = await self.visitor.once("save", "PUT", path, encoded, headers)
            if page is not None and page.status in (200, 409):
                return dict(page.json)
            if page is not None and page.status < 500:
                self.figures.note("save", None, str(page.status))
                if page.status not in (400, 401, 403) or tries >= len(AGAIN):
                    raise Unexpected(f"a save was answered {page.status}: {page.said}")
                await self._renew(page.status)
            else:
                await self.visitor.think(AGAIN[min(tries, len(AGAIN) - 1)])
            tries += 1

    async def _renew(self, status: int) -> None:
        """A new login or a new token, as the page gets them in place."""
        assert self.writing
        if status == 401:
            login = {"email": self.guest.email, "password": self.password}
            page = await self.visitor.send("log in again", "POST", "/api/login", login)
        else:
            page = await self.visitor.get("clock", f"/api/sittings/{self.writing.sitting_id}/state")
        self.visitor.token = page.json.get("csrf", self.visitor.token)

    # The report.

    async def decide(self) -> None:
        """Read the report, take its PDF, comment, and release it or not."""
        found = (await self._home()).ids_after("/participant/reports/")
        if not found:
            raise Unexpected("there is no report to read")
        report = f"/participant/reports/{found[0]}"
        page = await self.visitor.get("read report", report)
        await self.visitor.think(8)
        await self.visitor.get("report as PDF", f"{report}/report.pdf")
        await self.visitor.post(
            "comment",
            f"{report}/remarks",
            kind="comment",
            text="I read this in the rehearsal.",
            lands="read report",
        )
        blocks = (
            self.turn % 4 == 3 and re.search(r'action="[^"]*/block"', html.unescape(page.text)) is not None
        )
        verb = "block" if blocks else "release"
        await self.visitor.post(verb, f"{report}/{verb}", lands="read report")
        self.sent.decided[UUID(found[0])] = "blocked" if blocks else "released"


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))
