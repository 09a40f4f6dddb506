"""Words that several sections share: bands, reasons, lists of exercises."""

from collections.abc import Iterable

from assessment.language import Translator
from assessment.sections.facts import DimensionFacts, ReportFacts
from exercises.frames import bands


def band(code: str, facts: ReportFacts) -> str:
    """The words of a band in the report's language."""
    return bands()[code][facts.language]


def titles(ids: Iterable[str], facts: ReportFacts) -> str:
    """Exercises by their titles, in the order of the centre."""
    wanted = set(ids)
    return ", ".join(exercise.title for exercise in facts.exercises if exercise.id in wanted)


def named(ids: Iterable[str], facts: ReportFacts) -> str:
    """The same inside a sentence: each title in quotation marks."""
    wanted = set(ids)
    return ", ".join(f"“{exercise.title}”" for exercise in facts.exercises if exercise.id in wanted)


def in_short(dimension: DimensionFacts, facts: ReportFacts, words: Translator) -> str:
    """The result where room is short."""
    if "U1" in dimension.reasons:
        return words.gettext("Too little seen")
    if "U2" in dimension.reasons and "U4" not in dimension.reasons:
        return words.gettext("Depends on the situation")
    return result(dimension, facts, words)


def marked(said: str, dimension: DimensionFacts, words: Translator) -> str:
    """A result with the word "provisional" where a key that no panel has checked plays a part in it."""
    says = dimension.band or dimension.between or "U2" in dimension.reasons
    is_shown = says and not {"U1", "U4"} & {*dimension.reasons}
    if not is_shown or "U5" not in dimension.reasons:
        return said
    stop = "." if said.endswith(".") else ""
    return f"{said.removesuffix('.')} ({words.gettext('provisional')}){stop}"


def result(dimension: DimensionFacts, facts: ReportFacts, words: Translator) -> str:
    """A dimension's result in words: a band, or why there is none (U1 to U4)."""
    if "U1" in dimension.reasons:
        return words.gettext("Too little seen in this centre to say something firm.")
    if "U4" in dimension.reasons:
        return words.gettext("A second look has not led to a result that can be printed.")
    if "U2" in dimension.reasons:
        return words.gettext(
            "Depends on the situation: more in %(stronger)s, less in %(weaker)s.",
            stronger=named(dimension.stronger, facts),
            weaker=named(dimension.weaker, facts),
        )
    if dimension.between:
        return words.gettext(
            "Between “%(lower)s” and “%(upper)s”",
            lower=band(dimension.between[0], facts),
            upper=band(dimension.between[1], facts),
        )
    return band(dimension.band, facts) if dimension.band else words.gettext("No result")
