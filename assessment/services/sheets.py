"""Sheets: for the data protection officer (G7) and the works council (G8), made from what a centre really is set to."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.language import Translator
from assessment.language import marked as _
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.keeping import Erasure, KeptFor
from assessment.models.person import Seat, SeatName
from assessment.sections.blocks import Bullet, Bullets, Facts, Paper, Paragraph, Section, Table
from assessment.services import contacts, keepings, notices, versions

KINDS = {
    "data-protection": _("Data protection sheet"),
    "works-council": _("Works council sheet"),
}
PURPOSES = {
    KeptFor.FILE: _("Answers, ratings and report"),
    KeptFor.FOLLOW_UP: _("Plan, check-ins, feedback and diary"),
    KeptFor.UNREPORTED: _("What was begun and never reported"),
}
RECORDED = (
    _("What participants write and choose in the exercises, with the time at which it arrived."),
    _("Interruptions of a sitting and extra time; assessors see neither."),
    _("What assessors note of it and how they rate it, each with author and time."),
    _("Who opened or took out a report, and when; the participant sees it."),
    _("What participants plan and write after the report; nobody else reads it but what they share."),
    _("Who did what and when, in a journal of events without names or words."),
)
NOT_RECORDED = _(
    "There is no camera, no microphone, no proctoring program, and no program that rates anybody."
)
READERS = (
    (
        _("Participant"),
        _("Everything about themselves; the report before anybody else; exercise texts in a guided session."),
    ),
    (_("Assessor"), _("Answers under a code, another for each exercise; no name, no time, no adjustment.")),
    (
        _("Responsible assessor"),
        _("The report that they write and sign, and the remarks on it; the name in a conversation."),
    ),
    (_("Administrator"), _("Who is how far, times and adjustments, complaints; no rating before it is in.")),
    (_("Own manager"), _("Only what the participant shares by a link that they can take back.")),
)
SEATS = {
    SeatName.PARTICIPANT: _("Participants"),
    SeatName.ASSESSOR: _("Assessors"),
    SeatName.STAFF: _("Staff"),
}
NEVER = (
    _("No ranking of people, no overall score and no nine-box grid."),
    _("No rating by a program, and no decision without a named person."),
    _("No figure of a small group: from eight people on, and no count below five."),
    _("Nothing that follows a participant's work outside the exercises."),
)
HR = _(
    "A report after the participant released it; otherwise “blocked” and no reason; counts of what followed."
)
HR_NO_BLOCK = _("A report after the participant read it and could comment; counts of what followed.")


def make(session: Session, centre: Centre, kind: str, words: Translator) -> Paper:
    """A sheet of a centre in one language.

    :raises NotFound: for another kind of sheet.
    """
    if kind not in KINDS:
        raise errors.NotFound
    sections = (
        _works_council(session, centre, words)
        if kind == "works-council"
        else _protection(session, centre, words)
    )
    return Paper(
        title=words.gettext(KINDS[kind]),
        language=words.language,
        sections=tuple(
            Section(number, slug, title, blocks)
            for number, (slug, title, blocks) in enumerate(sections, start=1)
        ),
        about=(
            f"{centre.programme.name} · {centre.name}",
            words.gettext("Made on %(day)s from the settings as they are", day=words.day(clock.now().date())),
        ),
        foot=f"{centre.name} · {words.gettext(KINDS[kind])}",
        has_contents=False,
    )


Parts = list[tuple[str, str, tuple[Paragraph | Bullets | Table | Facts, ...]]]


def _what(words: Translator) -> tuple[Paragraph | Bullets | Table | Facts, ...]:
    _ = words.gettext
    return (Bullets(tuple(Bullet(_(one)) for one in RECORDED)), Paragraph(_(NOT_RECORDED)))


def _who(centre: Centre, words: Translator) -> tuple[Paragraph | Bullets | Table | Facts, ...]:
    _ = words.gettext
    rows = [(_(role), _(sees)) for role, sees in READERS]
    rows.insert(4, ("HR", _(HR if centre.may_be_blocked else HR_NO_BLOCK)))
    return (Table((_("Who"), _("Sees")), tuple(rows), _("By role"), (0.25, 0.75)),)


def _how_long(
    session: Session, centre: Centre, words: Translator
) -> tuple[Paragraph | Bullets | Table | Facts, ...]:
    _ = words.gettext
    rows = tuple(
        (_(PURPOSES[purpose]), words.number(one.months), one.reason if one.is_own else _(one.reason))
        for purpose, one in keepings.periods(session, centre).items()
    )
    return (
        Table((_("What"), _("Months"), _("Why")), rows, _("By kind of data"), (0.4, 0.15, 0.45)),
        Paragraph(
            _(
                "A file is kept at least %(least)s months, as long as its report is valid, and while a complaint runs "
                "(N6). After that it is erased; a stub without personal data stays.",
                least=keepings.least(centre),
            )
        ),
    )


def _purpose(centre: Centre, words: Translator) -> str:
    return words.gettext(notices.PURPOSES[(centre.purpose or centre.programme.purpose).value])


def _protection(session: Session, centre: Centre, words: Translator) -> Parts:
    _ = words.gettext
    enrolled = session.scalar(
        sa.select(sa.func.count()).select_from(Enrolment).where(Enrolment.centre_id == centre.id)
    )
    accepted = session.scalar(
        sa.select(sa.func.count())
        .select_from(Enrolment)
        .where(Enrolment.centre_id == centre.id, Enrolment.notice_accepted_at.is_not(None))
    )
    erased = session.scalar(
        sa.select(sa.func.count())
        .select_from(Erasure)
        .join(Enrolment)
        .where(Enrolment.centre_id == centre.id)
    )
    responsible = ", ".join(f"{one.name} ({one.email})" for one in contacts.of_centre(session, centre))
    return [
        (
            "purpose",
            _("Purpose and extent"),
            (
                Paragraph(_purpose(centre, words)),
                Facts(
                    (
                        (_("Participants"), words.number(enrolled or 0)),
                        (_("Accepted the notice"), words.number(accepted or 0)),
                        (_("Erased"), words.number(erased or 0)),
                        (_("Administrators"), responsible or "–"),
                        (_("After-care"), _aftercare(centre)),
                    )
                ),
            ),
        ),
        ("recorded", _("What is recorded"), _what(words)),
        ("readers", _("Who sees what"), _who(centre, words)),
        ("keeping", _("How long it is kept"), _how_long(session, centre, words)),
        (
            "rights",
            _("Rights of participants"),
            (Bullets(tuple(Bullet(one) for one in notices.text(centre, words)[1:])),),
        ),
    ]


def _aftercare(centre: Centre) -> str:
    return " · ".join(filter(None, (centre.aftercare_name, centre.aftercare_reach))) or "–"


def _works_council(session: Session, centre: Centre, words: Translator) -> Parts:
    _ = words.gettext
    exercises = ", ".join(
        versions.get(session, one.version_hash).title(words.language) for one in centre.exercises
    )
    seats = {
        seat: n
        for seat, n in session.execute(
            sa.select(Seat.seat, sa.func.count(Seat.person_id))
            .where(Seat.centre_id == centre.id)
            .group_by(Seat.seat)
        )
    }
    return [
        (
            "what",
            _("What this centre is"),
            (
                Paragraph(_purpose(centre, words)),
                Facts(
                    (
                        (_("Exercises"), exercises or "–"),
                        (
                            _("People by part"),
                            " · ".join(f"{_(SEATS[seat])}: {n}" for seat, n in seats.items()) or "–",
                        ),
                        (
                            _("Job analysis"),
                            " · ".join(
                                filter(
                                    None,
                                    (
                                        centre.job_analysis_who,
                                        centre.job_analysis_when,
                                        centre.job_analysis_how,
                                    ),
                                )
                            )
                            or "–",
                        ),
                        (
                            _("Report valid for"),
                            words.ngettext("%(num)s month", "%(num)s months", centre.report_valid_months),
                        ),
                    )
                ),
            ),
        ),
        ("recorded", _("What is recorded"), _what(words)),
        ("readers", _("Who sees what"), _who(centre, words)),
        ("keeping", _("How long it is kept"), _how_long(session, centre, words)),
        (
            "not",
            _("What is never done"),
            (Bullets(tuple(Bullet(_(one)) for one in NEVER)),),
        ),
    ]
