"""Writes a report as PDF with ReportLab: the same sections as the page, on A4, with embedded fonts and bookmarks."""

import re
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont as FontFile
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from assessment.fonts import Fonts
from assessment.language import Translator, translator
from assessment.sections import blocks, shelf
from assessment.sections.facts import ReportFacts
from charts import pdf as charts

INK, SOFT, LINE, CLAY, WASH, LEAF_WASH = (
    HexColor(code) for code in ("#25211d", "#5d554c", "#ddd6cc", "#a2431f", "#f9ebe4", "#e6f1ea")
)
HALF_PAGE = 1
"""The section whose strengths and steps stand side by side."""
TOGETHER = 4
"""So many flowables of a part are kept on one page: its heading, its definition, its result, its first sentence."""
MARGIN, WIDTH = 22 * mm, A4[0] - 44 * mm
SANS, BOLD, ITALIC, SERIF, SERIF_BOLD, WIDE = (
    "Klei Sans", "Klei Sans Bold", "Klei Sans Italic", "Klei Serif", "Klei Serif Bold", "Klei Wide",
)  # fmt: skip
FILES = {
    SANS: "klei-sans-regular.ttf",
    BOLD: "klei-sans-bold.ttf",
    ITALIC: "klei-sans-italic.ttf",
    SERIF: "klei-serif-regular.ttf",
    SERIF_BOLD: "klei-serif-bold.ttf",
    WIDE: "klei-wide-regular.ttf",
}
UNKNOWN = "\ufffd"
"""Stands for a character that no embedded font has; the page shows the original."""


def write(facts: ReportFacts, fonts: Fonts) -> bytes:
    """The report as a PDF."""
    _register(fonts.folder)
    words = translator(facts.language)
    return build(flowables(facts, words), facts, words)


def flowables(facts: ReportFacts, words: Translator) -> list[Flowable]:
    """The report's blocks as what ReportLab lays out; the fonts have to be known."""
    story = _top(facts, words)
    for number, section in enumerate(shelf.sections(facts)):
        story += _section(section, is_first=number == 0)
    return story


def build(story: list[Flowable], facts: ReportFacts, words: Translator) -> bytes:
    """Lay out flowables as this report's pages."""
    target = BytesIO()
    title = words.gettext("Development report – %(name)s", name=facts.participant)
    document = _Document(
        target,
        pagesize=A4,
        title=title,
        author=facts.responsible,
        subject=facts.centre,
        creator="Klei",
        lang=facts.language,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=24 * mm,
        bottomMargin=22 * mm,
        invariant=1,
    )
    document.prepare(facts, words)
    document.build(story, canvasmaker=_Canvas)
    return target.getvalue()


@lru_cache(maxsize=4)
def _register(folder: Path) -> None:
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=BOLD, italic=ITALIC, boldItalic=BOLD)
    pdfmetrics.registerFontFamily(SERIF, normal=SERIF, bold=SERIF_BOLD, italic=SERIF, boldItalic=SERIF_BOLD)
    for name in (SANS, WIDE):
        _known[name] = frozenset(FontFile(str(folder / FILES[name]))["cmap"].getBestCmap())


_known: dict[str, frozenset[int]] = {}
_PLAIN = re.compile(r"[\x20-\x7e]*\Z")
_LEFT_OUT = dict.fromkeys(
    sign
    for sign in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xFE0F,
        0xFEFF,
    )
    if not chr(sign).isspace()
)
"""Controls, joiners and turns of direction: nothing to see."""


def safe(text: str) -> str:
    """Text as ReportLab's markup: escaped; characters that only the wide font has are set in it, unknown ones stand
    as a visible sign; controls are left out.
    """
    if _PLAIN.match(text):
        return escape(text)
    parts: list[str] = []
    for run in re.findall(r"\s+|\S+", text.translate(_LEFT_OUT)):
        points = set(map(ord, run))
        if run.isspace():
            parts.append(" ")
        elif points <= _known[SANS]:
            parts.append(escape(run))
        else:
            shown = "".join(sign if ord(sign) in _known[WIDE] else UNKNOWN for sign in run)
            parts.append(f'<font name="{WIDE}">{escape(re.sub(f"{UNKNOWN}+", UNKNOWN, shown))}</font>')
    return "".join(parts)


def _style(name: str, **values: Any) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        **{"fontName": SANS, "fontSize": 10, "leading": 14.5, "textColor": INK, "spaceAfter": 6, **values},
    )


STYLES = {
    "text": _style("text"),
    "lead": _style("lead", fontSize=11.5, leading=16.5, spaceAfter=8),
    "soft": _style("soft", fontSize=9, leading=13, textColor=SOFT),
    "rests": _style("rests", fontSize=8.5, leading=12, textColor=SOFT),
    "voice": _style("voice", fontName=SERIF, fontSize=11, leading=16.5, spaceAfter=8),
    "title": _style("title", fontName=SERIF_BOLD, fontSize=24, leading=29, spaceAfter=10),
    "mark": _style("mark", fontName=SERIF_BOLD, fontSize=15, leading=22, textColor=CLAY, spaceAfter=0),
    "foot": _style("foot", fontSize=8, leading=10, textColor=SOFT, spaceAfter=0),
    "h2": _style("h2", fontName=SERIF_BOLD, fontSize=17, leading=21, spaceBefore=18, spaceAfter=8),
    "h3": _style("h3", fontName=SERIF_BOLD, fontSize=12, leading=15.5, spaceBefore=12, spaceAfter=4),
    "cell": _style("cell", fontSize=9, leading=12, spaceAfter=0),
    "head": _style("head", fontName=BOLD, fontSize=8.5, leading=11, textColor=SOFT, spaceAfter=0),
    "row": _style("row", fontName=BOLD, fontSize=9, leading=12, spaceAfter=0),
    "label": _style("label", textColor=SOFT, spaceAfter=4),
    "fact": _style("fact", spaceAfter=4),
    "item": _style(
        "item",
        leftIndent=14,
        bulletIndent=2,
        bulletFontName=SANS,
        bulletFontSize=10,
        bulletColor=CLAY,
        spaceAfter=4,
    ),
    "list": _style("list", fontName=BOLD, fontSize=10, spaceBefore=8, spaceAfter=3),
}


PLAIN = [("FONTNAME", (0, 0), (-1, -1), SANS)]
"""What every table begins with: ReportLab's own font would not be embedded."""


def _top(facts: ReportFacts, words: Translator) -> list[Flowable]:
    """What the first page begins with: mark, title, whose report, of which centre, of what day."""
    whose = f"{facts.participant} · {facts.centre} · {words.day(facts.signed_on)}"
    return [
        Paragraph("klei", STYLES["mark"]),
        Paragraph(safe(words.gettext("Development report")), STYLES["title"]),
        Paragraph(safe(whose), STYLES["soft"]),
        Spacer(1, 12),
    ]


def _section(section: blocks.Section, *, is_first: bool) -> list[Flowable]:
    """Heading and blocks: an introduction stays with its table, a part's heading with what it says."""
    groups: list[list[Flowable]] = [[_Heading(section.title, "h2", f"section-{section.number}", 0)]]
    is_open = any(isinstance(block, blocks.Table) for block in section.blocks)
    waiting = list(section.blocks)
    while waiting:
        block = waiting.pop(0)
        if isinstance(block, blocks.Heading):
            groups.append([])
        if section.number == HALF_PAGE and _is_points(block) and waiting and _is_points(waiting[0]):
            groups[-1] += _pair(block, waiting.pop(0))
        else:
            groups[-1] += _block(block)
        if is_open and isinstance(block, blocks.Table):
            groups, is_open = [[KeepTogether(groups[0])], []], False
    made: list[Flowable] = [] if is_first else [CondPageBreak(60 * mm)]
    for group in groups:
        is_part = bool(group) and isinstance(group[0], _Heading) and group[0].level > 0
        made += [KeepTogether(group[:TOGETHER]), *group[TOGETHER:]] if is_part else group
    return made


def _is_points(block: blocks.Block) -> bool:
    return isinstance(block, blocks.Bullets) and bool(block.title)


def _pair(left: blocks.Block, right: blocks.Block) -> list[Flowable]:
    """Strengths and steps side by side, as on the page."""
    gap = 5 * mm
    table = Table([[_block(left), "", _block(right)]], colWidths=[(WIDTH - gap) / 2, gap, (WIDTH - gap) / 2])
    table.setStyle(
        TableStyle(
            [
                *PLAIN,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (0, 0), LEAF_WASH),
                ("BACKGROUND", (2, 0), (2, 0), WASH),
                ("LEFTPADDING", (0, 0), (-1, -1), 10),
                ("RIGHTPADDING", (0, 0), (-1, -1), 10),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        )
    )
    return [Spacer(1, 4), table, Spacer(1, 10)]


class _Heading(Paragraph):
    """A heading that becomes a bookmark."""

    def __init__(self, words: str, style: str, key: str, level: int) -> None:
        super().__init__(safe(words), STYLES[style])
        self.plain, self.key, self.level = words, key, level
        self.keepWithNext = 1

    def draw(self) -> None:
        self.canv.bookmarkPage(self.key)
        self.canv.addOutlineEntry(self.plain, self.key, self.level, closed=False)
        super().draw()


def _block(block: blocks.Block) -> list[Flowable]:
    match block:
        case blocks.Heading():
            # Unique per heading, and without words, so that nothing of a name gets into a link target.
            return [_Heading(block.words, "h3", f"heading-{id(block)}", 1)]
        case blocks.Paragraph():
            said: list[Flowable] = [Paragraph(safe(block.words), STYLES[block.style])]
            if block.references:
                said.append(Paragraph(_rests(block.references), STYLES["rests"]))
            return said
        case blocks.Bullets():
            return _bullets(block)
        case blocks.Quote():
            return [
                Paragraph(safe(block.words), STYLES["voice"]),
                Paragraph(safe(block.source), STYLES["soft"]),
            ]
        case blocks.Figure():
            return [charts.drawing(block.chart, width=WIDTH * 0.6)]
        case blocks.Table():
            return _table(block)
        case blocks.Facts():
            return _facts(block)


def _bullets(block: blocks.Bullets) -> list[Flowable]:
    made: list[Flowable] = []
    if block.title:
        title = Paragraph(safe(block.title), STYLES["list"])
        title.keepWithNext = 1
        made.append(title)
    for bullet in block.items:
        anchor = f'<a name="passage-{bullet.passage}"/>' if bullet.passage else ""
        below = [safe(bullet.note)] if bullet.note else []
        below += [_rests(bullet.references)] if bullet.references else []
        note = f'<br/><font size="8.5" color="#5d554c">{" · ".join(below)}</font>' if below else ""
        made.append(Paragraph(anchor + safe(bullet.words) + note, STYLES["item"], bulletText="•"))
    return [*made, Spacer(1, 4)] if block.items else made


def _rests(references: blocks.References) -> str:
    """What a sentence rests on, each passage as a link to where it stands."""
    links = (
        f'<a href="#passage-{number}" color="#a2431f">{safe(words)}</a>'
        for number, words in references.passages
    )
    return f"{safe(references.words)} {', '.join(links)}"


def _table(block: blocks.Table) -> list[Flowable]:
    widths = [share * WIDTH for share in block.widths] or [WIDTH / len(block.head)] * len(block.head)
    rows: list[list[Any]] = [[Paragraph(safe(cell), STYLES["head"]) for cell in block.head]]
    for row in block.rows:
        rows.append(
            [
                charts.drawing(cell.chart, width=widths[place] - 12)
                if isinstance(cell, blocks.Figure)
                else Paragraph(safe(cell), STYLES["row" if place == 0 else "cell"])
                for place, cell in enumerate(row)
            ]
        )
    table = Table(rows, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                *PLAIN,
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 6),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        )
    )
    made: list[Flowable] = []
    if block.caption:
        caption = Paragraph(safe(block.caption), STYLES["list"])
        caption.keepWithNext = 1
        made.append(caption)
    return [*made, table, Spacer(1, 8)]


def _facts(block: blocks.Facts) -> list[Flowable]:
    rows = [
        [Paragraph(safe(label), STYLES["label"]), Paragraph(safe(value), STYLES["fact"])]
        for label, value in block.rows
    ]
    table = Table(rows, colWidths=[WIDTH * 0.26, WIDTH * 0.74])
    table.setStyle(
        TableStyle(
            [
                *PLAIN,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return [KeepTogether([table, Spacer(1, 8)])]


class _Document(BaseDocTemplate):
    """The pages, with a running foot of programme, centre, date and page number."""

    def prepare(self, facts: ReportFacts, words: Translator) -> None:
        self.words = words
        self.foot = f"{facts.programme} · {facts.centre} · {words.day(facts.signed_on)}"
        frame = Frame(MARGIN, 22 * mm, WIDTH, A4[1] - 46 * mm, 0, 0, 0, 0)
        self.addPageTemplates([PageTemplate("usual", [frame], onPage=self._foot)])

    def _foot(self, canvas: Any, _document: Any) -> None:
        canvas.saveState()
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, 16 * mm, A4[0] - MARGIN, 16 * mm)
        left = Paragraph(safe(_shortened(self.foot, WIDTH - 40 * mm, 8)), STYLES["foot"])
        left.wrapOn(canvas, WIDTH, 20)
        left.drawOn(canvas, MARGIN, 11 * mm)
        canvas.restoreState()
        canvas.page_words = self.words
        canvas.leave_place()


def _shortened(text: str, room: float, size: float) -> str:
    """As much of a text as fits into one line."""
    width = pdfmetrics.stringWidth(text, SANS, size)
    return text if width <= room else text[: int(len(text) * room / width) - 2].rstrip() + " …"


class _Canvas(Canvas):
    """Writes "page n of m" when the number of pages is known: each page leaves a place that is filled at the end.

    Pages themselves are not held back: bookmarks and links would then all lead to the first one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The document passes None, which would mean Helvetica, not embedded.
        kwargs["initialFontName"] = SANS
        super().__init__(*args, **kwargs)
        self.page_words: Translator | None = None
        self._places = 0

    def leave_place(self) -> None:
        """Leave the place of this page's number."""
        self._places += 1
        self.doForm(f"page-{self._places}")

    def save(self) -> None:
        for number in range(1, self._places + 1):
            self.beginForm(f"page-{number}", 0, 0, *A4)
            if self.page_words:
                said = self.page_words.gettext("page %(n)s of %(all)s", n=number, all=self._places)
                self.setFont(SANS, 8)
                self.setFillColor(SOFT)
                self.drawRightString(A4[0] - MARGIN, 11 * mm + 1.5, said)
            self.endForm()
        super().save()
