"""What an assessor reads of a sitting: the counting answers as blocks, with the participant's own name masked.

Exercise minutes only: wall time, time factor and interruptions stay out, so that nothing about a person leaks (T2).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.language import Translator, translator
from assessment.models.enrolment import Enrolment
from assessment.models.meeting import EntryKind, MeetingEntry, Part
from assessment.models.person import Person
from assessment.models.sitting import Sitting
from assessment.services import answers, chronicles, conversations, meetings, versions
from assessment.services.chronicles import Told
from exercises import dossier
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
ARTICLES = PARTICLES | {"da", "de", "di", "du", "la", "le", "te"}
"""Words by which nobody can be told from somebody else."""
NOTHING = re.compile(r"(?!)")
BESIDE = re.compile(r"[ \-.'’]*")
"""What may stand between two parts of one name."""


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
        session, sitting, exercise, (*said, *_blocks(exercise, language, answers.counting(session, sitting)))
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
        _masked(
            session, sitting, exercise, (*(block for block, _ in said), *_blocks(exercise, language, given))
        ),
        chronicles.told(found, translator(language)) if found else None,
    )


def sample(exercise: Exercise, language: str, given: Answers) -> Reading:
    """Answers that nobody wrote, as an assessor would read them."""
    found = versions.kind_of(exercise).chronicle(exercise, language, given, exercise.minutes)
    told = chronicles.told(found, translator(language)) if found else None
    return Reading(_blocks(exercise, language, given), told)


def _blocks(exercise: Exercise, language: str, given: Answers) -> tuple[Block, ...]:
    return tuple(versions.kind_of(exercise).reading(exercise, language, given))


def _masked(
    session: Session, sitting: Sitting, exercise: Exercise, found: Sequence[Block]
) -> tuple[Block, ...]:
    person = session.execute(
        sa.select(Person.name, Person.email)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.id == sitting.enrolment_id)
    ).one()
    names, stays = pattern(person.name, person.email), kept(exercise, person.name, person.email)

    def hide(text: str) -> str:
        return masked(text, names, stays)

    def hide_each(rows: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((label, hide(value)) for label, value in rows)

    return tuple(
        replace(
            block,
            heading=hide(block.heading),
            text=hide(block.text),
            rows=hide_each(block.rows),
            before=hide_each(block.before),
            after=hide_each(block.after),
            notes=tuple(hide(note) for note in block.notes),
        )
        for block in found
    )


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
    spelled = _spelled(
        part for part in parts if len(part) >= SHORTEST_NAME and part.casefold() not in PARTICLES
    )
    return re.compile(rf"(?<!\w)(?:{spelled})(?!\w)") if spelled else NOTHING


def kept(exercise: Exercise, name: str, email: str) -> re.Pattern[str]:
    """What stays readable although it holds a part of a person's name: the whole name of somebody or something in the
    exercise, when at least one word of it is not the person's own. A bare first name could be a signature and stays
    masked; so does a name that is longer than the exercise's, as "Sanne Haverkort-de Wit" is.
    """
    theirs, address = _words(name), _folded(email.partition("@")[0])

    def is_of_somebody_else(whole: str) -> bool:
        return any(
            word not in theirs and not (len(word) >= SHORTEST_NAME and word in address)
            for word in _words(whole) - ARTICLES
        )

    spelled = _spelled(whole for whole in dossier.names(exercise) if is_of_somebody_else(whole))
    return re.compile(rf"(?<![\w\-@.])(?:{spelled})(?![\w\-@])") if spelled else NOTHING


def _spelled(names: Iterable[str]) -> str:
    """These names as alternatives of a pattern, the longest first."""
    return "|".join(map(re.escape, sorted({_folded(name) for name in names} - {""}, key=len, reverse=True)))


def _folded(text: str) -> str:
    return "".join(letter for letter, _place in plain(text))


def _words(name: str) -> set[str]:
    return {word for word in re.split(r"[\W_]+", _folded(name)) if word}


def plain(text: str) -> Iterator[tuple[str, int]]:
    """The letters of a text as names are compared, each with its place: without case, accents, and what is not seen,
    so that a name is found however it was typed.
    """
    for place, letter in enumerate(text):
        for part in _compared(letter):
            yield part, place


@lru_cache(maxsize=4096)
def _compared(letter: str) -> str:
    """What one letter is compared as: nothing, a letter, or several for a ligature."""
    parts = unicodedata.normalize("NFKD", letter).casefold()
    return "".join(part for part in parts if unicodedata.category(part) not in ("Mn", "Cf"))


def masked(text: str, pattern: re.Pattern[str], stays: re.Pattern[str] = NOTHING) -> str:
    """The text with every match blackened, letter for letter, except inside what stays."""
    places: Sequence[int]
    if text.isascii():
        spelled, places = text.lower(), range(len(text) + 1)
    else:
        letters_of = list(plain(text))
        spelled = "".join(letter for letter, _place in letters_of)
        places = [place for _letter, place in letters_of] + [len(text)]
    found = _without(stays, pattern, spelled)
    if not found:
        return text
    letters = list(text)
    for match in found:
        # Up to the next letter that is seen, so that an accent typed by itself goes too; a ligature goes whole.
        start = places[match.start()]
        end = max(start + 1, places[match.end()])
        letters[start:end] = MASK * (end - start)
    return "".join(letters)


def _without(stays: re.Pattern[str], pattern: re.Pattern[str], letters: str) -> list[re.Match[str]]:
    """The matches to blacken. What stays does not where a match stands right beside it, for that may be one name."""
    found = list(pattern.finditer(letters))
    spans = [match.span() for match in stays.finditer(letters)] if found else []

    def is_inside(match: re.Match[str], start: int, end: int) -> bool:
        return start <= match.start() and match.end() <= end

    def touches(match: re.Match[str], start: int, end: int) -> bool:
        first, second = ((end, match.start()), (match.end(), start))[match.start() < start]
        return first > second or bool(BESIDE.fullmatch(letters, first, second))

    outside = [match for match in found if not any(is_inside(match, *span) for span in spans)]
    alone = [span for span in spans if not any(touches(match, *span) for match in outside)]
    return [match for match in found if not any(is_inside(match, *span) for span in alone)]
