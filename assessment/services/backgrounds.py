"""Backgrounds: what participants choose to say about themselves, so that fairness can be checked (F5).

In a table of its own. Nothing here gives one person's background to anybody but the person; what is counted over many
needs a permission of its own. The journal has that something was answered or taken back, and nothing of what.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.evidence import Age, Background, EvidenceResult, FirstLanguage, Gender
from assessment.services import notices


class NothingSaid(errors.Invalid):
    sentence = "Choose an answer for one of the questions at least, or skip them all."


class NotAmongThese(errors.Invalid):
    sentence = "Something in this form has to be changed."


class NotAskedNow(errors.NotAllowedNow):
    sentence = "These questions can be answered from the notice on, until you withdraw."


@dataclass(frozen=True)
class Said:
    """The answers of one form; None is "I would rather not say"."""

    gender: Gender | None = None
    age: Age | None = None
    first_language: FirstLanguage | None = None

    @property
    def is_empty(self) -> bool:
        return self.gender is None and self.age is None and self.first_language is None


def read(gender: str, age: str, first_language: str) -> Said:
    """The answers as they were posted; empty is no answer.

    :raises NotAmongThese: for an answer that was not offered.
    """
    try:
        return Said(
            Gender(gender) if gender else None,
            Age(age) if age else None,
            FirstLanguage(first_language) if first_language else None,
        )
    except ValueError:
        raise NotAmongThese from None


def own(session: Session, enrolment_id: UUID, *, by: Actor) -> Background | None:
    """What the participant said, for their own eyes.

    :raises NotFound: when the enrolment is not theirs.
    """
    return session.get(Background, notices.get(session, enrolment_id, by=by).id)


def give(session: Session, enrolment_id: UUID, said: Said, *, by: Actor) -> None:
    """Keep the answers, instead of what was kept before.

    :raises NotFound: when the enrolment is not theirs. :raises NothingSaid: without any answer.
    :raises NotAskedNow: before the notice was accepted, and after withdrawing.
    """
    if said.is_empty:
        raise NothingSaid
    _keep(session, enrolment_id, said, by=by)


def skip(session: Session, enrolment_id: UUID, *, by: Actor) -> None:
    """Say nothing, and be asked no more. What was said before is gone.

    :raises NotFound: when the enrolment is not theirs.
    :raises NotAskedNow: before the notice was accepted, and after withdrawing.
    """
    _keep(session, enrolment_id, Said(), by=by)


def take_back(session: Session, enrolment_id: UUID, *, by: Actor) -> None:
    """Remove what was said, at any time; figures that were computed with it go too.

    :raises NotFound: when the enrolment is not theirs.
    """
    enrolment = _held(session, enrolment_id, by=by)
    kept = session.get(Background, enrolment.id)
    if kept is None:
        return
    session.delete(kept)
    forget_result(session, enrolment.centre_id)
    _note(session, "background.taken_back", enrolment, by=by)


def _keep(session: Session, enrolment_id: UUID, said: Said, *, by: Actor) -> None:
    enrolment = _held(session, enrolment_id, by=by)
    if enrolment.notice_accepted_at is None or enrolment.state is EnrolmentState.WITHDRAWN:
        raise NotAskedNow
    kept = session.get(Background, enrolment.id)
    if kept is None:
        kept = Background(enrolment_id=enrolment.id)
        session.add(kept)
    elif not kept.is_skipped:
        forget_result(session, enrolment.centre_id)
    kept.gender, kept.age, kept.first_language = said.gender, said.age, said.first_language
    kept.is_skipped, kept.changed_at = said.is_empty, clock.now()
    _note(session, "background.answered", enrolment, by=by)


def _held(session: Session, enrolment_id: UUID, *, by: Actor) -> Enrolment:
    """The participant's own enrolment; two windows write one after the other."""
    enrolment = notices.get(session, enrolment_id, by=by)
    session.execute(sa.select(Enrolment.id).where(Enrolment.id == enrolment.id).with_for_update())
    return enrolment


def _note(session: Session, action: str, enrolment: Enrolment, *, by: Actor) -> None:
    journal.record(session, action, "enrolment", enrolment.id, by=by, centre_id=enrolment.centre_id)


def forget_result(session: Session, centre_id: UUID) -> None:
    """Drop what was computed for a centre, because something that it rests on was taken back."""
    session.execute(sa.delete(EvidenceResult).where(EvidenceResult.centre_id == centre_id))


def given(session: Session, enrolment_ids: Iterable[UUID]) -> dict[UUID, bool]:
    """Which of a participant's enrolments have an answer; whether it says something, or skips."""
    rows = session.execute(
        sa.select(Background.enrolment_id, Background.is_skipped).where(
            Background.enrolment_id.in_(list(enrolment_ids))
        )
    )
    return {enrolment_id: not is_skipped for enrolment_id, is_skipped in rows}
