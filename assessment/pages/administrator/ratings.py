"""The ratings of a centre as its administrator follows them: what is in, what is missing, who answers; never a mark."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.centre import Centre
from assessment.pages import fields, frame
from assessment.services import adjudications, centres, enrolments, integrations, progress
from assessment.services.progress import Line, Step

pages = frame.Pages(
    "administrator_ratings", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/ratings"
)

SORTS: dict[str, Callable[[Line], Any]] = {
    "name": lambda row: (row.person.name.casefold(), row.person.email),
    "step": lambda row: (list(Step).index(row.step), row.person.name.casefold()),
}


def found(centre_id: UUID) -> Centre:
    return centres.get(frame.session(), centre_id, by=frame.actor())


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    centre = found(centre_id)
    everybody = progress.follow(frame.session(), centre)
    sort = request.args.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    wanted, words = request.args.get("step", ""), request.args.get("q", "").casefold().split()
    return frame.show(
        "administrator/ratings.html",
        centre=centre,
        rows=sorted((row for row in everybody if _matches(row, wanted, words)), key=SORTS[sort]),
        total=len(everybody),
        exercises=[one.id for one in centres.exercises_of(frame.session(), centre) if one.rated],
        waiting=progress.unassigned(frame.session(), centre),
        sort=sort,
        wanted=wanted,
        steps=list(Step),
        step_counts={step: sum(row.step is step for row in everybody) for step in Step},
    )


def _matches(row: Line, wanted: str, words: list[str]) -> bool:
    text = f"{row.person.name} {row.person.email}".casefold()
    return (not wanted or row.step == wanted) and all(word in text for word in words)


@pages.page("/<uuid:enrolment_id>/responsible", Permission.ADMINISTER, methods=("POST",))
def set_responsible(centre_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    enrolment = enrolments.get(frame.session(), found(centre_id), enrolment_id)
    chosen = _chosen()
    fields.act(
        lambda: integrations.set_responsible(
            frame.session(), enrolment.id, chosen, request.form.get("reason", ""), by=frame.actor()
        ),
        "The responsible assessor was named.",
    )
    return frame.go("administrator_ratings.show", centre_id=centre_id)


@pages.page("/adjudications/<uuid:adjudication_id>/assign", Permission.ADMINISTER, methods=("POST",))
def assign(centre_id: UUID, adjudication_id: UUID) -> ResponseReturnValue:
    centre, chosen = found(centre_id), _chosen()
    fields.act(
        lambda: adjudications.assign(
            frame.session(), adjudication_id, chosen, centre=centre, by=frame.actor()
        ),
        "The adjudication has an assessor now.",
    )
    return frame.go("administrator_ratings.show", centre_id=centre_id)


def _chosen() -> UUID:
    """The assessor that a form names.

    :raises NotFound: when it names none.
    """
    try:
        return UUID(request.form.get("assessor", ""))
    except ValueError:
        raise errors.NotFound from None
