"""The report as PDF: every word of the page, on A4, with embedded fonts, whatever the names are."""

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from assessment.sections import pdf, shelf
from assessment.sections.facts import LineFacts, RemarkFacts
from tests.assessment import fonts
from tests.assessment.sections.samples import QUOTE, report

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
def test_a_report_is_six_pages_of_a4_at_most_with_its_name_and_language(language):
    reader = written(report(language))
    assert 4 <= len(reader.pages) <= 6
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


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_line_of_the_half_page_leads_to_the_passage_it_rests_on(language):
    reader = written(report(language))
    assert text_of(reader).count({"en": "Rests on passage 1", "nl": "Rust op passage 1"}[language]) == 5
    goals = {
        tuple(link.get_object()["/Dest"][:1]) + tuple(link.get_object()["/Dest"][2:4])
        for page in reader.pages
        for link in page.get("/Annots") or ()
    }
    assert len(goals) == 1  # each line of the sample rests on the one passage
    ((page, _left, _top),) = goals
    found = next(one for one in reader.pages if one.indirect_reference == page)
    assert "Passage 1" in found.extract_text()


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


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("plain", "plain"),
        ("<b>", "&lt;b&gt;"),
        ("two\n\nlines", "two lines"),
        ("a\x00b\u202e\ufeff", "ab"),
        ("Жанна", '<font name="Klei Wide">Жанна</font>'),
        ("محمد", f'<font name="Klei Wide">{pdf.UNKNOWN}</font>'),
    ],
)
def test_text_becomes_markup_that_cannot_be_more_than_text(given, safe):
    pdf.write(report(), fonts.made())  # the fonts say which characters they have
    assert pdf.safe(given) == safe
