"""What sections are written in: a few frozen blocks that the page and the PDF both know how to draw."""

from dataclasses import dataclass, field

from charts.marks import Chart


@dataclass(frozen=True)
class Heading:
    words: str
    level: int = 2


@dataclass(frozen=True)
class References:
    """The passages that a sentence rests on, by their numbers in this report; the page and the PDF link to them."""

    words: str
    """What stands before them."""
    passages: tuple[tuple[int, str], ...]
    """Each with its number and what it is called."""


@dataclass(frozen=True)
class Paragraph:
    words: str
    style: str = "text"
    """text, lead, soft or voice (what a person wrote)."""
    evidence: tuple[str, ...] = ()
    """Ids of the observations that a sentence about behaviour rests on."""
    references: References | None = None


@dataclass(frozen=True)
class Bullet:
    words: str
    note: str = ""
    """A softer line below: where this was seen."""
    evidence: tuple[str, ...] = ()
    references: References | None = None
    passage: int | None = None
    """The number under which other sentences refer to this passage."""


@dataclass(frozen=True)
class Bullets:
    items: tuple[Bullet, ...]
    title: str = ""


@dataclass(frozen=True)
class Quote:
    words: str
    source: str


@dataclass(frozen=True)
class Figure:
    chart: Chart


Cell = str | Figure


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    widths: tuple[float, ...] = field(default=())
    """Shares of the width; equal when empty."""


@dataclass(frozen=True)
class Facts:
    """Labels and values, such as date and validity."""

    rows: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Bullets | Quote | Figure | Table | Facts


@dataclass(frozen=True)
class Section:
    """One numbered part of a report."""

    number: int
    slug: str
    title: str
    blocks: tuple[Block, ...]
