"""Plans: at most three actions, each with an if-then plan, and a look back after 30, 60 and 90 days.

What somebody plans, does or drops is theirs. HR is told how many plans there are and what many of them are about, never
whose one is and never a word of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal, language
from assessment.access import Actor
from assessment.language import marked as _
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.plan import (
    MOST_ACTIONS,
    ActionState,
    CheckIn,
    CheckInLook,
    Plan,
    PlanAction,
    Verdict,
)
from assessment.models.report import Report, ReportState
from assessment.services import letters, notices, texts
from exercises.frames import Action, actions

DAYS = (30, 60, 90)
LONGEST_ACTION, LONGEST_HALF, LONGEST_LOOK, LONGEST_NOTE = 500, 300, 2000, 2000
CANVAS: Mapping[str, str] = {
    "question": _("The question in one sentence"),
    "for_whom": _("For whom is it a problem or a chance?"),
    "known": _("What do we know (with source), assume, not know?"),
    "options": _("Three options, “not now” among them"),
    "criteria": _("By what do we choose?"),
    "experiment": _("A first small experiment: within four weeks, at what cost?"),
    "results": _("What came of it?"),
    "advice": _("Our advice, and under which conditions"),
    "practised": _("What I practised in it: one behaviour from my plan"),
    "together": _("What we learned about working together"),
}
"""The fields of the canvas (content R9)."""
CONDITIONS: Mapping[str, str] = {
    "workload": _("less at once, or more hands"),
    "systems": _("systems and tools that work"),
    "clarity": _("clarity: what comes first, and who decides what"),
    "room": _("room to decide and to try something"),
    "manager": _("a manager with time to talk about it"),
    "others": _("colleagues elsewhere to learn with"),
}
"""What somebody may need from the organisation (content R11): codes, so that nobody is known by their words."""


class ThreeAlready(errors.NotAllowedNow):
    sentence = "Three actions are the most. Finish or drop one before you choose another."


class ChosenAlready(errors.NotAllowedNow):
    sentence = "This action is in your plan already."


class ActionEmpty(errors.Invalid):
    sentence = "Write what you will do."


class NotBegun(errors.NotAllowedNow):
    sentence = "The report comes first. A plan can be begun once you have it."


class BegunAlready(errors.NotAllowedNow):
    sentence = "Your plan was begun in another window. Look again."


class TooEarly(errors.NotAllowedNow):
    sentence = "The day of this check-in has not come yet."


class NoQuestion(errors.NotAllowedNow):
    sentence = "The programme has no strategic question."


# Beginning and reading.


def begin(session: Session, enrolment_id: UUID, *, by: Actor) -> Plan:
    """Begin the ninety days; beginning again gives the plan that is there.

    :raises NotBegun: before the report is with the participant. :raises NotActive: after a withdrawal.
    """
    enrolment = notices.get(session, enrolment_id, by=by)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        raise notices.NotActive
    found = of_enrolment(session, enrolment)
    if found is not None:
        return found
    if not session.scalar(
        sa.select(Report.id)
        .where(Report.enrolment_id == enrolment.id, Report.state != ReportState.DRAFT)
        .limit(1)
    ):
        raise NotBegun
    now = clock.now()
    today = now.astimezone(language.zone(by.time_zone)).date()
    made = Plan(enrolment_id=enrolment.id, begun_at=now, begun_on=today, canvas={})
    made.check_ins = [CheckIn(day=day, due_on=today + timedelta(days=day)) for day in DAYS]
    session.add(made)
    try:
        session.flush()
    except sa.exc.IntegrityError:  # begun in another window at the same moment
        raise BegunAlready from None
    journal.record(session, "plan.begun", "plan", made.id, by=by, centre_id=enrolment.centre_id)
    return made


def of_enrolment(session: Session, enrolment: Enrolment) -> Plan | None:
    """The plan of one's own enrolment, if it was begun."""
    return session.scalar(
        sa.select(Plan)
        .where(Plan.enrolment_id == enrolment.id)
        .options(selectinload(Plan.actions), selectinload(Plan.check_ins).selectinload(CheckIn.looks))
    )


def own(session: Session, plan_id: UUID, *, by: Actor, lock: bool = False) -> Plan:
    """
    :raises NotFound: when it is not one's own.
    """
    query = (
        sa.select(Plan)
        .join(Enrolment)
        .where(
            Plan.id == plan_id,
            Enrolment.person_id == by.person_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .options(
            joinedload(Plan.enrolment, innerjoin=True)
            .joinedload(Enrolment.centre, innerjoin=True)
            .joinedload(Centre.programme, innerjoin=True),
            joinedload(Plan.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
            selectinload(Plan.actions),
            selectinload(Plan.check_ins).selectinload(CheckIn.looks),
        )
    )
    found = session.scalar(query.with_for_update(of=Plan) if lock else query)
    if found is None:
        raise errors.NotFound
    return found


def standing(plan: Plan) -> list[PlanAction]:
    """The actions that count, by their place."""
    return sorted((one for one in plan.actions if one.place), key=lambda one: one.place or 0)


def begun(session: Session, enrolment_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The plans of these enrolments, in one query."""
    rows = session.execute(sa.select(Plan.enrolment_id, Plan.id).where(Plan.enrolment_id.in_(enrolment_ids)))
    return {enrolment_id: plan_id for enrolment_id, plan_id in rows}


def library() -> Mapping[str, tuple[Action, ...]]:
    """The actions to choose from, by dimension (content R7)."""
    return actions()


# Actions.


@dataclass(frozen=True)
class Words:
    """What a participant writes about one action."""

    text: str = ""
    sign: str = ""
    if_text: str = ""
    then_text: str = ""
    is_shared: bool = False


def choose(session: Session, plan_id: UUID, library_id: str, *, by: Actor) -> PlanAction:
    """Take an action of the library into the plan, in the participant's language.

    :raises ThreeAlready: when there are three. :raises ChosenAlready: when it is one of them.
    """
    found = next((one for of in actions().values() for one in of if one.id == library_id), None)
    if found is None:
        raise errors.NotFound
    plan = own(session, plan_id, by=by, lock=True)
    if any(one.library_id == library_id for one in standing(plan)):
        raise ChosenAlready
    words = Words(found.text[language.known(by.language)], found.sign[language.known(by.language)])
    return _add(session, plan, words, library_id, by=by)


def add(session: Session, plan_id: UUID, words: Words, *, by: Actor) -> PlanAction:
    """Add an action of one's own.

    :raises ThreeAlready: when there are three. :raises ActionEmpty: without words.
    """
    return _add(session, own(session, plan_id, by=by, lock=True), words, "", by=by)


def _add(session: Session, plan: Plan, words: Words, library_id: str, *, by: Actor) -> PlanAction:
    taken = {one.place for one in plan.actions}
    place = next((one for one in range(1, MOST_ACTIONS + 1) if one not in taken), None)
    if place is None:
        raise ThreeAlready
    now = clock.now()
    made = PlanAction(
        plan_id=plan.id,
        place=place,
        library_id=library_id,
        text="",
        state=ActionState.CHOSEN,
        chosen_at=now,
        changed_at=now,
    )
    _write(made, words)
    plan.actions.append(made)
    session.flush()
    journal.record(
        session,
        "plan.action_chosen",
        "plan",
        plan.id,
        by=by,
        centre_id=plan.enrolment.centre_id,
        chosen=made.id,
    )
    return made


def _write(action: PlanAction, words: Words) -> None:
    text = texts.whole(words.text, LONGEST_ACTION)
    if not text:
        raise ActionEmpty(field="text")
    action.text, action.sign = text, texts.whole(words.sign, LONGEST_HALF)
    action.if_text, action.then_text = (
        texts.whole(words.if_text, LONGEST_HALF),
        texts.whole(words.then_text, LONGEST_HALF),
    )
    action.is_shared, action.changed_at = words.is_shared, clock.now()


def _action(plan: Plan, action_id: UUID) -> PlanAction:
    found = next((one for one in standing(plan) if one.id == action_id), None)
    if found is None:
        raise errors.NotFound
    return found


def change(session: Session, plan_id: UUID, action_id: UUID, words: Words, *, by: Actor) -> None:
    """Change the words of an action, and whether the own manager sees it."""
    _write(_action(own(session, plan_id, by=by, lock=True), action_id), words)


def drop(session: Session, plan_id: UUID, action_id: UUID, *, by: Actor) -> None:
    """Drop an action: its place is free for another."""
    plan = own(session, plan_id, by=by, lock=True)
    _judge(plan, _action(plan, action_id), Verdict.DROP)
    session.flush()
    journal.record(
        session,
        "plan.action_dropped",
        "plan",
        plan.id,
        by=by,
        centre_id=plan.enrolment.centre_id,
        chosen=action_id,
    )


def _judge(plan: Plan, action: PlanAction, verdict: Verdict) -> None:
    if verdict is Verdict.DROP:
        action.state, action.place, action.is_shared = ActionState.DROPPED, None, False
    elif verdict is Verdict.DONE:
        action.state = ActionState.DONE
    else:
        action.state = ActionState.CHOSEN
    action.changed_at = clock.now()


def need(session: Session, plan_id: UUID, support: str, *, is_shared: bool, by: Actor) -> None:
    """Write what is needed from the own manager, and whether they may read it."""
    plan = own(session, plan_id, by=by, lock=True)
    plan.support = texts.whole(support, LONGEST_NOTE)
    plan.is_support_shared = is_shared and bool(plan.support)


def require(session: Session, plan_id: UUID, codes: Sequence[str], *, by: Actor) -> None:
    """Say what is needed from the organisation; HR is told of many together, and never whose it is."""
    plan = own(session, plan_id, by=by, lock=True)
    plan.conditions = [one for one in CONDITIONS if one in codes]


def note(session: Session, plan_id: UUID, notes: Mapping[str, str], *, by: Actor) -> None:
    """Keep notes on the programme's strategic question (content R9).

    :raises NoQuestion: when the programme has none.
    """
    plan = own(session, plan_id, by=by, lock=True)
    if not plan.enrolment.centre.programme.strategic_question.strip():
        raise NoQuestion
    plan.canvas = {name: texts.whole(notes.get(name, ""), LONGEST_NOTE) for name in CANVAS}


# Check-ins.


@dataclass(frozen=True)
class LookBack:
    """What a participant says at a check-in: of each action, and at the last one of the whole."""

    verdicts: Mapping[UUID, tuple[Verdict, str]]
    kept: str = ""
    next_step: str = ""
    for_organisation: str = ""


def check_in_of(plan: Plan, day: int) -> CheckIn:
    found = next((one for one in plan.check_ins if one.day == day), None)
    if found is None:
        raise errors.NotFound
    return found


def today(by: Actor) -> date:
    """The day it is for this person."""
    return clock.now().astimezone(language.zone(by.time_zone)).date()


def check_in(session: Session, plan_id: UUID, day: int, said: LookBack, *, by: Actor) -> CheckIn:
    """Look back at a plan; done again, it takes the place of what was said at that check-in before.

    :raises TooEarly: before its day.
    """
    plan = own(session, plan_id, by=by, lock=True)
    found = check_in_of(plan, day)
    if today(by) < found.due_on:
        raise TooEarly
    there = {look.action_id: look for look in found.looks}
    for action_id, (verdict, happened) in said.verdicts.items():
        action = _action(plan, action_id)
        look = there.get(action_id)
        if look is None:
            look = CheckInLook(action_id=action_id)
            found.looks.append(look)
        look.verdict, look.happened = verdict, texts.whole(happened, LONGEST_LOOK)
        _judge(plan, action, verdict)
    found.kept, found.next_step, found.for_organisation = (
        texts.whole(one, LONGEST_LOOK) for one in (said.kept, said.next_step, said.for_organisation)
    )
    if found.done_at is None:
        found.done_at = clock.now()
        journal.record(
            session, "plan.checked_in", "plan", plan.id, by=by, centre_id=plan.enrolment.centre_id, day=day
        )
    return found


def remind(session: Session, *, base_url: str) -> int:
    """Remind of the check-ins whose day has come, once each. Returns how many mails are on their way."""
    due = session.scalars(
        sa.select(CheckIn)
        .join(Plan, Plan.id == CheckIn.plan_id)
        .join(Enrolment, Enrolment.id == Plan.enrolment_id)
        .join(Centre, Centre.id == Enrolment.centre_id)
        .where(
            CheckIn.due_on <= clock.now().date(),
            CheckIn.reminded_at.is_(None),
            CheckIn.done_at.is_(None),
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Centre.rehearsal_of_id.is_(None),
        )
        .with_for_update(of=CheckIn, skip_locked=True)
    ).all()
    plans = {
        plan.id: plan
        for plan in session.scalars(
            sa.select(Plan)
            .where(Plan.id.in_({one.plan_id for one in due}))
            .options(
                joinedload(Plan.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True),
                joinedload(Plan.enrolment, innerjoin=True).joinedload(Enrolment.centre, innerjoin=True),
            )
        )
    }
    for one in due:
        plan = plans[one.plan_id]
        one.reminded_at = clock.now()
        letters.send(
            session,
            "check_in",
            plan.enrolment.person,
            centre=plan.enrolment.centre,
            days=one.day,
            link=f"{base_url}/participant/plans/{plan.id}/days/{one.day}",
        )
    return len(due)
