"""Reports: drafted and signed by the responsible assessor, read first by the participant, then released or blocked.

Once signed, the facts are frozen as a document; page, PDF and exports render from it alone (N2, N5, N7).
"""

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from assessment import clock, errors, journal, language, mail
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person, RoleName
from assessment.models.rating import (
    DimensionRating,
    Integration,
    IntegrationState,
    Observation,
    Rating,
    RatingState,
    Round,
)
from assessment.models.report import (
    STEPS,
    STRENGTHS,
    ChosenFrame,
    CommentKind,
    Download,
    Line,
    LineEvidence,
    Report,
    ReportComment,
    ReportState,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.sections.facts import (
    DimensionFacts,
    EvidenceFacts,
    ExerciseFacts,
    FrameFacts,
    LineFacts,
    ReliabilityFacts,
    RemarkFacts,
    ReportFacts,
    SeenIn,
    changed,
)
from assessment.services import integrations, meetings, minimums, notices, texts, versions
from assessment.services.integrations import DimensionResult, ExerciseScore
from exercises.content import Exercise, digest
from exercises.frames import Frame, frames
from exercises.rubric import framework
from exercises.wording import LONGEST_QUOTE, Mark, marks
from scoring.keys import band_of
from scoring.reliability import icc_sparse
from scoring.table import RatingTable

LONGEST_SUMMARY = 3000
LONGEST_LINE = 300
LONGEST_REMARK = 4000
LONGEST_REASON = 1000
PEOPLE_RATED_TWICE = minimums.PEOPLE_RATED_TWICE.n
"""From this many participants on, a report says how far assessors agree (psychometrics 6.1)."""
REMINDERS = (5, 10)
"""Working days after which a participant who has not decided is reminded; silence is no release."""


class AlreadySigned(errors.NotAllowedNow):
    sentence = "This report was signed and can no longer change. A correction makes a new edition."


class NotYours(errors.NotAllowedNow):
    sentence = "Only the responsible assessor writes and signs this report."


class NotSignedYet(errors.NotAllowedNow):
    sentence = "The integration has to be signed before the report can be written."


class StaleReport(errors.NotAllowedNow):
    sentence = (
        "This draft was changed in another window. Reload to see what is stored; nothing was lost there."
    )


class ReportIncomplete(errors.Invalid):
    sentence = "Not ready to sign: %(what)s"


class FrameUnfounded(errors.Invalid):
    sentence = "A sentence about behaviour needs at least one observation, and words for every gap."


class EvidenceUnknown(errors.Invalid):
    sentence = (
        "What a line rests on has to be an observation of this participant that counts. What you chose for one line is "
        "not, or no longer. Nothing was saved; look at the observations under your lines and save again."
    )


class WordingRefused(errors.Invalid):
    sentence = (
        "Not ready to sign: some words cannot stand in a report. They are marked, with what to write instead."
    )


class ReasonMissing(errors.Invalid):
    sentence = "Some words are better avoided. Change them, or say why they stay."


class NotDecidable(errors.NotAllowedNow):
    sentence = "This report is not with you for a decision."


class CannotBlock(errors.NotAllowedNow):
    sentence = "In this centre the report cannot be kept from HR; the notice said so before the start. Your comment goes with it."


class RemarkEmpty(errors.Invalid):
    sentence = "Write what you want to say about the report."


class AnswerEmpty(errors.Invalid):
    sentence = "Write an answer first."


# Drafting.


def list_to_write(session: Session, *, by: Actor) -> list[tuple[Integration, Report | None]]:
    """The signed integrations that this assessor answers for, with the newest report of each."""
    rows = session.scalars(
        sa.select(Integration)
        .join(Enrolment, Enrolment.id == Integration.enrolment_id)
        .where(
            Integration.responsible_id == by.person_id,
            Integration.state == IntegrationState.SIGNED,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .order_by(Integration.signed_at)
    ).all()
    newest: dict[UUID, Report] = {}
    for report in session.scalars(
        sa.select(Report)
        .where(Report.enrolment_id.in_([one.enrolment_id for one in rows]))
        .order_by(Report.number)
        .options(selectinload(Report.comments))
    ):
        newest[report.enrolment_id] = report
    return [(one, newest.get(one.enrolment_id)) for one in rows]


def begin(session: Session, integration_id: UUID, *, by: Actor) -> Report:
    """Begin the report of a signed integration; beginning again gives the draft that is there.

    :raises NotYours: for everybody but the responsible assessor. :raises NotSignedYet: before the integration is signed.
    """
    integration = integrations.get(session, integration_id, by=by, lock=True)
    if integration.responsible_id != by.person_id:
        raise NotYours
    if integration.state is not IntegrationState.SIGNED:
        raise NotSignedYet
    newest = _newest(session, integration.enrolment_id)
    if newest is not None:
        return newest
    return _new(session, integration.enrolment_id, by=by, number=1)


def _newest(session: Session, enrolment_id: UUID) -> Report | None:
    return session.scalar(
        sa.select(Report).where(Report.enrolment_id == enrolment_id).order_by(Report.number.desc()).limit(1)
    )


def _new(session: Session, enrolment_id: UUID, *, by: Actor, number: int) -> Report:
    enrolment = session.get_one(Enrolment, enrolment_id, options=[joinedload(Enrolment.person)])
    report = Report(
        enrolment_id=enrolment_id,
        number=number,
        language=enrolment.person.language,
        responsible_id=by.person_id,
        created_at=clock.now(),
    )
    session.add(report)
    session.flush()  # the page and the journal need the id
    journal.record(
        session, "report.begun", "report", report.id, by=by, centre_id=enrolment.centre_id, number=number
    )
    return report


def draft(session: Session, report_id: UUID, *, by: Actor, lock: bool = False) -> Report:
    """A report that this assessor writes.

    :raises NotFound: when it is not theirs.
    """
    query = (
        sa.select(Report)
        .join(Enrolment)
        .where(
            Report.id == report_id,
            Report.responsible_id == by.person_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .options(
            selectinload(Report.frames),
            selectinload(Report.evidence),
            selectinload(Report.comments),
            joinedload(Report.enrolment).joinedload(Enrolment.centre).joinedload(Centre.programme),
            joinedload(Report.enrolment).joinedload(Enrolment.person),
        )
    )
    found = session.scalar(query.with_for_update(of=Report) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


@dataclass(frozen=True)
class Account:
    """What a participant did in an exercise, and what came of it there."""

    approach: str = ""
    effect: str = ""


@dataclass(frozen=True)
class HalfPage:
    """What the responsible assessor writes: the half page, and the lines further on that are theirs."""

    version: int
    summary: str
    strengths: Sequence[str]
    steps: Sequence[str]
    rests_on: Mapping[Line, Sequence[UUID]] = field(default_factory=dict)
    """The observations under each line."""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    """By exercise."""
    helped: Mapping[str, str] = field(default_factory=dict)
    """By dimension: what helped."""


def write(session: Session, report_id: UUID, text: HalfPage, *, by: Actor) -> Report:
    """Save the half page of a draft, with what each line rests on.

    :raises AlreadySigned: afterwards. :raises StaleReport: when it was changed in another tab.
    :raises EvidenceUnknown: when a line rests on what is no observation of this participant that counts.
    """
    report = draft(session, report_id, by=by, lock=True)
    if report.state is not ReportState.DRAFT:
        raise AlreadySigned
    if report.version != text.version:
        raise StaleReport
    rests_on = {Line.PATTERN: set(text.rests_on.get(Line.PATTERN, ()))}
    report.summary = texts.whole(text.summary, LONGEST_SUMMARY)
    report.strengths = _kept(text.strengths, STRENGTHS, text.rests_on, rests_on)
    report.steps = _kept(text.steps, STEPS, text.rests_on, rests_on)
    _tie(session, report, rests_on)
    known = {entry.exercise for entry in report.enrolment.centre.exercises}
    accounts = {
        exercise: {
            "approach": texts.whole(one.approach, LONGEST_LINE),
            "effect": texts.whole(one.effect, LONGEST_LINE),
        }
        for exercise, one in text.accounts.items()
        if exercise in known
    }
    report.accounts = {exercise: one for exercise, one in accounts.items() if any(one.values())}
    helped = {
        one: texts.whole(words, LONGEST_LINE) for one, words in text.helped.items() if one in framework()
    }
    report.helped = {one: words for one, words in helped.items() if words}
    report.version += 1
    return report


def _kept(
    lines: Sequence[str],
    places: Sequence[Line],
    chosen: Mapping[Line, Sequence[UUID]],
    rests_on: dict[Line, set[UUID]],
) -> list[str]:
    """The lines that say something, moved up where one was left empty, and what each rests on along with it."""
    given = [
        (texts.whole(line, LONGEST_LINE), set(chosen.get(places[number], ()) if number < len(places) else ()))
        for number, line in enumerate(lines)
    ]
    kept = [(line, evidence) for line, evidence in given if line or evidence][: len(places)]
    rests_on.update((place, evidence) for place, (_line, evidence) in zip(places, kept, strict=False))
    return [line for line, _evidence in kept]


def _tie(session: Session, report: Report, rests_on: Mapping[Line, set[UUID]]) -> None:
    """Let the lines rest on these observations and no others."""
    wanted = {(line, one) for line, found in rests_on.items() for one in found}
    if not {one for _line, one in wanted} <= _counting(session, report):
        raise EvidenceUnknown
    there = {(one.line, one.observation_id): one for one in report.evidence}
    for which in there.keys() - wanted:
        report.evidence.remove(there[which])
    for line, one in wanted - there.keys():
        report.evidence.append(LineEvidence(line=line, observation_id=one))


def _counting(session: Session, report: Report) -> set[UUID]:
    """The observations that count for this participant."""
    found = integrations.evidence(session, report.enrolment_id)
    return {observation.id for seen in found.values() for _exercise, observation in seen}


def rests_on(report: Report) -> dict[Line, tuple[UUID, ...]]:
    """The observations under each line of the half page."""
    found: dict[Line, tuple[UUID, ...]] = {}
    for one in report.evidence:
        found[one.line] = (*found.get(one.line, ()), one.observation_id)
    return found


def choose_frame(
    session: Session,
    report_id: UUID,
    frame_id: str,
    values: Mapping[str, str],
    observation_ids: Sequence[UUID],
    *,
    by: Actor,
) -> ChosenFrame:
    """Put a wording frame into a draft, with the observations it rests on and words for its gaps.

    :raises FrameUnfounded: without an observation of that dimension, or with an empty gap.
    """
    report = draft(session, report_id, by=by, lock=True)
    if report.state is not ReportState.DRAFT:
        raise AlreadySigned
    frame = frames().get(frame_id)
    if frame is None:
        raise errors.NotFound
    known = {
        observation.id
        for _exercise, observation in integrations.evidence(session, report.enrolment_id).get(
            frame.dimension, ()
        )
    }
    chosen = [one for one in dict.fromkeys(observation_ids) if one in known]
    filled = {slot: texts.whole(values.get(slot, ""), LONGEST_LINE) for slot in frame.slots}
    if not chosen or not all(filled.values()):
        raise FrameUnfounded
    made = ChosenFrame(
        report_id=report.id,
        place=max((one.place for one in report.frames), default=0) + 1,
        dimension=frame.dimension,
        frame=frame.id,
        values=filled,
        observations=[str(one) for one in chosen],
    )
    report.frames.append(made)
    report.version += 1
    return made


def drop_frame(session: Session, report_id: UUID, chosen_id: UUID, *, by: Actor) -> None:
    """Take a frame out of a draft."""
    report = draft(session, report_id, by=by, lock=True)
    if report.state is not ReportState.DRAFT:
        raise AlreadySigned
    found = next((one for one in report.frames if one.id == chosen_id), None)
    if found is None:
        raise errors.NotFound
    report.frames.remove(found)
    report.version += 1


UNFOUNDED = {
    Line.PATTERN: _("choose under the pattern at least one observation that it rests on"),
    Line.STRENGTH_1: _("choose under strength 1 at least one observation that it rests on"),
    Line.STRENGTH_2: _("choose under strength 2 at least one observation that it rests on"),
    Line.STEP_1: _("choose under step 1 at least one observation that it rests on"),
    Line.STEP_2: _("choose under step 2 at least one observation that it rests on"),
}


def shortcomings(session: Session, report: Report) -> list[str]:
    """What keeps a draft from being signed, as message ids. Where nobody saw anything, the half page is enough."""
    found = []
    if not report.summary:
        found.append(_("the half page is empty"))
    counting = _counting(session, report)
    if not counting:
        if any((*report.strengths, *report.steps, *report.frames, *report.accounts, *report.helped)):
            found.append(_("nothing was observed, so take out the strengths, the steps and the sentences"))
        return found
    if not any(report.strengths):
        found.append(_("no strength is named"))
    if not any(report.steps):
        found.append(_("no step is named"))
    resting = rests_on(report)
    written = {
        Line.PATTERN: report.summary,
        **dict(zip(STRENGTHS, report.strengths, strict=False)),
        **dict(zip(STEPS, report.steps, strict=False)),
    }
    found += [
        UNFOUNDED[line]
        for line, words in written.items()
        if words and not counting.intersection(resting.get(line, ()))
    ]
    if not report.frames:
        found.append(_("no sentence about behaviour is chosen"))
    if any(counting.isdisjoint(map(UUID, frame.observations)) for frame in report.frames):
        found.append(_("a sentence about behaviour rests on nothing that still counts: take it out"))
    if not {*report.accounts} <= _cited(session, report):
        found.append(
            _(
                "what you wrote of an exercise rests on nothing: choose a passage of it under a line or a sentence"
            )
        )
    if not {*report.helped} <= {frame.dimension for frame in report.frames}:
        found.append(_("what helped rests on nothing: choose a sentence about that area"))
    return found


def _cited(session: Session, report: Report) -> set[str]:
    """The exercises of which a passage stands under some line or sentence."""
    cited = {one.observation_id for one in report.evidence}
    cited.update(UUID(one) for frame in report.frames for one in frame.observations)
    evidence = integrations.evidence(session, report.enrolment_id)
    return {exercise for found in evidence.values() for exercise, one in found if one.id in cited}


@dataclass(frozen=True)
class MarkedWords:
    """Words in a draft that the wording rules are about, and where they stand."""

    place: Line | UUID | str
    """A line of the half page, a chosen frame, or where a line of an exercise or an area stands: account-E1, helped-L1."""
    mark: Mark


def wording(report: Report) -> tuple[MarkedWords, ...]:
    """What the linter finds in what was written: the half page, and the words in the gaps of frames."""
    written: list[tuple[Line | UUID | str, str]] = [
        (Line.PATTERN, report.summary),
        *zip(STRENGTHS, report.strengths, strict=False),
        *zip(STEPS, report.steps, strict=False),
        *((one.id, " · ".join(map(str, one.values.values()))) for one in report.frames),
        *((f"account-{exercise}", " · ".join(one.values())) for exercise, one in report.accounts.items()),
        *((f"helped-{one}", words) for one, words in report.helped.items()),
    ]
    return tuple(
        MarkedWords(place, mark) for place, words in written for mark in marks(words, report.language)
    )


def sign(session: Session, report_id: UUID, *, by: Actor, base_url: str, reason: str = "") -> Report:
    """Sign a draft: its facts are frozen, and the participant gets it, before anybody else. Twice changes nothing.

    :raises ReportIncomplete: while something is missing. :raises WordingRefused: while words stand in it that may not.
    :raises ReasonMissing: without a reason for words that are better avoided.
    """
    report = draft(session, report_id, by=by, lock=True)
    if report.state is not ReportState.DRAFT:
        return report
    missing = shortcomings(session, report)
    translator = language.translator(by.language)
    if missing:
        raise ReportIncomplete(what=", ".join(map(translator.gettext, missing)))
    found_words = wording(report)
    if any(one.mark.is_refused for one in found_words):
        raise WordingRefused
    if found_words and not reason.strip():
        raise ReasonMissing
    report.wording_reason = texts.whole(reason, LONGEST_REASON) if found_words else ""
    now = clock.now()
    centre = report.enrolment.centre
    report.valid_until_on = months_later(now.date(), centre.report_valid_months)
    found = facts(session, report, signed_on=now.date(), valid_until_on=report.valid_until_on)
    report.document = found.to_document()
    report.document_hash = digest(report.document)
    report.signed_at = report.sent_at = now
    report.state = ReportState.WITH_PARTICIPANT
    for older in session.scalars(
        sa.select(Report).where(Report.enrolment_id == report.enrolment_id, Report.number < report.number)
    ):
        older.state = ReportState.SUPERSEDED
    journal.record(
        session,
        "report.signed",
        "report",
        report.id,
        by=by,
        centre_id=centre.id,
        document_hash=report.document_hash,
        marked_words=len(found_words),
    )
    _tell(session, report, base_url, _("Your report is ready"), READY)
    return report


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


# Facts.


def facts(session: Session, report: Report, *, signed_on: date, valid_until_on: date) -> ReportFacts:
    """The facts of a report as they are now: what is signed is this, frozen."""
    enrolment = report.enrolment
    integration = session.scalars(
        sa.select(Integration).where(Integration.enrolment_id == enrolment.id)
    ).one()
    result = integrations.signed_result(integration)
    sittings = session.scalars(
        sa.select(Sitting)
        .where(Sitting.enrolment_id == enrolment.id, Sitting.state == SittingState.SEALED)
        .options(joinedload(Sitting.centre_exercise))
        .order_by(Sitting.position)
    ).all()
    evidence = _evidence(session, report)
    zone = language.zone(enrolment.centre.time_zone)
    days = [
        moment.astimezone(zone).date()
        for one in sittings
        for moment in (one.started_at, one.sealed_at)
        if moment
    ]
    live = meetings.live_ids(session, [enrolment.centre_id])
    titles = {one.centre_exercise.exercise: versions.get(session, one.version_hash) for one in sittings}
    found = ReportFacts(
        language=report.language,
        participant=enrolment.person.name,
        programme=enrolment.centre.programme.name,
        centre=enrolment.centre.name,
        purpose=(enrolment.centre.purpose or enrolment.centre.programme.purpose).value,
        responsible=session.get_one(Person, report.responsible_id).name,
        signed_on=signed_on,
        valid_until_on=valid_until_on,
        sat_from_on=min(days, default=signed_on),
        sat_until_on=max(days, default=signed_on),
        exercises=tuple(
            ExerciseFacts(
                id=one.centre_exercise.exercise,
                title=titles[one.centre_exercise.exercise].title(report.language),
                minutes=titles[one.centre_exercise.exercise].minutes,
                form=_form(titles[one.centre_exercise.exercise]),
                language=one.language or report.language,
                is_live=one.centre_exercise_id in live,
                situation=str(titles[one.centre_exercise.exercise].text(report.language).get("goal", "")),
                **report.accounts.get(one.centre_exercise.exercise, {}),
            )
            for one in sittings
        ),
        dimensions=tuple(_dimension(one, report, titles, evidence) for one in result.dimensions),
        summary=report.summary,
        summary_evidence=_under(report, Line.PATTERN, evidence),
        strengths=_lines(report, STRENGTHS, report.strengths, evidence),
        steps=_lines(report, STEPS, report.steps, evidence),
        is_provisional=result.is_provisional,
        may_be_blocked=enrolment.centre.may_be_blocked,
        number=report.number,
        remarks=_remarks(session, report),
        assessors=_assessors(session, enrolment.id),
        reliability=reliability(session, enrolment.centre_id),
    )
    before = _edition_before(session, report)
    return replace(found, changes=changed(before, found)) if before else found


def _assessors(session: Session, enrolment_id: UUID) -> int:
    """How many people rated this participant."""
    return (
        session.scalar(
            sa.select(sa.func.count(sa.distinct(Rating.assessor_id)))
            .join(Sitting)
            .where(
                Sitting.enrolment_id == enrolment_id,
                Sitting.state == SittingState.SEALED,
                Rating.state == RatingState.SUBMITTED,
            )
        )
        or 0
    )


def reliability(session: Session, centre_id: UUID) -> ReliabilityFacts:
    """How far two assessors of a centre agree, from the ratings of its first round as they are now."""
    rows = session.execute(
        sa.select(Sitting.enrolment_id, Rating.assessor_id, DimensionRating.dimension, DimensionRating.score)
        .join(Rating, Rating.id == DimensionRating.rating_id)
        .join(Sitting, Sitting.id == Rating.sitting_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(
            Enrolment.centre_id == centre_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Sitting.state == SittingState.SEALED,
            Rating.state == RatingState.SUBMITTED,
            Rating.round == Round.FIRST,
            DimensionRating.score.is_not(None),
        )
    ).all()
    assessors: dict[UUID, set[UUID]] = {}
    for person, assessor, _dimension_id, _score in rows:
        assessors.setdefault(person, set()).add(assessor)
    n = sum(len(found) > 1 for found in assessors.values())
    if n < PEOPLE_RATED_TWICE:
        return ReliabilityFacts(n, PEOPLE_RATED_TWICE)
    table = RatingTable(
        [str(row[0]) for row in rows],
        None,
        [row[2] for row in rows],
        [str(row[1]) for row in rows],
        [float(row[3] or 0) for row in rows],
        range(1, 6),
    )
    found = icc_sparse(table, "participants")
    if found.estimate is None or found.interval is None:
        return ReliabilityFacts(n, PEOPLE_RATED_TWICE)
    return ReliabilityFacts(n, PEOPLE_RATED_TWICE, found.estimate, *found.interval)


def _edition_before(session: Session, report: Report) -> ReportFacts | None:
    """What the edition before this one said."""
    document = session.scalar(
        sa.select(Report.document)
        .where(
            Report.enrolment_id == report.enrolment_id,
            Report.number < report.number,
            Report.document.is_not(None),
        )
        .order_by(Report.number.desc())
        .limit(1)
    )
    return ReportFacts.from_document(document) if document else None


def preview(session: Session, report: Report) -> ReportFacts:
    """The report as the participant will read it, for its writer: under the codes, without the name."""
    if report.document is not None:
        found = frozen(report)
    else:
        today = clock.now().date()
        until = months_later(today, report.enrolment.centre.report_valid_months)
        found = facts(session, report, signed_on=today, valid_until_on=until)
    codes = integrations.codes_of(session, [report.enrolment_id])[report.enrolment_id]
    return replace(found, participant=", ".join(codes))


def _form(exercise: Exercise) -> str:
    if exercise.rated and exercise.keyed:
        return "both"
    if exercise.is_judgement:
        return "choices"
    return "rated" if exercise.rated else "keyed"


def _evidence(session: Session, report: Report) -> dict[str, EvidenceFacts]:
    return {
        str(observation.id): EvidenceFacts(
            str(observation.id), exercise, _quoted(observation), observation.dimension
        )
        for found in integrations.evidence(session, report.enrolment_id).values()
        for exercise, observation in found
    }


def _under(report: Report, line: Line, evidence: Mapping[str, EvidenceFacts]) -> tuple[EvidenceFacts, ...]:
    """What counts of what a line rests on, in the order in which it is offered."""
    chosen = {str(one.observation_id) for one in report.evidence if one.line is line}
    return tuple(found for one, found in evidence.items() if one in chosen)


def _lines(
    report: Report, places: Sequence[Line], lines: Sequence[str], evidence: Mapping[str, EvidenceFacts]
) -> tuple[LineFacts, ...]:
    return tuple(
        LineFacts(words, _under(report, place, evidence))
        for place, words in zip(places, lines, strict=False)
        if words
    )


def _quoted(observation: Observation) -> str:
    """The first words of a passage, exactly as written; "…" says that it goes on."""
    words = observation.quote.split()
    if len(words) <= LONGEST_QUOTE:
        return " ".join(words).rstrip(".")
    return " ".join(words[:LONGEST_QUOTE]) + " …"


def _dimension(
    one: DimensionResult,
    report: Report,
    titles: Mapping[str, Exercise],
    evidence: Mapping[str, EvidenceFacts],
) -> DimensionFacts:
    made = framework()[one.dimension]
    chosen = [frame for frame in report.frames if frame.dimension == one.dimension]
    return DimensionFacts(
        id=one.dimension,
        name=made.name[report.language],
        definition=made.definition[report.language],
        cluster=made.cluster,
        estimate=one.estimate,
        low=one.low,
        high=one.high,
        band=one.band,
        between=one.between,
        n_exercises=one.n_exercises,
        # U8 changes nothing and is never printed, so that nobody can read who had another time.
        reasons=tuple(reason for reason in one.reasons if reason != "U8"),
        stronger=one.stronger,
        weaker=one.weaker,
        seen_in=tuple(_seen(entry) for entry in one.per_exercise),
        frames=tuple(
            _frame(frames()[frame.frame], frame, report.language, titles, evidence) for frame in chosen
        ),
        helped=report.helped.get(one.dimension, ""),
    )


def _seen(entry: ExerciseScore) -> SeenIn:
    return SeenIn(
        entry.exercise,
        band_of(entry.score),
        entry.second_look_taken,
        by_key=entry.uses_key and not entry.ratings,
        is_provisional=entry.is_provisional,
    )


def _frame(
    frame: Frame,
    chosen: ChosenFrame,
    code: str,
    titles: Mapping[str, Exercise],
    evidence: Mapping[str, EvidenceFacts],
) -> FrameFacts:
    found = tuple(evidence[one] for one in chosen.observations if one in evidence)
    places = list(dict.fromkeys(titles[one.exercise].title(code) for one in found))
    quotes = ", ".join(f"“{one.quote}”" for one in found)
    quotes = f"({quotes})" if quotes else ""
    sign = "+" if frame.band in ("effective", "strength") else "-"
    return FrameFacts(
        frame.id,
        frame.dimension,
        sign,
        frame.filled(code, chosen.values, ", ".join(f"“{place}”" for place in places), quotes),
        found,
    )


def _remarks(session: Session, report: Report) -> tuple[RemarkFacts, ...]:
    """Remarks on earlier editions: what led to this one."""
    rows = session.scalars(
        sa.select(ReportComment)
        .join(Report)
        .where(Report.enrolment_id == report.enrolment_id, Report.number < report.number)
        .order_by(ReportComment.at)
    )
    return tuple(RemarkFacts(one.kind.value, one.text, one.answer, one.at.date()) for one in rows)


def frozen(report: Report) -> ReportFacts:
    """The facts as they were signed, with the participant's remarks on this edition added at the end.

    :raises NotFound: for a draft.
    """
    if report.document is None:
        raise errors.NotFound
    found = ReportFacts.from_document(report.document)
    later = tuple(
        RemarkFacts(one.kind.value, one.text, one.answer, one.at.date())
        for one in report.comments
        if one.kind is CommentKind.COMMENT
    )
    return replace(found, remarks=(*found.remarks, *later)) if later else found


# The participant.


def of_participant(session: Session, *, by: Actor) -> list[Report]:
    """The participant's own reports that were signed and are not superseded."""
    return list(
        session.scalars(
            sa.select(Report)
            .join(Enrolment)
            .where(
                Enrolment.person_id == by.person_id,
                Report.state.in_((ReportState.WITH_PARTICIPANT, ReportState.RELEASED, ReportState.BLOCKED)),
            )
            .options(joinedload(Report.enrolment).joinedload(Enrolment.centre), selectinload(Report.comments))
            .order_by(Report.sent_at.desc())
        )
    )


def own(session: Session, report_id: UUID, *, by: Actor, lock: bool = False) -> Report:
    """The participant's own report.

    :raises NotFound: when it is not theirs, or still a draft.
    """
    query = (
        sa.select(Report)
        .join(Enrolment)
        .where(Report.id == report_id, Enrolment.person_id == by.person_id, Report.state != ReportState.DRAFT)
        .options(joinedload(Report.enrolment).joinedload(Enrolment.centre), selectinload(Report.comments))
    )
    found = session.scalar(query.with_for_update(of=Report) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


def _own_of_active(session: Session, report_id: UUID, *, by: Actor) -> Report:
    """The participant's own report, held, to decide or to comment on: after a withdrawal nobody would get either.

    :raises NotActive: after a withdrawal.
    """
    report = own(session, report_id, by=by, lock=True)
    if report.enrolment.state is EnrolmentState.WITHDRAWN:
        raise notices.NotActive
    return report


def remark(
    session: Session, report_id: UUID, kind: CommentKind, text: str, *, by: Actor, base_url: str
) -> ReportComment:
    """Comment on a report, or ask for a correction of facts; the responsible assessor is told.

    :raises RemarkEmpty: without words. :raises NotDecidable: when another edition has taken its place.
    :raises NotActive: after a withdrawal.
    """
    report = _own_of_active(session, report_id, by=by)
    if report.state is ReportState.SUPERSEDED:
        raise NotDecidable
    if not text.strip():
        raise RemarkEmpty
    made = ReportComment(
        report_id=report.id, kind=kind, text=texts.whole(text, LONGEST_REMARK), at=clock.now()
    )
    report.comments.append(made)
    session.flush()  # the journal needs the id
    centre_id = report.enrolment.centre_id
    journal.record(
        session, f"report.{kind.value}", "report", report.id, by=by, centre_id=centre_id, remark=made.id
    )
    responsible = session.get_one(Person, report.responsible_id)
    words = language.translator(responsible.language)
    mail.queue(
        session,
        recipient=responsible.email,
        subject=words.gettext("A participant has answered a report"),
        text=words.gettext(
            "Hello %(name)s,\n\na participant has commented on a report you signed, or asks for a correction. Please read "
            "and answer it:\n%(link)s\n",
            name=responsible.name,
            link=f"{base_url}/assessor/reports/{report.id}",
        ),
        centre_id=centre_id,
    )
    return made


def release(session: Session, report_id: UUID, *, by: Actor) -> Report:
    """Release a report to HR. Releasing again changes nothing.

    :raises NotDecidable: when it was superseded. :raises NotActive: after a withdrawal.
    """
    return _decide(session, report_id, ReportState.RELEASED, by=by)


def block(session: Session, report_id: UUID, *, by: Actor) -> Report:
    """Keep a report from HR, also after a release; what was downloaded before stays in the log.

    :raises CannotBlock: where the notice excluded it beforehand (N4).
    """
    return _decide(session, report_id, ReportState.BLOCKED, by=by)


def _decide(session: Session, report_id: UUID, state: ReportState, *, by: Actor) -> Report:
    report = _own_of_active(session, report_id, by=by)
    if report.state is state:
        return report
    if report.state is ReportState.SUPERSEDED:
        raise NotDecidable
    if state is ReportState.BLOCKED and not report.enrolment.centre.may_be_blocked:
        raise CannotBlock
    report.state, report.decided_at = state, clock.now()
    journal.record(
        session, f"report.{state.value}", "report", report.id, by=by, centre_id=report.enrolment.centre_id
    )
    return report


# Answers and corrections by the responsible assessor.


def answer(
    session: Session, report_id: UUID, comment_id: UUID, text: str, *, by: Actor, base_url: str
) -> None:
    """Answer what the participant said; they get a mail.

    :raises AnswerEmpty: without words.
    """
    report = draft(session, report_id, by=by, lock=True)
    found = next((one for one in report.comments if one.id == comment_id), None)
    if found is None:
        raise errors.NotFound
    if not text.strip():
        raise AnswerEmpty
    found.answer, found.answered_by_id, found.answered_at = (
        texts.whole(text, LONGEST_REMARK),
        by.person_id,
        clock.now(),
    )
    journal.record(
        session,
        "report.answered",
        "report",
        report.id,
        by=by,
        centre_id=report.enrolment.centre_id,
        remark=found.id,
    )
    _tell(session, report, base_url, _("Your remark was answered"), ANSWERED)


def correct(session: Session, report_id: UUID, *, by: Actor) -> Report:
    """Begin a new edition of a signed report; the old one stays as it was until the new one is signed.

    :raises NotDecidable: when a newer edition is there already.
    """
    report = draft(session, report_id, by=by, lock=True)
    newest = _newest(session, report.enrolment_id)
    assert newest is not None
    if newest.state is ReportState.DRAFT:
        return newest
    if newest.id != report.id:
        raise NotDecidable
    made = _new(session, report.enrolment_id, by=by, number=report.number + 1)
    made.language, made.summary = report.language, report.summary
    made.strengths, made.steps = list(report.strengths), list(report.steps)
    made.accounts, made.helped = dict(report.accounts), dict(report.helped)
    made.frames = [
        ChosenFrame(
            place=one.place,
            dimension=one.dimension,
            frame=one.frame,
            values=dict(one.values),
            observations=list(one.observations),
        )
        for one in report.frames
    ]
    made.evidence = [
        LineEvidence(line=one.line, observation_id=one.observation_id) for one in report.evidence
    ]
    return made


# HR.


def released_to(session: Session, report_id: UUID, *, by: Actor, lock: bool = True) -> Report:
    """A report that HR may read now.

    :raises NotFound: before it was released, after a block or a withdrawal, or outside their programmes (N2, N3).
    """
    query = (
        sa.select(Report)
        .join(Enrolment)
        .where(
            Report.id == report_id,
            Report.state == ReportState.RELEASED,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .options(
            joinedload(Report.enrolment).joinedload(Enrolment.centre),
            joinedload(Report.enrolment).joinedload(Enrolment.person),
            selectinload(Report.comments),
        )
    )
    # Held while it is taken out, so that a block waits for the download, or the download finds it blocked.
    found = session.scalar(query.with_for_update(of=Report) if lock else query)
    if found is None or not may_read(found.enrolment.centre, by=by):
        raise errors.NotFound
    return found


def released_of(session: Session, centre_id: UUID, *, by: Actor, lock: bool = False) -> list[Report]:
    """All reports of a centre that HR may read now, by name. With ``lock`` no block comes in between.

    :raises NotFound: when the centre is not in their programmes.
    """
    centre_to_read(session, centre_id, by=by)
    query = (
        sa.select(Report)
        .join(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.centre_id == centre_id,
            Report.state == ReportState.RELEASED,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .options(
            contains_eager(Report.enrolment).contains_eager(Enrolment.person),
            contains_eager(Report.enrolment).joinedload(Enrolment.centre),
            selectinload(Report.comments),
        )
        .order_by(sa.func.lower(Person.name), Person.email)
    )
    return list(session.scalars(query.with_for_update(of=Report) if lock else query).unique())


class Stand(StrEnum):
    """Where somebody is, as HR may know it: never a result."""

    NOT_STARTED = "not started"
    WORKING = "working"
    FINISHED = "finished"
    WITH_PARTICIPANT = "with participant"
    RELEASED = "released"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Standing:
    """One participant on HR's page, and the report if it may be opened."""

    name: str
    email: str
    stand: Stand
    report_id: UUID | None
    signed_on: date | None
    valid_until_on: date | None


@dataclass(frozen=True)
class CentreStanding:
    """One centre on HR's page."""

    centre: Centre
    people: tuple[Standing, ...]

    @property
    def released(self) -> int:
        return sum(one.stand is Stand.RELEASED for one in self.people)


def standings(session: Session, *, by: Actor) -> list[CentreStanding]:
    """Who is where in every opened centre of this HR generalist, in four queries however many they are."""
    query = (
        sa.select(Centre)
        .where(Centre.state != CentreState.DRAFT, Centre.rehearsal_of_id.is_(None))
        .options(joinedload(Centre.programme))
        .order_by(Centre.opened_at.desc(), Centre.name)
    )
    programmes = by.programmes(RoleName.HR)
    if programmes is not None:
        query = query.where(
            sa.or_(Centre.programme_id.in_(programmes), Centre.id.in_(by.centres(RoleName.HR)))
        )
    centres = session.scalars(query).all()
    ids = [centre.id for centre in centres]
    sat: dict[UUID, set[SittingState]] = {}
    for enrolment_id, state in session.execute(
        sa.select(Sitting.enrolment_id, Sitting.state)
        .join(Enrolment)
        .where(Enrolment.centre_id.in_(ids), Sitting.state != SittingState.VOID)
        .distinct()
    ):
        sat.setdefault(enrolment_id, set()).add(state)
    current = {
        row.enrolment_id: row
        for row in session.execute(
            # Never the document: what may not be read is not even fetched.
            sa.select(Report.enrolment_id, Report.id, Report.state, Report.signed_at, Report.valid_until_on)
            .join(Enrolment)
            .where(
                Enrolment.centre_id.in_(ids),
                Report.state.in_((ReportState.WITH_PARTICIPANT, ReportState.RELEASED, ReportState.BLOCKED)),
            )
        )
    }
    people: dict[UUID, list[Standing]] = {one: [] for one in ids}
    for enrolment in session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.person)
        .where(Enrolment.centre_id.in_(ids))
        .options(contains_eager(Enrolment.person))
        .order_by(sa.func.lower(Person.name), Person.email)
    ):
        report = current.get(enrolment.id)
        stand = _stand(enrolment, sat.get(enrolment.id, set()), report.state if report else None)
        is_open = report is not None and stand is Stand.RELEASED
        people[enrolment.centre_id].append(
            Standing(
                enrolment.person.name,
                enrolment.person.email,
                stand,
                report.id if report and is_open else None,
                report.signed_at.date() if report and is_open else None,
                report.valid_until_on if report and is_open else None,
            )
        )
    return [CentreStanding(centre, tuple(people[centre.id])) for centre in centres]


def _stand(enrolment: Enrolment, sat: set[SittingState], report: ReportState | None) -> Stand:
    if enrolment.state is EnrolmentState.WITHDRAWN:
        return Stand.WITHDRAWN
    if report is not None:
        return Stand[report.name]
    if enrolment.state is EnrolmentState.FINISHED or sat == {SittingState.SEALED}:
        return Stand.FINISHED
    return Stand.WORKING if sat - {SittingState.READY} else Stand.NOT_STARTED


def centre_to_read(session: Session, centre_id: UUID, *, by: Actor) -> Centre:
    """A centre of this HR generalist.

    :raises NotFound: when it is not in their programmes, or not opened yet.
    """
    found = session.get(Centre, centre_id, options=[joinedload(Centre.programme)])
    if found is None or found.state is CentreState.DRAFT or not may_read(found, by=by):
        raise errors.NotFound
    return found


def may_read(centre: Centre, *, by: Actor) -> bool:
    """Whether this HR generalist works for the centre's programme. A rehearsal is nobody's to read."""
    return not centre.is_copy and by.holds_in(
        RoleName.HR, programme_id=centre.programme_id, centre_id=centre.id
    )


PAGE = "page"
"""The form of a download that is an opened page."""
OPENED_FOR = timedelta(hours=12)
"""How long an opened page counts as one opening."""


def was_opened(session: Session, report: Report, *, by: Actor) -> bool:
    """Whether this person opened the page of this report a while ago, and it was written down."""
    return (
        session.scalar(
            sa.select(Download.id)
            .where(
                Download.report_id == report.id,
                Download.person_id == by.person_id,
                Download.form == PAGE,
                Download.at > clock.now() - OPENED_FOR,
            )
            .limit(1)
        )
        is not None
    )


def note_download(session: Session, report: Report, form: str, *, by: Actor) -> None:
    """Keep who took a report out, when and in which form."""
    session.add(Download(report_id=report.id, person_id=by.person_id, form=form, at=clock.now()))
    journal.record(
        session,
        "report.downloaded",
        "report",
        report.id,
        by=by,
        centre_id=report.enrolment.centre_id,
        form=form,
        document_hash=report.document_hash,
    )


# Mails.

READY = _(
    "Hello %(name)s,\n\nyour report is ready. You read it first; nobody else sees it before you have decided. You can "
    "comment on it, ask for corrections, release it to HR or not:\n%(link)s\n"
)
ANSWERED = _("Hello %(name)s,\n\nyour remark on your report was answered:\n%(link)s\n")
REMINDER = _(
    "Hello %(name)s,\n\nyour report waits for your decision: release it to HR, or not. As long as you say nothing, "
    "nobody else sees it:\n%(link)s\n"
)


def _tell(session: Session, report: Report, base_url: str, subject: str, text: str) -> None:
    person = report.enrolment.person
    words = language.translator(person.language)
    mail.queue(
        session,
        recipient=person.email,
        subject=words.gettext(subject),
        text=words.gettext(text, name=person.name, link=f"{base_url}/participant/reports/{report.id}"),
        centre_id=report.enrolment.centre_id,
    )


def remind(session: Session, *, base_url: str) -> int:
    """Remind those who have not decided, after 5 and after 10 working days. Returns how many mails are on their way."""
    waiting = session.scalars(
        sa.select(Report)
        .join(Enrolment)
        .join(Centre)
        .where(
            Report.state == ReportState.WITH_PARTICIPANT,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Centre.rehearsal_of_id.is_(None),
        )
        .options(
            joinedload(Report.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
            joinedload(Report.enrolment, innerjoin=True).joinedload(Enrolment.centre, innerjoin=True),
        )
        .with_for_update(of=Report, skip_locked=True)
    ).all()
    sent = 0
    for report in waiting:
        assert report.sent_at
        due = [days for days in REMINDERS if clock.now() >= working_days_later(report.sent_at, days)]
        if len(due) > len(report.reminded_at):
            report.reminded_at = [
                *report.reminded_at,
                *([clock.now().isoformat()] * (len(due) - len(report.reminded_at))),
            ]
            _tell(session, report, base_url, _("Your report waits for your decision"), REMINDER)
            sent += 1
    return sent


def working_days_later(moment: datetime, days: int) -> datetime:
    """The moment so many working days later; Saturdays and Sundays do not count."""
    while days:
        moment += timedelta(days=1)
        if moment.weekday() < 5:
            days -= 1
    return moment


def document_json(report: Report) -> str:
    """The frozen document as text, for the participant's own copy (G3)."""
    return json.dumps(report.document, ensure_ascii=False, indent=1)
