"""What synthetic people write: content's own samples, in states that the service would take."""

import pytest

import exercises
from assessment.rehearsal.figures import Figures, percentile
from assessment.rehearsal.material import paced, strokes
from exercises import content

SLUGS = ("stavoord-in-tray", "stavoord-judgement", "stavoord-case", "stavoord-role-play", "stavoord-game")


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("turn", [0, 2])
def test_every_state_is_an_answer_to_its_task(slug: str, language: str, turn: int) -> None:
    exercise = content.shipped()[slug]
    kind = exercises.get(exercise.kind)
    made = strokes(exercise, language, turn)
    assert made
    for stroke in made:
        kind.parse(exercise, stroke.task, stroke.value)  # raises where it is none


@pytest.mark.parametrize("turns", [1, 3, 40, 2000])
def test_there_is_something_to_save_in_every_turn_and_the_end_is_reached(turns: int) -> None:
    all_of_it = strokes(content.shipped()["stavoord-case"], "en", 0)
    made = paced(all_of_it, turns)
    assert len(made) == turns
    whole = [stroke for stroke in all_of_it if stroke.is_whole]
    assert whole[-1] in made


def test_text_grows_before_it_is_whole() -> None:
    made = [one for one in strokes(content.shipped()["stavoord-case"], "en", 0) if one.task == "memo"]
    lengths = [len(one.value) for one in made]
    assert lengths == sorted(lengths)
    assert len(lengths) > 20
    assert [one.is_whole for one in made] == [False] * (len(made) - 1) + [True]


def test_a_message_is_a_draft_before_it_is_sent_and_all_messages_are_sent_in_order() -> None:
    made = strokes(content.shipped()["stavoord-role-play"], "nl", 0)
    sent = [one.task for one in made if one.is_whole]
    assert sent == ["start", *(f"turn.{number}" for number in range(1, 11)), "agreed", "differently"]
    first = [one.task for one in made].index("turn.1")
    assert {one.task for one in made[1:first]} == {"draft.1"}


def test_a_percentile_is_a_measured_value_with_at_least_that_share_below_it() -> None:
    values = [number / 1000 for number in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([0.007], 0.5) == 7
    assert percentile([], 0.5) is None


def test_figures_count_answers_and_errors_apart() -> None:
    figures = Figures()
    figures.note("save", 0.010)
    figures.note("save", 0.030, "503")
    figures.note("save", None, "lost")
    assert (figures.requests, figures.errors) == (2, 2)
    entry = figures.document()["requests"]["save"]
    assert (entry["count"], entry["errors"], entry["max_ms"]) == (2, {"503": 1, "lost": 1}, 30)
    assert any("503 × 1, lost × 1" in line for line in figures.table())
