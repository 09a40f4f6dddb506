"""Benchmarks: answers that the exercise takes, with references that can be found back in them."""

import re

import pytest

import exercises
from exercises import shown
from exercises.benchmarks import SETS, benchmarks
from exercises.content import LANGUAGES, shipped
from exercises.rubric import LEVELS, framework

ALL = [(exercise, benchmark) for exercise in shipped().values() for benchmark in benchmarks(exercise)]
BEHAVIOURS = {entry.id for dimension in framework().values() for entry in dimension.behaviours}
CITED = re.compile(r"\b[LPS]\d\.n?\d\b")


def answer_texts(exercise, benchmark, language):
    """What an assessor reads of this answer."""
    blocks = exercises.get(exercise.kind).reading(exercise, language, benchmark.answers(language))
    return "\n".join(block.text for block in blocks if not block.is_draft)


def each(cases):
    return pytest.mark.parametrize(
        ("exercise", "benchmark"), cases, ids=[benchmark.id for _, benchmark in cases]
    )


@each(ALL)
def test_a_benchmark_is_an_answer_that_the_exercise_takes_and_an_assessor_can_read(exercise, benchmark):
    kind = exercises.get(exercise.kind)
    for language in benchmark.languages:
        answers = benchmark.answers(language)
        assert len(answers) == len(benchmark.posted[language]), "one task twice"
        for answer in answers.values():
            assert kind.parse(exercise, answer.task, answer.value) is not None
            assert 0 < answer.minute <= exercise.minutes
            assert any(
                phase.admits(answer.task) and phase.since <= answer.minute <= phase.until
                for phase in kind.phases(exercise)
            ), answer.task
        assert len(answer_texts(exercise, benchmark, language).split()) > 120
        assert bool(kind.key(exercise, answers).scores) == bool(exercise.keyed)


@each(ALL)
def test_its_references_cover_what_is_rated_and_lie_on_the_scale(exercise, benchmark):
    assert set(benchmark.references) == set(exercise.rated)
    for reference in benchmark.references.values():
        low, high = reference.accepted
        assert low <= reference.level <= high
        assert {low, high} <= {*LEVELS}
        assert high - low <= 1, "an accepted range is two levels at most"
    assert benchmark.is_provisional  # until a panel has rated independently
    assert benchmark.set in SETS
    assert set(benchmark.profile) == set(LANGUAGES)


@each(ALL)
def test_its_reasons_cite_behaviours_of_their_dimension_in_both_languages(exercise, benchmark):
    for dimension, reference in benchmark.references.items():
        cited = {language: set(CITED.findall(reference.reasons[language])) for language in LANGUAGES}
        assert cited["en"] == cited["nl"] != set()
        assert all(behaviour in BEHAVIOURS for behaviour in cited["en"])
        assert all(behaviour.startswith(f"{dimension}.") for behaviour in cited["en"])
        assert {passage.behaviour for passage in reference.passages} <= cited["en"]


@each(ALL)
def test_its_passages_are_the_exact_words_of_the_answer(exercise, benchmark):
    for language in benchmark.languages:
        text = answer_texts(exercise, benchmark, language)
        for reference in benchmark.references.values():
            assert reference.passages
            for passage in reference.passages:
                assert passage.quotes[language] in text, passage


@pytest.mark.parametrize("slug", sorted({exercise.slug for exercise, _ in ALL}))
def test_every_id_is_used_once_and_no_benchmark_is_in_two_sets(slug):
    own = benchmarks(shipped()[slug])
    assert len({benchmark.id for benchmark in own}) == len(own)


@pytest.mark.parametrize("slug", sorted({exercise.slug for exercise, _ in ALL}))
def test_levels_run_from_weak_to_strong_and_cross_the_dimensions(slug):
    """Content review, part 7: high on one dimension and low on another, so that a general impression is found out."""
    own = benchmarks(shipped()[slug])
    for dimension in shipped()[slug].rated:
        levels = {benchmark.references[dimension].level for benchmark in own}
        assert min(levels) <= 2, dimension
        assert max(levels) >= 4, dimension
    levels = [[reference.level for reference in benchmark.references.values()] for benchmark in own]
    crossed = [max(one) - min(one) >= 2 for one in levels if len(one) > 1]
    assert sum(crossed) >= len(crossed) / 2


@pytest.mark.parametrize("dimension", ["L1", "P1"])
def test_the_key_of_the_in_tray_orders_its_benchmarks_as_the_references_do(dimension):
    """Two levels apart in the references is never the other way round by the key: they look at different things."""
    exercise = shipped()["stavoord-in-tray"]
    kind = exercises.get(exercise.kind)
    seen = []
    for benchmark in benchmarks(exercise):
        scores = kind.key(exercise, benchmark.answers(benchmark.languages[0])).scores
        earned = next(score.earned for score in scores if score.dimension == dimension)
        seen.append((benchmark.references[dimension].level, earned, benchmark.id))
    for level, earned, name in seen:
        for other_level, other_earned, other in seen:
            if level >= other_level + 2:
                assert earned > other_earned, (name, other)


@pytest.mark.parametrize("slug", ["stavoord-in-tray", "stavoord-case", "stavoord-role-play"])
def test_there_are_eight_of_each_long_exercise_half_of_them_written_in_dutch(slug):
    own = benchmarks(shipped()[slug])
    written_in = [benchmark.languages[0] for benchmark in own]
    assert len(own) == 8
    assert written_in.count("en") == written_in.count("nl") == 4
    for name in SETS:
        assert {benchmark.languages[0] for benchmark in own if benchmark.set == name} == {"en", "nl"}


@each([one for one in ALL if one[0].slug.startswith("stavoord")])
def test_it_carries_what_every_live_sitting_carries_so_that_no_recheck_can_be_told(exercise, benchmark):
    for language in benchmark.languages:
        answers = benchmark.answers(language).values()
        assert len({answer.minute for answer in answers}) > 1, "nobody writes everything in one minute"
        if exercise.structure.get("notes_shown"):
            gone_to = [answer for answer in answers if answer.task.startswith(shown.PREFIX)]
            assert gone_to, "in a live sitting it is kept which material was gone to"
            assert min(answer.minute for answer in gone_to) < min(
                answer.minute for answer in answers if answer not in gone_to
            )
