"""Every set of the reference data is met by a test; here, the numbers that the tests by subject do not compare.

Three kinds of number in the files are compared with nothing, and this is the whole list:

- A04, `var_weighted` and the limits made from it: no variance of this kappa. Its root is more than
  four times the standard deviation over resamples (`test_the_one_variance_that_is_not_met_is_wrong`).
- What a program says of its own run: iterations, nodes, seconds, last step, change of quadrature.
- Tolerances, versions, scales and roundings of the files themselves.

A05, A06 and G02 were digitised in packages with a licence of their own: their few numbers are tables in the tests.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse, stats

from scoring import agreement, decisions, generalizability, integration, keys, reliability
from scoring.calibration import against_reference
from scoring.facets import fit
from scoring.norms import norms

from .reference import FOLDER, expected, table
from .test_agreement import FLEISS, GWET, matrix, pairs_of
from .test_facets import NAMES, SETS, ratings
from .test_generalizability import brennan, small_pxexd, sparse_table
from .test_reliability import shrout_and_fleiss


@pytest.mark.parametrize("folder", sorted(one.name for one in FOLDER.iterdir()))
def test_each_set_is_read_by_a_test(folder):
    others = [one.read_text() for one in Path(__file__).parent.glob("test_*.py")]
    assert any(f'"{folder}"' in text for text in others)
    assert expected(folder)


@pytest.mark.parametrize("form", ["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"])
def test_the_f_tests_behind_the_icc_meet_the_reference(form):
    answers = expected("A01_shrout_fleiss_1979")["expected"]
    right, psych, found = answers[f"ICC({form})"], answers["psych_check"][f"ICC({form})"], icc_of(form)
    squares = found.mean_squares
    n, k = squares.n, squares.k
    one_way = form[0] == "1"
    below = squares.within if one_way else squares.residual
    df = n * (k - 1) if one_way else (n - 1) * (k - 1)
    own = df
    if form[0] == "2":  # one program gives Satterthwaite's degrees of freedom, the other those of the F
        rho = icc_of("2,1").estimate
        x = k * rho / (n * (1 - rho)) * squares.assessors
        y = (1 + k * rho * (n - 1) / (n * (1 - rho))) * squares.residual
        own = (x + y) ** 2 / (x**2 / (k - 1) + y**2 / ((n - 1) * (k - 1)))
    for one, freedom in ((right, own), (psych, df)):
        assert squares.targets / below == pytest.approx(one["F"], abs=1e-8)
        assert (n - 1, freedom) == pytest.approx((one["df1"], one["df2"]), abs=1e-8)
        assert found.estimate == pytest.approx(one["value"], abs=1e-8)
        assert found.interval == pytest.approx((one["lo"], one["hi"]), abs=1e-6)
    assert (found.f, found.df) == (pytest.approx(psych["F"], abs=1e-8), (psych["df1"], psych["df2"]))
    assert found.p_value == pytest.approx(psych["p"], abs=1e-8)
    assert found.p_value == pytest.approx(right.get("p", psych["p"]), abs=1e-8)


def test_limits_of_a_package_for_agreement_differ_by_the_coefficient_they_start_from():
    """`irr` takes the coefficient of the mean where Satterthwaite's formula asks for that of one assessor."""
    squares = icc_of("2,k").mean_squares
    n, k, rho = squares.n, squares.k, icc_of("2,k").estimate
    x = k * rho / (n * (1 - rho)) * squares.assessors
    y = (1 + k * rho * (n - 1) / (n * (1 - rho))) * squares.residual
    free = (x + y) ** 2 / (x**2 / (k - 1) + y**2 / ((n - 1) * (k - 1)))
    low, high = stats.f.ppf(0.975, n - 1, free), stats.f.ppf(0.975, free, n - 1)
    gap = squares.assessors - squares.residual
    found = (
        n * (squares.targets - low * squares.residual) / (low * gap + n * squares.targets),
        n * (high * squares.targets - squares.residual) / (gap + n * high * squares.targets),
    )
    theirs = expected("A01_shrout_fleiss_1979")["expected"]["ICC(2,k)"]["irr_variant"]
    assert found == pytest.approx((theirs["lo"], theirs["hi"]), abs=1e-6)


def icc_of(form):
    return reliability.icc(shrout_and_fleiss(), form)


def test_agreement_meets_what_was_printed():
    binary = [row[1:] for row in table("A03b_krippendorff_binary_10")]
    assert agreement.krippendorff_alpha(binary, "nominal", resamples=0).estimate == pytest.approx(
        expected("A03b_krippendorff_binary_10")["published"]["nominal"], abs=5e-4
    )
    diagnoses = expected("A04b_fleiss_table_100")
    pairs = pairs_of(np.array(table("A04b_fleiss_table_100", "table.csv"), int))
    plain = agreement.cohen_kappa(*pairs, [0, 1, 2])
    assert plain.estimate == pytest.approx(diagnoses["published"]["kappa"], abs=5e-3)
    assert plain.standard_error == pytest.approx(diagnoses["published"]["se"], abs=1e-3)
    for weights, name in (("identity", "kappa"), ("linear", "linear"), ("quadratic", "quadratic")):
        found = agreement.cohen_kappa(*pairs, [0, 1, 2], weights)
        assert found.estimate == pytest.approx(diagnoses["expected"]["vcd"][name], abs=1e-10)
    fleiss = expected("A05_fleiss_1971")
    ratings_ = matrix(FLEISS)
    found = agreement.fleiss_kappa((ratings_[:, :, None] == np.arange(1, 6)).sum(axis=1))
    assert found.estimate == pytest.approx(fleiss["published"]["kappa"], abs=5e-4)
    assert found.z == pytest.approx(fleiss["published"]["z"], abs=0.05)
    cac = fleiss["expected"]["cac"]["unweighted"]
    assert found.estimate == pytest.approx(cac["fleiss"]["coef"], abs=2e-5)
    assert agreement.krippendorff_alpha(ratings_, "nominal", resamples=0).estimate == pytest.approx(
        cac["kripp"]["coef"], abs=2e-5
    )
    counts = expected("A05b_fleiss_counts_10x5")
    rows = np.array([row[1:] for row in table("A05b_fleiss_counts_10x5", "counts.csv")])
    found = agreement.fleiss_kappa(rows)
    assert found.estimate == pytest.approx(counts["published"]["kappa"], abs=5e-4)
    agreed, chance = counts["expected"]["P_bar"], counts["expected"]["Pe"]
    assert found.estimate == pytest.approx((agreed - chance) / (1 - chance), abs=1e-12)
    gwet = expected("A06_gwet_raw4raters")
    found = agreement.gwet_ac(matrix(GWET), range(1, 6))
    assert found.estimate == pytest.approx(gwet["published"]["AC1"], abs=1e-5)
    for metric, weights in (("nominal", "unweighted"), ("interval", "quadratic")):
        alpha = agreement.krippendorff_alpha(matrix(GWET), metric, resamples=0)
        assert alpha.estimate == pytest.approx(gwet["expected"][weights]["kripp"]["coef"], abs=2e-5)
        assert alpha.n == gwet["expected"]["kripp"]["n_pairable"]


COEFFICIENTS = {
    "gwet": agreement.gwet_ac,
    "fleiss": agreement.scott_pi,
    "conger": agreement.conger_kappa,
    "brennan_prediger": agreement.brennan_prediger,
    "kripp": agreement.weighted_alpha,
}
CASES = [
    *[("A06_gwet_raw4raters", GWET, weights) for weights in ("unweighted", "linear", "quadratic", "ordinal")],
    ("A05_fleiss_1971", FLEISS, "unweighted"),
]


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize(("folder", "ratings_", "weights"), CASES)
def test_five_coefficients_meet_gwet_with_parts_error_limits_and_test(folder, ratings_, weights, coefficient):
    answer = expected(folder)["expected"]
    answer = answer.get("cac", answer)[weights][coefficient]
    name = "identity" if weights == "unweighted" else weights
    found = COEFFICIENTS[coefficient](matrix(ratings_), range(1, 6), name)
    assert found.estimate == pytest.approx(answer["coef"], abs=1e-5)
    assert found.estimate == pytest.approx((answer["pa"] - answer["pe"]) / (1 - answer["pe"]), abs=1e-10)
    assert (found.observed, found.chance) == pytest.approx((answer["pa"], answer["pe"]), abs=1e-10)
    assert found.standard_error == pytest.approx(answer["se"], abs=1e-5)
    limits = [float(one) for one in answer["ci"].strip("()").split(",")]
    assert found.interval == pytest.approx(limits, abs=5.001e-4)
    # Made from the numbers before rounding, but those of alpha from the rounded ones.
    assert found.p_value == pytest.approx(answer["p"], rel=5e-4 if coefficient == "kripp" else 1e-7)


def test_congers_kappa_meets_the_exact_one_of_another_package():
    right = expected("A05_fleiss_1971")["expected"]["conger_exact"]
    assert agreement.conger_kappa(matrix(FLEISS), range(1, 6)).estimate == pytest.approx(right, abs=1e-10)


def test_kappa_meets_psych_with_cohens_weights():
    case = expected("A04_cohen_1968_weighted")["expected"]["psych"]
    counts = np.round(200 * np.array(table("A04_cohen_1968_weighted", "proportions.csv"))).astype(int)
    plain = agreement.cohen_kappa(*pairs_of(counts), [0, 1, 2])
    assert plain.estimate == pytest.approx(case["kappa"], abs=1e-10)
    assert plain.standard_error**2 == pytest.approx(case["var_kappa"], abs=1e-8)
    limits = case["ci"]["unweighted kappa"]
    assert (plain.interval[0], plain.estimate, plain.interval[1]) == pytest.approx(
        (limits["lower"], limits["estimate"], limits["upper"]), abs=1e-6
    )
    own = table("A04_cohen_1968_weighted", "disagreement_weights.csv")
    weighted = agreement.cohen_kappa(*pairs_of(counts), [0, 1, 2], own)
    assert weighted.estimate == pytest.approx(case["weighted"], abs=1e-10)
    assert weighted.estimate == pytest.approx(case["ci"]["weighted kappa"]["estimate"], abs=1e-10)


def test_the_one_variance_that_is_not_met_is_wrong():
    theirs = expected("A04_cohen_1968_weighted")["expected"]["psych"]["var_weighted"]
    counts = np.round(200 * np.array(table("A04_cohen_1968_weighted", "proportions.csv"))).astype(int)
    own = np.array(table("A04_cohen_1968_weighted", "disagreement_weights.csv"))
    drawn = np.random.default_rng(4).multinomial(200, counts.ravel() / 200, size=4000).reshape(-1, 3, 3) / 200
    chance = np.einsum("ni,ij,nj->n", drawn.sum(axis=2), own, drawn.sum(axis=1))
    resampled = (1 - (drawn * own).sum(axis=(1, 2)) / chance).std()
    error = agreement.cohen_kappa(*pairs_of(counts), [0, 1, 2], own).standard_error
    assert error == pytest.approx(resampled, rel=0.05)
    assert theirs**0.5 > 4 * error


def test_edge_cases_of_the_reference_give_reasons_or_exactly_one():
    cases = {one["name"]: one for one in expected("A08_edge_cases")["cases"]}
    equal = np.array(cases["all identical ratings, one category"]["data"])
    perfect = np.array(cases["perfect agreement, variation"]["data"])

    def all_of(data):
        return (
            agreement.krippendorff_alpha(data, "interval", resamples=0),
            agreement.cohen_kappa(*data.T, range(1, 6)),
            reliability.icc(data, "2,1"),
        )

    for found in all_of(equal):
        assert found.estimate is None
        assert found.reasons
    for found in (*all_of(perfect), agreement.gwet_ac(perfect, range(1, 6))):
        assert found.estimate == pytest.approx(1, abs=1e-12)


def test_the_mean_of_rwg_meets_the_reference():
    rows = np.array(table("A09_rwg_ad"))
    found = [agreement.rwg(rows[rows[:, 0] == one, 1], range(1, 6)).floored for one in np.unique(rows[:, 0])]
    assert np.mean(found) == pytest.approx(expected("A09_rwg_ad")["expected"]["mean_rwg"], abs=1e-9)


def test_counts_meet_the_reference():
    reference, own = np.array(table("C01_calibration_small"))[:, 1:].T
    assert (
        against_reference(own, reference, range(1, 6)).n == expected("C01_calibration_small")["expected"]["n"]
    )
    sample = [row[0] for row in table("N01_norms_200", "norm_sample.csv")]
    assert norms(sample).n == expected("N01_norms_200")["expected"]["n"]


def test_the_closed_form_of_consistency_is_met():
    case = expected("CC01_classification")["closed_form"]
    assert decisions.classification(case["r"], [0.0]).consistency == pytest.approx(case["value"], abs=1e-5)


def test_errors_of_scores_meet_the_inputs_of_the_reference():
    case = expected("E01_sem_rci")
    first, second, third, fourth = (one["inputs"] for one in case["cases"])
    answers = [one["expected"] for one in case["cases"]]
    for inputs, answer in zip((first, second, third), answers, strict=False):
        found = reliability.standard_error_of_measurement(inputs["sd"], inputs["r"])
        assert found == pytest.approx(answer["sem"], abs=1e-9)
    change = reliability.reliable_change(first["x1"], first["x2"], first["sd"], first["r"])
    assert change.z == pytest.approx(answers[0]["rc"], abs=1e-9)
    assert change.standard_error == pytest.approx(case["published"]["S_diff"], abs=5.001e-3)
    for inputs, answer in ((second, answers[1]), (third, answers[2])):
        x, sd, r, level = inputs["x"], inputs["sd"], inputs["r"], inputs["level"]
        observed = reliability.observed_band(x, sd, r, level)
        assert observed.interval == pytest.approx(answer["band_obs"], abs=1e-9)
        true = reliability.true_score_band(x, inputs["mean"], sd, r, level)
        assert true.estimate == pytest.approx(answer["true_est"], abs=1e-9)
    step = reliability.difference(fourth["a"], fourth["b"], fourth["sd"], fourth["r_a"], fourth["r_b"])
    assert step.z == pytest.approx(answers[3]["z"], abs=1e-9)
    composite = expected("E02_composites")
    w, cor = np.array(composite["inputs"]["weights"]), np.array(composite["inputs"]["cor"])
    assert w @ cor @ w == pytest.approx(composite["expected"]["var"], abs=1e-10)
    right = composite["expected"]["spearman_brown"]
    assert reliability.spearman_brown(right["r"], 2) == pytest.approx(right["k2"], abs=1e-10)
    assert integration.effective_weights(w, cor) == pytest.approx(
        composite["expected"]["effective_weights"], abs=1e-10
    )


def test_sums_of_squares_and_errors_meet_brennan():
    case = expected("G02_brennan_table_3_2")["expected"]
    study = generalizability.g_study(brennan(), "p x (r:t)")
    for name, square in case["ss"].items():
        assert study.mean_squares[name] * study.components[name].n == pytest.approx(square, abs=1e-8), name
        assert study.components[name].n == case["df"][name.replace(":", "")], name
    assert study.grand_mean == pytest.approx(case["reml_lme4"]["grand_mean"], abs=1e-8)
    for row in case["dstudy"]:
        found = generalizability.d_study(study, {"t": row["n_t"], "r": row["n_r_per_task"]})
        assert found.relative_error == pytest.approx(row["rel_error"], abs=1e-8)
        assert found.absolute_error == pytest.approx(row["abs_error"], abs=1e-8)


def test_mean_squares_of_three_facets_meet_the_reference():
    case = expected("G04b_sim_pxexd_small")["expected"]["ms"]
    found = generalizability.g_study(small_pxexd()[0], "p x e x d").mean_squares
    names = {name.replace(":", ""): square for name, square in case.items()}
    names["ped"] = names.pop("Residuals")
    assert found == pytest.approx(names, abs=1e-8)


def test_errors_of_the_sparse_d_study_meet_the_reference():
    study = generalizability.g_study_sparse(sparse_table())
    for row in expected("G05_sparse_M01")["expected"]["dstudy"]:
        sizes = {"e": row["n_exercises"], "r": row["n_raters_per_exercise"], "d": row["n_dimensions"]}
        found = generalizability.d_study(study, sizes, nested={"r": "e"})
        assert (found.relative_error, found.absolute_error) == pytest.approx(
            (row["rel"], row["abs"]), abs=1e-4
        )


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", ["mml", "jml"])
def test_labels_counts_and_likelihood_meet_the_reference(name, method):
    answer = expected(name)
    answer = answer.get("expected") or answer["expected_collapsed"]
    found = fit(ratings(name), method, objects="participants")
    assert list(found.participants.labels) == [int(one) for one in answer["persons_order"]]
    for theirs, labels in answer["levels"].items():
        assert [str(one) for one in found.facets[NAMES[theirs]].labels] == [str(one) for one in labels]
    if method == "mml":
        right = answer["mml"]
        assert found.log_likelihood == pytest.approx(right["loglik"], abs=0.025)
        own = np.var(found.posterior_mean, ddof=1)
        error = np.mean(found.posterior_deviation**2)
        assert own / (own + error) == pytest.approx(right["eap_reliability"], abs=1e-4)
        return
    right = answer["jml"]
    assert int(found.participants.is_extreme.sum()) == right["n_extreme"]
    informs = ~found.measured.is_extreme[found.work.objects]
    for theirs, block in right["fit"].items():
        codes = found.table.facet(NAMES.get(theirs, "participant")).codes[informs]
        counts = np.bincount(codes)
        assert counts[counts > 0].tolist() == [n for n in block["n"] if n]


def test_the_mean_error_of_predicted_effects_meets_the_reference():
    """The participants' part of the inverse of Henderson's equations at our components, the mean held."""
    table_ = sparse_table()
    study = generalizability.g_study_sparse(table_, ["p", "r", "e", "d", "pe", "pd", "rd"])
    columns, prior = [], []
    for effect, variance in study.variances.items():
        if effect == "pedr" or not variance:
            continue
        facets = [table_.facet(generalizability.LETTERS[letter]) for letter in effect]
        codes = np.unique(np.stack([one.codes for one in facets]), axis=1, return_inverse=True)[1]
        columns.append(np.ravel(codes) + len(prior))
        prior += [1 / variance] * (int(codes.max()) + 1)
    size = len(prior)
    rows = np.repeat(np.arange(table_.n), len(columns))
    wide = sparse.csr_array((np.ones(rows.size), (rows, np.stack(columns, axis=1).ravel())), (table_.n, size))
    matrix_ = (wide.T @ wide).toarray() / study.variances["pedr"] + np.diag(prior)
    people = len(table_.facet("participant").levels)
    side = matrix_[people:, :people]
    own = matrix_[:people, :people] - side.T @ np.linalg.solve(matrix_[people:, people:], side)
    errors = np.sqrt(np.diag(np.linalg.inv(own)))
    right = expected("G05_sparse_M01")["expected"]["candidate_blup_se_mean"]
    assert errors.mean() == pytest.approx(right, abs=5e-3)


@pytest.mark.parametrize("name", ["M01_sim_rsm_200", "M02_small_crossed"])
def test_the_truth_behind_a_set_is_as_far_away_as_the_errors_say(name):
    truth = expected(name)["true"]
    found = fit(ratings(name), objects="participants")
    for theirs in ("dimension", "exercise", "rater"):
        if theirs not in truth:
            continue
        elements = found.facets[NAMES[theirs]]
        place, size = found.work.places[elements.name], len(elements.labels)
        gap = elements.measures - (np.array(truth[theirs]) - np.mean(truth[theirs]))
        inverse = np.linalg.pinv(found.work.covariance[place : place + size, place : place + size], 1e-8)
        assert 0.001 < stats.chi2.sf(gap @ inverse @ gap, size - 1) < 0.999
    gap = (found.measured.measures - np.array(truth["theta"])) / found.measured.standard_errors
    assert 0.001 < stats.chi2.sf((gap**2).sum(), gap.size) < 0.999
    tau = np.ravel(truth["tau"])
    assert (np.abs(found.thresholds[0] - tau) < 3.5 * found.threshold_errors[0]).all()
    if "mu" in truth:
        assert abs(found.mu - truth["mu"]) < 3 * found.mu_error
        assert abs(found.sigma - truth["sd_theta"]) < 3 * found.sigma_error
        study = generalizability.g_study_sparse(ratings(name))
        assert (truth["sd_pe"], truth["sd_pd"]) == (0, 0)
        assert max(study.variances["pe"], study.variances["pd"]) < 0.01


def test_the_alpha_of_raw_distances_meets_the_reference():
    answers = np.array([row[1:] for row in table("S01_sjt_rating_12x8", "responses.csv")])
    key = np.mean([row[1:] for row in table("S01_sjt_rating_12x8", "experts.csv")], axis=0)
    parts = -np.abs(answers - key)
    case = expected("S01_sjt_rating_12x8")
    k = parts.shape[1]
    alpha = k / (k - 1) * (1 - parts.var(axis=0, ddof=1).sum() / parts.sum(axis=1).var(ddof=1))
    assert alpha == pytest.approx(case["expected"]["alpha_raw_abs"], abs=1e-9)
    # Cronbach's alpha is the consistency of the mean of the items.
    assert reliability.icc(parts, "3,k").estimate == pytest.approx(
        case["expected"]["alpha_raw_abs"], abs=1e-9
    )


def test_the_key_of_most_and_least_is_that_of_the_reference():
    right = expected("S03_sjt_most_least")["expected"]
    effect = [row[1:] for row in table("S03_sjt_most_least", "effectiveness.csv")]
    best = [one - 1 for one in right["key_most"]]
    worst = [one - 1 for one in right["key_least"]]
    found = keys.most_least(best, worst, effect)
    assert (found.estimate, found.hits) == (2 * len(best), 2 * len(best))
