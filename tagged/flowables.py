"""What is laid out: text in runs, headings, list items, tables, pictures; each knows the element it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, groupby
from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Table

from tagged.structure import Element


@dataclass(frozen=True)
class Run:
    """A stretch of text in one look. Never markup."""

    words: str
    link: str = ""
    """``#key`` of a place in this document, or a URL."""
    says: str = ""
    """What a link says about where it leads; its words when empty."""
    font: str = ""
    size: float = 0
    colour: Any = None
    actual: str = ""
    """What to read in place of what is drawn."""
    language: str = ""


@dataclass(frozen=True)
class _Link:
    target: str
    says: str
    element: Element | None


class _Words(str):
    """Words that know their element."""

    __slots__ = ("element",)
    element: Element


_keys = count(1)
TALL = 300.0
"""A heading that is no taller stays in one piece."""


class Text(Paragraph):
    """A paragraph of runs: one element, over however many pages.

    :param anchor: the key that links lead to.
    :param label: a list item's mark, drawn before the text into an element of its own.
    """

    def __init__(
        self,
        words: str | Sequence[Run] | None,
        style: ParagraphStyle | None = None,
        element: Element | None = None,
        *,
        anchor: str = "",
        bulletText: None = None,  # noqa: N803  # Paragraph.split passes it
        frags: Any = None,
    ) -> None:
        style = style or ParagraphStyle("plain")
        if frags is None:
            runs = [Run(words)] if isinstance(words, str) else list(words or ())
            frags = _frags([run for run in runs if run.words] or [Run(" ")], style, element)
        super().__init__(None, style, bulletText=None, frags=frags)  # type: ignore[arg-type]  # runs stand for it
        self.element, self.anchor = element, anchor
        self.label = ""
        self.label_element: Element | None = None
        self.keepWithNext = getattr(style, "keepWithNext", 0)

    def letters(self) -> int:
        """How long the text is."""
        return sum(len(frag.text) for frag in self.frags)

    def split(self, *room: float) -> list[Any]:
        parts: list[Any] = super().split(*room)
        for number, part in enumerate(parts):
            if part is not self:
                part.element = self.element
                part._splitLongWordCount, part._hyphenations = self._splitLongWordCount, self._hyphenations
                if number == 0:
                    part.anchor, part.label, part.label_element = self.anchor, self.label, self.label_element
        return parts

    def draw(self) -> None:
        canvas: Any = self.canv
        if self.anchor:
            canvas.bookmarkHorizontal(self.anchor, 0, self.height)
        if self.label:
            self._draw_label()
        element = self._told(canvas)
        is_spaced = not (self._splitLongWordCount or self._hyphenations)
        with canvas.text_of(element, is_spaced=is_spaced):
            super().draw()

    def _draw_label(self) -> None:
        style, first = self.style, self.blPara if self.blPara.kind == 0 else self.blPara.lines[0]
        with self.canv.piece(self.label_element):
            self.canv.setFont(style.bulletFontName, style.bulletFontSize)
            self.canv.setFillColor(getattr(style, "bulletColor", None) or style.textColor)
            self.canv.drawString(
                style.bulletIndent, self.height - getattr(first, "ascent", first.fontSize), self.label
            )

    def _told(self, canvas: Any) -> Element | None:
        """Let words and links know their elements: ReportLab hands on nothing but them. Gives that of the whole."""
        if self.blPara.kind == 0:  # one run
            (frag,) = self.frags
            self._tell_link(canvas, frag)
            return getattr(frag, "inner", None) or self.element
        for line in self.blPara.lines:
            for frag in line.words:
                self._tell_link(canvas, frag)
                inner = getattr(frag, "inner", None)
                if inner is not None:
                    frag.text = _worded(frag.text, inner)
        return self.element

    def _tell_link(self, canvas: Any, frag: Any) -> None:
        for _number, target in frag.link:
            canvas.know_link(target[1:], frag.known_link)


def _worded(text: str, element: Element) -> _Words:
    made = _Words(text)
    made.element = element
    return made


@lru_cache(maxsize=256)
def _usual(style: ParagraphStyle) -> Any:
    """The look of a paragraph's text, as ReportLab's parser would make it."""
    return Paragraph("x", style).frags[0]


def _frags(runs: Sequence[Run], style: ParagraphStyle, element: Element | None) -> list[Any]:
    """Runs in ReportLab's form; neighbours with the same link are one link."""
    made: list[Any] = []
    for (target, says), group in groupby(runs, key=lambda run: (run.link, run.says)):
        linked = list(group)
        if not target:
            made += [_frag(run, style, element) for run in linked]
            continue
        inner = element.within("Link") if element else None
        key = f"link-{next(_keys)}"
        link = _Link(target, says or "".join(run.actual or run.words for run in linked), inner)
        made += [_frag(run, style, inner, inner, link=[(key, f"#{key}")], known_link=link) for run in linked]
    return made


def _frag(
    run: Run, style: ParagraphStyle, parent: Element | None, inner: Element | None = None, **values: Any
) -> Any:
    values = {"link": [], **values, "text": run.words}
    if run.font:
        values["fontName"] = run.font
    if run.size:
        values["fontSize"] = run.size
    if run.colour is not None:
        values["textColor"] = run.colour
    if parent and (run.actual or run.language):
        inner = parent.within("Span", actual=run.actual, language=run.language)
        # ReportLab joins neighbours that look the same; by this it tells them apart, and hyphenates neither.
        values["nobr"] = next(_keys)
    if inner is not None:
        values["inner"] = inner
    return _usual(style).clone(**values)


class Heading(Text):
    """A heading that is also an entry of the outline.

    :param key: names its place, for links and the outline.
    :param level: in the outline, from 0.
    """

    def __init__(
        self,
        words: Any,
        style: Any = None,
        element: Element | None = None,
        *,
        key: str = "",
        level: int = 0,
        plain: str = "",
        **values: Any,
    ) -> None:
        super().__init__(words, style, element, anchor=key, **values)
        self.level = level
        self.chapter = ""
        """Whatever a document template wants to know when it is drawn."""
        self.plain = plain or (words if isinstance(words, str) else "".join(run.words for run in words or ()))
        self.keepWithNext = 1

    def split(self, *room: float) -> list[Any]:
        if self.height < TALL:
            return []
        parts = super().split(*room)
        if parts and parts[0] is not self:
            parts[0].level, parts[0].plain = self.level, self.plain
        return parts

    def draw(self) -> None:
        super().draw()
        if self.anchor:
            self.canv.addOutlineEntry(self.plain, self.anchor, self.level, closed=False)
            self.canv.note_place(self.anchor)


class Item(Text):
    """A list item: its label, and its body beside it. ``L`` > ``LI`` > ``Lbl``, ``LBody``; a list in a body nests.

    :param element: the list (L).
    """

    def __init__(
        self,
        words: Any,
        style: Any = None,
        element: Element | None = None,
        *,
        label: str = "•",
        **values: Any,
    ) -> None:
        if values.get("frags") is not None:
            super().__init__(words, style, element, **values)
            self.body: Element | None = element
            return
        item = element.add("LI") if element else None
        mark = item.add("Lbl") if item else None
        self.body = item.add("LBody") if item else None
        super().__init__(words, style, self.body.add("P") if self.body else None, **values)
        self.label, self.label_element = label, mark


class Picture(Flowable):
    """Any flowable that draws, as a Figure: the element's ``alt`` says what it shows."""

    def __init__(self, drawn: Any, element: Element | None) -> None:
        super().__init__()
        self.drawn, self.element = drawn, element
        self.hAlign = getattr(drawn, "hAlign", "LEFT")

    def wrap(self, *room: float) -> tuple[float, float]:
        self.width, self.height = self.drawn.wrap(*room)
        return self.width, self.height

    def draw(self) -> None:
        if self.element is not None:
            left, bottom = self.canv.absolutePosition(0, 0)
            right, top = self.canv.absolutePosition(self.width, self.height)
            self.element.bbox = (left, bottom, right, top)
        with self.canv.piece(self.element):
            self.drawn.drawOn(self.canv, 0, 0)


def grid(rows: Sequence[Sequence[Any]], *, widths: Sequence[float], heads: int, style: Any) -> Any:
    """A table whose cells are ``Text`` or ``Picture`` with elements of their own; its heads are repeated as decoration
    where those elements are ``is_once``. Lines and backgrounds are decoration by themselves.
    """
    made = Table([list(row) for row in rows], colWidths=list(widths), repeatRows=heads)
    made.setStyle(style)
    return made
