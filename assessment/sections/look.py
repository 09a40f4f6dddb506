"""How paper looks: the fonts, colours and styles of everything that is printed; `look/` drawn on A4."""

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

INK, SOFT, LINE, CLAY, WASH, LEAF_WASH, RULE = (
    HexColor(code) for code in ("#25211d", "#5d554c", "#ddd6cc", "#a2431f", "#f9ebe4", "#e6f1ea", "#8a8178")
)
SIDE, TOP, BOTTOM = 24 * mm, 25 * mm, 23 * mm
WIDTH, HEIGHT = A4[0] - 2 * SIDE, A4[1] - TOP - BOTTOM
MEASURE = 140 * mm
"""Running text is no wider than about 80 characters; tables use the whole width."""
BESIDE = WIDTH - MEASURE
SANS, BOLD, ITALIC, SERIF, SERIF_BOLD, WIDE, ARABIC, HEBREW = (
    "Klei Sans", "Klei Sans Bold", "Klei Sans Italic", "Klei Serif", "Klei Serif Bold", "Klei Wide",
    "Klei Arabic", "Klei Hebrew",
)  # fmt: skip
FILES = {
    SANS: "klei-sans-regular.ttf",
    BOLD: "klei-sans-bold.ttf",
    ITALIC: "klei-sans-italic.ttf",
    SERIF: "klei-serif-regular.ttf",
    SERIF_BOLD: "klei-serif-bold.ttf",
    WIDE: "klei-wide-regular.ttf",
    ARABIC: "klei-arabic-regular.ttf",
    HEBREW: "klei-hebrew-regular.ttf",
}


def _style(name: str, **values: Any) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        **{
            "fontName": SANS, "fontSize": 10, "leading": 14, "textColor": INK, "spaceAfter": 6,
            "allowWidows": 0, "allowOrphans": 0, "splitLongWords": 1, "bulletFontName": SANS, "bulletFontSize": 10,
            **values,
        },
    )  # fmt: skip


def _read(name: str, **values: Any) -> ParagraphStyle:
    return _style(name, **{"rightIndent": BESIDE, **values})


STYLES = {
    "mark": _style("mark", fontName=SERIF_BOLD, fontSize=16, leading=20, textColor=CLAY, spaceAfter=14),
    "title": _style("title", fontName=SERIF_BOLD, fontSize=27, leading=32, spaceAfter=6),
    "about": _style("about", fontSize=11, leading=15, textColor=SOFT, spaceAfter=1),
    "contents": _style("contents", fontName=BOLD, fontSize=8.5, leading=11, textColor=SOFT, spaceBefore=18, spaceAfter=4),
    "entry": _style("entry", fontSize=10, leading=13, leftIndent=20, rightIndent=34, spaceAfter=0),
    "foot": _style("foot", fontSize=8, leading=10, textColor=SOFT, spaceAfter=0),
    "foot-right": _style("foot-right", fontSize=8, leading=10, textColor=SOFT, spaceAfter=0, alignment=2),
    "h2": _read("h2", fontName=SERIF_BOLD, fontSize=18, leading=22, spaceBefore=20, spaceAfter=8),
    "h3": _read("h3", fontName=SERIF_BOLD, fontSize=12.5, leading=16, spaceBefore=12, spaceAfter=3),
    "h4": _read("h4", fontName=BOLD, fontSize=10, leading=14, spaceBefore=6, spaceAfter=3),
    "text": _read("text"),
    "lead": _read("lead", fontSize=11, leading=15.5, spaceAfter=6),
    "soft": _read("soft", fontSize=9, leading=13, textColor=SOFT),
    "voice": _read("voice", fontName=SERIF, fontSize=11, leading=16.5, spaceAfter=8),
    "rests": _read("rests", fontSize=8.5, leading=12, textColor=SOFT),
    "item": _read("item", leftIndent=16, bulletIndent=3, bulletColor=CLAY, spaceAfter=3),
    "note": _read("note", fontSize=8.5, leading=12, leftIndent=16, textColor=SOFT, spaceAfter=5),
    "passage": _read("passage", fontName=SERIF, fontSize=10.5, leading=15, leftIndent=20, bulletFontName=BOLD,
                     bulletFontSize=8.5, bulletColor=CLAY, spaceAfter=1),
    "passage-note": _read("passage-note", fontSize=8.5, leading=12, leftIndent=20, textColor=SOFT, spaceAfter=6),
    "cell": _style("cell", fontSize=9, leading=12, spaceAfter=0),
    "head": _style("head", fontName=BOLD, fontSize=8.5, leading=11, textColor=SOFT, spaceAfter=0),
    "row": _style("row", fontName=BOLD, fontSize=9, leading=12, spaceAfter=0),
    "caption": _style("caption", fontName=SERIF_BOLD, fontSize=10.5, leading=14, spaceBefore=10, spaceAfter=4),
    "label": _style("label", fontSize=9, leading=13, textColor=SOFT, spaceAfter=0),
    "fact": _style("fact", fontSize=10, leading=13, spaceAfter=0),
    "boxed": _style("boxed", spaceAfter=0),
    "boxed-title": _style("boxed-title", fontName=BOLD, spaceAfter=2),
}  # fmt: skip


def narrow(style: ParagraphStyle) -> ParagraphStyle:
    """The same style where a box already keeps the measure."""
    name = f"{style.name}-narrow"
    if name not in STYLES:
        STYLES[name] = style.clone(name, rightIndent=0)
    return STYLES[name]


NO_FONT_OF_ITS_OWN = [("FONTNAME", (0, 0), (-1, -1), SANS)]
"""What every table begins with: ReportLab's own font would not be embedded."""
TABLE = [
    *NO_FONT_OF_ITS_OWN,
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
    ("LINEBELOW", (0, 0), (-1, 0), 0.75, RULE),
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 8),
    ("TOPPADDING", (0, 0), (-1, -1), 4.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 5.5),
]
FACTS = [
    *NO_FONT_OF_ITS_OWN,
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]
PAIR = [
    *NO_FONT_OF_ITS_OWN,
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("BACKGROUND", (0, 0), (0, 0), LEAF_WASH),
    ("BACKGROUND", (2, 0), (2, 0), WASH),
    ("LEFTPADDING", (0, 0), (-1, -1), 12),
    ("RIGHTPADDING", (0, 0), (-1, -1), 12),
    ("TOPPADDING", (0, 0), (-1, -1), 6),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
]
BOX = [
    *NO_FONT_OF_ITS_OWN,
    ("BACKGROUND", (0, 0), (-1, -1), WASH),
    ("LINEBEFORE", (0, 0), (0, -1), 2.5, CLAY),
    ("LEFTPADDING", (0, 0), (-1, -1), 12),
    ("RIGHTPADDING", (0, 0), (-1, -1), 12),
    ("TOPPADDING", (0, 0), (-1, -1), 8),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
]
