"""The stage of browser tests: a running service, a real Chromium, and people who can be put before it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from assessment.models.person import Person

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PASSWORD = "a long password of the tests"


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app at an address of its own, as long as the block runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
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
        page.set_default_timeout(15_000)
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
