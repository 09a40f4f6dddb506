"""Facts of a report: frozen, and the same after a way through JSON."""

import json
from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from assessment.sections.facts import ReportFacts
from tests.assessment.sections.samples import report


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_document_gives_back_the_facts_it_was_made_of(language):
    facts = report(language)
    document = json.loads(json.dumps(facts.to_document()))
    assert ReportFacts.from_document(document) == facts


def test_days_are_kept_as_days():
    document = report(signed_on=date(2026, 12, 31)).to_document()
    assert document["signed_on"] == "2026-12-31"


def test_facts_cannot_change():
    with pytest.raises(FrozenInstanceError):
        report().participant = "Somebody else"


def test_the_same_facts_give_the_same_document():
    facts = report()
    assert replace(facts).to_document() == facts.to_document()
    assert replace(facts, number=2).to_document() != facts.to_document()
