"""The report as PDF: every word of the page, on A4, with embedded fonts, whatever the names are."""

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.platypus import KeepTogether, SimpleDocTemplate, Spacer

from assessment.sections import blocks, pdf, scripts, shelf
from assessment.sections.facts import LineFacts, RemarkFacts
from tests.assessment import fonts
from tests.assessment.sections.samples import QUOTE, report
from tests.tagged.checkers import failures

HOSTILE = "Åsa <b>&amp;</b> <font size=99> محمد علي 👩🏽‍💻 李雷 Ελένη Жанна =1+1 \x00\x07"
TABLE = {"en": "Your results in seven areas", "nl": "Jouw uitkomsten op zeven gebieden"}


def written(facts) -> PdfReader:
    return PdfReader(BytesIO(pdf.write(facts, fonts.made())))


def text_of(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def fonts_of(reader: PdfReader) -> dict[str, bool]:
    """Base fonts by name, with whether the file has them."""
    found = {}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()
            descriptor = font.get("/FontDescriptor")
            found[font["/BaseFont"]] = bool(descriptor and "/FontFile2" in descriptor.get_object())
    return found


def outline_of(reader: PdfReader) -> tuple[list[str], list[str]]:
    """Bookmarks of the first and the second level."""
    first = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    second = [part.title for entry in reader.outline if isinstance(entry, list) for part in entry]
    return first, second


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_report_is_eight_pages_of_a4_at_most_with_its_name_and_language(language):
    reader = written(report(language))
    assert 4 <= len(reader.pages) <= 8
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in reader.pages} == {(595, 842)}
    assert "Ayşe de Vries" in reader.metadata.title
    assert reader.metadata.author == "Ilse de Graaf"
    assert reader.trailer["/Root"]["/Lang"] == language


def test_every_font_is_embedded():
    found = fonts_of(written(report()))
    assert found
    assert all(found.values()), found


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_pdf_has_the_sections_of_the_page_as_bookmarks(language):
    facts = report(language)
    first, second = outline_of(written(facts))
    assert first == [section.title for section in shelf.sections(facts)]
    assert set(second) >= {one.name for one in facts.dimensions}


def test_every_page_says_which_it_is_and_of_what():
    reader = written(report())
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert f"page {number} of {len(reader.pages)}" in text
        assert "Further · Spring centre · 14 March 2026" in text


def test_the_evidence_is_quoted():
    assert QUOTE["en"].rstrip(".") in text_of(written(report()))


def test_every_bookmark_leads_to_the_page_of_its_heading():
    reader = written(report())
    places = [
        (entry.title, reader.get_destination_page_number(entry))
        for entry in reader.outline
        if not isinstance(entry, list)
    ]
    assert len({page for _title, page in places}) > 2
    for title, page in places:
        assert title in " ".join(reader.pages[page].extract_text().split())


def links_of(reader: PdfReader) -> list[tuple[int, str, tuple]]:
    """Every link: its page, what it says, and where it leads."""
    return [
        (number, link.get_object()["/Contents"], tuple(link.get_object()["/Dest"]))
        for number, page in enumerate(reader.pages)
        for link in page.get("/Annots") or ()
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_line_of_the_half_page_leads_to_the_passage_it_rests_on_and_back(language):
    reader = written(report(language))
    assert text_of(reader).count({"en": "Rests on passage 1", "nl": "Rust op passage 1"}[language]) == 5
    there = [link for link in links_of(reader) if link[1] == "passage 1"]
    assert len(there) == 5
    assert len({str(goal) for _, _, goal in there}) == 1  # each line of the sample rests on the one passage
    page = next(one for one in reader.pages if one.indirect_reference == there[0][2][0])
    assert "Passage 1" in page.extract_text()
    half_page = shelf.sections(report(language))[1].title
    back = [
        link
        for link in links_of(reader)
        if link[0] == page.page_number and link[1].startswith((half_page, "("))
    ]
    assert len(back) == 4


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_line_of_the_half_page_and_every_passage_leads_to_its_result(language):
    reader = written(report(language))
    area = report(language).dimensions[0].name
    there = [link for link in links_of(reader) if link[1] == area]
    said = {"en": "Part of the result on", "nl": "Deel van de uitkomst op"}[language]
    assert text_of(reader).count(f"{said} {area}") == 4
    assert text_of(reader).count(f"assage 1 · {area}") == 1, "and from the passage"
    assert len({str(goal) for _, _, goal in there}) == 1
    page = next(one for one in reader.pages if one.indirect_reference == there[0][2][0])
    assert report(language).dimensions[0].definition in " ".join(page.extract_text().split())


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_contents_name_every_section_with_its_page(language):
    reader = written(report(language))
    first = reader.pages[0].extract_text()
    for entry in (one for one in reader.outline if not isinstance(one, list)):
        assert entry.title in first
        assert any(says == entry.title and page == 0 for page, says, _ in links_of(reader))
        assert str(reader.get_destination_page_number(entry) + 1) in first


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_table_of_areas_stands_under_its_introduction(language):
    pages = [page.extract_text() for page in written(report(language)).pages]
    title = shelf.sections(report(language))[3].title
    (page,) = [text for text in pages if TABLE[language] in text]
    assert title in page


def test_names_in_any_script_and_formulas_are_printed_or_replaced_and_never_obeyed():
    facts = report(
        participant=HOSTILE, programme=HOSTILE, centre=HOSTILE, responsible=HOSTILE, summary=HOSTILE,
        strengths=(LineFacts(HOSTILE),), steps=(LineFacts(HOSTILE),), remarks=(RemarkFacts("comment", HOSTILE, HOSTILE, report().signed_on),),
    )  # fmt: skip
    reader = written(facts)
    text = text_of(reader)
    assert "Åsa <b>&amp;</b> <font size=99>" in text
    assert "Ελένη Жанна" in text
    assert pdf.UNKNOWN in text
    assert all(fonts_of(reader).values())


def test_texts_of_any_length_without_a_space_are_broken_over_lines_and_pages():
    remark = RemarkFacts("comment", "ж" * 4000, "k" * 4000, report().signed_on)
    facts = report(
        participant="Ω" * 300, programme="w" * 300, centre="ж" * 300, summary="a" * 3000,
        strengths=(LineFacts("q" * 300),) * 2, steps=(LineFacts("Y" * 300),) * 2, remarks=(remark,) * 3,
    )  # fmt: skip
    assert text_of(written(facts)).replace(" ", "").count("a" * 40) > 20


def test_a_centre_with_one_area_and_nothing_seen_still_has_a_report():
    facts = report(
        dimensions=(replace(report().dimensions[1], seen_in=()),), exercises=(), summary="", strengths=(), steps=(),
        remarks=(),
    )  # fmt: skip
    assert "Too little seen" in text_of(written(facts))


def test_many_areas_repeat_the_head_of_their_table():
    facts = report(dimensions=report().dimensions * 6)
    heads = [page.extract_text().count("Seen in") for page in written(facts).pages]
    assert sum(heads) > 1


def test_the_same_facts_give_the_same_file():
    assert pdf.write(report(), fonts.made()) == pdf.write(report(), fonts.made())


def test_room_below_a_block_at_the_end_of_a_page_is_what_is_left_there():
    pages = []
    for gap in (pdf._Gap(1, 10), Spacer(1, 10)):
        target = BytesIO()
        paper = SimpleDocTemplate(target)
        room = paper.height - 12  # of a frame, which has six points of padding above and below
        paper.build([Spacer(1, room - 4), gap, KeepTogether([Spacer(1, room - 1), Spacer(1, 1)])])
        pages.append(len(PdfReader(target).pages))
    assert pages == [2, 3], "what just fits on a page stands on the second, with no empty one before it"


def test_any_document_of_sections_can_be_printed_with_a_callout_and_room_to_write():
    paper = blocks.Paper(
        "A guide",
        "en",
        (
            blocks.Section(
                1,
                "plan",
                "My plan",
                (
                    blocks.Callout("Do not compare with colleagues.", "Not to do"),
                    blocks.Lines("First action", 3),
                    blocks.Lines("Second action", 3, "I ask one question first."),
                    blocks.Facts((("Day", "10"), ("Month", "May")), columns=2),
                ),
            ),
        ),
    )
    text = text_of(PdfReader(BytesIO(pdf.compose(paper, fonts.made()))))
    for said in ("A guide", "My plan", "Not to do", "First action", "I ask one question first.", "May"):
        assert said in text


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("plain", [("plain", "", "")]),
        ("<b>&amp;", [("<b>&amp;", "", "")]),
        ("two\n\nlines", [("two lines", "", "")]),
        ("a\x00b\u202e\ufeff", [("ab", "", "")]),
        ("Ж ж", [("Ж ж", "Klei Wide", "")]),
        ("李", [(pdf.UNKNOWN, "Klei Wide", "李")]),
        ("a \ud800", [("a", "", ""), (" ", "", ""), (pdf.UNKNOWN, "Klei Wide", "")]),
        ("שלום", [("םולש", "Klei Hebrew", "שלום")]),
        ("محمد", [("\ufeaa\ufee4\ufea4\ufee3", "Klei Arabic", "محمد")]),
    ],
)
def test_text_is_drawn_as_it_is_read_and_what_cannot_be_drawn_is_seen_to_be_missing(given, drawn):
    pdf.register(fonts.made().folder)
    assert [(run.words, run.font, run.actual) for run in scripts.runs(given)] == drawn


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("name", ["Ayşe de Vries", "محمد علي", "דוד לוי", HOSTILE, "Wolf " * 40])
def test_two_checkers_find_nothing_against_pdf_ua_in_a_report(language, name):
    assert failures(pdf.write(report(language, participant=name), fonts.made())) == []


def test_two_checkers_find_nothing_in_long_tables_and_in_a_report_with_nothing_seen():
    many = report(dimensions=report().dimensions * 6)
    nothing = report(dimensions=(), exercises=(), summary="", strengths=(), steps=(), remarks=())
    assert failures(pdf.write(many, fonts.made())) == []
    assert failures(pdf.write(nothing, fonts.made())) == []


TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text(st.sampled_from("<>&;/ab \n\u202e\u200f\ud800\u0000()\\%אבمح👩🏽\u200d💻"), max_size=60),
    st.sampled_from(["</para>", "<font size=99>", "%later 1%", "\n%later 1%\n", ") Tj ET", "EMC", "a" * 400, "א" * 400, "م " * 200]),
)  # fmt: skip


def typed(text: str) -> blocks.Paper:
    """A document in which one text stands everywhere that a text can stand."""
    one = blocks.Bullet(text, text, references=blocks.References(text, ((1, text),)), place=1)
    other = blocks.Bullet(text, text, passage=1, cited=blocks.References(text, ((1, text),), "sentence"))
    written = (
        blocks.Paragraph(text),
        blocks.Bullets((one,), text),
        blocks.Bullets((other,), text),
        blocks.Callout(text, text),
        blocks.Lines(text, 1, text),
        blocks.Quote(text, text),
        blocks.Facts(((text, text),), columns=2),
        blocks.Table((text, text), ((text, text),), text),
        blocks.Heading(text, 3),
    )
    sections = blocks.Section(1, "first", text, written), blocks.Section(2, "second", text, ())
    return blocks.Paper(text, "en", sections, (text,), text, text, text, text)


@given(text=TEXTS)
@example("")
@example("ب" * 900)
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_whatever_people_typed_a_document_is_made_and_nothing_of_it_is_obeyed(text):
    content = pdf.compose(typed(text), fonts.made())
    reader = PdfReader(BytesIO(content))
    assert failures(content) == []
    assert all(fonts_of(reader).values())
    assert not any("/A" in link.get_object() for page in reader.pages for link in page.get("/Annots") or ())
    assert b"/JavaScript" not in content
