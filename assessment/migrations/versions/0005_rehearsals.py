"""Rehearsals: marked copies of centres, and their synthetic people"""

import sqlalchemy as sa
from alembic import op

from assessment.models import freezing

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NO_MAIL = "rehearsal_id IS NULL OR email LIKE '%.invalid'"


def upgrade() -> None:
    bind = op.get_bind()
    op.add_column("programme", sa.Column("is_rehearsal", sa.Boolean(), server_default=sa.false(), nullable=False))
    if bind.dialect.name == "sqlite":
        # Nothing is copied: a table that others point to cannot be replaced while they do.
        bind.execute(
            sa.text(
                "ALTER TABLE centre ADD COLUMN rehearsal_of_id CHAR(32) "
                "CONSTRAINT fk_centre_rehearsal_of_id_centre REFERENCES centre (id)"
            )
        )
        bind.execute(
            sa.text(
                "ALTER TABLE person ADD COLUMN rehearsal_id CHAR(32) "
                "CONSTRAINT fk_person_rehearsal_id_centre REFERENCES centre (id) "
                f"CONSTRAINT ck_person_synthetic_people_get_no_mail CHECK ({NO_MAIL})"
            )
        )
    else:
        op.add_column("centre", sa.Column("rehearsal_of_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f("fk_centre_rehearsal_of_id_centre"), "centre", "centre", ["rehearsal_of_id"], ["id"]
        )
        op.add_column("person", sa.Column("rehearsal_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f("fk_person_rehearsal_id_centre"), "person", "centre", ["rehearsal_id"], ["id"])
        op.create_check_constraint(op.f("ck_person_synthetic_people_get_no_mail"), "person", NO_MAIL)
    op.create_index(op.f("ix_person_rehearsal_id"), "person", ["rehearsal_id"])
    freezing.create(bind)


def downgrade() -> None:
    bind = op.get_bind()
    freezing.drop(bind)
    op.drop_index(op.f("ix_person_rehearsal_id"), "person")
    if bind.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_person_synthetic_people_get_no_mail"), "person", type_="check")
        op.drop_constraint(op.f("fk_person_rehearsal_id_centre"), "person", type_="foreignkey")
        op.drop_constraint(op.f("fk_centre_rehearsal_of_id_centre"), "centre", type_="foreignkey")
    for table, column in (("person", "rehearsal_id"), ("centre", "rehearsal_of_id"), ("programme", "is_rehearsal")):
        bind.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    freezing.create(bind)
