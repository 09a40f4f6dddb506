"""3 Seven areas: per dimension the place on the scale with its range, in words, and what it rests on."""

from assessment.language import Translator
from assessment.sections import passages, wording
from assessment.sections.blocks import (
    Block,
    Bullet,
    Bullets,
    Cell,
    Figure,
    Heading,
    Paragraph,
    Section,
    Table,
)
from assessment.sections.facts import DimensionFacts, ReportFacts, SeenIn
from charts import profile
from charts.marks import Chart
from exercises.frames import bands
from exercises.rubric import framework

NUMBER = 3
MIDDLES = {"starting_point": 1.375, "building": 2.25, "effective": 3.25, "strength": 4.375}
"""The middle of each band: where a point stands that says no more than the band."""


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext
    band_words = tuple(entry[facts.language] for entry in bands().values())
    blocks: list[Block] = [
        Paragraph(
            _(
                "Read a band as a rough place, not as a grade. The line shows where the result would probably lie, about "
                "two times in three, in comparable exercises with other assessors. Lines that overlap are not clearly "
                "different. There is no overall result."
            )
        ),
        Table(
            (_("Area"), " – ".join((band_words[0], band_words[-1])), _("In words"), _("Seen in")),
            tuple(_row(dimension, facts, words) for dimension in facts.dimensions),
            _("Your results in seven areas") if len(facts.dimensions) == 7 else _("Your results by area"),
            (0.24, 0.33, 0.28, 0.15),
        ),
        Paragraph(
            _(
                "The strokes part the bands, from left to right: %(bands)s. They describe these exercises only.",
                bands=", ".join(band_words),
            ),
            "soft",
        ),
    ]
    for dimension in facts.dimensions:
        blocks += _detail(dimension, facts, words)
    return Section(
        NUMBER, "areas", _("Seven areas") if len(facts.dimensions) == 7 else _("Areas"), tuple(blocks)
    )


def _row(dimension: DimensionFacts, facts: ReportFacts, words: Translator) -> tuple[Cell, ...]:
    in_words = wording.marked(wording.in_short(dimension, facts, words), dimension, words)
    return (
        dimension.name,
        Figure(chart(dimension, facts, words)),
        in_words,
        _seen(len({seen.exercise for seen in dimension.seen_in if seen.band}), words),
    )


def _seen(n: int, words: Translator) -> str:
    """In how many exercises: section 4 names them."""
    return words.ngettext("%(num)s exercise", "%(num)s exercises", n) if n else "–"


def chart(dimension: DimensionFacts, facts: ReportFacts, words: Translator) -> Chart:
    """The range line of one dimension; without a number where there is none."""
    said = f"{dimension.name}: {wording.result(dimension, facts, words)}"
    if dimension.estimate is not None and dimension.low is not None and dimension.high is not None:
        return profile.range_line(dimension.estimate, dimension.low, dimension.high, said)
    if "U2" in dimension.reasons and "U1" not in dimension.reasons:
        places = [
            MIDDLES[seen.band] for seen in dimension.seen_in if seen.band and not _is_choice(seen, facts)
        ]
        if places:
            return profile.two_points(min(places), max(places), said)
    return profile.too_little(said)


def _is_choice(seen: SeenIn, facts: ReportFacts) -> bool:
    """Whether the exercise was choices alone: U2 leaves those out."""
    return any(exercise.id == seen.exercise and exercise.form == "choices" for exercise in facts.exercises)


NEXT_LEVEL = {"starting_point": 3, "building": 3, "effective": 5}
"""The described level that lies beyond a band; beyond the highest lies none."""


def _next_level(dimension: DimensionFacts) -> int | None:
    band = dimension.between[0] if dimension.between else dimension.band
    is_shown = not {"U1", "U2", "U4"} & {*dimension.reasons} and dimension.id in framework()
    return NEXT_LEVEL.get(band or "") if is_shown else None


def _detail(dimension: DimensionFacts, facts: ReportFacts, words: Translator) -> list[Block]:
    _ = words.gettext
    blocks: list[Block] = [
        Heading(dimension.name, 3, f"area-{dimension.id}"),
        Paragraph(dimension.definition, "soft"),
        Paragraph(wording.marked(wording.result(dimension, facts, words), dimension, words), "lead"),
    ]
    if "U2" in dimension.reasons and "U1" not in dimension.reasons:
        blocks.append(
            Paragraph(
                _("Ask yourself what made the difference: time, contact with a person, figures, preparation?")
            )
        )
    if "one_rating" in dimension.reasons:
        blocks.append(Paragraph(_("Part of this rests on the rating of one assessor."), "soft"))
    if dimension.frames:
        blocks.append(
            Bullets(
                tuple(
                    Bullet(
                        frame.words,
                        _(
                            "Where we saw this: %(where)s",
                            where=wording.titles((evidence.exercise for evidence in frame.evidence), facts),
                        ),
                        tuple(evidence.id for evidence in frame.evidence),
                        passages.references(frame.evidence, facts, words),
                    )
                    for frame in dimension.frames
                )
            )
        )
    if dimension.helped:
        under = [one for frame in dimension.frames for one in frame.evidence]
        blocks.append(
            Paragraph(
                _("What helped: %(what)s", what=dimension.helped),
                evidence=tuple(one.id for one in under),
                references=passages.references(under, facts, words),
            )
        )
    below = []
    if (level := _next_level(dimension)) is not None:
        below.append(
            _(
                "What the next level looks like, for everybody: %(what)s",
                what=framework()[dimension.id].anchors[level][facts.language],
            )
        )
    if any(seen.second_look for seen in dimension.seen_in):
        below.append(_("In one exercise a second look was taken by a third assessor."))
    return [*blocks, Paragraph(" ".join(below), "soft")] if below else blocks
