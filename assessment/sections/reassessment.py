"""Two centres of the same person: what changed by more than error, in words. No section of a report: it stands below one."""

from dataclasses import dataclass
from datetime import date

from assessment.language import Translator
from assessment.sections import wording
from assessment.sections.blocks import Paragraph, Section, Table
from assessment.sections.facts import DimensionFacts, ReportFacts

NUMBER = 10


@dataclass(frozen=True)
class Change:
    """One dimension in both centres. ``what`` is more, less or same, or None where it cannot be said."""

    id: str
    name: str
    before: DimensionFacts
    after: DimensionFacts
    what: str | None


@dataclass(frozen=True)
class Reassessment:
    """Both centres, and each dimension that both show."""

    centre_before: str
    signed_before: date
    centre_after: str
    signed_after: date
    has_same_exercises: bool
    changes: tuple[Change, ...]
    report_before: str = ""


def make(found: Reassessment, facts: ReportFacts, words: Translator) -> Section:
    """The comparison, in the words of the later report's language."""
    _ = words.gettext
    said = {
        "more": _("More than before, by more than the error of both"),
        "less": _("Less than before, by more than the error of both"),
        "same": _("No difference that is larger than the error of both"),
        None: _("Cannot be said: one of the two has no result"),
    }
    rows = tuple(
        (
            one.name,
            wording.in_short(one.before, facts, words),
            wording.in_short(one.after, facts, words),
            said[one.what],
        )
        for one in found.changes
    )
    return Section(
        NUMBER,
        "since-then",
        _("Since your earlier centre"),
        (
            Paragraph(
                _(
                    "You took part before, in %(before)s (%(day_before)s), and now in %(after)s (%(day_after)s). A difference "
                    "counts here only if chance and other assessors alone would give it less than once in twenty times.",
                    before=found.centre_before,
                    day_before=words.day(found.signed_before),
                    after=found.centre_after,
                    day_after=words.day(found.signed_after),
                )
            ),
            Table(
                (_("Area"), _("Then"), _("Now"), _("What can be said")),
                rows,
                _("Two centres side by side"),
                (0.26, 0.22, 0.22, 0.3),
            ),
            Paragraph(
                _("Both centres had the same exercises; some of a difference can come from knowing them.")
                if found.has_same_exercises
                else _(
                    "The centres had different exercises; some of a difference can come from what they asked."
                ),
                "soft",
            ),
        ),
    )
