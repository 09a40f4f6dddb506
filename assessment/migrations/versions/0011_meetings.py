"""Meetings: appointments, who is engaged when, and what was said in them"""

import sqlalchemy as sa
from alembic import op

from assessment import database
from assessment.models import freezing

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("attendance", "meeting_entry", "meeting_change", "engagement", "observer", "meeting")
KINDS = {
    "meeting_change": ("offered", "booked", "freed", "moved", "cancelled"),
    "meeting_entry": ("said", "beat", "fact", "undone"),
}


def key(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, database.Moment(timezone=True), nullable=nullable)


def words(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False)


def choice(name: str, *members: str) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=24),
        nullable=False,
    )


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "meeting",
        key("id"),
        key("centre_exercise_id"),
        key("role_player_id"),
        moment("starts_at"),
        moment("ends_at"),
        key("enrolment_id", nullable=True),
        moment("booked_at", nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        moment("cancelled_at", nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_meeting_begins_before_its_end")),
        sa.CheckConstraint(
            "(enrolment_id IS NULL) = (booked_at IS NULL)", name=op.f("ck_meeting_booked_with_time")
        ),
        reference("meeting", "centre_exercise_id", "centre_exercise"),
        reference("meeting", "role_player_id", "person"),
        reference("meeting", "enrolment_id", "enrolment"),
        primary("meeting", "id"),
    )
    op.create_index(
        "uq_meeting_one_per_enrolment",
        "meeting",
        ["centre_exercise_id", "enrolment_id"],
        unique=True,
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_table(
        "observer",
        key("meeting_id"),
        key("person_id"),
        reference("observer", "meeting_id", "meeting"),
        reference("observer", "person_id", "person"),
        primary("observer", "meeting_id", "person_id"),
    )
    op.create_table(
        "engagement",
        key("person_id"),
        moment("at"),
        key("meeting_id"),
        reference("engagement", "person_id", "person"),
        reference("engagement", "meeting_id", "meeting"),
        primary("engagement", "person_id", "at"),
    )
    op.create_table(
        "meeting_change",
        key("id"),
        key("meeting_id"),
        choice("kind", *KINDS["meeting_change"]),
        key("enrolment_id", nullable=True),
        words("reason"),
        key("by_id"),
        moment("at"),
        reference("meeting_change", "meeting_id", "meeting"),
        reference("meeting_change", "enrolment_id", "enrolment"),
        reference("meeting_change", "by_id", "person"),
        primary("meeting_change", "id"),
    )
    op.create_table(
        "meeting_entry",
        key("meeting_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        key("sitting_id"),
        choice("part", "participant", "role-player"),
        choice("kind", *KINDS["meeting_entry"]),
        words("name"),
        words("text"),
        words("client_id"),
        sa.Column("minute", sa.Double(), nullable=False),
        moment("at"),
        sa.UniqueConstraint("meeting_id", "client_id", name=op.f("uq_meeting_entry_meeting_id_client_id")),
        sa.CheckConstraint("number > 0", name=op.f("ck_meeting_entry_number_is_positive")),
        reference("meeting_entry", "meeting_id", "meeting"),
        reference("meeting_entry", "sitting_id", "sitting"),
        primary("meeting_entry", "meeting_id", "number"),
    )
    op.create_table(
        "attendance",
        key("meeting_id"),
        key("person_id"),
        moment("seen_at"),
        moment("typed_at", nullable=True),
        reference("attendance", "meeting_id", "meeting"),
        reference("attendance", "person_id", "person"),
        primary("attendance", "meeting_id", "person_id"),
    )
    for table, column in (
        ("meeting", "centre_exercise_id"),
        ("meeting", "role_player_id"),
        ("meeting", "enrolment_id"),
        ("observer", "person_id"),
        ("engagement", "meeting_id"),
        ("meeting_change", "meeting_id"),
        ("meeting_change", "enrolment_id"),
        ("meeting_entry", "sitting_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    freezing.create(op.get_bind(), {"meeting_entry", "meeting_change"})


def downgrade() -> None:
    freezing.drop(op.get_bind(), {"meeting_entry", "meeting_change"})
    for table in TABLES:
        op.drop_table(table)
