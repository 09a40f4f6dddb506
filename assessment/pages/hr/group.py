"""The group report of a centre, and the guide for the manager's conversation."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import frame, paper
from assessment.sections import group, guide
from assessment.services import group_reports

pages = frame.Pages("hr_group", __name__)


@pages.page("/hr/centres/<uuid:centre_id>/group", Permission.READ_RELEASED)
def show(centre_id: UUID) -> ResponseReturnValue:
    facts = group_reports.group_report(frame.session(), centre_id, frame.words().language, by=frame.actor())
    return frame.show("hr/group.html", facts=facts, centre_id=centre_id, sections=group.sections(facts))


@pages.page("/hr/centres/<uuid:centre_id>/group.pdf", Permission.READ_RELEASED, methods=("POST",))
def pdf(centre_id: UUID) -> ResponseReturnValue:
    """Take the group report out; it is written down who did."""
    session, who = frame.session(), frame.actor()
    facts = group_reports.group_report(session, centre_id, frame.words().language, by=who)
    answer = paper.document_as_pdf(group.paper(facts), f"group-report-{facts.made_on.isoformat()}.pdf")
    group_reports.note(session, centre_id, "pdf", by=who)
    return answer


@pages.page("/hr/conversation-guide", Permission.READ_RELEASED)
def conversation_guide() -> ResponseReturnValue:
    return frame.show("hr/guide.html", sections=guide.sections(frame.words().language))


@pages.page("/hr/conversation-guide.pdf", Permission.READ_RELEASED)
def conversation_guide_pdf() -> ResponseReturnValue:
    return paper.document_as_pdf(guide.paper(frame.words().language), "conversation-guide.pdf")
