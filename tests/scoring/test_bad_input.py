"""Every public function of `scoring` against everything that can be wrong with what it is given.

Each function has a call that works; then one argument after the other is replaced by hostile values. What comes
back must be an error of `scoring.errors` or a result whose numbers mean something: finite, ordered, probabilities
between 0 and 1, and a reason where there is none. A warning or an arithmetic exception of numpy fails the test.
A function without a call here fails too. Arguments that are objects of `scoring` (a fit, a study) are varied by
what they were made from.
"""

import dataclasses
import inspect
import math
import warnings
from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from scoring import decisions, facets, generalizability, keys, norms, simulate
from scoring.errors import NotEstimable, ScoringError
from scoring.results import Estimate
from scoring.table import Facet, RatingTable

from .public import functions, methods, promised_errors

NAN, INF = math.nan, math.inf
ROWS = [[1, 2, 2], [2, 3, 3], [4, 4, 5], [5, 4, 5], [3, 3, 1]]
LINE = [1, 2, 4, 5, 3]
MATRIX = [[1, 0.4], [0.4, 1]]
LABELS = ("participant", "exercise", "dimension", "assessor")


def table(score=None, window=None, group=None, scale=range(1, 6), **columns):
    """Four participants by two exercises, two dimensions and two of three assessors; columns can be replaced."""
    p, e, d, k = (axis.ravel() for axis in np.indices((4, 2, 2, 2)))
    a = (p + e + k) % 3
    made = {"participant": p, "exercise": e, "dimension": d, "assessor": a, **columns}
    if score is None:
        score = 1 + (p + a + d * e + 2 * k * p) % 5
    return RatingTable(**made, score=score, scale=scale, window=window, group=group)


def hostile_tables():
    """Name -> how to make a table with something wrong with it."""
    n = 32
    p, e, d, k = (axis.ravel() for axis in np.indices((4, 2, 2, 2)))
    good = table().score
    few = {name: np.zeros(n, dtype=int) for name in LABELS}
    return {
        "no ratings": lambda: RatingTable([], [], [], [], [], range(1, 6)),
        "all missing": lambda: table([NAN] * n),
        "one rating": lambda: table([3, *[NAN] * (n - 1)]),
        "all equal": lambda: table([3] * n),
        "only top marks": lambda: table([5] * n),
        "one participant": lambda: table(participant=few["participant"]),
        "one exercise": lambda: table(exercise=few["exercise"]),
        "one dimension": lambda: table(dimension=few["dimension"]),
        "one assessor": lambda: table(assessor=few["assessor"]),
        "an assessor each": lambda: table(assessor=np.arange(n)),
        "a participant each": lambda: table(participant=np.arange(n)),
        "no exercise and no dimension": lambda: table(exercise=None, dimension=None),
        "no categories": lambda: table(scale=None),
        "a dimension that nobody rated": lambda: table(np.where(d == 1, NAN, good)),
        "an exercise that nobody rated": lambda: table(np.where(e == 1, NAN, good)),
        "extreme participants": lambda: table(np.where(p == 0, 5, np.where(p == 1, 1, good))),
        "an extreme assessor": lambda: table(np.where((p + e + k) % 3 == 0, 5, good)),
        "perfect separation": lambda: table(p + 1),
        "two categories": lambda: table(np.where(good > 2, 5, 1)),
        "disconnected": lambda: table(assessor=2 * (p > 1) + k),
        "the same rating twice": lambda: table(assessor=few["assessor"], exercise=few["exercise"]),
        "unlabelled windows": lambda: table(window=[None] * n, group=[None] * n),
        "half the windows": lambda: table(window=[None, 1, 2, NAN] * 8, group=["A", None] * 16),
        "one window": lambda: table(window=[1] * n, group=["A"] * n),
        "huge scores": lambda: table(np.where(good > 3, 1e200, -1e200), scale=None),
        "tiny scores": lambda: table(good * 1e-200, scale=None),
    }


@cache
def fitted():
    return facets.fit(table(window=list(range(2)) * 16, group=["A", "B"] * 16))


@cache
def hostile_fits():
    made = []
    for name, make in hostile_tables().items():
        try:
            made.append((name, facets.fit(make(), ("mml", "jml")[len(made) % 2])))
        except ScoringError:
            continue
    return made


COMPONENTS = {"p": 0.3, "pe": 0.2, "r": 0.1, "per": 0.4}
NEGATIVE = {"p": -0.3, "pe": 0.2, "r": -0.1, "per": 0.4}
NORMS = norms.norms(list(range(1, 6)) * 30)
CALLS = {
    "agreement.cohen_kappa": {"a": LINE, "b": [1, 2, 5, 5, 2], "scale": range(1, 6), "weights": "linear", "level": 0.9},
    "agreement.fleiss_kappa": {"counts": [[3, 0], [1, 2], [0, 3]], "level": 0.9},
    **{
        f"agreement.{name}": {"ratings": ROWS, "scale": range(1, 6), "weights": "ordinal", "level": 0.9}
        for name in ("gwet_ac", "scott_pi", "brennan_prediger", "conger_kappa")
    },
    "agreement.weighted_alpha": {"ratings": ROWS, "scale": range(1, 6), "weights": "ordinal", "level": 0.9,
                                 "clusters": range(len(ROWS))},
    "agreement.krippendorff_alpha": {"ratings": ROWS, "metric": "ratio", "level": 0.9, "resamples": 20},
    "agreement.clustered_mean": {"values": LINE, "clusters": [1, 1, 2, 2, 3], "level": 0.9},
    "agreement.kendall_w": {"ranks": ROWS},
    "agreement.rwg": {"ratings": LINE, "scale": range(1, 6)},
    "agreement.average_deviation": {"ratings": LINE},
    "calibration.against_reference": {"ratings": LINE, "reference": [1, 2, 5, 5, 2], "scale": range(1, 6), "level": 0.9},
    "calibration.proportion": {"count": 3, "n": 5, "level": 0.9},
    "calibration.slope_within": {"ratings": LINE, "reference": [1, 2, 5, 5, 2], "groups": [1, 1, 2, 2, 2], "level": 0.9},
    "calibration.control_chart": {"differences": LINE, "sd": 0.7, "target": 0.0, "weight": 0.2, "width": 3.0},
    "calibration.cronbach_accuracy": {"ratings": ROWS, "reference": ROWS[::-1]},
    "decisions.classification": {"reliability": 0.8, "cuts": [-1.0, 0.5]},
    "decisions.bivariate_normal": {"h": 0.5, "k": -0.5, "r": 0.3},
    "decisions.rudner": {"estimates": LINE, "errors": [0.5] * 5, "cuts": [2.5, 3.5]},
    "facets.fit": {"table": table(), "method": "mml", "model": "rating_scale", "objects": "performances",
                   "facets": ("assessor", "dimension"), "level": 0.9},
    "facets.bias": {"fit": fitted, "facets": ("assessor", "dimension")},
    "facets.drift": {"fit": fitted},
    "facets.spread": {"fit": fitted},
    "facets.halo": {"fit": fitted},
    "facets.erratic": {"fit": fitted},
    "facets.screen": {"fit": fitted, "alpha": 0.01, "severe_points": 0.25},
    "facets.severities": {"fit": fitted, "level": 0.9},
    "facets.fair_shifts": {"fit": fitted},
    "facets.connected_subsets": {"table": table()},
    "facets.plan_links": {"table": table(), "wanted_error": 0.2, "deff": 1.0, "information": 0.5},
    "facets.plan_precision": {"wanted_error": 0.2, "dimensions": 3, "deff": 1.0, "information": 0.5},
    "facets.severity_error": {"ratings": 100, "deff": 1.0, "information": 0.5},
    "fairness.impact_ratio": {"selected_focal": 5, "n_focal": 20, "selected_reference": 10, "n_reference": 25, "level": 0.9},
    "fairness.mean_difference": {"focal": [1, 2, 3, 4, 5], "reference": [2, 3, 4, 5, 6, 7], "level": 0.9},
    "generalizability.g_study": {"data": ROWS, "design": "p x r", "level": 0.9},
    "generalizability.g_study_sparse": {"table": table(), "effects": ("p", "r", "pe"), "level": 0.9},
    "generalizability.d_study": {"components": COMPONENTS, "sizes": {"e": 3, "r": 2}, "fixed": ("e",), "differ": ("r",),
                                 "nested": {"r": "e"}, "profile": "e"},
    "generalizability.plan": {"components": COMPONENTS, "sizes": {"e": 3, "r": 2}, "wanted": 0.8, "exercises": [2, 3],
                              "assessors": [1, 2], "fixed": (), "differ": ("r",), "nested": {"r": "e"}},
    "integration.combine": {"ratings": {"E1": [3, 4], "E4": [2, 5]}, "adjudicated": {"E4": 4}, "threshold": 2.0,
                            "limits": (1.0, 5.0)},
    "integration.dimension_score": {
        "exercise_scores": {"E1": 3.0, "E3": 4.0, "E5": 3.5}, "weights": {"E5": 0.4, "E1": 0.4, "E3": 0.2},
        "judgement": ("E3",), "caps": {"E1": 0.5}, "disputed": (), "single": (), "excluded": (), "provisional": (),
        "standard_error": 0.4, "limits": (1.0, 5.0), "borders": (1.75, 2.75, 3.75),
    },
    "integration.effective_weights": {"weights": [0.6, 0.4], "covariance": MATRIX},
    "keys.pairwise_order": {"ratings": [[1, 2, 4], [2, 5, 3]], "key": [[1, 3, 5], [2, 4, 3]], "gap": 1.0, "unscored_as": 0.5},
    "keys.consensus_distance": {"ratings": LINE, "key": [1.5, 2.5, 4, 5, 3], "power": 2},
    "keys.profile_correlation": {"ratings": LINE, "key": [1.5, 2.5, 4, 5, 3]},
    "keys.same_side": {"ratings": LINE, "key": [1.5, 2.5, 4, 5, 3], "scale": range(1, 6)},
    "keys.mode_score": {"ratings": [1, 2, 5], "experts": [[1, 2, 4], [1, 3, 5], [2, 2, 5]]},
    "keys.proportion_score": {"ratings": [1, 2, 5], "experts": [[1, 2, 4], [1, 3, 5], [2, 2, 5]]},
    "keys.expert_key": {"experts": ROWS, "scale": range(1, 6)},
    "keys.most_least": {"most": [1, 0], "least": [0, 2], "key": [[1.0, 5.0, 3.0], [2.0, 3.0, 4.5]]},
    "keys.ranking": {"ranks": [2, 1, 3, 4], "key": [1, 2, 3, 4]},
    "keys.total": {"points": [keys.RulePoint("K1", "S1", 2, 1)], "maximum": 4.0},
    "keys.scale_from_proportion": {"p": 0.5},
    "keys.band_of": {"score": 3.0, "borders": (1.75, 2.75, 3.75)},
    "norms.norms": {"scores": list(range(1, 6)) * 30},
    "norms.sten": {"z": 0.5},
    "norms.stanine": {"z": 0.5},
    "reliability.icc": {"ratings": ROWS, "form": "2,k", "level": 0.9},
    "reliability.mean_squares": {"ratings": ROWS},
    "reliability.icc_sparse": {"table": table(), "target": "performances", "level": 0.9},
    "reliability.standard_error_of_measurement": {"sd": 10.0, "reliability": 0.8},
    "reliability.observed_band": {"score": 50.0, "sd": 10.0, "reliability": 0.8, "level": 0.9},
    "reliability.true_score_band": {"score": 50.0, "mean": 45.0, "sd": 10.0, "reliability": 0.8, "level": 0.9},
    "reliability.prediction_error": {"sd": 10.0, "reliability": 0.8},
    "reliability.reliable_change": {"before": 50.0, "after": 60.0, "sd": 10.0, "reliability": 0.8, "level": 0.9},
    "reliability.difference": {"a": 50.0, "b": 60.0, "sd": 10.0, "reliability_a": 0.8, "reliability_b": 0.7, "level": 0.9},
    "reliability.spearman_brown": {"reliability": 0.6, "k": 2.0},
    "reliability.assessors_needed": {"single": 0.6, "wanted": 0.8},
    "reliability.composite_reliability": {"weights": [0.6, 0.4], "covariance": MATRIX, "reliabilities": [0.7, 0.8]},
    "simulate.centre": {"participants": 6, "exercises": 2, "dimensions": 2, "assessors": 3, "per_performance": 2,
                        "mean": 0.3, "spread": 1.0, "exercise_spread": 0.5, "dimension_spread": 0.2,
                        "severity_spread": 0.4, "planted": {0: "halo"}, "size": 1.0, "windows": 2, "seed": 3},
    "table.performances": {"table": table()},
    "table.cross": {"first": table().facet("participant"), "second": table().facet("exercise")},
}  # fmt: skip
METHODS = {
    "Norms.of": {"self": NORMS, "score": 3.0, "level": 0.9},
    "DStudy.phi_of_cut": {"self": generalizability.d_study(COMPONENTS, {"e": 3, "r": 2}), "mean": 3.0, "cut": 2.5},
    "Fit.compare": {"self": fitted, "facet": "assessor", "first": 0, "second": 1, "level": 0.9},
    "BiasTable.of": {"self": lambda: facets.bias(fitted()), "element": 0},
    "Elements.at": {"self": lambda: fitted().facets["assessor"], "label": 0},
    "Facet.of": {"self": table().facet("assessor"), "label": 0},
    "RatingTable.has": {"self": table(), "name": "assessor"},
    "RatingTable.facet": {"self": table(), "name": "assessor"},
    "RatingTable.categories": {"self": table()},
    "RatingTable.where": {"self": table(), "dimension": 0},
    "RatingTable.take": {"self": table(), "rows": [0, 1, 5]},
}  # fmt: skip
CALLS |= METHODS
LEFT_OUT = {"krippendorff_alpha.generator"}
"""Arguments that are objects of numpy."""

NOT_NUMBERS = (NAN, INF, -INF, None, "x", [1.0, 2.0], {})
SCALARS = (*NOT_NUMBERS, -1, 0, 1, 2, 0.5, 1e308, -1e308, 1e-320, 10**400)
LINES = (
    [], [NAN], [None], [3], [3, 3, 3, 3, 3], [NAN] * 5, [1, NAN, 4, 5, 3], [INF, 2, 4, 5, 3], [-INF, 2, 4, 5, 3],
    [1, 2, 4, 5, 6], [1, 2, 4, 5, 2.5], ["x", "y"], "x", None, 3, [[1, 2], [3, 4]], [[1], [1, 2]], [-1, -2, -4, -5, -3],
    [1e308, -1e308, 1e308, 1, 2], [1e-320, 2e-320, 1e-320, 0, 0], [0, 0, 0, 0, 0], [10**400, 1, 2, 3, 4], [1j, 2, 3, 4, 5],
)  # fmt: skip
SQUARES = (
    [], [[]], [[], []], [[3]], [[3, 3, 3]], [[3], [3], [4]], [[3, 3, 3]] * 4, [[NAN] * 3] * 4, [[NAN, NAN, 2]] * 3,
    [[1, 1, 1], [2, 2, 2], [5, 5, 5]], [[1, NAN, 2], [NAN, NAN, 4], [3, 4, NAN]], [[1, 2, 3]] * 3,
    [[INF, 1, 2], [1, 2, 3]], [[-INF, 1, 2], [1, 2, 3]], [[1, 2, 7], [2, 2, 2]], [[1, 2], [3]], [["x", 1], [2, 3]],
    "x", None, 3, [1, 2, 3], [[[1, 2], [3, 4]]], [[-1, 2, 3], [1, -2, 3]], [[1e308, -1e308, 1], [1, 2, 3], [4, 5, 1e308]],
    [[1e-320, 2e-320, 0], [0, 1e-320, 0]], [[0, 0, 0]] * 3, [[0, 0], [0, 0]], [[1, 2], [3, 1]], [[-1, 0], [0, -1]],
)  # fmt: skip
NAMES = ("", "x", "p x", "p x p", "p:", "((", "ratio", "assessor", None, 3, ())
PLACES = ((), ("x",), ("assessor", "assessor"), ("p", "x"), "x", ("",), (None,), (3,), [NAN])


def mappings(good):
    key = next(iter(good))
    value = good[key]
    worse = (NAN, INF, -INF, -1, 0, None, "x", [], [NAN], [INF], [9, 9], 1e308, "zz")
    return ({}, {"nowhere": value}, {0: value}, *({**good, key: one} for one in worse))


def hostile(name, value):  # noqa: C901 - a list of cases
    """Return the values that stand in for a good one, by what it is."""
    if name in ("table",) or (name == "self" and isinstance(value, RatingTable)):
        return _tables()
    if name == "fit":
        return [one for _, one in hostile_fits()]
    if name == "self":
        return []
    if name in ("first", "second") and isinstance(value, Facet):
        return [one.facet("participant") for one in (hostile_tables()["no ratings"](), table())]
    if name == "points":
        rule = keys.RulePoint("K1", "S1", 2, 1)
        return [[], [rule, rule], [keys.RulePoint("K1", "S1", 2, NAN)], [keys.RulePoint("K1", "S1", 2, 9)],
                [keys.RulePoint("K1", "S1", 2, -9)], [keys.RulePoint("K1", "S1", 2, INF)]]  # fmt: skip
    if name == "data":
        return [*SQUARES, *_tables()]
    if name == "components":
        return [*mappings(value), NEGATIVE, dict.fromkeys(value, 0.0), generalizability.g_study([[1, 2]]),
                generalizability.g_study([[3, 3], [3, 3]])]  # fmt: skip
    if isinstance(value, Mapping):
        return mappings(value)
    if isinstance(value, str):
        return NAMES
    if isinstance(value, (int, float)):
        return SCALARS
    if isinstance(value, range):
        return [*LINES, range(0), range(1, 2), range(5, 0, -1), [1, 1, 2], [NAN, 1, 2]]
    if isinstance(value, tuple):
        return LINES if value and isinstance(value[0], float) else PLACES
    return SQUARES if isinstance(value[0], list) else LINES


def _tables():
    """Return the hostile tables that are accepted at all."""
    found = []
    for make in hostile_tables().values():
        try:
            found.append(make())
        except ScoringError:
            continue
    assert len(found) >= len(hostile_tables()) - 1  # huge scores are refused
    return found


def calls():
    for name, good in CALLS.items():
        for argument in good:
            yield pytest.param(name, argument, id=f"{name}-{argument}")
        assert good


def called(name):
    function = {**functions(), **methods()}[name]
    return lambda arguments: function(
        *_self(arguments), **{k: v for k, v in arguments.items() if k != "self"}
    )


def _self(arguments):
    return (arguments["self"],) if "self" in arguments else ()


def made(value):
    """Objects that take long to make are made on demand."""
    return value() if inspect.isfunction(value) or hasattr(value, "cache_info") else value


def test_every_public_function_and_every_argument_has_a_call():
    for name, function in {**functions(), **methods()}.items():
        assert name in CALLS, f"{name} has no call in this file"
        for argument, one in inspect.signature(function).parameters.items():
            if (
                argument.startswith("is_")
                or one.kind is one.VAR_KEYWORD
                or argument in ("standardise", "profile")
            ):
                continue
            assert argument in CALLS[name] or f"{name.rpartition('.')[2]}.{argument}" in LEFT_OUT, (
                name,
                argument,
            )


@pytest.mark.parametrize("name", CALLS)
def test_the_call_itself_works(name):
    result = called(name)({argument: made(value) for argument, value in CALLS[name].items()})
    assert not list(nonsense(result))


@pytest.mark.parametrize(("name", "argument"), list(calls()))
def test_hostile_values_give_an_error_or_a_result_that_means_something(name, argument):
    good = {one: made(value) for one, value in CALLS[name].items()}
    promised = promised_errors({**functions(), **methods()}[name])
    found = []
    for value in hostile(argument, good[argument]):
        label = value if isinstance(value, (int, float, str, list, tuple, dict)) else type(value).__name__
        try:
            with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
                warnings.simplefilter("error")
                result = called(name)({**good, argument: value})
        except ScoringError as error:
            if type(error).__name__ not in promised:
                found.append(
                    f"{argument} = {label!r:.80}: {type(error).__name__} is not under Raises: in the docstring"
                )
            continue
        except Exception as error:
            found.append(f"{argument} = {label!r:.80}: {type(error).__name__}: {error}")
            continue
        found += [f"{argument} = {label!r:.80}: {what}" for what in nonsense(result)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", CALLS)
def test_every_error_that_a_docstring_promises_can_be_met(name):
    awaited = promised_errors({**functions(), **methods()}[name]) - MET_ELSEWHERE.get(name, set())
    good = {one: made(value) for one, value in CALLS[name].items()}
    for argument, value in ((one, value) for one in good for value in hostile(one, good[one])):
        if not awaited:
            break
        try:
            called(name)({**good, argument: value})
        except ScoringError as error:
            awaited.discard(type(error).__name__)
    assert not awaited, (
        f"{name}: Raises: promises {', '.join(sorted(awaited))}, which nothing here brings about"
    )


MET_ELSEWHERE = {"Fit.compare": {"NotConnected"}}
"""Errors that take more than one wrong argument: test_facets meets them."""

MAY_BE_MISSING = {
    # NaN is said to stand there, by the docstring of the class.
    "measures", "standard_errors", "model_errors", "observed_average", "fair_average", "infit", "outfit", "infit_z",
    "outfit_z", "robust_errors", "fair_interval", "thresholds", "threshold_errors", "posterior_mean",
    "posterior_deviation", "probabilities", "deviations",
}  # fmt: skip
SHARES = {
    "p_value",
    "p",
    "fisher",
    "mid_p",
    "fisher_less",
    "z_p",
    "consistency",
    "accuracy",
    "q",
    "rate_focal",
    "rate_reference",
}


def nonsense(result, path=""):
    """Yield what cannot be meant in a result: numbers that are none, negative errors, limits in the wrong order."""
    if isinstance(result, (float, np.floating)) and not math.isfinite(result):
        yield f"{path or 'result'} is {result}"
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        yield from _fields(result, path)
    elif isinstance(result, np.ndarray):
        if result.dtype.kind == "f" and not np.isfinite(result).all():
            yield f"{path} has {result[~np.isfinite(result)][0]}"
    elif isinstance(result, Mapping):
        for key, value in result.items():
            yield from nonsense(value, f"{path}[{key!r}]")
    elif isinstance(result, (tuple, list)):
        for value in result:
            yield from nonsense(value, path)


def _fields(result, path):
    if isinstance(result, Estimate):
        yield from _estimate(result, path)
    for one in dataclasses.fields(result):
        value, where = getattr(result, one.name), f"{path}.{one.name}"
        if one.name == "work" or isinstance(value, RatingTable):
            continue
        if one.name in MAY_BE_MISSING:
            if value is not None and np.isinf(np.asarray(value, dtype=float)).any():
                yield f"{where} is infinite"
            continue
        if one.name in SHARES and value is not None and not 0 <= value <= 1:
            yield f"{where} = {value} is no share"
        yield from nonsense(value, where)


def _estimate(result, path):
    if result.estimate is None:
        if not result.reasons:
            yield f"{path} has no estimate and no reason"
        if result.standard_error is not None or result.interval is not None:
            yield f"{path} has an error without an estimate"
    if result.standard_error is not None and result.standard_error < 0:
        yield f"{path} has a negative error"
    if result.interval is not None and not result.interval[0] <= result.interval[1]:
        yield f"{path} has limits {result.interval}"
    if result.n < 0:
        yield f"{path} rests on {result.n}"


def test_unlabelled_windows_and_a_dimension_that_nobody_rated_are_said():
    some = facets.drift(facets.fit(hostile_tables()["half the windows"]()))
    assert some.reasons == ("unlabelled",)
    nobody = hostile_tables()["a dimension that nobody rated"]()
    assert "dimension" not in facets.fit(nobody).facets
    assert nobody.facet("dimension").levels == (0,)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("no ratings", "no_ratings"), ("all missing", "no_ratings"), ("all equal", "one_category"),
     ("one rating", "one_category"), ("only top marks", "one_category")],
)  # fmt: skip
def test_what_cannot_be_fitted_says_why(name, reason):
    with pytest.raises(NotEstimable) as error:
        facets.fit(hostile_tables()[name]())
    assert error.value.reason == reason


def test_simulated_centres_of_the_smallest_size_are_centres():
    made_ = simulate.centre(1, exercises=1, dimensions=1, assessors=1, per_performance=1, windows=1)
    assert made_.table.n == 1
    assert decisions.classification(0.5, []).kappa is None
