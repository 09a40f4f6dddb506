"""Rating at speed: why a sitting went back, reservations, vacancies, scoring time"""

import sqlalchemy as sa
from alembic import op

from assessment import database
from assessment.models import freezing

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BECAUSE = "because IN ('recognised', 'replaced', 'ran-out', 'released')"


def upgrade() -> None:
    bind = op.get_bind()
    op.add_column("assignment", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "assignment", sa.Column("reserved_until_at", database.Moment(timezone=True), nullable=True)
    )
    if bind.dialect.name == "sqlite":
        # Nothing is copied: a table that others point to cannot be replaced while they do.
        bind.execute(
            sa.text(
                "ALTER TABLE assignment ADD COLUMN because VARCHAR(24) "
                f"CONSTRAINT ck_assignment_because CHECK ({BECAUSE})"
            )
        )
    else:
        op.add_column("assignment", sa.Column("because", sa.String(24), nullable=True))
        op.create_check_constraint(op.f("ck_assignment_because"), "assignment", BECAUSE)
    op.add_column("seat", sa.Column("away_at", database.Moment(timezone=True), nullable=True))
    op.add_column("rating", sa.Column("worked_seconds", sa.Double(), nullable=False, server_default="0"))
    op.add_column("rating", sa.Column("seen_at", database.Moment(timezone=True), nullable=True))
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
    freezing.create(bind, {"rating"})


def downgrade() -> None:
    op.drop_table("scoring_plan")
    op.drop_table("vacancy")
    freezing.drop(op.get_bind(), {"rating"})
    op.drop_column("rating", "seen_at")
    op.drop_column("rating", "worked_seconds")
    op.drop_column("seat", "away_at")
    op.drop_column("assignment", "because")
    op.drop_column("assignment", "reserved_until_at")
    op.drop_column("assignment", "reason")
    freezing.create(op.get_bind(), {"rating"})
