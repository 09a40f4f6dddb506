"""Figures as they are printed and as they are typed, in both languages.

A format is written like ``0``, ``0.00``, ``+0`` or ``0.0%``: the decimals, whether the sign is always there,
and whether the value is a percentage.
"""

import re

UNKNOWN = "–"
_FORMAT = re.compile(r"\+?0(\.0+)?%?")
_TYPED = re.compile(r"[^\d+\-−]*([+\-−]?\s?\d+(?:[.,]\d+)?)\D*")


def is_format(pattern: str) -> bool:
    return bool(_FORMAT.fullmatch(pattern))


def printed(value: float | None, pattern: str, language: str) -> str:
    """The value as text: 1,234.5 in English, 1.234,5 in Dutch; a dash when there is none."""
    if value is None:
        return UNKNOWN
    decimals = len(pattern.partition(".")[2].rstrip("%"))
    figure = f"{abs(value):,.{decimals}f}"
    if language == "nl":
        figure = figure.translate(str.maketrans(",.", ".,"))
    sign = "−" if value < 0 else "+" if pattern.startswith("+") else ""
    return f"{sign}{figure}{'%' if pattern.endswith('%') else ''}"


def typed(written: str) -> float | None:
    """The one number in what somebody typed, with a comma or a point and with or without a unit.

    >>> typed("€ 111,8 per stuk"), typed("17 %"), typed("about 40 to 50")
    (111.8, 17.0, None)
    """
    if len(written) > 100:
        return None
    found = _TYPED.fullmatch(written)
    if not found:
        return None
    return float(found[1].replace(",", ".").replace("−", "-").replace(" ", ""))
