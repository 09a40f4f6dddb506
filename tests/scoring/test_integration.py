"""Integration: ratings to exercise scores to dimension scores, rule by rule."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import integration
from scoring.errors import NotANumber, OffScale, OutOfRange, UnknownName, WrongShape
from scoring.integration import combine, dimension_score, effective_weights

from .reference import expected

WEIGHTS = {"E5": 0.40, "E1": 0.40, "E3": 0.20}


def score(scores, weights=WEIGHTS, **more):
    return dimension_score(scores, weights, **{"judgement": ["E3"], **more})


def test_two_ratings_are_averaged_and_missing_is_not_low():  # robustness 26
    found = combine({"E1": [3, 4], "E2": [None, 4], "E3": [math.nan, None], "E4": []})
    assert found.scores == {"E1": 3.5, "E2": 4, "E3": None, "E4": None}
    assert found.single == {"E2"}
    assert found.differences["E1"] == 1


def test_a_score_by_key_is_no_single_rating():
    assert combine({"E3": [4.2]}).single == frozenset()


def test_ratings_two_apart_are_disputed_until_adjudicated():
    assert combine({"E1": [2, 4]}).disputed == {"E1"}
    assert combine({"E1": [2, 4]}, {"E1": None}).disputed == {"E1"}
    settled = combine({"E1": [2, 4]}, {"E1": 4})
    assert (settled.disputed, settled.adjudicated) == (frozenset(), {"E1"})


@pytest.mark.parametrize(
    ("ratings", "third", "result"),
    [([2, 4], 4, 4), ([2, 4], 3, 3), ([2, 5], 3, 2.5), ([1, 4], 5, 4.5), ([None, 2], 4, 3), ([None], 4, 4)],
)
def test_an_adjudication_counts_with_the_nearer_original(ratings, third, result):
    assert combine({"E1": ratings}, {"E1": third}).scores["E1"] == result


def test_combining_refuses_impossible_ratings():
    with pytest.raises(OffScale):
        combine({"E1": [0, 3]})
    with pytest.raises(OffScale):
        combine({"E1": [2, 4]}, {"E1": 6})
    with pytest.raises(NotANumber):
        combine({"E1": [math.inf, 3]})
    with pytest.raises(UnknownName):
        combine({"E1": [3, 3]}, {"E9": 3})
    with pytest.raises(OutOfRange):
        combine({"E1": [3, 3]}, threshold=0)


def test_a_dimension_is_the_weighted_mean_of_its_exercises():
    result = score({"E5": 4, "E1": 3, "E3": 3.5})
    assert result.estimate == pytest.approx(3.5)
    assert result.weights_used == pytest.approx(WEIGHTS)
    assert result.interval == pytest.approx((3.05, 3.95))
    assert (result.n, result.standard_error, result.is_withheld) == (3, 0.45, False)


def test_a_missing_exercise_spreads_its_weight_in_proportion():
    weights = {"A": 0.5, "B": 0.3, "C": 0.2}
    result = dimension_score({"A": 4, "B": 3, "C": None}, weights)
    assert result.weights_used == pytest.approx({"A": 0.625, "B": 0.375})
    assert result.reasons[-1] == "weight_spread"


def test_a_judgement_exercise_never_rises_above_its_cap():
    result = score({"E1": 3, "E3": 5})
    assert result.weights_used == pytest.approx({"E1": 0.7, "E3": 0.3})
    lower = score({"E5": 3, "E1": 3, "E3": 5}, caps={"E3": 0.1})
    assert lower.weights_used == pytest.approx({"E5": 0.45, "E1": 0.45, "E3": 0.1})


def test_a_cap_can_push_another_exercise_over_its_own():
    result = dimension_score(
        {"A": 3, "B": 3, "C": 3}, {"A": 0.6, "B": 0.3, "C": 0.1}, caps={"A": 0.4, "B": 0.4}
    )
    assert result.weights_used == pytest.approx({"A": 0.4, "B": 0.4, "C": 0.2})


def test_u1_too_little_was_seen():
    for scores in ({"E5": 4}, {"E3": 4}, {}, {"E5": None, "E1": math.nan, "E3": 4}):
        result = score(scores)
        assert result.is_withheld
        assert result.reasons[0] == "U1"
        assert (result.estimate, result.interval, result.standard_error, result.band) == (None,) * 4


def test_u1_less_than_three_fifths_of_the_weight_is_too_little():
    assert score({"E5": 4, "E3": 4}).reasons == ("weight_spread",)
    weights = {"A": 0.45, "B": 0.35, "C": 0.20}
    assert "U1" in dimension_score({"B": 4, "C": 4}, weights).reasons


def test_u1_caps_that_cannot_be_kept_leave_no_number():
    result = dimension_score({"A": 3, "B": 3}, {"A": 1, "B": 1}, caps={"A": 0.3, "B": 0.3})
    assert (result.reasons, result.weights_used) == (("U1",), {})


def test_u2_depends_on_the_situation_and_names_where():
    result = score({"E5": 4.5, "E1": 2.5, "E3": 3})
    assert (result.reasons, result.is_withheld, result.estimate) == (("U2",), True, None)
    assert (result.stronger, result.weaker) == (("E5",), ("E1",))


def test_u2_leaves_the_judgement_exercise_out():
    assert "U2" not in score({"E5": 3, "E1": 3, "E3": 5}).reasons
    assert "U2" in score({"E5": 3, "E1": 3, "E3": 5}, judgement=[]).reasons


def test_u3_near_a_border_is_between_two_bands():
    result = score({"E5": 3.5, "E1": 3.6, "E3": 3.55})
    assert result.reasons == ("U3",)
    assert result.between == ("effective", "strength")
    assert result.band == "effective"
    assert score({"E5": 3, "E1": 3, "E3": 3}).between is None


def test_u4_a_disputed_exercise_withholds_its_dimension_only():
    result = score({"E5": 3, "E1": 3, "E3": 3}, disputed=["E1"])
    assert (result.reasons, result.is_withheld) == (("U4",), True)


def test_u5_a_provisional_key_is_said_but_nothing_is_withheld():
    result = score({"E5": 3, "E1": 3, "E3": 3}, provisional=["E3"])
    assert (result.reasons, result.is_withheld) == (("U5",), False)
    assert "U5" not in score({"E5": 3, "E1": 3}, provisional=["E3"]).reasons


def test_u6_an_excluded_exercise_is_missing_and_u1_is_checked_again():
    result = score({"E5": 3, "E1": 3, "E3": 3}, excluded=["E1"])
    assert (result.reasons, result.n) == (("U6", "weight_spread"), 2)
    assert score({"E5": 3, "E1": 3, "E3": 3}, excluded=["E1", "E5"]).reasons[:2] == ("U1", "U6")


def test_u7_and_u8_change_no_number():
    plain = score({"E5": 3, "E1": 3, "E3": 3})
    told = score({"E5": 3, "E1": 3, "E3": 3}, is_second_language=True, is_adjusted=True)
    assert told.reasons == ("U7", "U8")
    assert told.estimate == plain.estimate


def test_one_rating_is_a_flag():
    assert score({"E5": 3, "E1": 3, "E3": 3}, single=["E1"]).reasons == ("one_rating",)


def test_the_standard_error_is_never_below_its_floor_and_the_range_stays_on_the_scale():
    assert score({"E5": 3, "E1": 3, "E3": 3}, standard_error=0.1).standard_error == 0.30
    assert score({"E5": 3, "E1": 3, "E3": 3}, standard_error=0.5).standard_error == 0.5
    assert score({"E5": 5, "E1": 5, "E3": 5}).interval == (4.55, 5)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scores": {"E9": 3}}, UnknownName),
        ({"scores": {"E1": 6}}, OffScale),
        ({"scores": {"E1": math.inf}}, NotANumber),
        ({"weights": {}}, OutOfRange),
        ({"weights": {"E1": 0}}, OutOfRange),
        ({"weights": {"E1": math.nan}}, NotANumber),
        ({"caps": {"E1": 0}}, OutOfRange),
        ({"caps": {"E9": 0.3}}, UnknownName),
        ({"disputed": ["E9"]}, UnknownName),
        ({"standard_error": -1}, OutOfRange),
        ({"standard_error": math.nan}, OutOfRange),
    ],
)
def test_impossible_input_is_refused(change, error):
    arguments = {"scores": {"E1": 3}, "weights": WEIGHTS, "judgement": [], **change}
    with pytest.raises(error):
        score(**arguments)


@given(st.lists(st.floats(1, 5), min_size=3, max_size=3), st.lists(st.floats(0.1, 1), min_size=3, max_size=3))
def test_a_score_lies_between_its_exercises(values, weights):
    names = ("A", "B", "C")
    result = dimension_score(dict(zip(names, values, strict=True)), dict(zip(names, weights, strict=True)))
    assert sum(result.weights_used.values()) == pytest.approx(1)
    if not result.is_withheld:
        assert min(values) - 1e-9 <= result.estimate <= max(values) + 1e-9


@given(st.permutations(list(WEIGHTS)))
def test_the_order_of_the_exercises_changes_nothing(order):
    scores = {"E5": 3.1, "E1": 2.9, "E3": 4.4}
    result = score({name: scores[name] for name in order}, {name: WEIGHTS[name] for name in order})
    assert result.estimate == pytest.approx(score(scores).estimate, abs=1e-12)


def test_effective_weights_meet_the_reference():
    case = expected("E02_composites")
    found = effective_weights(case["inputs"]["weights"], case["inputs"]["cor"])
    assert found == pytest.approx(case["expected"]["effective_weights"], abs=1e-10)


def test_effective_weights_of_nothing_are_undefined():
    assert effective_weights([1, 1], [[1, -1], [-1, 1]]) is None
    with pytest.raises(WrongShape):
        effective_weights([1, 1], [[1, 2], [3, 1]])


def test_the_rules_have_their_codes():
    assert (integration.U1, integration.U8) == ("U1", "U8")
    assert {"U1", "U2", "U4"} == integration.WITHHOLDING
