"""The participant's own view: what they kept for themselves. Shown to nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask.typing import ResponseReturnValue

from assessment.access import Permission
from assessment.models.enrolment import Enrolment
from assessment.models.own_view import PrivateLines
from assessment.models.sitting import Sitting
from assessment.pages import frame
from assessment.services import notices, private_lines, sittings, versions

pages = frame.Pages("own_view", __name__)


@dataclass(frozen=True)
class Kept:
    """The two lines after one exercise."""

    title: str
    lines: PrivateLines
    sitting: Sitting | None
    """Where they can be changed; none while a re-opened exercise is worked on again."""


def own_lines(enrolment: Enrolment) -> Sequence[Kept]:
    """What the participant kept for themselves, exercise by exercise."""
    session, language = frame.session(), frame.words().language
    over = {
        one.centre_exercise_id: one
        for one in sittings.list_for(session, enrolment)
        if sittings.is_over(one, frame.arrived_at())
    }
    return [
        Kept(versions.get(session, version).title(language), lines, over.get(lines.centre_exercise_id))
        for version, lines in private_lines.of_enrolment(session, enrolment)
    ]


@pages.page("/participant/enrolments/<uuid:enrolment_id>/own-view", Permission.SIT)
def show(enrolment_id: UUID) -> ResponseReturnValue:
    enrolment = notices.get(frame.session(), enrolment_id, by=frame.actor())
    return frame.show("participant/own_view.html", enrolment=enrolment, own_lines=own_lines(enrolment))
