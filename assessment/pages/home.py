"""The start page: each role goes to its own home; visitors read what Klei is."""

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.pages import frame

pages = frame.Pages("home", __name__)

HOMES = {
    Permission.SIT: "participant_home.show",
    Permission.RATE: "queue.show",
    Permission.READ_RELEASED: "hr_home.show",
    Permission.ADMINISTER: "administrator_home.show",
}


@pages.page("/", Permission.PUBLIC)
def show() -> ResponseReturnValue:
    who = frame.visitor()
    if who is None:
        return frame.show("public/home.html")
    homes = [permission for permission in HOMES if who.may(permission)]
    if len(homes) == 1:
        return frame.go(HOMES[homes[0]])
    return frame.show(
        "public/roles.html", homes={permission.value: HOMES[permission] for permission in homes}
    )
