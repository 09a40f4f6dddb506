"""Doing the work of the worker inside a test: the job that waits longest, now."""

import sqlalchemy as sa

from assessment import jobs
from assessment.database import Database
from assessment.models.event import Job, JobState
from assessment.settings import Settings


def run_next(database: Database, settings: Settings) -> bool:
    """Run the job that waits longest; False when none waits."""
    with database.reading() as session:
        waiting = session.scalars(
            sa.select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.created_at)
        ).all()
    for job_id in waiting[:1]:
        jobs.run(database, settings, job_id)
    return bool(waiting)
