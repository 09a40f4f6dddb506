"""A canvas that writes down to which element each piece of a page belongs."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen import canvas as plain
from reportlab.pdfgen.textobject import PDFTextObject

from tagged.structure import Element, Tree

STATE = frozenset({"q", "Q", " ", ""})
"""Entries of a page's code that paint nothing."""
LATER = re.compile(r"^%later (\d+)%$", re.MULTILINE)
"""A whole line of code: a text's own lines never are, because ReportLab escapes them."""


class _Marked(str):
    """Code that stands inside an element, or opens or closes one."""

    __slots__ = ("depth",)
    depth: int


class Canvas(plain.Canvas):
    """ReportLab's canvas with a tree beside it. Without a tree it is an ordinary canvas."""

    def __init__(self, *args: Any, tree: Tree | None = None, **values: Any) -> None:
        self.tree = tree
        self.is_spaced = False
        self.writing: Element | None = None
        """The element that the text of the next text objects belongs to."""
        self._links: dict[str, Any] = {}
        self._later: list[Callable[[Any], None]] = []
        self.pages_of: dict[str, int] = {}
        self.last_page = 0
        self._keys = self._page_key = 0
        self._pieces: list[Element] = []
        self._is_decoration = False
        super().__init__(*args, **values)
        self._begin_page()
        if tree:
            self.setTitle(tree.title)
            self.setViewerPreference("DisplayDocTitle", "true")

    # Pieces of pages

    def _begin_page(self) -> None:
        self._page_key, self._pieces = self._keys, []
        self._keys += 1

    def opening(self, element: Element) -> str:
        """The operator that opens the next piece of an element."""
        assert self.tree
        number = len(self._pieces)
        self._pieces.append(element)
        floating: Element | None = element
        while floating and floating.floats and floating.parent:
            floating.parent.kids.append(floating)
            floating.floats, floating = False, floating.parent
        element.kids.append((self._pageNumber, number))
        return f"/{element.role}<</MCID {number}>>BDC"

    @contextmanager
    def piece(self, element: Element | None) -> Iterator[None]:
        """All that is drawn in here belongs to the element; without one, or drawn again, it is decoration."""
        if (
            not self.tree
            or self._is_decoration
            or element is None
            or (element.is_once and element.is_drawn())
        ):
            yield
            return
        self._mark(self.opening(element), 1)
        yield
        self._mark("EMC", -1)

    @contextmanager
    def decoration(self) -> Iterator[None]:
        """Whatever is drawn in here is an artifact."""
        before, self._is_decoration = self._is_decoration, True
        yield
        self._is_decoration = before

    @contextmanager
    def text_of(self, element: Element | None, *, is_spaced: bool = False) -> Iterator[None]:
        """Text objects made in here belong to the element, line by line; backgrounds and rules do not.

        :param is_spaced: whether each line ends with the end of a word, so that a space may be written there.
        """
        is_read = bool(self.tree and element) and not self._is_decoration
        if is_read and element and element.is_once and element.is_drawn():
            is_read = False
        before, self.writing = self.writing, element if is_read else None
        self.is_spaced = is_spaced
        yield
        self.writing = before

    def _mark(self, code: str, depth: int) -> None:
        made = _Marked(code)
        made.depth = depth
        self._code.append(made)

    def beginText(self, x: float = 0, y: float = 0, direction: Any = None) -> Any:  # noqa: N802  # ReportLab's name
        if self.writing is None:
            return super().beginText(x, y, direction)
        return _Text(self, self.writing, x, y, direction)

    def drawText(self, text: Any) -> None:  # noqa: N802
        if isinstance(text, _Text):
            self._mark(text.getCode(), 0)
        else:
            super().drawText(text)

    def _with_artifacts(self, code: list[str]) -> list[str]:
        """The page's code, in which whatever paints outside of an element is marked as an artifact."""
        made: list[str] = []
        depth, is_open = 0, False
        for entry in code:
            if isinstance(entry, _Marked):
                if is_open:
                    made.append("EMC")
                    is_open = False
                depth += entry.depth
            elif (
                depth == 0
                and not is_open
                and entry not in STATE
                and not entry.endswith((" cm", " RG", " rg", " w", " J"))
            ):
                made.append("/Artifact BMC")
                is_open = True
            made.append(entry)
        if is_open:
            made.append("EMC")
        return made

    def showPage(self) -> None:  # noqa: N802
        if self.tree:
            self._code[:] = self._with_artifacts(self._code)
            self.tree.places[self._page_key] = self._pieces
        super().showPage()
        self._begin_page()

    def _setAnnotations(self, page: Any) -> None:  # noqa: N802
        super()._setAnnotations(page)
        if self.tree and isinstance(page, pdfdoc.PDFPage):
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = self._page_key, pdfdoc.PDFName("S")

    # Links

    def know_link(self, key: str, link: Any) -> None:
        """Remember a link of a paragraph until ReportLab says where it stands."""
        self._links[key] = link

    def linkRect(self, contents: str, destinationname: str, *args: Any, **values: Any) -> Any:  # noqa: N802
        link = self._links.get(destinationname)
        if link is None:
            return super().linkRect(contents, destinationname, *args, **values)
        made = {
            "Type": pdfdoc.PDFName("Annot"),
            "Subtype": pdfdoc.PDFName("Link"),
            "Rect": pdfdoc.PDFArray(self._absRect(args[0], 1)),
            "Border": "[0 0 0]",
            "F": 4,
            "Contents": pdfdoc.PDFString(link.says),
        }
        if link.target.startswith("#"):
            made["Dest"] = self._bookmarkReference(link.target[1:])
        else:
            made["A"] = pdfdoc.PDFDictionary(
                {"S": pdfdoc.PDFName("URI"), "URI": pdfdoc.PDFString(link.target)}
            )
        if self.tree and link.element and not self._is_decoration:
            made["StructParent"] = key = self._keys
            self._keys += 1
            self.tree.places[key] = link.element
            link.element.kids.append(self._doc.annotationName(f"NUMBER{self._annotationCount + 1}"))
        self._addAnnotation(pdfdoc.PDFDictionary(made))
        return None

    # What is known at the end

    def note_place(self, key: str) -> None:
        """Remember on which page a place is."""
        self.pages_of[key] = self._pageNumber

    def later(self, paint: Callable[[Any], None]) -> None:
        """Paint here when all pages are known. The place is that of now: what is open now stays so."""
        self._later.append(paint)
        self._code.append(f"%later {len(self._later)}%")

    def save(self) -> None:
        if self._code:
            self.showPage()
        self.last_page = self._pageNumber - 1
        tree, self.tree = self.tree, None
        pieces = []
        for paint in self._later:
            del self._code[:]
            paint(self)
            pieces.append(" ".join(self._code))
        del self._code[:]
        self.tree = tree
        for page in self._doc.Pages.pages if pieces else ():
            page = self._doc.idToObject[page.name] if isinstance(page, pdfdoc.PDFObjectReference) else page
            page.stream = LATER.sub(lambda found: pieces[int(found[1]) - 1], page.stream)
        if tree:
            tree.write(self._doc)
        super().save()


class _Text(PDFTextObject):
    """A text object that changes its element where a link or another language begins."""

    def __init__(self, canvas: Canvas, element: Element, x: float, y: float, direction: Any) -> None:
        super().__init__(canvas, x, y, direction)
        self.element = element
        self._open: Element | None = None

    def _textOut(self, text: str, TStar: int = 0) -> None:  # noqa: N802, N803  # ReportLab's names
        element = getattr(text, "element", None) or self.element
        if text and element is not self._open:
            if self._open is not None:
                self._code.append("EMC")
            self._code.append(self._canvas.opening(element))
            self._open = element
        if TStar and text and self._canvas.is_spaced and text[-1] != " ":
            text += " "  # or the last word of a line and the first of the next would be read as one
        super()._textOut(text, TStar)

    def getCode(self) -> str:  # noqa: N802
        if self._open is not None:
            self._code.append("EMC")
        return str(super().getCode())
