"""The sections of a centre's group report for HR (content R11): words first, no names, no decimals, small cells withheld."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from assessment.language import Translator, translator
from assessment.sections.blocks import (
    Block,
    Bullet,
    Bullets,
    Callout,
    Facts,
    Paper,
    Paragraph,
    Section,
    Table,
)
from assessment.sections.facts import ReliabilityFacts
from exercises.frames import bands
from exercises.rubric import framework


@dataclass(frozen=True)
class Cell:
    """How many people are in one or several cells that were merged."""

    names: tuple[str, ...]
    n: int


@dataclass(frozen=True)
class AreaPattern:
    """An area over all people: band codes, "mixed" and "little", as far as the cells are large enough."""

    area: str
    n: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ExercisePattern:
    """What went easily and less easily in an exercise, for many."""

    title: str
    easily: tuple[str, ...]
    less_easily: tuple[str, ...]


@dataclass(frozen=True)
class GroupFacts:
    """Everything that a group report says."""

    language: str
    programme: str
    centre: str
    made_on: date
    n_invited: int
    n_finished: int | None
    n_withdrawn: int | None
    n_adjusted: int | None
    n_released: int
    needed: int
    cell: int
    shares_from: int
    languages: tuple[Cell, ...]
    exercises: tuple[str, ...]
    areas: tuple[AreaPattern, ...]
    by_exercise: tuple[ExercisePattern, ...]
    strengths: tuple[Cell, ...]
    steps: tuple[Cell, ...]
    reliability: ReliabilityFacts
    is_provisional: bool
    n_planned: int = 0
    """Of those whose reports were released, how many have chosen an action."""
    looking_back: tuple[Cell, ...] = ()
    """Behaviours that were seen in looking back, by their ids."""
    planned_areas: tuple[Cell, ...] = ()
    """The areas that chosen actions are about."""
    kinds: tuple[Cell, ...] = ()
    """Who chose an action of a kind: doing, together, learning, own."""
    n_said: int = 0
    """Who said what they need from the organisation."""
    conditions: tuple[Cell, ...] = ()
    """What they need, as message ids."""
    n_results: int = 0
    n_withheld: int | None = None
    """Of the results by area, how many could not be given because too little was seen."""

    @property
    def is_enough(self) -> bool:
        """Whether patterns may be shown at all."""
        return self.n_released >= self.needed


def paper(facts: GroupFacts) -> Paper:
    """The group report as a document to print."""
    words = translator(facts.language)
    title = words.gettext("Group report")
    about = f"{facts.programme} · {facts.centre} · {words.day(facts.made_on)}"
    return Paper(title, facts.language, sections(facts), (about,), about, author="Klei", subject=facts.centre)


def sections(facts: GroupFacts) -> tuple[Section, ...]:
    """The group report in its reader's language."""
    words = translator(facts.language)
    _ = words.gettext
    patterns = (
        (
            Section(2, "picture", _("Picture"), _picture(facts, words)),
            Section(3, "by-exercise", _("By exercise"), _by_exercise(facts, words)),
            Section(4, "themes", _("Themes"), _themes(facts, words)),
            Section(5, "chosen", _("What people choose"), _chosen(facts, words)),
        )
        if facts.is_enough
        else (Section(2, "picture", _("Picture"), (_too_few(facts, words),)),)
    )
    made = (
        Section(1, "participation", _("Participation"), _participation(facts, words)),
        *patterns,
        Section(6, "conditions", _("Conditions"), _conditions(facts, words)),
        Section(7, "quality", _("Quality"), _quality(facts, words)),
        Section(8, "use", _("How to use this"), _use(words)),
    )
    return tuple(replace(one, number=number) for number, one in enumerate(made, start=1))


def _too_few(facts: GroupFacts, words: Translator) -> Block:
    return Callout(
        words.ngettext(
            "Withheld: %(num)s report is released, and %(needed)s are needed before anything is said about the group.",
            "Withheld: %(num)s reports are released, and %(needed)s are needed before anything is said about the group.",
            facts.n_released,
            needed=words.number(facts.needed),
        )
    )


def _count(n: int | None, facts: GroupFacts, words: Translator) -> str:
    if n is None:
        return words.gettext("fewer than %(n)s", n=words.number(facts.cell))
    return words.number(n)


def _participation(facts: GroupFacts, words: Translator) -> tuple[Block, ...]:
    _ = words.gettext
    names = {"en": _("English"), "nl": _("Dutch")}
    rows = [
        (_("Invited"), words.number(facts.n_invited)),
        (_("Finished"), _count(facts.n_finished, facts, words)),
        (_("Withdrew"), _count(facts.n_withdrawn, facts, words)),
        (_("Worked under adjusted conditions, all together"), _count(facts.n_adjusted, facts, words)),
        (_("Reports that were released, and that this is about"), words.number(facts.n_released)),
    ]
    if facts.is_enough:
        rows += [
            (_("Exercises"), ", ".join(facts.exercises)),
            (
                _("Languages"),
                "; ".join(
                    f"{' / '.join(names.get(name, name) for name in cell.names)}: {words.number(cell.n)}"
                    for cell in facts.languages
                )
                or "–",
            ),
        ]
    return (
        Paragraph(
            _(
                "This is about the group and about nobody in it. Only reports that participants released are counted. Cells "
                "with fewer than %(n)s people are merged or left out, and there is no order of people anywhere.",
                n=words.number(facts.cell),
            ),
            "lead",
        ),
        Facts(tuple(rows)),
    )


def _kind(name: str, facts: GroupFacts, words: Translator) -> str:
    if name == "mixed":
        return words.gettext("Depends on the situation")
    if name == "little":
        return words.gettext("Too little seen")
    return bands()[name][facts.language]


def _area(name: str, facts: GroupFacts) -> str:
    return framework()[name].name[facts.language]


def _picture(facts: GroupFacts, words: Translator) -> tuple[Block, ...]:
    _ = words.gettext
    has_shares = facts.n_released >= facts.shares_from

    def said(one: AreaPattern) -> str:
        if not one.cells:
            return _("No result was seen often enough to be told.")
        if has_shares:
            return "; ".join(
                f"{' / '.join(_kind(name, facts, words) for name in cell.names)}: "
                + _("%(n)s of %(all)s", n=words.number(cell.n), all=words.number(one.n))
                for cell in one.cells
            )
        most = max(one.cells, key=lambda cell: cell.n)
        return _("Seen most: %(what)s", what=" / ".join(_kind(name, facts, words) for name in most.names))

    return (
        Table(
            (_("Area"), _("What was seen")),
            tuple((_area(one.area, facts), said(one)) for one in facts.areas),
            _("The picture by area"),
            (0.32, 0.68),
        ),
        Paragraph(
            _(
                "From %(n)s people on there are numbers per band; below that there are words.",
                n=words.number(facts.shares_from),
            ),
            "soft",
        ),
    )


def _by_exercise(facts: GroupFacts, words: Translator) -> tuple[Block, ...]:
    _ = words.gettext

    def areas(names: tuple[str, ...]) -> str:
        return ", ".join(_area(name, facts) for name in names) or "–"

    return (
        Table(
            (_("Exercise"), _("What many showed"), _("What fewer showed")),
            tuple((one.title, areas(one.easily), areas(one.less_easily)) for one in facts.by_exercise),
            _("What went easily, and what less easily"),
            (0.3, 0.35, 0.35),
        ),
    )


def _themes(facts: GroupFacts, words: Translator) -> tuple[Block, ...]:
    _ = words.gettext
    behaviours = {
        one.id: one.words[facts.language] for area in framework().values() for one in area.behaviours
    }
    return (
        _listed(
            [(_area(one.names[0], facts), one.n) for one in facts.strengths], facts, words, _("Strong sides")
        ),
        _listed([(_area(one.names[0], facts), one.n) for one in facts.steps], facts, words, _("Steps")),
        _listed(
            [(behaviours.get(one.names[0], one.names[0]).rstrip("."), one.n) for one in facts.looking_back],
            facts,
            words,
            _("In looking back at the exercises"),
        ),
        Paragraph(
            _(
                "Themes are described behaviours and areas that enough people share. Nobody is quoted here, and no sentence of "
                "a report, a reflection or a plan is repeated."
            ),
            "soft",
        ),
    )


def _listed(
    found: Sequence[tuple[str, int]], facts: GroupFacts, words: Translator, title: str = ""
) -> Bullets:
    """What enough people share, each with how many."""
    return Bullets(
        tuple(
            Bullet(words.ngettext("%(what)s: %(num)s person", "%(what)s: %(num)s people", n, what=what))
            for what, n in found
        )
        or (Bullet(words.gettext("Nothing that at least %(n)s people share.", n=words.number(facts.cell))),),
        title,
    )


def _chosen(facts: GroupFacts, words: Translator) -> tuple[Block, ...]:
    _ = words.gettext
    if facts.n_planned < facts.needed:
        return (
            Callout(
                _(
                    "Withheld: fewer than %(needed)s people whose reports are released have chosen an action.",
                    needed=words.number(facts.needed),
                )
            ),
        )
    kinds = {
        "doing": _("something in the work"),
        "together": _("something with others"),
        "learning": _("something to learn"),
        "own": _("an action of their own"),
    }
    return (
        Paragraph(_("%(n)s people have chosen actions.", n=words.number(facts.n_planned))),
        _listed([(kinds[one.names[0]], one.n) for one in facts.kinds], facts, words, _("Kind of action")),
        _listed(
            [(_area(one.names[0], facts), one.n) for one in facts.planned_areas],
            facts,
            words,
            _("What actions are about"),
        ),
        Paragraph(
            _("Somebody with two actions counts in both places. What is in a plan is nobody else's to read."),
            "soft",
        ),
    )


def _conditions(facts: GroupFacts, words: Translator) -> tuple[Block, ...]:
    """Never left out: development is not only individual (content R11)."""
    _ = words.gettext
    asks = Paragraph(
        _(
            "Ask what people need from the organisation: workload, systems, clarity. Development is not only individual."
        )
    )
    if facts.n_said < facts.needed:
        return (
            asks,
            Callout(
                _(
                    "Withheld: fewer than %(needed)s people have said in their plan what they need from the organisation.",
                    needed=words.number(facts.needed),
                )
            ),
        )
    return (
        _listed(
            [(_(one.names[0]), one.n) for one in facts.conditions],
            facts,
            words,
            _("What %(n)s people need from the organisation", n=words.number(facts.n_said)),
        ),
        asks,
    )


def _quality(facts: GroupFacts, words: Translator) -> tuple[Block, ...]:
    _ = words.gettext
    found = facts.reliability
    agreement = (
        _(
            "How far assessors agree cannot be said yet: %(n)s participants were rated by two, and %(needed)s are needed.",
            n=words.number(found.n),
            needed=words.number(found.needed),
        )
        if found.estimate is None or found.low is None or found.high is None
        else _(
            "Of the differences between results %(estimate)s %% come from what people did and not from who rated it (probably "
            "between %(low)s and %(high)s; %(n)s participants).",
            estimate=words.number(found.estimate * 100, 0),
            low=words.number(found.low * 100, 0),
            high=words.number(found.high * 100, 0),
            n=words.number(found.n),
        )
    )
    return (
        Bullets(
            (
                Bullet(agreement),
                *(
                    (
                        Bullet(
                            _(
                                "Of %(all)s results by area, %(n)s could not be given, because too little was seen.",
                                all=words.number(facts.n_results),
                                n=_count(facts.n_withheld, facts, words),
                            )
                        ),
                    )
                    if facts.is_enough
                    else ()
                ),
                Bullet(
                    _("Keys or norms that no panel has checked play a part.")
                    if facts.is_provisional
                    else _("No provisional key or norm plays a part.")
                ),
                Bullet(
                    _(
                        "Whether groups of people were treated alike is examined by somebody else under rules of its own, and told "
                        "as “checked, result”, never as a table."
                    )
                ),
            )
        ),
    )


def _use(words: Translator) -> tuple[Block, ...]:
    _ = words.gettext
    return (
        Bullets(
            (
                Bullet(
                    _(
                        "Advice from this is about the programme and the conditions of work, never about persons."
                    )
                ),
                Bullet(
                    _(
                        "Do not compare with another centre without looking at its exercises, assessors and numbers."
                    )
                ),
            )
        ),
    )
