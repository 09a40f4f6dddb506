"""The words of a wash-up can be made blank by an erasure"""

from alembic import op

from assessment.models import freezing

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BLANKED = {"integration_undo", "integration_agreement", "consultation_reply", "handover"}


def upgrade() -> None:
    freezing.create(op.get_bind(), BLANKED)


def downgrade() -> None:
    """The rules stay: they refuse all that they refused, but for words that are made blank."""
