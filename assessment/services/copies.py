"""Copies: what is kept about a participant, for the participant: to read (G1), and what they supplied for a machine (G3).

No exercise texts, which are seen in the guided session alone (N5), and nobody's name who rated.
"""

import json
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.answer import Answer
from assessment.models.complaint import Complaint
from assessment.models.concern import Concern
from assessment.models.debrief import Debrief
from assessment.models.enrolment import Enrolment
from assessment.models.keeping import Statement
from assessment.models.person import Person
from assessment.models.plan import CheckIn
from assessment.models.rating import Observation, Rating, RatingState
from assessment.models.report import Download, Report, ReportState
from assessment.models.sitting import Sitting
from assessment.services import (
    diaries,
    feedback,
    notices,
    plans,
    private_lines,
    self_ratings,
    texts,
    versions,
)
from exercises.rubric import framework

LONGEST_STATEMENT = 4000


class NothingStated(errors.Invalid):
    sentence = "Write what is not right."


def state(session: Session, enrolment_id: UUID, text: str, *, by: Actor) -> Statement:
    """Add a statement to one's file (G2): answers and ratings stay as they were, and this stands beside them.

    :raises NothingStated: without words.
    """
    enrolment = notices.get(session, enrolment_id, by=by)
    kept = texts.whole(text, LONGEST_STATEMENT)
    if not kept:
        raise NothingStated(field="text")
    made = Statement(enrolment_id=enrolment.id, text=kept, at=clock.now())
    session.add(made)
    session.flush()
    journal.record(
        session, "statement.added", "enrolment", enrolment.id, by=by, centre_id=enrolment.centre_id
    )
    return made


def statements(session: Session, enrolment: Enrolment) -> list[Statement]:
    """The statements in a file, oldest first."""
    return list(
        session.scalars(
            sa.select(Statement).where(Statement.enrolment_id == enrolment.id).order_by(Statement.at)
        )
    )


def _sittings(session: Session, enrolment: Enrolment) -> list[Sitting]:
    return list(
        session.scalars(
            sa.select(Sitting)
            .where(Sitting.enrolment_id == enrolment.id)
            .options(joinedload(Sitting.centre_exercise, innerjoin=True))
            .order_by(Sitting.position)
        )
    )


def supplied(session: Session, enrolment_id: UUID, *, by: Actor) -> dict[str, Any]:
    """Everything that the participant supplied, for a machine (G3).

    :raises NotFound: when it is not one's own.
    """
    enrolment = notices.get(session, enrolment_id, by=by)
    person = session.get_one(Enrolment, enrolment.id, options=[joinedload(Enrolment.person)]).person
    sat = _sittings(session, enrolment)
    answers: dict[UUID, dict[str, Any]] = {one.id: {} for one in sat}
    for answer in session.scalars(
        sa.select(Answer).where(Answer.sitting_id.in_(list(answers))).order_by(Answer.id)
    ):
        answers[answer.sitting_id][answer.task] = {"at": _at(answer.arrived_at), "answer": _read(answer.body)}
    plan = plans.of_enrolment(session, enrolment)
    reports = session.scalars(
        sa.select(Report)
        .where(Report.enrolment_id == enrolment.id, Report.state != ReportState.DRAFT)
        .options(selectinload(Report.comments))
        .order_by(Report.number)
    ).all()
    return {
        "format": "klei-supplied-1",
        "made_at": _at(clock.now()),
        "person": {
            "name": person.name,
            "email": person.email,
            "language": person.language,
            "time_zone": person.time_zone,
        },
        "enrolment": {
            "centre": enrolment.centre.name,
            "programme": enrolment.centre.programme.name,
            "department": enrolment.department,
            "discipline": enrolment.discipline,
            "site": enrolment.site,
            "notice_accepted_at": _at(enrolment.notice_accepted_at),
            "adjustment_request": enrolment.adjustment_request,
        },
        "exercises": [
            {
                "exercise": one.centre_exercise.exercise,
                "language": one.language,
                "started_at": _at(one.started_at),
                "ended_at": _at(one.sealed_at),
                "answers": answers[one.id],
            }
            for one in sat
        ],
        "concerns": [
            {"at": _at(one.raised_at), "kind": one.kind.value, "text": one.text}
            for one in session.scalars(
                sa.select(Concern).where(Concern.sitting_id.in_(list(answers))).order_by(Concern.raised_at)
            )
        ],
        "own_view": {
            "lines": [
                {
                    "exercise": versions.get(session, version).id,
                    "stays": lines.stays,
                    "next_time": lines.next_time,
                }
                for version, lines in private_lines.of_enrolment(session, enrolment)
            ],
            "self_ratings": {
                moment.value: kept for moment, kept in self_ratings.of_enrolment(session, enrolment).items()
            },
        },
        "remarks": [
            {"at": _at(one.at), "kind": one.kind.value, "text": one.text}
            for report in reports
            for one in report.comments
        ],
        "statements": [{"at": _at(one.at), "text": one.text} for one in statements(session, enrolment)],
        "complaints": [
            {
                "filed_at": _at(one.filed_at),
                "entries": [
                    {"at": _at(entry.at), "text": entry.text}
                    for entry in one.entries
                    if entry.is_of_participant
                ],
            }
            for one in session.scalars(
                sa.select(Complaint)
                .where(Complaint.enrolment_id == enrolment.id)
                .options(selectinload(Complaint.entries))
                .order_by(Complaint.filed_at)
            )
        ],
        "plan": _plan(plan),
        "diary": [
            {"at": _at(one.written_at), "text": one.text, "is_shared": one.shared_at is not None}
            for one in (diaries.passages(session, plan.id, by=by) if plan and _is_active(enrolment) else ())
        ],
    }


def _is_active(enrolment: Enrolment) -> bool:
    return enrolment.withdrawn_at is None


def _plan(plan: Any) -> dict[str, Any] | None:
    if plan is None:
        return None
    return {
        "begun_on": plan.begun_on.isoformat(),
        "support": plan.support,
        "canvas": dict(plan.canvas),
        "needed_from_the_organisation": list(plan.conditions),
        "actions": [
            {
                "action": one.text,
                "sign": one.sign,
                "if": one.if_text,
                "then": one.then_text,
                "state": one.state.value,
                "is_shared": one.is_shared,
            }
            for one in plan.actions
        ],
        "check_ins": [_check_in(one) for one in plan.check_ins],
    }


def _check_in(one: CheckIn) -> dict[str, Any]:
    return {
        "day": one.day,
        "done_at": _at(one.done_at),
        "kept": one.kept,
        "next_step": one.next_step,
        "for_organisation": one.for_organisation,
        "looks": [{"verdict": look.verdict.value, "happened": look.happened} for look in one.looks],
    }


def access(session: Session, enrolment_id: UUID, *, by: Actor) -> dict[str, Any]:
    """Everything that is kept about the participant and that is not somebody else's (G1).

    What assessors noted is in it once the report is with the participant: before that they still rate, each on their own.
    """
    found = supplied(session, enrolment_id, by=by)
    enrolment = notices.get(session, enrolment_id, by=by)
    reports = session.scalars(
        sa.select(Report)
        .where(Report.enrolment_id == enrolment.id, Report.state != ReportState.DRAFT)
        .options(selectinload(Report.comments))
        .order_by(Report.number)
    ).all()
    found["format"] = "klei-access-1"
    found["reports"] = [
        {
            "number": one.number,
            "state": one.state.value,
            "signed_at": _at(one.signed_at),
            "report": one.document,
        }
        for one in reports
    ]
    found["answers_to_remarks"] = [
        {"at": _at(one.answered_at), "text": one.answer}
        for report in reports
        for one in report.comments
        if one.answer
    ]
    found["notes_of_assessors"] = _notes(session, enrolment) if reports else None
    found["debriefs"] = [
        {
            "kind": one.kind.value,
            "state": one.state.value,
            "held_at": _at(one.held_at),
            "notes": one.notes,
        }
        for one in session.scalars(
            sa.select(Debrief).where(Debrief.enrolment_id == enrolment.id).order_by(Debrief.asked_at)
        )
    ]
    found["opened"] = [
        {"at": _at(at), "form": form, "by": name} for name, form, at in openings(session, enrolment)
    ]
    plan = plans.of_enrolment(session, enrolment)
    found["feedback"] = [
        {"behaviour": one.round.behaviour, "answers": [_answer(answer) for answer in one.answers]}
        for one in (feedback.outcomes(session, plan) if plan else ())
    ]
    return found


def _answer(answer: Any) -> dict[str, str]:
    return {"seen": answer.seen, "keep": answer.keep, "try_out": answer.try_out}


def _notes(session: Session, enrolment: Enrolment) -> list[dict[str, Any]]:
    """What was noted, exercise by exercise, in no order that tells whose it is."""
    known = framework()
    rows = session.execute(
        sa.select(Sitting.position, Sitting.version_hash, Observation)
        .join(Rating, Rating.sitting_id == Sitting.id)
        .join(Observation, Observation.rating_id == Rating.id)
        .where(Sitting.enrolment_id == enrolment.id, Rating.state == RatingState.SUBMITTED)
        .order_by(Sitting.position, Observation.dimension, Observation.start, Observation.id)
    ).all()
    noted = [
        {
            "exercise": versions.get(session, version).id,
            "dimension": known[one.dimension].name["en"],
            "sign": one.sign,
            "passage": one.quote,
            "note": one.note,
        }
        for _position, version, one in rows
    ]
    remarks = session.execute(
        sa.select(Sitting.version_hash, Rating.note)
        .join(Rating, Rating.sitting_id == Sitting.id)
        .where(Sitting.enrolment_id == enrolment.id, Rating.state == RatingState.SUBMITTED, Rating.note != "")
        .order_by(Sitting.position, Rating.note)
    )
    return noted + [
        {"exercise": versions.get(session, version).id, "note": note} for version, note in remarks
    ]


def openings(session: Session, enrolment: Enrolment) -> list[tuple[str, str, Any]]:
    """Who opened or took out the reports of an enrolment, in which form and when, newest first."""
    rows = session.execute(
        sa.select(Person.name, Download.form, Download.at)
        .join(Person, Person.id == Download.person_id)
        .join(Report, Report.id == Download.report_id)
        .where(Report.enrolment_id == enrolment.id)
        .order_by(Download.at.desc())
    )
    return [(name, form, at) for name, form, at in rows]


def as_json(document: dict[str, Any]) -> str:
    """The copy as text."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def _at(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
