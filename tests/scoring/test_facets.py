"""The many-facet Rasch model against independent implementations, and its edges."""

import math
import warnings

import numpy as np
import pytest

from scoring import _rasch, facets, simulate
from scoring.errors import NotConnected, NotEstimable, OutOfRange, UnknownName
from scoring.facets import connected_subsets, fit, plan_links, plan_precision, severity_error
from scoring.table import RatingTable

from .reference import FOLDER, expected, table

NAMES = {"dimension": "dimension", "exercise": "exercise", "rater": "assessor"}
SETS = ("M01_sim_rsm_200", "M02_small_crossed", "M03a_extremes", "M03c_unused_category")


def ratings(name):
    header = (FOLDER / name / "data.csv").read_text().splitlines()[0].split(",")
    columns = dict(zip(header, np.array(table(name)).astype(int).T, strict=True))
    return RatingTable(
        columns["candidate"], columns.get("exercise"), columns["dimension"], columns["rater"], columns["score"],
        range(1, 6),
    )  # fmt: skip


def right(name, method):
    found = expected(name)
    return (found.get("expected") or found["expected_collapsed"])[method]


def numbers(values):
    return np.array([math.nan if value is None else value for value in values], dtype=float)


def near(values, abs):
    return pytest.approx(numbers(values), abs=abs, nan_ok=True)


@pytest.mark.parametrize("name", SETS)
def test_joint_estimation_meets_the_reference(name):
    answer, found = right(name, "jml"), fit(ratings(name), "jml", objects="participants")
    assert found.log_likelihood == pytest.approx(answer["loglik"], abs=1e-6)
    assert found.thresholds[~np.isnan(found.thresholds)] == near(answer["tau"][0], 1e-6)
    people = found.participants
    assert people.measures == near(answer["theta"], 1e-6)
    assert people.fair_average == near(answer["fair_average"]["person"], 1e-6)
    blocks = [(name_, found.facets[NAMES[name_]], answer["fit"][name_]) for name_ in answer["facets"]]
    for name_, elements, _ in blocks:
        assert elements.measures == near(answer["facets"][name_], 1e-6)
        assert elements.fair_average == near(answer["fair_average"][name_], 1e-6)
        assert elements.standard_errors == near(answer["fit"][name_]["se_joint"], 1e-6)
        _same_separation(elements.separation, answer["separation"][name_])
    _same_separation(people.separation, answer["separation"]["person_with_extremes"])
    _same_separation(people.separation_without_extremes, answer["separation"]["person_without_extremes"])
    for _, elements, fit_ in [*blocks, ("person", people, answer["fit"]["person"])]:
        assert elements.infit == near(fit_["infit"], 1e-6)
        assert elements.outfit == near(fit_["outfit"], 1e-6)
        assert elements.infit_z == near(fit_["infit_z"], 1e-6)
        assert elements.outfit_z == near(fit_["outfit_z"], 1e-6)
        assert elements.model_errors == near(fit_["se_model"], 1e-6)


def _same_separation(ours, theirs):
    for part, answer in ((ours.population, theirs["pop"]), (ours.sample, theirs["sample"])):
        for name in ("sd", "rmse", "true_sd", "separation", "strata", "reliability"):
            assert getattr(part, name) == pytest.approx(answer[name], abs=1e-6), name
    assert (ours.chi_square, ours.df) == (pytest.approx(theirs["fixed_chisq"], abs=1e-4), theirs["df"])


@pytest.mark.parametrize("name", SETS)
def test_joint_estimates_solve_the_score_equations(name):
    found = fit(ratings(name), "jml", objects="participants")
    informs = ~found.measured.is_extreme[found.work.objects]
    residual = np.where(informs, found.work.residual, 0.0)
    for facet in found.facets:
        codes = found.table.facet(facet).codes
        assert np.abs(np.bincount(codes, weights=residual)).max() < 1e-6
    assert np.abs(np.bincount(found.work.objects, weights=residual)).max() < 1e-6


@pytest.mark.parametrize("name", SETS)
def test_marginal_estimation_meets_the_reference(name):
    answer, found = right(name, "mml"), fit(ratings(name), objects="participants")
    assert found.deviance == pytest.approx(answer["deviance"], abs=0.05)
    assert (found.mu, found.sigma) == pytest.approx((answer["mu"], answer["sigma"]), abs=1e-4)
    assert found.thresholds[~np.isnan(found.thresholds)] == near(answer["tau"][0], 1e-4)
    for name_ in answer["facets"]:
        elements = found.facets[NAMES[name_]]
        assert elements.measures == near(answer["facets"][name_], 1e-4)
        assert elements.standard_errors == pytest.approx(numbers(answer["se"][name_]), rel=1e-3)
    assert found.mu_error == pytest.approx(answer["se"]["mu"], rel=1e-3)
    assert found.sigma_error == pytest.approx(answer["se"]["sigma"], rel=1e-3)
    assert found.posterior_mean == near(answer["eap"], 1e-3)
    assert found.posterior_deviation == near(answer["psd"], 1e-3)
    assert found.participants.measures == near(answer["wle"], 1e-4)
    assert found.participants.standard_errors == near(answer["wle_se"], 1e-4)
    assert found.participants.reliability == pytest.approx(answer["wle_reliability"], abs=1e-5)


def test_extremes_stay_in_the_report_with_a_flag():
    found = fit(ratings("M03a_extremes"), "jml", objects="participants")
    assert found.reasons == ("extreme_objects",)
    extreme = found.participants.is_extreme
    assert [found.participants.labels[at] for at in np.flatnonzero(extreme)] == [5, 9]
    assert np.isfinite(found.participants.measures).all()
    assert (found.participants.standard_errors[extreme] > 1).all()


def test_an_unused_category_is_said_and_has_no_threshold():
    found = fit(ratings("M03c_unused_category"))
    assert "unused_category" in found.reasons
    assert np.isnan(found.thresholds[0]).tolist() == [True, False, False, False]
    assert found.observed[0].tolist() == [False, True, True, True, True]


def test_disconnected_assessors_are_found_and_not_compared():
    data = ratings("M03b_disconnected")
    right_ = expected("M03b_disconnected")["subsets"]["raters"]
    assert [list(one.assessors) for one in connected_subsets(data)] == right_
    for method in ("mml", "jml"):
        found = fit(data, method)
        assert "disconnected" in found.reasons
        assert np.isfinite(found.facets["assessor"].measures).all()
        inside = found.compare("assessor", 1, 5)
        assert inside.interval[0] < inside.estimate < inside.interval[1]
        with pytest.raises(NotConnected):
            found.compare("assessor", 1, 6)


def test_comparisons_name_what_does_not_exist():
    found = fit(ratings("M02_small_crossed"))
    with pytest.raises(UnknownName):
        found.compare("assessor", 1, 99)
    with pytest.raises(UnknownName):
        found.compare("window", 1, 2)


def test_a_plan_connects_groups_of_assessors():
    plan = plan_links(ratings("M03b_disconnected"), wanted_error=0.3)
    assert (plan.links, len(plan.subsets)) == (1, 2)
    assert plan.double_ratings == math.ceil(2 / (0.55 * 6 * 0.09))
    assert plan.pairs[0][0] in plan.subsets[0].assessors
    assert plan.pairs[0][1] in plan.subsets[1].assessors
    assert "2 groups" in plan.sentence
    together = plan_links(ratings("M02_small_crossed"))
    assert (together.links, together.double_ratings, together.pairs) == (0, 0, ())
    assert "can be compared" in together.sentence


def test_a_plan_for_precision_is_kept():
    plan = plan_precision(0.11, 6)
    assert severity_error(plan.ratings) <= 0.11
    assert severity_error(plan.ratings - 1) > 0.11
    assert plan.performances == math.ceil(plan.ratings / 6)
    with pytest.raises(OutOfRange):
        plan_precision(0, 6)
    with pytest.raises(OutOfRange):
        plan_precision(0.1, 0)
    with pytest.raises(OutOfRange):
        severity_error(0)


def small(**change):
    columns = {
        "participant": list("aabbccdd"),
        "exercise": None,
        "dimension": None,
        "assessor": list("xyxyxyxy"),
        "score": [1, 2, 3, 3, 5, 4, 2, 4],
        "scale": range(1, 6),
    }
    return RatingTable(**{**columns, **change})


@pytest.mark.parametrize("method", ["mml", "jml"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"score": [None] * 8}, "no_ratings"),
        ({"score": [3] * 8}, "one_category"),
        ({"participant": ["a"] * 8}, "one_object"),
        ({"score": [1, 1, 1, 1, 5, 5, 5, 5]}, "one_category"),
    ],
)
def test_ratings_that_hold_nothing_to_estimate_are_refused_with_a_reason(change, reason, method):
    if method == "mml" and change.get("score") == [1, 1, 1, 1, 5, 5, 5, 5]:
        assert fit(small(**change), method).reasons
        return
    with pytest.raises(NotEstimable) as error:
        fit(small(**change), method)
    assert error.value.reason == reason


@pytest.mark.parametrize("method", ["mml", "jml"])
@pytest.mark.parametrize("objects", ["performances", "participants"])
@pytest.mark.parametrize("model", ["rating_scale", "partial_credit"])
def test_small_tables_are_fitted_without_warnings(method, objects, model):
    found = fit(small(), method, model, objects)
    people = found.participants
    known = np.isfinite(people.measures)
    assert (people.robust_errors[known] >= people.standard_errors[known]).all()
    if method == "mml":
        assert known.all()
        return
    # These ratings separate perfectly, so that joint estimates run away: no number is given.
    assert {"no_finite_measure", "not_converged"} <= set(found.reasons)
    assert (
        found.compare("assessor", "x", "y").estimate is None
        or np.isfinite(found.facets["assessor"].measures).all()
    )


def test_one_assessor_is_no_facet():
    found = fit(small(assessor=["x"] * 8, dimension=list("LMLMLMLM")))
    assert set(found.facets) == {"dimension"}


def test_an_assessor_with_only_top_marks_is_measured_and_flagged():
    data = simulate.centre(30, assessors=4, seed=3)
    names = np.array(data.table.facet("assessor").levels)[data.table.facet("assessor").codes]
    score = np.where(names == "a002", 5, data.table.score)
    who = [
        np.array(data.table.facet(one).levels)[data.table.facet(one).codes]
        for one in ("participant", "exercise", "dimension")
    ]
    changed = RatingTable(*who, names, score, range(1, 6))
    for method in ("mml", "jml"):
        found = fit(changed, method, objects="participants")
        assert "extreme_elements" in found.reasons
        elements = found.facets["assessor"]
        assert elements.is_extreme.tolist() == [False, True, False, False]
        assert elements.measures[1] < -3
        assert np.isnan(elements.infit[1])
        assert found.compare("assessor", "a001", "a002").reasons == ("extreme_elements",)


def test_a_table_without_facets_has_measures_and_thresholds():
    found = fit(small(assessor=["x"] * 8))
    assert found.facets == {}
    assert np.isfinite(found.thresholds).all()
    two = small(assessor=["x"] * 8, score=[0, 1, 1, 1, 0, 0, 0, 1], scale=[0, 1])
    assert fit(two).participants.measures.size == 4
    with pytest.raises(NotEstimable) as error:
        fit(two, "jml")
    assert error.value.reason == "no_facets"


def test_unknown_methods_are_refused():
    for change in ({"method": "em"}, {"model": "nominal"}, {"objects": "dimensions"}, {"facets": ["window"]}):
        with pytest.raises(UnknownName):
            fit(small(), **change)
    with pytest.raises(OutOfRange):
        fit(small(scale=None))
    with pytest.raises(UnknownName):
        fit(small()).participants.at("z")


def test_exercise_and_dimension_that_coincide_are_not_identified():
    data = simulate.centre(40, exercises=2, dimensions=2, assessors=4, seed=5).table
    same = data.take(data.facet("exercise").codes == data.facet("dimension").codes)
    assert "not_identified" in fit(same).reasons


def test_partial_credit_finds_thresholds_of_each_dimension():
    data = simulate.centre(400, dimensions=3, assessors=8, seed=2)
    found = fit(data.table, model="partial_credit")
    assert found.thresholds.shape == (3, 4)
    assert np.abs(found.thresholds - data.truth.thresholds).max() < 0.35
    rating_scale = fit(data.table)
    assert found.deviance < rating_scale.deviance


def shuffled(data, seed=0):
    random = np.random.default_rng(seed)
    order = random.permutation(data.n)
    columns = [
        np.array(data.facet(one).levels)[data.facet(one).codes][order]
        for one in ("participant", "exercise", "dimension", "assessor")
    ]
    return RatingTable(*columns, data.score[order], range(1, 6))


@pytest.mark.parametrize("method", ["mml", "jml"])
def test_the_order_of_rows_changes_nothing(method):
    data = simulate.centre(40, assessors=5, seed=11).table
    here, there = fit(data, method), fit(shuffled(data), method)
    assert here.facets["assessor"].measures == pytest.approx(there.facets["assessor"].measures, abs=1e-9)
    assert here.participants.measures == pytest.approx(there.participants.measures, abs=1e-9)
    again = fit(data, method)
    assert here.facets["assessor"].measures.tobytes() == again.facets["assessor"].measures.tobytes()


def test_turning_the_scale_round_mirrors_the_measures():
    data = simulate.centre(60, assessors=5, seed=12).table
    columns = [
        np.array(data.facet(one).levels)[data.facet(one).codes]
        for one in ("participant", "exercise", "dimension", "assessor")
    ]
    here, there = fit(data), fit(RatingTable(*columns, 6 - data.score, range(1, 6)))
    assert here.facets["assessor"].measures == pytest.approx(-there.facets["assessor"].measures, abs=1e-5)
    assert here.thresholds[0] == pytest.approx(-there.thresholds[0][::-1], abs=1e-5)


def test_twice_the_data_halve_the_squared_errors():
    data = simulate.centre(60, assessors=5, seed=13).table
    both = data.take(np.concatenate([np.arange(data.n)] * 2))
    here, there = fit(data, "jml", objects="participants"), fit(both, "jml", objects="participants")
    assert here.facets["assessor"].measures == pytest.approx(there.facets["assessor"].measures, abs=1e-6)
    ratio = (there.facets["assessor"].standard_errors / here.facets["assessor"].standard_errors) ** 2
    assert ratio == pytest.approx(np.full(5, 0.5), abs=1e-6)


def test_a_harsher_assessor_moves_only_that_severity():
    plain = simulate.centre(400, assessors=8, severity_spread=0.0, seed=14).table
    harsh = simulate.centre(400, assessors=8, severity_spread=0.0, planted={2: "harsh"}, seed=14).table
    moved = fit(harsh).facets["assessor"].measures - fit(plain).facets["assessor"].measures
    others = np.delete(moved, 2)
    assert moved[2] - others.mean() == pytest.approx(1.0, abs=0.15)
    assert np.abs(others - others.mean()).max() < 0.1


def test_robust_errors_grow_with_the_luck_of_exercises():
    lucky = fit(simulate.centre(150, exercise_spread=0.7, dimension_spread=0.3, seed=15).table).participants
    plain = fit(simulate.centre(150, seed=15).table).participants
    assert lucky.deff > 2 > plain.deff
    assert lucky.robust_reliability < lucky.reliability
    assert (lucky.fair_interval[:, 0] <= lucky.fair_average).all()


def test_severities_are_recovered_from_performances():
    made = simulate.centre(200, exercise_spread=0.7, dimension_spread=0.3, seed=16)
    found = fit(made.table).facets["assessor"].measures
    slope = np.polyfit(made.truth.assessors, found, 1)[0]
    assert 0.85 < slope < 1.1
    assert np.sqrt(np.mean((found - made.truth.assessors) ** 2)) < 0.12


def test_the_model_equals_an_independent_library():
    """`mirt` estimates the same model with a fixed grid and another optimiser."""
    made = simulate.centre(120, exercises=2, dimensions=4, assessors=6, seed=21).table
    participant, exercise, dimension, assessor = (
        made.facet(one).codes for one in ("participant", "exercise", "dimension", "assessor")
    )
    order = np.argsort(participant, kind="stable")
    rows = [one[order].reshape(120, -1) for one in (exercise, dimension, assessor, made.categories())]
    mirt = pytest.importorskip("mirt.models.mfrm")
    from mirt.estimation.mfrm_mml import fit_mfrm

    layout = [mirt.Facet("exercise", 2), mirt.Facet("assessor", 6)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = fit_mfrm(
            mirt.PolytomousMFRM(4, 5, layout),
            rows[3],
            {"exercise": rows[0], "assessor": rows[2]},
            item_indices=rows[1],
        )
    ours = fit(made, objects="participants")
    for name in ("exercise", "assessor"):
        values = theirs.facet_parameters[name]
        assert ours.facets[name].measures == pytest.approx(values - values.mean(), abs=2e-3)
        assert ours.facets[name].standard_errors == pytest.approx(theirs.facet_se[name], rel=0.02)
    items = theirs.item_difficulty - theirs.item_difficulty.mean()
    assert ours.facets["dimension"].measures == pytest.approx(items, abs=2e-3)
    assert ours.sigma == pytest.approx(theirs.sigma, abs=2e-3)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood, abs=0.025)


def test_the_public_names_are_those_of_the_page():
    assert set(facets.__all__) >= {"fit", "bias", "drift", "spread", "halo", "connected_subsets"}


def test_joint_estimation_of_performances_says_that_it_leaves_the_exercise_out():
    data = simulate.centre(60, assessors=5, seed=22).table
    found = fit(data, "jml")
    assert found.reasons == ("exercise_left_out",)
    assert set(found.facets) == {"dimension", "assessor"}
    asked = fit(data, "jml", facets=["assessor", "dimension"])
    assert asked.reasons == ()
    assert "exercise" in fit(data, "jml", objects="participants").facets
    assert "exercise_left_out" not in fit(data).reasons


@pytest.mark.parametrize("objects", ["performances", "participants"])
def test_rough_first_steps_lead_to_the_same_maximum(objects, monkeypatch):
    data = simulate.centre(80, assessors=6, exercise_spread=0.5, seed=23).table
    quick = fit(data, objects=objects)
    monkeypatch.setattr(_rasch, "ROUGH", _rasch.NODES)
    whole = fit(data, objects=objects)
    assert quick.is_converged
    assert quick.deviance == pytest.approx(whole.deviance, abs=1e-6)
    assert quick.facets["assessor"].measures == pytest.approx(whole.facets["assessor"].measures, abs=1e-6)
    assert quick.sigma == pytest.approx(whole.sigma, abs=1e-6)
