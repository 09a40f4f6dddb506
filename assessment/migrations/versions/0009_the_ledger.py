"""The ledger of time: intervals, pauses, outages and the heartbeat"""

import sqlalchemy as sa
from alembic import op

from assessment import database
from assessment.models import freezing

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NEW_KINDS = ("extension", "credit", "outage", "pause", "reopening")
OLD_KINDS = ("extension", "credit", "outage")
CHECKS = {
    "interval_has_two_ends": "(from_at IS NULL) = (until_at IS NULL)",
    "interval_has_an_order": "from_at IS NULL OR from_at <= until_at",
    "interval_unless_extended": "(kind = 'extension') = (from_at IS NULL)",
    "gives_time": "seconds >= 0 OR kind = 'reopening'",
}


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, database.Moment(timezone=True), nullable=nullable)


def adjustment(kinds: tuple[str, ...], *more: sa.Column[object]) -> list[object]:
    """The columns and keys of the ledger."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*kinds, name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        *more,
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        moment("at", nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_adjustment_actor_id_person")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_adjustment_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
    ]


def pause(table: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused_by_id", sa.Uuid(), nullable=False),
        moment("paused_at", nullable=False),
        sa.Column("resumed_by_id", sa.Uuid(), nullable=True),
        moment("resumed_at"),
        *(
            sa.ForeignKeyConstraint(
                [column.name], [f"{target}.id"], name=op.f(f"fk_{table}_{column.name}_{target}")
            )
            for column in columns
            for target in [str(column.name).removesuffix("_id")]
        ),
        sa.ForeignKeyConstraint(["paused_by_id"], ["person.id"], name=op.f(f"fk_{table}_paused_by_id_person")),
        sa.ForeignKeyConstraint(["resumed_by_id"], ["person.id"], name=op.f(f"fk_{table}_resumed_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(
        f"uq_{table}_one_open",
        table,
        [str(columns[0].name)],
        unique=True,
        sqlite_where=sa.text("resumed_at IS NULL"),
        postgresql_where=sa.text("resumed_at IS NULL"),
    )


def upgrade() -> None:
    bind = op.get_bind()
    freezing.drop(bind)
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        moment("beat_at", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_heartbeat_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "outage",
        sa.Column("id", sa.Uuid(), nullable=False),
        moment("from_at", nullable=False),
        moment("until_at", nullable=False),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_outage_has_an_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_table(
        "outage_question",
        sa.Column("outage_id", sa.Uuid(), nullable=False),
        sa.Column("centre_id", sa.Uuid(), nullable=False),
        moment("asked_at", nullable=False),
        moment("answered_at"),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_outage_question_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_outage_question_centre_id_centre")),
        sa.ForeignKeyConstraint(["outage_id"], ["outage.id"], name=op.f("fk_outage_question_outage_id_outage")),
        sa.PrimaryKeyConstraint("outage_id", "centre_id", name=op.f("pk_outage_question")),
    )
    pause("centre_pause", sa.Column("centre_id", sa.Uuid(), nullable=False))
    pause(
        "pause",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("centre_pause_id", sa.Uuid(), nullable=True),
    )
    op.create_index(op.f("ix_pause_sitting_id"), "pause", ["sitting_id"])
    op.create_index(op.f("ix_pause_centre_pause_id"), "pause", ["centre_pause_id"])
    # Word by word, because SQLite would have to make the whole table again for a constraint, and others point to it.
    instant = "DATETIME" if bind.dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    key = "CHAR(32)" if bind.dialect.name == "sqlite" else "UUID"
    number = "DOUBLE" if bind.dialect.name == "sqlite" else "DOUBLE PRECISION"
    op.execute(f"ALTER TABLE centre ADD COLUMN paused_at {instant}")
    op.execute(
        f"ALTER TABLE sitting ADD COLUMN credited_seconds {number} DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_sitting_credited_forwards CHECK (credited_seconds >= 0)"
    )
    op.execute(
        f"ALTER TABLE sitting ADD COLUMN paused_at {instant} "
        "CONSTRAINT ck_sitting_paused_with_time CHECK ((state = 'paused') = (paused_at IS NOT NULL))"
    )
    op.execute(
        f"ALTER TABLE sitting ADD COLUMN continues_id {key} "
        "CONSTRAINT fk_sitting_continues_id_sitting REFERENCES sitting (id)"
    )
    # Nothing has written to the ledger before, so it is made anew.
    op.drop_table("adjustment")
    op.create_table(
        "adjustment",
        *adjustment(
            NEW_KINDS,
            moment("from_at"),
            moment("until_at"),
            moment("ends_at", nullable=False),
            sa.Column("outage_id", sa.Uuid(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["outage_id"], ["outage.id"], name=op.f("fk_adjustment_outage_id_outage")),
        *(sa.CheckConstraint(text, name=op.f(f"ck_adjustment_{name}")) for name, text in CHECKS.items()),
    )
    op.create_index(op.f("ix_adjustment_sitting_id"), "adjustment", ["sitting_id"])
    op.create_index(op.f("ix_adjustment_outage_id"), "adjustment", ["outage_id"])
    freezing.create(bind)


def downgrade() -> None:
    bind = op.get_bind()
    freezing.drop(bind)
    op.drop_table("adjustment")
    op.create_table("adjustment", *adjustment(OLD_KINDS))
    op.create_index(op.f("ix_adjustment_sitting_id"), "adjustment", ["sitting_id"])
    for table in ("pause", "centre_pause", "outage_question", "outage", "heartbeat"):
        op.drop_table(table)
    for table, column in (
        ("sitting", "continues_id"),
        ("sitting", "paused_at"),
        ("sitting", "credited_seconds"),
        ("centre", "paused_at"),
    ):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    freezing.create(bind)
