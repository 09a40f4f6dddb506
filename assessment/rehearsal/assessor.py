"""A synthetic assessor: reads, ties passages, ticks, rates and submits; then signs, and writes the report."""

import html
import random
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assessment.rehearsal.figures import Figures
from assessment.rehearsal.sent import Sent, SentRating
from assessment.rehearsal.visitor import Page, Unexpected, Visitor
from assessment.services.rehearsals import Guest

SENTENCE = re.compile(r"[^.!?\n]{20,}[.!?\n]")
DIFFERS = 12
"""One sitting in so many is seen quite differently by its two assessors, so that an adjudication follows."""
HALF_PAGE = {
    "en": {
        "summary": "In the in-tray the largest consequence came first. In the case the options were compared on the same points.",
        "strength": "You find the figure on which a decision turns.",
        "step": "Say after every change who has to know.",
    },
    "nl": {
        "summary": "In de postbak kwam het grootste gevolg eerst. In de casus zijn de opties op dezelfde punten vergeleken.",
        "strength": "Je vindt het cijfer waar een besluit van afhangt.",
        "step": "Zeg na elke wijziging wie het moet weten.",
    },
}


@dataclass(frozen=True)
class Block:
    """A part of an answer as the workbench shows it."""

    id: str
    text: str


class Assessor:
    """One assessor with what they submitted."""

    def __init__(
        self, base: str, guest: Guest, turn: int, of: int, speed: float, figures: Figures, sent: Sent
    ) -> None:
        self.guest, self.turn, self.of, self.sent = guest, turn, of, sent
        self.chance = random.Random(10_000 + turn)  # noqa: S311 -- pauses and levels, not secrets
        self.visitor = Visitor(base, figures, speed, self.chance)

    async def arrive(self) -> None:
        """Open the link and choose a password."""
        password = f"a rehearsal of {self.guest.token[:12]}"
        await self.visitor.get("link", f"/link/{self.guest.token}")
        await self.visitor.think(2)
        await self.visitor.post(
            "set password", f"/link/{self.guest.token}", password=password, again=password
        )

    async def rate(self, assignments: Collection[UUID]) -> int:
        """Rate these assignments, as far as they are ready; how many were submitted."""
        await self.visitor.get("queue", "/assessor/")
        submitted = 0
        for assignment in assignments:
            if assignment not in self.sent.ratings:
                await self._rate(assignment)
                submitted += 1
        return submitted

    async def _rate(self, assignment: UUID) -> None:
        place = f"/assessor/ratings/{assignment}"
        page = await self.visitor.get("workbench", place)
        await self.visitor.think(20)
        if f"{place}/begin" in page.text:
            page = await self.visitor.post("begin to rate", f"{place}/begin", lands="workbench")
        blocks = _blocks(page)
        written = [block for block in blocks if block.text.strip()]
        scores: dict[str, int] = {}
        ticks: list[str] = []
        version = int(_needed(r'name="version" value="(\d+)"', page))
        for dimension in re.findall(r'name="dimension-([A-Z]\d+)"', page.text):
            scores[dimension] = self._level(page.path, dimension) if written else 0
            if not scores[dimension]:
                continue
            await self._tie(assignment, page, written, dimension, scores[dimension])
            ticks += re.findall(rf'name="tick" value="([^"]+\.{dimension}\.c\d+)"', page.text)[
                : scores[dimension] - 1
            ]
            await self.visitor.think(6)
            version = await self._save(assignment, version, scores, ticks)
        version = await self._save(assignment, version, scores, ticks)
        await self.visitor.get("confirm rating", f"{place}/submit")
        await self.visitor.think(2)
        await self.visitor.post("submit rating", f"{place}/submit", lands="workbench or queue")
        self.sent.ratings[assignment] = SentRating(scores, ticks)

    def _level(self, path: str, dimension: str) -> int:
        """Near 3; assessors differ by one, and now and then, where a third is there, by more."""
        level = 3 + self.chance.choice((-1, 0, 0, 0, 1)) * (self.turn % 2)
        if self.of > 2 and self.turn % 2 and self.chance.randrange(DIFFERS) == 0:
            level = 5
        return level

    async def _tie(
        self, assignment: UUID, page: Page, written: list[Block], dimension: str, level: int
    ) -> None:
        block = self.chance.choice(written)
        sentence = SENTENCE.search(block.text)
        start, end = sentence.span() if sentence else (0, 0)
        behaviours = re.findall(
            rf'<option value="([^"]+)" data-dimension="{dimension}" data-sign="([+-])"', page.text
        )
        if not behaviours:
            raise Unexpected(f"{page.path} offers no behaviour of {dimension}")
        behaviour, sign = self.chance.choice(
            [one for one in behaviours if (one[1] == "+") == (level > 2)] or behaviours
        )
        body = {
            "block": block.id,
            "start": start,
            "end": end,
            "quote": block.text[start:end],
            "dimension": dimension,
            "behaviour": behaviour,
            "sign": sign,
        }
        await self.visitor.send(
            "tie passage", "POST", f"/api/ratings/{assignment}/observations", body, expected=201
        )

    async def _save(
        self, assignment: UUID, version: int, scores: Mapping[str, int], ticks: Collection[str]
    ) -> int:
        body = {"version": version, "scores": dict(scores), "ticks": list(ticks), "note": ""}
        page = await self.visitor.send("save rating", "PUT", f"/api/ratings/{assignment}", body)
        return int(page.json["version"])

    # Consultation, integration and report.

    async def consult(self) -> None:
        """Read the reasons in every consultation that waits, and stay."""
        page = await self.visitor.get("queue", "/assessor/")
        for found in page.ids_after("/assessor/consultations/"):
            place = f"/assessor/consultations/{found}"
            await self.visitor.get("consultation", place)
            await self.visitor.think(20)
            await self.visitor.post("answer consultation", place, lands="consultation", then="stay")

    async def integrate(self, integration: UUID) -> None:
        """Look at the mechanical result, sign it, write the report and sign that."""
        place = f"/assessor/integrations/{integration}"
        await self.visitor.get("integration", place)
        await self.visitor.think(20)
        await self.visitor.post("sign integration", f"{place}/sign", lands="integration")
        self.sent.signed.add(integration)
        page = await self.visitor.post(
            "begin report", f"/assessor/reports/begin/{integration}", lands="write report"
        )
        found = page.ids_after("/assessor/reports/")
        if not found:
            raise Unexpected(f"no report was begun: {page.said}")
        report = f"/assessor/reports/{found[0]}"
        await self.visitor.think(30)
        await self.visitor.post("save report", report, lands="write report", **self._half_page(page))
        await self.visitor.get("preview report", f"{report}/preview")
        await self.visitor.get("report as PDF", f"{report}/preview.pdf")
        await self.visitor.think(5)
        page = await self.visitor.post("sign report", f"{report}/sign", lands="report signed")
        if "notice error" in page.text:
            raise Unexpected(f"the report was not signed: {page.said}")

    def _half_page(self, page: Page) -> dict[str, Any]:
        """The half page, each line on the first observation that was made, and a sentence of the first area with one."""
        text = page.text
        language = "nl" if re.search(r'name="summary"[^>]*lang="nl"', text) else "en"
        fields: dict[str, Any] = {
            "version": _needed(r'name="version" value="(\d+)"', page),
            **HALF_PAGE[language],
        }
        for line in dict.fromkeys(re.findall(r'name="(rests-[^"]+)"', text)):
            seen = re.search(rf'name="{re.escape(line)}" value="([^"]+)"', text)
            if seen and not line.endswith("2"):
                fields[line] = seen[1]
        if area := re.search(r'name="seen-([A-Z]\d+)" value="([^"]+)"', text):
            dimension, observation = area.groups()
            sentence = re.search(rf'name="frame-{dimension}" value="([^"]+)"', text)
            if sentence:
                fields |= {"choose": dimension, f"seen-{dimension}": observation}
                fields[f"frame-{dimension}"] = sentence[1]
                for gap in re.findall(rf'name="(gap-{re.escape(sentence[1])}-[^"]+)"', text):
                    fields[gap] = "the largest matter" if language == "en" else "de grootste zaak"
        return fields


def _needed(pattern: str, page: Page) -> str:
    found = re.search(pattern, page.text)
    if found is None:
        raise Unexpected(f"{page.path} has nothing like {pattern}: {page.said}")
    return found[1]


def _blocks(page: Page) -> list[Block]:
    """The parts of the answer, each with its text as it was written."""
    return [
        Block(html.unescape(block), _plain(written))
        for block, inside in re.findall(r'data-block-id="([^"]+)">(.*?)</article>', page.text, re.S)
        for written in re.findall(r'<div class="text"[^>]*>(.*?)</div>', inside, re.S) or [""]
    ]


def _plain(marked: str) -> str:
    """The text of a drawn block: what is only drawn beside it is taken out."""
    marked = re.sub(r"<(span|sup)[^>]* data-apart>.*?</\1>", "", marked, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", "", marked))
