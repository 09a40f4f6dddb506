"""7 Ideas for action: six proposals, of which three are the most and one is enough."""

from assessment.language import Translator
from assessment.sections.blocks import Bullet, Bullets, Paragraph, Section
from assessment.sections.facts import DimensionFacts, ReportFacts
from exercises.frames import Action, actions

NUMBER = 7
AREAS, PER_AREA = 3, 2


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext
    kinds = {"doing": _("in the work"), "together": _("with others"), "learning": _("learning")}
    bullets = tuple(
        Bullet(
            action.text[facts.language],
            words.ngettext(
                "%(area)s · %(kind)s · about %(num)s hour · sign of progress: %(sign)s",
                "%(area)s · %(kind)s · about %(num)s hours · sign of progress: %(sign)s",
                action.effort,
                area=dimension.name,
                kind=kinds[action.kind],
                sign=action.sign[facts.language],
            ),
        )
        for dimension, action in proposed(facts)
    )
    return Section(
        NUMBER,
        "ideas",
        _("Ideas for action"),
        (
            Paragraph(
                _(
                    "Choose what fits you, or something of your own. Three actions are the most, and one is enough. Most "
                    "learning happens in the work itself and with others."
                )
            ),
            Bullets(bullets),
        ),
    )


def proposed(facts: ReportFacts) -> tuple[tuple[DimensionFacts, Action], ...]:
    """Two ideas, one in the work and one with others, for the areas that the steps are about and the lowest results."""
    stepped = [d for d in facts.dimensions if any(frame.sign == "-" for frame in d.frames)]
    measured = sorted((d for d in facts.dimensions if d.estimate is not None), key=lambda d: d.estimate or 0)
    others = [d for d in facts.dimensions if d.estimate is None]
    ordered = list(dict.fromkeys([*stepped, *measured, *others]))[:AREAS]
    found = []
    for dimension in ordered:
        library = actions().get(dimension.id, ())
        doing = next((one for one in library if one.kind == "doing"), None)
        together = next((one for one in library if one.kind == "together"), None)
        found += [(dimension, one) for one in (doing, together) if one is not None]
    return tuple(found[: AREAS * PER_AREA])
