"""Benchmarks, what is shown of them to whom, and the standards of calibration tests"""

import sqlalchemy as sa
from alembic import op

from assessment import database
from assessment.models import freezing

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("showing", "benchmark", "standard")
ADDED = {"centre": ("is_for_benchmarks",), "calibration": ("is_test", "ended_at", "result", "warned_at")}


def key(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, database.Moment(timezone=True), nullable=nullable)


def yes_or_no(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def words(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False)


def choice(name: str, *members: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=24),
        nullable=nullable,
    )


def reference(table: str, column: str, target: str, name: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.{name}"], name=op.f(f"fk_{table}_{column}_{target}"))


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.add_column("centre", yes_or_no("is_for_benchmarks"))
    op.add_column("calibration", yes_or_no("is_test"))
    op.add_column("calibration", moment("ended_at", nullable=True))
    op.add_column("calibration", sa.Column("result", sa.JSON(), nullable=True))
    op.add_column("calibration", moment("warned_at", nullable=True))
    op.create_table(
        "benchmark",
        key("id"),
        key("centre_id"),
        words("version_hash"),
        key("sitting_id"),
        words("language"),
        words("title"),
        sa.Column("answers", sa.JSON(), nullable=False),
        words("basis"),
        choice("state", "panel", "agreed", "retired"),
        choice("set", "training", "test", "recheck", nullable=True),
        sa.Column("references", sa.JSON(), nullable=True),
        words("errors"),
        key("made_by_id"),
        moment("made_at"),
        key("agreed_by_id", nullable=True),
        moment("agreed_at", nullable=True),
        key("retired_by_id", nullable=True),
        moment("retired_at", nullable=True),
        words("retired_reason"),
        check(
            "benchmark",
            "agreed_with_name_and_set",
            '(agreed_at IS NULL) = (agreed_by_id IS NULL) AND (agreed_at IS NULL) = ("set" IS NULL)',
        ),
        check("benchmark", "agreed_with_time", "state <> 'agreed' OR agreed_at IS NOT NULL"),
        check(
            "benchmark",
            "retired_with_reason",
            "(state = 'retired') = (retired_at IS NOT NULL AND length(trim(retired_reason)) > 0)",
        ),
        reference("benchmark", "centre_id", "centre"),
        reference("benchmark", "version_hash", "exercise_version", "hash"),
        reference("benchmark", "sitting_id", "sitting"),
        reference("benchmark", "made_by_id", "person"),
        reference("benchmark", "agreed_by_id", "person"),
        reference("benchmark", "retired_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark")),
    )
    op.create_table(
        "showing",
        key("id"),
        key("centre_id"),
        words("slug"),
        key("assessor_id"),
        choice("use", "training", "test", "panel", "recheck"),
        words("name"),
        key("benchmark_id", nullable=True),
        words("language"),
        key("assignment_id"),
        key("calibration_id", nullable=True),
        sa.Column("ready_after", sa.Integer(), nullable=False),
        moment("shown_at"),
        check("showing", "test_with_calibration", "(use = 'test') = (calibration_id IS NOT NULL)"),
        check("showing", "panel_on_one_made_here", "use <> 'panel' OR benchmark_id IS NOT NULL"),
        check("showing", "ready_after_a_count", "ready_after >= 0"),
        sa.UniqueConstraint("calibration_id", "name", name=op.f("uq_showing_calibration_id_name")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_showing_assignment_id")),
        reference("showing", "centre_id", "centre"),
        reference("showing", "assessor_id", "person"),
        reference("showing", "benchmark_id", "benchmark"),
        reference("showing", "assignment_id", "assignment"),
        reference("showing", "calibration_id", "calibration"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showing")),
    )
    op.create_table(
        "standard",
        key("id"),
        key("centre_id"),
        sa.Column("exact", sa.Double(), nullable=False),
        sa.Column("within_one", sa.Double(), nullable=False),
        sa.Column("bias", sa.Double(), nullable=False),
        sa.Column("dimension_bias", sa.Double(), nullable=False),
        sa.Column("benchmarks", sa.Integer(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("recheck_every", sa.Integer(), nullable=False),
        words("reason"),
        key("set_by_id"),
        moment("set_at"),
        check("standard", "shares", "exact >= 0 AND exact <= 1 AND within_one >= exact AND within_one <= 1"),
        check(
            "standard", "biases", "bias > 0 AND bias <= 4 AND dimension_bias > 0 AND dimension_bias <= 4"
        ),
        check("standard", "benchmarks_in_range", "benchmarks >= 1 AND benchmarks <= 12"),
        check("standard", "valid_for_a_while", "valid_days >= 1 AND valid_days <= 1096"),
        check(
            "standard",
            "rechecks_are_rare",
            "recheck_every = 0 OR (recheck_every >= 4 AND recheck_every <= 100)",
        ),
        check("standard", "has_a_reason", "length(trim(reason)) > 0"),
        reference("standard", "centre_id", "centre"),
        reference("standard", "set_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard")),
    )
    for table, column in (
        ("benchmark", "centre_id"),
        ("showing", "centre_id"),
        ("showing", "assessor_id"),
        ("showing", "benchmark_id"),
        ("showing", "calibration_id"),
        ("standard", "centre_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freezing.create(op.get_bind(), {*TABLES, "centre"})


def downgrade() -> None:
    bind = op.get_bind()
    freezing.drop(bind, {*TABLES, "centre"})
    for table in TABLES:
        op.drop_table(table)
    for table, columns in ADDED.items():
        for column in columns:
            bind.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    freezing.create(bind, {"centre"})
