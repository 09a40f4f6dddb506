"""Who takes over: the open work of an assessor who is away, or whose calibration lapsed, looked at before it goes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.centre import Centre
from assessment.pages import fields, frame
from assessment.services import assignments, centres, replacements, workloads
from assessment.services.replacements import Piece, To

pages = frame.Pages(
    "replacements", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/replacements"
)

STAYS, POOL = "stays", "pool"


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/<uuid:person_id>", Permission.ADMINISTER)
def show(centre_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """What is open for somebody, and where it could go."""
    return _page(found(centre_id), person_id, None)


def _page(
    centre: Centre,
    person_id: UUID,
    given: Mapping[str, str] | None,
    error: errors.KleiError | None = None,
) -> ResponseReturnValue:
    session = frame.session()
    work = replacements.open_work(session, centre, person_id)
    goes = replacements.proposed(session, centre, work) if given is None else _chosen(given, work)
    load = next(one for one in assignments.loads(session, centre) if one.person.id == person_id)
    return frame.show(
        "administrator/replacement.html",
        error.status if error else 200,
        centre=centre,
        load=load,
        work=work,
        goes={one: POOL if to.is_pool else str(to.person_id) for one, to in goes.items()},
        effects=replacements.effects(session, centre, work, goes),
        plan=workloads.plan_of(session, centre),
        reason=(given or {}).get("reason", ""),
        is_away=all(piece.is_calibrated for piece in work) if given is None else "away" in given,
        error=error,
    )


@pages.page("/<uuid:person_id>", Permission.ADMINISTER, methods=("POST",))
def replace(centre_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """Hand the work over; or look first at what the choice means, which changes nothing."""
    centre, session, form = found(centre_id), frame.session(), request.form
    work = replacements.open_work(session, centre, person_id)
    if "look" in form:
        return _page(centre, person_id, form)
    try:
        replacements.replace(
            session,
            centre,
            person_id,
            _chosen(form, work),
            form.get("reason", ""),
            is_away="away" in form,
            base_url=frame.settings().base_url,
            by=frame.actor(),
        )
    except errors.NotFound:
        raise
    except errors.Invalid as error:
        session.rollback()
        return _page(found(centre_id), person_id, form, error)
    frame.say("It is handed over. Those whose work changed get a mail.")
    return frame.go("assessors.show", centre_id=centre_id)


def _chosen(given: Mapping[str, str], work: Sequence[Piece]) -> dict[UUID, To]:
    """Where each sitting goes by the form; what stays, or is not named, is left out."""
    goes: dict[UUID, To] = {}
    for piece in work:
        to = given.get(f"to-{piece.assignment_id}", STAYS)
        if to == POOL:
            goes[piece.assignment_id] = To(None)
        elif to != STAYS:
            try:
                goes[piece.assignment_id] = To(UUID(to))
            except ValueError:
                raise errors.NotFound from None
    return goes


@pages.page("/<uuid:person_id>/back", Permission.ADMINISTER, methods=("POST",))
def come_back(centre_id: UUID, person_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    replacements.come_back(frame.session(), centre, person_id, by=frame.actor())
    frame.say("They are back: from now on work can come to them again.")
    return frame.go("assessors.show", centre_id=centre_id)


@pages.page("/assignments/<uuid:assignment_id>/undo", Permission.ADMINISTER, methods=("POST",))
def undo(centre_id: UUID, assignment_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    fields.act(
        lambda: replacements.undo(
            frame.session(),
            centre,
            assignment_id,
            base_url=frame.settings().base_url,
            by=frame.actor(),
        ),
        "The sitting is with its first assessor again, with their draft.",
    )
    return frame.go("assessors.show", centre_id=centre_id)
