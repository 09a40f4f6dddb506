"""Wash-ups: consultations, agendas, minutes, and changes that can be taken back"""

import sqlalchemy as sa
from alembic import op

from assessment import database
from assessment.models import freezing

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    "handover",
    "minute",
    "discussion",
    "wash_up_member",
    "wash_up",
    "revised_level",
    "consultation_reply",
    "consultation",
    "integration_agreement",
    "integration_undo",
)
NUMBERED = ("integration_id", "sitting_id", "dimension", "number")
NUMBER = "UPDATE integration_change SET number = (SELECT count(*) FROM integration_change AS earlier WHERE "
NUMBER += " AND ".join(f"earlier.{one} = integration_change.{one}" for one in NUMBERED[:3])
NUMBER += " AND (earlier.at < integration_change.at OR (earlier.at = integration_change.at AND "
NUMBER += "earlier.id <= integration_change.id)))"


def key(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, database.Moment(timezone=True), nullable=nullable)


def words(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False)


def state(*members: str) -> sa.Column[object]:
    return sa.Column(
        "state",
        sa.Enum(*members, name="state", native_enum=False, create_constraint=True, length=24),
        nullable=False,
    )


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def partly(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )


def upgrade() -> None:
    bind = op.get_bind()
    freezing.drop(bind, {"integration_change"})
    op.add_column(
        "integration_change",
        sa.Column("number", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )
    op.execute(NUMBER)
    op.create_index("uq_integration_change_number", "integration_change", list(NUMBERED), unique=True)
    _integrations()
    _consultations()
    _wash_ups()
    freezing.create(bind, {"integration_change", *TABLES})


def _integrations() -> None:
    op.create_table(
        "integration_undo",
        key("change_id"),
        words("reason"),
        key("by_id"),
        moment("at"),
        check("integration_undo", "has_a_reason", "length(trim(reason)) > 0"),
        reference("integration_undo", "change_id", "integration_change"),
        reference("integration_undo", "by_id", "person"),
        primary("integration_undo", "change_id"),
    )
    op.create_table(
        "integration_agreement",
        key("id"),
        key("integration_id"),
        words("dimension"),
        key("sitting_id", nullable=True),
        words("reason"),
        key("by_id"),
        moment("at"),
        unique("integration_agreement", "integration_id", "dimension", "sitting_id"),
        reference("integration_agreement", "integration_id", "integration"),
        reference("integration_agreement", "sitting_id", "sitting"),
        reference("integration_agreement", "by_id", "person"),
        primary("integration_agreement", "id"),
    )
    partly(
        "uq_integration_agreement_dimension",
        "integration_agreement",
        ["integration_id", "dimension"],
        "sitting_id IS NULL",
    )


def _consultations() -> None:
    op.create_table(
        "consultation",
        key("id"),
        key("adjudication_id"),
        moment("opened_at"),
        moment("closes_at"),
        check("consultation", "opens_before_its_end", "opened_at < closes_at"),
        unique("consultation", "adjudication_id"),
        reference("consultation", "adjudication_id", "adjudication"),
        primary("consultation", "id"),
    )
    op.create_table(
        "consultation_reply",
        key("id"),
        key("consultation_id"),
        key("assessor_id"),
        words("reason"),
        moment("at"),
        unique("consultation_reply", "consultation_id", "assessor_id"),
        reference("consultation_reply", "consultation_id", "consultation"),
        reference("consultation_reply", "assessor_id", "person"),
        primary("consultation_reply", "id"),
    )
    op.create_table(
        "revised_level",
        key("reply_id"),
        words("dimension"),
        sa.Column("score", sa.Integer(), nullable=False),
        key("observation_id"),
        check("revised_level", "score_on_the_scale", "score >= 1 AND score <= 5"),
        reference("revised_level", "reply_id", "consultation_reply"),
        reference("revised_level", "observation_id", "observation"),
        primary("revised_level", "reply_id", "dimension"),
    )


def _wash_ups() -> None:
    op.create_table(
        "wash_up",
        key("id"),
        key("centre_id"),
        key("chair_id"),
        moment("starts_at"),
        state("planned", "open", "ended"),
        moment("opened_at", nullable=True),
        moment("ended_at", nullable=True),
        check("wash_up", "opened_with_time", "(state <> 'planned' OR opened_at IS NULL) AND (state <> 'open' OR opened_at IS NOT NULL)"),
        check("wash_up", "ended_with_time", "(state = 'ended') = (ended_at IS NOT NULL)"),
        reference("wash_up", "centre_id", "centre"),
        reference("wash_up", "chair_id", "person"),
        primary("wash_up", "id"),
    )
    op.create_table(
        "wash_up_member",
        key("wash_up_id"),
        key("assessor_id"),
        moment("seen_at", nullable=True),
        reference("wash_up_member", "wash_up_id", "wash_up"),
        reference("wash_up_member", "assessor_id", "person"),
        primary("wash_up_member", "wash_up_id", "assessor_id"),
    )
    op.create_table(
        "discussion",
        key("id"),
        key("wash_up_id"),
        key("enrolment_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        state("to_come", "now", "done", "left"),
        moment("begun_at", nullable=True),
        moment("deciding_at", nullable=True),
        moment("done_at", nullable=True),
        check("discussion", "begun_with_time", "state <> 'now' OR begun_at IS NOT NULL"),
        check("discussion", "done_with_time", "(state = 'done') = (done_at IS NOT NULL)"),
        check("discussion", "result_before_decision", "deciding_at IS NULL OR begun_at IS NOT NULL"),
        unique("discussion", "wash_up_id", "enrolment_id"),
        unique("discussion", "wash_up_id", "position"),
        reference("discussion", "wash_up_id", "wash_up"),
        reference("discussion", "enrolment_id", "enrolment"),
        primary("discussion", "id"),
    )
    partly("uq_discussion_one_now", "discussion", ["wash_up_id"], "state = 'now'")
    partly("uq_discussion_on_one_agenda", "discussion", ["enrolment_id"], "state IN ('to_come', 'now')")
    op.create_table(
        "minute",
        key("id"),
        key("discussion_id"),
        words("text"),
        key("by_id"),
        moment("at"),
        reference("minute", "discussion_id", "discussion"),
        reference("minute", "by_id", "person"),
        primary("minute", "id"),
    )
    op.create_table(
        "handover",
        key("id"),
        key("wash_up_id", nullable=True),
        key("integration_id", nullable=True),
        key("from_id", nullable=True),
        key("to_id"),
        words("reason"),
        key("by_id"),
        moment("at"),
        check("handover", "of_one_thing", "(wash_up_id IS NULL) <> (integration_id IS NULL)"),
        check("handover", "has_a_reason", "length(trim(reason)) > 0"),
        reference("handover", "wash_up_id", "wash_up"),
        reference("handover", "integration_id", "integration"),
        reference("handover", "from_id", "person"),
        reference("handover", "to_id", "person"),
        reference("handover", "by_id", "person"),
        primary("handover", "id"),
    )
    for table, column in (
        ("wash_up", "centre_id"),
        ("wash_up_member", "assessor_id"),
        ("minute", "discussion_id"),
        ("handover", "wash_up_id"),
        ("handover", "integration_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    bind = op.get_bind()
    freezing.drop(bind, {"integration_change", *TABLES})
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("uq_integration_change_number", "integration_change")
    op.drop_column("integration_change", "number")
    freezing.create(bind, {"integration_change"})
