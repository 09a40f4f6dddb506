"""Programmes: why and for whom is assessed."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.database import Base, Identified, choice

if TYPE_CHECKING:
    from assessment.models.centre import Centre


class Purpose(StrEnum):
    DEVELOPMENT = "development"
    SELECTION = "selection"


class ProgrammeState(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    CLOSED = "closed"


class Programme(Identified, Base):
    """A talent programme: its purpose, its strategic question, and its centres."""

    __tablename__ = "programme"

    name: Mapped[str]
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose, "purpose"), default=Purpose.DEVELOPMENT)
    strategic_question: Mapped[str] = mapped_column(default="")
    state: Mapped[ProgrammeState] = mapped_column(
        choice(ProgrammeState, "state"), default=ProgrammeState.PLANNED
    )
    created_at: Mapped[datetime]
    is_rehearsal: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Made for a rehearsal, so that nobody's role in a real programme reaches it."""

    centres: Mapped[list["Centre"]] = relationship(back_populates="programme", order_by="Centre.created_at")
