"""The exercise itself: start, the working page, take-over, arrivals, hand-in and the receipt."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from assessment import clock, errors
from assessment.access import Permission
from assessment.models.own_view import LONGEST_LINE
from assessment.models.sitting import Sitting, SittingState
from assessment.pages import fields, frame, paper, talk
from assessment.pages.participant.own_view import SCALE, own_lines, own_ratings
from assessment.services import (
    answers,
    clocks,
    contacts,
    conversations,
    meetings,
    private_lines,
    receipts,
    sittings,
    stamps,
    versions,
)
from assessment.services.answers import Work
from assessment.services.receipts import Kept
from exercises.content import Exercise
from exercises.kind import Block

pages = frame.Pages("sitting", __name__)


def grace() -> timedelta:
    return timedelta(seconds=frame.settings().grace_seconds)


@pages.page("/participant/sittings/<uuid:sitting_id>/start", Permission.SIT)
def start_page(sitting_id: UUID) -> ResponseReturnValue:
    sitting = sittings.get(frame.session(), sitting_id, by=frame.actor())
    if sitting.state is not SittingState.READY:
        return frame.go(".show", sitting_id=sitting_id)
    exercise = versions.get(frame.session(), sitting.version_hash)
    all_sittings = sittings.list_for(frame.session(), sitting.enrolment)
    enrolment = sitting.enrolment
    booked = meetings.appointments(frame.session(), [enrolment])
    return frame.show(
        "participant/start.html",
        sitting=sitting,
        exercise=exercise,
        enrolment=enrolment,
        centre=enrolment.centre,
        reason=sittings.reason_not_to_start(
            sitting, all_sittings, enrolment.centre, enrolment, clock.now(), booked
        ),
        appointment=booked.of(sitting),
        live_instructions=_live_instructions(exercise) if booked.is_live(sitting) else "",
        allowed=sittings.allowed(exercise.minutes, enrolment),
        ends_at=sittings.deadline(clock.now(), exercise.minutes, enrolment, enrolment.centre),
        place=(sitting.position, len(all_sittings)),
    )


def _live_instructions(exercise: Exercise) -> str:
    return str(versions.briefing(exercise)["participant"][frame.words().language])


@pages.page(
    "/participant/sittings/<uuid:sitting_id>/start", Permission.SIT, methods=("POST",), writes_in_turn=True
)
def start(sitting_id: UUID) -> ResponseReturnValue:
    who, language = frame.actor(), request.form.get("language", frame.words().language)
    try:
        sitting = frame.write(lambda session: sittings.start(session, sitting_id, language, by=who))
    except sittings.NotReady as error:
        frame.say_error(error)
        return frame.go(".start_page", sitting_id=sitting_id)
    return frame.go(".show", sitting_id=sitting_id, epoch=sitting.writer_epoch)


@pages.page("/participant/sittings/<uuid:sitting_id>/take-over", Permission.SIT, methods=("POST",))
def take_over(sitting_id: UUID) -> ResponseReturnValue:
    try:
        sitting = sittings.take_over(frame.session(), sitting_id, by=frame.actor())
    except sittings.AlreadySealed:
        return frame.go(".receipt", sitting_id=sitting_id)
    except sittings.NotStarted:
        return frame.go(".start_page", sitting_id=sitting_id)
    except sittings.SittingPaused:
        return frame.go(".show", sitting_id=sitting_id)
    return frame.go(".show", sitting_id=sitting_id, epoch=sitting.writer_epoch)


@pages.page("/participant/sittings/<uuid:sitting_id>", Permission.SIT)
def show(sitting_id: UUID) -> ResponseReturnValue:
    sitting = sittings.get(frame.session(), sitting_id, by=frame.actor())
    if sitting.state is SittingState.READY:
        return frame.go(".start_page", sitting_id=sitting_id)
    if sittings.is_over(sitting, frame.arrived_at()):
        return frame.go(".receipt", sitting_id=sitting_id)
    exercise = versions.get(frame.session(), sitting.version_hash)
    helpers = contacts.of_centre(frame.session(), sitting.enrolment.centre)
    if sitting.state is SittingState.PAUSED:  # else a pause would be time to think
        return frame.show("participant/paused.html", sitting=sitting, exercise=exercise, contacts=helpers)
    work = answers.work(frame.session(), sitting)
    meeting = meetings.of_sitting(frame.session(), sitting)
    return frame.show(
        "participant/sitting.html",
        talk=talk.values(talk.room(meeting.id)) if meeting else None,
        contacts=helpers,
        saved_age=work.age(frame.arrived_at()),
        sitting=sitting,
        enrolment=sitting.enrolment,
        exercise=exercise,
        exercise_language=sitting.language,
        kind=exercise.kind,
        view=live_view_of(sitting, exercise, work) if meeting else view_of(sitting, exercise, work),
        own_lines=own_lines(sitting.enrolment) if looks_back(exercise) else (),
        own_ratings=own_ratings(sitting.enrolment) if looks_back(exercise) else (),
        scale=SCALE,
        heads=json.dumps(work.heads),
        clock=json.dumps(running.told()) if (running := clocks.of(sitting)) else "null",
        stamp=stamps.of_sitting(sitting, frame.arrived_at(), frame.settings().secret_key),
        read_only=False,
        remaining_ms=answers.remaining_ms(sitting, frame.arrived_at()),
        place=(sitting.position, len(sittings.states(frame.session(), sitting.enrolment_id))),
    )


def looks_back(exercise: Exercise) -> bool:
    """Whether the exercise is about the ones before: its participant gets their own lines about those beside it."""
    return bool(getattr(versions.kind_of(exercise), "looks_back", False))


def view_of(sitting: Sitting, exercise: Exercise, work: Work) -> dict[str, Any]:
    """What the participant may see at this moment."""
    assert sitting.language
    return dict(
        versions.kind_of(exercise).view(
            exercise,
            sitting.language,
            work.answers,
            answers.minute_shown(sitting, exercise, frame.arrived_at()),
        )
    )


def live_view_of(sitting: Sitting, exercise: Exercise, work: answers.Work) -> dict[str, Any]:
    """What stands beside a conversation with a person: brief, notes and the questions afterwards."""
    assert sitting.language
    kind: Any = versions.kind_of(exercise)
    return dict(kind.live_view(exercise, sitting.language, work.answers))


@pages.page("/participant/sittings/<uuid:sitting_id>/arrivals", Permission.SIT)
def arrivals(sitting_id: UUID) -> ResponseReturnValue:
    """The parts that came since the page was drawn, as a fragment of the kind's own making."""
    sitting = sittings.get(frame.session(), sitting_id, by=frame.actor())
    if sitting.state is SittingState.PAUSED:
        raise sittings.SittingPaused
    if sitting.state is not SittingState.RUNNING or sittings.is_over(sitting, frame.arrived_at()):
        raise sittings.AlreadySealed
    exercise = versions.get(frame.session(), sitting.version_hash)
    view = view_of(sitting, exercise, answers.work(frame.session(), sitting))
    have = set(request.args.get("have", "").split(","))
    new = [part for part in view["parts"] if part not in have]
    return frame.show(
        f"kinds/{exercise.kind}/arrival.html", view=view, new=new, read_only=False, exercise=exercise
    )


@pages.page("/participant/sittings/<uuid:sitting_id>/submit", Permission.SIT, methods=("POST",))
def submit(sitting_id: UUID) -> ResponseReturnValue:
    try:
        sittings.submit(frame.session(), sitting_id, frame.arrived_at(), grace(), by=frame.actor())
    except sittings.NotStarted:
        return frame.go(".start_page", sitting_id=sitting_id)
    except sittings.SittingPaused as error:
        frame.say_error(error)
        return frame.go(".show", sitting_id=sitting_id)
    return frame.go(".receipt", sitting_id=sitting_id)


class LinesForm(fields.Form):
    stays = fields.note("What stays with you from this exercise?", longest=LONGEST_LINE)
    next_time = fields.note("What would you do differently next time?", longest=LONGEST_LINE)


@pages.page("/participant/sittings/<uuid:sitting_id>/receipt", Permission.SIT)
def receipt(sitting_id: UUID) -> ResponseReturnValue:
    """What is stored and counts, so that everybody knows it; below it, two lines for oneself."""
    return _receipt(sitting_id)


@pages.page("/participant/sittings/<uuid:sitting_id>/lines", Permission.SIT, methods=("POST",))
def keep_lines(sitting_id: UUID) -> ResponseReturnValue:
    session, form = frame.session(), LinesForm(request.form)

    def write() -> None:
        private_lines.write(
            session, sitting_id, form.stays.data or "", form.next_time.data or "", by=frame.actor()
        )

    if fields.attempt(form, write):
        return frame.go(".receipt", sitting_id=sitting_id, _anchor="lines")
    return _receipt(sitting_id, form, 422)


def _receipt(sitting_id: UUID, form: LinesForm | None = None, status: int = 200) -> ResponseReturnValue:
    sitting = sittings.get_alone(frame.session(), sitting_id, by=frame.actor())
    if not sittings.is_over(sitting, frame.arrived_at()):
        return frame.go(".show", sitting_id=sitting_id)
    exercise = versions.get(frame.session(), sitting.version_hash)
    entries = accounts(exercise, receipts.counting(frame.session(), sitting.id))
    late, filed = (accounts(exercise, kept) for kept in receipts.beside(frame.session(), sitting.id))
    lines = private_lines.read(frame.session(), sitting)
    may_be_live = hasattr(versions.kind_of(exercise), "live_view")
    return frame.show(
        "participant/receipt.html",
        status,
        said=conversations.transcript(frame.session(), sitting) if may_be_live else [],
        lines=lines,
        form=form or LinesForm(obj=lines),
        sitting=sitting,
        exercise=exercise,
        entries=[entry for entry in entries if not entry.is_private],
        late=[entry for entry in late if not entry.is_private],
        filed=[entry for entry in filed if not entry.is_private],
        private=[entry for entry in (*entries, *late, *filed) if entry.is_private],
        ended_at=sitting.submitted_at or sitting.sealed_at or sitting.deadline_at,
        has_next=SittingState.READY in sittings.states(frame.session(), sitting.enrolment_id),
    )


@pages.page("/participant/sittings/<uuid:sitting_id>/notes.txt", Permission.SIT)
def notes(sitting_id: UUID) -> ResponseReturnValue:
    """One's private notes to take away (content C0.1)."""
    sitting = sittings.get(frame.session(), sitting_id, by=frame.actor())
    if not sittings.is_over(sitting, frame.arrived_at()):
        return frame.go(".show", sitting_id=sitting_id)
    exercise = versions.get(frame.session(), sitting.version_hash)
    late, filed = receipts.beside(frame.session(), sitting.id)
    kept = [*receipts.counting(frame.session(), sitting.id), *late, *filed]
    private = [entry.block for entry in accounts(exercise, kept) if entry.is_private]
    if not private:
        raise errors.NotFound
    parts = [
        "\n".join([block.heading, *(f"{label}: {value}" for label, value in block.rows), block.text])
        for block in private
    ]
    title = exercise.title(frame.words().language)
    return paper.taken("\n\n".join([title, *parts, ""]).encode(), "text/plain", "klei-notes.txt")


@dataclass(frozen=True)
class Entry:
    """One stored text or choice, in words, with what shows that it is the same everywhere."""

    block: Block
    kept: Kept
    words: int
    fingerprint: str
    is_private: bool
    """For its writer alone: it is stored, but counts for nothing."""


def accounts(exercise: Exercise, kept: Sequence[Kept]) -> list[Entry]:
    """What is stored, task by task, in the order of the tasks' names; empty drafts are left out."""
    kind, language = versions.kind_of(exercise), frame.words().language
    private = versions.private_tasks(exercise)
    found = []
    for one in sorted(kept, key=lambda one: _natural(one.task)):
        block = kind.account(exercise, language, one.task, one.value) if one.body else None
        if block is not None:
            words, fingerprint = len(block.text.split()), stamps.fingerprint(one.body)
            found.append(Entry(block, one, words, fingerprint, one.task in private))
    return found


@lru_cache(maxsize=2048)
def _natural(name: str) -> tuple[tuple[int, str, int], ...]:
    """Made once per task: every receipt of a version asks for the same ones."""
    parts = re.split(r"(\d+)", name)
    return tuple((1, "", int(part)) if part.isdecimal() else (0, part, 0) for part in parts)


@pages.page("/participant/sittings/<uuid:sitting_id>/tasks/<task>/versions", Permission.SIT)
def compare(sitting_id: UUID, task: str) -> ResponseReturnValue:
    """Two stored versions of one task side by side, as a fragment for the choice after a conflict."""
    sitting = sittings.get(frame.session(), sitting_id, by=frame.actor())
    if sitting.state is not SittingState.RUNNING:
        raise sittings.AlreadySealed
    exercise = versions.get(frame.session(), sitting.version_hash)
    numbers = [request.args.get(name, type=int) for name in ("mine", "theirs")]
    wanted = {number for number in numbers if number is not None and 0 < number < 2**31}
    kept = receipts.of_task(frame.session(), sitting.id, task, wanted)
    if versions.kind_of(exercise).task(exercise, task) is None or numbers[0] not in kept:
        raise errors.NotFound
    sides = []
    for name, number in zip(("mine", "theirs"), numbers, strict=True):
        one = kept.get(number or 0)
        block = one and versions.kind_of(exercise).account(exercise, frame.words().language, task, one.value)
        sides.append((name, one, block))
    headings = [block.heading for _name, _one, block in sides if block]
    heading = headings[0] if headings else exercise.title(frame.words().language)
    return frame.show("participant/versions.html", sides=sides, heading=heading)
