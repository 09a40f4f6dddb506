"""How the installation is: what the health page tells monitors in one word, in full."""

from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.access import Permission
from assessment.models.person import RoleName
from assessment.pages import frame
from assessment.services import health

pages = frame.Pages("administrator_health", __name__, url_prefix="/administrator/health")


@pages.page("/", Permission.ADMINISTER)
def show() -> ResponseReturnValue:
    if frame.actor().programmes(RoleName.ADMINISTRATOR) is not None:
        raise errors.NotFound  # it is about the installation, not about one programme
    frame.session().close()  # it looks with a connection of its own
    findings = health.of_service(frame.database(), frame.settings())
    return frame.show("administrator/health.html", findings=findings, is_well=health.is_well(findings))
