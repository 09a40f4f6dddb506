"""What people typed as runs that the embedded fonts can draw: other scripts, both directions, and nothing hidden.

Arabic and Hebrew are drawn in their shapes and their direction and read as they were typed. A sign that no font has
stands as a visible mark, and is read as it was typed. Controls and turns of direction are left out.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from reportlab.pdfbase import pdfmetrics

from assessment.sections.look import ARABIC, HEBREW, SANS, WIDE
from tagged import Run

UNKNOWN = "\ufffd"
"""Stands for a character that no embedded font has; the page shows the original."""
ROOM = 48
"""Letters of a script from right to left that are kept on one line; names are shorter."""
_PLAIN = re.compile(r"[\x20-\x7e]*\Z")
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
_HEBREW = re.compile(r"[\u0590-\u05ff\ufb1d-\ufb4f]")
LEFT_OUT = dict.fromkeys(
    sign
    for sign in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0xAD,
        0x61C,
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        0xFEFF,
        *range(0xFFF9, 0xFFFC),
    )
    if not chr(sign).isspace()
)
"""Controls, joiners and turns of direction: nothing to see."""


def clean(text: str) -> str:
    """A text on one line, without controls and with a mark for each half of a broken sign."""
    text = re.sub("[\ud800-\udfff]", UNKNOWN, text)
    return " ".join(text.translate(LEFT_OUT).split())


def runs(text: str, font: str = SANS, **look: Any) -> list[Run]:
    """A text as runs; ``look`` is what all of them share, such as colour or link."""
    if _PLAIN.match(text):
        return [Run(" ".join(text.split()), **look)]
    words = [(_script(word, font), word) for word in clean(text).split()]
    made: list[Run] = []
    for script, group in groupby(words, key=lambda entry: entry[0]):
        found = [word for _, word in group]
        space = " " if made else ""
        if script == font:
            made.append(Run(space + " ".join(found), **look))
        elif script in (ARABIC, HEBREW):
            for part in _lines(found):
                made += [Run(" ", **look)] if made else []
                made.append(_turned(part, script, look))
        else:
            made += [Run(" ", **look)] if made else []
            made += _wide(" ".join(found), look)
    return made


def _script(word: str, font: str) -> str:
    """The font that a word is set in."""
    if all(ord(sign) in _known(font) for sign in word):
        return font
    if _ARABIC.search(word):
        return ARABIC
    return HEBREW if _HEBREW.search(word) else WIDE


def _known(font: str) -> Any:
    found: Any = pdfmetrics.getFont(font)
    return found.face.charToGlyph


def _wide(text: str, look: dict[str, Any]) -> Iterator[Run]:
    """Words of other scripts, each unknown sign replaced where it is seen and kept where it is read."""
    for is_known, group in groupby(text, key=lambda sign: ord(sign) in _known(WIDE)):
        found = "".join(group)
        yield Run(found, font=WIDE, **look) if is_known else Run(UNKNOWN, font=WIDE, actual=found, **look)


def _lines(words: list[str]) -> Iterator[str]:
    """Words from right to left in stretches that are not parted: within one the order turns, between them it does not."""
    held: list[str] = []
    for word in words:
        if held and sum(map(len, held)) + len(held) + len(word) > ROOM:
            yield " ".join(held)
            held = []
        held.append(word)
    yield " ".join(held)


def _turned(text: str, font: str, look: dict[str, Any]) -> Run:
    """Drawn from right to left in the shapes that its letters take beside each other."""
    from arabic_reshaper import reshape  # both are needed for the few names alone that are in such a script
    from bidi import get_display

    shown = get_display(reshape(text) if font == ARABIC else text, base_dir="R")
    known = _known(font)
    missing = UNKNOWN if ord(UNKNOWN) in known else "?"
    drawn = "".join("\u00a0" if sign == " " else sign if ord(sign) in known else missing for sign in shown)
    return Run(drawn, font=font, actual=text, language="ar" if font == ARABIC else "he", **look)
