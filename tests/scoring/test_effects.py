"""What single assessors do differently: the tests against the reference, by hand and on planted effects."""

import numpy as np
import pytest

from scoring import facets, simulate
from scoring._effects import holm
from scoring.errors import NotEstimable, OutOfRange, UnknownName
from scoring.facets import bias, drift, erratic, fit, halo, screen, spread
from scoring.table import RatingTable

from .reference import expected
from .test_facets import ratings


def test_bias_meets_the_reference():
    table = bias(fit(ratings("M02_small_crossed"), "jml", objects="participants"))
    answers = {
        (row["rater"], row["dimension"]): row
        for row in expected("M02_small_crossed")["expected_bias"]["raterxdimension"]
    }
    assert len(table.cells) == len(answers)
    for cell in table.cells:
        answer = answers[cell.element, cell.other]
        assert cell.n == answer["n"]
        assert cell.points == pytest.approx(answer["obs_minus_exp_average"], abs=1e-6)
        assert cell.bias == pytest.approx(answer["bias"], abs=1e-6)
        assert cell.standard_error == pytest.approx(answer["se"], abs=1e-6)
        assert cell.t == pytest.approx(answer["t"], abs=1e-6)
    assert table.chi_square == pytest.approx(sum(row["t"] ** 2 for row in answers.values()), abs=1e-5)


def centre(effect, seed, **change):
    how = {"exercise_spread": 0.5, "dimension_spread": 0.2, "severity_spread": 0.2, "assessors": 10, **change}
    return simulate.centre(170, planted={4: effect}, seed=seed, **how)


@pytest.mark.parametrize("effect", simulate.EFFECTS)
def test_a_planted_effect_is_named(effect):
    made = centre(effect, seed=71)
    flags = screen(fit(made.table))
    assert ("a005", effect) in {(flag.assessor, flag.effect) for flag in flags}
    where = {flag.effect: flag.where for flag in flags if flag.assessor == "a005"}
    if effect == "drifting":
        assert where[effect] == "w3"
    if effect == "biased_dimension":
        assert where[effect] == "D1"


def test_ordinary_assessors_are_left_alone():
    false = 0
    for seed in range(6):
        made = simulate.centre(100, assessors=10, exercise_spread=0.5, severity_spread=0.2, seed=800 + seed)
        false += len({flag.assessor for flag in screen(fit(made.table))})
    assert false <= 5  # of sixty


def test_the_size_of_a_drift_is_found():
    made = centre("drifting", seed=72)
    last = next(cell for cell in drift(fit(made.table)).of("a005") if cell.other == "w3")
    assert last.effect == pytest.approx(1.0, abs=0.5)
    assert last.p < 0.01


def test_ratings_without_a_window_are_left_out():
    made = simulate.centre(60, assessors=5, seed=73).table
    labels = np.array(made.facet("window").levels, dtype=object)[made.facet("window").codes]
    labels[::2] = None
    columns = [
        np.array(made.facet(one).levels)[made.facet(one).codes]
        for one in ("participant", "exercise", "dimension", "assessor")
    ]
    some = drift(fit(RatingTable(*columns, made.score, range(1, 6), window=labels)))
    assert some.reasons == ("unlabelled",)
    assert some.n == made.n // 2
    none = drift(fit(RatingTable(*columns, made.score, range(1, 6), window=[None] * made.n)))
    assert (none.cells, none.reasons) == ((), ("unlabelled",))


def test_one_window_leaves_nothing_to_compare():
    made = simulate.centre(60, assessors=5, windows=1, seed=74)
    table = drift(fit(made.table))
    assert all(cell.effect is None and cell.p is None for cell in table.cells)
    assert all(flag.effect != "drifting" for flag in screen(fit(made.table)))


def test_a_cell_of_only_top_marks_has_no_bias_but_is_there():
    made = simulate.centre(40, assessors=4, dimensions=3, seed=75).table
    columns = {
        one: np.array(made.facet(one).levels)[made.facet(one).codes]
        for one in ("participant", "exercise", "dimension", "assessor")
    }
    top = (columns["assessor"] == "a001") & (columns["dimension"] == "D1")
    table = bias(fit(RatingTable(*columns.values(), np.where(top, 5, made.score), range(1, 6))))
    cell = next(cell for cell in table.of("a001") if cell.other == "D1")
    assert (cell.bias, cell.t) == (None, None)
    assert cell.points > 0


def test_facets_of_a_bias_are_checked():
    found = fit(simulate.centre(30, assessors=3, seed=76).table)
    with pytest.raises(OutOfRange):
        bias(found, ("assessor",))
    with pytest.raises(OutOfRange):
        bias(found, ("assessor", "assessor"))
    with pytest.raises(UnknownName):
        bias(found, ("assessor", "site"))
    with pytest.raises(OutOfRange):
        screen(found, alpha=2)


def test_few_performances_have_no_test():
    found = fit(simulate.centre(3, exercises=1, assessors=3, seed=77).table)
    assert {one.z for one in halo(found)} == {None}
    assert {one.z for one in erratic(found)} == {None}
    assert isinstance(screen(found), tuple)


def test_two_categories_have_no_spread():
    made = simulate.centre(60, assessors=4, seed=78).table
    columns = [
        np.array(made.facet(one).levels)[made.facet(one).codes]
        for one in ("participant", "exercise", "dimension", "assessor")
    ]
    found = fit(RatingTable(*columns, (made.score > 3).astype(int), [0, 1]))
    assert {one.z for one in spread(found)} == {None}
    assert found.thresholds.tolist() == [[0.0]]


def test_without_assessors_nothing_is_screened():
    made = simulate.centre(30, assessors=1, per_performance=1, seed=79)
    assert screen(fit(made.table)) == ()


def test_holm_keeps_the_order():
    assert holm(np.array([0.5, 0.01, 0.02])).tolist() == pytest.approx([0.5, 0.03, 0.04])
    assert holm(np.zeros(0)).size == 0


def test_findings_are_the_same_in_any_order_of_rows():
    made = centre("central", seed=80).table
    order = np.random.default_rng(1).permutation(made.n)
    names = ("participant", "exercise", "dimension", "assessor", "window", "group")
    columns = {one: np.array(made.facet(one).levels)[made.facet(one).codes][order] for one in names}
    other = RatingTable(score=made.score[order], scale=range(1, 6), **columns)
    here, there = screen(fit(made)), screen(fit(other))
    assert [(flag.assessor, flag.effect) for flag in here] == [(flag.assessor, flag.effect) for flag in there]
    assert here[0].z == pytest.approx(there[0].z, abs=1e-6)


def test_the_public_names_are_there():
    for name in facets.__all__:
        assert getattr(facets, name)


@pytest.mark.parametrize("seed", range(8))
def test_tables_of_any_shape_give_results_or_named_errors(seed):
    random = np.random.default_rng(4000 + seed)
    n, top = int(random.integers(0, 50)), int(random.integers(2, 6))
    score = random.integers(0, top, n).astype(float)
    score[random.random(n) < 0.1] = np.nan
    made = RatingTable(
        random.integers(0, 7, n),
        random.integers(0, 3, n) if seed % 2 else None,
        random.integers(0, 3, n),
        random.integers(0, 4, n),
        score,
        range(top),
        window=[None if one == 0 else int(one) for one in random.integers(0, 3, n)],
        group=random.integers(0, 2, n),
    )
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        for method in ("mml", "jml"):
            for model in ("rating_scale", "partial_credit"):
                try:
                    found = fit(made, method, model)
                except NotEstimable:
                    continue
                finite = np.isfinite(found.participants.measures).all()
                assert finite or "no_finite_measure" in found.reasons
                for look in (screen, drift, bias, spread, halo, erratic):
                    look(found)
