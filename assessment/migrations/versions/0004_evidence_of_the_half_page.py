"""What each line of the half page rests on"""

import sqlalchemy as sa
from alembic import op

from assessment.models import freezing

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SIGNED = {"chosen_frame", "line_evidence"}
"""What a signature freezes from here on."""


def upgrade() -> None:
    op.create_table(
        "line_evidence",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "line",
            sa.Enum(
                "pattern",
                "strength_1",
                "strength_2",
                "step_1",
                "step_2",
                name="line",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_line_evidence_report_id_report")
        ),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["observation.id"], name=op.f("fk_line_evidence_observation_id_observation")
        ),
        sa.PrimaryKeyConstraint("report_id", "line", "observation_id", name=op.f("pk_line_evidence")),
    )
    with op.batch_alter_table("line_evidence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_line_evidence_observation_id"), ["observation_id"], unique=False
        )
    freezing.create(op.get_bind(), SIGNED)


def downgrade() -> None:
    freezing.drop(op.get_bind(), SIGNED)
    with op.batch_alter_table("line_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_line_evidence_observation_id"))
    op.drop_table("line_evidence")
