"""The evidence page of a centre for administrators: live, with everybody's effects; and what can be taken out."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import findings, frame, paper
from assessment.sections.blocks import Section
from assessment.sections.evidence import chapters
from assessment.sections.evidence.chapters import Reader
from assessment.services import evidence, minimums, reactions, research
from assessment.services.evidence import Look

pages = frame.Pages("administrator_evidence", __name__)
AT = "/administrator/centres/<uuid:centre_id>/evidence/"


def _look(centre_id: UUID) -> Look:
    return evidence.for_administrator(frame.session(), centre_id, by=frame.actor())


def _sections(look: Look) -> tuple[Section, ...]:
    if look.evidence is None:
        return ()
    names = evidence.names_of(frame.session(), look.evidence.effects)
    remarks = reactions.remarks(frame.session(), look.centre.id)
    return findings.sections_of(look, Reader.ADMINISTRATOR, names, remarks)


@pages.page(AT, Permission.ADMINISTER)
def show(centre_id: UUID) -> ResponseReturnValue:
    look = _look(centre_id)
    return findings.show(
        "administrator/evidence.html",
        look,
        _sections(look),
        centre=look.centre,
        purposes=research.PURPOSES,
        least=minimums.PEOPLE_RATED_TWICE.n,
        has_enough=look.evidence is not None
        and look.evidence.extent.participants >= minimums.PEOPLE_RATED_TWICE.n,
    )


@pages.page(AT, Permission.ADMINISTER, methods=("POST",))
def begin(centre_id: UUID) -> ResponseReturnValue:
    evidence.begin(frame.session(), _look(centre_id), by=frame.actor())
    return frame.go(".show", centre_id=centre_id)


@pages.page(f"{AT}state", Permission.ADMINISTER)
def state(centre_id: UUID) -> ResponseReturnValue:
    return findings.state(_look(centre_id))


@pages.page(f"{AT}groups", Permission.READ_BACKGROUNDS)
def groups(centre_id: UUID) -> ResponseReturnValue:
    look, found = evidence.groups(frame.session(), centre_id, by=frame.actor())
    return frame.show(
        "administrator/evidence_groups.html",
        look=look,
        centre=look.centre,
        sections=(chapters.groups_section(found, frame.words()),) if look.evidence else (),
    )


@pages.page(f"{AT}evidence.pdf", Permission.ADMINISTER, methods=("POST",))
def pdf(centre_id: UUID) -> ResponseReturnValue:
    look = _look(centre_id)
    return findings.as_pdf(look, _sections(look))


@pages.page(f"{AT}tables.zip", Permission.ADMINISTER, methods=("POST",))
def tables(centre_id: UUID) -> ResponseReturnValue:
    look = _look(centre_id)
    if look.evidence is None:
        raise findings.NothingYet
    content = research.tables(_sections(look), look.evidence)
    evidence.note_download(frame.session(), look, "tables", by=frame.actor())
    return paper.taken(content, "application/zip", "klei-evidence-tables.zip")


@pages.page(f"{AT}research.zip", Permission.ADMINISTER, methods=("POST",))
def research_set(centre_id: UUID) -> ResponseReturnValue:
    content = research.take(
        frame.session(),
        _look(centre_id).centre,
        request.form.get("purpose", ""),
        is_permitted=request.form.get("permitted") == "yes",
        words=frame.words(),
        by=frame.actor(),
    )
    return paper.taken(content, "application/zip", "klei-research-set.zip")
