"""The stage of browser tests: a running service, a real Chromium, and people who can be put before it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from assessment.models.person import Person

CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
"""The same engine without the windows around it, which cost more than most pages do; or else the whole browser."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 30_000
"""Milliseconds that a journey waits for what comes: long, because only what fails waits that long."""
PASSWORD = "a long password of the tests"


def until(page: Page, holds: Callable[[], Any], what: str = "") -> None:
    """Wait until this holds: for what shows on no page, such as a row that a request in the background makes."""
    end = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < end, what or "it never came true"
        page.wait_for_timeout(50)


def within(page: Page, milliseconds: int, holds: Callable[[], Any]) -> None:
    """Let at most so much of the page's own time pass, until this holds; how slow the machine is plays no part.

    The page's clock is installed before it is opened.
    """
    ahead, step = 1_000, 100  # the clock goes on until it is told to pause, on a slow machine for long
    page.clock.pause_at(datetime.fromtimestamp((page.evaluate("Date.now()") + ahead) / 1000, UTC))
    for _ in range((milliseconds - ahead) // step):
        page.wait_for_timeout(50)  # what was asked for can come
        if holds():
            break
        page.clock.run_for(step)
    until(page, holds, f"it was not known after {milliseconds} ms")
    page.clock.resume()


def barriers(page: Page) -> list[str]:
    """What axe finds on the page, each with the first places of it.

    Nothing is preloaded: axe would fetch style sheets by script, which the page's policy rightly refuses. What passes is
    not described: that takes longer than the checks themselves.
    """
    found = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']} {[node['target'] for node in one['nodes']][:3]}" for one in found]


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app at an address of its own, as long as the block runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # It looks so often whether it is to end: every test waits for that.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def cookie_of(app: Flask, person: Person, language: str | None = None) -> dict[str, Any]:
    """The login cookie of a person, as the login page would give it."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    value = serializer.dumps(
        {"login": [str(person.id), person.login_epoch], "language": language or person.language}
    )
    return {
        "name": "klei",
        "value": value,
        "domain": "127.0.0.1",
        "path": "/",
        "httpOnly": True,
        "sameSite": "Lax",
    }


class Actor:
    """Somebody at a browser. Console errors and failed requests are kept in ``complaints``."""

    def __init__(
        self,
        browser: Browser,
        app: Flask,
        base: str,
        person: Person,
        language: str | None = None,
        **context: Any,
    ) -> None:
        self.base = base
        self.person = person
        self.context: BrowserContext = browser.new_context(base_url=base, **context)
        self.context.add_cookies([cookie_of(app, person, language)])  # type: ignore[list-item]
        self.complaints: list[str] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type == "error" and "fonts/" not in (message.location or {}).get("url", "")
                else None
            ),
        )
        return page
