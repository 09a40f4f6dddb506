"""The tree beside the pages: elements with their role, their words and the places where they were drawn."""

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from reportlab.pdfbase import pdfdoc

EMPTY_STAYS = frozenset({"TD", "TH"})
"""An empty cell keeps its place in the row; any other element that was never drawn is left out."""


class Element:
    """A node: its role, and in reading order its children and the pieces of pages that belong to it.

    :param role: a standard structure type, such as H1, P, L, Table or Figure.
    :param alt: the words for what is drawn (Figure).
    :param actual: the text to read in place of what is drawn.
    :param language: a language other than that of the document.
    :param scope: Row or Column, of a TH.
    :param is_once: whether it is drawn again (a table's head on the next page) without being read again.
    """

    __slots__ = (
        "actual", "alt", "attributes", "bbox", "floats", "is_once", "kids", "language", "number", "parent", "role", "scope", "title",
    )  # fmt: skip

    def __init__(
        self,
        role: str,
        parent: "Element | None" = None,
        *,
        alt: str = "",
        actual: str = "",
        language: str = "",
        scope: str = "",
        title: str = "",
        attributes: str = "",
        is_once: bool = False,
    ) -> None:
        self.role, self.parent = role, parent
        self.alt, self.actual, self.language, self.scope, self.title = alt, actual, language, scope, title
        self.attributes, self.is_once = attributes, is_once
        self.bbox: tuple[float, float, float, float] | None = None
        self.kids: list[Element | tuple[int, int] | str] = []
        self.number = 0
        self.floats = False
        """Whether it waits for its place among its parent's pieces."""

    def add(self, role: str, **values: Any) -> "Element":
        """A child, read after all that were added before."""
        made = Element(role, self, **values)
        self.kids.append(made)
        return made

    def within(self, role: str, **values: Any) -> "Element":
        """A child that takes its place among the pieces of this element's text when it is first drawn."""
        made = Element(role, self, **values)
        made.floats = True
        return made

    def is_drawn(self) -> bool:
        """Whether anything on a page belongs to it already."""
        return any(not isinstance(kid, Element) for kid in self.kids)

    def is_needed(self) -> bool:
        """Whether it or a child stands on a page, or its place counts."""
        return self.role in EMPTY_STAYS or any(
            not isinstance(kid, Element) or kid.is_needed() for kid in self.kids
        )


class Tree:
    """The structure of one document, and what the document says about itself."""

    def __init__(self, *, title: str, language: str) -> None:
        self.title, self.language = title, language
        self.root = Element("Document", title="")
        self.places: dict[int, list[Element] | Element] = {}
        """By key of the parent tree: the elements of a page's pieces in order, or the element of an annotation."""

    def canvas(self, font: str, *, is_tagged: bool = True) -> Callable[..., Any]:
        """What a document template takes as ``canvasmaker``.

        :param font: an embedded font to begin each page with; ReportLab's own choice would not be embedded.
        :param is_tagged: false for the same pages without a tree, to compare.
        """
        from tagged.canvas import Canvas

        def make(*args: Any, **values: Any) -> Any:
            usual = {**values, "initialFontName": font, "lang": self.language}
            return Canvas(*args, tree=self if is_tagged else None, **usual)

        return make

    def elements(self) -> Iterator[Element]:
        """All that are needed, parents first."""
        waiting = [self.root]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(
                kid for kid in reversed(element.kids) if isinstance(kid, Element) and kid.is_needed()
            )

    def write(self, document: Any) -> None:
        """Hang the tree and the document's own facts into a ReportLab document that is about to be saved."""
        elements = list(self.elements())
        top = _Written(b"")
        document.Reference(top)
        top_number = document.objectcounter
        nodes = []
        for element in elements:
            node = _Written(b"")
            document.Reference(node)
            element.number = document.objectcounter
            nodes.append(node)
        numbers = document.idToObjectNumberAndVersion
        pages = {
            int(name[4:]): number
            for name, (number, _) in numbers.items()
            if name[4:].isdigit() and name[:4] == "Page"
        }
        for element, node in zip(elements, nodes, strict=True):
            above = element.parent.number if element.parent else top_number
            node.content = _node(element, above, pages, numbers)
        top.content = (
            f"<</Type/StructTreeRoot/K {self.root.number} 0 R/ParentTree<</Nums[{self._numbers()}]>>"
            f"/ParentTreeNextKey {len(self.places)}>>"
        ).encode()
        catalog = document.Catalog
        catalog.StructTreeRoot = top
        catalog.MarkInfo = _Written(b"<</Marked true>>")
        catalog.Metadata = _metadata(self)

    def _numbers(self) -> str:
        said = []
        for key, place in sorted(self.places.items()):
            if isinstance(place, Element):
                said.append(f"{key} {place.number} 0 R")
            else:
                said.append(f"{key}[{' '.join(f'{element.number} 0 R' for element in place)}]")
        return " ".join(said)


class _Written(pdfdoc.PDFObject):
    """An object whose text is ready: a report has hundreds, and ReportLab's dictionaries take their time."""

    __RefOnly__ = 1

    def __init__(self, content: bytes) -> None:
        self.content = content

    def format(self, _document: Any) -> bytes:
        return self.content


def _node(element: Element, above: int, pages: dict[int, int], numbers: dict[str, tuple[int, int]]) -> bytes:
    usual = next((kid[0] for kid in element.kids if isinstance(kid, tuple)), None)
    kids = " ".join(filter(None, (_kid(kid, usual, pages, numbers) for kid in element.kids)))
    parts = [f"<</Type/StructElem/S/{element.role}/P {above} 0 R/K[{kids}]"]
    if usual is not None:
        parts.append(f"/Pg {pages[usual]} 0 R")
    named = (
        ("Alt", element.alt),
        ("ActualText", element.actual),
        ("Lang", element.language),
        ("T", element.title),
    )
    parts += [f"/{name}{_string(words)}" for name, words in named if words]
    owned = element.attributes
    if element.scope:
        owned += f"<</O/Table/Scope/{element.scope}>>"
    if element.bbox:
        owned += f"<</O/Layout/Placement/Block/BBox[{' '.join(f'{side:.2f}' for side in element.bbox)}]>>"
    if owned:
        parts.append(f"/A[{owned}]")
    return ("".join(parts) + ">>").encode()


def _kid(
    kid: Element | tuple[int, int] | str,
    usual: int | None,
    pages: dict[int, int],
    numbers: dict[str, tuple[int, int]],
) -> str:
    """A child as its parent names it: an element, an annotation, or a piece of a page."""
    if isinstance(kid, Element):
        return f"{kid.number} 0 R" if kid.number else ""
    if isinstance(kid, str):
        return f"<</Type/OBJR/Obj {numbers[kid][0]} 0 R>>"
    page, number = kid
    return str(number) if page == usual else f"<</Type/MCR/Pg {pages[page]} 0 R/MCID {number}>>"


def _string(words: str) -> str:
    """A text string of PDF in hexadecimal signs, which nothing in it can end."""
    return f"<FEFF{words.encode('utf-16-be', 'replace').hex().upper()}>"


def _metadata(tree: Tree) -> "_Written":
    title = escape(
        "".join(sign if sign.isprintable() else " " for sign in tree.title)
        .encode("utf-8", "replace")
        .decode()
    )
    text = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{escape(tree.language)}</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
    content = text.encode()
    return _Written(
        b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%b\nendstream" % (len(content), content)
    )
