"""The outbox: mails that left, wait or failed. Where no mail server is set, they are read here."""

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import frame
from assessment.services import outbox

pages = frame.Pages("outbox", __name__, url_prefix="/administrator/outbox")


@pages.page("/", Permission.ADMINISTER)
def show() -> ResponseReturnValue:
    settings = frame.settings()
    return frame.show(
        "administrator/outbox.html",
        mails=outbox.list_for(frame.session(), by=frame.actor()),
        # Links in mails let somebody in: with a mail server only their readers see them.
        may_read=settings.is_demo or not settings.smtp_host,
        has_server=bool(settings.smtp_host),
    )
