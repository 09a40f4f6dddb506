"""The diary: a participant's private looking back, shared passage by passage or not at all."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assessment.database import Base, Identified

LONGEST_PASSAGE = 4000


class DiaryPassage(Identified, Base):
    """Something that a participant wrote for themselves. Not in the journal of events, and in nobody's export but theirs."""

    __tablename__ = "diary_passage"

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    text: Mapped[str]
    written_at: Mapped[datetime]
    shared_at: Mapped[datetime | None]
    """Since when the own manager may read it through their link; taken back, it is none again."""

    __table_args__ = (
        sa.CheckConstraint("text <> ''", name="says_something"),
        sa.CheckConstraint(f"length(text) <= {LONGEST_PASSAGE}", name="is_a_passage"),
    )
