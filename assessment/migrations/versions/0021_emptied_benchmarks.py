"""A benchmark can be emptied by an erasure, with what was quoted of it"""

from alembic import op

from assessment.models import freezing

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    freezing.create(op.get_bind(), {"benchmark"})


def downgrade() -> None:
    """The rules stay: they refuse all that they refused, but for words that are made blank."""
