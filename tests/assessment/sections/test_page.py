"""Sections as HTML: headings in order, evidence on sentences, charts with their words, everything escaped."""

import re
from itertools import pairwise

import html5lib
import pytest
from flask import Flask, render_template_string

from assessment.sections import shelf
from assessment.sections.blocks import Callout, Facts, Lines, Section
from assessment.sections.facts import LineFacts
from tests.assessment.sections.samples import report

HOSTILE = '"><script>alert(1)</script>{{ 7*7 }} <b>&amp; محمد 👩🏽‍💻'
PAGE = '{% import "sections/blocks.html" as blocks with context %}{{ blocks.write(sections) }}'


@pytest.fixture
def html(app: Flask):
    def write(facts) -> str:
        with app.test_request_context("/"):
            return render_template_string(PAGE, sections=shelf.sections(facts))

    return write


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_report_is_well_formed_html_with_unique_ids(html, language):
    written = html(report(language))
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parseFragment(written)
    assert not parser.errors
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_headings_stand_in_order_below_the_pages_own(html):
    levels = [int(level) for level in re.findall(r"<h(\d)", html(report()))]
    assert levels[0] == 2
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_sentences_about_behaviour_carry_the_ids_of_their_evidence(html):
    assert 'data-evidence="00000000-0000-4000-8000-000000000001"' in html(report())


def test_charts_say_in_words_what_they_show(html):
    written = html(report())
    assert written.count('role="img"') == 8
    assert "Giving direction: Effective" in written


def test_words_of_people_are_escaped_everywhere(html):
    written = html(
        report(
            participant=HOSTILE, programme=HOSTILE, centre=HOSTILE, responsible=HOSTILE, summary=HOSTILE,
            strengths=(LineFacts(HOSTILE),), steps=(LineFacts(HOSTILE),),
        )
    )  # fmt: skip
    assert "<script" not in written
    assert "{{ 7*7 }}" in written
    assert "محمد 👩🏽‍💻" in written


def test_no_style_stands_in_the_markup(html):
    assert "style=" not in html(report())


def test_a_callout_and_room_to_write_stand_as_text(app: Flask):
    made = Section(
        8,
        "plan",
        "My 90 days",
        (
            Callout("Choose at most three.", "At most"),
            Lines("First action", 3, note="Room to write on paper"),
            Lines("Second", 3, HOSTILE),
            Facts((("Day", "10"), ("Month", "May")), columns=2),
        ),
    )
    with app.test_request_context("/"):
        written = render_template_string(PAGE, sections=(made,))
    assert html5lib.HTMLParser(namespaceHTMLElements=False).parseFragment(written) is not None
    assert 'role="note"' in written
    assert "Room to write on paper" in written
    assert "<script" not in written
    assert 'class="facts two"' in written
