"""The judgement exercise: what is scored is judgement, and neither chance, nor length, nor place, nor talk."""

from collections import Counter
from random import Random
from statistics import mean, median, quantiles

import pytest

from exercises import get
from exercises.content import LANGUAGES, SHELF, from_document, read
from exercises.kind import Answer, InvalidAnswer
from scoring.keys import pairwise_order

FORM = read(SHELF / "stavoord-judgement")
KIND = get("judgement")
ITEMS = FORM.structure["items"]
KEY = [[item["key"][option] for option in sorted(item["key"])] for item in ITEMS]
BEST = [row.index(max(row)) for row in KEY]


def answers(ratings):
    return {task: Answer(task, KIND.parse(FORM, task, value), 1.0, 1) for task, value in ratings.items()}


def scores(ratings):
    return {score.dimension: score for score in KIND.key(FORM, answers(ratings)).scores}


def everything(rate):
    return {item["id"]: {option: rate(item, option) for option in item["order"]} for item in ITEMS}


def test_the_form_has_twelve_items_three_per_dimension():
    assert len(ITEMS) == 12
    assert set(Counter(item["dimension"] for item in ITEMS).values()) == {3}
    assert {item["id"] for item in ITEMS} == {f"SJT-{n:02}" for n in (2, 5, *range(7, 17))}


def test_every_item_has_one_best_option_a_spread_of_three_and_enough_pairs():
    for row in KEY:
        assert row.count(5.0) == 1
        assert max(row) - min(row) >= 3
        pairs = sum(abs(a - b) >= 1 for n, a in enumerate(row) for b in row[n + 1 :])
        assert pairs >= 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_length_is_no_cue(language):
    lengths = [
        [len(FORM.text(language)["items"][item["id"]]["options"][o].split()) for o in sorted(item["key"])]
        for item in ITEMS
    ]
    assert sum(row[best] == max(row) for row, best in zip(lengths, BEST, strict=True)) <= 4
    assert sum(row[best] == min(row) for row, best in zip(lengths, BEST, strict=True)) <= 4
    shortest_first = pairwise_order([[-length for length in row] for row in lengths], KEY)
    assert 0.40 <= shortest_first.mean <= 0.60


def test_place_is_no_cue():
    places = Counter(item["order"].index(max(item["key"], key=item["key"].get)) for item in ITEMS)
    assert all(2 <= places[place] <= 3 for place in range(5))
    in_order = pairwise_order(
        [[5 - item["order"].index(o) for o in sorted(item["key"])] for item in ITEMS], KEY
    )
    assert 0.35 <= in_order.mean <= 0.65


def test_talking_is_no_cue():
    talk = pairwise_order([[item["talk"][option] for option in sorted(item["key"])] for item in ITEMS], KEY)
    assert talk.mean <= 0.70


def test_ticking_at_random_earns_nothing():
    random = Random(20260303)
    found = {name: [] for name in FORM.keyed}
    for _ in range(800):
        for name, score in scores(everything(lambda item, option: random.randint(1, 5))).items():
            found[name].append(score.score)
    for values in found.values():
        assert round(median(values), 1) == 1.0
        assert mean(values) < 1.5
        assert quantiles(values, n=20)[-1] < 3.0


def test_the_experts_own_order_earns_all():
    perfect = scores(
        everything(lambda item, option: sorted(set(item["key"].values())).index(item["key"][option]) + 1)
    )
    assert [score.score for score in perfect.values()] == [5, 5, 5, 5]


def test_the_reversed_order_earns_nothing():
    reversed_order = scores(everything(lambda item, option: 6 - round(item["key"][option])))
    assert [score.score for score in reversed_order.values()] == [1, 1, 1, 1]


def test_how_high_or_widely_the_scale_is_used_makes_no_difference():
    wide = scores(everything(lambda item, option: 5 if item["key"][option] >= 3 else 1))
    narrow = scores(everything(lambda item, option: 3 if item["key"][option] >= 3 else 2))
    assert wide == narrow or {k: v.score for k, v in wide.items()} == {k: v.score for k, v in narrow.items()}


def test_an_item_left_open_counts_as_a_guess_and_so_does_one_rated_all_equal():
    def perfect(item, option):
        return round(item["key"][option])

    full = everything(perfect)
    without = {task: value for task, value in full.items() if task != "SJT-05"}
    equal = {**full, "SJT-05": dict.fromkeys("abcde", 3)}
    partial = {**full, "SJT-05": {"a": 1, "c": 5}}
    worst = {**full, "SJT-05": {option: 6 - rating for option, rating in full["SJT-05"].items()}}
    assert (
        scores(without)["L1"].proportion == scores(equal)["L1"].proportion == scores(partial)["L1"].proportion
    )
    assert scores(full)["L1"].proportion > scores(without)["L1"].proportion > scores(worst)["L1"].proportion


def test_no_answer_at_all_earns_nothing_and_says_so():
    for score in scores({}).values():
        assert (score.proportion, score.score) == (0, 1)
        assert "no_item_scored" in score.reasons


@pytest.mark.parametrize(
    ("posted", "code"),
    [
        ({"a": 0}, "no_rating"),
        ({"a": 6}, "no_rating"),
        ({"a": "5 "}, "no_rating"),
        ({"a": "٤"}, "no_rating"),
        ({"f": 3}, "no_option"),
        ({"SJT-05-a": 3}, "no_option"),
        ("a", "no_fields"),
        ({"a": 4.5}, "no_fields"),
    ],
)
def test_a_rating_off_the_scale_or_of_another_item_is_refused(posted, code):
    with pytest.raises(InvalidAnswer) as refused:
        KIND.parse(FORM, "SJT-02", posted)
    assert refused.value.code == code


def test_ratings_are_taken_as_numbers_or_texts_and_only_as_far_as_they_are_given():
    assert KIND.parse(FORM, "SJT-02", {"b": "4", "SJT-02-a": 2}) == {"a": 2, "b": 4}
    assert KIND.parse(FORM, "SJT-02", {}) == {}


def test_options_stand_in_the_fixed_order_of_the_version():
    view = KIND.view(FORM, "en", {}, 0.0)
    shown = {item["id"]: "".join(option["id"] for option in item["options"]) for item in view["items"]}
    assert shown["SJT-07"] == "abced"
    assert shown["SJT-08"] == "bacde"
    assert shown["SJT-09"] == "abdce"
    assert shown["SJT-05"] == "abcde"


def test_neither_key_nor_reasons_are_in_the_view():
    view = repr(KIND.view(FORM, "en", {}, 0.0))
    assert "why" not in {name for item in KIND.view(FORM, "en", {}, 0.0)["items"] for name in item}
    assert FORM.text("en")["items"]["SJT-13"]["why"]["a"] not in view


def test_no_pronoun_tells_who_is_meant():
    for item in ITEMS:
        words = FORM.text("en")["items"][item["id"]]
        spelled = f" {words['stem']} {' '.join(words['options'].values())} ".lower()
        for pronoun in (" he ", " she ", " him ", " her ", " his ", " hers "):
            assert pronoun not in spelled, item["id"]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"order": ["a", "b"]}, "different options"),
        ({"key": {"a": 3.0, "b": 3.5, "c": 3.2, "d": 3.1, "e": 3.0}}, "gap of the key"),
        ({"key": {"a": 0.0, "b": 3.5, "c": 3.2, "d": 3.1, "e": 5.0}}, "off the scale"),
        ({"id": "SJT-99"}, "SJT-99 is not complete"),
        ({"dimension": "S1"}, None),
    ],
)
def test_broken_content_is_named_with_its_place(item, message):
    document = FORM.document()
    document["structure"]["items"][0].update(item)
    problems = [str(problem) for problem in KIND.check(from_document(document))]
    assert any(message in problem for problem in problems) if message else problems == []


def test_a_keyed_dimension_without_items_is_named():
    document = FORM.document()
    document["structure"]["keyed"] = ["L1", "S2"]
    assert any("S2" in str(problem) for problem in KIND.check(from_document(document)))
