"""Whether Klei is well, in one word for load balancers and monitors: 200 "ok" or 503 "not ok", and nothing else."""

import time
from collections.abc import Callable

from flask import Response, current_app
from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.database import Database
from assessment.pages import frame
from assessment.services import health
from assessment.settings import Settings

pages = frame.Pages("health", __name__)

REMEMBERED = 2.0
"""Seconds that an answer is given again, so that nobody can keep the database busy by asking."""

Look = Callable[[Database, Settings], tuple[health.Finding, ...]]


@pages.page("/health", Permission.PUBLIC, owns_transaction=True)
def node() -> ResponseReturnValue:
    """Whether this node can serve: for load balancers."""
    return _told("node", health.of_node)


@pages.page("/health/service", Permission.PUBLIC, owns_transaction=True)
def service() -> ResponseReturnValue:
    """Whether the whole service does its work, workers and Redis included: for monitors."""
    return _told("service", health.of_service)


def _told(name: str, look: Look) -> Response:
    remembered: dict[str, tuple[float, bool]] = current_app.extensions.setdefault("klei_health", {})
    asked_at, is_well = remembered.get(name, (-REMEMBERED, False))
    if time.monotonic() - asked_at >= REMEMBERED:
        is_well = health.is_well(look(frame.database(), frame.settings()))
        remembered[name] = time.monotonic(), is_well
    return Response("ok\n" if is_well else "not ok\n", 200 if is_well else 503, mimetype="text/plain")
