"""Duties of the workers, and mails that one of them took"""

import sqlalchemy as sa
from alembic import op

from assessment import database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begun_at", database.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", database.Moment(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty")),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken_at", database.Moment(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_column("taken_at")
    op.drop_table("duty")
