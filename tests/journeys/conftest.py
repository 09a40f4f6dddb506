"""Fixtures of the browser tests: the time is now, the browser is real."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect, sync_playwright

from assessment import clock
from assessment.models.person import Person
from tests import factories
from tests.journeys.faults import Wire
from tests.journeys.stage import ARGUMENTS, CHROMIUM, PATIENCE, Actor, serving

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factories, "NOON", clock.now())


TimePasses = Callable[..., None]


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> TimePasses:
    """Move the clock of the service, for every thread of it: ``time_passes(minutes=7)``. Pages hear of it when they ask."""
    real, passed = clock.now, [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + passed[0])

    def move(**by: float) -> None:
        passed[0] += timedelta(**by)

    return move


@pytest.fixture
def live_app(app: Flask) -> Flask:
    """The app with its real forgery protection."""
    app.config["WTF_CSRF_ENABLED"] = True
    app.testing = False
    return app


@pytest.fixture
def base(live_app: Flask) -> Iterator[str]:
    with serving(live_app) as address:
        yield address


@pytest.fixture
def wire(base: str) -> Iterator[Wire]:
    """A line to the service that can be cut."""
    made = Wire(int(base.rsplit(":", 1)[1]))
    yield made
    made.close()


Arrive = Callable[..., Actor]


@pytest.fixture
def arrive(browser: Browser, live_app: Flask, base: str) -> Iterator[Arrive]:
    """Somebody sits down at a browser of their own; ``at`` is another way to the service, such as a line that is cut."""
    actors: list[Actor] = []

    def arrive(person: Person, language: str | None = None, *, at: str = base, **context: Any) -> Actor:
        actors.append(Actor(browser, live_app, at, person, language, **context))
        return actors[-1]

    yield arrive
    for actor in actors:
        actor.context.close()
