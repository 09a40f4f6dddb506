"""The guide for the manager's conversation, as the participant can hand it on."""

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import frame, paper
from assessment.sections import guide

pages = frame.Pages("participant_guide", __name__)


@pages.page("/participant/conversation-guide", Permission.SIT)
def show() -> ResponseReturnValue:
    return frame.show("participant/guide.html", sections=guide.sections(frame.words().language))


@pages.page("/participant/conversation-guide.pdf", Permission.SIT)
def pdf() -> ResponseReturnValue:
    return paper.document_as_pdf(guide.paper(frame.words().language), "conversation-guide.pdf")
