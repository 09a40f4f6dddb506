"""Variance components and D-studies against Brennan, R and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import NotANumber, OutOfRange, UnknownName, WrongShape
from scoring.generalizability import d_study, g_study, g_study_sparse, plan
from scoring.reliability import icc
from scoring.table import RatingTable

from .reference import expected, table

# Brennan (2001), table 3.2: ten persons; three tasks with four raters each.
BRENNAN = """565553456733 937775557752 343353356516 755331435335 929777372753 343533634512 737775575554 585775543211
998866655811 444335655711"""

# The composition that the table of the methods page is made for.
TYPICAL = {"p": 0.30, "pe": 0.25, "pd": 0.05, "ped": 0.20, "r": 0.06, "rd": 0.02, "pedr": 0.20, "e": 0.0}


def brennan():
    array = np.array([[float(digit) for digit in row] for row in BRENNAN.split()])
    return array.reshape(10, 3, 4).swapaxes(1, 2)  # axes p, r, t


def small_pxexd():
    rows = np.array(table("G04b_sim_pxexd_small"))
    axes = [np.unique(rows[:, axis], return_inverse=True)[1] for axis in range(3)]
    array = np.empty([axis.max() + 1 for axis in axes])
    array[tuple(axes)] = rows[:, 3]
    return array, RatingTable(*axes[:3], np.zeros(len(rows), dtype=int), rows[:, 3], None)


def sparse_table():
    rows = np.array(table("M01_sim_rsm_200")).astype(int)
    return RatingTable(*rows.T, range(1, 6))


def estimates(study):
    return {name: one.estimate for name, one in study.components.items()}


def test_persons_by_raters_meets_the_reference():
    case = expected("G01_pxr_shrout_fleiss")["expected"]
    array = np.array([row[1:] for row in table("A01_shrout_fleiss_1979")])
    study = g_study(array, "p x r")
    assert estimates(study) == pytest.approx(case["components"], abs=1e-8)
    assert study.mean_squares == pytest.approx(case["ms"], abs=1e-8)
    for row in case["dstudy"]:
        found = d_study(study, {"r": row["n_r"]})
        assert (found.estimate, found.phi) == pytest.approx((row["Erho2"], row["Phi"]), abs=1e-8)
        assert (found.relative_error, found.absolute_error) == pytest.approx(
            (row["rel_error"], row["abs_error"]), abs=1e-8
        )
    # The generalizability coefficient of four raters is ICC(C,4), Phi is ICC(A,4).
    four = d_study(study, {"r": 4})
    assert four.estimate == pytest.approx(icc(array, "3,k").estimate, abs=1e-12)
    assert four.phi == pytest.approx(icc(array, "2,k").estimate, abs=1e-12)


def test_raters_within_tasks_meet_brennan():
    case = expected("G02_brennan_table_3_2")
    study = g_study(brennan(), "p x (r:t)")
    assert estimates(study) == pytest.approx(case["expected"]["components_anova"], abs=1e-8)
    assert study.mean_squares == pytest.approx(case["expected"]["ms"], abs=1e-8)
    assert {name: one.n for name, one in study.components.items()} == case["expected"]["df"]
    for name in ("p", "t", "rt", "pt", "prt"):
        assert study.components[name].estimate == pytest.approx(case["published"][name], abs=1.01e-4), name
    for row in case["expected"]["dstudy"]:
        found = d_study(study, {"t": row["n_t"], "r": row["n_r_per_task"]})
        assert (found.estimate, found.phi) == pytest.approx((row["Erho2"], row["Phi"]), abs=1e-8)


def test_a_negative_component_is_reported_and_counts_as_zero():
    case = expected("G04b_sim_pxexd_small")["expected"]
    array, long = small_pxexd()
    study = g_study(array, "p x e x d")
    assert estimates(study) == pytest.approx(case["components_anova"], abs=1e-8)
    assert study.components["d"].reasons == ("negative",)
    assert study.variances["d"] == 0
    found = d_study(study, {"e": 3, "d": 6})
    assert found.reasons == ("negative",)
    assert found.absolute_error == d_study(study.variances, {"e": 3, "d": 6}).absolute_error
    assert estimates(g_study(long, "p x e x d")) == pytest.approx(estimates(study), abs=1e-12)


def test_reml_meets_lme4_on_a_balanced_table():
    case = expected("G04b_sim_pxexd_small")["expected"]["reml"]
    study = g_study_sparse(small_pxexd()[1], ["p", "pe", "pd", "e", "d", "ed"])
    names = {"pd": "p:d", "pe": "p:e", "p": "p", "ed": "e:d", "d": "d", "e": "e", "ped": "Residual"}
    for name, theirs in names.items():
        assert study.components[name].estimate == pytest.approx(case[theirs], abs=1e-4), name
    assert study.components["d"].reasons == ("at_zero",)
    assert study.criterion == pytest.approx(case["reml_criterion"], abs=1e-4)
    assert study.grand_mean == pytest.approx(case["grand_mean"], abs=1e-6)


def test_reml_meets_lme4_with_nested_raters():
    case = expected("G02_brennan_table_3_2")["expected"]["reml_lme4"]
    participant, rater, task = np.indices((10, 4, 3)).reshape(3, -1)
    # Raters 1 to 4 of a task are its own: r is r:t by its labels.
    long = RatingTable(participant, task, None, task * 4 + rater, brennan().ravel(), None)
    study = g_study_sparse(long)
    names = {"p": "person", "e": "task", "pe": "person:task", "r": "tr", "per": "Residual"}
    for name, theirs in names.items():
        assert study.components[name].estimate == pytest.approx(case[theirs], abs=1e-3), name
    assert study.criterion == pytest.approx(case["reml_criterion"], abs=1e-4)
    # With balanced data and no negative component REML is the analysis of variance, up to the stopping rule.
    exact = estimates(g_study(brennan(), "p x (r:t)"))
    for name, theirs in {"p": "p", "e": "t", "pe": "pt", "r": "rt", "per": "prt"}.items():
        assert study.components[name].estimate == pytest.approx(exact[theirs], abs=1e-4), name


def test_reml_meets_lme4_on_rotating_assessors():
    case = expected("G05_sparse_M01")["expected"]
    study = g_study_sparse(sparse_table())
    names = {"candidate:dimension": "pd", "candidate:exercise": "pe", "candidate": "p", "rater:dimension": "rd",
             "rater": "r", "dimension": "d", "exercise": "e", "Residual": "pedr"}  # fmt: skip
    for theirs, name in names.items():
        right = case["components"][theirs]
        assert study.components[name].estimate == pytest.approx(right, abs=max(1e-5, right * 1e-4)), name
    assert study.criterion == pytest.approx(case["reml_criterion"], abs=1e-4)
    assert study.grand_mean == pytest.approx(case["intercept"], abs=1e-4)
    assert study.components["ped"].reasons == ("at_zero",)
    for label, blup in case["candidate_blup"].items():
        assert study.effects[int(label) - 1] == pytest.approx(blup, abs=1e-4)
    for row in case["dstudy"]:
        sizes = {"e": row["n_exercises"], "r": row["n_raters_per_exercise"], "d": row["n_dimensions"]}
        found = d_study(study, sizes, nested={"r": "e"})
        assert (found.estimate, found.phi) == pytest.approx((row["Erho2"], row["Phi"]), abs=1e-4)
        rotating = d_study(study, sizes, nested={"r": "e"}, differ="r")
        assert rotating.estimate == pytest.approx(row["Erho2_raters_differ"], abs=1e-4)


@pytest.mark.parametrize(
    ("exercises", "assessors", "overall", "dimension", "profile"),
    [(2, 2, 0.65, 0.54, 0.24), (3, 1, 0.71, 0.59, 0.26), (3, 2, 0.74, 0.64, 0.33), (4, 2, 0.79, 0.70, 0.39),
     (5, 2, 0.82, 0.75, 0.45), (8, 2, 0.88, 0.83, 0.56)],
)  # fmt: skip
def test_universe_scores_meet_the_illustration(exercises, assessors, overall, dimension, profile):
    how = {"differ": "r", "nested": {"r": "e"}}
    six, one = ({"e": exercises, "r": assessors, "d": number} for number in (6, 1))
    assert d_study(TYPICAL, six, fixed="d", **how).estimate == pytest.approx(overall, abs=0.006)
    assert d_study(TYPICAL, one, fixed="d", **how).estimate == pytest.approx(dimension, abs=0.006)
    assert d_study(TYPICAL, one, profile="d", **how).estimate == pytest.approx(profile, abs=0.006)


def test_dependability_rises_with_the_distance_from_the_cut():
    found = d_study(TYPICAL, {"e": 3, "r": 2, "d": 6}, fixed="d", differ="r", nested={"r": "e"})
    assert found.phi_of_cut(3.0, 3.0) == pytest.approx(found.phi)
    assert found.phi_of_cut(3.0, 4.0) > found.phi
    assert d_study({"p": 0.0, "r": 0.0}, {"r": 1}).phi_of_cut(3, 3) is None


def test_the_plan_says_it_in_one_sentence():
    now = {"e": 3, "r": 2, "d": 6}
    found = plan(TYPICAL, now)
    assert found.sentence == (
        "With 3 exercises and 2 assessors per exercise the reliability is 0.74; for 0.80 it takes 5 exercises, "
        "while more assessors alone would not be enough."
    )
    assert found.smallest.sizes == {"e": 5, "r": 1, "d": 6}
    assert found.more_assessors is None
    assert plan(TYPICAL, {"e": 8, "r": 2, "d": 6}).sentence.endswith("which is enough for 0.80.")
    assert plan(TYPICAL, now, wanted=0.99).sentence.endswith("within the numbers tried bring it to 0.99.")
    assert (
        "it takes 4 exercises, or 2 assessors"
        in plan(TYPICAL, {"e": 3, "r": 1, "d": 6}, wanted=0.735).sentence
    )
    few = plan(TYPICAL, {"e": 3, "r": 1, "d": 6}, wanted=0.73, exercises=[3])
    assert few.sentence.endswith(
        "it takes 2 assessors per exercise, while more exercises alone would not be enough."
    )
    nothing = plan(dict.fromkeys(TYPICAL, 0.0), {"e": 1, "r": 1, "d": 6})
    assert nothing.sentence == (
        "With 1 exercise and 1 assessor per exercise nothing differs between participants, "
        "so there is no reliability."
    )


def test_nothing_that_varies_has_no_coefficient():
    study = g_study([[3, 3], [3, 3], [3, 3]])
    assert study.reasons == ("no_variation",)
    assert d_study(study, {"r": 2}).reasons == ("no_variation",)
    assert d_study({"r": 1.0}, {"r": 2}).estimate is None


def test_missing_cells_leave_a_participant_out():
    study = g_study([[1, 2], [2, 4], [3, None], [5, 4]])
    assert (study.reasons, study.sizes) == (("incomplete",), {"p": 3, "r": 2})


def test_one_level_of_anything_estimates_nothing():
    assert g_study([[1], [2]]).reasons == ("one_level",)
    assert g_study([[1, 2]]).components == {}


def sparse(participants, exercises, assessors, scores):
    return g_study_sparse(RatingTable(participants, exercises, None, assessors, scores, range(1, 6)))


def test_sparse_tables_without_an_answer_give_reasons():
    assert sparse([], [], [], []).reasons == ("too_few_participants",)
    assert sparse(["a", "a"], ["x", "y"], ["A", "B"], [3, 4]).reasons == ("too_few_participants",)
    assert sparse(["a", "b"], ["x", "x"], ["A", "A"], [3, 3]).reasons == ("no_variation",)
    assert sparse(["a", "b"], ["x", "x"], ["A", "A"], [3, 4]).reasons == ("one_rating_each",)


def test_a_dimension_that_nobody_rated_is_no_facet():
    long = RatingTable(list("aabb"), list("xyxy"), list("LLLM"), list("ABBA"), [1, 2, 4, None], range(1, 6))
    assert g_study_sparse(long).sizes["d"] == 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: g_study([[1, 2], [2, 3]], "p x p"), UnknownName),
        (lambda: g_study([[1, 2], [2, 3]], "person x r"), UnknownName),
        (lambda: g_study([[1, 2], [2, 3]], "p x e x d"), WrongShape),
        (lambda: g_study([[1, math.inf], [2, 3]]), NotANumber),
        (lambda: g_study(sparse_table(), "p x r"), WrongShape),
        (lambda: g_study(sparse_table(), "p x t"), UnknownName),
        (lambda: g_study_sparse(sparse_table(), ["p", "t"]), UnknownName),
        (lambda: d_study({"p": 1.0, "pr": 1.0}, {}), UnknownName),
        (lambda: d_study({"p": 1.0, "pr": 1.0}, {"r": 0}), OutOfRange),
        (lambda: d_study({"p": math.nan, "pr": 1.0}, {"r": 1}), NotANumber),
        (lambda: plan(TYPICAL, {"e": 1, "r": 1, "d": 1}, wanted=2), OutOfRange),
    ],
)
def test_impossible_input_is_refused(call, error):
    with pytest.raises(error):
        call()


@given(st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing_in_reml(seed):
    random = np.random.default_rng(seed)
    participant, exercise = np.indices((8, 3)).reshape(2, -1).repeat(2, axis=1)
    assessor = random.integers(0, 5, participant.size)
    score = random.integers(1, 6, participant.size)
    order = random.permutation(participant.size)
    here = g_study_sparse(RatingTable(participant, exercise, None, assessor, score, range(1, 6)))
    there = g_study_sparse(
        RatingTable(
            99 - participant[order], exercise[order], None, assessor[order], score[order], range(1, 6)
        )
    )
    assert here.criterion == pytest.approx(there.criterion, abs=1e-6)
    for name, one in here.components.items():
        assert one.estimate == pytest.approx(there.components[name].estimate, abs=1e-4)
        assert one.estimate >= 0


@given(st.floats(0, 2), st.floats(0, 2))
def test_more_noise_never_raises_reliability(first, second):
    low, high = sorted((first, second))
    sizes = {"e": 3, "r": 2, "d": 6}
    assert (
        d_study({**TYPICAL, "ped": high}, sizes).estimate <= d_study({**TYPICAL, "ped": low}, sizes).estimate
    )


def test_participants_alone_are_a_one_way_design():
    random = np.random.default_rng(3)
    participant = np.repeat(np.arange(12), 4)
    score = np.clip(
        np.round(3 + random.standard_normal(12)[participant] + 0.5 * random.standard_normal(48)), 1, 5
    )
    study = g_study_sparse(RatingTable(participant, None, None, ["a"] * 48, score, range(1, 6)))
    within = (score.reshape(12, 4) - score.reshape(12, 4).mean(axis=1, keepdims=True)).ravel()
    error = float(within @ within) / 36
    between = 4 * float(score.reshape(12, 4).mean(axis=1).var(ddof=1))
    assert study.components["p"].estimate == pytest.approx((between - error) / 4, abs=1e-5)
