"""Writing a report: the half page, and per dimension the sentences that rest on observations; then reading it once more
and signing. Participants stay codes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask import jsonify, make_response, request
from flask.typing import ResponseReturnValue

from assessment import clock, errors, templates
from assessment.access import Permission
from assessment.language import marked as _
from assessment.language import translator
from assessment.models.report import STEPS, STRENGTHS, Line, Report, ReportState
from assessment.pages import frame, paper
from assessment.sections import shelf, wording
from assessment.sections.blocks import Section
from assessment.sections.facts import DimensionFacts, ReportFacts
from assessment.services import integrations, reports, texts
from assessment.services.reports import Account, HalfPage
from exercises.frames import SLOT, Frame, frames
from exercises.rubric import framework
from exercises.wording import Mark

pages = frame.Pages("assessor_report", __name__)

HALF_PAGE = 1
"""The section that is read beside what is written."""

GAPS: Mapping[str, str] = {
    "act": _("what was done"),
    "n": _("how many, in a word"),
    "item": _("which matter"),
    "place": _("where it stood"),
    "view": _("whose view"),
    "claim": _("which claim"),
    "finding": _("what was found"),
    "option": _("which option"),
    "result": _("what came of it"),
    "exercise": _("exercise"),
    "evidence": _("quotation"),
}
"""What belongs into the gaps of frames."""


@dataclass(frozen=True)
class Sentence:
    """A frame that can be chosen, with its gaps as words between brackets."""

    frame: Frame
    words: str
    gaps: tuple[tuple[str, str], ...]
    fits: bool
    """Whether it belongs to the band that was found."""


@dataclass(frozen=True)
class Seen:
    """An observation of one of the assessors; whose it was is not said."""

    id: UUID
    exercise: str
    sign: str
    behaviour: str
    quote: str


@dataclass(frozen=True)
class Chosen:
    """A frame in the draft, filled."""

    id: UUID
    words: str


@dataclass(frozen=True)
class Area:
    """One dimension in the editor."""

    dimension: DimensionFacts
    result: str
    chosen: tuple[Chosen, ...]
    sentences: tuple[Sentence, ...]
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class WrittenLine:
    """A line of the half page in the editor, with the observations chosen under it."""

    line: Line
    words: str
    chosen: frozenset[UUID]


@dataclass(frozen=True)
class Typed:
    """What the form held, so that nothing typed is lost."""

    half_page: HalfPage
    area: str = ""
    frame: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    observations: tuple[str, ...] = ()


@pages.page("/assessor/reports/begin/<uuid:integration_id>", Permission.RATE, methods=("POST",))
def begin(integration_id: UUID) -> ResponseReturnValue:
    report = reports.begin(frame.session(), integration_id, by=frame.actor())
    return frame.go(".show", report_id=report.id)


@pages.page("/assessor/reports/<uuid:report_id>", Permission.RATE)
def show(report_id: UUID) -> ResponseReturnValue:
    report = reports.draft(frame.session(), report_id, by=frame.actor())
    return _editor(report) if report.state is ReportState.DRAFT else _signed(report)


@pages.page("/assessor/reports/<uuid:report_id>", Permission.RATE, methods=("POST",), endpoint="save")
def save(report_id: UUID) -> ResponseReturnValue:
    """The whole form: the half page is saved whichever button was pressed, and then that button does its part."""
    session, who, typed = frame.session(), frame.actor(), _typed()
    try:
        reports.write(session, report_id, typed.half_page, by=who)
    except (reports.StaleReport, reports.EvidenceUnknown, texts.TextTooLong) as error:
        session.rollback()
        return _editor(reports.draft(session, report_id, by=who), error, typed)
    if drop := request.form.get("drop"):
        reports.drop_frame(session, report_id, _uuid(drop), by=who)
    elif typed.area:
        try:
            reports.choose_frame(
                session,
                report_id,
                typed.frame,
                typed.values,
                [_uuid(one) for one in typed.observations],
                by=who,
            )
        except (reports.FrameUnfounded, errors.NotFound, texts.TextTooLong) as error:
            # The half page is saved all the same.
            said = error if isinstance(error, texts.TextTooLong) else reports.FrameUnfounded()
            return _editor(reports.draft(session, report_id, by=who), said, typed)
        return frame.go(".show", report_id=report_id, _anchor=f"area-{typed.area}")
    elif request.form.get("then") == "preview":
        return frame.go(".preview", report_id=report_id)
    else:
        frame.say("Draft saved.")
    return frame.go(".show", report_id=report_id)


@pages.page("/assessor/reports/<uuid:report_id>/autosave", Permission.RATE, methods=("POST",))
def autosave(report_id: UUID) -> ResponseReturnValue:
    """The half page as it is being written. What another window changed is never written over: this one is told."""
    session, who = frame.session(), frame.actor()
    try:
        report = reports.write(session, report_id, _typed().half_page, by=who)
        session.flush()
    except (reports.StaleReport, reports.AlreadySigned, reports.EvidenceUnknown, texts.TextTooLong) as error:
        session.rollback()
        return make_response(jsonify(code=error.id, words=frame.words().sentence(error)), error.status)
    facts, found = reports.preview(session, report), _marked(report)
    return jsonify(
        version=report.version,
        words=frame.words().gettext("Saved at %(time)s", time=frame.words().time(clock.now())),
        beside=templates.render(
            "assessor/report_beside.html",
            frame.words().language,
            {"facts": facts, "sections": _beside(facts), "marked": found},
        ),
        marks={
            place: templates.render(
                "assessor/report_marks.html",
                frame.words().language,
                {"facts": facts, "marks": found.get(place, ())},
            )
            for place in (
                *(line.value for line in Line),
                *(f"account-{one.id}" for one in facts.exercises),
                *(f"helped-{one.id}" for one in facts.dimensions),
            )
        },
    )


@pages.page("/assessor/reports/<uuid:report_id>/preview", Permission.RATE)
def preview(report_id: UUID) -> ResponseReturnValue:
    return _preview(reports.draft(frame.session(), report_id, by=frame.actor()))


def _preview(report: Report, error: errors.KleiError | None = None, reason: str = "") -> ResponseReturnValue:
    facts = reports.preview(frame.session(), report)
    found = reports.wording(report) if report.state is ReportState.DRAFT else ()
    return frame.show(
        "assessor/report_preview.html",
        200 if error is None else error.status,
        report=report,
        facts=facts,
        sections=shelf.sections(facts),
        is_draft=report.state is ReportState.DRAFT,
        missing=reports.shortcomings(frame.session(), report),
        refused=[one.mark for one in found if one.mark.is_refused],
        asked=[one.mark for one in found if not one.mark.is_refused],
        error=error,
        reason=reason,
    )


@pages.page("/assessor/reports/<uuid:report_id>/preview.pdf", Permission.RATE)
def preview_pdf(report_id: UUID) -> ResponseReturnValue:
    report = reports.draft(frame.session(), report_id, by=frame.actor())
    return paper.as_pdf(reports.preview(frame.session(), report))


@pages.page("/assessor/reports/<uuid:report_id>/sign", Permission.RATE, methods=("POST",))
def sign(report_id: UUID) -> ResponseReturnValue:
    session, who, reason = frame.session(), frame.actor(), request.form.get("reason", "")
    try:
        reports.sign(session, report_id, by=who, base_url=frame.settings().base_url, reason=reason)
    except (
        reports.ReportIncomplete,
        reports.WordingRefused,
        reports.ReasonMissing,
        texts.TextTooLong,
    ) as error:
        session.rollback()
        return _preview(reports.draft(session, report_id, by=who), error, reason)
    frame.say("Signed. The participant reads it first and got a mail.")
    return frame.go(".show", report_id=report_id)


@pages.page("/assessor/reports/<uuid:report_id>/remarks/<uuid:remark_id>", Permission.RATE, methods=("POST",))
def answer(report_id: UUID, remark_id: UUID) -> ResponseReturnValue:
    session, who, text = frame.session(), frame.actor(), request.form.get("answer", "")
    try:
        reports.answer(session, report_id, remark_id, text, by=who, base_url=frame.settings().base_url)
    except reports.AnswerEmpty as error:
        return _signed(reports.draft(session, report_id, by=who), error, remark_id)
    frame.say("Answered. The participant gets a mail.")
    return frame.go(".show", report_id=report_id)


@pages.page("/assessor/reports/<uuid:report_id>/correct", Permission.RATE, methods=("POST",))
def correct(report_id: UUID) -> ResponseReturnValue:
    made = reports.correct(frame.session(), report_id, by=frame.actor())
    return frame.go(".show", report_id=made.id)


# The pages.


def _editor(
    report: Report, error: errors.KleiError | None = None, typed: Typed | None = None
) -> ResponseReturnValue:
    facts = reports.preview(frame.session(), report)
    half = (
        typed.half_page
        if typed
        else HalfPage(
            report.version,
            report.summary,
            report.strengths,
            report.steps,
            reports.rests_on(report),
            {exercise: Account(**one) for exercise, one in report.accounts.items()},
            report.helped,
        )
    )
    return frame.show(
        "assessor/report.html",
        200 if error is None else error.status,
        report=report,
        facts=facts,
        pattern=_written(half, (Line.PATTERN,), [half.summary])[0],
        strengths=_written(half, STRENGTHS, half.strengths),
        steps=_written(half, STEPS, half.steps),
        accounts=half.accounts,
        helped=half.helped,
        areas=_areas(report, facts),
        missing=reports.shortcomings(frame.session(), report),
        marked=_marked(report),
        sections=_beside(facts),
        error=error,
        is_stale=isinstance(error, reports.StaleReport),
        typed=typed,
    )


def _signed(
    report: Report, error: errors.KleiError | None = None, remark_id: UUID | None = None
) -> ResponseReturnValue:
    return frame.show(
        "assessor/report_signed.html",
        200 if error is None else error.status,
        report=report,
        state=report.state.value,
        facts=reports.preview(frame.session(), report),
        error=error,
        wrong=remark_id,
    )


def _written(half: HalfPage, places: Sequence[Line], words: Sequence[str]) -> tuple[WrittenLine, ...]:
    """A line for each place, empty where nothing was written: one field each."""
    return tuple(
        WrittenLine(
            place, words[number] if number < len(words) else "", frozenset(half.rests_on.get(place, ()))
        )
        for number, place in enumerate(places)
    )


def _areas(report: Report, facts: ReportFacts) -> tuple[Area, ...]:
    session = frame.session()
    words, language = translator(report.language), report.language
    titles = {exercise.id: exercise.title for exercise in facts.exercises}
    evidence = integrations.evidence(session, report.enrolment_id)
    behaviours = {one.id: one.words for entry in framework().values() for one in entry.behaviours}
    made = []
    for dimension in facts.dimensions:
        chosen = [one for one in report.frames if one.dimension == dimension.id]
        made.append(
            Area(
                dimension,
                wording.result(dimension, facts, words),
                tuple(
                    Chosen(one.id, frozen.words) for one, frozen in zip(chosen, dimension.frames, strict=True)
                ),
                _sentences(dimension, language),
                tuple(
                    Seen(
                        one.id,
                        titles.get(exercise, exercise),
                        one.sign,
                        behaviours[one.behaviour][frame.words().language]
                        if one.behaviour in behaviours
                        else one.behaviour,
                        one.quote,
                    )
                    for exercise, one in evidence.get(dimension.id, ())
                ),
            )
        )
    return tuple(made)


def _sentences(dimension: DimensionFacts, language: str) -> tuple[Sentence, ...]:
    """The frames of a dimension, those of the bands that were found first."""
    found = {dimension.band, *(dimension.between or ())} - {None} or {one.band for one in dimension.seen_in}
    words = frame.words()

    def gap(name: str) -> str:
        return words.gettext(GAPS[name]) if name in GAPS else name

    sentences = [
        Sentence(
            one,
            SLOT.sub(
                lambda match: f"[{translator(language).gettext(GAPS[match.group(1)])}]", one.words[language]
            ),
            tuple((slot, gap(slot)) for slot in one.slots),
            one.band in found,
        )
        for one in frames().values()
        if one.dimension == dimension.id
    ]
    return tuple(sorted(sentences, key=lambda one: not one.fits))


def _marked(report: Report) -> Mapping[Line | UUID | str, Sequence[Mark]]:
    """What the linter found, by the line or the sentence in which it stands."""
    found: dict[Line | UUID | str, list[Mark]] = {}
    for one in reports.wording(report):
        found.setdefault(one.place, []).append(one.mark)
    return found


def _beside(facts: ReportFacts) -> tuple[Section, ...]:
    """What stands beside the half page while it is written: the same, as it will be read."""
    return tuple(one for one in shelf.sections(facts) if one.number == HALF_PAGE)


# The form.


def _typed() -> Typed:
    form = request.form
    area = form.get("choose", "")
    chosen = form.get(f"frame-{area}", "")
    start = f"gap-{chosen}-"
    return Typed(
        HalfPage(
            int(version) if (version := form.get("version", "")[:9]).isdecimal() else 0,
            form.get("summary", ""),
            form.getlist("strength"),
            form.getlist("step"),
            {line: [_known(one) for one in form.getlist(f"rests-{line.value}")] for line in Line},
            {
                name.removeprefix("approach-"): Account(
                    value, form.get(f"effect-{name.removeprefix('approach-')}", "")
                )
                for name, value in form.items()
                if name.startswith("approach-")
            },
            {
                name.removeprefix("helped-"): value
                for name, value in form.items()
                if name.startswith("helped-")
            },
        ),
        area,
        chosen,
        {name.removeprefix(start): value for name, value in form.items() if name.startswith(start)},
        tuple(form.getlist(f"seen-{area}")),
    )


def _known(value: str) -> UUID:
    """An observation's id as the form sent it; what is none at all is one that nobody has."""
    try:
        return UUID(value)
    except ValueError:
        return UUID(int=0)


def _uuid(value: str) -> UUID:
    """
    :raises NotFound: when it is none.
    """
    try:
        return UUID(value)
    except ValueError:
        raise errors.NotFound from None
