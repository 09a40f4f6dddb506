"""Private lines: two lines that a participant may write after each exercise. Nobody else ever reads them.

No journal entry is made: that somebody wrote for themselves is theirs alone, too.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.models.centre import CentreExercise
from assessment.models.enrolment import Enrolment
from assessment.models.own_view import LONGEST_LINE, PrivateLines
from assessment.models.sitting import Sitting
from assessment.services import sittings, texts


class NotOverYet(errors.NotAllowedNow):
    sentence = "These lines can be written when the exercise is over."


def of_sitting(session: Session, sitting: Sitting) -> PrivateLines | None:
    """The lines about the exercise of the participant's own sitting, as :func:`sittings.get` found it."""
    return session.get(PrivateLines, (sitting.enrolment_id, sitting.centre_exercise_id))


_read = sa.select(PrivateLines.stays, PrivateLines.next_time, PrivateLines.changed_at).where(
    PrivateLines.enrolment_id == sa.bindparam("enrolment"),
    PrivateLines.centre_exercise_id == sa.bindparam("exercise"),
)


def read(session: Session, sitting: Sitting) -> Any:
    """The same to be shown and not to be changed: stays, next_time, changed_at; None where there are none."""
    of = {"enrolment": sitting.enrolment_id, "exercise": sitting.centre_exercise_id}
    return session.connection().execute(_read, of).one_or_none()


def write(session: Session, sitting_id: UUID, stays: str, next_time: str, *, by: Actor) -> None:
    """Keep the lines after an exercise, or other ones instead; two empty ones take them away.

    :raises NotFound: when the sitting is not theirs. :raises NotOverYet: before its end.
    :raises TextTooLong: when one is no line any more.
    """
    sitting = sittings.get(session, sitting_id, by=by, lock=True)  # two windows write one after the other
    if not sittings.is_over(sitting, clock.now()):
        raise NotOverYet
    stays, next_time = _line("stays", stays), _line("next_time", next_time)
    held = of_sitting(session, sitting)
    if not stays and not next_time:
        if held:
            session.delete(held)
        return
    if held is None:
        held = PrivateLines(enrolment_id=sitting.enrolment_id, centre_exercise_id=sitting.centre_exercise_id)
        session.add(held)
    held.stays, held.next_time, held.changed_at = stays, next_time, clock.now()


def _line(field: str, written: str) -> str:
    try:
        return texts.whole(written, LONGEST_LINE)
    except texts.TextTooLong as error:
        raise texts.TextTooLong(**error.values, field=field) from None


def of_enrolment(session: Session, enrolment: Enrolment) -> list[tuple[str, PrivateLines]]:
    """What was written after each exercise of the participant's own enrolment: version of the exercise and lines."""
    return [
        (version_hash, lines)
        for version_hash, lines in session.execute(
            sa.select(CentreExercise.version_hash, PrivateLines)
            .join(PrivateLines, PrivateLines.centre_exercise_id == CentreExercise.id)
            .where(PrivateLines.enrolment_id == enrolment.id)
            .order_by(CentreExercise.position)
        )
    ]


def written(session: Session, enrolment_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Where there are lines: enrolments and exercises, in one query for all of a participant's."""
    rows = session.execute(
        sa.select(PrivateLines.enrolment_id, PrivateLines.centre_exercise_id).where(
            PrivateLines.enrolment_id.in_(enrolment_ids)
        )
    )
    return {(enrolment_id, exercise_id) for enrolment_id, exercise_id in rows}
