"""The evidence of a centre as each role reads it: chapters for the page and for the PDF, and how far its computing is."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from assessment import errors, fonts
from assessment.language import marked as _
from assessment.models.event import JobState
from assessment.pages import frame, paper
from assessment.sections.blocks import Paper, Section
from assessment.sections.evidence import chapters
from assessment.sections.evidence.chapters import Reader, View
from assessment.services import evidence, reactions, versions
from assessment.services.evidence import Look
from exercises.rubric import framework

WAITS = _("It waits for its turn.")
GOES_ON = _("The figures are being computed.")
READY = _("The figures are ready.")


def view_of(
    look: Look, reader: Reader, names: Mapping[str, str] | None = None, remarks: Sequence[str] = ()
) -> View:
    """For whom the chapters are, and what things are called in the language of the page."""
    assert look.computed_at
    language = frame.words().language
    titles = {
        entry.exercise: versions.get(frame.session(), entry.version_hash).title(language)
        for entry in look.centre.exercises
    }
    dimensions = {name: f"{name} {one.name[language]}" for name, one in framework().items()}
    return View(
        reader,
        look.computed_at,
        titles,
        dimensions,
        reactions.STATEMENTS,
        look.checked,
        names or {},
        tuple(remarks),
    )


def sections_of(
    look: Look, reader: Reader, names: Mapping[str, str] | None = None, remarks: Sequence[str] = ()
) -> tuple[Section, ...]:
    """The chapters for this reader; none as long as nothing was computed."""
    if look.evidence is None:
        return ()
    return chapters.chapters(look.evidence, view_of(look, reader, names, remarks), frame.words())


def show(template: str, look: Look, sections: Sequence[Section], **values: Any) -> ResponseReturnValue:
    """The page of a role, with the chapters that are its own."""
    return frame.show(
        template,
        look=look,
        sections=sections,
        begins=not look.is_current and look.job is None and not look.has_failed,
        job_words=_said(look),
        **values,
    )


def state(look: Look) -> ResponseReturnValue:
    """How far the computing is, for the page that waits."""
    job = look.job
    return jsonify(
        done=job.done if job else 1,
        total=job.total if job else 1,
        is_over=job is None,
        words=frame.words().gettext(_said(look)),
    )


def _said(look: Look) -> str:
    if look.job is None:
        return READY
    return WAITS if look.job.state is JobState.QUEUED else GOES_ON


class NothingYet(errors.NotAllowedNow):
    sentence = "The figures have not been computed yet. Open the page first."


def as_pdf(look: Look, sections: Sequence[Section]) -> ResponseReturnValue:
    """The chapters as a PDF to take away.

    :raises NothingYet: when nothing was computed. :raises FontsMissing: while nobody has made the fonts.
    """
    if look.evidence is None or look.computed_at is None:
        raise NothingYet
    made = fonts.find(frame.settings().data_folder)
    if made is None:
        raise paper.FontsMissing
    from assessment.sections import pdf  # ReportLab: as in pages.paper

    words = frame.words()
    title = words.gettext("What the ratings are worth")
    where = f"{look.centre.programme.name} · {look.centre.name} · {words.day(look.computed_at)}"
    printed = Paper(
        title,
        words.language,
        tuple(sections),
        (where,),
        where,
        f"{title} – {look.centre.name}",
        "",
        look.centre.name,
    )
    evidence.note_download(frame.session(), look, "pdf", by=frame.actor())
    return paper.taken(pdf.compose(printed, made), "application/pdf", "klei-evidence.pdf")
