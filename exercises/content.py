"""Reads and checks a content folder and gives a frozen Exercise with its hash.

A folder holds ``exercise.yaml`` (structure, once), ``text.en.yaml`` and ``text.nl.yaml`` (the same tree of
texts per language, so that both languages are one exercise by construction: T5), and, where people rate it,
``rubric.yaml``. A missing or surplus translation is an error that names the place.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from logging import getLogger
from pathlib import Path
from types import MappingProxyType
from typing import Any

from exercises import lines
from exercises.rubric import Rubric

LANGUAGES = ("en", "nl")
FILES = ("exercise.yaml", *(f"text.{language}.yaml" for language in LANGUAGES), "rubric.yaml")
"""What an exercise is made of; only the rubric may be left out."""
SHELF = Path(__file__).parent / "content"
KEPT = "exercise.json"
"""The whole document of a version that never changes, beside its folder: it is read in a fifth of the time of the YAML."""
_folders: dict[str, Path] = {}
"""Where the exercises that this process has read were, by hash."""
log = getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """Something wrong in content: where, and what to change."""

    place: str
    message: str
    line: int | None = None
    at: str = ""
    """The dotted path of the entry that it is about, where the message does not name it."""

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.message}" if self.line else f"{self.place}: {self.message}"


class ContentError(ValueError):
    """A content folder cannot be used; ``problems`` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, eq=False)
class Exercise:
    """One immutable version of an exercise. Compared by its hash."""

    slug: str
    id: str
    """Its number in the catalogue, "E1" and so on; practice exercises have "E0"."""
    kind: str
    version: int
    minutes: int
    dimensions: tuple[str, ...]
    """Dimensions that are rated or scored here (primary cells of the matrix)."""
    rated: tuple[str, ...]
    """Those of them that assessors rate."""
    keyed: tuple[str, ...]
    """Those of them that a key scores."""
    after: tuple[str, ...]
    """Exercises that must come before, where the centre has them."""
    structure: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, Any]]
    rubric: Rubric | None
    hash: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exercise) and other.hash == self.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def text(self, language: str) -> Mapping[str, Any]:
        return self.texts[language]

    def title(self, language: str) -> str:
        return str(self.texts[language]["title"])

    @property
    def is_simulation(self) -> bool:
        """Whether people rate a constructed response in it (M1)."""
        return bool(self.rated)

    @property
    def is_judgement(self) -> bool:
        """Whether it shows what somebody finds effective, and not what they do (U1, U2)."""
        return self.kind == "judgement"

    def document(self) -> dict[str, Any]:
        """Everything that makes up this version, as plain data: ``from_document`` is the way back."""
        return {
            "slug": self.slug,
            "structure": plain(self.structure),
            "texts": {language: plain(self.texts[language]) for language in LANGUAGES},
            "rubric": self.rubric.document() if self.rubric else None,
        }


def canonical(document: Any) -> str:
    """The one spelling of plain data that hashes are taken over."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(document: Any) -> str:
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def read(folder: Path, given: Mapping[str, Any] | None = None) -> Exercise:
    """The exercise in this folder, checked for what all kinds share (each kind's ``check`` adds its own).

    ``given`` are its files where somebody has read them already.

    :raises ContentError: when a file is missing or broken, or the languages differ.
    """
    problems: list[Problem] = []
    documents: dict[str, Any] = {}
    for name in FILES:
        if given is not None:
            if name in given:
                documents[name] = given[name]
            continue
        if name == "rubric.yaml" and not (folder / name).is_file():
            continue
        try:
            documents[name] = lines.read(folder / name).data
        except FileNotFoundError:
            problems.append(Problem(f"{folder.name}/{name}", "is missing"))
        except lines.Unreadable as error:
            problems.append(Problem(f"{folder.name}/{name}", str(error), error.line))
    if problems:
        raise ContentError(problems)
    first, *others = LANGUAGES
    for other in others:
        problems += [
            Problem(f"{folder.name}/text.{other}.yaml", message)
            for message in _differences(documents[f"text.{first}.yaml"], documents[f"text.{other}.yaml"], "")
        ]
    if problems:
        raise ContentError(problems)
    exercise = from_document(
        {
            "slug": folder.name,
            "structure": documents["exercise.yaml"],
            "texts": {language: documents[f"text.{language}.yaml"] for language in LANGUAGES},
            "rubric": documents.get("rubric.yaml"),
        }
    )
    _folders[exercise.hash] = folder
    return exercise


def keep(exercise: Exercise, folder: Path) -> Path:
    """Write down beside its folder what was read there, for ``kept``; the file in which it is."""
    file = folder.parent / KEPT
    file.write_text(json.dumps(exercise.document(), ensure_ascii=False), "utf-8")
    return file


def kept(folder: Path) -> Exercise | None:
    """The exercise in this folder as it was written down beside it.

    Only what has the hash by which the folder around it is named is believed. None where there is no such document.
    """
    file = folder.parent / KEPT
    try:
        exercise = from_document(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError):
        exercise = None
    if exercise is None or (exercise.hash, exercise.slug) != (folder.parent.name, folder.name):
        log.warning("%s was damaged or changed; the files in %s are read instead", file, folder)
        return None
    _folders[exercise.hash] = folder
    return exercise


def from_document(document: Mapping[str, Any]) -> Exercise:
    """The exercise that ``Exercise.document`` described.

    :raises ContentError: when something that every exercise has is missing.
    """
    structure = document["structure"]
    missing = [name for name in ("id", "kind", "version", "minutes") if name not in structure]
    if missing:
        raise ContentError(
            [Problem(f"{document['slug']}/exercise.yaml", f"has no {name}") for name in missing]
        )
    rubric = Rubric.from_document(document["rubric"]) if document.get("rubric") else None
    rated = tuple(structure.get("rated", ()))
    keyed = tuple(structure.get("keyed", ()))
    return Exercise(
        slug=document["slug"],
        id=structure["id"],
        kind=structure["kind"],
        version=int(structure["version"]),
        minutes=int(structure["minutes"]),
        dimensions=tuple(sorted({*rated, *keyed})),
        rated=rated,
        keyed=keyed,
        after=tuple(structure.get("after", ())),
        structure=_frozen(structure),
        texts=MappingProxyType({language: _frozen(document["texts"][language]) for language in LANGUAGES}),
        rubric=rubric,
        hash=digest(
            {
                "slug": document["slug"],
                "structure": plain(structure),
                "texts": {language: plain(document["texts"][language]) for language in LANGUAGES},
                "rubric": rubric.document() if rubric else None,
            }
        ),
    )


def beside(exercise: Exercise, name: str) -> Path:
    """Where a further file of an exercise would be, such as its sample answers: in the folder that it was read from."""
    return _folders.get(exercise.hash, SHELF / exercise.slug) / name


@cache
def shipped() -> Mapping[str, Exercise]:
    """The exercises that come with Klei, by slug; folders without ``exercise.yaml`` hold other content."""
    return MappingProxyType(
        {f.name: read(f) for f in sorted(SHELF.iterdir()) if (f / "exercise.yaml").is_file()}
    )


def _differences(one: Any, other: Any, place: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() - other.keys():
            yield f"{place}{key} is missing"
        for key in other.keys() - one.keys():
            yield f"{place}{key} is not in the first language"
        for key in one.keys() & other.keys():
            yield from _differences(one[key], other[key], f"{place}{key}.")
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{place.rstrip('.')} has {len(other)} entries instead of {len(one)}"
        for number, (a, b) in enumerate(zip(one, other, strict=False)):
            yield from _differences(a, b, f"{place}{number}.")
    elif type(one) is not type(other):
        yield f"{place.rstrip('.')} is not the same kind of value"
    elif isinstance(one, str) and bool(one.strip()) != bool(other.strip()):
        yield f"{place.rstrip('.')} is empty in one language"


_MAPPINGS = (
    dict,
    MappingProxyType,
)  # by name, since asking each of many thousand values for Mapping takes long


def _frozen(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, _MAPPINGS):
        return MappingProxyType({str(key): _frozen(entry) for key, entry in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(entry) for entry in value)
    return value


def plain(value: Any) -> Any:
    """Frozen content as plain JSON data."""
    if isinstance(value, str):
        return value
    if isinstance(value, _MAPPINGS):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value
