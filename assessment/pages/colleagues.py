"""Colleagues and the own manager of a participant: they have no account and come by a link."""

from uuid import UUID

from flask import request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.pages import frame, paper
from assessment.sections import guide
from assessment.services import feedback, shared_plans

pages = frame.Pages("colleagues", __name__)
OPENED = "shared_plan"
"""The cookie's entry: the link that this browser opened."""


@pages.page("/feedback/<token>", Permission.PUBLIC, methods=("GET", "POST"))
def answer(token: str) -> ResponseReturnValue:
    """Three questions about a colleague. Opening the link uses nothing up, answering does."""
    asked = feedback.find(frame.session(), token)
    cookie.setdefault("language", asked.language)
    wrong = ""
    if request.method == "POST":
        given = {name: request.form.get(name, "") for name in feedback.QUESTIONS}
        try:
            feedback.answer(frame.session(), token, **given)
        except errors.Invalid as error:
            wrong = frame.words().sentence(error)
        else:
            return frame.go(".thanks")
    return frame.show(
        "public/feedback.html",
        422 if wrong else 200,
        asked=asked,
        questions=feedback.QUESTIONS,
        longest=feedback.LONGEST_ANSWER,
        written=request.form,
        wrong=wrong,
    )


@pages.page("/feedback/", Permission.PUBLIC)
def thanks() -> ResponseReturnValue:
    return frame.show("public/feedback_given.html")


@pages.page("/shared/<token>", Permission.PUBLIC, methods=("GET", "POST"))
def enter(token: str) -> ResponseReturnValue:
    """The way in for a participant's own manager: opened once, in this browser."""
    if request.method == "POST":
        cookie[OPENED] = str(shared_plans.open_once(frame.session(), token).id)
        return frame.go(".shared")
    found = shared_plans.waits(frame.session(), token)
    cookie.setdefault("language", found.language)
    return frame.show("public/shared_door.html")


@pages.page("/shared/", Permission.PUBLIC)
def shared() -> ResponseReturnValue:
    if OPENED not in cookie:
        return frame.go("home.show")
    found = shared_plans.shared(frame.session(), UUID(cookie[OPENED]))
    return frame.show("public/shared.html", shared=found, guide=guide.sections(frame.words().language))


@pages.page("/shared/conversation-guide.pdf", Permission.PUBLIC)
def guide_pdf() -> ResponseReturnValue:
    """The guide for the conversation to take along, for whoever the plan is shared with."""
    if OPENED not in cookie:
        return frame.go("home.show")
    shared_plans.shared(frame.session(), UUID(cookie[OPENED]))  # as long as it is shared with them
    return paper.document_as_pdf(guide.paper(frame.words().language), "conversation-guide.pdf")
