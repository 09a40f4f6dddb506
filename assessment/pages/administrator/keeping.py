"""How long what is kept in a centre, whom participants turn to afterwards, and the sheets printed from the settings."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import errors, fonts
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.keeping import KeptFor
from assessment.pages import frame, paper
from assessment.services import centres, keepings, sheets

pages = frame.Pages("keeping", __name__, url_prefix="/administrator/centres/<uuid:centre_id>/keeping")

PURPOSES = {
    KeptFor.FILE: _("Answers, ratings and report"),
    KeptFor.FOLLOW_UP: _("Plan, check-ins, feedback and diary"),
    KeptFor.UNREPORTED: _("What was begun and never reported"),
}


@pages.page("/", Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    return _page(centre_id)


def _page(centre_id: UUID, wrong: str = "", at: str = "") -> ResponseReturnValue:
    centre = centres.get(frame.session(), centre_id, by=frame.actor())
    return frame.show(
        "administrator/keeping.html",
        422 if wrong else 200,
        centre=centre,
        periods=keepings.periods(frame.session(), centre),
        purposes=PURPOSES,
        kept=keepings.of_centre(frame.session(), centre),
        least=keepings.least(centre),
        written=request.form,
        wrong=wrong,
        at=at,
    )


@pages.page("/period", Permission.ADMINISTER, methods=("POST",))
def keep(centre_id: UUID) -> ResponseReturnValue:
    centre = centres.get(frame.session(), centre_id, by=frame.actor())
    purpose, months = request.form.get("purpose", ""), request.form.get("months", "")
    if purpose not in set(KeptFor):
        raise errors.NotFound
    try:
        if not (months.isascii() and months.isdigit() and len(months) < 4):
            raise keepings.WrongMonths
        keepings.keep(
            frame.session(),
            centre,
            KeptFor(purpose),
            int(months),
            request.form.get("reason", ""),
            by=frame.actor(),
        )
    except (errors.Invalid, errors.RuleBroken) as error:
        return _page(centre_id, frame.words().sentence(error), purpose)
    frame.say(_("Saved."))
    return frame.go(".show", centre_id=centre_id)


@pages.page("/aftercare", Permission.ADMINISTER, methods=("POST",))
def aftercare(centre_id: UUID) -> ResponseReturnValue:
    centre = centres.get(frame.session(), centre_id, by=frame.actor())
    centres.name_aftercare(
        frame.session(),
        centre,
        request.form.get("name", ""),
        request.form.get("reach", ""),
        by=frame.actor(),
    )
    frame.say(_("Saved."))
    return frame.go(".show", centre_id=centre_id)


@pages.page("/sheets/<kind>", Permission.ADMINISTER)
def sheet(centre_id: UUID, kind: str) -> ResponseReturnValue:
    """A sheet as a page: for the data protection officer (G7) or the works council (G8)."""
    centre = centres.get(frame.session(), centre_id, by=frame.actor())
    return frame.show(
        "administrator/sheet.html",
        centre=centre,
        kind=kind,
        paper=sheets.make(frame.session(), centre, kind, frame.words()),
    )


@pages.page("/sheets/<kind>.pdf", Permission.ADMINISTER)
def sheet_pdf(centre_id: UUID, kind: str) -> ResponseReturnValue:
    centre = centres.get(frame.session(), centre_id, by=frame.actor())
    made = sheets.make(frame.session(), centre, kind, frame.words())
    found = fonts.find(frame.settings().data_folder)
    if found is None:
        raise paper.FontsMissing
    from assessment.sections import pdf  # ReportLab takes 20 MB, which a process without a PDF need not hold

    return paper.taken(pdf.compose(made, found), "application/pdf", f"klei-{kind}.pdf")
