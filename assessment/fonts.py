"""The fonts of page and PDF: subsets and static instances of Source Sans 3 and Source Serif 4, made once into a cache.

"Source" is a reserved name under the Open Font License, so what is made of them is called Klei Sans and Klei Serif; the
licence lies beside them. Made by a command, never inside a request: fontTools is loaded only then.
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import fontpkg

RELEASE = "2"
"""Raised when what is made here changes."""
LATIN = [*range(0x20, 0x180), *range(0x2000, 0x2070), *range(0x20A0, 0x20C0), *range(0x2190, 0x2194), 0x218, 0x219,
         0x21A, 0x21B, 0x2022, 0x2026, 0x2122, 0x2212, 0x2260, 0x2264, 0x2265, 0x25CB, 0x25CF, 0x2713, 0x2588, 0xFFFD]  # fmt: skip
WIDE = [*range(0x20, 0x530), *range(0x1E00, 0x2070), *range(0x20A0, 0x20C0), *range(0x2100, 0x2200), 0x2212, 0x2588,
        0xFFFD]  # fmt: skip
ARABIC = [*range(0x20, 0x7F), 0xA0, *range(0x600, 0x700), *range(0x750, 0x780), *range(0xFB50, 0xFE00),
          *range(0xFE70, 0xFEFF), 0xFFFD]  # fmt: skip
HEBREW = [*range(0x20, 0x7F), 0xA0, *range(0x590, 0x600), *range(0xFB1D, 0xFB50), 0xFFFD]
FAMILIES = {
    "Klei Sans": "Source Sans 3",
    "Klei Serif": "Source Serif 4",
    "Klei Wide": "Noto Sans",
    "Klei Arabic": "Noto Sans Arabic",
    "Klei Hebrew": "Rubik",
}
LETTERS = {"Klei Wide": WIDE, "Klei Arabic": ARABIC, "Klei Hebrew": HEBREW}
"""What a family holds that is not for Latin alone."""
PACKAGES = (
    "fontpkg-source-sans-3", "fontpkg-source-serif-4", "fontpkg-noto-sans", "fontpkg-noto-sans-arabic", "fontpkg-rubik",
)  # fmt: skip


@dataclass(frozen=True)
class Face:
    """A static instance for the PDF."""

    file: str
    family: str
    weight: int
    style: str


FACES = (
    Face("klei-sans-regular.ttf", "Klei Sans", 400, "normal"),
    Face("klei-sans-italic.ttf", "Klei Sans", 400, "italic"),
    Face("klei-sans-bold.ttf", "Klei Sans", 600, "normal"),
    Face("klei-serif-regular.ttf", "Klei Serif", 400, "normal"),
    Face("klei-serif-bold.ttf", "Klei Serif", 600, "normal"),
    Face("klei-wide-regular.ttf", "Klei Wide", 400, "normal"),
    Face("klei-arabic-regular.ttf", "Klei Arabic", 400, "normal"),
    Face("klei-hebrew-regular.ttf", "Klei Hebrew", 400, "normal"),
)
WEB = (
    Face("klei-sans.woff2", "Klei Sans", 0, "normal"),
    Face("klei-sans-italic.woff2", "Klei Sans", 0, "italic"),
    Face("klei-serif.woff2", "Klei Serif", 0, "normal"),
)


@dataclass(frozen=True)
class Fonts:
    """Where the fonts lie."""

    folder: Path

    def path(self, file: str) -> Path:
        return self.folder / file


def folder(data_folder: Path) -> Path:
    """Where the fonts of this release belong: another release of anything gives another folder."""
    releases = [
        RELEASE,
        *(version(name) for name in PACKAGES),
    ]
    return data_folder / "fonts" / hashlib.sha256("/".join(releases).encode()).hexdigest()[:12]


def find(data_folder: Path) -> Fonts | None:
    """The fonts, if they were made."""
    place = folder(data_folder)
    return Fonts(place) if (place / "done").is_file() else None


def ensure(data_folder: Path) -> Fonts:
    """The fonts, made now if they were not: takes some seconds once. Two at once make them twice and keep one."""
    found = find(data_folder)
    if found:
        return found
    place = folder(data_folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        work = Path(temporary) / "work"
        work.mkdir()
        with _quiet():
            for face in FACES:
                _make(face, work / face.file, instance=True)
            for face in WEB:
                _make(face, work / face.file, instance=False)
        for name in PACKAGES:
            _licence(name.replace("-", "_"), work)
        (work / "done").write_text("")
        try:
            os.rename(work, place)
        except OSError:
            if not (place / "done").is_file():
                raise
    return Fonts(place)


@contextmanager
def _quiet() -> Iterator[None]:
    log = logging.getLogger("fontTools")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _make(face: Face, target: Path, *, instance: bool) -> None:
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    source = fontpkg.path(FAMILIES[face.family], 400, face.style)
    options = subset.Options()
    options.layout_features = ["kern", "tnum", "lnum", "liga", "mark", "mkmk", "ccmp", "locl"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    # Subset first, then instance: the other order can crash.
    font = subset.load_font(BytesIO(Path(source).read_bytes()), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=LETTERS.get(face.family, LATIN))
    cutter.subset(font)
    buffer = BytesIO()
    subset.save_font(font, buffer, options)
    buffer.seek(0)
    font = TTFont(buffer)
    axes = {axis.axisTag: axis for axis in font["fvar"].axes}
    limits: dict[str, float | tuple[float, float]] = {}
    if "opsz" in axes:
        limits["opsz"] = 14
    if "wdth" in axes:
        limits["wdth"] = 100
    limits["wght"] = face.weight if instance else (400, 700)
    font = instancer.instantiateVariableFont(font, limits)
    _rename(font, face)
    font.flavor = "woff2" if target.suffix == ".woff2" else None
    font.save(str(target))


def _rename(font: Any, face: Face) -> None:
    style = {400: "Regular", 600: "Bold", 0: "Variable"}[face.weight]
    if face.style == "italic":
        style = "Italic" if style == "Regular" else f"{style} Italic"
    full = f"{face.family} {style}"
    names = {
        1: face.family,
        2: style,
        3: f"{full} {RELEASE}",
        4: full,
        6: full.replace(" ", "-"),
        16: face.family,
        17: style,
    }
    for record in list(font["name"].names):
        if record.nameID in names:
            record.string = names[record.nameID]
        elif record.nameID in (25,):
            record.string = full.replace(" ", "")


def _licence(package: str, work: Path) -> None:
    import importlib.util

    spec = importlib.util.find_spec(package)
    assert spec
    assert spec.submodule_search_locations
    for found in Path(next(iter(spec.submodule_search_locations))).rglob("*"):
        if found.is_file() and found.name.upper().startswith(("OFL", "LICENSE")):
            (work / f"{package}-LICENSE.txt").write_bytes(found.read_bytes())
            return
