"""Alembic's environment: the models' tables, and a connection that somebody else opened."""

from alembic import context

from assessment import models  # noqa: F401 -- makes every table known
from assessment.database import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transactional_ddl=True,
    user_module_prefix="database.",
)
with context.begin_transaction():
    context.run_migrations()
