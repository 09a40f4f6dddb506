"""The own view: private lines and self-ratings"""

import sqlalchemy as sa
from alembic import op

from assessment import database

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "private_lines",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("centre_exercise_id", sa.Uuid(), nullable=False),
        sa.Column("stays", sa.Text(), nullable=False),
        sa.Column("next_time", sa.Text(), nullable=False),
        sa.Column("changed_at", database.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("stays <> '' OR next_time <> ''", name=op.f("ck_private_lines_says_something")),
        sa.CheckConstraint(
            "length(stays) <= 500 AND length(next_time) <= 500", name=op.f("ck_private_lines_are_lines")
        ),
        sa.ForeignKeyConstraint(
            ["centre_exercise_id"],
            ["centre_exercise.id"],
            name=op.f("fk_private_lines_centre_exercise_id_centre_exercise"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_private_lines_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "centre_exercise_id", name=op.f("pk_private_lines")),
    )
    op.create_table(
        "self_rating",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "moment",
            sa.Enum(
                "before", "after", name="moment", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("changed_at", database.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name=op.f("ck_self_rating_value_on_the_scale")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_self_rating_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "moment", "dimension", name=op.f("pk_self_rating")),
    )


def downgrade() -> None:
    op.drop_table("self_rating")
    op.drop_table("private_lines")
