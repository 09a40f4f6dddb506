"""4 Across situations: exercise by dimension, in words and never in numbers."""

from assessment.language import Translator
from assessment.sections import wording
from assessment.sections.blocks import Paragraph, Section, Table
from assessment.sections.facts import ReportFacts

NUMBER = 4


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext

    def cell(dimension: str, exercise: str) -> str:
        seen = next(
            (
                one
                for entry in facts.dimensions
                if entry.id == dimension
                for one in entry.seen_in
                if one.exercise == exercise
            ),
            None,
        )
        if seen is None:
            return ""
        if seen.band is None:
            return _("little occasion")
        said = wording.band(seen.band, facts)
        marks = [
            *([_("by key")] if seen.by_key else []),
            *([_("provisional")] if seen.is_provisional else []),
        ]
        return f"{said} ({', '.join(marks)})" if marks else said

    rows = tuple(
        (dimension.name, *(cell(dimension.id, exercise.id) for exercise in facts.exercises))
        for dimension in facts.dimensions
    )
    share = 0.72 / max(1, len(facts.exercises))
    return Section(
        NUMBER,
        "situations",
        _("Across situations"),
        (
            Paragraph(
                _(
                    "People act differently in different situations; that is information, not error. An empty cell was not "
                    "looked at in that exercise."
                )
            ),
            Table(
                (_("Area"), *(exercise.title for exercise in facts.exercises)),
                rows,
                _("What was seen where"),
                (0.28, *([share] * len(facts.exercises))),
            ),
        ),
    )
