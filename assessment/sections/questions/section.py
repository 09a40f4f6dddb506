"""6 Questions for yourself: six to eight of the library, chosen by the pattern. Only the participant gets them."""

from assessment.language import Translator
from assessment.sections.blocks import Bullet, Bullets, Paragraph, Section
from assessment.sections.facts import DimensionFacts, OwnFacts, ReportFacts
from exercises.frames import Question, questions

NUMBER = 6
FEWEST, MOST = 6, 8
HIGH = frozenset({"effective", "strength"})


def make(facts: ReportFacts, words: Translator, own: OwnFacts) -> Section:
    _ = words.gettext
    return Section(
        NUMBER,
        "questions",
        _("Questions for yourself"),
        (
            Paragraph(
                _(
                    "They follow from the pattern in your report, and there is no right answer. Take two of them along into "
                    "the conversation. Only you see this part."
                )
            ),
            Bullets(
                tuple(Bullet(one.text[facts.language], area.name) for area, one in chosen(facts)),
                is_brief=True,
            ),
        ),
    )


def pattern(dimension: DimensionFacts) -> str:
    """Which questions fit a result: more where there is room, situation where it depended on it, strong to use it."""
    if "U2" in dimension.reasons:
        return "situation"
    band = dimension.band or (dimension.between[0] if dimension.between else None)
    if band is None or band == "building":
        return "situation" if band is None else "more"
    return "strong" if band in HIGH else "more"


def chosen(facts: ReportFacts) -> tuple[tuple[DimensionFacts, Question], ...]:
    """One question per area first, those of the steps and of the mixed pictures in front, then second ones."""
    stepped = [one for one in facts.dimensions if any(frame.sign == "-" for frame in one.frames)]
    mixed = [one for one in facts.dimensions if "U2" in one.reasons]
    ordered = list(dict.fromkeys([*stepped, *mixed, *facts.dimensions]))
    found: list[tuple[DimensionFacts, Question]] = []
    for turn in range(3):
        for dimension in ordered:
            library = _ordered(dimension)
            if turn < len(library) and len(found) < (MOST if turn == 0 else FEWEST):
                found.append((dimension, library[turn]))
    return tuple(found)


def _ordered(dimension: DimensionFacts) -> list[Question]:
    """An area's questions, those that fit its result first."""
    return sorted(questions().get(dimension.id, ()), key=lambda one: one.when != pattern(dimension))
