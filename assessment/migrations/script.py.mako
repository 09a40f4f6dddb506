"""${message}"""

import sqlalchemy as sa
from alembic import op

from assessment import database
from assessment.models import freezing
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
    freezing.create(op.get_bind())


def downgrade() -> None:
    freezing.drop(op.get_bind())
    ${downgrades if downgrades else "pass"}
