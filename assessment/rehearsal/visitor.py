"""Somebody at a browser without scripts: a cookie, forms with their token, redirects, JSON; every request is measured."""

import asyncio
import html
import json
import random
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from assessment.rehearsal.figures import LOST, Figures
from assessment.rehearsal.wire import Lost, Reply, Wire

AGAIN = (2.0, 4.0, 8.0, 15.0)
"""Seconds until the next try after a lost connection or a 503, as in the exercise page."""
_TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"')


class Unexpected(Exception):
    """An answer with which this person cannot go on."""


@dataclass(frozen=True)
class Page:
    """What came back, and from where."""

    status: int
    path: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def said(self) -> str:
        """What a page says in its main part, without tags; what it shouts, if it does."""
        main = self.text.partition("<main")[2] or self.text
        shouted = re.search(r'class="notice error.*?</(p|div)>', main, re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shouted[0] if shouted else main)).split())[:200]

    def given(self, name: str) -> str:
        """What a data attribute of the page holds.

        :raises Unexpected: when there is none.
        """
        found = re.search(rf"""data-{name}=(?:"([^"]*)"|'([^']*)')""", self.text)
        if found is None:
            raise Unexpected(f"{self.path} has no data-{name}")
        return html.unescape(found[1] if found[1] is not None else found[2])

    def ids_after(self, part: str) -> list[str]:
        """The ids that follow this part of an address, in the page's own first, each once."""
        return list(
            dict.fromkeys(re.findall(re.escape(part) + r"([0-9a-f-]{36})", self.path + " " + self.text))
        )


class Visitor:
    """One person with their cookie. ``speed`` divides every pause."""

    def __init__(self, base: str, figures: Figures, speed: float, chance: random.Random) -> None:
        self.base, self.figures, self.speed, self.chance = base, figures, speed, chance
        self.wire = Wire(base)
        self.cookie = self.token = ""

    async def think(self, seconds: float) -> None:
        """Pause about so long, as somebody who reads or decides."""
        await asyncio.sleep(seconds * self.chance.uniform(0.6, 1.4) / self.speed)

    async def get(self, kind: str, path: str, /, *, status: int = 200) -> Page:
        return await self._patiently(kind, "GET", path, None, {}, status, "page")

    async def post(
        self, kind: str, path: str, /, *, status: int = 200, lands: str = "page", **fields: Any
    ) -> Page:
        """Send a form; redirects are followed, and the page they lead to is measured as ``lands``."""
        pairs = [
            (name, one)
            for name, value in fields.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        body = urlencode([*pairs, ("csrf_token", self.token)]).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._patiently(kind, "POST", path, body, headers, status, lands)

    async def send(self, kind: str, method: str, path: str, body: Any, *, expected: int = 200) -> Page:
        """Send JSON, until there is an answer."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-CSRF-Token": self.token,
        }
        return await self._patiently(kind, method, path, json.dumps(body).encode(), headers, expected, "page")

    async def _patiently(
        self,
        kind: str,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        status: int,
        lands: str,
    ) -> Page:
        """Until an answer comes; whoever gets a 503 or none tries again, as people do.

        :raises Unexpected: for another status than the one that has to come, or when none came in all these tries.
        """
        for wait in (*AGAIN, None):
            page = await self.once(kind, method, path, body, headers, lands)
            if page is not None and page.status not in (502, 503, 504):
                break
            if wait is None:
                raise Unexpected(f"{kind}: no answer to {method} {path} after {len(AGAIN) + 1} tries")
            await self.think(wait)
        assert page
        if page.status != status:
            if page.status < 500:
                self.figures.note(kind, None, str(page.status))
            raise Unexpected(f"{kind}: {method} {path} was answered {page.status}: {page.said}")
        return page

    async def once(
        self,
        kind: str,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        lands: str = "page",
    ) -> Page | None:
        """One try, measured, redirects followed; None when the answer was lost."""
        reply = await self._measured(kind, method, path, body, headers)
        for _ in range(4):
            if reply is None or reply.status not in (301, 302, 303):
                break
            target = urlsplit(reply.headers.get("location", "/"))
            path = target.path + (f"?{target.query}" if target.query else "")
            reply = await self._landing(lands, path)
        if reply is None:
            return None
        if found := _TOKEN.search(reply.body):
            self.token = html.unescape(found[1].decode())
        return Page(reply.status, path, reply.body)

    async def _landing(self, kind: str, path: str) -> Reply | None:
        """The page that a form led to. The form did its part: only the page is asked for again."""
        for wait in (*AGAIN, None):
            reply = await self._measured(kind, "GET", path, None, {})
            if wait is None or (reply is not None and reply.status not in (502, 503, 504)):
                break
            await self.think(wait)
        return reply

    async def _measured(
        self, kind: str, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Reply | None:
        sent = {"Referer": self.base + "/", **headers}
        if self.cookie:
            sent["Cookie"] = self.cookie
        begun = time.perf_counter()
        try:
            reply = await self.wire.send(method, path, sent, body)
        except Lost:
            self.figures.note(kind, None, LOST)
            return None
        self.figures.note(kind, time.perf_counter() - begun, str(reply.status) if reply.status >= 500 else "")
        if cookie := reply.headers.get("set-cookie"):
            self.cookie = cookie.partition(";")[0]
        return reply
