"""After the report: debriefs, complaints, keeping and erasure, plans and what follows from them"""

import sqlalchemy as sa
from alembic import op

from assessment import database
from assessment.models import freezing

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ('keeping', 'complaint', 'debrief', 'erasure', 'plan', 'statement', 'check_in', 'complaint_entry', 'debrief_time', 'diary_passage', 'feedback_round', 'manager_link', 'plan_action', 'check_in_look', 'feedback_answer', 'feedback_link')
FROZEN = {"complaint_entry", "statement", "erasure"}
BLANKED = {"rating", "observation", "integration_change", "report", "chosen_frame", "adjustment", "pause"}
"""Frozen before, and from now on open to the blanking of their words by an erasure."""


def upgrade() -> None:
    op.create_table('keeping',
    sa.Column('centre_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.Enum('file', 'follow_up', 'unreported', name='purpose', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.CheckConstraint("reason <> ''", name=op.f('ck_keeping_has_a_reason')),
    sa.CheckConstraint('months BETWEEN 1 AND 240', name=op.f('ck_keeping_months_in_range')),
    sa.ForeignKeyConstraint(['centre_id'], ['centre.id'], name=op.f('fk_keeping_centre_id_centre')),
    sa.PrimaryKeyConstraint('centre_id', 'purpose', name=op.f('pk_keeping'))
    )
    op.create_table('complaint',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('filed', 'taken_up', 'answered', 'closed', name='state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('filed_at', database.Moment(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('closed_at', database.Moment(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f('ck_complaint_closed_with_time')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_complaint_enrolment_id_enrolment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint'))
    )
    op.create_index(op.f('ix_complaint_enrolment_id'), 'complaint', ['enrolment_id'], unique=False)
    op.create_index('uq_complaint_one_at_once', 'complaint', ['enrolment_id'], unique=True, sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
    op.create_table('debrief',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('report', 'answers', name='kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state', sa.Enum('asked', 'booked', 'held', 'ended', name='state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('asked_at', database.Moment(timezone=True), nullable=False),
    sa.Column('edition', sa.Integer(), nullable=False),
    sa.Column('held_at', database.Moment(timezone=True), nullable=True),
    sa.Column('held_by_id', sa.Uuid(), nullable=True),
    sa.Column('held_form', sa.Enum('video', 'telephone', 'room', name='held_form', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('agreed_at', database.Moment(timezone=True), nullable=True),
    sa.Column('ended_at', database.Moment(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'held' OR (held_at IS NOT NULL AND held_by_id IS NOT NULL AND held_form IS NOT NULL)", name=op.f('ck_debrief_held_by_somebody')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_debrief_enrolment_id_enrolment')),
    sa.ForeignKeyConstraint(['held_by_id'], ['person.id'], name=op.f('fk_debrief_held_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_debrief'))
    )
    op.create_index(op.f('ix_debrief_enrolment_id'), 'debrief', ['enrolment_id'], unique=False)
    op.create_index('uq_debrief_one_at_once', 'debrief', ['enrolment_id', 'kind'], unique=True, sqlite_where=sa.text("state IN ('asked', 'booked')"), postgresql_where=sa.text("state IN ('asked', 'booked')"))
    op.create_table('erasure',
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('is_asked', sa.Boolean(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.Column('at', database.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_erasure_by_id_person')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_erasure_enrolment_id_enrolment')),
    sa.PrimaryKeyConstraint('enrolment_id', name=op.f('pk_erasure'))
    )
    op.create_table('plan',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('begun_at', database.Moment(timezone=True), nullable=False),
    sa.Column('begun_on', sa.Date(), nullable=False),
    sa.Column('canvas', sa.JSON(), nullable=False),
    sa.Column('support', sa.Text(), nullable=False),
    sa.Column('is_support_shared', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_plan_enrolment_id_enrolment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan')),
    sa.UniqueConstraint('enrolment_id', name=op.f('uq_plan_enrolment_id'))
    )
    op.create_table('statement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', database.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_statement_enrolment_id_enrolment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement'))
    )
    op.create_index(op.f('ix_statement_enrolment_id'), 'statement', ['enrolment_id'], unique=False)
    op.create_table('check_in',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('reminded_at', database.Moment(timezone=True), nullable=True),
    sa.Column('done_at', database.Moment(timezone=True), nullable=True),
    sa.Column('kept', sa.Text(), nullable=False),
    sa.Column('next_step', sa.Text(), nullable=False),
    sa.Column('for_organisation', sa.Text(), nullable=False),
    sa.CheckConstraint('day IN (30, 60, 90)', name=op.f('ck_check_in_day_is_one_of_three')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_check_in_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_in')),
    sa.UniqueConstraint('plan_id', 'day', name=op.f('uq_check_in_plan_id_day'))
    )
    op.create_index(op.f('ix_check_in_plan_id'), 'check_in', ['plan_id'], unique=False)
    op.create_table('complaint_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('complaint_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('is_of_participant', sa.Boolean(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', database.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_complaint_entry_author_id_person')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_complaint_entry_complaint_id_complaint')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_entry'))
    )
    op.create_index(op.f('ix_complaint_entry_complaint_id'), 'complaint_entry', ['complaint_id'], unique=False)
    op.create_table('debrief_time',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('centre_id', sa.Uuid(), nullable=False),
    sa.Column('host_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', database.Moment(timezone=True), nullable=False),
    sa.Column('ends_at', database.Moment(timezone=True), nullable=False),
    sa.Column('form', sa.Enum('video', 'telephone', 'room', name='form', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('debrief_id', sa.Uuid(), nullable=True),
    sa.Column('cancelled_at', database.Moment(timezone=True), nullable=True),
    sa.CheckConstraint('cancelled_at IS NULL OR debrief_id IS NULL', name=op.f('ck_debrief_time_cancelled_is_nobodys')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_debrief_time_begins_before_its_end')),
    sa.ForeignKeyConstraint(['centre_id'], ['centre.id'], name=op.f('fk_debrief_time_centre_id_centre')),
    sa.ForeignKeyConstraint(['debrief_id'], ['debrief.id'], name=op.f('fk_debrief_time_debrief_id_debrief')),
    sa.ForeignKeyConstraint(['host_id'], ['person.id'], name=op.f('fk_debrief_time_host_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_debrief_time')),
    sa.UniqueConstraint('debrief_id', name=op.f('uq_debrief_time_debrief_id'))
    )
    op.create_index(op.f('ix_debrief_time_centre_id'), 'debrief_time', ['centre_id'], unique=False)
    op.create_index(op.f('ix_debrief_time_host_id'), 'debrief_time', ['host_id'], unique=False)
    op.create_table('diary_passage',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_at', database.Moment(timezone=True), nullable=False),
    sa.Column('shared_at', database.Moment(timezone=True), nullable=True),
    sa.CheckConstraint("text <> ''", name=op.f('ck_diary_passage_says_something')),
    sa.CheckConstraint('length(text) <= 4000', name=op.f('ck_diary_passage_is_a_passage')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_diary_passage_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_diary_passage'))
    )
    op.create_index(op.f('ix_diary_passage_plan_id'), 'diary_passage', ['plan_id'], unique=False)
    op.create_table('feedback_round',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('behaviour', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('asked_at', database.Moment(timezone=True), nullable=False),
    sa.Column('closes_at', database.Moment(timezone=True), nullable=False),
    sa.Column('n_asked', sa.Integer(), nullable=False),
    sa.Column('is_closed', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_feedback_round_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback_round'))
    )
    op.create_index(op.f('ix_feedback_round_plan_id'), 'feedback_round', ['plan_id'], unique=False)
    op.create_table('manager_link',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('made_at', database.Moment(timezone=True), nullable=False),
    sa.Column('expires_at', database.Moment(timezone=True), nullable=False),
    sa.Column('opened_at', database.Moment(timezone=True), nullable=True),
    sa.Column('revoked_at', database.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_manager_link_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_manager_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_manager_link_token_hash'))
    )
    op.create_index(op.f('ix_manager_link_plan_id'), 'manager_link', ['plan_id'], unique=False)
    op.create_table('plan_action',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=True),
    sa.Column('library_id', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('sign', sa.Text(), nullable=False),
    sa.Column('if_text', sa.Text(), nullable=False),
    sa.Column('then_text', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('chosen', 'done', 'dropped', name='state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('is_shared', sa.Boolean(), nullable=False),
    sa.Column('chosen_at', database.Moment(timezone=True), nullable=False),
    sa.Column('changed_at', database.Moment(timezone=True), nullable=False),
    sa.CheckConstraint("(place IS NULL) = (state = 'dropped')", name=op.f('ck_plan_action_dropped_has_no_place')),
    sa.CheckConstraint('place BETWEEN 1 AND 3', name=op.f('ck_plan_action_at_most_three')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_plan_action_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_action')),
    sa.UniqueConstraint('plan_id', 'place', name=op.f('uq_plan_action_plan_id_place'))
    )
    op.create_index(op.f('ix_plan_action_plan_id'), 'plan_action', ['plan_id'], unique=False)
    op.create_table('check_in_look',
    sa.Column('check_in_id', sa.Uuid(), nullable=False),
    sa.Column('action_id', sa.Uuid(), nullable=False),
    sa.Column('verdict', sa.Enum('keep', 'change', 'drop', 'done', name='verdict', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('happened', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['plan_action.id'], name=op.f('fk_check_in_look_action_id_plan_action')),
    sa.ForeignKeyConstraint(['check_in_id'], ['check_in.id'], name=op.f('fk_check_in_look_check_in_id_check_in')),
    sa.PrimaryKeyConstraint('check_in_id', 'action_id', name=op.f('pk_check_in_look'))
    )
    op.create_index(op.f('ix_check_in_look_action_id'), 'check_in_look', ['action_id'], unique=False)
    op.create_table('feedback_answer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('portion', sa.Integer(), nullable=False),
    sa.Column('seen', sa.Text(), nullable=False),
    sa.Column('keep', sa.Text(), nullable=False),
    sa.Column('try_out', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['feedback_round.id'], name=op.f('fk_feedback_answer_round_id_feedback_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback_answer'))
    )
    op.create_index(op.f('ix_feedback_answer_round_id'), 'feedback_answer', ['round_id'], unique=False)
    op.create_table('feedback_link',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('is_used', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['feedback_round.id'], name=op.f('fk_feedback_link_round_id_feedback_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_feedback_link_token_hash'))
    )
    op.create_index(op.f('ix_feedback_link_round_id'), 'feedback_link', ['round_id'], unique=False)
    op.add_column("centre", sa.Column("aftercare_name", sa.Text(), server_default="", nullable=False))
    op.add_column("centre", sa.Column("aftercare_reach", sa.Text(), server_default="", nullable=False))
    _rebuild_engagement(with_debriefs=True)
    _rebuild_self_rating("before", "after", "later")
    freezing.create(op.get_bind(), FROZEN | BLANKED)


def downgrade() -> None:
    freezing.drop(op.get_bind(), FROZEN)
    op.execute("DELETE FROM engagement WHERE meeting_id IS NULL")
    _rebuild_engagement(with_debriefs=False)
    op.execute("DELETE FROM self_rating WHERE moment = 'later'")
    _rebuild_self_rating("before", "after")
    op.drop_column("centre", "aftercare_reach")
    op.drop_column("centre", "aftercare_name")
    for table in reversed(TABLES):
        op.drop_table(table)


def _rebuild_engagement(*, with_debriefs: bool) -> None:
    """The table anew, with its rows: SQLite cannot take a NOT NULL or a key away from one that is there."""
    op.rename_table("engagement", "engagement_before")
    rows = op.get_bind().execute(sa.text("SELECT person_id, at, meeting_id FROM engagement_before")).all()
    op.drop_table("engagement_before")
    columns = [
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", database.Moment(timezone=True), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=with_debriefs),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_engagement_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_engagement_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "at", name=op.f("pk_engagement")),
    ]
    if with_debriefs:
        columns += [
            sa.Column("debrief_time_id", sa.Uuid(), nullable=True),
            sa.ForeignKeyConstraint(
                ["debrief_time_id"],
                ["debrief_time.id"],
                name=op.f("fk_engagement_debrief_time_id_debrief_time"),
            ),
            sa.CheckConstraint(
                "(meeting_id IS NULL) <> (debrief_time_id IS NULL)",
                name=op.f("ck_engagement_takes_it_for_one_thing"),
            ),
        ]
    op.create_table("engagement", *columns)
    op.create_index(op.f("ix_engagement_meeting_id"), "engagement", ["meeting_id"])
    if with_debriefs:
        op.create_index(op.f("ix_engagement_debrief_time_id"), "engagement", ["debrief_time_id"])
    insert = sa.text("INSERT INTO engagement (person_id, at, meeting_id) VALUES (:person_id, :at, :meeting_id)")
    for row in rows:
        op.get_bind().execute(insert, dict(row._mapping))


def _rebuild_self_rating(*moments: str) -> None:
    """The table anew, with its rows and these moments."""
    op.rename_table("self_rating", "self_rating_before")
    rows = (
        op.get_bind()
        .execute(sa.text("SELECT enrolment_id, moment, dimension, value, changed_at FROM self_rating_before"))
        .all()
    )
    op.drop_table("self_rating_before")
    op.create_table(
        "self_rating",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "moment",
            sa.Enum(*moments, name="moment", native_enum=False, create_constraint=True, length=24),
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
    insert = sa.text(
        "INSERT INTO self_rating (enrolment_id, moment, dimension, value, changed_at) "
        "VALUES (:enrolment_id, :moment, :dimension, :value, :changed_at)"
    )
    for row in rows:
        op.get_bind().execute(insert, dict(row._mapping))
