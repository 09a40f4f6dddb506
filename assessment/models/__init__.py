"""The nouns. Importing this package makes every table known."""

from assessment.models import (
    answer,
    calibration,
    centre,
    concern,
    enrolment,
    event,
    meeting,
    outage,
    own_view,
    person,
    presence,
    programme,
    rating,
    report,
    sitting,
)

__all__ = [
    "answer",
    "calibration",
    "centre",
    "concern",
    "enrolment",
    "event",
    "meeting",
    "outage",
    "own_view",
    "person",
    "presence",
    "programme",
    "rating",
    "report",
    "sitting",
]
