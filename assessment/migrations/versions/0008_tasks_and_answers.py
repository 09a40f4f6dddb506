"""Tasks as rows that revisions belong to, and answers as a view"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import exercises
from assessment.models import freezing
from exercises import content
from exercises.kind import Task

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ANSWER = """
CREATE VIEW answer AS
SELECT revision.id, revision.sitting_id, revision.version_hash, revision.task, revision.number, revision.body,
       revision.arrived_at, revision.is_in_grace
FROM revision
WHERE revision.kind IN ('main', 'accepted')
  AND NOT EXISTS (
    SELECT 1 FROM revision AS newer
    WHERE newer.sitting_id = revision.sitting_id AND newer.task = revision.task
      AND newer.number > revision.number AND newer.kind IN ('main', 'accepted')
  )
"""


def upgrade() -> None:
    bind = op.get_bind()
    freezing.drop(bind)  # they would refuse the new column its values, and stand in the way of new tables
    task = op.create_table(
        "task",
        sa.Column("version_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_hash"], ["exercise_version.hash"], name=op.f("fk_task_version_hash_exercise_version")
        ),
        sa.PrimaryKeyConstraint("version_hash", "name", name=op.f("pk_task")),
    )
    op.create_index("uq_sitting_id_version_hash", "sitting", ["id", "version_hash"], unique=True)
    op.add_column("revision", sa.Column("version_hash", sa.Text(), nullable=True))
    bind.execute(
        sa.text(
            "UPDATE revision SET version_hash = "
            "(SELECT sitting.version_hash FROM sitting WHERE sitting.id = revision.sitting_id)"
        )
    )
    rows = [
        {"version_hash": version_hash, "name": one.name, "is_final": one.is_final}
        for version_hash, document in bind.execute(sa.text("SELECT hash, document FROM exercise_version")).all()
        for one in _tasks(document)
    ]
    if rows:
        op.bulk_insert(task, rows)
    # A text that was kept stays, even where this release would no longer ask for it.
    bind.execute(
        sa.text(
            "INSERT INTO task (version_hash, name, is_final) SELECT DISTINCT version_hash, task, false FROM revision "
            "WHERE NOT EXISTS (SELECT 1 FROM task AS known "
            "WHERE known.version_hash = revision.version_hash AND known.name = revision.task)"
        )
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.alter_column("version_hash", existing_type=sa.Text(), nullable=False)
        batch_op.drop_constraint("fk_revision_sitting_id_sitting", type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_revision_sitting_id_sitting"),
            "sitting",
            ["sitting_id", "version_hash"],
            ["id", "version_hash"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_revision_version_hash_task"),
            "task",
            ["version_hash", "task"],
            ["version_hash", "name"],
        )
    op.execute(ANSWER)
    freezing.create(bind)


def downgrade() -> None:
    bind = op.get_bind()
    freezing.drop(bind)
    op.execute("DROP VIEW answer")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_constraint("fk_revision_version_hash_task", type_="foreignkey")
        batch_op.drop_constraint("fk_revision_sitting_id_sitting", type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_revision_sitting_id_sitting"), "sitting", ["sitting_id"], ["id"]
        )
        batch_op.drop_column("version_hash")
    op.drop_index("uq_sitting_id_version_hash", "sitting")
    op.drop_table("task")
    freezing.create(bind)


def _tasks(document: dict[str, Any] | str) -> tuple[Task, ...]:
    """What the kind of a stored version says; SQLite gives the document as text."""
    exercise = content.from_document(json.loads(document) if isinstance(document, str) else document)
    return exercises.get(exercise.kind).tasks(exercise) if exercise.kind in exercises.names() else ()
