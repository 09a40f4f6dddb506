"""Programmes: why and for whom is assessed."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre, CentreState
from assessment.models.person import RoleName
from assessment.models.programme import Programme, ProgrammeState, Purpose


class PurposeLocked(errors.RuleBroken):
    """What was collected for development stays so."""

    def __init__(self) -> None:
        super().__init__(
            "M11",
            "A centre of this programme has opened, so its purpose can no longer change: what people gave for one "
            "purpose is not used for another. Make a new programme for the other purpose.",
            field="purpose",
        )


class CentresOpen(errors.NotAllowedNow):
    sentence = "Close the open centres of this programme first."


class NoProgrammeName(errors.Invalid):
    sentence = "Give the programme a name."


def get(session: Session, programme_id: UUID, *, by: Actor) -> Programme:
    """A programme that is the administrator's.

    :raises NotFound: when there is none, or it is somebody else's.
    """
    programme = session.get(Programme, programme_id, options=[selectinload(Programme.centres)])
    if programme is None or not by.holds_in(RoleName.ADMINISTRATOR, programme_id=programme.id):
        raise errors.NotFound
    if any(centre.is_for_benchmarks for centre in programme.centres):
        raise errors.NotFound
    return programme


def list_for(session: Session, *, by: Actor) -> list[Programme]:
    """The administrator's programmes with their centres, newest first."""
    query = (
        sa.select(Programme)
        .where(Programme.id.not_in(sa.select(Centre.programme_id).where(Centre.is_for_benchmarks)))
        .options(selectinload(Programme.centres))
        .order_by(Programme.created_at.desc(), Programme.name)
    )
    mine = by.programmes(RoleName.ADMINISTRATOR)
    if mine is not None:
        query = query.where(
            sa.or_(
                Programme.id.in_(mine),
                Programme.id.in_(
                    sa.select(Centre.programme_id).where(Centre.id.in_(by.centres(RoleName.ADMINISTRATOR)))
                ),
            )
        )
    return list(session.scalars(query))


def add(
    session: Session, *, name: str, purpose: Purpose, strategic_question: str = "", by: Actor
) -> Programme:
    """Make a programme. Only those who administer the whole installation can."""
    if by.programmes(RoleName.ADMINISTRATOR) is not None:
        raise errors.NotFound
    programme = Programme(
        name=_checked(name),
        purpose=purpose,
        strategic_question=strategic_question.strip(),
        created_at=clock.now(),
    )
    session.add(programme)
    session.flush()  # the journal needs the id
    journal.record(session, "programme.added", "programme", programme.id, by=by, purpose=purpose)
    return programme


def change(
    session: Session,
    programme: Programme,
    *,
    name: str,
    purpose: Purpose,
    strategic_question: str,
    by: Actor,
) -> None:
    """Change a programme.

    :raises PurposeLocked: when a centre of it has opened (M11).
    """
    if purpose is not programme.purpose and any(
        centre.state is not CentreState.DRAFT for centre in programme.centres
    ):
        raise PurposeLocked
    programme.name = _checked(name)
    programme.purpose = purpose
    programme.strategic_question = strategic_question.strip()
    journal.record(session, "programme.changed", "programme", programme.id, by=by, purpose=purpose)


def close(session: Session, programme: Programme, *, by: Actor) -> None:
    """Close a programme whose centres are closed.

    :raises CentresOpen: when one is still open.
    """
    if any(centre.state is CentreState.OPEN for centre in programme.centres):
        raise CentresOpen
    programme.state = ProgrammeState.CLOSED
    journal.record(session, "programme.closed", "programme", programme.id, by=by)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise NoProgrammeName(field="name")
    return name
