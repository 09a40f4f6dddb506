"""What participants write: checked for what cannot be stored, counted in words, never changed."""

import re
from typing import Any

from exercises.content import canonical
from exercises.kind import LONGEST_ANSWER, InvalidAnswer

_WORD = re.compile(r"\S+")

HOSTILE: tuple[str, ...] = (
    "zero\x00byte",
    "half a surrogate \ud83d",
    "x" * (LONGEST_ANSWER + 1),
    "é" * (LONGEST_ANSWER // 2 + 1),
    "=1+1",
    '=HYPERLINK("http://example.org","click")',
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "نوصي بالخيار الثاني على مراحل",
    "\u202eright to left\u202c",
    "\x07\x1b[31mcontrol characters\x7f",
    "👩‍🔧 🪑 " * 50,
    "1e999",
    "-0",
    "",
)
"""Texts that nobody should be able to break a kind with: each is refused or kept harmlessly."""


def text(posted: Any) -> str:
    """The text that was posted, exactly as it was written.

    :raises InvalidAnswer: "no_text" when it is none, "nul" or "surrogate" when no database can hold it,
        "too_long" when it takes more than the most that one answer may take.
    """
    if not isinstance(posted, str):
        raise InvalidAnswer("no_text")
    if len(posted) > LONGEST_ANSWER:
        raise InvalidAnswer("too_long")
    if "\x00" in posted:
        raise InvalidAnswer("nul")
    try:
        size = len(posted.encode())
    except UnicodeEncodeError:
        raise InvalidAnswer("surrogate") from None
    if size > LONGEST_ANSWER:
        raise InvalidAnswer("too_long")
    return posted


def fields(posted: Any) -> dict[str, str]:
    """The named values of a form part, each as text; an empty value is left out.

    :raises InvalidAnswer: "no_fields" when it is no mapping of names to texts or whole numbers; else as ``text``.
    """
    if not isinstance(posted, dict) or len(posted) > 200:
        raise InvalidAnswer("no_fields")
    found: dict[str, str] = {}
    for name, value in posted.items():
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            raise InvalidAnswer("no_fields")
        if isinstance(value, int) and abs(value) > 10**15:
            raise InvalidAnswer("no_fields")
        if value not in (None, ""):
            found[text(name)] = text(str(value))
    if len(canonical(found).encode()) > LONGEST_ANSWER:
        raise InvalidAnswer("too_long")
    return found


def words(written: str) -> int:
    """The number of words, in any script that puts spaces between them."""
    return sum(1 for _ in _WORD.finditer(written))


def end_of_word(written: str, number: int) -> int | None:
    """The offset after the word of this number, or None when the text does not go on after it."""
    end = 0
    for count, word in enumerate(_WORD.finditer(written), 1):
        if count > number:
            return end
        end = word.end()
    return None
