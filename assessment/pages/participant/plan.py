"""The plan of ninety days: actions, check-ins, the strategic question, feedback, the diary, and the own manager."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.plan import ActionState, Plan, Verdict
from assessment.pages import frame
from assessment.pages.participant.debriefs import as_calendar
from assessment.services import calendars, diaries, feedback, plans, shared_plans
from exercises.rubric import framework

pages = frame.Pages("plan", __name__, url_prefix="/participant")

TYPES = {"doing": _("in the work"), "together": _("with others"), "learning": _("learning")}
VERDICTS = {
    Verdict.KEEP: _("keep going"),
    Verdict.CHANGE: _("change it"),
    Verdict.DONE: _("done: it has become normal"),
    Verdict.DROP: _("drop it"),
}
STATES = {ActionState.CHOSEN: _("in hand"), ActionState.DONE: _("done"), ActionState.DROPPED: _("dropped")}


def _own(plan_id: UUID) -> Plan:
    return plans.own(frame.session(), plan_id, by=frame.actor())


@pages.page("/enrolments/<uuid:enrolment_id>/plan", Permission.SIT, methods=("POST",))
def begin(enrolment_id: UUID) -> ResponseReturnValue:
    made = plans.begin(frame.session(), enrolment_id, by=frame.actor())
    return frame.go(".show", plan_id=made.id)


@pages.page("/plans/<uuid:plan_id>", Permission.SIT)
def show(plan_id: UUID) -> ResponseReturnValue:
    return _page(plan_id)


def _page(plan_id: UUID, wrong: str = "", written: Mapping[str, str] = {}) -> ResponseReturnValue:
    plan = _own(plan_id)
    session = frame.session()
    return frame.show(
        "participant/plan.html",
        422 if wrong else 200,
        plan=plan,
        standing=plans.standing(plan),
        library=plans.library(),
        dimensions=framework(),
        types=TYPES,
        conditions=plans.CONDITIONS,
        states=STATES,
        today=plans.today(frame.actor()),
        manager=shared_plans.current(session, plan),
        question=plan.enrolment.centre.programme.strategic_question,
        wrong=wrong,
        written=written,
    )


def _try(plan_id: UUID, act: Callable[[], object], anchor: str = "") -> ResponseReturnValue:
    """Do something and show the plan again; what was written stays in its field when it cannot be used."""
    try:
        act()
    except errors.Invalid as error:
        return _page(plan_id, frame.words().sentence(error), request.form)
    except errors.NotAllowedNow as error:
        frame.say_error(error)
    return frame.go(".show", plan_id=plan_id, _anchor=anchor or None)


def _words() -> plans.Words:
    form = request.form
    return plans.Words(
        form.get("text", ""),
        form.get("sign", ""),
        form.get("if_text", ""),
        form.get("then_text", ""),
        is_shared="is_shared" in form,
    )


@pages.page("/plans/<uuid:plan_id>/choose", Permission.SIT, methods=("POST",))
def choose(plan_id: UUID) -> ResponseReturnValue:
    return _try(
        plan_id,
        lambda: plans.choose(frame.session(), plan_id, request.form.get("action", ""), by=frame.actor()),
    )


@pages.page("/plans/<uuid:plan_id>/own", Permission.SIT, methods=("POST",))
def add(plan_id: UUID) -> ResponseReturnValue:
    return _try(plan_id, lambda: plans.add(frame.session(), plan_id, _words(), by=frame.actor()))


@pages.page("/plans/<uuid:plan_id>/actions/<uuid:action_id>", Permission.SIT, methods=("POST",))
def change(plan_id: UUID, action_id: UUID) -> ResponseReturnValue:
    return _try(
        plan_id,
        lambda: plans.change(frame.session(), plan_id, action_id, _words(), by=frame.actor()),
        f"action-{action_id}",
    )


@pages.page("/plans/<uuid:plan_id>/actions/<uuid:action_id>/drop", Permission.SIT, methods=("POST",))
def drop(plan_id: UUID, action_id: UUID) -> ResponseReturnValue:
    return _try(plan_id, lambda: plans.drop(frame.session(), plan_id, action_id, by=frame.actor()))


@pages.page("/plans/<uuid:plan_id>/support", Permission.SIT, methods=("POST",))
def need(plan_id: UUID) -> ResponseReturnValue:
    return _try(
        plan_id,
        lambda: plans.need(
            frame.session(),
            plan_id,
            request.form.get("support", ""),
            is_shared="is_shared" in request.form,
            by=frame.actor(),
        ),
        "manager",
    )


@pages.page("/plans/<uuid:plan_id>/conditions", Permission.SIT, methods=("POST",))
def require(plan_id: UUID) -> ResponseReturnValue:
    return _try(
        plan_id,
        lambda: plans.require(frame.session(), plan_id, request.form.getlist("condition"), by=frame.actor()),
        "conditions",
    )


@pages.page("/plans/<uuid:plan_id>/manager", Permission.SIT, methods=("POST",))
def send(plan_id: UUID) -> ResponseReturnValue:
    return _try(
        plan_id,
        lambda: shared_plans.send(
            frame.session(),
            plan_id,
            request.form.get("address", ""),
            base_url=frame.settings().base_url,
            by=frame.actor(),
        ),
        "manager",
    )


@pages.page("/plans/<uuid:plan_id>/manager/revoke", Permission.SIT, methods=("POST",))
def revoke(plan_id: UUID) -> ResponseReturnValue:
    return _try(plan_id, lambda: shared_plans.revoke(frame.session(), plan_id, by=frame.actor()), "manager")


@pages.page("/plans/<uuid:plan_id>/question", Permission.SIT, methods=("GET", "POST"))
def question(plan_id: UUID) -> ResponseReturnValue:
    """The canvas of the programme's strategic question (content R9)."""
    plan = _own(plan_id)
    if not plan.enrolment.centre.programme.strategic_question.strip():
        raise errors.NotFound
    if request.method == "POST":
        plans.note(frame.session(), plan_id, request.form, by=frame.actor())
        frame.say(_("Your notes are kept."))
        return frame.go(".question", plan_id=plan_id)
    return frame.show("participant/question.html", plan=plan, fields=plans.CANVAS)


@pages.page("/plans/<uuid:plan_id>/days/<int:day>", Permission.SIT, methods=("GET", "POST"))
def check_in(plan_id: UUID, day: int) -> ResponseReturnValue:
    plan = _own(plan_id)
    found = plans.check_in_of(plan, day)
    if request.method == "POST":
        form = request.form
        said = {
            one.id: (Verdict(form[f"verdict-{one.id}"]), form.get(f"happened-{one.id}", ""))
            for one in plans.standing(plan)
            if form.get(f"verdict-{one.id}") in set(Verdict)
        }
        look = plans.LookBack(
            said, form.get("kept", ""), form.get("next_step", ""), form.get("for_organisation", "")
        )
        plans.check_in(frame.session(), plan_id, day, look, by=frame.actor())
        frame.say(_("Kept. Nobody else reads it."))
        return frame.go(".show", plan_id=plan_id)
    return frame.show(
        "participant/check_in.html",
        plan=plan,
        check_in=found,
        standing=plans.standing(plan),
        looks={look.action_id: look for look in found.looks},
        verdicts=VERDICTS,
        is_due=plans.today(frame.actor()) >= found.due_on,
    )


@pages.page("/plans/<uuid:plan_id>/calendar.ics", Permission.SIT)
def calendar(plan_id: UUID) -> ResponseReturnValue:
    """The three days of the plan, for a calendar. What is in the plan stays out of it."""
    plan, words = _own(plan_id), frame.words()
    return as_calendar(
        calendars.several(
            [
                calendars.Appointment(
                    plan.id,
                    one.due_on,
                    one.due_on + timedelta(days=1),
                    words.gettext("Look back at your plan: day %(day)s", day=one.day),
                    name=str(one.day),
                )
                for one in plan.check_ins
            ],
            link=frame.settings().base_url + url_for(".show", plan_id=plan_id),
        )
    )


@pages.page("/plans/<uuid:plan_id>/feedback", Permission.SIT, methods=("GET", "POST"))
def ask(plan_id: UUID) -> ResponseReturnValue:
    plan, wrong = _own(plan_id), ""
    if request.method == "POST":
        try:
            feedback.ask(
                frame.session(),
                plan_id,
                request.form.get("behaviour", ""),
                request.form.get("addresses", "").replace(",", "\n").replace(";", "\n").splitlines(),
                base_url=frame.settings().base_url,
                by=frame.actor(),
            )
        except (errors.Invalid, feedback.RoundOpen) as error:
            wrong = frame.words().sentence(error)
        else:
            frame.say(_("Asked. Each of them got a link of their own."))
            return frame.go(".ask", plan_id=plan_id)
    return frame.show(
        "participant/feedback.html",
        422 if wrong else 200,
        plan=plan,
        outcomes=feedback.outcomes(frame.session(), plan),
        questions=feedback.QUESTIONS,
        standing=plans.standing(plan),
        wrong=wrong,
        written=request.form,
    )


# The diary.


@pages.page("/plans/<uuid:plan_id>/diary", Permission.SIT, methods=("GET", "POST"))
def diary(plan_id: UUID) -> ResponseReturnValue:
    plan, wrong = _own(plan_id), ""
    if request.method == "POST":
        try:
            diaries.write(frame.session(), plan_id, request.form.get("text", ""), by=frame.actor())
        except errors.Invalid as error:
            wrong = frame.words().sentence(error)
        else:
            frame.say(_("Kept. Only you see it."))
            return frame.go(".diary", plan_id=plan_id)
    return frame.show(
        "participant/diary.html",
        422 if wrong else 200,
        plan=plan,
        passages=diaries.passages(frame.session(), plan_id, by=frame.actor()),
        wrong=wrong,
        written=request.form.get("text", ""),
    )


@pages.page("/plans/<uuid:plan_id>/diary/<uuid:passage_id>/share", Permission.SIT, methods=("POST",))
def share(plan_id: UUID, passage_id: UUID) -> ResponseReturnValue:
    is_shared = request.form.get("is_shared") == "yes"
    diaries.share(frame.session(), plan_id, passage_id, is_shared=is_shared, by=frame.actor())
    return frame.go(".diary", plan_id=plan_id)


@pages.page("/plans/<uuid:plan_id>/diary/<uuid:passage_id>/remove", Permission.SIT, methods=("POST",))
def remove(plan_id: UUID, passage_id: UUID) -> ResponseReturnValue:
    diaries.remove(frame.session(), plan_id, passage_id, by=frame.actor())
    frame.say(_("Removed. Nothing of it is kept."))
    return frame.go(".diary", plan_id=plan_id)
