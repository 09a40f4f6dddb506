"""Judgement by most and least: two picks per situation, never the same one, and chance earns nothing."""

from random import Random
from statistics import median

import pytest

from exercises import get
from exercises.content import LANGUAGES, from_document
from exercises.kind import Answer, InvalidAnswer
from tests.exercises.most_least import pack

FORM = pack()
KIND = get("judgement")
ITEMS = FORM.structure["items"]
FIRST = ITEMS[0]["id"]


def scores(picks):
    given = {task: Answer(task, KIND.parse(FORM, task, value), 1.0, 1) for task, value in picks.items()}
    return KIND.key(FORM, given)


def everything(pick):
    return {item["id"]: pick(item) for item in ITEMS}


def by_key(item, *, is_reversed=False):
    ranked = sorted(item["key"], key=item["key"].get, reverse=not is_reversed)
    return {"most": ranked[0], "least": ranked[-1]}


def test_the_pack_is_sound_and_its_samples_can_be_posted_and_read_back():
    assert list(KIND.check(FORM)) == []
    samples = KIND.samples(FORM)
    for language in LANGUAGES:
        given = {
            task: Answer(task, KIND.parse(FORM, task, value), 1.0, 1)
            for task, value in samples.complete[language]
        }
        assert KIND.is_complete(FORM, given) == ()
        assert len(KIND.reading(FORM, language, given)) == len(ITEMS)
    assert set(KIND.is_complete(FORM, {})) == {item["id"] for item in ITEMS}
    (task, value), *_none = samples.incomplete
    assert task in KIND.is_complete(FORM, {task: Answer(task, KIND.parse(FORM, task, value), 1.0, 1)})
    for task, value in samples.hostile:
        try:
            assert KIND.parse(FORM, task, value) == {}, f"{task} takes {value!r}"
        except InvalidAnswer:
            continue


def test_the_keys_own_picks_earn_all_and_the_reversed_ones_nothing():
    assert {score.score for score in scores(everything(by_key)).scores} == {5}
    worst = scores(everything(lambda item: by_key(item, is_reversed=True)))
    assert {(score.proportion, score.score) for score in worst.scores} == {(0, 1)}
    assert min(line.points for line in worst.lines) == -2


def test_picking_at_random_earns_nothing_and_an_open_situation_counts_as_a_guess():
    random = Random(20260303)
    found = []
    for _ in range(200):
        drawn = everything(
            lambda item: dict(zip(("most", "least"), random.sample(item["order"], 2), strict=True))
        )
        found += [score.score for score in scores(drawn).scores]
    assert median(found) == 1
    nothing = scores({})
    assert {(score.proportion, score.score) for score in nothing.scores} == {(0, 1)}
    assert all("no_item_scored" in score.reasons for score in nothing.scores)
    half = scores({FIRST: {"most": "c"}})
    assert [line.points for line in half.lines if line.rule == FIRST] == [0]


@pytest.mark.parametrize(
    ("posted", "code"),
    [
        ({"most": "a", "least": "a"}, "same_option"),
        ({"most": "f"}, "no_option"),
        ({"a": 4}, "no_column"),
        ({"most": ["a"]}, "no_fields"),
    ],
)
def test_what_are_no_two_picks_is_refused(posted, code):
    with pytest.raises(InvalidAnswer) as refused:
        KIND.parse(FORM, FIRST, posted)
    assert refused.value.code == code


def test_the_receipt_says_which_step_was_picked_as_what():
    value = KIND.parse(FORM, FIRST, {f"{FIRST}-most": "c"})
    block = KIND.account(FORM, "nl", FIRST, value)
    option = FORM.text("nl")["items"][FIRST]["options"]["c"]
    assert block.rows == (("Meest effectief", option), ("Minst effectief", "–"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["structure"].update(format="ranking"), "format ranking is none of"),
        (lambda d: d["structure"]["key"].update(method="pairwise_order"), "key.method most_least"),
        (
            lambda d: d["structure"]["items"][0].update(key=dict.fromkeys("abcde", 3.0)),
            "no best and no worst",
        ),
        (lambda d: d["texts"]["nl"]["columns"].pop("least"), "columns.least is missing"),
    ],
)
def test_broken_content_is_named_with_its_place(change, message):
    document = FORM.document()
    change(document)
    assert any(message in str(problem) for problem in KIND.check(from_document(document)))
