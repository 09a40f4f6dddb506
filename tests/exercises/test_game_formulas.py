"""The evaluator of a game's formulas: what it computes, what it refuses, and the golden vectors of model version 1."""

import math
import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.game import formulas, model
from exercises.game.formulas import FormulaError
from exercises.game.model import Decision, ModelError

VALUES = {"a": 2.0, "b": 3.0, "zero": 0.0, "big": 1e11}
TABLES = {"SC": {"1": 9.0, "2": 12.5, "3": 19.0}}


def value(text: str) -> float:
    return formulas.read(text).value(VALUES, TABLES)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("12 / 3 / 2", 2),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("a*b - -1", 7),
        ("min(a, b, 1)", 1),
        ("max(a, b)", 3),
        ("clamp(9, 0, 5)", 5),
        ("floor(-1.5)", -2),
        ("sqrt(b*b)", 3),
        ("abs(a - b)", 1),
        ("SC[a + 1]", 19),
        ("if(a < b, 1, 2)", 1),
        ("if(a >= b or b == 3, 1, 2)", 1),
        ("if(a >= b and b == 3, 1, 2)", 2),
        ("if(a < b, 1, 1/zero)", 1),
    ],
)
def test_a_formula_gives_its_value(text, result):
    assert value(text) == result


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 / zero", "divides by zero"),
        ("zero ^ -1", "negative power of zero"),
        ("(a - b) ^ 0.5", "below zero"),
        ("sqrt(a - b)", "root"),
        ("big * big", "too large"),
        ("10 ^ 11", "exponent"),
        ("nobody + 1", "no value"),
        ("SC[9]", "does not stand"),
        ("XX[1]", "no table"),
    ],
)
def test_what_cannot_be_computed_says_why(text, says):
    with pytest.raises(FormulaError, match=says):
        value(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "(1", "1)", "1 2", "a b", "min(1)", "clamp(1, 2)", "if(a, 1, 2)", "if(a < b, 1)", "a < b",
        "open('x')", "__import__(1)", "a.b", "a[1", "lambda: 1", "a if b else 1", "1e400", "0x10", "a = 1", "'text'",
        "a; b", "min", "and", "1 ** 2", "a // b", "a % b", "\x00", "é", "(" * 40 + "1" + ")" * 40, "-" * 60 + "1",
        "1" + "+1" * 200, "1 + " * 60 + "1" + "+1" * 60, "9" * 401,
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(FormulaError):
        value(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab01.+-*/^(),<>=[]SC minmaxfloor\u00e9\n", max_size=60))
def test_any_text_is_a_finite_number_or_refused(text):
    begun = time.perf_counter()
    with suppress(FormulaError):
        assert math.isfinite(value(text))
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("number", "digits", "result"),
    [(0.25, 1, 0.3), (-0.25, 1, -0.2), (13.0985, 3, 13.099), (2.5, 0, 3), (-2.5, 0, -2)],
)
def test_rounding_goes_half_up(number, digits, result):
    assert formulas.rounded(number, digits) == result


DOCUMENT = yaml.safe_load((Path(__file__).parent / "data" / "game_model_1.yaml").read_text("utf-8"))
MODEL = model.read(DOCUMENT)


def decided(line: str) -> Decision:
    *numbers, option = line.split("/")
    return Decision(dict(zip("pmqfst", map(float, numbers), strict=True)), option)


STEADY = {
    "13.5/80/500/7/2/10/c": (5740, 13.5, 341.1, 65.9, 64.2, 942, 125, 1300, 800, 0),
    "13.5/80/500/7/2/10/b": (6856, 13.5, 119.9, 67.7, 60.4, 944, 214, 1427, 1427, 0),
    "13.5/80/500/7/2/10/b ": (7857, 13.5, -32.4, 68.9, 52.1, 998, 415, 1347, 1347, 0),
    "13.5/80/500/7/2/10/c ": (8977, 13.5, -115.9, 67.2, 27.4, 840, 758, 1610, 1498, 0),
}
CHEAP = {
    "12/200/1500/7/1/0/a": (6740, 13.099, -276.7, 56.1, 60.4, 905, 125, 2420, 1800, 0),
    "12/200/1500/7/1/0/b": (8299, 12.827, -1087.8, 53.4, 48.1, 1214, 427, 2056, 2056, 0),
    "12/200/1500/7/1/0/b ": (9514, 12.664, -1877.1, 43.6, 20.8, 1621, 1027, 1872, 1872, 1),
    "12/200/1500/7/1/0/c": (10196, 12.558, -1843.5, 25.9, 0.0, 600, 2154, 2040, 1621, 1),
}
NOTHING = {
    "16/0/0/5/2/0/c": (5240, 13.643, 685.3, 63.0, 49.3, 646, 464, 518, 300, 0),
    "16/0/0/5/2/0/b": (5483, 13.882, 817.6, 59.3, 14.5, 651, 967, 557, 557, 0),
    "16/0/0/5/2/0/a": (5618, 14.072, 971.5, 49.9, 0.0, 547, 1753, 504, 504, 0),
    "16/0/0/5/2/0/c ": (5681, 14.258, 1134.4, 36.0, 0.0, 339, 2777, 553, 547, 0),
}
BALANCED = {
    "13.5/80/850/9/2/20/b": (6090, 13.5, 130.5, 67.4, 65.7, 958, 125, 1500, 1150, 0),
    "13.75/80/500/10/2/20/a": (7160, 13.548, -178.2, 69.1, 68.1, 1197, 0, 1381, 1381, 0),
    "14/90/300/9/2/20/b": (8094, 13.619, -275.9, 70.9, 70.5, 1310, 0, 1276, 1276, 0),
    "14/90/250/9/2/20/b": (9269, 13.682, -286.4, 72.7, 75.9, 1175, 0, 1532, 1532, 0),
}


@pytest.mark.parametrize(
    ("rounds", "index"), [(STEADY, 49.0), (CHEAP, 27.7), (NOTHING, 25.1), (BALANCED, 70.6)]
)
def test_the_golden_vectors_of_version_1_come_out(rounds, index):
    played = MODEL.play([decided(line.strip()) for line in rounds])
    for number, (found, wanted) in enumerate(zip(played, rounds.values(), strict=True), 1):
        n, pbar, cash, c, e, stock, backlog, demand, sold, forced = wanted
        assert found.state["pbar"] == pytest.approx(pbar, abs=0.0005), number
        for name, piece in (("N", n), ("stock", stock), ("backlog", backlog)):
            assert found.state[name] == pytest.approx(piece, abs=1), (number, name)
        assert found.state["cash"] == pytest.approx(cash, abs=0.3), number
        for name, part in (("C", c), ("E", e)):
            assert found.state[name] == pytest.approx(part, abs=0.1), (number, name)
        for name, piece in (("D", demand), ("sold", sold)):
            assert found.values[name] == pytest.approx(piece, abs=1), (number, name)
        assert found.values["forced"] == forced
    assert MODEL.index(played[-1].state).value == pytest.approx(index, abs=0.1)


def test_growing_fast_is_capped_and_the_best_of_version_1_is_not():
    fast = MODEL.play([decided(f"13.5/150/1200/9/3/20/{option}") for option in "aabb"])
    assert [found.values["forced"] for found in fast] == [0, 0, 1, 1]
    assert fast[-1].state["N"] == pytest.approx(10274, abs=1)
    assert MODEL.index(fast[-1].state).value == 49.0
    best = MODEL.play(
        [
            decided(line)
            for line in (
                "14.5/60/1150/8/3/40/a",
                "14/50/350/8/3/40/b",
                "14.5/50/50/7/3/40/b",
                "14.5/70/250/7/3/40/a",
            )
        ]
    )
    assert MODEL.index(best[-1].state).value == pytest.approx(87.3, abs=0.1)


def changed(**parts):
    return model.read({**DOCUMENT, **parts})


@pytest.mark.parametrize(
    ("parts", "place", "says"),
    [
        ({"formulas": ["x = 1 + nobody"]}, "model.formulas.1 (x)", "nobody"),
        ({"formulas": ["1 + 1"]}, "model.formulas.1", "name = formula"),
        ({"formulas": ["x = (1"]}, "model.formulas.1 (x)", "too early|should be"),
        ({"formulas": ["x = 1"] * 81}, "model.formulas", "more than 80"),
        ({"rounds": 0}, "model.rounds", "whole number"),
        ({"rounds": 3}, "model.per_round.M", "4 values"),
        ({"state": {"N": "many"}}, "model.state.N", "number"),
        ({"state": {"N": float("nan")}}, "model.state.N", "number"),
        ({"next": {"nobody": "1"}}, "model.next", "no state"),
        ({"levers": [{"id": "p", "min": 1, "max": 2, "step": 0.3, "default": 1}]}, "model.levers.p", "whole steps"),
        ({"levers": [{"id": "min", "min": 1, "max": 2, "step": 1, "default": 1}]}, "model.levers.min", "no name"),
        ({"events": []}, "model.events", "0 for 4"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_used_is_refused_with_its_place(parts, place, says):
    with pytest.raises(ModelError, match=says) as refused:
        changed(**parts)
    assert refused.value.place == place
