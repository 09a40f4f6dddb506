"""The board's figures: how long an interruption was, and the newest contact"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("interruption", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seconds", sa.Double(), nullable=False, server_default="0"))
    with op.batch_alter_table("interruption", schema=None) as batch_op:
        batch_op.alter_column("seconds", existing_type=sa.Double(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_presence_seen_at"), ["seen_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_presence_seen_at"))
    with op.batch_alter_table("interruption", schema=None) as batch_op:
        batch_op.drop_column("seconds")
