"""Reactions: what participants think of the centre after its last exercise. Shown without names, from several on.

Kept by enrolment, so that the participant can change it or take it back; nothing here gives one person's reaction to
anybody but the person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.evidence import LONGEST_REMARK, Reaction, ReactionAnswer
from assessment.models.sitting import Sitting, SittingState
from assessment.services import backgrounds, minimums, notices, sittings, texts

STATEMENTS: Mapping[str, str] = {
    "respect": _("I was treated fairly and with respect."),
    "purpose": _("I knew beforehand what this was for and who sees what."),
    "clear": _("In each exercise it was clear what was asked of me."),
    "work": _("The exercises resembled the work of a manager."),
    "chance": _("I could show what I can do."),
    "time": _("The time for each exercise was enough to work seriously."),
    "technology": _("The technology worked and did not get in my way."),
    "feedback": _("I expect feedback that I can use."),
}
"""What participants agree with or not, by an id that never changes."""
AGREES = 4
"""From this answer on somebody agrees."""
PORTION = 5


class NothingAnswered(errors.Invalid):
    sentence = "Answer one of the statements at least, or go on without."


class NotAStatement(errors.Invalid):
    sentence = "Something in this form has to be changed."


class NotAskedNow(errors.NotAllowedNow):
    sentence = "These questions come after your last exercise."


@dataclass(frozen=True)
class Given:
    """The reaction of one participant, as they see it themselves."""

    answers: Mapping[str, int]
    remark: str


def is_open(enrolment: Enrolment, sat: Iterable[Sitting], now: datetime) -> bool:
    """Whether the participant is asked, with what counts of the enrolment's sittings at hand: after the last exercise,
    or from when nothing can be started any more.
    """
    if enrolment.state is EnrolmentState.WITHDRAWN or enrolment.notice_accepted_at is None:
        return False
    sat = list(sat)
    centre = enrolment.centre
    is_past = centre.state is CentreState.CLOSED or bool(
        centre.latest_start_at and now > centre.latest_start_at
    )
    has_begun = any(one.started_at or one.continues_id for one in sat)
    return has_begun and all(
        sittings.is_over(one, now) or (one.state is SittingState.READY and is_past) for one in sat
    )


def own(session: Session, enrolment_id: UUID, *, by: Actor) -> Given | None:
    """What the participant answered, for their own eyes.

    :raises NotFound: when the enrolment is not theirs.
    """
    enrolment = notices.get(session, enrolment_id, by=by)
    kept = session.get(Reaction, enrolment.id)
    if kept is None:
        return None
    rows = session.execute(
        sa.select(ReactionAnswer.statement, ReactionAnswer.value).where(
            ReactionAnswer.enrolment_id == enrolment.id
        )
    )
    return Given({statement: value for statement, value in rows}, kept.remark)


def is_asked(session: Session, enrolment: Enrolment) -> bool:
    """Whether this is the time for it in the participant's own enrolment."""
    return is_open(enrolment, sittings.list_for(session, enrolment), clock.now())


def give(session: Session, enrolment_id: UUID, answers: Mapping[str, int], remark: str, *, by: Actor) -> None:
    """Keep a reaction, instead of what was kept before.

    :raises NotFound: when the enrolment is not theirs. :raises NotAskedNow: before the end of the last exercise.
    :raises NothingAnswered: without an answer or a remark. :raises NotAStatement: for an answer that was not offered.
    :raises TextTooLong: when the remark is too long.
    """
    enrolment = _held(session, enrolment_id, by=by)
    if not is_asked(session, enrolment):
        raise NotAskedNow
    if not set(answers) <= set(STATEMENTS) or not set(answers.values()) <= set(range(1, 6)):
        raise NotAStatement
    remark = texts.whole(remark, LONGEST_REMARK)
    if not answers and not remark:
        raise NothingAnswered
    if _clear(session, enrolment.id):
        backgrounds.forget_result(session, enrolment.centre_id)
    session.add(Reaction(enrolment_id=enrolment.id, remark=remark, changed_at=clock.now()))
    session.add_all(
        ReactionAnswer(enrolment_id=enrolment.id, statement=statement, value=value)
        for statement, value in answers.items()
    )
    journal.record(session, "reaction.given", "enrolment", enrolment.id, by=by, centre_id=enrolment.centre_id)


def take_back(session: Session, enrolment_id: UUID, *, by: Actor) -> None:
    """Remove a reaction, at any time; figures that were computed with it go too.

    :raises NotFound: when the enrolment is not theirs.
    """
    enrolment = _held(session, enrolment_id, by=by)
    if not _clear(session, enrolment.id):
        return
    backgrounds.forget_result(session, enrolment.centre_id)
    journal.record(
        session, "reaction.taken_back", "enrolment", enrolment.id, by=by, centre_id=enrolment.centre_id
    )


def _held(session: Session, enrolment_id: UUID, *, by: Actor) -> Enrolment:
    """The participant's own enrolment; two windows write one after the other."""
    enrolment = notices.get(session, enrolment_id, by=by)
    session.execute(sa.select(Enrolment.id).where(Enrolment.id == enrolment.id).with_for_update())
    return enrolment


def _clear(session: Session, enrolment_id: UUID) -> bool:
    session.execute(sa.delete(ReactionAnswer).where(ReactionAnswer.enrolment_id == enrolment_id))
    removed = session.execute(
        sa.delete(Reaction).where(Reaction.enrolment_id == enrolment_id).returning(Reaction.enrolment_id)
    ).all()
    return bool(removed)


def given(session: Session, enrolment_ids: Iterable[UUID]) -> set[UUID]:
    """For which of a participant's enrolments there is a reaction."""
    return set(
        session.scalars(
            sa.select(Reaction.enrolment_id).where(Reaction.enrolment_id.in_(list(enrolment_ids)))
        )
    )


# Over a whole centre.


def shown(answered: int) -> int:
    """How many of so many reactions are shown: none below the minimum, and beyond it by fives.

    >>> [shown(n) for n in (7, 8, 12, 13)]
    [0, 8, 8, 13]
    """
    least = minimums.RESPONDENTS.n
    return 0 if answered < least else least + (answered - least) // PORTION * PORTION


def of_centre(session: Session, centre_id: UUID) -> tuple[int, Sequence[UUID]]:
    """How many participants of a centre answered, and whose answers are shown: the first ones, by fives."""
    answered = session.scalars(
        sa.select(Reaction.enrolment_id)
        .join(Enrolment, Enrolment.id == Reaction.enrolment_id)
        .where(Enrolment.centre_id == centre_id, Enrolment.state != EnrolmentState.WITHDRAWN)
        .order_by(Reaction.changed_at, Reaction.enrolment_id)
    ).all()
    return len(answered), answered[: shown(len(answered))]


def remarks(session: Session, centre_id: UUID) -> list[str]:
    """What was answered to the open question, in alphabetical order, so that it tells nothing of who answered when."""
    _answered, counting = of_centre(session, centre_id)
    found = session.scalars(
        sa.select(Reaction.remark).where(Reaction.enrolment_id.in_(counting), Reaction.remark != "")
    )
    return sorted(found, key=str.casefold)
