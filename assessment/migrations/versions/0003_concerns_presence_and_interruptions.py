"""Concerns, presence and interruptions"""

import sqlalchemy as sa
from alembic import op

from assessment import database

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('concern',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Enum('technical', 'material', 'disturbance', 'other', name='kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('raised_at', database.Moment(timezone=True), nullable=False),
    sa.Column('done_at', database.Moment(timezone=True), nullable=True),
    sa.Column('done_by_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('(done_at IS NULL) = (done_by_id IS NULL)', name=op.f('ck_concern_done_by_somebody')),
    sa.ForeignKeyConstraint(['done_by_id'], ['person.id'], name=op.f('fk_concern_done_by_id_person')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_concern_sitting_id_sitting')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_concern')),
    sa.UniqueConstraint('sitting_id', 'client_id', name=op.f('uq_concern_sitting_id_client_id'))
    )
    op.create_table('interruption',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Text(), nullable=False),
    sa.Column('client_seq', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Enum('offline', 'asleep', 'away', name='kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('began_at', database.Moment(timezone=True), nullable=False),
    sa.Column('ended_at', database.Moment(timezone=True), nullable=False),
    sa.Column('reported_at', database.Moment(timezone=True), nullable=False),
    sa.CheckConstraint('began_at <= ended_at', name=op.f('ck_interruption_begins_before_its_end')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_interruption_sitting_id_sitting')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interruption')),
    sa.UniqueConstraint('sitting_id', 'client_id', 'client_seq', name=op.f('uq_interruption_sitting_id_client_id_client_seq'))
    )
    op.create_table('presence',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('seen_at', database.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_presence_sitting_id_sitting')),
    sa.PrimaryKeyConstraint('sitting_id', name=op.f('pk_presence'))
    )
    op.create_table('concern_reply',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('concern_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('at', database.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_concern_reply_author_id_person')),
    sa.ForeignKeyConstraint(['concern_id'], ['concern.id'], name=op.f('fk_concern_reply_concern_id_concern')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_concern_reply'))
    )
    with op.batch_alter_table('concern_reply', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_concern_reply_concern_id'), ['concern_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('concern_reply', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_concern_reply_concern_id'))

    op.drop_table('concern_reply')
    op.drop_table('presence')
    op.drop_table('interruption')
    op.drop_table('concern')
