"""Readiness: a named person's reasoned text; and why marked words stand in a report"""

import sqlalchemy as sa
from alembic import op

from assessment import database
from assessment.models import freezing

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("wording_reason", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "readiness",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", database.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(length(trim(words)) > 0) = (length(trim(reason)) > 0)", name=op.f("ck_readiness_has_its_reason")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_readiness_enrolment_id_enrolment")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_readiness_report_id_report")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_readiness_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness")),
    )
    op.create_index(op.f("ix_readiness_enrolment_id"), "readiness", ["enrolment_id"])
    op.create_index(op.f("ix_readiness_report_id"), "readiness", ["report_id"])
    freezing.create(op.get_bind(), {"readiness", "report"})


def downgrade() -> None:
    freezing.drop(op.get_bind(), {"readiness", "report"})
    op.drop_table("readiness")
    op.drop_column("report", "wording_reason")
    freezing.create(op.get_bind(), {"report"})
