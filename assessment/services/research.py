"""What is taken out of the evidence of a centre: its tables, and the ratings as an anonymised set for research.

The set names nobody and has no text, no day and no code of Klei: people get random ids, drawn anew for every export. What
could tell somebody by being rare is withheld. Whoever takes it says what for, and it is written down.
"""

import hashlib
import json
import secrets
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from assessment import errors, journal
from assessment.access import Actor
from assessment.language import Translator
from assessment.language import marked as _
from assessment.models.centre import Centre
from assessment.sections.blocks import Section, Table
from assessment.sections.evidence.facts import Evidence
from assessment.services import evidence, exports, minimums
from assessment.services.evidence_material import KeyShare, Material, Score

PURPOSES: Mapping[str, str] = {
    "evaluation": _("to evaluate this centre ourselves"),
    "science": _("for a scientific study"),
    "teaching": _("to train assessors or researchers"),
}
"""What a set may be taken out for."""


class NoPurpose(errors.Invalid):
    sentence = "Say what the set is for."


class NotPermitted(errors.Invalid):
    sentence = "Confirm first that the notice to participants allows this."


class TooSmall(errors.NotAllowedNow):
    sentence = "A research set needs at least %(n)s participants who cannot be told apart by what they sat."


# Tables.


def tables(sections: Sequence[Section], found: Evidence) -> bytes:
    """Every table of the page as CSV, and the figures unrounded as JSON; nothing about groups of participants."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for section in sections:
            parts = [block for block in section.blocks if isinstance(block, Table)]
            for number, table in enumerate(parts, start=1):
                rows = tuple(tuple(str(cell) for cell in row) for row in table.rows)
                content = exports.as_csv(exports.Table(table.head, rows))
                archive.writestr(_entry(f"{section.number}-{section.slug}-{number}.csv"), content)
        unrounded = replace(found, groups=()).to_document()
        archive.writestr(_entry("figures.json"), json.dumps(unrounded, ensure_ascii=False, indent=1))
    return target.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without the moment of its making."""
    made = zipfile.ZipInfo(name)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


# The research set.


def take(
    session: Session, centre: Centre, purpose: str, *, is_permitted: bool, words: Translator, by: Actor
) -> bytes:
    """The ratings of a centre without anything that tells who gave or got them, as an archive.

    :raises NoPurpose: when none of those offered is named. :raises NotPermitted: unless it is confirmed that
        participants were told. :raises TooSmall: when too few would be left in it.
    """
    if purpose not in PURPOSES:
        raise NoPurpose(field="purpose")
    if not is_permitted:
        raise NotPermitted(field="permitted")
    material = evidence.read(session, centre.id)
    kept, withheld = _common(material.scores)
    people = {one.participant for one in kept}
    if len(people) < minimums.PEOPLE_RATED_TWICE.n:
        raise TooSmall(n=minimums.PEOPLE_RATED_TWICE.n)
    content = _archive(kept, _keys_of(material, people), withheld, purpose, words)
    journal.record(
        session,
        "research_set.downloaded",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        purpose=purpose,
        participants=len(people),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return content


def _common(scores: Sequence[Score]) -> tuple[list[Score], int]:
    """Scores of participants who sat what several others sat too; and how many participants are left out."""
    sat: dict[UUID, set[str]] = {}
    for one in scores:
        sat.setdefault(one.participant, set()).add(one.exercise)
    patterns = Counter(frozenset(exercises) for exercises in sat.values())
    common = {
        person
        for person, exercises in sat.items()
        if patterns[frozenset(exercises)] >= minimums.PEOPLE_PER_CELL.n
    }
    return [one for one in scores if one.participant in common], len(sat) - len(common)


def _keys_of(material: Material, people: set[UUID]) -> list[KeyShare]:
    return [one for one in material.keys if one.participant in people]


def _archive(
    kept: Sequence[Score],
    keyed: Sequence[KeyShare],
    withheld: int,
    purpose: str,
    words: Translator,
) -> bytes:
    person = _random_ids("p", {one.participant for one in kept})
    raters = {one.assessor for one in kept}
    # Of few assessors everybody knows who rated what.
    names_raters = len(raters) >= minimums.ASSESSORS_TOGETHER.n
    rater = _random_ids("a", raters)
    languages = _common_languages(kept)
    ratings = [
        (
            person[one.participant],
            one.exercise,
            one.dimension,
            rater[one.assessor] if names_raters else "",
            str(one.score) if one.score is not None else None,
            "yes" if one.score is None else "no",
            one.language if one.language in languages else "",
        )
        for one in kept
    ]
    shares = [
        (
            person[one.participant],
            one.exercise,
            one.dimension,
            one.proportion,
            one.language if one.language in languages else "",
        )
        for one in keyed
    ]
    files: dict[str, tuple[tuple[str, ...], Sequence[tuple[exports.Cell, ...]]]] = {
        "ratings.csv": (
            ("participant", "exercise", "dimension", "assessor", "score", "no_evidence", "language"),
            ratings,
        ),
        "keys.csv": (("participant", "exercise", "dimension", "proportion", "language"), shares),
        "dictionary.csv": (("file", "column", "meaning", "values"), _dictionary(words)),
    }
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (head, rows) in files.items():
            # In the order of the random ids, which tells nothing of who came when.
            ordered = rows if name == "dictionary.csv" else sorted(rows, key=str)
            archive.writestr(_entry(name), exports.as_csv(exports.Table(head, tuple(ordered))))
        archive.writestr(_entry("read-me.txt"), _read_me(len(person), withheld, purpose, words))
    return target.getvalue()


def _random_ids(letter: str, people: Iterable[UUID]) -> dict[UUID, str]:
    ids: dict[UUID, str] = {}
    taken: set[str] = set()
    for one in people:
        made = f"{letter}{secrets.token_hex(4)}"
        while made in taken:
            made = f"{letter}{secrets.token_hex(4)}"
        taken.add(made)
        ids[one] = made
    return ids


def _common_languages(kept: Sequence[Score]) -> set[str | None]:
    """Languages that several people worked in; withheld altogether when one of two is rare, or it could be guessed."""
    people: dict[str | None, set[UUID]] = {}
    for one in kept:
        people.setdefault(one.language, set()).add(one.participant)
    rare = any(len(found) < minimums.PEOPLE_PER_CELL.n for found in people.values())
    return set() if rare else set(people)


def _dictionary(words: Translator) -> list[tuple[Any, ...]]:
    _ = words.gettext
    random = _("random, drawn anew for each export")
    return [
        ("ratings.csv", "participant", _("who was rated"), random),
        ("ratings.csv", "exercise", _("which exercise, by its id in the catalogue"), "E1, E2, …"),
        ("ratings.csv", "dimension", _("which dimension, by its id in the framework"), "L1, S1, …"),
        (
            "ratings.csv",
            "assessor",
            _("who rated; empty in a centre with fewer than five assessors"),
            random,
        ),
        ("ratings.csv", "score", _("first-round score, before any second look or discussion"), "1–5"),
        ("ratings.csv", "no_evidence", _("the assessor saw nothing of this dimension"), "yes, no"),
        (
            "ratings.csv",
            "language",
            _("language of the exercise; empty where a language is rare"),
            "en, nl",
        ),
        ("keys.csv", "participant", _("who was scored, by the id in ratings.csv"), random),
        ("keys.csv", "exercise", _("which exercise, by its id in the catalogue"), "E1, E2, …"),
        ("keys.csv", "dimension", _("which dimension, by its id in the framework"), "L1, S1, …"),
        ("keys.csv", "proportion", _("share of what the automatic key could give"), "0–1"),
        (
            "keys.csv",
            "language",
            _("language of the exercise; empty where a language is rare"),
            "en, nl",
        ),
    ]


def _read_me(participants: int, withheld: int, purpose: str, words: Translator) -> str:
    _ = words.gettext
    return "\n".join(
        (
            _("Ratings of an assessment centre, anonymised by Klei."),
            "",
            _(
                "Participants: %(n)s. Left out because few sat the same exercises: %(withheld)s.",
                n=participants,
                withheld=withheld,
            ),
            _("Taken out %(purpose)s.", purpose=_(PURPOSES[purpose])),
            "",
            _(
                "There are no names, dates, texts or codes of Klei in it, and ids of another export do not match these."
            ),
            _(
                "Whoever rated may recognise their own marks. Do not try to find out who anybody is, and do not join this set with other data about people."
            ),
            _("Use it for the purpose above only, and delete it when that is done."),
            "",
        )
    )
