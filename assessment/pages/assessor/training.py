"""Training in the frame of reference and the calibration test: courses, what the panel saw, and the result in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from assessment.access import Permission
from assessment.language import marked as _
from assessment.models.calibration import CalibrationState
from assessment.models.rating import Observation
from assessment.pages import frame
from assessment.pages.passages import label, written
from assessment.services import (
    calibration_tests,
    panels,
    ratings,
    readings,
    rechecks,
    standards,
    trainings,
)
from assessment.services.trainings import Comparison
from exercises.benchmarks import Passage
from exercises.kind import Block
from exercises.rubric import LEVELS, framework

pages = frame.Pages("training", __name__)

ERRORS = (
    (
        _("Halo and horns"),
        _("One strong impression colours everything: who writes well also seems to lead well."),
        _("Rate one dimension from its own passages, and ask of each which behaviour it shows."),
    ),
    (
        _("Leniency"),
        _("Giving everybody the benefit of the doubt. Differences disappear at the top."),
        _("Read the anchor above and below before you choose. A 3 is a good, ordinary answer."),
    ),
    (
        _("Severity"),
        _("Measuring against what you would have done yourself at your best."),
        _("Measure against the anchor, not against yourself. Look for what is there before what is missing."),
    ),
    (
        _("Central tendency"),
        _("Staying safely at 3, so that nobody can say you are wrong."),
        _("If the passages fit the anchor of 2 or 4, give it. The whole scale is there to be used."),
    ),
    (
        _("Contrast"),
        _("An ordinary answer seems weak after a strong one, and strong after a weak one."),
        _("Return to the anchors after each answer. Your queue is shuffled for this reason too."),
    ),
    (
        _("Similar to me"),
        _("Somebody who writes, decides or worries as you do feels right at once."),
        _("Ask what you would give if the same behaviour came in a style that annoys you."),
    ),
    (
        _("First impression"),
        _("The first lines set a level, and what follows is read so that it fits."),
        _("Tie passages from the whole answer before you give any level."),
    ),
    (
        _("Order and fatigue"),
        _("The tenth answer of the day gets a quicker look than the first."),
        _("Take breaks, and do not finish the last one because it is the last."),
    ),
    (
        _("Surface"),
        _("Spelling, length and a second language are taken for thinking."),
        _("A short answer with a decision and a reason shows more than a long one without."),
    ),
    (
        _("Filling in"),
        _("You know what the person must have meant, and rate that."),
        _("Rate what is written or done. What you cannot tie to a passage is not evidence."),
    ),
)
"""Common rating errors: what happens, and what helps."""


@pages.page("/assessor/training/", Permission.RATE)
def show() -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    found = trainings.courses(session, by=who)
    drift = rechecks.own_drift(session, by=who)
    return frame.show(
        "assessor/courses.html",
        groups=[list(some) for _centre, some in groupby(found, key=lambda one: one.centre.id)],
        panels=panels.waiting(session, by=who),
        drift=drift,
        overall=overall(drift.figures["bias"]["estimate"]) if drift.figures else "",
        interval=interval,
        signed=signed,
    )


@pages.page("/assessor/panels/<uuid:assignment_id>/begin", Permission.RATE, methods=("POST",))
def begin_panel(assignment_id: UUID) -> ResponseReturnValue:
    ratings.begin(frame.session(), assignment_id, by=frame.actor())
    return frame.go("rating.show", assignment_id=assignment_id)


def overall(bias: float) -> str:
    """A kind sentence about a mean difference over everything."""
    words = frame.words()
    size = words.number(abs(bias), 1)
    if abs(bias) <= 0.25:
        return words.gettext("You rate about as the panels do. Your eye is well set.")
    if bias > 0:
        return words.gettext(
            "You rate on average %(n)s higher than the panels. Two benchmarks of the training may help to set your eye.",
            n=size,
        )
    return words.gettext(
        "You rate on average %(n)s lower than the panels. Two benchmarks of the training may help to set your eye.",
        n=size,
    )


@pages.page("/assessor/training/<uuid:centre_id>/<slug>", Permission.RATE)
def course(centre_id: UUID, slug: str) -> ResponseReturnValue:
    session = frame.session()
    found = trainings.course(session, centre_id, slug, by=frame.actor())
    assert found.exercise.rubric
    language = frame.words().language
    return frame.show(
        "assessor/course.html",
        course=found,
        asked=standards.of(session, centre_id),
        errors=ERRORS,
        rubric=[
            (
                framework()[rated.dimension],
                list(zip(LEVELS, (one[language] for one in rated.anchors), strict=False)),
            )
            for rated in found.exercise.rubric.dimensions
            if rated.dimension in found.exercise.rated
        ],
    )


@pages.page("/assessor/training/<uuid:centre_id>/<slug>/next", Permission.RATE, methods=("POST",))
def go_on(centre_id: UUID, slug: str) -> ResponseReturnValue:
    """The benchmark that is begun, or the next; straight into the workbench."""
    session, who = frame.session(), frame.actor()
    shown = trainings.begin(session, centre_id, slug, request.form.get("benchmark", ""), by=who)
    ratings.begin(session, shown.assignment_id, by=who)
    return frame.go("rating.show", assignment_id=shown.assignment_id)


# What the panel saw.


@dataclass(frozen=True)
class Stretch:
    """A stretch of the answer: who leans on it, and the labels that end with it."""

    text: Markup
    style: str
    """own, panel, both, or empty."""
    own: tuple[str, ...]
    panel: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A dimension of a comparison: one's own level, what the panel accepts, and why."""

    dimension: str
    name: str
    own: int | None
    level: int
    accepted: tuple[int, int]
    reason: str
    reason_language: str
    anchors: Mapping[int, str]
    distance: int | None
    """How many levels outside of what is accepted; 0 within, None for "no evidence"."""
    own_passages: tuple[Observation, ...]
    panel_passages: tuple[tuple[str, str], ...]


@pages.page("/assessor/showings/<uuid:showing_id>", Permission.RATE)
def compare(showing_id: UUID) -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    found = trainings.comparison(session, showing_id, by=who)
    blocks = readings.blocks(session, found.assignment.sitting, who.language)
    spoken = found.showing.language
    panel = [
        (one, one.quotes[spoken])
        for reference in found.benchmark.references.values()
        for one in reference.passages
        if spoken in one.quotes
    ]
    return frame.show(
        "assessor/comparison.html",
        found=found,
        course=trainings.course(session, found.showing.centre_id, found.showing.slug, by=who),
        lines=list(_lines(found)),
        blocks=[(block, list(_stretches(block, found.rating.observations, panel))) for block in blocks],
        invites=_words(found.benchmark.errors),
        profile=_words(found.benchmark.profile),
    )


def _lines(found: Comparison) -> Iterator[Line]:
    assert found.exercise.rubric
    given = {one.dimension: one.score for one in found.rating.dimensions}
    language = frame.words().language
    for name in found.exercise.rated:
        reference = found.benchmark.references[name]
        own = given.get(name)
        low, high = reference.accepted
        reason, spoken = _words(reference.reasons)
        yield Line(
            dimension=name,
            name=framework()[name].name[language],
            own=own,
            level=reference.level,
            accepted=reference.accepted,
            reason=reason,
            reason_language=spoken,
            anchors=dict(
                zip(LEVELS, (one[language] for one in found.exercise.rubric.get(name).anchors), strict=False)
            ),
            distance=None if own is None else own - high if own > high else min(0, own - low),
            own_passages=tuple(one for one in found.rating.observations if one.dimension == name),
            panel_passages=tuple(
                (one.behaviour, one.quotes[found.showing.language])
                for one in reference.passages
                if found.showing.language in one.quotes
            ),
        )


def _words(given: Mapping[str, str]) -> tuple[str, str]:
    """These words in the reader's language, or in the one that there is, with that language."""
    language = frame.words().language
    if language in given:
        return given[language], language
    return next(((words, spoken) for spoken, words in given.items()), ("", language))


def _stretches(
    block: Block, observations: Sequence[Observation], panel: Sequence[tuple[Passage, str]]
) -> Iterator[Stretch]:
    length = len(block.text)
    own = [
        (one.start, min(one.end, length), label(one))
        for one in observations
        if one.block == block.id and one.end > one.start
    ]
    theirs = []
    for passage, quote in panel:
        start = -1 if block.is_draft else block.text.find(quote)
        if start >= 0:
            theirs.append((start, start + len(quote), passage.behaviour))
    cuts = sorted({0, length, *(place for one in (*own, *theirs) for place in one[:2])})
    for start, end in pairwise(cuts):
        mine = [one for one in own if one[0] < end and one[1] > start]
        leans = [one for one in theirs if one[0] < end and one[1] > start]
        yield Stretch(
            written(block.text[start:end]),
            "both" if mine and leans else "own" if mine else "panel" if leans else "",
            tuple(one[2] for one in mine if one[1] == end),
            tuple(one[2] for one in leans if one[1] == end),
        )


# The test.


@pages.page("/assessor/training/<uuid:centre_id>/<slug>/test", Permission.RATE, methods=("POST",))
def begin_test(centre_id: UUID, slug: str) -> ResponseReturnValue:
    try:
        test = calibration_tests.begin(frame.session(), centre_id, slug, by=frame.actor())
    except calibration_tests.ComesBack as error:
        frame.session().rollback()
        frame.say(error.words, "error", day=frame.words().day(error.values["day"]))
        return frame.go(".course", centre_id=centre_id, slug=slug)
    except calibration_tests.NothingLeft as error:
        frame.session().rollback()
        frame.say_error(error)
        return frame.go(".course", centre_id=centre_id, slug=slug)
    return frame.go(".test", calibration_id=test.id)


@pages.page("/assessor/tests/<uuid:calibration_id>", Permission.RATE)
def test(calibration_id: UUID) -> ResponseReturnValue:
    """How far a test is; once it has ended, its result."""
    session, who = frame.session(), frame.actor()
    found = calibration_tests.get(session, calibration_id, by=who)
    steps = calibration_tests.steps(session, found)
    centre, entry, exercise = calibration_tests.subject(session, found)
    ended = found.state is not CalibrationState.BEGUN
    return frame.show(
        "assessor/test.html",
        test=found,
        steps=steps,
        next=next((one for one in steps if not one.is_submitted), None),
        centre=centre,
        entry=entry,
        exercise=exercise,
        ended=ended,
        dimensions=_sentences(calibration_tests.by_dimension(session, found)) if ended else (),
        least=calibration_tests.LEAST_FOR_A_NUMBER,
        failed=_failures(found.result) if found.result else (),
        interval=interval,
        signed=signed,
    )


@pages.page("/assessor/tests/<uuid:calibration_id>/next", Permission.RATE, methods=("POST",))
def next_of_test(calibration_id: UUID) -> ResponseReturnValue:
    session, who = frame.session(), frame.actor()
    found = calibration_tests.get(session, calibration_id, by=who)
    following = next((one for one in calibration_tests.steps(session, found) if not one.is_submitted), None)
    if following is None:
        return frame.go(".test", calibration_id=calibration_id)
    ratings.begin(session, following.assignment_id, by=who)
    return frame.go("rating.show", assignment_id=following.assignment_id)


def _failures(result: Mapping[str, Any]) -> list[str]:
    """What was not reached, a sentence each."""
    words, found = frame.words(), []
    asked = result["asked"]
    for name in result["failed"]:
        kind, _colon, dimension = name.partition(":")
        if name == "no_evidence":
            found.append(words.gettext("You said “no evidence” more often than can be compared."))
        elif kind in ("exact", "within_one"):
            sentence = (
                _("On a level that the panel accepts: %(got)s of your ratings; %(asked)s are asked.")
                if kind == "exact"
                else _("At most one level from it: %(got)s of your ratings; %(asked)s are asked.")
            )
            found.append(
                words.gettext(sentence, got=percent(result[kind]["estimate"]), asked=percent(asked[kind]))
            )
        elif kind == "apart":
            found.append(
                words.gettext(
                    "Where the panel sees one level of difference you see %(got)s; at least %(asked)s is asked.",
                    got=words.number(result["apart"]["estimate"], 1),
                    asked=words.number(asked["apart"], 1),
                )
            )
        elif dimension:
            found.append(
                words.gettext(
                    "Your mean difference on %(name)s is larger than %(n)s.",
                    name=framework()[dimension].name[words.language],
                    n=words.number(asked["dimension_bias"], 1),
                )
            )
        else:
            found.append(
                words.gettext(
                    "Your mean difference from the panel is %(got)s; at most %(asked)s either way is asked.",
                    got=signed(result["bias"]["estimate"]),
                    asked=words.number(asked["bias"], 1),
                )
            )
    return found


def _sentences(figures: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Per dimension its name, a plain sentence, and n with the range; too few ratings give no number."""
    words, found = frame.words(), []
    for dimension, one in figures.items():
        name = framework()[dimension].name[words.language]
        bias = one["bias"]
        if one["n"] < calibration_tests.LEAST_FOR_A_NUMBER or bias["estimate"] is None:
            sentence = words.gettext("Too few ratings for a number yet.")
            found.append((name, sentence, words.ngettext("%(num)s rating", "%(num)s ratings", one["n"])))
            continue
        found.append((name, difference(name, bias["estimate"]), interval(bias)))
    return found


def difference(name: str, bias: float) -> str:
    """A plain sentence about a mean difference from the panel."""
    words = frame.words()
    size = words.number(abs(bias), 1)
    if abs(bias) < 0.05:
        return words.gettext("You rate %(name)s as high as the panel.", name=name)
    if bias > 0:
        return words.gettext("You rate %(name)s %(n)s higher than the panel.", name=name, n=size)
    return words.gettext("You rate %(name)s %(n)s lower than the panel.", name=name, n=size)


def interval(one: Mapping[str, Any]) -> str:
    """n, and where the figure would probably lie with many more ratings, within what the scale allows."""
    words = frame.words()
    if one["low"] is None:
        return words.ngettext("%(num)s rating", "%(num)s ratings", one["n"])
    return words.ngettext(
        "%(num)s rating; with many more probably between %(low)s and %(high)s",
        "%(num)s ratings; with many more probably between %(low)s and %(high)s",
        one["n"],
        low=signed(max(-4.0, one["low"])),
        high=signed(min(4.0, one["high"])),
    )


def percent(share: float) -> str:
    return f"{frame.words().number(100 * share, 0)} %"


def signed(value: float) -> str:
    number = frame.words().number(abs(value), 1)
    return f"+{number}" if value >= 0.05 else f"−{number}" if value <= -0.05 else number
