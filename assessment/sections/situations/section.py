"""4 Across situations: exercise by dimension, in words and never in numbers."""

from collections.abc import Callable

from assessment.language import Translator
from assessment.sections import wording
from assessment.sections.blocks import Block, Figure, Paragraph, Section, Table
from assessment.sections.facts import DimensionFacts, ReportFacts, SeenIn
from charts import situations
from exercises.frames import bands

NUMBER = 4
COLUMNS = 4
"""So many exercises have a column of their own; with more the words would be broken."""


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
        return f"{wording.band(seen.band, facts)}{_marks(seen, words)}"

    blocks: list[Block] = []
    if not any(dimension.seen_in for dimension in facts.dimensions):
        blocks.append(Paragraph(_("Nothing was seen that could be set side by side here.")))
    elif len(facts.exercises) == 1:
        blocks += [
            Paragraph(
                _(
                    "There was one exercise, so nothing can be said of how situations differ. This was seen in it:"
                )
            ),
            _by_exercise(facts, cell, words),
        ]
    else:
        blocks += [
            Paragraph(
                _(
                    "People act differently in different situations; that is information, not error. The picture and the table "
                    "show the same: the picture at a glance, the table in words. Where an exercise is not named, it was not looked at there."
                )
            ),
            *_picture(facts, words),
            _by_exercise(facts, cell, words) if len(facts.exercises) <= COLUMNS else _by_band(facts, words),
        ]
    return Section(NUMBER, "situations", _("Across situations"), tuple(blocks))


def _by_exercise(facts: ReportFacts, cell: Callable[[str, str], str], words: Translator) -> Table:
    """A column for each exercise."""
    share = 0.72 / max(1, len(facts.exercises))
    return Table(
        (
            words.gettext("Area"),
            *(f"{situations.letter(place)} {one.title}" for place, one in enumerate(facts.exercises)),
        ),
        tuple(
            (dimension.name, *(cell(dimension.id, exercise.id) for exercise in facts.exercises))
            for dimension in facts.dimensions
        ),
        words.gettext("What was seen where"),
        (0.28, *([share] * len(facts.exercises))),
    )


def _by_band(facts: ReportFacts, words: Translator) -> Table:
    """Band by band the exercises in it: the picture in words, however many exercises there are."""
    titles = {one.id: one.title for one in facts.exercises}
    has_little = any(not seen.band for one in facts.dimensions for seen in one.seen_in)
    codes = [*bands(), *([None] if has_little else [])]

    def named(dimension: DimensionFacts, code: str | None) -> str:
        return ", ".join(
            f"{titles[seen.exercise]}{_marks(seen, words)}"
            for seen in dimension.seen_in
            if seen.band == code and seen.exercise in titles
        )

    def said(dimension: DimensionFacts) -> str:
        found = {code: named(dimension, code) for code in codes}
        return "; ".join(
            f"{wording.band(code, facts) if code else words.gettext('little occasion')}: {names}"
            for code, names in found.items()
            if names
        )

    return Table(
        (words.gettext("Area"), words.gettext("What was seen, and in which exercises")),
        tuple((one.name, said(one)) for one in facts.dimensions),
        words.gettext("What was seen where"),
        (0.24, 0.76),
    )


def _marks(seen: SeenIn, words: Translator) -> str:
    """What else there is to know of a result, between brackets."""
    marks = [
        *([words.gettext("by key")] if seen.by_key else []),
        *([words.gettext("provisional")] if seen.is_provisional else []),
    ]
    return f" ({', '.join(marks)})" if marks else ""


def _picture(facts: ReportFacts, words: Translator) -> list[Block]:
    """The areas as rows, the exercises as letters at their bands."""
    _ = words.gettext
    letters = {one.id: situations.letter(place) for place, one in enumerate(facts.exercises)}
    order = list(bands())

    def places(dimension: DimensionFacts) -> list[situations.Place]:
        return [
            (letters[one.exercise], order.index(one.band), one.by_key)
            for one in dimension.seen_in
            if one.band and one.exercise in letters
        ]

    said = "; ".join(
        f"{dimension.name}: "
        + (
            ", ".join(
                f"{letters[one.exercise]} {wording.band(one.band, facts)}"
                for one in dimension.seen_in
                if one.band and one.exercise in letters
            )
            or _("little occasion")
        )
        for dimension in facts.dimensions
    )
    return [
        Figure(
            situations.grid(
                [(dimension.name, places(dimension)) for dimension in facts.dimensions],
                [bands()[code][facts.language] for code in order],
                f"{_('What was seen where')}: {said}.",
            ),
            is_wide=True,
        ),
        Paragraph(
            _(
                "The strokes part the bands, from left to right: %(bands)s. An open point is a key's alone. The letters: "
                "%(letters)s.",
                bands=", ".join(bands()[code][facts.language] for code in order),
                letters=", ".join(f"{letters[one.id]} {one.title}" for one in facts.exercises),
            ),
            "soft",
        ),
    ]
