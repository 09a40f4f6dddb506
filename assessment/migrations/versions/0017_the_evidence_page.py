"""The evidence page: backgrounds, reactions, and computed results"""

import sqlalchemy as sa
from alembic import op

from assessment import database

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def choice(name: str, *members: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=24), nullable=True
    )


def moment(name: str) -> sa.Column[object]:
    return sa.Column(name, database.Moment(timezone=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "background",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        choice("gender", "woman", "man", "other"),
        choice("age", "under 35", "35 to 49", "50 or older"),
        choice("first_language", "same", "another"),
        sa.Column("is_skipped", sa.Boolean(), nullable=False),
        moment("changed_at"),
        sa.CheckConstraint(
            "is_skipped = (gender IS NULL AND age IS NULL AND first_language IS NULL)",
            name=op.f("ck_background_skipped_or_something_said"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_background_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_background")),
    )
    op.create_table(
        "reaction",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        moment("changed_at"),
        sa.CheckConstraint("length(remark) <= 1000", name=op.f("ck_reaction_remark_is_short")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_reaction_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_reaction")),
    )
    op.create_table(
        "reaction_answer",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name=op.f("ck_reaction_answer_value_on_the_scale")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_reaction_answer_enrolment_id_enrolment")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "statement", name=op.f("pk_reaction_answer")),
    )
    op.create_table(
        "evidence_result",
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        moment("computed_at"),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_evidence_result_centre_id_centre")),
        sa.PrimaryKeyConstraint("centre_id", name=op.f("pk_evidence_result")),
    )


def downgrade() -> None:
    for table in ("evidence_result", "reaction_answer", "reaction", "background"):
        op.drop_table(table)
