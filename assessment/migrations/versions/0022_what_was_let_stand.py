"""Which rules were asked about a dimension when it was let stand: one that comes later asks anew"""

import sqlalchemy as sa
from alembic import op

from assessment.models import freezing

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INDEX, TABLE = "uq_integration_agreement_dimension", "integration_agreement"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("codes", sa.Text(), nullable=False, server_default=""))
    _unique("integration_id", "dimension", "codes")
    freezing.create(op.get_bind(), {TABLE})


def downgrade() -> None:
    freezing.drop(op.get_bind(), {TABLE})
    # Of several that let one dimension stand the first is kept: together they say no more without their codes.
    op.execute(
        f"DELETE FROM {TABLE} WHERE sitting_id IS NULL AND EXISTS (SELECT 1 FROM {TABLE} AS other "
        f"WHERE other.integration_id = {TABLE}.integration_id AND other.dimension = {TABLE}.dimension "
        f"AND other.sitting_id IS NULL AND other.codes < {TABLE}.codes)"
    )
    _unique("integration_id", "dimension")
    op.drop_column(TABLE, "codes")
    freezing.create(op.get_bind(), {TABLE})
    changed = "\n OR ".join(
        f'CAST(OLD."{name}" AS TEXT) IS DISTINCT FROM CAST(NEW."{name}" AS TEXT)'
        for name in ("id", "integration_id", "dimension", "sitting_id", "by_id", "at")
    )
    freezing.make(
        op.get_bind(),
        freezing.Rule(
            f"{TABLE}_is_only_added_to", TABLE, "UPDATE", f"NOT (NEW.reason = '' AND NOT ({changed}))"
        ),
    )


def _unique(*columns: str) -> None:
    op.drop_index(INDEX, TABLE)
    op.create_index(
        INDEX,
        TABLE,
        columns,
        unique=True,
        sqlite_where=sa.text("sitting_id IS NULL"),
        postgresql_where=sa.text("sitting_id IS NULL"),
    )
