"""What an assessor reads of a sitting: the counting answers as blocks, with the participant's own name masked.

Exercise minutes only: wall time, time factor and interruptions stay out, so that nothing about a person leaks (T2).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.language import Translator, translator
from assessment.models.enrolment import Enrolment
from assessment.models.meeting import EntryKind, MeetingEntry, Part
from assessment.models.person import Person
from assessment.models.sitting import Sitting
from assessment.services import answers, conversations, meetings, versions
from exercises.content import Exercise
from exercises.kind import Block

MASK = "█"
SHORTEST_NAME = 3
"""Parts of a name with fewer letters ("de", "Jo") would mask ordinary words."""
PARTICLES = frozenset(
    {"van", "den", "der", "het", "ten", "ter", "von", "und", "zur", "del", "dos", "las", "los", "the"}
)
"""Words of three letters that stand in names and are ordinary words as well; the whole name still is masked."""


def blocks(session: Session, sitting: Sitting, language: str) -> tuple[Block, ...]:
    """The blocks of a sitting in an assessor's language. Masking keeps every offset."""
    exercise = versions.get(session, sitting.version_hash)
    found = (
        *_said(session, sitting, exercise, language),
        *versions.kind_of(exercise).reading(exercise, language, answers.counting(session, sitting)),
    )
    person = session.execute(
        sa.select(Person.name, Person.email)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.id == sitting.enrolment_id)
    ).one()
    pattern = _pattern(person.name, person.email)
    return tuple(
        replace(
            block,
            heading=masked(block.heading, pattern),
            text=masked(block.text, pattern),
            rows=tuple((label, masked(value, pattern)) for label, value in block.rows),
            notes=tuple(masked(note, pattern) for note in block.notes),
        )
        for block in found
    )


def _said(session: Session, sitting: Sitting, exercise: Exercise, language: str) -> Iterator[Block]:
    """The conversation of a live exercise: each message after what the role-player said, and what was given when."""
    log = conversations.transcript(session, sitting) if exercise.kind in meetings.LIVE_KINDS else ()
    if not log:
        return
    words = translator(language)
    name, begins = str(exercise.structure["counterpart"]), conversations.begins(exercise)
    heard: list[str] = []
    number = 0
    for entry in log:
        if not entry.text:
            continue
        if entry.part is Part.ROLE_PLAYER:
            heard.append(entry.text)
            continue
        number += 1
        minute = int(entry.minute - begins)
        yield Block(
            f"said.{entry.number}",
            words.gettext("Message %(n)s, minute %(minute)s of the conversation", n=number, minute=minute),
            text=entry.text,
            notes=(words.gettext("Live: a person plays %(name)s.", name=name),) if number == 1 else (),
            rows=((name, " ".join(heard)),) if heard else (),
        )
        heard = []
    given = conversations.given(log)
    rows = [
        (words.gettext("Minute %(n)s", n=int(entry.minute - begins)), _given(entry, exercise, words))
        for entry in log
        if entry.kind in (EntryKind.BEAT, EntryKind.FACT) and entry.name in given
    ]
    if heard:
        rows.append((words.gettext("%(name)s ends with", name=name), " ".join(heard)))
    yield Block("course.live", words.gettext("What the role-player gave"), rows=tuple(rows))


def _given(entry: MeetingEntry, exercise: Exercise, words: Translator) -> str:
    if entry.kind is EntryKind.FACT:
        fact = exercise.text(words.language)["facts"].get(entry.name, entry.name)
        return words.gettext("Fact told: %(fact)s", fact=fact)
    return entry.text


def _pattern(name: str, email: str) -> re.Pattern[str]:
    parts = [email, email.partition("@")[0], name, *re.split(r"[\s\-.']+", name)]
    words = sorted(
        {
            "".join(letter for letter, _place in _plain(part))
            for part in parts
            if len(part) >= SHORTEST_NAME and part.casefold() not in PARTICLES
        }
        - {""},
        key=len,
        reverse=True,
    )
    spelled = "|".join(map(re.escape, words))
    return re.compile(rf"(?<!\w)(?:{spelled})(?!\w)") if words else re.compile(r"(?!)")


def _plain(text: str) -> Iterator[tuple[str, int]]:
    """The letters of a text as names are compared, each with its place: without case, accents, and what is not seen,
    so that a name is found however it was typed.
    """
    for place, letter in enumerate(text):
        for part in unicodedata.normalize("NFKD", letter).casefold():
            if unicodedata.category(part) not in ("Mn", "Cf"):
                yield part, place


def masked(text: str, pattern: re.Pattern[str]) -> str:
    """The text with every match blackened, letter for letter."""
    plain = list(zip(text.lower(), range(len(text)), strict=True) if text.isascii() else _plain(text))
    places = [place for _letter, place in plain] + [len(text)]
    letters = list(text)
    for match in pattern.finditer("".join(letter for letter, _place in plain)):
        # Up to the next letter that is seen, so that an accent typed by itself goes too; a ligature goes whole.
        start = places[match.start()]
        end = max(start + 1, places[match.end()])
        letters[start:end] = MASK * (end - start)
    return "".join(letters)
