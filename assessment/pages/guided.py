"""The guided session: a participant's answers, the exercise texts and the assessors' notes, with somebody beside (N5)."""

from flask.typing import ResponseReturnValue

from assessment import errors
from assessment.models.debrief import Debrief
from assessment.pages import frame
from assessment.services import debriefs


def page(debrief: Debrief) -> ResponseReturnValue:
    """The material, for the participant and whoever sits beside them.

    :raises NotFound: outside the booked time.
    """
    if not debriefs.is_open(debrief):
        raise errors.NotFound
    return frame.show(
        "live/guided.html",
        debrief=debrief,
        exercises=debriefs.material(frame.session(), debrief, frame.words().language),
    )
