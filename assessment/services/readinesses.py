"""Readiness: written by a named person after a released report, with a reason; the participant reads it at once (G4)."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, journal, language, mail
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.readiness import Readiness
from assessment.services import reports, texts

LONGEST_WORDS, LONGEST_REASON = 500, 2000
WRITTEN = _(
    "Hello %(name)s,\n\n%(by)s wrote down what you are seen as ready for, with the reason. You read the same words as HR "
    "does, below your report:\n%(link)s\n"
)


class ReadinessIncomplete(errors.Invalid):
    sentence = "A statement about readiness needs its words and a reason."


def write(
    session: Session, report_id: UUID, words: str, reason: str, *, by: Actor, base_url: str
) -> Readiness:
    """Write what somebody is ready for, after their released report; the participant gets a mail and reads it.

    :raises NotFound: without a report that this person may read now. :raises ReadinessIncomplete: without a reason.
    :raises TextTooLong: when one is too long.
    """
    report = reports.released_to(session, report_id, by=by)
    if not words.strip() or not reason.strip():
        raise ReadinessIncomplete
    made = Readiness(
        enrolment_id=report.enrolment_id,
        report_id=report.id,
        words=texts.whole(words, LONGEST_WORDS),
        reason=texts.whole(reason, LONGEST_REASON),
        by_id=by.person_id,
        at=clock.now(),
    )
    session.add(made)
    session.flush()  # the journal needs the id
    centre_id = report.enrolment.centre_id
    journal.record(
        session, "readiness.written", "readiness", made.id, by=by, centre_id=centre_id, report=report.id
    )
    person = report.enrolment.person
    told = language.translator(person.language)
    mail.queue(
        session,
        recipient=person.email,
        subject=told.gettext(_("Something was written about what you are ready for")),
        text=told.gettext(
            WRITTEN, name=person.name, by=by.name, link=f"{base_url}/participant/reports/{report.id}"
        ),
        centre_id=centre_id,
    )
    return made


def of_enrolments(session: Session, enrolment_ids: Collection[UUID]) -> dict[UUID, list[Readiness]]:
    """What was written about these enrolments, newest first, with who wrote it; erased ones are left out."""
    found: dict[UUID, list[Readiness]] = {}
    for one in session.scalars(
        sa.select(Readiness)
        .where(Readiness.enrolment_id.in_(enrolment_ids), Readiness.words != "")
        .options(joinedload(Readiness.by))
        .order_by(Readiness.at.desc())
    ):
        found.setdefault(one.enrolment_id, []).append(one)
    return found
