"""Feedback: four to eight colleagues are asked three questions about one behaviour, by a link that works once.

Nothing ties an answer to a link: no name, no time, no order. Answers are shown from three on, and by the portion, so
that nobody sees a single one arrive; what is left over is shown when the round closes.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import Person
from assessment.models.plan import FeedbackAnswer, FeedbackLink, FeedbackRound, Plan
from assessment.services import letters, links, people, plans, texts

LEAST, MOST = 4, 8
SHOWN_FROM = 3
"""Answers from which on they are shown (decisions, Report and after)."""
PORTION_ENDS = (3, 5, 8)
"""After how many answers another portion is full."""
OPEN_FOR = timedelta(days=21)
LONGEST_BEHAVIOUR, LONGEST_ANSWER = 300, 2000
QUESTIONS = {
    "seen": _("In which situation did you see this in the last weeks? What happened?"),
    "keep": _("What should this person keep doing?"),
    "try_out": _("What could this person try differently?"),
}


class WrongNumber(errors.Invalid):
    sentence = "Ask from four to eight different people: with fewer, they could be recognised."


class NotAnAddress(errors.Invalid):
    sentence = "This is no e-mail address: %(address)s"


class NotOneself(errors.Invalid):
    sentence = "You cannot ask yourself."


class NoBehaviour(errors.Invalid):
    sentence = "Write in a few words what you ask about."


class RoundOpen(errors.NotAllowedNow):
    sentence = (
        "You have asked, and not everybody has answered yet. You can ask again after this round has closed."
    )


class LinkUsed(errors.KleiError):
    """Unknown, used or over: all three say the same, so that nobody learns from it who has answered."""

    status = 410
    sentence = (
        "This link has done its work, or its time is over. An answer was given with it, and it cannot be given twice. "
        "If this link was forwarded to you: thank you, but only the person who was asked can answer."
    )


class NothingAnswered(errors.Invalid):
    sentence = "Answer one of the three questions at least."


def ask(
    session: Session,
    plan_id: UUID,
    behaviour: str,
    addresses: Sequence[str],
    *,
    base_url: str,
    by: Actor,
) -> FeedbackRound:
    """Ask colleagues about one behaviour; each gets a link of their own.

    :raises WrongNumber: unless there are four to eight of them. :raises RoundOpen: while another round is open.
    """
    plan = plans.own(session, plan_id, by=by, lock=True)
    about = " ".join(texts.whole(behaviour, LONGEST_BEHAVIOUR).split())
    if not about:
        raise NoBehaviour(field="behaviour")
    asked = _checked(addresses, by)
    now = clock.now()
    if any(is_open(one) for one in rounds(session, plan)):
        raise RoundOpen
    made = FeedbackRound(
        plan_id=plan.id,
        behaviour=about,
        language=by.language,
        asked_at=now,
        closes_at=now + OPEN_FOR,
        n_asked=len(asked),
    )
    session.add(made)
    session.flush()
    for address in asked:
        token = secrets.token_urlsafe(32)
        session.add(FeedbackLink(round_id=made.id, email=address, token_hash=links.hash_of(token)))
        letters.send_to(
            session,
            "feedback",
            address,
            made.language,
            centre=plan.enrolment.centre,
            who=plan.enrolment.person.name,
            behaviour=about,
            closes_at=made.closes_at,
            link=f"{base_url}/feedback/{token}",
        )
    journal.record(
        session,
        "feedback.asked",
        "plan",
        plan.id,
        by=by,
        centre_id=plan.enrolment.centre_id,
        round=made.id,
        n=len(asked),
    )
    return made


def _checked(addresses: Sequence[str], by: Actor) -> list[str]:
    found: list[str] = []
    for written in addresses:
        if not written.strip():
            continue
        try:
            address = people.checked_email(written)
        except people.NoEmail:
            raise NotAnAddress(address=" ".join(written.split())[:80], field="addresses") from None
        if address == by.email:
            raise NotOneself(field="addresses")
        if address not in found:
            found.append(address)
    if not LEAST <= len(found) <= MOST:
        raise WrongNumber(field="addresses")
    return found


def rounds(session: Session, plan: Plan) -> Sequence[FeedbackRound]:
    """The rounds of a plan, newest first."""
    return session.scalars(
        sa.select(FeedbackRound)
        .where(FeedbackRound.plan_id == plan.id)
        .order_by(FeedbackRound.asked_at.desc())
    ).all()


def is_open(one: FeedbackRound) -> bool:
    """Whether it can still be answered."""
    return not one.is_closed and clock.now() < one.closes_at


@dataclass(frozen=True)
class Outcome:
    """What a participant sees of a round: how many were asked, and the answers that may be shown."""

    round: FeedbackRound
    is_open: bool
    answers: tuple[FeedbackAnswer, ...]
    is_withheld: bool
    """Closed with fewer than three answers, which are not shown."""


def outcomes(session: Session, plan: Plan) -> list[Outcome]:
    """The rounds of one's own plan. How many have answered is not told before it can be shown."""
    found = rounds(session, plan)
    answers: dict[UUID, list[FeedbackAnswer]] = {one.id: [] for one in found}
    for answer in session.scalars(
        # By their random id: the order of arrival is nobody's.
        sa.select(FeedbackAnswer)
        .where(FeedbackAnswer.round_id.in_([one.id for one in found]))
        .order_by(FeedbackAnswer.id)
    ):
        answers[answer.round_id].append(answer)
    return [_outcome(one, answers[one.id]) for one in found]


def _outcome(one: FeedbackRound, answers: Sequence[FeedbackAnswer]) -> Outcome:
    going = is_open(one)
    if len(answers) < SHOWN_FROM:
        return Outcome(one, going, (), is_withheld=not going)
    full = max(end for end in PORTION_ENDS if end <= len(answers))
    shown = tuple(answer for answer in answers if not going or PORTION_ENDS[answer.portion - 1] <= full)
    return Outcome(one, going, shown, is_withheld=False)


# The colleague.


@dataclass(frozen=True)
class Question:
    """What a colleague is asked."""

    who: str
    behaviour: str
    language: str
    address: str
    """To whom the link was sent, so that somebody else notices."""


_by_token = (
    sa.select(FeedbackLink, FeedbackRound, Person.name, Enrolment)
    .join(FeedbackRound, FeedbackRound.id == FeedbackLink.round_id)
    .join(Plan, Plan.id == FeedbackRound.plan_id)
    .join(Enrolment, Enrolment.id == Plan.enrolment_id)
    .join(Person, Person.id == Enrolment.person_id)
)


def find(session: Session, token: str) -> Question:
    """What the link with this token asks. Opening it uses nothing up.

    :raises LinkUsed: when it was used, or its round is over.
    """
    row = session.execute(_by_token.where(FeedbackLink.token_hash == links.hash_of(token))).first()
    if row is None:
        raise LinkUsed
    link, asked, name, enrolment = row
    if link.is_used or not is_open(asked) or enrolment.state is EnrolmentState.WITHDRAWN:
        raise LinkUsed
    return Question(name, asked.behaviour, asked.language, _masked(link.email))


def _masked(address: str) -> str:
    name, _at, domain = address.partition("@")
    return f"{name[:2]}…@{domain}"


def answer(session: Session, token: str, *, seen: str, keep: str, try_out: str) -> None:
    """Answer, once. The journal of events does not hear of it: its time would tell whose answer it is.

    :raises LinkUsed: also for the second of two at once. :raises NothingAnswered: without a word.
    """
    find(session, token)
    words = [texts.whole(one, LONGEST_ANSWER) for one in (seen, keep, try_out)]
    if not any(words):
        raise NothingAnswered
    link = session.scalars(
        sa.select(FeedbackLink).where(FeedbackLink.token_hash == links.hash_of(token))
    ).one()
    asked = session.get_one(FeedbackRound, link.round_id, with_for_update=True)
    used = session.execute(
        sa.update(FeedbackLink)
        .where(FeedbackLink.id == link.id, FeedbackLink.is_used.is_(False))
        .values(is_used=True)
    )
    if not used.rowcount or not is_open(asked):  # type: ignore[attr-defined]  # an update has one
        raise LinkUsed
    before = (
        session.scalar(
            sa.select(sa.func.count()).select_from(FeedbackAnswer).where(FeedbackAnswer.round_id == asked.id)
        )
        or 0
    )
    portion = next(number for number, end in enumerate(PORTION_ENDS, start=1) if before < end)
    session.add(
        FeedbackAnswer(round_id=asked.id, portion=portion, seen=words[0], keep=words[1], try_out=words[2])
    )
    if before + 1 == asked.n_asked:
        _close(session, [asked.id])


def _close(session: Session, ids: Sequence[UUID]) -> None:
    """Nobody's address is kept longer than it is needed."""
    session.execute(sa.update(FeedbackRound).where(FeedbackRound.id.in_(ids)).values(is_closed=True))
    session.execute(sa.update(FeedbackLink).where(FeedbackLink.round_id.in_(ids)).values(email=""))


def close_due(session: Session) -> int:
    """Close the rounds whose time is over. Returns how many."""
    due = session.scalars(
        sa.select(FeedbackRound.id).where(
            FeedbackRound.is_closed.is_(False), FeedbackRound.closes_at <= clock.now()
        )
    ).all()
    if due:
        _close(session, due)
    return len(due)
