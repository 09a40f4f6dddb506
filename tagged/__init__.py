"""Tagged, accessible PDF (PDF/UA-1) with ReportLab, without forking it. Needs ReportLab and nothing else.

A PDF for everybody has a tree beside its pages: this is a heading, this a list, this a table's head, and all of it in
the order in which it is read. ReportLab draws pages and knows no such tree. Here is what it lacks::

    from tagged import Canvas, Font, Heading, Item, Run, Text, Tree, grid

    pdfmetrics.registerFont(Font("Body", "body.ttf"))           # fonts are embedded, or nothing can be read
    tree = Tree(title="A report", language="en")
    part = tree.root.add("Sect")
    story = [
        Heading("Findings", heading_style, part.add("H1"), key="findings", level=0),
        Text([Run("You asked first. "), Run("Passage 3", link="#passage-3")], body_style, part.add("P")),
    ]
    document.build(story, canvasmaker=tree.canvas("Body"))      # any BaseDocTemplate

The order of ``add`` is the order of reading, whatever the order of drawing. Content finds its element when it is drawn:

- a paragraph that runs over pages stays one element; its pieces are added to it (``Text``);
- a link in a paragraph is a Link element with its words and its annotation, over lines and pages, both ways (``Run``);
- text that reads otherwise than it is drawn (Arabic shapes, an abbreviation) is a Span with ActualText or Lang;
- a list item has its label and its body, and lists nest (``Item``);
- a table's head is repeated on the next page as decoration only, so that it is read once (``grid``);
- a drawing is a Figure with its words and its place (``Picture``);
- whatever is drawn outside of an element is marked as an artifact by itself: rules, backgrounds, heads, feet;
- what is known at the end alone (the number of pages, the page of a chapter) is painted then (``Canvas.later``);
- title, language, outline, tab order, parent tree, metadata and the mark of PDF/UA are written at the end.

Runs are plain text and never markup: nothing that a person typed can be obeyed. A checker's pass is no claim of
conformance: that text says what its picture shows, only a reader can tell.
"""

from tagged.canvas import Canvas
from tagged.flowables import Heading, Item, Picture, Run, Text, grid
from tagged.fonts import Font
from tagged.structure import Element, Tree

__all__ = ["Canvas", "Element", "Font", "Heading", "Item", "Picture", "Run", "Text", "Tree", "grid"]
