"""The pool: each rating of the first round has a slot; planned minutes per exercise"""

import sqlalchemy as sa
from alembic import op

from assessment import database

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SLOT = "slot IN (1, 2)"
NUMBERED = """
    UPDATE assignment SET slot = (
        SELECT count(*) FROM assignment AS other
        WHERE other.sitting_id = assignment.sitting_id AND other.round = 'first' AND other.state = 'open'
        AND (other.assigned_at < assignment.assigned_at
             OR (other.assigned_at = assignment.assigned_at AND other.id <= assignment.id))
    )
    WHERE round = 'first' AND state = 'open' AND (
        SELECT count(*) FROM assignment AS other
        WHERE other.sitting_id = assignment.sitting_id AND other.round = 'first' AND other.state = 'open'
    ) <= 2
"""
"""Who was given a sitting first has its first slot. More than two never were; they would be left without."""


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        # Nothing is copied: a table that others point to cannot be replaced while they do.
        bind.execute(
            sa.text(
                "ALTER TABLE assignment ADD COLUMN slot INTEGER "
                f"CONSTRAINT ck_assignment_slot_is_one_of_two CHECK ({SLOT})"
            )
        )
    else:
        op.add_column("assignment", sa.Column("slot", sa.Integer(), nullable=True))
        op.create_check_constraint(op.f("ck_assignment_slot_is_one_of_two"), "assignment", SLOT)
    bind.execute(sa.text(NUMBERED))
    op.create_index(
        "uq_assignment_slot",
        "assignment",
        ["sitting_id", "slot"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    # Nothing wrote these two before.
    op.drop_table("vacancy")
    op.drop_table("scoring_plan")
    op.create_table(
        "vacancy",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", database.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(SLOT, name=op.f("ck_vacancy_slot_is_one_of_two")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_vacancy_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("sitting_id", "slot", name=op.f("pk_vacancy")),
    )
    op.create_table(
        "scoring_plan",
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("most_open", sa.Integer(), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_scoring_plan_hours_are_positive")),
        sa.CheckConstraint("most_open > 0", name=op.f("ck_scoring_plan_most_open_is_positive")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_scoring_plan_centre_id_centre")),
        sa.PrimaryKeyConstraint("centre_id", name=op.f("pk_scoring_plan")),
    )
    op.create_table(
        "scoring_minutes",
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("exercise", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_scoring_minutes_minutes_are_positive")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_scoring_minutes_centre_id_centre")
        ),
        sa.PrimaryKeyConstraint("centre_id", "exercise", name=op.f("pk_scoring_minutes")),
    )


def downgrade() -> None:
    op.drop_table("scoring_minutes")
    op.drop_table("scoring_plan")
    op.drop_table("vacancy")
    op.drop_index("uq_assignment_slot", "assignment")
    op.drop_column("assignment", "slot")
    op.create_table(
        "vacancy",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", database.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_vacancy_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_vacancy")),
    )
    op.create_table(
        "scoring_plan",
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("most_open", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_scoring_plan_minutes_are_positive")),
        sa.CheckConstraint("hours > 0", name=op.f("ck_scoring_plan_hours_are_positive")),
        sa.CheckConstraint("most_open > 0", name=op.f("ck_scoring_plan_most_open_is_positive")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_scoring_plan_centre_id_centre")),
        sa.PrimaryKeyConstraint("centre_id", name=op.f("pk_scoring_plan")),
    )
