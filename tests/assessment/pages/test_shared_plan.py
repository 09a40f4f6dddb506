"""What a participant's own manager meets behind the one-time link: what is shared, and the guide for the conversation."""

import re
from io import BytesIO

import sqlalchemy as sa
from flask.testing import FlaskClient
from pypdf import PdfReader

from assessment.database import Database
from assessment.models.event import Mail
from assessment.services import plans, shared_plans
from assessment.settings import Settings
from tests.assessment import fonts
from tests.assessment.reporting import BASE
from tests.assessment.services.test_plans import Ninety


def test_the_manager_gets_the_guide_with_the_plan_and_nobody_else_by_that_address(
    client: FlaskClient, sqlite_database: Database, settings: Settings
) -> None:
    """rule R10"""
    fonts.put_into(settings.data_folder)
    ninety = Ninety(sqlite_database)
    without = [client.get(path) for path in ("/shared/", "/shared/conversation-guide.pdf")]
    assert [(one.status_code, one.headers["Location"]) for one in without] == [(303, "/")] * 2
    with sqlite_database.writing() as session:
        plan, me = ninety.plans[0], ninety.me
        plans.add(session, plan, plans.Words("Ask first.", "", "it is quiet", "ask", is_shared=True), by=me)
        shared_plans.send(session, plan, "manager@example.org", base_url=BASE, by=me)
        text = session.scalar(sa.select(Mail.text).where(Mail.recipient == "manager@example.org"))
    (token,) = re.findall(r"/shared/(\S+)", text or "")
    client.post(f"/shared/{token}")
    page = client.get("/shared/").text
    assert "Ask first." in page
    assert 'href="/shared/conversation-guide.pdf"' in page
    assert "What did you recognise?" in page
    assert "What you do not do" in page
    printed = PdfReader(BytesIO(client.get("/shared/conversation-guide.pdf").data))
    assert len(printed.pages) == 1, "one page (R10)"
    with sqlite_database.writing() as session:
        shared_plans.revoke(session, plan, by=me)
    assert client.get("/shared/conversation-guide.pdf").status_code == 410
