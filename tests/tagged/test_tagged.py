"""A tagged document: every piece of every page belongs to an element or is decoration, in the order of reading."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, TableStyle

from tagged import Element, Font, Heading, Item, Picture, Run, Text, Tree, grid
from tests.assessment import fonts
from tests.tagged.checkers import failures

BODY = ParagraphStyle(
    "body", fontName="Body", fontSize=10, leading=14, leftIndent=14, bulletFontName="Body", splitLongWords=1
)
LINES = TableStyle(
    [
        ("FONTNAME", (0, 0), (-1, -1), "Body"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, "#888888"),
        ("BACKGROUND", (0, 0), (0, -1), "#ffeeee"),
    ]
)


class Square(Flowable):
    width = height = 40

    def wrap(self, *_room):
        return 40, 40

    def draw(self):
        self.canv.rect(0, 0, 40, 40)


@pytest.fixture(scope="module", autouse=True)
def _font():
    pdfmetrics.registerFont(Font("Body", str(fonts.made().folder / "klei-sans-regular.ttf")))


def printed(tree: Tree, story: list, *, is_tagged: bool = True) -> bytes:
    def foot(canvas, _document):
        page = canvas.getPageNumber()
        canvas.setFont("Body", 8)
        canvas.line(50, 40, 400, 40)
        canvas.drawString(50, 20, "a foot")

        def say(known):
            known.setFont("Body", 8)
            known.drawString(300, 20, f"page {page} of {known.last_page}")

        canvas.later(say)

    target = BytesIO()
    document = BaseDocTemplate(target, pagesize=A4, title=tree.title, lang=tree.language, invariant=1)
    document.addPageTemplates([PageTemplate("usual", [Frame(50, 50, 400, 700)], onPage=foot)])
    document.build(story, canvasmaker=tree.canvas("Body", is_tagged=is_tagged))
    return target.getvalue()


def everything() -> tuple[Tree, list]:
    tree = Tree(title="Über <all> & nothing", language="en")
    part = tree.root.add("Sect")
    listed = part.add("L")
    outer = Item("the first", BODY, listed)
    table = part.add("Table")
    head, body = table.add("THead").add("TR"), table.add("TBody")
    rows = [
        [
            Text(word, BODY, head.add("TH", scope="Column", is_once=True))
            for word in ("left head", "right head")
        ]
    ]
    for number in range(80):
        row = body.add("TR")
        rows.append(
            [Text(f"row {number}", BODY, row.add("TH", scope="Row")), Text("value", BODY, row.add("TD"))]
        )
    running = [
        Run("Before "),
        Run("a link over several lines " * 12, link="#there", says="To the last item"),
        Run(" and after, 100 %later 1% " * 60),
        Run("elsewhere", link="https://example.org/", says="Example"),
        Run(" "),
        Run("d\u00e9j\u00e0", language="fr"),
        Run(" *", actual="\u674e"),
    ]
    return tree, [
        Heading("All of it", BODY, part.add("H1"), key="all", level=0),
        Text(running, BODY, part.add("P")),
        outer,
        Item("inside it", BODY, outer.body.add("L")),
        Item("the last", BODY, listed, anchor="there"),
        Picture(Square(), part.add("Figure", alt="A square")),
        grid(rows, widths=[200, 200], heads=1, style=LINES),
    ]


@pytest.fixture(scope="module")
def made() -> bytes:
    return printed(*everything())


def roles(node, wanted: str) -> list:
    """All elements of a role, in the order of reading."""
    found = [node] if node.get("/S") == wanted else []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        kid = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(kid, dict):
            found += roles(kid, wanted)
    return found


def root(content: bytes):
    return PdfReader(BytesIO(content)).trailer["/Root"]["/StructTreeRoot"]


def test_two_checkers_find_nothing(made):
    assert failures(made) == []


def test_the_same_pages_without_a_tree_are_an_ordinary_document():
    tree, story = everything()
    plain = PdfReader(BytesIO(printed(tree, story, is_tagged=False)))
    assert "/StructTreeRoot" not in plain.trailer["/Root"]
    assert len(plain.pages) == len(PdfReader(BytesIO(printed(*everything()))).pages)
    assert failures(printed(*everything(), is_tagged=False)) != []


def test_a_paragraph_over_lines_and_pages_is_one_element_with_its_link_inside(made):
    running = next(one for one in roles(root(made), "/P") if roles(one, "/Link"))
    links = roles(running, "/Link")
    assert len(links) == 2
    places = [
        kid.get_object()
        for kid in links[0]["/K"]
        if isinstance(kid.get_object(), dict) and kid.get_object().get("/Type") == "/OBJR"
    ]
    assert len(places) > 2  # one annotation for each line
    assert {place["/Obj"]["/Contents"] for place in places} == {"To the last item"}


def test_lists_nest_in_the_body_of_an_item(made):
    outer, *_ = roles(root(made), "/L")
    (inner,) = roles(outer["/K"][0].get_object(), "/L")
    assert [kid.get_object()["/S"] for kid in inner["/K"][0].get_object()["/K"]] == ["/Lbl", "/LBody"]


def test_a_repeated_head_is_read_once_and_drawn_on_each_page(made):
    assert len([one for one in roles(root(made), "/TH") if one["/A"][0]["/Scope"] == "/Column"]) == 2
    drawn = [page.extract_text() for page in PdfReader(BytesIO(made)).pages]
    assert sum("left head" in text for text in drawn) > 1


def test_a_picture_has_its_words_and_its_place(made):
    (figure,) = roles(root(made), "/Figure")
    assert figure["/Alt"] == "A square"
    left, bottom, right, top = figure["/A"][0]["/BBox"]
    assert (round(right - left), round(top - bottom)) == (40, 40)


def test_other_languages_and_texts_to_read_instead_are_spans(made):
    french, name = roles(root(made), "/Span")
    assert french["/Lang"] == "fr"
    assert name["/ActualText"] == "\u674e"


def test_whatever_is_drawn_outside_of_an_element_is_an_artifact(made):
    for page in PdfReader(BytesIO(made)).pages:
        code = page.get_contents().get_data().decode("latin-1")
        assert code.count("BDC") + code.count("BMC") == code.count("EMC")
        foot = code.index("a foot") if "a foot" in code else 0
        assert foot == 0 or code.rindex("/Artifact BMC", 0, foot) > code.rfind("BDC", 0, foot)


def test_each_page_says_how_many_there_are_and_a_text_that_looks_like_a_place_stays_text(made):
    pages = PdfReader(BytesIO(made)).pages
    for number, page in enumerate(pages, start=1):
        assert f"page {number} of {len(pages)}" in page.extract_text()
    assert "%later 1%" in pages[0].extract_text()


def test_pages_are_tabbed_in_the_order_of_reading_and_the_window_shows_the_title(made):
    reader = PdfReader(BytesIO(made))
    assert {page["/Tabs"] for page in reader.pages} == {"/S"}
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert "Über &lt;all&gt; &amp; nothing" in reader.trailer["/Root"]["/Metadata"].get_data().decode()


def test_an_element_that_was_never_drawn_is_left_out_but_an_empty_cell_keeps_its_place():
    tree = Tree(title="x", language="en")
    tree.root.add("P")
    cell = tree.root.add("TD")
    assert list(tree.elements()) == [tree.root, cell]
    assert not Element("P").is_needed()


def test_no_map_back_to_text_holds_nothing(made):
    for page in PdfReader(BytesIO(made)).pages:
        for font in page["/Resources"]["/Font"].values():
            assert b"<0000>" not in font["/ToUnicode"].get_data()
