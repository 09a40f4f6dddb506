"""What sections are written in: a few frozen blocks that the page and the PDF both know how to draw."""

from dataclasses import dataclass, field

from charts.marks import Chart


@dataclass(frozen=True)
class Heading:
    words: str
    level: int = 2
    key: str = ""
    """Under what something refers to it; empty where nothing does."""


@dataclass(frozen=True)
class References:
    """The passages that a sentence rests on, the sentences that rest on a passage, or the areas whose results both belong
    to; the page and the PDF link to them.
    """

    words: str
    """What stands before them."""
    passages: tuple[tuple[int | str, str], ...]
    """Each with its number, or an area's id, and what it is called."""
    kind: str = "passage"
    """passage, sentence or area: what is referred to."""


@dataclass(frozen=True)
class Paragraph:
    words: str
    style: str = "text"
    """text, lead, soft or voice (what a person wrote)."""
    evidence: tuple[str, ...] = ()
    """Ids of the observations that a sentence about behaviour rests on."""
    references: References | None = None
    results: References | None = None
    """The results of the areas that it is about."""
    place: int | None = None
    """The number under which the passages that it rests on refer back to it."""


@dataclass(frozen=True)
class Bullet:
    words: str
    note: str = ""
    """A softer line below: where this was seen."""
    evidence: tuple[str, ...] = ()
    references: References | None = None
    results: References | None = None
    """As that of a paragraph."""
    passage: int | None = None
    """The number under which other sentences refer to this passage."""
    cited: References | None = None
    """The sentences that refer to this passage."""
    place: int | None = None
    """As that of a paragraph."""


@dataclass(frozen=True)
class Bullets:
    items: tuple[Bullet, ...]
    title: str = ""
    is_brief: bool = False
    """Whether paper sets each note behind its item instead of below it, because both are short."""


@dataclass(frozen=True)
class Quote:
    words: str
    source: str


@dataclass(frozen=True)
class Figure:
    chart: Chart
    is_wide: bool = False
    """Whether it takes the whole width in print, because much is written in it."""


class Tag(str):
    """A word with a colour on the page, such as a band. In print it is the word alone: colour never says it by itself."""

    __slots__ = ("tone",)
    tone: str

    def __new__(cls, words: str, tone: str = "") -> "Tag":
        """``tone`` is leaf, amber, clay, sky, or empty for none."""
        made = super().__new__(cls, words)
        made.tone = tone
        return made


Cell = str | Figure


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    widths: tuple[float, ...] = field(default=())
    """Shares of the width; equal when empty."""
    is_behind: bool = False
    """Whether it stands behind a drawing that shows the same: on the page it opens on demand, in print it follows."""


@dataclass(frozen=True)
class Facts:
    """Labels and values, such as date and validity."""

    rows: tuple[tuple[str, str], ...]
    columns: int = 1
    """One pair under the other, or two beside each other."""


@dataclass(frozen=True)
class Callout:
    """What nobody should read past, set apart from the text around it."""

    words: str
    title: str = ""


@dataclass(frozen=True)
class Lines:
    """Room to write in: what stands there already, or empty lines on paper."""

    label: str
    count: int = 2
    words: str = ""
    note: str = ""
    """What the page says where paper has empty lines."""


Block = Heading | Paragraph | Bullets | Quote | Figure | Table | Facts | Callout | Lines


@dataclass(frozen=True)
class Section:
    """One numbered part of a report."""

    number: int
    slug: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Paper:
    """Everything that is printed as one document: a report, a group report, a guide, an evidence page."""

    title: str
    language: str
    sections: tuple[Section, ...]
    about: tuple[str, ...] = ()
    """Lines below the title: whose it is, of which centre, of what day."""
    foot: str = ""
    """What every page says at its foot."""
    name: str = ""
    """What a reader's window calls it; the title when empty."""
    author: str = ""
    subject: str = ""
    has_contents: bool = True
    """Whether the first page lists the sections with their pages."""
