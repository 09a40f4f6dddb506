"""Calibrations: the right to rate, recorded with who, until when and why (M6)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.calibration import Calibration, CalibrationState
from assessment.models.centre import Centre
from assessment.models.person import Seat, SeatName


class NotAnAssessor(errors.Invalid):
    sentence = "This person is not an assessor of this centre."


class NoReason(errors.Invalid):
    sentence = "Write where and how the calibration was passed."


class AlreadyOver(errors.Invalid):
    sentence = "This day has passed. Choose the last day on which the calibration is valid."


class NotInCentre(errors.Invalid):
    sentence = "This exercise is not part of the centre."


def record(
    session: Session,
    centre: Centre,
    assessor_id: UUID,
    *,
    exercise: str | None,
    valid_until_on: date,
    reason: str,
    by: Actor,
) -> Calibration:
    """Record a calibration that was passed outside Klei, for one exercise or all of the centre's.

    Whatever adjudication waited for somebody who may goes to them now.

    :raises NotAnAssessor: when the person has no assessor's seat in the centre.
    """
    from assessment.services import adjudications  # which asks this module who may rate

    if not reason.strip():
        raise NoReason(field="reason")
    if valid_until_on < clock.now().date():
        raise AlreadyOver(field="valid_until_on")
    if exercise is not None and exercise not in {entry.exercise for entry in centre.exercises}:
        raise NotInCentre(field="exercise")
    seat = session.get(Seat, (centre.id, assessor_id))
    if seat is None or seat.seat is not SeatName.ASSESSOR:
        raise NotAnAssessor
    made = Calibration(
        assessor_id=assessor_id,
        centre_id=centre.id,
        exercise=exercise,
        state=CalibrationState.PASSED,
        valid_until_on=valid_until_on,
        reason=reason.strip(),
        recorded_by_id=by.person_id,
        recorded_at=clock.now(),
    )
    session.add(made)
    session.flush()  # the journal needs the id
    journal.record(
        session,
        "calibration.recorded",
        "calibration",
        made.id,
        by=by,
        centre_id=centre.id,
        assessor=assessor_id,
        exercise=exercise,
        valid_until_on=valid_until_on.isoformat(),
    )
    adjudications.assign_waiting(session, centre)
    return made


def withdraw(session: Session, centre: Centre, calibration_id: UUID, *, by: Actor) -> None:
    """End a calibration from now on; ratings that were submitted before stay.

    :raises NotFound: when it is not of this centre.
    """
    found = session.get(Calibration, calibration_id)
    if found is None or found.centre_id != centre.id:
        raise errors.NotFound
    if found.withdrawn_at:
        return
    found.withdrawn_at = clock.now()
    found.state = CalibrationState.LAPSED
    journal.record(session, "calibration.withdrawn", "calibration", found.id, by=by, centre_id=centre.id)


def valid_for(
    session: Session, assessor_id: UUID, centre_id: UUID, exercise: str, on: date
) -> Calibration | None:
    """The calibration by which an assessor may rate this exercise of this centre on this day, if there is one."""
    return session.scalar(
        sa.select(Calibration)
        .where(
            Calibration.assessor_id == assessor_id,
            Calibration.centre_id == centre_id,
            sa.or_(Calibration.exercise.is_(None), Calibration.exercise == exercise),
            *_valid(on),
        )
        .order_by(Calibration.valid_until_on.desc())
        .limit(1)
    )


def ready(session: Session, centre_id: UUID, *, on: date) -> dict[UUID, set[str | None]]:
    """For each assessor of the centre the exercises they may rate on this day; None stands for all of them."""
    found: dict[UUID, set[str | None]] = {}
    for assessor_id, exercise in session.execute(
        sa.select(Calibration.assessor_id, Calibration.exercise)
        .join(
            Seat,
            sa.and_(
                Seat.centre_id == Calibration.centre_id,
                Seat.person_id == Calibration.assessor_id,
                Seat.seat == SeatName.ASSESSOR,
            ),
        )
        .where(Calibration.centre_id == centre_id, *_valid(on))
    ):
        found.setdefault(assessor_id, set()).add(exercise)
    return found


def held_by(
    session: Session, assessor_id: UUID, centre_ids: Collection[UUID], *, on: date
) -> dict[UUID, set[str | None]]:
    """For each of these centres the exercises that this assessor may rate on this day; None stands for all of them."""
    found: dict[UUID, set[str | None]] = {}
    for centre_id, exercise in session.execute(
        sa.select(Calibration.centre_id, Calibration.exercise).where(
            Calibration.assessor_id == assessor_id, Calibration.centre_id.in_(centre_ids), *_valid(on)
        )
    ):
        found.setdefault(centre_id, set()).add(exercise)
    return found


def list_for(session: Session, centre: Centre) -> list[Calibration]:
    """All calibrations of a centre, newest first, with their assessors."""
    return list(
        session.scalars(
            sa.select(Calibration)
            .where(Calibration.centre_id == centre.id)
            .options(joinedload(Calibration.assessor))
            .order_by(Calibration.recorded_at.desc())
        )
    )


def _valid(on: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Calibration.state == CalibrationState.PASSED,
        Calibration.withdrawn_at.is_(None),
        Calibration.valid_until_on >= on,
    )
