"""The talent overview: what was released, area by area with its uncertainty, to be filtered and never ranked."""

from dataclasses import replace
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.language import Translator
from assessment.language import marked as _
from assessment.pages import frame
from assessment.sections import wording
from assessment.sections.facts import ReportFacts
from assessment.services import overviews
from assessment.services.overviews import Cell, Wanted
from exercises.frames import bands
from exercises.rubric import framework

pages = frame.Pages("hr_overview", __name__)

ORDERS = {"name": _("name"), "day": _("day of release"), "centre": _("centre")}


@pages.page("/hr/overview", Permission.READ_RELEASED)
def show() -> ResponseReturnValue:
    wanted = _wanted()
    words = frame.words()
    found = overviews.overview(frame.session(), wanted, words.language, by=frame.actor())
    return frame.show(
        "hr/overview.html",
        found=found,
        wanted=wanted,
        orders=ORDERS,
        areas={area: framework()[area].name[words.language] for area in found.areas},
        bands={code: entry[words.language] for code, entry in bands().items()},
        said=lambda cell, facts: _said(cell, replace(facts, language=words.language), words),
    )


def _said(cell: Cell, facts: ReportFacts, words: Translator) -> str:
    """A result where room is short: in which situations it differs is told by the report itself."""
    if cell.is_known and "U2" in cell.facts.reasons:
        return words.gettext("Depends on the situation")
    return wording.in_short(cell.facts, facts, words)


def _wanted() -> Wanted:
    """What the address asks for; what makes no sense is not asked for."""
    asked = request.args
    try:
        centre_id = UUID(asked.get("centre", ""))
    except ValueError:
        centre_id = None
    area, band, page = asked.get("area", ""), asked.get("band", ""), asked.get("page", "")[:6]
    return Wanted(
        centre_id,
        area if area in framework() else "",
        band if band in (*bands(), "unknown") else "",
        order if (order := asked.get("order", "name")) in ORDERS else "name",
        int(page) if page.isdecimal() else 1,
    )
