"""The administrator's home: programmes, their centres, and what each needs next."""

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.models.person import RoleName
from assessment.pages import frame
from assessment.services import agenda, programmes, waiting

pages = frame.Pages("administrator_home", __name__, url_prefix="/administrator")


@pages.page("/", Permission.ADMINISTER)
def show() -> ResponseReturnValue:
    mine = programmes.list_for(frame.session(), by=frame.actor())
    waits = waiting.for_administrator(frame.session(), by=frame.actor())
    centre_ids = [centre.id for programme in mine for centre in programme.centres]
    return frame.show(
        "administrator/home.html",
        programmes=mine,
        tallies=agenda.tallies(frame.session(), centre_ids),
        n_waiting=len(waits),
        n_late=sum(one.is_late for one in waits),
        may_add=frame.actor().programmes(RoleName.ADMINISTRATOR) is None,
    )
