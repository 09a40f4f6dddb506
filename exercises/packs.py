"""Packs: one exercise as one ZIP, with a label that says what is in it; and the folder in which own exercises live.

A pack holds ``pack.json`` and a folder of the exercise's name with its files. Nothing of a pack is believed: it is read
within narrow limits into a folder that is no exercise yet, compared with its label, checked like any content, and only
then put into its place, by one renaming. So nothing is ever half there, and what is there never changes: each version
stands in a folder of its own, named by its hash, with its whole document beside its files for a quick start.
"""

import hashlib
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from logging import getLogger
from pathlib import Path
from types import MappingProxyType
from typing import Any

from exercises import checking, content
from exercises.content import ContentError, Exercise, Problem

LABEL = "pack.json"
FORM = 1
FILES = (*content.FILES, "samples.yaml", "benchmarks.yaml", "role_player.yaml", "README.md", "LICENSE.md")
"""All that a pack may hold; nothing of it is ever run."""
LARGEST_PACK = 4_000_000
LARGEST_FILE = 1_000_000
LARGEST_WHOLE = 4_000_000
BIGGEST_RATIO = 60
"""Text of a real exercise packs to a third or a tenth; what packs far better was made to fill a disk."""
_HASH = re.compile(r"[0-9a-f]{64}")
_SAME_MOMENT = (1980, 1, 1, 0, 0, 0)
log = getLogger(__name__)


class PackError(ValueError):
    """A pack cannot be made or taken in; nothing was changed."""


def export(folder: Path) -> bytes:
    """The pack of the exercise in this folder. The same content always gives the same bytes.

    :raises PackError: when something in it has to be changed first.
    """
    _refuse(checking.problems(folder))
    exercise = content.read(folder)
    held = {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}
    label = {
        "form": FORM,
        "slug": exercise.slug,
        "version": exercise.version,
        "hash": exercise.hash,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in held.items()},
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, LABEL, (json.dumps(label, indent=1, sort_keys=True) + "\n").encode())
        for name, data in held.items():
            _put(archive, f"{exercise.slug}/{name}", data)
    return made.getvalue()


def take_in(pack: Path, into: Path) -> tuple[Exercise, bool]:
    """Put the exercise of a pack into the folder of own exercises; with it, whether it is new there.

    :raises PackError: when it is no pack, does not hold what its label says, or may not be used as it is.
    """
    label, held = _opened(pack)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".taking-in-", dir=into) as working:
        folder = Path(working) / "version" / label["slug"]
        folder.mkdir(parents=True)
        for name, data in held.items():
            (folder / name).write_bytes(data)
        _refuse(checking.problems(folder))
        exercise = content.read(folder)
        if exercise.hash != label["hash"]:
            raise PackError(f"its content has the hash {exercise.hash}, and its label says {label['hash']}")
        if (into / exercise.hash).exists() or content.shipped().get(exercise.slug) == exercise:
            return exercise, False
        there = on_the_shelf(into).get(exercise.slug)
        if there is not None and exercise.version <= there.version:
            raise PackError(
                f"{exercise.slug} is there in version {there.version} with other content, and a version never changes;"
                f" give this one version {there.version + 1} in exercise.yaml and export it again"
            )
        return put_in_place(exercise, folder, into)


def put_in_place(exercise: Exercise, folder: Path, into: Path) -> tuple[Exercise, bool]:
    """Give an exercise that was checked its place among the own exercises: ``folder``, with the one that it is alone in.

    With it, whether it is new there.
    """
    for file in (content.keep(exercise, folder), *folder.iterdir()):
        _settle(file)
    place = into / exercise.hash
    try:
        os.rename(folder.parent, place)
    except OSError:
        if not place.exists():
            raise
        return exercise, False  # somebody else took in the same at the same time
    own.cache_clear()
    return _read(place / exercise.slug), True


def on_the_shelf(folder: Path | None) -> Mapping[str, Exercise]:
    """The exercises that ship with Klei and the own ones by slug; of the same slug the one with the highest version."""
    if folder is None:
        return content.shipped()
    try:
        taken_in = own(folder, folder.stat().st_mtime_ns)
    except OSError:
        return content.shipped()
    found = dict(content.shipped())
    for exercise in taken_in:
        if exercise.slug not in found or exercise.version > found[exercise.slug].version:
            found[exercise.slug] = exercise
    return MappingProxyType(found)


@lru_cache(maxsize=8)
def own(folder: Path, _changed: int = 0) -> tuple[Exercise, ...]:
    """The own exercises in a folder, read anew when something was taken in. What cannot be read is left out."""
    found = []
    for file in sorted([*folder.glob("*/exercise.yaml"), *folder.glob("*/*/exercise.yaml")]):
        if file.relative_to(folder).parts[0].startswith("."):
            continue
        try:
            found.append(_read(file.parent))
        except (ContentError, ValueError, TypeError, KeyError, AttributeError, OSError):
            log.warning(
                "%s is left out: flask --app wsgi content check %s tells why", file.parent, file.parent
            )
    return tuple(found)


def _read(folder: Path) -> Exercise:
    return content.kept(folder) or content.read(folder)


def _opened(pack: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The label and the files of a pack, as far as they are what they should be. Nothing is written."""
    try:
        if pack.stat().st_size > LARGEST_PACK:
            raise PackError(f"it is larger than {LARGEST_PACK:,} bytes")
        with zipfile.ZipFile(pack) as archive:
            label, held = _held(archive)
    except PackError:
        raise
    except (
        Exception
    ) as error:  # what zipfile raises at damage and at forms that it does not know is no short list
        raise PackError(f"it is no ZIP that can be read: {error or type(error).__name__}") from None
    for name, digest in label["files"].items():
        if name not in held:
            raise PackError(f"{name} is missing, which its label names")
        if hashlib.sha256(held[name]).hexdigest() != digest:
            raise PackError(f"{name} is not what its label says: it was changed or damaged on the way")
    return label, held


def _held(archive: zipfile.ZipFile) -> tuple[dict[str, Any], dict[str, bytes]]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > len(FILES) + 2:
        raise PackError(f"it has {len(entries)} entries, and a pack has at most {len(FILES) + 2}")
    if len({name.casefold() for name in names}) < len(names):
        raise PackError("it has two files of the same name")
    if sum(entry.file_size for entry in entries) > LARGEST_WHOLE:
        raise PackError(f"its files are larger than {LARGEST_WHOLE:,} bytes together")
    if LABEL not in names:
        raise PackError(f"it has no {LABEL}")
    label = _label(_unpacked(archive, archive.getinfo(LABEL)))
    wanted = {f"{label['slug']}/{name}": name for name in label["files"]}
    held = {}
    for entry in entries:
        if entry.filename in (LABEL, f"{label['slug']}/"):
            continue
        if entry.filename not in wanted:
            raise PackError(f"it has {entry.filename[:80]!r}, which its label does not name")
        held[wanted[entry.filename]] = _unpacked(archive, entry)
    return label, held


def _label(data: bytes) -> dict[str, Any]:
    try:
        label = json.loads(data)
    except (ValueError, RecursionError):
        raise PackError(f"{LABEL} is no JSON") from None
    files = label.get("files") if isinstance(label, dict) else None
    is_whole = (
        isinstance(files, dict)
        and label.get("form") == FORM
        and isinstance(label.get("slug"), str)
        and len(label["slug"]) <= checking.LONGEST_SLUG
        and checking.SLUG.fullmatch(label["slug"])
        and all(isinstance(one, str) and _HASH.fullmatch(one) for one in (label.get("hash"), *files.values()))
    )
    if not is_whole:
        raise PackError(f"{LABEL} does not have the form {FORM}; make the pack with content export")
    if unknown := sorted(label["files"].keys() - {*FILES}):
        raise PackError(f"{LABEL} names {unknown[0][:80]!r}, which no pack may hold")
    return dict(label)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    kind = (entry.external_attr >> 16) & 0o170000
    if kind not in (0, 0o100000):
        raise PackError(f"{entry.filename[:80]!r} is no plain file")
    if entry.flag_bits & 1:
        raise PackError(f"{entry.filename[:80]!r} is encrypted")
    if entry.file_size > LARGEST_FILE or entry.file_size > BIGGEST_RATIO * max(entry.compress_size, 100):
        raise PackError(f"{entry.filename[:80]!r} is too large, or packed too well to be a text")
    with archive.open(entry) as opened:
        data = opened.read(LARGEST_FILE + 1)  # the sizes in a ZIP may lie
    if len(data) != entry.file_size:
        raise PackError(f"{entry.filename[:80]!r} is not as large as the ZIP says")
    return data


def _refuse(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise PackError("it has to be changed first:\n" + "\n".join(map(str, problems)))


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _SAME_MOMENT)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)


def _settle(file: Path) -> None:
    """Have the disk keep a file before the folder gets its name."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
