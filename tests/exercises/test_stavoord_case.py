"""E5 "Owning or using?": the figures add up, the note's claims and their corrections can be reproduced."""

import re

import pytest

from exercises import writing
from exercises.benchmarks import benchmarks
from exercises.content import LANGUAGES, SHELF, read

CASE = read(SHELF / "stavoord-case")
TABLES = {
    exhibit["id"]: {
        row["id"]: dict(zip(exhibit["columns"], row["values"], strict=True)) for row in exhibit["rows"]
    }
    for exhibit in CASE.structure["exhibits"]
}
FIGURES, COUNTRIES, SURVEY, DESK, SECOND_ROUND = (TABLES[f"exhibit{number}"] for number in range(1, 6))
MONTHS = 72
NET_FEE = 13.50 * 0.97 - 25 / 12
BENCHMARKS = {benchmark.id: benchmark for benchmark in benchmarks(CASE)}


@pytest.mark.parametrize("year", ["fy2", "fy1", "fy0"])
def test_exhibit_1_adds_up(year):
    row = {name: values[year] for name, values in FIGURES.items()}
    assert row["sales"] == row["new"] + row["service"] + row["use"]
    assert row["margin"] == row["margin_new"] + row["margin_service"] + row["margin_use"]
    assert row["ebit"] == row["margin"] - row["selling"] - row["operations"] - row["design"] - row["general"]
    assert row["ebitda"] == row["ebit"] + row["depreciation"]
    assert row["ratio"] == round(row["debt"] / row["ebitda"], 2)
    assert row["capacity"] == round(100 * row["workplaces"] / 141_000)


def test_exhibit_2_adds_up_to_exhibit_1():
    parts = ("nl", "be", "de", "other")
    for name in ("new", "service", "use", "sales", "margin", "workplaces"):
        assert (
            sum(COUNTRIES[name][part] for part in parts) == COUNTRIES[name]["total"] == FIGURES[name]["fy1"]
        )
    before = {"nl": (39_640, 53_000), "be": (13_710, 18_500), "de": (28_320, 43_900), "other": (5_230, 9_100)}
    assert sum(sales for sales, _ in before.values()) == FIGURES["new"]["fy2"]
    assert sum(number for _, number in before.values()) == FIGURES["workplaces"]["fy2"]
    for part in (*parts, "total"):
        column = {name: values[part] for name, values in COUNTRIES.items()}
        assert column["sales"] == column["new"] + column["service"] + column["use"]
        assert column["margin_share"] == round(100 * column["margin"] / column["sales"], 1)
        assert column["price"] == round(1000 * column["new"] / column["workplaces"])
        sales, number = before.get(part, (FIGURES["new"]["fy2"], FIGURES["workplaces"]["fy2"]))
        assert column["price_before"] == round(1000 * sales / number)
    assert round(100 * (598 / 645 - 1), 1) == -7.3


def test_exhibit_3_adds_up_by_segment_and_by_country():
    for parts in (("public", "care", "large", "small"), ("nl", "be", "de")):
        for name in ("answers", "interested", "plan"):
            assert sum(SURVEY[part][name] for part in parts) == SURVEY["total"][name]
    assert [SURVEY["total"][name] for name in ("answers", "interested", "plan")] == [236, 133, 41]
    for row in SURVEY.values():
        assert row["interested_share"] == round(100 * row["interested"] / row["answers"])
        assert row["plan_share"] == round(100 * row["plan"] / row["answers"])
    assert sum(SURVEY[part]["sales_share"] for part in ("public", "care", "large", "small")) == 100
    assert round(100 * 25 / 41, -1) == 60  # "25 (about 60%)"


def test_exhibit_4_adds_up_and_rests_on_exhibit_5():
    for option in ("sale", "own", "partner"):
        lines = [
            DESK[name][option] or 0
            for name in ("received", "product", "maintenance", "damage", "service", "repair", "second_life")
        ]
        assert round(sum(lines), 2) == DESK["total"][option]
    assert DESK["received"]["own"] == MONTHS * 13.50
    assert DESK["received"]["partner"] == pytest.approx(560 + MONTHS * 3.10)
    assert DESK["maintenance"]["own"] == -6 * (16 + 9)
    assert DESK["damage"]["own"] == pytest.approx(-0.03 * DESK["received"]["own"])
    assert DESK["service"]["sale"] == round(0.30 * 45.37, 2)
    quarter = {name: values["q4"] for name, values in SECOND_ROUND.items()}
    assert DESK["repair"]["own"] == -round(quarter["cost"] / quarter["returned"], 2)
    assert DESK["second_life"]["own"] == round(quarter["share"] / 100 * 265, 2)
    assert DESK["second_life"]["partner"] == round(quarter["share"] / 100 * 120, 2)
    assert DESK["day_one"] == {"sale": 745 - 514, "own": -514, "partner": 560 - 514}


def value_today(fee, rate=0.08 / 12):
    """An own use contract at interest of 0.667% a month: fee less damage and maintenance monthly, the end in month 72."""
    monthly = fee * 0.97 - 25 / 12
    later = sum(monthly / (1 + rate) ** month for month in range(1, MONTHS + 1))
    return later - 514 + (214.65 - 90.52) / (1 + rate) ** MONTHS


def test_the_controllers_values_today_can_be_reproduced():
    assert round(value_today(13.50)) == DESK["today"]["own"] == 191
    sale = 231 + sum(13.61 / MONTHS / (1 + 0.08 / 12) ** month for month in range(1, MONTHS + 1))
    assert round(sale) == DESK["today"]["sale"] == 242
    assert value_today(14.35) < sale < value_today(14.45)  # "about 14.40"


@pytest.mark.parametrize("quarter", ["q1", "q2", "q3", "q4", "year"])
def test_exhibit_5_follows_from_its_drivers(quarter):
    row = {name: values[quarter] for name, values in SECOND_ROUND.items()}
    assert row["returned"] == row["ready"] + row["rejected"]
    assert row["share"] == round(100 * row["ready"] / row["returned"], 1)
    assert row["labour"] == 34 * row["hours"]
    assert row["parts"] == 21 * row["ready"]
    assert row["transport"] == 14 * row["returned"]
    assert row["disposal"] == 9 * row["rejected"]
    assert row["cost"] == row["labour"] + row["parts"] + row["transport"] + row["disposal"]
    assert row["cost_ready"] == round(row["cost"] / row["ready"], 2)
    if quarter == "year":
        for name in (
            "returned",
            "ready",
            "rejected",
            "hours",
            "labour",
            "parts",
            "transport",
            "disposal",
            "cost",
        ):
            assert row[name] == sum(SECOND_ROUND[name][part] for part in ("q1", "q2", "q3", "q4"))


def test_the_sales_of_second_round_add_up_to_exhibit_1():
    assert 1_442 * 265 == 382_130
    assert 1000 * FIGURES["use"]["fy1"] == 382_130 + 613_980 + 1_303_890


def ratio(workplaces, replaced=0.0, counts_missed_cash=False):
    missed = workplaces * replaced * 231 / 1000
    debt = FIGURES["debt"]["fy0"] + 900 + workplaces * 0.448 + (missed if counts_missed_cash else 0)
    return debt / (FIGURES["ebitda"]["fy0"] + workplaces * 6 * NET_FEE / 1000 - missed)


def test_the_claims_of_the_note_can_be_reproduced():
    assert round(100 * 133 / 236) == 56
    assert round(514 / 13.50) == 38
    assert (round(DESK["total"]["own"]), round(DESK["total"]["sale"])) == (403, 245)
    assert round((35_258 + 10_374) / 610, 1) == 74.8
    assert round(ratio(6_000), 2) == 2.45
    assert round(514 - 6 * NET_FEE) == 448


def test_their_corrections_can_be_reproduced():
    assert round(514 / NET_FEE, 1) == 46.7
    assert [round(ratio(n, 0.6), 2) for n in (2_000, 3_000, 4_000, 6_000)] == [2.36, 2.48, 2.61, 2.87]
    assert [round(ratio(n, 0.6, True), 2) for n in (2_000, 3_000, 4_000, 6_000)] == [2.42, 2.57, 2.72, 3.05]
    assert round(ratio(6_000, 0.3), 2) == 2.65
    assert round((10_300 + 4_600) / 5_267, 2) == 2.83
    assert round(14_900 / 6_580, 2) == 2.26
    assert round((10_300 + 600) / 5_267, 2) == 2.07
    assert round(2.5 * 5_267 - 10_300, 1) == 2867.5
    weights = {part: SURVEY[part]["sales_share"] / 100 for part in ("public", "care", "large", "small")}
    for name, expected in (("interested", 51), ("plan", 16)):
        weighted = sum(
            weight * SURVEY[part][name] / SURVEY[part]["answers"] for part, weight in weights.items()
        )
        assert round(100 * weighted) == expected


def test_the_key_of_the_fact_checks_follows_from_the_exhibits():
    right = {question["id"]: question for question in CASE.structure["checks"]["questions"]}
    assert right["X1"]["correct"] == round(SECOND_ROUND["cost_ready"]["q4"])
    assert right["X2"]["correct"] == SURVEY["total"]["plan_share"]
    assert right["X3"]["correct"] == round(514 / NET_FEE)
    assert right["X4"]["correct"] == "c"
    assert 2.8 < ratio(6_000, 0.6) < ratio(6_000, 0.6, True) < 3.1


NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def numbers(words):
    """All numbers in a text, without the marks that differ between the languages."""
    return sorted(re.sub("[.,:]", "", found) for found in NUMBER.findall(words))


def leaves(tree, place=""):
    if isinstance(tree, str):
        yield place, tree
    else:
        entries = tree.items() if hasattr(tree, "items") else enumerate(tree)
        for name, entry in entries:
            yield from leaves(entry, f"{place}.{name}")


@pytest.mark.parametrize("slug", ["stavoord-case", "stavoord-judgement", "practice"])
def test_both_languages_hold_the_same_numbers(slug):
    english, dutch = (dict(leaves(read(SHELF / slug).text(language))) for language in LANGUAGES)
    differing = {
        place: (numbers(words), numbers(dutch[place]))
        for place, words in english.items()
        if not place.startswith(".glossary") and numbers(words) != numbers(dutch[place])
    }
    assert differing == {}


def test_the_benchmark_memos_keep_within_the_limit():
    for benchmark in BENCHMARKS.values():
        for language in benchmark.languages:
            words = writing.words(benchmark.answers(language)["memo"].value)
            assert 150 < words <= CASE.structure["memo"]["limit"], (benchmark.id, words)


@pytest.mark.parametrize(("pair", "weak", "strong"), [("AB", "S1", "S2"), ("EF", "S1", "L3")])
def test_a_pair_for_training_is_equally_long_and_crosses_its_levels(pair, weak, strong):
    one, other = (BENCHMARKS[f"e5.bench.{letter}"] for letter in pair)
    for language in one.languages:
        lengths = [writing.words(entry.answers(language)["memo"].value) for entry in (one, other)]
        assert max(lengths) / min(lengths) < 1.15
    assert one.references[weak].level < other.references[weak].level
    assert one.references[strong].level > other.references[strong].level


def test_assessors_find_all_nine_traps_in_both_languages():
    for language in LANGUAGES:
        traps = CASE.text(language)["assessor_notes"]["traps"]
        assert list(traps) == [f"T{number}" for number in range(1, 10)]
