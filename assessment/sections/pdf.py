"""Writes documents made of sections as tagged PDF: what the page says, on A4, in the same order, for every reader."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Spacer,
    Table,
)

import tagged
from assessment.fonts import Fonts
from assessment.language import Translator, translator
from assessment.sections import blocks, shelf
from assessment.sections.blocks import Paper
from assessment.sections.facts import OwnFacts, ReportFacts
from assessment.sections.look import (
    BOTTOM,
    BOX,
    CLAY,
    FACTS,
    FILES,
    HEIGHT,
    LINE,
    MEASURE,
    PAIR,
    RULE,
    SANS,
    SIDE,
    SOFT,
    STYLES,
    TABLE,
    TOP,
    WIDTH,
    narrow,
)
from assessment.sections.scripts import UNKNOWN, clean, runs
from charts import pdf as charts
from tagged import Element, Heading, Item, Picture, Run, Text, Tree

__all__ = ["UNKNOWN", "build", "compose", "flowables", "report_paper", "write"]

HALF_PAGE = 1
"""The section whose strengths and steps stand side by side."""
LONG_CELL = 400
"""From so many letters on it is looked whether a cell fits on a page."""
LONGEST = 300
"""So many letters of a title stand in the contents."""
LONG_TABLE = 15
"""A table of more rows begins where it stands: to be kept whole it would have to leave the rest of a page empty."""
TOGETHER = 4
"""So many flowables of a part are kept on one page: its heading, its definition, its result, its first sentence."""


def write(facts: ReportFacts, fonts: Fonts, own: OwnFacts | None = None) -> bytes:
    """The report as a PDF."""
    return compose(report_paper(facts, own), fonts)


def compose(paper: Paper, fonts: Fonts) -> bytes:
    """Any document made of sections as a PDF."""
    register(fonts.folder)
    tree = Tree(title=_titled(paper.name or paper.title), language=paper.language)
    return build(flowables(paper, tree), paper, tree)


def report_paper(facts: ReportFacts, own: OwnFacts | None = None) -> Paper:
    """What a report says, as a document to print."""
    words = translator(facts.language)
    day = words.day(facts.signed_on)
    return Paper(
        words.gettext("Development report"),
        facts.language,
        shelf.sections(facts, own),
        (facts.participant, f"{facts.programme} · {facts.centre}", day),
        f"{facts.programme} · {facts.centre} · {day}",
        words.gettext("Development report – %(name)s", name=facts.participant),
        facts.responsible,
        facts.centre,
    )


@lru_cache(maxsize=4)
def register(folder: Path) -> None:
    """Let ReportLab know the fonts in a folder."""
    for name, file in FILES.items():
        pdfmetrics.registerFont(tagged.Font(name, str(folder / file)))


class _Gap(Spacer):
    """Room below something. At the end of a page it is what is left there: at the top of the next it would only take the
    place of what just fits on a page.
    """

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return self.width, max(0.0, min(self.height, height))


def flowables(paper: Paper, tree: Tree) -> list[Flowable]:
    """The document's blocks as what ReportLab lays out; the fonts have to be known."""
    words = translator(paper.language)
    story = _top(paper, tree, words)
    for number, section in enumerate(paper.sections):
        story += _Section(
            section, tree.root.add("Sect"), 52 * mm if paper.has_contents else 26 * mm
        ).flowables(is_first=number == 0)
    while isinstance(story[-1], Spacer):
        story.pop()  # room below the last words would make an empty page
    return story


def build(story: list[Flowable], paper: Paper, tree: Tree, *, is_tagged: bool = True) -> bytes:
    """Lay out flowables as this document's pages."""
    target = BytesIO()
    document = _Document(
        target,
        pagesize=A4,
        title=tree.title,
        author=clean(paper.author),
        subject=clean(paper.subject),
        creator="Klei",
        lang=paper.language,
        leftMargin=SIDE,
        rightMargin=SIDE,
        topMargin=TOP,
        bottomMargin=BOTTOM,
        invariant=1,
    )
    document.prepare(paper)
    document.build(story, canvasmaker=tree.canvas(SANS, is_tagged=is_tagged))
    return target.getvalue()


def _text(words: str, style: str, element: Element, **values: Any) -> Text:
    look = STYLES[style]
    return Text(runs(words, look.fontName), look, element, **values)


def _top(paper: Paper, tree: Tree, words: Translator) -> list[Flowable]:
    """What the first page begins with: mark, title, whose it is, and what stands on which page."""
    root = tree.root
    story: list[Flowable] = [
        _text("klei", "mark", root.add("P")),
        _text(_titled(paper.title), "title", root.add("H1")),
        *(_text(line, "about", root.add("P")) for line in paper.about),
    ]
    if paper.has_contents and len(paper.sections) > 1:
        story.append(_text(words.gettext("Contents"), "contents", root.add("P")))
        contents = root.add("TOC")
        story += [_Entry(section, contents.add("TOCI").add("Reference")) for section in paper.sections]
        story.append(_Gap(1, 4))
    return story


def _titled(words: str) -> str:
    """A title as text; one without a sign to see is a dash, because a heading that says nothing leads nowhere."""
    return clean(words) or "–"


def _place(section: blocks.Section) -> str:
    return f"section-{section.number}"


class _Entry(Text):
    """A line of the contents: number, title and page, the whole line over a rule."""

    def __init__(self, section: Any = None, element: Any = None, *more: Any, **values: Any) -> None:
        if not isinstance(section, blocks.Section):
            super().__init__(section, element, *more, **values)
            return
        look = STYLES["entry"]
        self.key, self.number = _place(section), str(section.number)
        title = _titled(section.title)[:LONGEST]
        super().__init__(runs(title, look.fontName, link=f"#{self.key}"), look, element)

    def wrap(self, *room: float) -> tuple[float, float]:
        width, height = super().wrap(*room)
        return width, height + 4  # room for the rule

    def split(self, *_room: float) -> list[Any]:
        return []

    def draw(self) -> None:
        canvas: Any = self.canv
        key = self.key
        canvas.translate(0, 4)
        base = self.height - 9
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(0, -3, WIDTH, -3)
        with canvas.piece(self.element):
            canvas.setFont(SANS, 9)
            canvas.setFillColor(CLAY)
            canvas.drawString(0, base, self.number)
        super().draw()
        with canvas.piece(self.element):
            canvas.later(lambda known: _right(known, WIDTH, base, str(known.pages_of.get(key, "")), 10))


def _right(canvas: Any, x: float, y: float, words: str, size: float) -> None:
    canvas.setFont(SANS, size)
    canvas.setFillColor(SOFT)
    canvas.drawRightString(x, y, words)


class _Section:
    """One section on its way to paper: what is drawn, and the element it is read from."""

    def __init__(self, section: blocks.Section, element: Element, room: float) -> None:
        self.section, self.element, self.room = section, element, room
        self.depth = 2
        """The level of the last heading: titles of lists stand one below."""

    def flowables(self, *, is_first: bool) -> list[Flowable]:
        """Heading and blocks: an introduction stays with its table, a part's heading with what it says."""
        section = self.section
        number = Run(f"{section.number}\u00a0\u00a0", colour=CLAY)
        title = runs(_titled(section.title), STYLES["h2"].fontName)
        heading = Heading([number, *title], STYLES["h2"], self.element.add("H2"), key=_place(section), plain=_titled(section.title))  # fmt: skip
        heading.chapter = section.title
        groups: list[list[Flowable]] = [[heading]]
        is_open = any(isinstance(block, blocks.Table) for block in section.blocks)
        has_picture = any(isinstance(block, blocks.Figure) and block.is_wide for block in section.blocks)
        waiting = list(section.blocks)
        while waiting:
            block = waiting.pop(0)
            if isinstance(block, blocks.Heading) and len(groups[-1]) > 1:
                groups.append([])  # a section that begins with a part keeps its heading on the page of that
            if is_open and has_picture and isinstance(block, blocks.Table):
                # Picture and table together would leave half a page empty: each stays whole by itself.
                groups, is_open = [[KeepTogether(groups[0])], []], False
            if section.number == HALF_PAGE and _is_points(block) and waiting and _is_points(waiting[0]):
                groups[-1] += self._pair(block, waiting.pop(0))
            else:
                groups[-1] += self._block(block)
            if isinstance(block, blocks.Table) and len(block.rows) > LONG_TABLE:
                is_open = False
                for one in groups[-1]:
                    one.keepWithNext = 0
            if is_open and isinstance(block, blocks.Table):
                groups, is_open = [[KeepTogether(groups[0])], []], False
        made: list[Flowable] = [] if is_first else [CondPageBreak(self.room)]
        for group in groups:
            is_part = any(isinstance(one, Heading) and one.level > 0 for one in group[:2])
            end = len(group) if any(isinstance(one, _Written) for one in group) else _first_said(group)
            made += [KeepTogether(group[:end]), *group[end:]] if is_part else group
        return made

    def _block(self, block: blocks.Block) -> list[Flowable]:
        match block:
            case blocks.Heading():
                self.depth = block.level
                look = STYLES["h3" if block.level < 4 else "h4"]
                element = self.element.add(f"H{block.level}")
                # Unique per heading, and without words, so that nothing of a name gets into a link target.
                key = block.key or f"heading-{self.section.number}-{id(block)}"
                return [Heading(runs(_titled(block.words), look.fontName), look, element, key=key, level=1, plain=_titled(block.words))]  # fmt: skip
            case blocks.Paragraph():
                anchor = f"sentence-{block.place}" if block.place else ""
                said: list[Flowable] = [_text(block.words, block.style, self.element.add("P"), anchor=anchor)]
                below = _below("", block.references, block.results)
                if below:
                    said[0].keepWithNext = 1
                    said.append(Text(below, STYLES["rests"], self.element.add("P")))
                return said
            case blocks.Bullets():
                return self._bullets(block, self.element)
            case blocks.Quote():
                quote = self.element.add("BlockQuote")
                said = [_text(block.words, "voice", quote.add("P"))]
                said[0].keepWithNext = 1
                return [*said, _text(block.source, "soft", quote.add("P"))]
            case blocks.Figure():
                chart = block.chart
                highest = 0.9 * HEIGHT * chart.width / chart.height
                width = min(WIDTH * (1 if block.is_wide else 0.7), highest)
                return [_picture(block, width, self.element), _Gap(1, 8)]
            case blocks.Table():
                return self._table(block)
            case blocks.Facts():
                return self._facts(block)
            case blocks.Callout():
                return self._callout(block)
            case blocks.Lines():
                return self._lines(block)

    def _bullets(self, block: blocks.Bullets, element: Element, *, is_narrow: bool = False) -> list[Flowable]:
        def look(name: str) -> Any:
            return narrow(STYLES[name]) if is_narrow else STYLES[name]

        made: list[Flowable] = []
        if block.title:
            title = look("h4")
            made.append(Text(runs(block.title, title.fontName), title, element.add(f"H{self.depth + 1}")))
            made[0].keepWithNext = 1
        listed = element.add("L", attributes="<</O/List/ListNumbering/Disc>>") if block.items else element
        for bullet in block.items:
            style = look("passage" if bullet.passage else "item")
            label = str(bullet.passage) if bullet.passage else "•"
            anchor = f"passage-{bullet.passage}" if bullet.passage else f"sentence-{bullet.place}" if bullet.place else ""  # fmt: skip
            said = runs(bullet.words, style.fontName)
            note = bullet.note
            if block.is_brief and note:
                said += [Run("  "), *runs(note, size=STYLES["note"].fontSize, colour=SOFT)]
                note = ""
            item = Item(said, style, listed, label=label, anchor=anchor)
            made.append(item)
            below = _below(note, bullet.references, bullet.results, bullet.cited)
            if below:
                item.keepWithNext = 1
                soft = look("passage-note" if bullet.passage else "note")
                made.append(Text(below, soft, item.body.add("P") if item.body else None))
        return [*made, _Gap(1, 4)] if block.items else made

    def _pair(self, left: blocks.Block, right: blocks.Block) -> list[Flowable]:
        """Strengths and steps side by side, as on the page; one below the other when they are too long for it."""
        gap = 5 * mm
        width = (WIDTH - gap) / 2
        sides = [self._bullets(block, self.element, is_narrow=True) for block in (left, right)]  # type: ignore[arg-type]
        longest = max(sum(part.wrap(width - 24, HEIGHT)[1] + 8 for part in side) for side in sides)
        if longest > HEIGHT * 0.7:
            return [*sides[0], *sides[1]]
        for side in sides:
            side.pop()
        table = Table([[sides[0], "", sides[1]]], colWidths=[width, gap, width])
        table.setStyle(PAIR)
        return [_Gap(1, 4), table, _Gap(1, 12)]

    def _table(self, block: blocks.Table) -> list[Flowable]:
        if not block.rows:
            return []
        widths = [share * WIDTH for share in block.widths] or [WIDTH / len(block.head)] * len(block.head)
        table = self.element.add("Table")
        made: list[Flowable] = []
        if block.caption:
            made.append(_text(block.caption, "caption", table.add("Caption")))
            made[0].keepWithNext = 1
        head = table.add("THead").add("TR")
        rows: list[list[Any]] = [
            [_text(cell, "head", head.add("TH", scope="Column", is_once=True)) for cell in block.head]
        ]
        body = table.add("TBody")
        for row in block.rows:
            element = body.add("TR")
            rows.append([_cell(cell, place, widths[place], element) for place, cell in enumerate(row)])
        return [*made, *_grid(rows, widths, TABLE, heads=1), _Gap(1, 12)]

    def _facts(self, block: blocks.Facts) -> list[Flowable]:
        if not block.rows:
            return []
        body = self.element.add("Table").add("TBody")
        across = max(1, block.columns)
        rows: list[list[Any]] = []
        for first in range(0, len(block.rows), across):
            element = body.add("TR")
            row: list[Any] = []
            for label, value in block.rows[first : first + across]:
                row.append(_text(label, "label", element.add("TH", scope="Row")))
                row.append(_text(value, "fact", element.add("TD")))
            while len(row) < 2 * across:
                row.append(Text("", STYLES["fact"], element.add("TD")))
            rows.append(row)
        shares = (0.26, 0.74) if across == 1 else (0.18, 0.82 - 0.5) * across
        room = MEASURE if across == 1 else WIDTH
        return [*_grid(rows, [share * room for share in shares], FACTS), _Gap(1, 10)]

    def _callout(self, block: blocks.Callout) -> list[Flowable]:
        element = self.element.add("Div")
        said = [_text(block.title, "boxed-title", element.add("P"))] if block.title else []
        said.append(_text(block.words, "boxed", element.add("P")))
        return [_Gap(1, 4), *_grid([[part] for part in said], [MEASURE], BOX), _Gap(1, 12)]

    def _lines(self, block: blocks.Lines) -> list[Flowable]:
        if block.words:
            beside = [
                _text(block.label, "label", self.element.add("P")),
                _text(block.words, "voice", self.element.add("P")),
            ]
            return _grid([beside], [0.26 * MEASURE, 0.74 * MEASURE], FACTS)
        if block.count == 1:
            return [_Written(runs(block.label), STYLES["label"], self.element.add("P"))]
        label = _text(block.label, "h4", self.element.add("P"))
        label.keepWithNext = 1
        return [label, *(_Ruling() for _ in range(block.count)), _Gap(1, 12)]


class _Ruling(Flowable):
    """An empty line to write on, on the measure of the text."""

    def wrap(self, *_room: float) -> tuple[float, float]:
        return MEASURE, 24

    def draw(self) -> None:
        _rule(self.canv, 0)


class _Written(Text):
    """A label with an empty line beside it, and room above for a hand."""

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        super().wrap(0.26 * MEASURE, height)
        return MEASURE, max(26.0, self.height)

    def split(self, *_room: float) -> list[Any]:
        return []

    def draw(self) -> None:
        super().draw()
        _rule(self.canv, 0.26 * MEASURE)


def _rule(canvas: Any, start: float) -> None:
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    canvas.line(start, 2, MEASURE, 2)


def _first_said(group: list[Flowable]) -> int:
    """Where a part may be parted: after its first list item and the line below it, if it begins with few words."""
    first = next((number for number, one in enumerate(group[:6]) if isinstance(one, Item)), None)
    if first is None:
        return TOGETHER
    return first + 2 if getattr(group[first], "keepWithNext", 0) else first + 1


def _is_points(block: blocks.Block) -> bool:
    return isinstance(block, blocks.Bullets) and bool(block.title)


def _cell(cell: blocks.Cell, place: int, width: float, row: Element) -> Any:
    if isinstance(cell, blocks.Figure):
        return _picture(cell, width - 14, row.add("TD"))
    element = row.add("TH", scope="Row") if place == 0 else row.add("TD")
    return _text(cell, "row" if place == 0 else "cell", element)


def _picture(figure: blocks.Figure, width: float, element: Element) -> Picture:
    said = figure.chart.description or figure.chart.title
    return Picture(charts.drawing(figure.chart, width=width), element.add("Figure", alt=clean(said)))


def _grid(rows: list[list[Any]], widths: list[float], style: Any, *, heads: int = 0) -> list[Flowable]:
    """A table; where a row is too long for any page, its cells one below the other."""
    is_long = any(isinstance(cell, Text) and cell.letters() > LONG_CELL for row in rows for cell in row)
    if is_long and any(
        cell.wrap(width - 24, HEIGHT)[1] > HEIGHT * 0.9
        for row in rows
        for cell, width in zip(row, widths, strict=True)
    ):
        return [cell for row in rows for cell in row]
    made = tagged.grid(rows, widths=widths, heads=heads, style=style)
    made.hAlign = "LEFT"
    return [made]


def _below(note: str, *references: blocks.References | None) -> list[Run]:
    """The softer line below a sentence or a passage: its note, and where it leads."""
    made = runs(note) if note else []
    for one in filter(None, references):
        made += [*([Run(" · ")] if made else []), *_rests(one)]
    return made


def _rests(references: blocks.References) -> list[Run]:
    """What a sentence rests on, or where a passage is used: each place as a link to where it stands."""
    made = runs(references.words) if references.words else []
    for number, (place, words) in enumerate(references.passages):
        made += [Run(", " if number else " ")] if made else []
        made += runs(words, link=f"#{references.kind}-{place}", colour=CLAY)
    return made


class _Document(BaseDocTemplate):
    """The pages, with a running head and a foot of programme, centre, date and page number."""

    def prepare(self, paper: Paper) -> None:
        self.words = translator(paper.language)
        self.foot, self.head = clean(paper.foot), clean(paper.title)
        self.chapter = ""
        self.chapter_of_page: str | None = None
        frame = Frame(SIDE, BOTTOM, WIDTH, HEIGHT, 0, 0, 0, 0)
        self.addPageTemplates([PageTemplate("usual", [frame], onPageEnd=self._margins)])

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802  # ReportLab's name
        if not isinstance(flowable, Text | Table):
            return
        begun = getattr(flowable, "chapter", "")
        if self.chapter_of_page is None:  # the first thing on a page says to which section the page belongs
            self.chapter_of_page = begun or self.chapter
        self.chapter = begun or self.chapter

    def _margins(self, canvas: Any, _document: Any) -> None:
        page = canvas.getPageNumber()
        canvas.saveState()
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(SIDE, 17 * mm, A4[0] - SIDE, 17 * mm)
        with canvas.decoration():
            if page > 1:
                _line(canvas, self.head, SIDE, A4[1] - 16 * mm)
                _line(canvas, self.chapter_of_page or "", A4[0] - SIDE, A4[1] - 16 * mm, is_right=True)
            _line(canvas, self.foot, SIDE, 12 * mm, room=WIDTH - 40 * mm)
        self.chapter_of_page = None
        words = self.words

        def say(known: Any) -> None:
            said = words.gettext("page %(n)s of %(all)s", n=page, all=known.last_page)
            _right(known, A4[0] - SIDE, 12 * mm, said, 8)

        canvas.later(say)
        canvas.restoreState()


def _line(
    canvas: Any, words: str, x: float, y: float, *, room: float = WIDTH / 2, is_right: bool = False
) -> None:
    """One line of any script in the margin, on this base."""
    shown = runs(_shortened(words, room, 8)) or [Run(" ")]
    line: Any = Text(shown, STYLES["foot-right" if is_right else "foot"])
    _, height = line.wrapOn(canvas, room + 40, 20)
    base = height - getattr(line.blPara if line.blPara.kind == 0 else line.blPara.lines[0], "ascent", 8)
    line.drawOn(canvas, x - room - 40 if is_right else x, y - base)


def _shortened(text: str, room: float, size: float) -> str:
    """As much of a text as fits into one line."""
    width = pdfmetrics.stringWidth(text, SANS, size)
    return text if width <= room else text[: int(len(text) * room / width) - 2].rstrip() + " …"
