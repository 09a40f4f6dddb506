"""What HR takes out of a centre: scores as CSV or Excel, and all released reports as one archive."""

from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from assessment import jobs
from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.event import Job, JobState
from assessment.pages import frame, paper
from assessment.services import exports, reports

pages = frame.Pages("hr_exports", __name__)

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {
    JobState.QUEUED: _("It waits for its turn."),
    JobState.RUNNING: _("It is being made."),
    JobState.DONE: _("It is ready. It can be downloaded once."),
    JobState.FAILED: _("It could not be made. Please try again; the administrator can see why."),
    JobState.CANCELLED: _("You cancelled it."),
}
FETCHED = _("It was downloaded, or deleted because nobody fetched it. Make it again when you need it.")


@pages.page("/hr/centres/<uuid:centre_id>/scores.csv", Permission.READ_RELEASED, methods=("POST",))
def scores_csv(centre_id: UUID) -> ResponseReturnValue:
    table = exports.scores(frame.session(), centre_id, "scores_csv", frame.words(), by=frame.actor())
    return paper.taken(exports.as_csv(table), "text/csv", "klei-scores.csv")


@pages.page("/hr/centres/<uuid:centre_id>/scores.xlsx", Permission.READ_RELEASED, methods=("POST",))
def scores_excel(centre_id: UUID) -> ResponseReturnValue:
    table = exports.scores(frame.session(), centre_id, "scores_xlsx", frame.words(), by=frame.actor())
    return paper.taken(exports.as_excel(table), EXCEL, "klei-scores.xlsx")


@pages.page("/hr/centres/<uuid:centre_id>/archive", Permission.READ_RELEASED, methods=("POST",))
def begin(centre_id: UUID) -> ResponseReturnValue:
    job = exports.begin_archive(frame.session(), centre_id, by=frame.actor())
    return frame.go(".show", job_id=job.id)


@pages.page("/hr/archives/<uuid:job_id>", Permission.READ_RELEASED)
def show(job_id: UUID) -> ResponseReturnValue:
    job = jobs.get(frame.session(), job_id, by=frame.actor())
    assert job.centre_id
    return frame.show(
        "hr/archive.html",
        job=job,
        centre=reports.centre_to_read(frame.session(), job.centre_id, by=frame.actor()),
        said=_said(job),
        is_going_on=job.state in (JobState.QUEUED, JobState.RUNNING),
        is_ready=job.state is JobState.DONE and bool(job.result),
    )


def _said(job: Job) -> str:
    return FETCHED if job.state is JobState.DONE and not job.result else STATES[job.state]


@pages.page("/hr/archives/<uuid:job_id>/state", Permission.READ_RELEASED)
def state(job_id: UUID) -> ResponseReturnValue:
    """How far it is, for the page that waits."""
    job = jobs.get(frame.session(), job_id, by=frame.actor())
    return jsonify(
        done=job.done,
        total=job.total,
        is_over=job.state not in (JobState.QUEUED, JobState.RUNNING),
        words=frame.words().gettext(_said(job)),
    )


@pages.page("/hr/archives/<uuid:job_id>/cancel", Permission.READ_RELEASED, methods=("POST",))
def cancel(job_id: UUID) -> ResponseReturnValue:
    jobs.cancel(frame.session(), job_id, by=frame.actor())
    return frame.go(".show", job_id=job_id)


@pages.page("/hr/archives/<uuid:job_id>/reports.zip", Permission.READ_RELEASED, methods=("POST",))
def fetch(job_id: UUID) -> ResponseReturnValue:
    content = exports.fetch_archive(frame.session(), job_id, frame.settings().data_folder, by=frame.actor())
    if content is None:
        frame.say(
            _(
                "Since it was made, a report in this archive was taken back or replaced. It is not handed over."
            ),
            "warning",
        )
        return frame.go(".show", job_id=job_id)
    return paper.taken(content, "application/zip", "klei-reports.zip")
