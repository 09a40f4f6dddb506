"""What a report says of each exercise and of what helped; what participants need from their organisation"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("accounts", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("report", sa.Column("helped", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("plan", sa.Column("conditions", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("plan", "conditions")
    op.drop_column("report", "helped")
    op.drop_column("report", "accounts")
