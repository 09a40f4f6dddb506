"""Practising the kinds of one's centre, before the start: nothing of it is stored, apart from that it was opened."""

import json
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import frame
from assessment.services import notices, practice

pages = frame.Pages("practice", __name__)


@pages.page("/participant/enrolments/<uuid:enrolment_id>/practice", Permission.SIT)
def show(enrolment_id: UUID) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    return frame.show(
        "participant/practice.html", enrolment=enrolment, exercises=practice.offered(enrolment.centre)
    )


@pages.page(
    "/participant/enrolments/<uuid:enrolment_id>/practice",
    Permission.SIT,
    methods=("POST",),
    endpoint="finish",
)
def finish(enrolment_id: UUID) -> ResponseReturnValue:
    notices.practised(frame.session(), enrolment_id, by=frame.actor())
    return frame.go("participant_home.show")


@pages.page("/participant/enrolments/<uuid:enrolment_id>/practice/<kind>", Permission.SIT)
def exercise(enrolment_id: UUID, kind: str) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    chosen = practice.get(enrolment.centre, kind)
    language = frame.words().language
    now = practice.moment(chosen, language, (), 0.0)
    return frame.show(
        "participant/sitting.html",
        enrolment=enrolment,
        sitting=None,
        exercise=chosen,
        exercise_language=language,
        view=now.view,
        practice=now,
        kind=kind,
        heads=json.dumps({}),
        read_only=False,
        remaining_ms=0,
        place=None,
    )


@pages.page(
    "/participant/enrolments/<uuid:enrolment_id>/practice/<kind>/arrivals",
    Permission.SIT,
    methods=("POST",),
    writes_in_turn=True,
)
def arrivals(enrolment_id: UUID, kind: str) -> ResponseReturnValue:
    """What has come of what stands on the page, as a fragment of the kind's own making; nothing is stored."""
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    chosen = practice.get(enrolment.centre, kind)
    given = request.get_json(silent=True)
    given = given if isinstance(given, dict) else {}
    written, minute, have = given.get("written"), given.get("minute"), given.get("have")
    now = practice.moment(
        chosen,
        frame.words().language,
        written if isinstance(written, list) else (),
        minute,
    )
    known = have if isinstance(have, list) else []
    return frame.show(
        "participant/practice_arrival.html",
        practice=now,
        view=now.view,
        new=[part for part in now.view["parts"] if part not in known],
        kind=kind,
        read_only=False,
        exercise=chosen,
    )
