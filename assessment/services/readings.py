"""What an assessor reads of a sitting: the counting answers as blocks, with the participant's own name masked.

Exercise minutes only: wall time, time factor and interruptions stay out, so that nothing about a person leaks (T2).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.language import Translator, translator
from assessment.models.enrolment import Enrolment
from assessment.models.meeting import EntryKind, MeetingEntry, Part
from assessment.models.person import Person
from assessment.models.sitting import Sitting
from assessment.services import answers, chronicles, conversations, meetings, versions
from assessment.services.chronicles import Told
from exercises.chronicle import whole
from exercises.content import Exercise
from exercises.kind import Answers, Block, Chronicle, Fact, Happening

MASK = "█"
SHORTEST_NAME = 3
"""Parts of a name with fewer letters ("de", "Jo") would mask ordinary words."""
PARTICLES = frozenset(
    {"van", "den", "der", "het", "ten", "ter", "von", "und", "zur", "del", "dos", "las", "los", "the"}
)
"""Words of three letters that stand in names and are ordinary words as well; the whole name still is masked."""


@dataclass(frozen=True)
class Reading:
    """A sitting as it is read: its blocks, and the order of events where there is one to follow."""

    blocks: tuple[Block, ...]
    chronicle: Told | None


def blocks(session: Session, sitting: Sitting, language: str) -> tuple[Block, ...]:
    """The blocks of a sitting in an assessor's language. Masking keeps every offset."""
    exercise = versions.get(session, sitting.version_hash)
    said = tuple(block for block, _minute in _said(session, sitting, exercise, language))
    return _masked(
        session, sitting, (*said, *_blocks(exercise, language, answers.counting(session, sitting)))
    )


def read(session: Session, sitting: Sitting, language: str) -> Reading:
    """The blocks of a sitting and its chronicle. The chronicle names no word of the participant, so it needs no mask."""
    exercise, given = versions.get(session, sitting.version_hash), answers.counting(session, sitting)
    said = tuple(_said(session, sitting, exercise, language))
    live = tuple(Happening("", block=block.id, minute=minute) for block, minute in said if minute is not None)
    found: Chronicle | None
    if live:
        found = Chronicle(live, is_conversation=True)
    else:
        end = sitting.minute_reached(sitting.sealed_at) if sitting.sealed_at else float(exercise.minutes)
        found = versions.kind_of(exercise).chronicle(exercise, language, given, end)
        if found and not found.is_conversation and end < exercise.minutes - 1:
            last = {"minute": str(int(end)), "all": str(exercise.minutes)}
            found = replace(found, facts=(*found.facts, Fact("handed_in", last)))
    return Reading(
        _masked(session, sitting, (*(block for block, _ in said), *_blocks(exercise, language, given))),
        chronicles.told(found, translator(language)) if found else None,
    )


def sample(exercise: Exercise, language: str, given: Answers) -> Reading:
    """Answers that nobody wrote, as an assessor would read them."""
    found = versions.kind_of(exercise).chronicle(exercise, language, given, exercise.minutes)
    told = chronicles.told(found, translator(language)) if found else None
    return Reading(_blocks(exercise, language, given), told)


def _blocks(exercise: Exercise, language: str, given: Answers) -> tuple[Block, ...]:
    return tuple(versions.kind_of(exercise).reading(exercise, language, given))


def _masked(session: Session, sitting: Sitting, found: Sequence[Block]) -> tuple[Block, ...]:
    person = session.execute(
        sa.select(Person.name, Person.email)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.id == sitting.enrolment_id)
    ).one()
    names = pattern(person.name, person.email)
    return tuple(
        replace(
            block,
            heading=masked(block.heading, names),
            text=masked(block.text, names),
            rows=_each(block.rows, names),
            before=_each(block.before, names),
            after=_each(block.after, names),
            notes=tuple(masked(note, names) for note in block.notes),
        )
        for block in found
    )


def _each(rows: Sequence[tuple[str, str]], names: re.Pattern[str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, masked(value, names)) for label, value in rows)


def _said(
    session: Session, sitting: Sitting, exercise: Exercise, language: str
) -> Iterator[tuple[Block, int | None]]:
    """The conversation of a live exercise: each message after what the role-player said, with its minute, and what was
    given when.
    """
    log = conversations.transcript(session, sitting) if exercise.kind in meetings.LIVE_KINDS else ()
    if not log:
        return
    words = translator(language)
    name = str(exercise.structure["counterpart"])
    heard: list[str] = []
    number = 0
    for entry in log:
        if not entry.text:
            continue
        if entry.part is Part.ROLE_PLAYER:
            heard.append(entry.text)
            continue
        number += 1
        minute = _minute(entry, exercise)
        block = Block(
            f"said.{entry.number}",
            words.gettext("Message %(n)s, minute %(minute)s of the conversation", n=number, minute=minute),
            text=entry.text,
            notes=(words.gettext("Live: a person plays %(name)s.", name=name),) if number == 1 else (),
            before=((name, " ".join(heard)),) if heard else (),
        )
        yield block, minute
        heard = []
    given = conversations.given(log)
    rows = [
        (words.gettext("Minute %(n)s", n=_minute(entry, exercise)), _given(entry, exercise, words))
        for entry in log
        if entry.kind in (EntryKind.BEAT, EntryKind.FACT) and entry.name in given
    ]
    if heard:
        rows.append((words.gettext("%(name)s ends with", name=name), " ".join(heard)))
    yield Block("course.live", words.gettext("What the role-player gave"), rows=tuple(rows)), None


def _minute(entry: MeetingEntry, exercise: Exercise) -> int:
    """The minute of the conversation, never past its end."""
    return whole(entry.minute - conversations.begins(exercise), float(exercise.structure["until"]))


def _given(entry: MeetingEntry, exercise: Exercise, words: Translator) -> str:
    if entry.kind is EntryKind.FACT:
        fact = exercise.text(words.language)["facts"].get(entry.name, entry.name)
        return words.gettext("Fact told: %(fact)s", fact=fact)
    return entry.text


def pattern(name: str, email: str) -> re.Pattern[str]:
    """What is masked: a person's name, its parts that are no ordinary words, and the address."""
    parts = [email, email.partition("@")[0], name, *re.split(r"[\s\-.']+", name)]
    words = sorted(
        {
            "".join(letter for letter, _place in plain(part))
            for part in parts
            if len(part) >= SHORTEST_NAME and part.casefold() not in PARTICLES
        }
        - {""},
        key=len,
        reverse=True,
    )
    spelled = "|".join(map(re.escape, words))
    return re.compile(rf"(?<!\w)(?:{spelled})(?!\w)") if words else re.compile(r"(?!)")


def plain(text: str) -> Iterator[tuple[str, int]]:
    """The letters of a text as names are compared, each with its place: without case, accents, and what is not seen,
    so that a name is found however it was typed.
    """
    for place, letter in enumerate(text):
        for part in unicodedata.normalize("NFKD", letter).casefold():
            if unicodedata.category(part) not in ("Mn", "Cf"):
                yield part, place


def masked(text: str, pattern: re.Pattern[str]) -> str:
    """The text with every match blackened, letter for letter."""
    letters_of = list(zip(text.lower(), range(len(text)), strict=True) if text.isascii() else plain(text))
    places = [place for _letter, place in letters_of] + [len(text)]
    letters = list(text)
    for match in pattern.finditer("".join(letter for letter, _place in letters_of)):
        # Up to the next letter that is seen, so that an accent typed by itself goes too; a ligature goes whole.
        start = places[match.start()]
        end = max(start + 1, places[match.end()])
        letters[start:end] = MASK * (end - start)
    return "".join(letters)
