"""The kind "game": version 2 of the model, what counts as played, what a forecast knows, what assessors read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import game as second
from exercises import get
from exercises.content import LANGUAGES, from_document, shipped
from exercises.game import key as keys
from exercises.game import model as models
from exercises.game import playing
from exercises.game.model import Decision
from exercises.kind import Answer, InvalidAnswer

KIND = get("game")
EXERCISE = shipped()["stavoord-game"]
MODEL = models.of(EXERCISE)
VECTORS = yaml.safe_load((Path(__file__).parent / "data" / "game_vectors_2.yaml").read_text("utf-8"))
DEFAULTS = {"p": 13.5, "m": 80, "q": 500, "f": 7, "s": 2, "t": 10}


def answered(**tasks: Any) -> dict[str, Answer]:
    """Tasks such as ``round_1``, as they are stored."""
    return {
        name: Answer(name, KIND.parse(EXERCISE, name, value), 1.0, order)
        for order, (task, value) in enumerate(tasks.items(), 1)
        for name in (task.replace("_", "."),)
    }


def decided(option: str = "c", text: str = "", **levers: float) -> dict[str, Any]:
    return {**DEFAULTS, **levers, "option": option, "text": text}


def steady(rounds: int, **tasks: Any) -> dict[str, Answer]:
    return answered(
        **{f"round_{number}": decided("cbbc"[number - 1]) for number in range(1, rounds + 1)}, **tasks
    )


def test_both_implementations_agree_on_random_plays():
    levers, options = second.contexts(np.random.default_rng(23), 200, is_sensible=False)
    expected = second.index(levers, options)
    for place in range(200):
        plays = [
            Decision(
                {name: float(column[place, number]) for name, column in levers.items()},
                "abc"[options[place, number]],
            )
            for number in range(4)
        ]
        assert MODEL.index(MODEL.play(plays)[-1].state).value == pytest.approx(expected[place], abs=0.1)


def test_no_lever_decides_the_game_and_no_plan_that_stays_the_same_reaches_the_top():
    for is_sensible in (False, True):
        for name, found in second.shares(1000, is_sensible=is_sensible).items():
            assert max(share for _, share in found) <= second.MOST, name
    assert second.best_constant_plan()[0] < EXERCISE.structure["key"]["borders"][-1] == second.TOP_BAND
    assert second.best_moving_plan(1000, 20)[0] >= second.TOP_BAND


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_decisions_never_fail_and_the_index_stays_between_0_and_100(data):
    plays = [
        Decision(
            {lever.id: data.draw(st.sampled_from(lever.values()), lever.id) for lever in MODEL.levers},
            data.draw(st.sampled_from(sorted(options))),
        )
        for options in MODEL.options
    ]
    index = MODEL.index(MODEL.play(plays)[-1].state)
    assert 0 <= index.value <= 100
    assert all(0 <= part <= 100 for part in index.parts.values())


def test_whoever_confirms_nothing_scores_nothing_and_fewer_rounds_count_in_proportion():
    assert KIND.key(EXERCISE, {}).scores[0].proportion == 0
    assert KIND.key(EXERCISE, answered(draft_1=decided())).scores[0].score == 1
    whole = KIND.key(EXERCISE, steady(4))
    assert whole.lines[0].points == next(one["index"] for one in VECTORS if one["name"] == "steady")
    assert whole.is_provisional
    two = playing.play(EXERCISE, steady(2))
    index = MODEL.index(two.results[-1].state).value
    assert KIND.key(EXERCISE, steady(2)).lines[0].points == pytest.approx(index / 2)


@pytest.mark.parametrize(
    ("index", "level"),
    [(0, 1), (29.9, 1), (30, 2), (49, 2), (49.1, 3), (60, 3), (60.1, 4), (72, 4), (72.1, 5)],
)
def test_the_index_is_read_in_the_bands_of_the_content(index, level):
    assert keys.band(EXERCISE, index) == level


def test_the_index_weighs_no_more_than_half_of_what_this_exercise_shows_of_s2():
    assert EXERCISE.structure["key_share"] == {"S2": 0.5}
    assert EXERCISE.keyed == ("S2",)


def test_a_round_is_played_only_after_all_before_it():
    skipped = answered(round_1=decided(), round_3=decided("b"))
    assert playing.play(EXERCISE, skipped).confirmed == 1
    assert KIND.view(EXERCISE, "en", skipped, 5.0)["round"]["number"] == 2


def test_confirmed_rounds_are_final_and_drafts_are_not():
    assert [task.name for task in KIND.tasks(EXERCISE) if task.is_final] == [
        f"round.{number}" for number in range(1, 5)
    ]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({**decided(), "p": 13.3}, "no_setting"),
        ({**decided(), "p": 17}, "no_setting"),
        ({**decided(), "q": -50}, "no_setting"),
        ({name: part for name, part in decided().items() if name != "option"}, "not_complete"),
        ({name: part for name, part in decided().items() if name != "t"}, "not_complete"),
        ({**decided(), "option": "d"}, "no_option"),
        ({**decided(), "luck": 1}, "no_fields"),
        ({**decided(), "p": float("nan")}, "no_number"),
    ],
)
def test_a_round_that_is_not_whole_cannot_be_confirmed(value, code):
    with pytest.raises(InvalidAnswer) as refused:
        KIND.parse(EXERCISE, "round.1", value)
    assert refused.value.code == code


def test_a_short_reason_or_none_is_never_refused():
    for text in ("", "x", "word " * 400):
        assert KIND.parse(EXERCISE, "round.1", decided(text=text)).get("text", "") == text


def test_a_draft_keeps_what_is_not_allowed_yet():
    assert KIND.parse(EXERCISE, "draft.2", {"p": "13.3", "q": 99999}) == {"p": 13.3, "q": 99999}


def test_what_is_stored_can_be_posted_again():
    stored = KIND.parse(EXERCISE, "round.1", decided(text="Why"))
    assert KIND.parse(EXERCISE, "round.1", json.loads(json.dumps(stored))) == stored


def test_a_forecast_knows_only_what_the_page_announces():
    view = KIND.view(EXERCISE, "en", answered(draft_1=decided()), 1.0)
    forecast = dict(view["forecast"]["rows"])
    played = KIND.view(EXERCISE, "en", steady(1), 2.0)
    demand = next(row for row in played["results"]["rows"] if row["name"] == "Demand for new contracts")
    assert forecast["Demand for new contracts"] == "1,050"
    assert demand["cells"] == ["–", "1,000"]
    assert "1,050" in view["round"]["outlook"]


def test_nothing_of_later_rounds_stands_in_what_the_page_gets():
    for language in LANGUAGES:
        for rounds in range(3):
            view = str(KIND.view(EXERCISE, language, steady(rounds), 1.0))
            for later in range(rounds + 2, 5):
                assert EXERCISE.text(language)["rounds"][str(later)]["question"] not in view
            assert "per_round" not in view
            assert "nV" not in view


def test_a_forecast_needs_settings_that_are_allowed_and_comes_anew_for_every_draft():
    wrong = KIND.view(EXERCISE, "en", answered(draft_1={"p": 13.3}), 1.0)
    assert wrong["forecast"] is None
    one, other = (
        KIND.view(EXERCISE, "en", answered(draft_1=decided(p=fee)), 1.0)["parts"] for fee in (13, 14)
    )
    assert one[-1] != other[-1]


def test_a_new_round_begins_with_what_was_decided_before_without_its_answer():
    view = KIND.view(EXERCISE, "en", answered(round_1=decided("a", p=14, f=9)), 2.0)
    assert {lever["id"]: lever["value"] for lever in view["round"]["levers"]}["f"] == "9"
    assert not any(option["is_chosen"] for option in view["round"]["options"])
    assert view["parts"][:2] == ["game", "result.1"]


def test_the_end_says_which_of_the_four_held_the_total_down():
    view = KIND.view(EXERCISE, "en", steady(4), 30.0)
    assert view["outcome"]["lowest"] == "Of the four, the energy of the team held the total down most."
    assert view["outcome"]["facts"][0].startswith("You bought 2,000 new workplaces")
    assert "round" not in view


def test_assessors_read_reasons_with_decisions_and_results_in_order():
    answers = steady(
        1, round_2=decided("b", "Because **cash** fell."), draft_3={"p": 14, "text": "Half a th"}
    )
    blocks = KIND.reading(EXERCISE, "nl", answers)
    assert [block.id for block in blocks] == ["round.1", "round.2", "draft.3"]
    assert blocks[0].notes == ("Er is geen reden opgeschreven.",)
    assert blocks[1].text == "Because **cash** fell."
    rows = dict(blocks[1].rows)
    assert rows["Prijs voor nieuwe contracten"] == "€ 13,50 per maand"
    assert rows["Serviceniveau"] == "Standaard"
    assert rows["De leverancier van bladen kondigt 10 procent verhoging aan."].startswith("Accepteren")
    came = dict(blocks[1].after)
    assert came["Resultaat: Kas"] == KIND.view(EXERCISE, "nl", answers, 9.0)["results"]["rows"][1]["cells"][2]
    assert "Resultaat: Inkomsten" not in came
    assert blocks[2].is_draft
    whole = KIND.reading(EXERCISE, "en", steady(4, closing="I would write it down."))
    assert [block.id for block in whole[-2:]] == ["outcome", "closing"]
    assert "provisional" in " ".join(whole[-2].notes)


def test_nothing_is_open_when_all_rounds_are_confirmed_and_the_last_text_is_there():
    assert KIND.is_complete(EXERCISE, steady(2)) == ("round.3", "round.4", "closing")
    assert KIND.is_complete(EXERCISE, steady(4, closing="…")) == ()


def changed(**structure: Any) -> list[str]:
    document = EXERCISE.document()
    for place, value in structure.items():
        part, _, name = place.partition("__")
        if name:
            document["structure"][part][name] = value
        else:
            document["structure"][part] = value
    return [str(problem) for problem in KIND.check(from_document(document))]


def test_a_division_by_zero_is_refused_with_its_place():
    formulas = [*EXERCISE.structure["model"]["formulas"], "broken = 1 / (p - 12)"]
    assert changed(model__formulas=formulas) == [
        f"stavoord-game/exercise.yaml: model.formulas.{len(formulas)} (broken) divides by zero"
    ]


def test_an_index_beyond_a_hundred_is_refused():
    index = {"formulas": ["index = 101"], "parts": []}
    assert "model.index gives 101" in changed(model__index=index)[0]


def test_what_the_page_would_miss_is_refused():
    assert "does not compute" in changed(outputs=[{"id": "luck", "format": "0"}], charts=[])[0]
    assert "rising" in changed(key={"status": "provisional", "dimension": "S2", "borders": [1, 1, 2, 3]})[0]
    assert "value for each round" in changed(expected={"M": [1, 2]})[0]
    assert "no formula computes" in changed(sums=["luck"])[0]
    missing = {name: value for name, value in EXERCISE.structure.items() if name != "expected"}
    document = {**EXERCISE.document(), "structure": missing}
    assert [problem.message for problem in KIND.check(from_document(document))] == ["has no expected"]


def test_a_missing_text_is_refused_with_its_place():
    document = EXERCISE.document()
    del document["texts"]["nl"]["levers"]["p"]["effect"]
    del document["texts"]["nl"]["rounds"]["2"]["options"]["c"]
    assert [str(problem) for problem in KIND.check(from_document(document))] == [
        "stavoord-game/text.nl.yaml: rounds.2.options.c is missing",
        "stavoord-game/text.nl.yaml: levers.p.effect is missing",
    ]
