"""The chapters of the evidence page, for each kind of reader: what the numbers say first, then the numbers.

Wording follows what is known and no more: an interval with every estimate, what is withheld with the number that is
needed, agreement never called accuracy, and always a chapter about what is not proven.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import hypot

from assessment.language import Translator
from assessment.language import marked as _
from assessment.sections.blocks import (
    Block,
    Bullet,
    Bullets,
    Facts,
    Figure,
    Heading,
    Paragraph,
    Section,
    Table,
    Tag,
)
from assessment.sections.evidence.facts import (
    AMBER,
    GREEN,
    RED,
    Agreement,
    Dependability,
    Difficulty,
    Effects,
    Evidence,
    Finding,
    Group,
    Measured,
    Source,
    Subset,
    Withheld,
)
from charts.intervals import Border, Row, intervals


class Reader(StrEnum):
    ADMINISTRATOR = "administrator"
    ASSESSOR = "assessor"
    HR = "hr"
    PARTICIPANT = "participant"


@dataclass(frozen=True)
class View:
    """For whom the chapters are, and what things are called."""

    reader: Reader
    computed_at: datetime
    exercises: Mapping[str, str]
    dimensions: Mapping[str, str]
    statements: Mapping[str, str]
    checked: tuple[tuple[str, str], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Of assessors, by id; for administrators alone."""
    remarks: tuple[str, ...] = ()
    """What participants wrote; for administrators alone."""


TONES = {GREEN: "leaf", AMBER: "amber", RED: "clay"}
STRENGTHS = {GREEN: _("good"), AMBER: _("moderate"), RED: _("weak")}
FITS = {GREEN: _("as expected"), AMBER: _("somewhat off"), RED: _("far off")}
DISTANCES = {GREEN: _("not clearly off"), AMBER: _("clearly off"), RED: _("far off")}
DIFFERENCES = {GREEN: _("no clear difference"), AMBER: _("a difference to look into")}
NOT_YET = _("not enough data yet")
TRAITS = {"gender": _("gender"), "age": _("age"), "first_language": _("first language")}
GROUPS = {
    "woman": _("women"),
    "man": _("men"),
    "other": _("another gender"),
    "under 35": _("under 35"),
    "35 to 49": _("35 to 49"),
    "50 or older": _("50 or older"),
    "same": _("in their first language"),
    "another": _("in another language than their first"),
}
VERDICTS = {
    "clear": _("no clear difference"),
    "look": _("a difference that is being looked into"),
    "few": _("not enough people yet to say anything"),
}
PARTS = {
    "person": _("who did it: the person, over all exercises"),
    "person_exercise": _("the person in this exercise"),
    "person_dimension": _("the person on this dimension, over exercises"),
    "person_both": _("the person on this dimension in this exercise"),
    "exercise": _("how hard the exercise is"),
    "dimension": _("how hard the dimension is"),
    "assessor": _("who rated: strict or mild"),
    "rest": _("all else, chance included"),
}
SCORES = {
    "whole": _("The picture over all dimensions"),
    "dimension": _("A score on one dimension"),
    "profile": _("Differences between a person's own dimensions"),
}
EFFECTS = {
    "harsh": _("stricter than the others"),
    "lenient": _("milder than the others"),
    "central": _("keeps to the middle of the scale"),
    "extreme": _("uses the ends of the scale more than others"),
    "erratic": _("marks that follow the others less than expected"),
    "halo": _("little difference between dimensions within a performance"),
    "biased_dimension": _("marks %(where)s differently from the other dimensions"),
}
LANGUAGES = {"en": _("English"), "nl": _("Dutch")}
REASONS = {
    "too_uncertain": _("The error is still larger than half of what would matter."),
    "alone": _("No other assessor is linked to this one."),
    "no_finite_measure": _("All ratings lie at one end of the scale."),
    "no_variation": _("All ratings are equal."),
    "needs_two_assessors": _("Nothing was rated by two."),
    "at_zero": _("The estimate is zero."),
    "one_exercise_or_dimension": _("This takes two exercises, two dimensions and two assessors at least."),
}


def chapters(found: Evidence, view: View, words: Translator) -> tuple[Section, ...]:
    """All chapters that this reader gets, numbered."""
    makers: dict[Reader, Sequence[tuple[str, str, Callable[[Evidence, View, Translator], list[Block]]]]] = {
        Reader.ADMINISTRATOR: (*_NUMBERS[:1], *_NUMBERS[1:]),
        Reader.ASSESSOR: _NUMBERS,
        Reader.HR: _NUMBERS,
        Reader.PARTICIPANT: _PLAIN,
    }
    return tuple(
        Section(number, slug, words.gettext(title), tuple(make(found, view, words)))
        for number, (slug, title, make) in enumerate(makers[view.reader], start=1)
    )


# Words for numbers.


def figure(value: float | None, words: Translator, decimals: int = 2) -> str:
    return "–" if value is None else words.number(value, decimals)


def signed(value: float, words: Translator, decimals: int = 2) -> str:
    """A difference with its sign, which a true minus makes readable."""
    said = words.number(abs(value), decimals)
    if round(value, decimals) == 0:
        return said
    return f"+{said}" if value > 0 else f"−{said}"


def percent(value: float | None, words: Translator) -> str:
    return "–" if value is None else f"{words.number(100 * value, 0)} %"


def between(one: Measured, words: Translator, say: Callable[[float, Translator], str] = figure) -> str:
    """An estimate with its interval, or why there is none."""
    if one.estimate is None:
        return why(one.reasons, words)
    if one.low is None or one.high is None:
        return say(one.estimate, words)
    return words.gettext(
        "%(estimate)s (%(low)s to %(high)s)",
        estimate=say(one.estimate, words),
        low=say(one.low, words),
        high=say(one.high, words),
    )


def why(reasons: Sequence[str], words: Translator) -> str:
    known = [words.gettext(REASONS[one]) for one in reasons if one in REASONS]
    return " ".join(known) if known else words.gettext(NOT_YET)


def lacks(one: Withheld, words: Translator) -> str:
    """What is needed, and what there is."""
    needs = words.gettext(one.needs, n=words.number(one.n))
    if one.have < 0:
        return words.gettext("Not enough data yet: this needs %(needs)s.", needs=needs)
    return words.gettext(
        "Not enough data yet: this needs %(needs)s, and there are %(have)s.",
        needs=needs,
        have=words.number(one.have),
    )


def band(one: Measured, names: Mapping[str, str], words: Translator) -> Tag:
    """The word of a band, with its colour."""
    return Tag(words.gettext(names.get(one.band, NOT_YET)), TONES.get(one.band, ""))


def _row(name: str, one: Measured, words: Translator, decimals: int = 2) -> Row:
    label = words.gettext(NOT_YET) if one.estimate is None else figure(one.estimate, words, decimals)
    return Row(name, one.estimate, one.low, one.high, label)


def _named(of: str, view: View, words: Translator) -> str:
    if of == "all":
        return words.gettext("the whole centre")
    return view.exercises.get(of) or view.dimensions.get(of, of)


# 1 What these numbers say.


def _short(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    extent = found.extent
    said = [*_said(found, words)]
    if view.reader is Reader.ASSESSOR:
        said = [*_own(found.effects, view, words), *said]
    blocks: list[Block] = [Bullets(tuple(map(Bullet, said)))] if said else []
    if not said:
        blocks.append(
            Paragraph(
                _("There is too little yet to say anything. What is missing is said in each chapter."), "lead"
            )
        )
    facts = [
        (
            _("Participants"),
            _(
                "%(n)s, of whom %(twice)s were rated by two",
                n=words.number(extent.participants),
                twice=words.number(extent.rated_twice),
            ),
        ),
        (
            _("Ratings"),
            _(
                "%(n)s, and %(none)s times “no evidence”",
                n=words.number(extent.ratings),
                none=words.number(extent.no_evidence),
            ),
        ),
        (_("Rated by"), words.ngettext("%(n)s assessor", "%(n)s assessors", extent.assessors)),
        (
            _("Second look"),
            _(
                "%(n)s of %(all)s performances, %(done)s of them settled",
                n=words.number(extent.adjudicated),
                all=words.number(extent.performances),
                done=words.number(extent.resolved),
            ),
        ),
        (_("Still to come"), words.ngettext("%(n)s rating", "%(n)s ratings", extent.still_open)),
        (_("Left out"), words.ngettext("%(n)s sitting", "%(n)s sittings", extent.left_out)),
        (_("Computed"), words.moment(view.computed_at)),
    ]
    blocks.append(Facts(tuple(facts)))
    return blocks


def _said(found: Evidence, words: Translator) -> list[str]:
    """The main results, a sentence each, as far as there are any."""
    _ = words.gettext
    said = []
    whole = next((one for one in found.agreement if one.of == "all"), None)
    if whole and whole.together.estimate is not None:
        said.append(
            _(
                "Dependability of what two assessors give a performance together: %(strength)s, %(value)s on a scale to 1. The lower limit decides the word.",
                strength=_(STRENGTHS.get(whole.together.band, NOT_YET)),
                value=between(whole.together, words),
            )
        )
    said += _spoken_sources(found, words)
    one = next((one for one in found.dependability if one.of == "dimension"), None)
    if one and one.now.estimate is not None:
        said.append(_spoken_dependability(one, words))
    if len(found.subsets) > 1:
        said.append(_unlinked(found.subsets, words))
    elif found.effects and not any(one.withheld for one in found.effects):
        off = sum(one.severity.band in (AMBER, RED) for one in found.effects)
        if len(found.effects) > 1:
            said.append(
                _(
                    "%(off)s of %(all)s assessors mark clearly stricter or milder than the others. No mark was changed for that.",
                    off=words.number(off),
                    all=words.number(len(found.effects)),
                )
            )
    return said


def _spoken_sources(found: Evidence, words: Translator) -> list[str]:
    shares = {one.part: one.share for one in found.sources}
    if not shares:
        return []
    said = [
        words.gettext(
            "Of all differences between marks, %(person)s come from the person, %(assessor)s from who rated, and %(rest)s from what nothing explains.",
            person=percent(shares.get("person"), words),
            assessor=percent(shares.get("assessor"), words),
            rest=percent(shares.get("rest"), words),
        )
    ]
    said.append(words.gettext(MORE_BETWEEN[_more_between_exercises(found)]))
    return said


MORE_BETWEEN = {
    True: _("In this centre results differ more between exercises than between dimensions."),
    False: _("In this centre results differ more between dimensions than between exercises."),
    None: _(
        "Whether results differ more between exercises or between dimensions cannot be told: the error is larger than the difference."
    ),
}


def _more_between_exercises(found: Evidence) -> bool | None:
    """Whether a person's results differ more between exercises than between dimensions; None when the 95 % interval of
    that difference holds 0.
    """
    by_part = {one.part: one.variance for one in found.sources}
    exercise, dimension = (by_part.get(part, Measured()) for part in ("person_exercise", "person_dimension"))
    gap = (exercise.estimate or 0.0) - (dimension.estimate or 0.0)
    halves = [
        one.high - one.estimate
        for one in (exercise, dimension)
        if one.high is not None and one.estimate is not None
    ]
    return None if abs(gap) <= hypot(*halves) else gap > 0


def _spoken_dependability(one: Dependability, words: Translator) -> str:
    _ = words.gettext
    start = _(
        "With %(exercises)s and %(assessors)s for each, a score on one dimension has a reliability of %(value)s.",
        exercises=words.ngettext("%(n)s exercise", "%(n)s exercises", one.exercises),
        assessors=words.ngettext("%(n)s assessor", "%(n)s assessors", one.assessors),
        value=between(one.now, words),
    )
    if one.now.estimate is not None and one.now.estimate >= one.wanted:
        return start
    wanted = figure(one.wanted, words)
    if one.needed_exercises:
        more = _(
            "For %(wanted)s it would take about %(n)s exercises.",
            wanted=wanted,
            n=words.number(one.needed_exercises),
        )
    else:
        more = _("Ten exercises would not bring it to %(wanted)s.", wanted=wanted)
    if one.needed_assessors:
        also = _("Or %(n)s assessors for each exercise.", n=words.number(one.needed_assessors))
    else:
        also = _("More assessors alone would not be enough.")
    return f"{start} {more} {also}"


def _unlinked(subsets: Sequence[Subset], words: Translator) -> str:
    return words.gettext(
        "The assessors form %(n)s groups that never rated the same performance. How strict they are is compared within a group only: between groups nothing is known.",
        n=words.number(len(subsets)),
    )


# 2 Agreement.


def _agreement(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "Two assessors rate each performance without seeing each other's marks. Here is how far their first marks agree, before any second look or discussion. That assessors agree does not show that they are right."
            )
        )
    ]
    if found.agreement_withheld:
        return [*blocks, Paragraph(lacks(found.agreement_withheld, words), "soft")]
    shown = [one for one in found.agreement if one.together.estimate is not None]
    if shown:
        blocks.append(
            Figure(
                intervals(
                    [_row(_named(one.of, view, words), one.together, words) for one in shown],
                    0,
                    1,
                    (Border(0.5, figure(0.5, words, 1)), Border(0.75, figure(0.75, words))),
                    title=_("Dependability of what two assessors give together"),
                    description=_(
                        "One line for the whole centre, each exercise and each dimension: the estimate and its 95 % interval. The values are in the table below."
                    ),
                )
            )
        )
    else:
        whole = found.agreement[0]
        if whole.withheld:
            blocks.append(Paragraph(lacks(whole.withheld, words), "soft"))
    blocks.append(_agreement_table(found.agreement, view, words))
    return blocks


def _agreement_table(rows: Sequence[Agreement], view: View, words: Translator) -> Table:
    _ = words.gettext
    made = []
    for one in rows:
        strength = band(one.together, STRENGTHS, words)
        n = one.exact.n
        made.append(
            (
                _named(one.of, view, words),
                strength,
                between(one.together, words),
                between(one.single, words),
                between(one.alpha, words),
                between(one.exact, words, percent),
                between(one.within_one, words, percent),
                words.number(n) if n else lacks(one.withheld, words) if one.withheld else "–",
            )
        )
    return Table(
        (
            _("Of"),
            _("In a word"),
            _("Two together, G(q,k)"),
            _("One alone, G(q,1)"),
            _("Alpha"),
            _("Equal"),
            _("At most one apart"),
            _("Pairs"),
        ),
        tuple(made),
        _("Agreement, with 95 % intervals"),
        (0.19, 0.1, 0.13, 0.13, 0.12, 0.12, 0.12, 0.09),
        is_behind=True,
    )


# 3 Where differences come from.


def _sources(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "A mark differs from another for several reasons at once. A generalizability study takes them apart; from it follows what more exercises or more assessors would bring."
            )
        )
    ]
    if found.sources_withheld:
        return [*blocks, Paragraph(lacks(found.sources_withheld, words), "soft")]
    if not found.sources:
        return [*blocks, Paragraph(why(found.sources_reasons, words), "soft")]
    if len(found.subsets) > 1:
        blocks.append(
            Paragraph(
                _(
                    "The groups of assessors are not linked. What differs between the groups can come from the people or from who rated them, and no number in this chapter can tell the two apart."
                ),
                "lead",
            )
        )
    blocks.append(
        Figure(
            intervals(
                [
                    Row(_(PARTS[one.part]), one.share, *_ends_of(one), percent(one.share, words))
                    for one in found.sources
                ],
                0,
                max(0.5, *(one.share for one in found.sources)),
                (Border(0, "0 %"), Border(0.25, "25 %"), Border(0.5, "50 %")),
                title=_("Where differences between marks come from"),
                description=_(
                    "The share of each source in all differences. The values are in the table below."
                ),
            )
        )
    )
    blocks.append(
        Table(
            (_("Source"), _("Share"), _("Variance"), _("Levels")),
            tuple(
                (
                    _(PARTS[one.part]),
                    percent(one.share, words),
                    between(one.variance, words, lambda value, to: figure(value, to, 3)),
                    words.number(one.variance.n),
                )
                for one in found.sources
            ),
            _("Variance components, in squared points, with 95 % intervals"),
            (0.52, 0.1, 0.26, 0.12),
            is_behind=True,
        )
    )
    for said in _spoken_sources(found, words)[1:]:
        blocks.append(Paragraph(said, "lead"))
    blocks.append(Heading(_("How many exercises and assessors it takes"), 3))
    one = next(one for one in found.dependability if one.of == "dimension")
    blocks.append(Paragraph(_spoken_dependability(one, words)))
    blocks.append(_now_table(found.dependability, words))
    blocks.append(_trials_table(found.dependability, words))
    return blocks


def _ends_of(one: Source) -> tuple[float | None, float | None]:
    """The interval of a source's share: that of its variance, on the scale of shares."""
    value = one.variance
    if not value.estimate or value.low is None or value.high is None:
        return None, None
    return one.share * value.low / value.estimate, one.share * value.high / value.estimate


def _now_table(rows: Sequence[Dependability], words: Translator) -> Table:
    _ = words.gettext
    return Table(
        (
            _("Of"),
            _("In a word"),
            _("Reliability now"),
            _("Exercises for %(wanted)s", wanted=figure(rows[0].wanted, words)),
            _("Assessors for %(wanted)s", wanted=figure(rows[0].wanted, words)),
        ),
        tuple(
            (
                _(SCORES[one.of]),
                band(one.now, STRENGTHS, words),
                between(one.now, words),
                words.number(one.needed_exercises) if one.needed_exercises else _("more than ten"),
                words.number(one.needed_assessors) if one.needed_assessors else _("not by assessors alone"),
            )
            for one in rows
        ),
        _("What this centre's design gives, with 95 % intervals"),
        (0.3, 0.13, 0.23, 0.17, 0.17),
    )


def _trials_table(rows: Sequence[Dependability], words: Translator) -> Table:
    _ = words.gettext
    return Table(
        (_("Design"), *(_(SCORES[one.of]) for one in rows)),
        tuple(
            (
                _(
                    "%(exercises)s, %(assessors)s for each",
                    exercises=words.ngettext("%(n)s exercise", "%(n)s exercises", trial.exercises),
                    assessors=words.ngettext("%(n)s assessor", "%(n)s assessors", trial.assessors),
                ),
                *(
                    between(
                        Measured(
                            one.trials[place].reliability, one.trials[place].low, one.trials[place].high
                        ),
                        words,
                    )
                    for one in rows
                ),
            )
            for place, trial in enumerate(rows[0].trials)
        ),
        _("What other designs would give"),
        (0.34, 0.22, 0.22, 0.22),
        is_behind=True,
    )


# 4 Assessors.


def _assessors(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "A many-facet model asks what each assessor would have given if all had rated the same performances. It is a reason to look and to talk: it says nothing about who is right, and it changes no mark."
            )
        )
    ]
    if len(found.subsets) > 1:
        blocks.append(Paragraph(_unlinked(found.subsets, words), "lead"))
        blocks.append(_subsets_table(found.subsets, words))
    if view.reader is Reader.ASSESSOR:
        said = _own(found.effects, view, words)
        blocks.append(
            Bullets(tuple(map(Bullet, said)), _("You"))
            if said
            else Paragraph(_("You rated nothing that counts here."), "soft")
        )
        blocks += [Paragraph(one) for one in _others(found.subsets, words)]
    elif view.reader is Reader.HR:
        blocks += _counted(found, words)
    else:
        blocks += _each(found, view, words)
    if found.shift:
        shift = found.shift
        blocks.append(Heading(_("Fair averages beside the given ones"), 3))
        blocks.append(
            Paragraph(
                _(
                    "An average pair of assessors would have given %(same)s participants practically the same mean mark (less than a tenth of a point apart), %(some)s between a tenth and a quarter of a point more or less, and %(more)s a quarter or more; the largest difference is %(largest)s. The marks that were given count.",
                    same=words.number(shift.below_tenth),
                    some=words.number(shift.below_quarter),
                    more=words.number(shift.more),
                    largest=figure(shift.largest, words),
                )
            )
        )
        if len(found.subsets) > 1:
            blocks.append(
                Paragraph(_("Average means here: within the group of assessors that rated them."), "soft")
            )
    return blocks


def _subsets_table(subsets: Sequence[Subset], words: Translator) -> Table:
    _ = words.gettext
    return Table(
        (_("Group"), _("Assessors"), _("Participants"), _("Performances"), _("What can be said")),
        tuple(
            (
                words.number(one.number),
                words.number(one.assessors),
                words.number(one.participants),
                words.number(one.performances),
                lacks(one.withheld, words) if one.withheld else _("compared within the group"),
            )
            for one in subsets
        ),
        _("Groups of assessors without a shared performance"),
        (0.1, 0.13, 0.14, 0.15, 0.48),
    )


def _own(effects: Sequence[Effects], view: View, words: Translator) -> list[str]:
    """What an assessor reads about themselves: kindly, with how sure it is."""
    _ = words.gettext
    said: list[str] = []
    for one in effects:
        if one.withheld:
            said.append(lacks(one.withheld, words))
            continue
        value = one.severity
        if value.estimate is None or value.low is None or value.high is None:
            said.append(why(value.reasons, words))
        elif value.low <= 0 <= value.high:
            said.append(
                _(
                    "You mark about as strictly as the others: the difference is %(value)s points, between %(low)s and %(high)s.",
                    value=signed(value.estimate, words),
                    low=signed(value.low, words),
                    high=signed(value.high, words),
                )
            )
        else:
            ends = sorted((abs(value.low), abs(value.high)))
            sentence = (
                _(
                    "You mark on average %(value)s points stricter than the others (between %(low)s and %(high)s).",
                    value=figure(abs(value.estimate), words),
                    low=figure(ends[0], words),
                    high=figure(ends[1], words),
                )
                if value.estimate > 0
                else _(
                    "You mark on average %(value)s points milder than the others (between %(low)s and %(high)s).",
                    value=figure(abs(value.estimate), words),
                    low=figure(ends[0], words),
                    high=figure(ends[1], words),
                )
            )
            said.append(sentence)
        rest = [finding for finding in one.findings if finding.effect not in ("harsh", "lenient")]
        said += [
            _("Something to look at: %(what)s. It need not be wrong.", what=_finding(finding, view, words))
            for finding in rest
        ]
        if not rest:
            said.append(
                _("Your use of the scale and your differences between dimensions are as with the others.")
            )
    return said


def _others(subsets: Sequence[Subset], words: Translator) -> list[str]:
    spread = [one.differ.estimate for one in subsets if one.differ.estimate is not None]
    if not spread:
        return [
            words.gettext(
                "How far the others lie apart is shown from five assessors on, so that nobody can be told."
            )
        ]
    return [
        words.gettext(
            "Two thirds of the assessors lie within about %(value)s points of the average. Nobody is named, and there is no ranking.",
            value=figure(one, words),
        )
        for one in spread
    ]


def _finding(finding: Finding, view: View, words: Translator) -> str:
    said = EFFECTS[finding.effect]
    if finding.where:
        return words.gettext(said, where=view.dimensions.get(finding.where, finding.where))
    return words.gettext(said)


def _counted(found: Evidence, words: Translator) -> list[Block]:
    """For HR: how many, never who."""
    _ = words.gettext
    if not found.effects:
        return [
            Paragraph(
                _("Effects of assessors are counted from five assessors on, so that nobody can be told."),
                "soft",
            )
        ]
    if all(one.withheld for one in found.effects):
        withheld = found.effects[0].withheld
        return [Paragraph(lacks(withheld, words), "soft")] if withheld else []
    bands = [one.severity.band for one in found.effects]
    return [
        Table(
            (_("How strict, against the average"), _("Assessors")),
            tuple(
                (Tag(_(name), TONES.get(colour, "")), words.number(bands.count(colour)))
                for colour, name in (*DISTANCES.items(), ("grey", NOT_YET))
            ),
            _("Assessors by how far they mark from the average"),
            (0.6, 0.4),
        )
    ]


def _each(found: Evidence, view: View, words: Translator) -> list[Block]:
    """For administrators: every assessor by name, in the order of names and never of strictness."""
    _ = words.gettext
    if not found.effects:
        return [Paragraph(_("Nobody has rated yet."), "soft")]
    if all(one.withheld for one in found.effects):
        withheld = found.effects[0].withheld
        assert withheld
        return [Paragraph(lacks(withheld, words), "soft")]
    rows = sorted(found.effects, key=lambda one: view.names.get(one.assessor, one.assessor).casefold())
    several = len(found.subsets) > 1
    blocks: list[Block] = []
    for subset in found.subsets:
        own = [one for one in rows if one.subset == subset.number and one.severity.estimate is not None]
        if not own:
            continue
        blocks.append(
            Figure(
                intervals(
                    [
                        Row(
                            view.names.get(one.assessor, "–"),
                            one.severity.estimate,
                            one.severity.low,
                            one.severity.high,
                            signed(one.severity.estimate or 0.0, words),
                        )
                        for one in own
                    ],
                    -1,
                    1,
                    tuple(
                        Border(at, signed(at, words) if at else "0") for at in (-0.5, -0.25, 0.0, 0.25, 0.5)
                    ),
                    title=_("Severity in points, group %(n)s", n=words.number(subset.number))
                    if several
                    else _("Severity in points: above 0 is stricter"),
                    description=_(
                        "One line for each assessor by name: the estimate and its 95 % interval. The values are in the table below."
                    ),
                )
            )
        )
    names = {one.assessor: _in_group(one, view, words, several=several) for one in rows}
    blocks.append(
        Table(
            (
                _("Assessor"),
                _("Performances"),
                _("Given"),
                _("Fair"),
                _("Stricter by"),
                _("Distance"),
            ),
            tuple(_severity_row(one, names[one.assessor], words) for one in rows),
            _("Assessors: mean mark given, fair average, severity with its 95 % interval"),
            (0.24, 0.13, 0.1, 0.1, 0.25, 0.18),
            is_behind=True,
        )
    )
    known = [one for one in rows if not one.withheld]
    blocks.append(
        Table(
            (_("Assessor"), _("Fit"), _("Range, z"), _("Halo, z"), _("Worth a look")),
            tuple(_use_row(one, names[one.assessor], view, words) for one in known),
            _("How assessors use the scale"),
            (0.24, 0.2, 0.13, 0.1, 0.33),
            is_behind=True,
        )
    )
    blocks.append(
        Paragraph(
            _(
                "Fit: how closely the marks follow what the model expects, 1 is as expected; above, less closely, below, more alike than expected. Range: below 0 keeps nearer to the middle of the scale than others, above 0 nearer to its ends. Halo: below 0 less difference between dimensions within a performance than others, above 0 more. Values of z within about 2 of 0 are ordinary."
            ),
            "soft",
        )
    )
    return blocks


def _in_group(one: Effects, view: View, words: Translator, *, several: bool) -> str:
    name = view.names.get(one.assessor, "–")
    return words.gettext("%(name)s, group %(n)s", name=name, n=words.number(one.subset)) if several else name


def _severity_row(one: Effects, name: str, words: Translator) -> tuple[str, ...]:
    if one.withheld:
        return (name, words.number(one.performances), "–", "–", lacks(one.withheld, words), "–")
    return (
        name,
        words.number(one.performances),
        figure(one.raw, words),
        figure(one.fair, words),
        between(one.severity, words, signed),
        band(one.severity, DISTANCES, words),
    )


def _use_row(one: Effects, name: str, view: View, words: Translator) -> tuple[str, ...]:
    fit = "–" if one.fit is None else figure(one.fit, words)
    return (
        name,
        f"{fit}, {words.gettext(FITS.get(one.fit_band, NOT_YET))}",
        *("–" if z is None else signed(z, words, 1) for z in (one.spread, one.halo)),
        "; ".join(_finding(finding, view, words) for finding in one.findings) or "–",
    )


# 5 Difficulty and language.


def _difficulty(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "How hard each exercise is, for an average performance and an average assessor; and how it went in each language. People choose their language: a difference between languages can be one between exercises or one between people."
            )
        )
    ]
    shown = [one for one in found.difficulty if one.fair.estimate is not None]
    if shown:
        blocks.append(
            Figure(
                intervals(
                    [_row(view.exercises.get(one.exercise, one.exercise), one.fair, words) for one in shown],
                    1,
                    5,
                    tuple(Border(float(at), str(at)) for at in range(1, 6)),
                    title=_("Fair average of each exercise: lower is harder"),
                    description=_(
                        "One line for each exercise: the estimate and its 95 % interval. The values are in the table below."
                    ),
                )
            )
        )
        blocks.append(_difficulty_table(found.difficulty, view, words))
    elif len(found.subsets) > 1:
        blocks.append(
            Paragraph(
                _("As the assessors are not linked, exercises cannot be compared by the model."), "soft"
            )
        )
    elif found.effects_withheld:
        blocks.append(Paragraph(lacks(found.effects_withheld, words), "soft"))
    blocks += _in_languages(found, view, words)
    if found.keyed:
        blocks.append(
            Table(
                (_("Exercise"), _("Dimension"), _("Key minus assessors"), _("Participants")),
                tuple(
                    (
                        view.exercises.get(one.exercise, one.exercise),
                        view.dimensions.get(one.dimension, one.dimension),
                        lacks(one.withheld, words)
                        if one.withheld
                        else between(one.difference, words, signed),
                        words.number(one.n),
                    )
                    for one in found.keyed
                ),
                _("Where a key and assessors score the same dimension"),
                (0.3, 0.26, 0.3, 0.14),
                is_behind=True,
            )
        )
    return blocks


def _difficulty_table(rows: Sequence[Difficulty], view: View, words: Translator) -> Table:
    _ = words.gettext
    return Table(
        (_("Exercise"), _("Mean mark given"), _("Fair average"), _("Participants")),
        tuple(
            (
                view.exercises.get(one.exercise, one.exercise),
                figure(one.raw, words),
                between(one.fair, words),
                words.number(one.n),
            )
            for one in rows
        ),
        _("Difficulty, with 95 % intervals"),
        (0.4, 0.2, 0.26, 0.14),
        is_behind=True,
    )


def _in_languages(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    if not found.languages:
        return []

    def called(exercise: str, *, by_key: bool) -> str:
        name = view.exercises.get(exercise, exercise)
        return _("%(name)s, by key", name=name) if by_key else name

    blocks: list[Block] = [Heading(_("Per language"), 3)]
    rows = []
    for one in found.between_languages:
        rows.append(
            (
                called(one.exercise, by_key=one.by_key),
                lacks(one.withheld, words)
                if one.withheld
                else _(
                    "%(second)s against %(first)s: %(value)s standard deviations",
                    first=_(LANGUAGES[one.first]),
                    second=_(LANGUAGES[one.second]),
                    value=between(one.difference, words, signed),
                ),
                Tag(_(NOT_YET), "") if one.withheld else band(one.difference, DIFFERENCES, words),
            )
        )
    reasons = {one.withheld for one in found.between_languages}
    if len(reasons) == 1 and (reason := reasons.pop()):
        blocks.append(Paragraph(lacks(reason, words), "soft"))  # once, and not for every exercise
    elif rows:
        blocks.append(
            Table(
                (_("Exercise"), _("Difference"), _("In a word")),
                tuple(rows),
                _("Between languages, with 95 % intervals"),
                (0.3, 0.48, 0.22),
            )
        )
    blocks.append(
        Table(
            (_("Exercise"), _("Language"), _("Mean"), _("Participants")),
            tuple(
                (
                    called(one.exercise, by_key=one.by_key),
                    _(LANGUAGES[one.language]),
                    lacks(one.withheld, words)
                    if one.withheld
                    else between(one.mean, words, percent if one.by_key else figure),
                    words.number(one.n) if one.n else "–",
                )
                for one in found.languages
            ),
            _("How each exercise went in each language"),
            (0.36, 0.16, 0.34, 0.14),
            is_behind=True,
        )
    )
    return blocks


# 6 Fairness.


def _fairness(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "Participants may say something about themselves, if they like, so that it can be checked whether groups differ. What they say is kept apart; assessors never see it. A difference between groups is a reason to look for its cause. It proves no discrimination, and that none is found proves no fairness."
            )
        )
    ]
    if not view.checked:
        blocks.append(
            Paragraph(
                _("Nobody has said anything about themselves yet, and so nothing could be checked."), "soft"
            )
        )
        return blocks
    blocks.append(
        Bullets(
            tuple(
                Bullet(
                    _(
                        "Checked on %(trait)s: %(verdict)s.",
                        trait=_(TRAITS[trait]),
                        verdict=_(VERDICTS[verdict]),
                    )
                )
                for trait, verdict in view.checked
            )
        )
    )
    return blocks


def groups_section(groups: Sequence[Group], words: Translator) -> Section:
    """The figures behind the chapter on fairness, for who may read them."""
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "Mean first-round marks of each group against the largest one, in standard deviations (Cohen's d). Below 0 the group has lower marks. Groups of fewer than five are not even counted; figures need twenty in both."
            )
        )
    ]
    shown = [one for one in groups if one.difference.estimate is not None]
    if shown:
        blocks.append(
            Figure(
                intervals(
                    [_row(_(GROUPS[one.group]), one.difference, words) for one in shown],
                    -1.5,
                    1.5,
                    (
                        Border(-0.5, signed(-0.5, words, 1)),
                        Border(0, "0"),
                        Border(0.5, signed(0.5, words, 1)),
                    ),
                    title=_("Differences between groups, in standard deviations"),
                    description=_(
                        "One line for each group: the difference from the largest group and its 95 % interval. The values are in the table below."
                    ),
                )
            )
        )
    if groups:
        blocks.append(
            Table(
                (
                    _("Checked on"),
                    _("Group"),
                    _("Against"),
                    _("Difference"),
                    _("In a word"),
                    _("Participants"),
                ),
                tuple(
                    (
                        _(TRAITS[one.trait]),
                        _(GROUPS[one.group]),
                        _(GROUPS[one.against]),
                        lacks(one.withheld, words)
                        if one.withheld
                        else between(one.difference, words, signed),
                        Tag(_(NOT_YET), "") if one.withheld else band(one.difference, DIFFERENCES, words),
                        _("fewer than 5") if one.n is None else words.number(one.n),
                    )
                    for one in groups
                ),
                _("Groups, with 95 % intervals"),
                (0.14, 0.18, 0.16, 0.24, 0.16, 0.12),
            )
        )
    else:
        blocks.append(
            Paragraph(_("Nobody has said anything about themselves yet, or all belong to one group."), "soft")
        )
    blocks.append(
        Paragraph(
            _(
                "An impact ratio compares rates of admission. Klei records no admissions in a centre, and so there is none: a development centre admits nobody and rejects nobody."
            ),
            "soft",
        )
    )
    return Section(1, "groups", _("Groups of participants"), tuple(blocks))


# 7 Reactions.


def _reactions(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "After the last exercise participants may say how far they agree with eight statements, from 1 (not at all) to 5 (entirely). Nobody's answers are shown by themselves: new ones join in groups of five."
            )
        )
    ]
    reactions = found.reactions
    if reactions.withheld:
        return [*blocks, Paragraph(lacks(reactions.withheld, words), "soft")]
    blocks.append(
        Paragraph(
            _(
                "%(answered)s participants answered; %(shown)s of these are shown.",
                answered=words.number(reactions.answered),
                shown=words.number(reactions.shown),
            ),
            "soft",
        )
    )
    shown = [one for one in reactions.statements if one.mean.estimate is not None]
    if shown:
        blocks.append(
            Figure(
                intervals(
                    [_row(_(view.statements[one.id]), one.mean, words, 1) for one in shown],
                    1,
                    5,
                    tuple(Border(float(at), str(at)) for at in range(1, 6)),
                    title=_("How far participants agree"),
                    description=_(
                        "One line for each statement: the mean and its 95 % interval. The values are in the table below."
                    ),
                )
            )
        )
    blocks.append(
        Table(
            (_("Statement"), _("Mean"), _("Agree"), _("Answers")),
            tuple(
                (
                    _(view.statements[one.id]),
                    lacks(one.withheld, words)
                    if one.withheld
                    else between(one.mean, words, lambda value, to: figure(value, to, 1)),
                    "–" if one.withheld else between(one.agree, words, percent),
                    words.number(one.n) if one.n else "–",
                )
                for one in reactions.statements
            ),
            _("Reactions, with 95 % intervals"),
            (0.44, 0.2, 0.21, 0.15),
            is_behind=True,
        )
    )
    if view.remarks:
        blocks.append(
            Bullets(
                tuple(map(Bullet, view.remarks)), _("What should stay as it is, and what should be different")
            )
        )
    return blocks


# 8 What is not proven.

NOT_PROVEN = (
    _(
        "That marks are right. Assessors who agree can all be wrong together; only reference ratings can show that."
    ),
    _(
        "That a score on a dimension is a lasting trait of a person. It says what was seen in these exercises."
    ),
    _(
        "That the results predict how somebody will do in a job. That takes a study of its own, in this organisation."
    ),
    _("That the procedure is fair, because no difference was found; or unfair, because one was."),
    _(
        "That a model takes away what assessors share, or what it cannot link. It shows steady strictness, and nothing else."
    ),
    _(
        "That small differences between people mean anything. Results whose ranges overlap are not clearly different."
    ),
)


def _not_proven(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    said = [*NOT_PROVEN]
    blocks: list[Block] = [Bullets(tuple(Bullet(_(one)) for one in said))]
    if found.extent.rated_twice < SMALL:
        blocks.append(
            Paragraph(
                _("This centre is small. Even what is shown may look different with the next participants."),
                "soft",
            )
        )
    return blocks


SMALL = 100

SOURCES = (
    "Putka, Le, McCloy & Diaz (2008), Journal of Applied Psychology 93, 959–981: G(q,k).",
    "Koo & Li (2016), Journal of Chiropractic Medicine 15, 155–163: 0.50, 0.75.",
    "Krippendorff (2004), Content Analysis: 0.667, 0.80.",
    "Brennan (2001), Generalizability Theory.",
    "Linacre (1989), Many-facet Rasch Measurement; Wright & Linacre (1994), Rasch Measurement Transactions 8, 370: 0.7–1.3.",
    "Jackson et al. (2022), Journal of Occupational and Organizational Psychology 95, 739–766.",
    "Murphy & Balzer (1989), Journal of Applied Psychology 74, 619–624.",
    "Hedges & Olkin (1985), Statistical Methods for Meta-Analysis.",
)


def _sources_of(_found: Evidence, _view: View, words: Translator) -> list[Block]:
    return [
        Paragraph(
            words.gettext(
                "Words for bands follow published limits where there are any, and are judged by the least favourable end of the 95 % interval; strictness by the end nearest to the average, so that nobody is called off who may not be. Limits for strictness (a quarter and half a point) and for equal marks are our own policy."
            ),
            "soft",
        ),
        Bullets(tuple(Bullet(one) for one in SOURCES)),
    ]


# In plain words, for participants.


def _plain_short(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    extent = found.extent
    said = [
        _(
            "%(people)s people took part whose work was rated. %(assessors)s assessors rated it, two for each exercise, under a code and without each other's marks.",
            people=words.number(extent.participants),
            assessors=words.number(extent.assessors),
        )
        if extent.performances_twice == extent.performances
        else _(
            "%(people)s people took part whose work was rated. %(assessors)s assessors rated it, under a code and without each other's marks; %(twice)s of %(all)s performances were rated by two.",
            people=words.number(extent.participants),
            assessors=words.number(extent.assessors),
            twice=words.number(extent.performances_twice),
            all=words.number(extent.performances),
        ),
        _(
            "In %(n)s of %(all)s performances two assessors differed so much that a third one looked as well.",
            n=words.number(extent.adjudicated),
            all=words.number(extent.performances),
        ),
    ]
    return [Bullets(tuple(map(Bullet, said)))]


def _plain_agreement(found: Evidence, view: View, words: Translator) -> list[Block]:
    _ = words.gettext
    whole = next((one for one in found.agreement if one.of == "all"), None)
    if whole is None or whole.exact.estimate is None or whole.within_one.estimate is None:
        withheld = found.agreement_withheld or (whole.withheld if whole else None)
        return [Paragraph(lacks(withheld, words) if withheld else words.gettext(NOT_YET), "soft")]
    blocks: list[Block] = [
        Paragraph(
            _(
                "Of every 100 marks that two assessors gave the same thing, about %(exact)s were equal and about %(near)s differed by one point at most.",
                exact=words.number(100 * whole.exact.estimate, 0),
                near=words.number(100 * whole.within_one.estimate, 0),
            ),
            "lead",
        )
    ]
    if whole.together.estimate is not None:
        blocks.append(
            Paragraph(
                _(
                    "How alike the picture of a performance would have been if other assessors had rated it: %(strength)s, %(value)s on a scale on which 1 is the same and 0 is chance.",
                    strength=_(STRENGTHS.get(whole.together.band, NOT_YET)),
                    value=between(whole.together, words),
                )
            )
        )
    elif whole.withheld:
        blocks.append(Paragraph(lacks(whole.withheld, words), "soft"))
    return blocks


def _plain_sources(found: Evidence, view: View, words: Translator) -> list[Block]:
    if found.sources_withheld:
        return [Paragraph(lacks(found.sources_withheld, words), "soft")]
    if not found.sources:
        return [Paragraph(why(found.sources_reasons, words), "soft")]
    said = _spoken_sources(found, words)
    blocks: list[Block] = [Paragraph(one) for one in said]
    if _more_between_exercises(found):
        blocks.append(
            Paragraph(
                words.gettext(
                    "So look first at how you did in each exercise, and take a result on one dimension as a first impression."
                ),
                "lead",
            )
        )
    if len(found.subsets) > 1:
        blocks.append(Paragraph(_unlinked(found.subsets, words)))
    return blocks


_NUMBERS = (
    ("short", _("What these numbers say"), _short),
    ("agreement", _("Agreement"), _agreement),
    ("sources", _("Where differences come from"), _sources),
    ("assessors", _("Assessors"), _assessors),
    ("difficulty", _("Difficulty and language"), _difficulty),
    ("fairness", _("Fairness"), _fairness),
    ("reactions", _("What participants say"), _reactions),
    ("not-proven", _("What is not proven"), _not_proven),
    ("literature", _("Sources"), _sources_of),
)
_PLAIN = (
    ("short", _("What these numbers say"), _plain_short),
    ("agreement", _("Do assessors agree?"), _plain_agreement),
    ("sources", _("What a result depends on"), _plain_sources),
    ("fairness", _("Fairness"), _fairness),
    ("reactions", _("What participants say"), _reactions),
    ("not-proven", _("What is not proven"), _not_proven),
)
