"""Automatic keys against the reference sets and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import keys
from scoring.errors import NotANumber, OffScale, OutOfRange, WrongShape

from .reference import expected, table

KEY = [[1.5, 5.0, 1.5, 4.0, 2.0], [2.0, 1.5, 5.0, 4.5, 3.0]]


def test_the_order_of_the_key_itself_scores_one():
    assert keys.pairwise_order(KEY, KEY).p == 1


def test_the_reversed_order_scores_zero():
    result = keys.pairwise_order([[6 - value for value in item] for item in KEY], KEY)
    assert (result.mean, result.p) == (0, 0)


def test_ties_count_a_half_and_close_options_do_not_count():
    # Pairs of the key with a gap of 1 or more: (1, 2), (1, 3); the pair (2, 3) differs by .5 only.
    result = keys.pairwise_order([[3, 3, 4]], [[1.0, 3.0, 3.5]])
    assert result.items[0].pairs == 2
    assert result.mean == 0.75


def test_a_gap_of_exactly_one_counts_in_spite_of_binary_fractions():
    assert keys.pairwise_order([[1, 2]], [[3.2, 4.2]]).items[0].pairs == 1


@pytest.mark.parametrize(
    ("item", "reason"), [([3, 3, 3, 3, 3], "all_equal"), ([1, 5, None, 4, 2], "unanswered")]
)
def test_an_item_without_an_order_is_not_scored_and_counts_as_chance(item, reason):
    result = keys.pairwise_order([KEY[0], item], KEY)
    assert result.items[1] == keys.ItemScore(score=None, pairs=result.items[1].pairs, reasons=(reason,))
    assert (result.n, result.mean, result.p, result.reasons) == (1, 0.75, 0.5, (reason,))
    assert keys.pairwise_order([KEY[0], item], KEY, unscored_as=None).p == 1


def test_leaving_a_hard_item_out_gains_nothing_over_guessing():
    empty = [None] * 5
    assert keys.pairwise_order([KEY[0], empty], KEY).p < keys.pairwise_order(KEY, KEY).p


def test_a_key_without_pairs_never_counts():
    result = keys.pairwise_order([[1, 5], KEY[0]], [[3.0, 3.5], KEY[0]])
    assert (result.p, result.reasons) == (1, ("no_pairs",))


def test_nothing_answered_gives_no_number():
    result = keys.pairwise_order([[None] * 5, [3] * 5], KEY)
    assert (result.p, result.mean, result.n) == (None, None, 0)
    assert result.reasons == ("unanswered", "all_equal", "no_item_scored")
    assert not result.is_defined


@pytest.mark.parametrize(
    ("ratings", "key", "error"),
    [
        ([[1, 2]], KEY, WrongShape),
        ([[1, 2]], [[1, 2, 3]], WrongShape),
        ([[1, math.inf]], [[1, 2]], NotANumber),
        ([[1, "x"]], [[1, 2]], NotANumber),
        ([[1, 2]], [[1, None]], NotANumber),
        ([[1, [2, 3]]], [[1, 2]], WrongShape),
        ([3], [[1, 2]], WrongShape),
    ],
)
def test_answers_that_do_not_fit_the_key_are_refused(ratings, key, error):
    with pytest.raises(error):
        keys.pairwise_order(ratings, key)


@pytest.mark.parametrize("gap", [0, -1, math.nan, math.inf])
def test_a_gap_must_be_a_positive_number(gap):
    with pytest.raises(OutOfRange):
        keys.pairwise_order(KEY, KEY, gap=gap)


def test_what_an_unscored_item_counts_must_be_a_proportion():
    with pytest.raises(OutOfRange):
        keys.pairwise_order(KEY, KEY, unscored_as=2)


@given(st.lists(st.integers(1, 5), min_size=5, max_size=5), st.integers(1, 3), st.integers(-3, 3))
def test_stretching_or_shifting_the_ratings_changes_nothing(item, factor, shift):
    moved = [value * factor + shift for value in item]
    assert keys.pairwise_order([item], KEY[:1]) == keys.pairwise_order([moved], KEY[:1])


@given(st.lists(st.integers(1, 5), min_size=5, max_size=5), st.permutations(range(5)))
def test_the_order_of_the_options_changes_nothing(item, order):
    there = keys.pairwise_order([[item[i] for i in order]], [[KEY[0][i] for i in order]])
    assert there.mean == keys.pairwise_order([item], KEY[:1]).mean


def judgement():
    answers = [row[1:] for row in table("S01_sjt_rating_12x8", "responses.csv")]
    experts = [row[1:] for row in table("S01_sjt_rating_12x8", "experts.csv")]
    return answers, experts, expected("S01_sjt_rating_12x8")["expected"]


@pytest.mark.parametrize(
    ("name", "power", "standardise"),
    [("raw_abs", 1, False), ("raw_sq", 2, False), ("std_abs", 1, True), ("std_sq", 2, True)],
)
def test_distances_meet_the_reference(name, power, standardise):
    answers, experts, right = judgement()
    key = np.mean(experts, axis=0)
    found = [keys.consensus_distance(row, key, power, standardise).estimate for row in answers]
    assert found == pytest.approx(right[name], abs=1e-9)


def test_the_other_judgement_methods_meet_the_reference():
    answers, experts, right = judgement()
    made = keys.expert_key(experts, range(1, 8))
    assert made.means == pytest.approx(right["key"], abs=1e-9)
    assert made.deviations == pytest.approx(right["key_sd"], abs=1e-9)
    modes = [list(modes) if len(modes) > 1 else modes[0] for modes in made.modes]
    assert modes == right["key_modes"]
    methods = {
        "dichotomous": lambda row: keys.same_side(row, made.means, range(1, 8)),
        "mode": lambda row: keys.mode_score(row, experts),
        "proportion": lambda row: keys.proportion_score(row, experts),
        "profile_r": lambda row: keys.profile_correlation(row, made.means),
    }
    for name, method in methods.items():
        assert [method(row).estimate for row in answers] == pytest.approx(right[name], abs=1e-9), name


def test_most_and_least_meet_the_reference():
    right = expected("S03_sjt_most_least")["expected"]
    key = [row[1:] for row in table("S03_sjt_most_least", "effectiveness.csv")]
    rows = np.array(table("S03_sjt_most_least", "responses.csv"), dtype=int)
    found = [
        keys.most_least((own[:, 2] - 1).tolist(), (own[:, 3] - 1).tolist(), key)
        for own in (rows[rows[:, 0] == person] for person in np.unique(rows[:, 0]))
    ]
    assert [one.estimate for one in found] == right["hit_minus_reversal"]
    assert [one.hits for one in found] == right["hits"]
    assert [one.effectiveness for one in found] == pytest.approx(right["effectiveness_difference"], abs=1e-9)


def test_rankings_meet_the_reference():
    right = expected("R01_ranking_no_ties")
    found = [keys.ranking(row[1:], right["key"]) for row in table("R01_ranking_no_ties", "rankings.csv")]
    names = {"footrule": "footrule", "footrule_score": "estimate", "kendall_distance": "discordant",
             "tau_b": "tau", "rho": "rho", "ss": "squares"}  # fmt: skip
    for name, attribute in names.items():
        values = [getattr(one, attribute) for one in found]
        assert values == pytest.approx(right["expected"][name], abs=1e-12), name


def test_ties_in_a_ranking_use_tau_b_and_midranks():
    result = keys.ranking([1, 2.5, 2.5, 4], [1, 2, 3, 4])
    assert result.tau == pytest.approx(5 / math.sqrt(5 * 6))
    assert result.discordant == 0
    assert keys.ranking([2, 2, 2], [1, 2, 3]).tau is None
    assert keys.ranking([2, 2, 2], [1, 2, 3]).rho is None


def test_incomplete_rankings_are_not_scored():
    assert keys.ranking([1, None, 3], [1, 2, 3]).reasons == ("unanswered",)
    assert keys.ranking([1], [1]).reasons == ("too_few",)


def test_unanswered_options_are_named_in_every_method():
    for method in (keys.consensus_distance, keys.profile_correlation):
        result = method([1, None, 3, 4], [1, 2, 3, 5])
        assert (result.n, result.reasons) == (3, ("unanswered",))
    assert keys.same_side([None, 1], [1, 1], [1, 2, 3]).reasons == ("unanswered",)
    assert keys.mode_score([None, 1], [[1, 1]]).reasons == ("unanswered",)
    assert keys.proportion_score([None, 1], [[1, 1]]).estimate == 1


def test_a_profile_without_form_has_no_score():
    assert keys.profile_correlation([3, 3], [1, 2]).reasons == ("no_variation",)
    assert keys.profile_correlation([None, 3], [1, 2]).reasons == ("unanswered", "too_few")
    assert keys.consensus_distance([3], [1]).reasons == ("too_few",)
    assert keys.consensus_distance([3], [1], standardise=False).estimate == -4


def test_keys_refuse_what_they_cannot_use():
    with pytest.raises(OutOfRange):
        keys.consensus_distance([1, 2], [1, 2], power=3)
    with pytest.raises(WrongShape):
        keys.consensus_distance([1, 2], [1, 2, 3])
    with pytest.raises(OffScale):
        keys.same_side([0, 2], [1, 2], [1, 2, 3])
    with pytest.raises(OutOfRange):
        keys.same_side([1, 2], [1, 2], [1])
    with pytest.raises(WrongShape):
        keys.mode_score([1, 2], [[1], [2]])
    with pytest.raises(WrongShape):
        keys.expert_key(np.empty((0, 2)), [1, 2])


def test_one_expert_has_no_deviation():
    assert math.isnan(keys.expert_key([[1, 2]], [1, 2]).deviations[0])


def test_missing_choices_of_most_and_least_count_nothing():
    result = keys.most_least([None, 1], [0, 1], [[1, 2], [1, 2]])
    assert (result.estimate, result.n) == (None, 0)
    assert result.reasons == ("unanswered", "same_option", "no_item_scored")
    with pytest.raises(OutOfRange):
        keys.most_least([2], [0], [[1, 2]])
    with pytest.raises(WrongShape):
        keys.most_least([1], [0], [])


def test_rule_points_add_up_and_harm_never_goes_below_zero():
    points = [keys.RulePoint("K01", "S1", 2, 2), keys.RulePoint("K02", "S1", 0, -1)]
    assert keys.total(points, 4).p == 0.25
    harmful = keys.total(points[1:], 4)
    assert (harmful.p, harmful.mean, harmful.reasons) == (0, -0.25, ("negative",))
    assert keys.total([], 4).p == 0


@pytest.mark.parametrize("maximum", [0, -1, math.nan, math.inf, 1])
def test_a_maximum_must_hold_what_was_earned(maximum):
    with pytest.raises(OutOfRange):
        keys.total([keys.RulePoint("K01", "S1", 2, 2)], maximum)


def test_a_rule_counts_once():
    with pytest.raises(OutOfRange):
        keys.total([keys.RulePoint("K01", "S1", 1, 1)] * 2, 4)


@pytest.mark.parametrize(("p", "score"), [*keys.SCALE_POINTS, (0.125, 1.25), (0.55, 3.0), (0.91, 4.75)])
def test_a_proportion_goes_to_the_scale_along_straight_lines(p, score):
    assert keys.scale_from_proportion(p) == pytest.approx(score, abs=1e-12)


def test_a_missing_proportion_stays_missing():
    assert keys.scale_from_proportion(None) is None
    assert keys.scale_from_proportion(math.nan) is None


@pytest.mark.parametrize("p", [-0.01, 1.01, math.inf])
def test_a_proportion_outside_zero_to_one_is_refused(p):
    with pytest.raises(OutOfRange):
        keys.scale_from_proportion(p)


def test_bands_meet_at_their_borders():
    assert [keys.band_of(score) for score in (1, 1.749, 1.75, 2.75, 3.75, 5)] == [
        "starting_point", "starting_point", "building", "effective", "strength", "strength",
    ]  # fmt: skip
    assert keys.band_of(None) is None
    assert keys.band_of(3.0, borders=(2.25, 3.15, 4.05)) == "building"


def test_bands_refuse_what_is_off_the_scale():
    with pytest.raises(OutOfRange):
        keys.band_of(0.9)
    with pytest.raises(OutOfRange):
        keys.band_of(3, borders=(3, 2, 4))
