"""Agreement against published tables, R packages and independent libraries."""

import math
import warnings

import krippendorff as independent
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from scoring import agreement
from scoring.errors import NotANumber, OffScale, OutOfRange, UnknownName, WrongShape

from .reference import expected, table

# Fleiss (1971), table 1: thirty patients by six psychiatrists.
FLEISS = """444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555"""
# Gwet (2014): twelve units by four raters; 0 is missing.
GWET = "1101 2232 3333 3333 2222 1234 4444 1121 2222 0555 0011 0030"


def matrix(text):
    array = np.array([[float(digit) for digit in row] for row in text.split()])
    return np.where(array == 0, np.nan, array)


def pairs_of(counts):
    counts = np.asarray(counts)
    return np.indices(counts.shape).reshape(2, -1).repeat(counts.ravel(), axis=1)


def without_unit(name):
    return [row[1:] for row in table(name)]


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
def test_kappa_meets_the_table_of_fleiss_levin_and_paik(weights):
    case = expected("A04b_fleiss_table_100")["expected"]
    result = agreement.cohen_kappa(
        *pairs_of(np.array(table("A04b_fleiss_table_100", "table.csv"), int)), [0, 1, 2], weights
    )
    name = {"identity": "kappa"}.get(weights, weights)
    assert result.estimate == pytest.approx(case[name], abs=1e-10)
    assert result.standard_error == pytest.approx(
        case["vcd"]["se" if weights == "identity" else f"{weights}_se"], abs=1e-6
    )
    assert (result.n, result.reasons) == (100, ())


def test_kappa_meets_cohen_with_his_own_weights():
    case = expected("A04_cohen_1968_weighted")
    counts = np.round(200 * np.array(table("A04_cohen_1968_weighted", "proportions.csv"))).astype(int)
    own = table("A04_cohen_1968_weighted", "disagreement_weights.csv")
    for name, weights in {"kappa": "identity", "linear": "linear", "quadratic": "quadratic",
                          "custom_disagreement": own}.items():  # fmt: skip
        result = agreement.cohen_kappa(*pairs_of(counts), [0, 1, 2], weights)
        assert result.estimate == pytest.approx(case["expected"][name], abs=1e-10), name
    assert agreement.cohen_kappa(*pairs_of(counts), [0, 1, 2], own).estimate == pytest.approx(
        case["published"]["weighted"], abs=5e-4
    )
    assert agreement.cohen_kappa(*pairs_of(counts), [0, 1, 2]).estimate == pytest.approx(
        case["published"]["kappa"], abs=5e-4
    )


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=5, max_size=40))
def test_kappa_equals_statsmodels(rows):
    a, b = np.array(rows).T
    counts = np.zeros((4, 4))
    np.add.at(counts, (a - 1, b - 1), 1)
    ours = agreement.cohen_kappa(a, b, [1, 2, 3, 4], "linear")
    if ours.estimate is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = inter_rater.cohens_kappa(counts, wt="linear")
    assert ours.estimate == pytest.approx(theirs.kappa, abs=1e-10)
    if theirs.std_kappa == theirs.std_kappa:
        assert ours.standard_error == pytest.approx(theirs.std_kappa, abs=1e-6)


def test_kappa_counts_categories_that_nobody_used():
    a, b = [1, 2, 2, 4, 5, 5], [1, 2, 4, 4, 5, 4]
    declared = agreement.cohen_kappa(a, b, [1, 2, 3, 4, 5], "linear")
    observed = agreement.cohen_kappa(a, b, [1, 2, 4, 5], "linear")
    assert declared.estimate != pytest.approx(observed.estimate)


def test_kappa_leaves_incomplete_units_out():
    result = agreement.cohen_kappa([1, 2, None], [1, 1, 2], [1, 2])
    assert (result.n, result.reasons) == (2, ("incomplete",))


def test_fleiss_meets_his_own_table():
    case = expected("A05_fleiss_1971")["expected"]
    ratings = matrix(FLEISS)
    counts = (ratings[:, :, None] == np.arange(1, 6)).sum(axis=1)
    result = agreement.fleiss_kappa(counts)
    assert result.estimate == pytest.approx(case["fleiss"], abs=1e-10)
    assert result.z == pytest.approx(case["z"], abs=1e-6)
    assert result.per_category == pytest.approx(list(case["per_category"].values()), abs=5e-4)
    cac = case["cac"]["unweighted"]
    assert result.standard_error == pytest.approx(cac["fleiss"]["se"], abs=2e-5)
    gwet = agreement.gwet_ac(ratings, range(1, 6))
    assert gwet.estimate == pytest.approx(cac["gwet"]["coef"], abs=2e-5)
    assert gwet.standard_error == pytest.approx(cac["gwet"]["se"], abs=2e-5)
    assert agreement.krippendorff_alpha(ratings, "nominal", resamples=0).estimate == pytest.approx(
        case["kripp_nominal"], abs=1e-10
    )


def test_fleiss_meets_the_textbook_counts():
    case = expected("A05b_fleiss_counts_10x5")["expected"]
    result = agreement.fleiss_kappa([row[1:] for row in table("A05b_fleiss_counts_10x5", "counts.csv")])
    assert result.estimate == pytest.approx(case["fleiss"], abs=1e-12)


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic", "ordinal"])
def test_gwet_meets_his_handbook(weights):
    case = expected("A06_gwet_raw4raters")["expected"][weights]["gwet"]
    result = agreement.gwet_ac(matrix(GWET), range(1, 6), "identity" if weights == "unweighted" else weights)
    assert result.estimate == pytest.approx(case["coef"], abs=2e-5)
    assert result.standard_error == pytest.approx(case["se"], abs=2e-5)
    low, high = (float(end) for end in case["ci"].strip("()").split(","))
    assert result.interval == pytest.approx((low, high), abs=5e-4)
    assert (result.n, result.reasons) == (11, ("single_ratings",))


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_meets_krippendorff(metric):
    case = expected("A03_krippendorff_canonical")
    result = agreement.krippendorff_alpha(without_unit("A03_krippendorff_canonical"), metric)
    assert result.estimate == pytest.approx(case["expected"][metric], abs=1e-10)
    assert result.estimate == pytest.approx(case["published"][metric], abs=5e-4)
    assert (result.n, result.reasons) == (case["expected"]["n_pairable"], ("single_ratings",))
    assert result.interval[0] < result.estimate < result.interval[1]
    assert agreement.krippendorff_alpha(matrix(GWET), metric, resamples=0).estimate == pytest.approx(
        expected("A06_gwet_raw4raters")["expected"]["kripp"][metric], abs=1e-10
    )


def test_alpha_meets_the_binary_example():
    case = expected("A03b_krippendorff_binary_10")["expected"]
    result = agreement.krippendorff_alpha(without_unit("A03b_krippendorff_binary_10"), "nominal", resamples=0)
    assert result.estimate == pytest.approx(case["nominal"], abs=1e-10)


@given(
    st.lists(
        st.lists(st.sampled_from([1, 2, 3, 4, 5, None]), min_size=3, max_size=3), min_size=3, max_size=15
    ),
    st.sampled_from(["nominal", "ordinal", "interval", "ratio"]),
)
def test_alpha_equals_an_independent_library(rows, metric):
    ours = agreement.krippendorff_alpha(rows, metric, resamples=0)
    if ours.estimate is None:
        assert set(ours.reasons) & {"needs_two_assessors", "no_variation"}
        return
    data = np.array(rows, dtype=float).T
    theirs = independent.alpha(reliability_data=data, level_of_measurement=metric)
    assert ours.estimate == pytest.approx(theirs, abs=1e-10)


def test_the_bootstrap_is_deterministic_and_takes_a_generator():
    ratings = without_unit("A03_krippendorff_canonical")
    assert agreement.krippendorff_alpha(ratings) == agreement.krippendorff_alpha(ratings)
    other = agreement.krippendorff_alpha(ratings, generator=np.random.default_rng(5))
    assert other.interval != agreement.krippendorff_alpha(ratings).interval


def test_two_units_of_which_one_varies_still_give_an_interval():
    result = agreement.krippendorff_alpha([[1, 1], [1, 2]], resamples=50)
    assert result.estimate is not None
    assert agreement.krippendorff_alpha([[1, 2]]).interval is None


def test_alpha_without_enough_usable_resamples_has_no_interval():
    result = agreement.krippendorff_alpha([[1, 1], [1, 1], [1, 2]], resamples=1)
    assert result.reasons in ((), ("no_interval",))
    assert result.interval is None


def test_kendall_meets_the_reference():
    case = expected("A01_shrout_fleiss_1979")["expected"]["kendall_W"]
    result = agreement.kendall_w(without_unit("A01_shrout_fleiss_1979"))
    assert result.estimate == pytest.approx(case["W_tie_corrected"], abs=1e-10)
    assert result.chi_square == pytest.approx(case["chisq"], abs=1e-10)
    assert result.p_value == pytest.approx(case["p"], abs=1e-10)


def test_rwg_and_average_deviation_meet_the_reference():
    case = expected("A09_rwg_ad")["expected"]
    rows = np.array(table("A09_rwg_ad"))
    groups = [rows[rows[:, 0] == group, 1] for group in np.unique(rows[:, 0])]
    found = [agreement.rwg(group, range(1, 6)) for group in groups]
    assert [one.floored for one in found] == pytest.approx(case["rwg"], abs=1e-9)
    assert [one.estimate for one in found] == pytest.approx(case["rwg_raw_not_truncated"], abs=1e-9)
    deviations = [agreement.average_deviation(group).estimate for group in groups]
    assert deviations == pytest.approx(case["ad_m"], abs=1e-9)


OTHERS = {
    "pi": agreement.scott_pi,
    "conger": agreement.conger_kappa,
    "brennan": agreement.brennan_prediger,
    "weighted alpha": agreement.weighted_alpha,
}
SOME = st.lists(
    st.lists(st.sampled_from([1, 2, 3, 4, 5, None]), min_size=3, max_size=3), min_size=3, max_size=12
)


@given(st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=4, max_size=12))
def test_pi_of_complete_ratings_is_fleiss_kappa(rows):
    pi = agreement.scott_pi(rows, range(1, 6))
    fleiss = agreement.fleiss_kappa((np.array(rows)[:, :, None] == np.arange(1, 6)).sum(axis=1))
    assert pi.reasons == fleiss.reasons
    if fleiss.estimate is not None:
        assert pi.estimate == pytest.approx(fleiss.estimate, abs=1e-12)
        assert pi.standard_error == pytest.approx(fleiss.standard_error, abs=1e-12)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=4, max_size=30),
    st.sampled_from(["identity", "linear", "quadratic", "ordinal"]),
)
def test_congers_kappa_of_two_assessors_is_cohens(rows, weights):
    conger = agreement.conger_kappa(rows, range(1, 6), weights)
    cohen = agreement.cohen_kappa(*np.array(rows).T, range(1, 6), weights)
    if cohen.estimate is None:
        assert conger.reasons == cohen.reasons
        return
    assert conger.estimate == pytest.approx(cohen.estimate, abs=1e-10)
    # The same linearisation, with n - 1 in place of n.
    n = len(rows)
    assert conger.standard_error == pytest.approx(cohen.standard_error * math.sqrt(n / (n - 1)), abs=1e-8)


@given(SOME, st.sampled_from([("identity", "nominal"), ("quadratic", "interval")]))
def test_weighted_alpha_is_alpha(rows, names):
    weighted = agreement.weighted_alpha(rows, range(1, 6), names[0])
    plain = agreement.krippendorff_alpha(rows, names[1], resamples=0)
    if weighted.estimate is None or plain.estimate is None:
        # A category that only single ratings use is a category for the one and not for the other.
        assert plain.estimate is None
        assert {*plain.reasons, *weighted.reasons} & {"needs_two_assessors", "no_variation"}
        return
    assert weighted.estimate == pytest.approx(plain.estimate, abs=1e-10)


def test_units_that_belong_together_are_no_independent_witnesses():
    rows = [[1, 2], [2, 2], [4, 5], [3, 3], [5, 3], [2, 1]]
    alone = agreement.weighted_alpha(rows, range(1, 6), "quadratic")
    each = agreement.weighted_alpha(rows, range(1, 6), "quadratic", clusters=range(6))
    assert each == alone, "a cluster per unit is none"
    # Every unit three times over says no more than once: the same error as of the single units, but for n - 1.
    thrice = agreement.weighted_alpha(rows * 3, range(1, 6), "quadratic", clusters=[*range(6)] * 3)
    naive = agreement.weighted_alpha(rows * 3, range(1, 6), "quadratic")
    assert thrice.standard_error == pytest.approx(alone.standard_error, rel=0.02)
    assert naive.standard_error < 0.65 * thrice.standard_error
    single = agreement.weighted_alpha(rows, range(1, 6), "quadratic", clusters=[1] * 6)
    assert single.estimate == alone.estimate
    assert single.interval is None
    assert "too_few_units" in single.reasons


@given(SOME, st.sampled_from(list(OTHERS)), st.randoms(use_true_random=False))
def test_order_and_direction_change_nothing_in_the_other_coefficients(rows, name, random):
    array = np.array(rows, dtype=float)
    shuffled = array[random.sample(range(len(rows)), len(rows))][:, random.sample(range(3), 3)]
    here = OTHERS[name](array, range(1, 6), "ordinal")
    for there in (
        OTHERS[name](shuffled, range(1, 6), "ordinal"),
        OTHERS[name](6 - array, range(1, 6), "ordinal"),
    ):
        assert (here.n, here.reasons) == (there.n, there.reasons)
        for one in ("estimate", "standard_error", "p_value", "observed", "chance"):
            assert getattr(there, one) == pytest.approx(getattr(here, one), abs=1e-9), one


def test_linearised_errors_are_those_of_a_bootstrap():
    random = np.random.default_rng(8)
    level = random.normal(3, 1, (120, 1))
    ratings = np.clip(np.round(level + random.normal(0, 0.8, (120, 3))), 1, 5)
    ratings[random.random((120, 3)) < 0.15] = np.nan
    for name, coefficient in OTHERS.items():
        drawn = [
            coefficient(ratings[random.integers(0, 120, 120)], range(1, 6), "linear").estimate
            for _ in range(300)
        ]
        error = coefficient(ratings, range(1, 6), "linear").standard_error
        assert error == pytest.approx(np.std(drawn), rel=0.15), name


def test_raw_rwg_below_zero_is_shown():
    result = agreement.rwg([1, 5, 1, 5], range(1, 6))
    assert result.estimate < 0
    assert (result.floored, result.reasons) == (0, ("negative",))


ALL_EQUAL = [[3, 3], [3, 3], [3, 3]]
PERFECT = [[1, 1], [3, 3], [5, 5]]


def coefficients(ratings):
    ratings = np.array(ratings, dtype=float)
    counts = (ratings[:, :, None] == np.arange(1, 6)).sum(axis=1)
    return {
        "kappa": agreement.cohen_kappa(ratings[:, 0], ratings[:, -1], range(1, 6)),
        "fleiss": agreement.fleiss_kappa(counts),
        "alpha": agreement.krippendorff_alpha(ratings),
        "ac": agreement.gwet_ac(ratings, range(1, 6), "quadratic"),
        **{name: one(ratings, range(1, 6), "linear") for name, one in OTHERS.items()},
    }


def test_equal_ratings_throughout_are_no_agreement_but_undefined():
    for name, result in coefficients(ALL_EQUAL).items():
        assert result.estimate is None, name
        assert result.reasons == ("no_variation",), name


def test_perfect_agreement_is_exactly_one():
    for name, result in coefficients(PERFECT).items():
        assert result.estimate == 1, name


def test_one_assessor_agrees_with_nobody():
    one = [[1], [3], [5]]
    assert agreement.krippendorff_alpha(one).reasons == ("single_ratings", "needs_two_assessors")
    assert agreement.gwet_ac(one, range(1, 6)).reasons == ("needs_two_assessors",)
    assert agreement.fleiss_kappa([[1, 0], [0, 1]]).reasons == ("needs_two_assessors",)
    assert agreement.kendall_w(one).reasons == ("needs_two_assessors",)
    assert agreement.rwg([3], range(1, 6)).reasons == ("needs_two_assessors",)
    assert agreement.average_deviation([3, None]).reasons == ("needs_two_assessors",)


def test_nothing_rated_gives_reasons():
    empty = [[None, None], [None, None]]
    assert agreement.krippendorff_alpha(empty).reasons == ("needs_two_assessors",)
    assert agreement.gwet_ac(empty, range(1, 6)).reasons == ("needs_two_assessors",)
    assert agreement.cohen_kappa([None], [None], [1, 2]).reasons == ("no_ratings",)
    assert agreement.fleiss_kappa(np.empty((0, 3))).reasons == ("no_ratings",)
    assert agreement.kendall_w(empty).reasons == ("incomplete", "too_few_units")
    assert agreement.kendall_w([[2, 2], [2, 2]]).reasons == ("no_variation",)


def test_one_unit_has_a_coefficient_without_an_error():
    result = agreement.gwet_ac([[1, 2]], [1, 2])
    assert (result.standard_error, result.reasons) == (None, ("too_few_units",))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: agreement.cohen_kappa([1], [1, 2], [1, 2]), WrongShape),
        (lambda: agreement.cohen_kappa([1], [3], [1, 2]), OffScale),
        (lambda: agreement.cohen_kappa([1], [1.5], [1, 2]), OffScale),
        (lambda: agreement.cohen_kappa([1], [math.inf], [1, 2]), NotANumber),
        (lambda: agreement.cohen_kappa([1], [1], [1]), OutOfRange),
        (lambda: agreement.cohen_kappa([1], [1], [2, 1]), OutOfRange),
        (lambda: agreement.cohen_kappa([1], [1], [1, 2], "cubic"), UnknownName),
        (lambda: agreement.cohen_kappa([1], [1], [1, 2], [[1, 0], [0, 1]]), OutOfRange),
        (lambda: agreement.cohen_kappa([1], [1], [1, 2], level=1), OutOfRange),
        (lambda: agreement.fleiss_kappa([[1, 1], [1, 2]]), WrongShape),
        (lambda: agreement.fleiss_kappa([[-1, 3]]), OutOfRange),
        (lambda: agreement.fleiss_kappa([1, 2]), WrongShape),
        (lambda: agreement.krippendorff_alpha([[1, 2]], "cardinal"), UnknownName),
        (lambda: agreement.krippendorff_alpha([[-1, 2]], "ratio"), OutOfRange),
        (lambda: agreement.krippendorff_alpha([[1, 2]], resamples=-1), OutOfRange),
        (lambda: agreement.rwg([1, 2], [1, 2, 4]), OutOfRange),
    ],
)
def test_impossible_input_is_refused(call, error):
    with pytest.raises(error):
        call()


RATINGS = st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=4, max_size=12)


@given(RATINGS, st.randoms(use_true_random=False))
def test_the_order_of_units_and_assessors_changes_nothing(rows, random):
    array = np.array(rows)
    shuffled = array[random.sample(range(len(rows)), len(rows))][:, random.sample(range(3), 3)]
    for measure in (
        lambda one: agreement.krippendorff_alpha(one, resamples=0).estimate,
        lambda one: agreement.gwet_ac(one, range(1, 6), "linear").estimate,
        lambda one: agreement.kendall_w(one).estimate,
    ):
        here, there = measure(array), measure(shuffled)
        assert (here is None and there is None) or here == pytest.approx(there, abs=1e-9)


@given(RATINGS)
def test_turning_the_scale_round_changes_nothing(rows):
    array = np.array(rows)
    for measure in (
        lambda one: agreement.krippendorff_alpha(one, "ordinal", resamples=0).estimate,
        lambda one: agreement.gwet_ac(one, range(1, 6), "quadratic").estimate,
        lambda one: agreement.cohen_kappa(one[:, 0], one[:, 1], range(1, 6), "linear").estimate,
    ):
        here, there = measure(array), measure(6 - array)
        assert (here is None and there is None) or here == pytest.approx(there, abs=1e-9)
