"""The wash-ups of a centre as its administrator plans and follows them: when, who, chair, how far; never a level."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request
from flask.typing import ResponseReturnValue

from assessment import clock, errors
from assessment.access import Permission
from assessment.language import translator
from assessment.models.centre import Centre
from assessment.pages import fields, frame
from assessment.services import centres, wash_ups
from assessment.services.wash_ups import Plan

pages = frame.Pages(
    "administrator_wash_ups", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/wash-ups"
)


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    return _page(found(centre_id))


@pages.page("/", Permission.ADMINISTER, methods=("POST",))
def plan(centre_id: UUID) -> ResponseReturnValue:
    session, centre = frame.session(), found(centre_id)
    try:
        wash_ups.plan(session, centre, _plan(centre), by=frame.actor())
    except (errors.Invalid, errors.NotAllowedNow) as error:
        session.rollback()
        return _page(found(centre_id), error)
    frame.say("The wash-up is planned. Its members see it on their page.")
    return frame.go(".show", centre_id=centre_id)


@pages.page("/<uuid:wash_up_id>/plan", Permission.ADMINISTER, methods=("POST",))
def replan(centre_id: UUID, wash_up_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    wash_ups.of_centre(frame.session(), centre, wash_up_id)  # before its form is read
    fields.act(
        lambda: wash_ups.replan(frame.session(), centre, wash_up_id, _plan(centre), by=frame.actor()),
        "The plan was changed.",
    )
    return frame.go(".show", centre_id=centre_id)


@pages.page("/<uuid:wash_up_id>/chair", Permission.ADMINISTER, methods=("POST",))
def set_chair(centre_id: UUID, wash_up_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: wash_ups.set_chair(
            frame.session(),
            centre,
            wash_up_id,
            _person(request.form.get("chair", "")),
            request.form.get("reason", ""),
            by=frame.actor(),
        ),
        "The chair was handed over.",
    )
    return frame.go(".show", centre_id=centre_id)


@pages.page("/<uuid:wash_up_id>/call-off", Permission.ADMINISTER, methods=("POST",))
def call_off(centre_id: UUID, wash_up_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: wash_ups.call_off(frame.session(), centre, wash_up_id, by=frame.actor()),
        "The wash-up has ended. Who was not discussed can be planned again.",
    )
    return frame.go(".show", centre_id=centre_id)


def _page(centre: Centre, error: errors.KleiError | None = None) -> ResponseReturnValue:
    session = frame.session()
    return frame.show(
        "administrator/wash_ups.html",
        200 if error is None else error.status,
        centre=centre,
        centre_words=translator(frame.words().language, centre.time_zone),
        local=lambda moment: fields.local(moment, centre.time_zone),
        people=wash_ups.assessors_of(session, centre),
        choices=wash_ups.choices(session, centre),
        planned=wash_ups.list_of(session, centre),
        error=error,
        form=request.form,
    )


def _plan(centre: Centre) -> Plan:
    """
    :raises PlanUnclear: without a moment or for something that is no id.
    """
    form = request.form
    try:
        moment = datetime.fromisoformat(form.get("starts_at", ""))
        return Plan(
            (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(centre.time_zone))).astimezone(
                clock.now().tzinfo
            ),
            UUID(form.get("chair") or "0" * 32),
            tuple(UUID(one) for one in form.getlist("member")),
            tuple(UUID(one) for one in form.getlist("participant")),
        )
    except (ValueError, OverflowError):
        raise wash_ups.PlanUnclear from None


def _person(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise errors.NotFound from None
