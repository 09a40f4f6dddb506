"""Emergency files: what a page could not send, taken along as a file and put in by an administrator.

A file carries what the server signed when it last acknowledged something (:mod:`assessment.services.stamps`). That
proves which sitting it is about and what was stored when; the unsent text itself is what the participant says. So it
never counts by itself: it becomes a side revision while the sitting runs and late evidence afterwards, marked with the
file's fingerprint and a reason, and the journal says who put it in. Either can be accepted
like a late text, once the sitting is sealed.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from assessment import errors, journal
from assessment.access import Actor
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person
from assessment.models.sitting import Revision, RevisionKind, Sitting
from assessment.services import answers, ledger, receipts, stamps, versions
from assessment.services.answers import Verdict
from assessment.services.receipts import Kept
from assessment.services.stamps import Stamp
from exercises.content import Exercise
from exercises.kind import Block, InvalidAnswer

FROM_FILE = "emergency file "
"""What the client id of such a revision begins with; the file's fingerprint follows."""
MOST_TEXTS = 200
LARGEST = 1024 * 1024


class NoFile(errors.Invalid):
    sentence = (
        "This is not an emergency file of Klei, or it was cut off. Ask for the file as it was downloaded."
    )


class Altered(errors.Invalid):
    sentence = "This file was changed after it was made: its checksum does not fit. Ask for the file as it was downloaded."


class Foreign(errors.Invalid):
    sentence = (
        "This file does not belong here: it is about an exercise of another centre or another installation, or its "
        "signatures were changed."
    )


class TakenIn(errors.NotAllowedNow):
    sentence = "This file was put in before. Nothing was done a second time."


class NothingNew(errors.NotAllowedNow):
    sentence = "Everything in this file is stored already. Nothing has to be put in."


@dataclass(frozen=True)
class Line:
    """One text of the file beside what is stored."""

    task: str
    value: Any
    base: int
    block: Block | None
    """The file's text in words; None for an empty one."""
    acknowledged: Stamp | None
    """What the server last signed about this task."""
    is_as_acknowledged: bool
    """Whether the acknowledged version is still stored as it was signed."""
    stored: Kept | None
    """What counts now."""
    stored_block: Block | None
    is_private: bool
    """For the participant alone: that it is there may be seen, but not what it says."""
    fate: str
    """new, stored (as some version already), or refused (no answer to this task)."""


@dataclass(frozen=True)
class File:
    """An emergency file whose signatures fit, beside what is stored of its sitting."""

    sitting: Sitting
    person: Person
    exercise: Exercise
    fingerprint: str
    page_stamp: Stamp
    lines: tuple[Line, ...]

    @property
    def new(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.fate == "new")


def look(session: Session, centre: Centre, text: str, *, secret: str, language: str) -> File:
    """What a file holds, beside what is stored. Changes nothing.

    :raises NoFile: when it is none. :raises Altered: when its checksum does not fit. :raises Foreign: when it is not
        about a begun sitting of this centre, or a signature does not fit.
    """
    content, fingerprint = _read(text)
    sitting = _sitting(session, centre, content)
    page_stamp = stamps.read(sitting.id, content.get("stamp"), secret)
    if page_stamp is None or page_stamp.task:
        raise Foreign
    exercise = versions.get(session, sitting.version_hash)
    counting = {one.task: one for one in receipts.counting(session, sitting.id)}
    stored = _bodies(session, sitting)
    lines = tuple(
        _line(sitting, exercise, entry, counting, stored, secret, language) for entry in content["texts"]
    )
    return File(sitting, sitting.enrolment.person, exercise, fingerprint, page_stamp, lines)


def take_in(
    session: Session,
    centre: Centre,
    text: str,
    reason: str,
    arrived_at: datetime,
    *,
    secret: str,
    language: str,
    by: Actor,
) -> tuple[File, int]:
    """Store what is new in a file, marked as such; how many texts that were. It counts nowhere by itself.

    :raises TakenIn: when this file was put in before. :raises NothingNew: when all of it is stored.
    :raises assessment.services.ledger.NoReason: without a reason; and what :func:`look` raises.
    """
    reason = ledger.reason_in(reason)
    content, fingerprint = _read(text)
    sitting = _sitting(session, centre, content, lock=True)
    client_id = FROM_FILE + fingerprint
    if session.scalar(
        sa.select(Revision.id)
        .where(Revision.sitting_id == sitting.id, Revision.client_id == client_id)
        .limit(1)
    ):
        raise TakenIn
    file = look(session, centre, text, secret=secret, language=language)
    if not file.new:
        raise NothingNew
    for place, line in enumerate(file.new, start=1):
        _store(session, file, line, place, reason, arrived_at)
    journal.record(
        session,
        "emergency.taken_in",
        "sitting",
        sitting.id,
        by=by,
        centre_id=centre.id,
        file=fingerprint,
        tasks=[line.task for line in file.new],
    )
    return file, len(file.new)


def _store(session: Session, file: File, line: Line, place: int, reason: str, arrived_at: datetime) -> None:
    sitting = file.sitting
    verdict = answers.may_write(sitting, file.exercise, line.task, arrived_at, timedelta(0))
    last = session.scalar(
        sa.select(sa.func.max(Revision.number)).where(
            Revision.sitting_id == sitting.id, Revision.task == line.task
        )
    )
    session.add(
        Revision(
            sitting_id=sitting.id,
            version_hash=sitting.version_hash,
            task=line.task,
            number=(last or 0) + 1,
            kind=RevisionKind.LATE if verdict is Verdict.LATE else RevisionKind.SIDE,
            body=answers.spelled(line.value),
            base_number=line.base,
            client_id=FROM_FILE + file.fingerprint,
            client_seq=place,
            epoch=0,
            arrived_at=arrived_at,
            reason=reason,
        )
    )
    session.flush()


def _read(text: str) -> tuple[dict[str, Any], str]:
    """The content of a file whose checksum fits, and its fingerprint."""
    if len(text) > LARGEST:
        raise NoFile
    try:
        found = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise NoFile from None
    if not isinstance(found, dict) or found.get("klei") != "emergency file" or found.get("version") != 1:
        raise NoFile
    texts = found.get("texts")
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_TEXTS:
        raise NoFile
    if not all(isinstance(entry, dict) and isinstance(entry.get("task"), str) for entry in texts):
        raise NoFile
    if len({entry["task"] for entry in texts}) < len(texts):
        raise NoFile
    checksum = found.pop("checksum", None)
    spelled = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if checksum != f"{zlib.crc32(spelled):08x}":
        raise Altered
    return found, hashlib.sha256(spelled).hexdigest()[:32]


def _sitting(session: Session, centre: Centre, content: Mapping[str, Any], *, lock: bool = False) -> Sitting:
    try:
        sitting_id, person_id = UUID(content["sitting"]), UUID(content["person"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NoFile from None
    query = (
        sa.select(Sitting)
        .join(Enrolment)
        .where(
            Sitting.id == sitting_id,
            Sitting.started_at.is_not(None),
            Enrolment.centre_id == centre.id,
            Enrolment.person_id == person_id,
        )
        .options(joinedload(Sitting.enrolment, innerjoin=True).joinedload(Enrolment.person, innerjoin=True))
    )
    if lock:
        query = query.with_for_update(of=Sitting).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise Foreign
    return found


def _bodies(session: Session, sitting: Sitting) -> dict[tuple[str, int], str]:
    """The fingerprint of every stored version of a sitting."""
    rows = session.execute(
        sa.select(Revision.task, Revision.number, Revision.body).where(Revision.sitting_id == sitting.id)
    )
    return {(task, number): stamps.fingerprint(body) for task, number, body in rows}


def _line(
    sitting: Sitting,
    exercise: Exercise,
    entry: Mapping[str, Any],
    counting: Mapping[str, Kept],
    stored: Mapping[tuple[str, int], str],
    secret: str,
    language: str,
) -> Line:
    task, kind = entry["task"], versions.kind_of(exercise)
    acknowledged = stamps.read(sitting.id, entry.get("stamp"), secret)
    if entry.get("stamp") is not None and (acknowledged is None or acknowledged.task != task):
        raise Foreign
    base = entry.get("base")
    base = base if type(base) is int and 0 <= base < 2**31 else 0
    now = counting.get(task)
    known = kind.task(exercise, task)
    is_private = known is not None and known.is_private
    stored_block = kind.account(exercise, language, task, now.value) if now and now.body else None
    is_as_acknowledged = (
        acknowledged is None or stored.get((task, acknowledged.number)) == acknowledged.fingerprint
    )
    try:
        if known is None:
            raise InvalidAnswer("no_task")
        value = kind.parse(exercise, task, entry.get("value"))
        own = stamps.fingerprint(answers.spelled(value))
        block = kind.account(exercise, language, task, value)
    except (InvalidAnswer, answers.AnswerTooLong):
        block, value, fate = None, None, "refused"
    else:
        is_stored = any(name == task and found == own for (name, _number), found in stored.items())
        fate = "stored" if is_stored else "new"
    if is_private:
        block, stored_block = _heading_of(block), _heading_of(stored_block)
    return Line(
        task, value, base, block, acknowledged, is_as_acknowledged, now, stored_block, is_private, fate
    )


def _heading_of(block: Block | None) -> Block | None:
    return block and Block(block.id, block.heading)
