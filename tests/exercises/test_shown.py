"""What material was gone to is told to assessors in words, and is part of no score (content C0.3, class B)."""

from typing import Any

import pytest

from exercises import get, shown
from exercises.content import LANGUAGES, Exercise, from_document, shipped
from exercises.in_tray.samples import answered, script
from exercises.kind import Answer, InvalidAnswer

CASE, TRAY = shipped()["stavoord-case"], shipped()["stavoord-in-tray"]


def block(exercise: Exercise, answers: dict[str, Answer], language: str = "en") -> Any:
    found = get(exercise.kind).reading(exercise, language, answers)
    return next((one for one in found if one.id == "shown"), None)


def seen(*pieces: str, since: int = 1) -> dict[str, Answer]:
    return {
        f"shown.{piece}": Answer(f"shown.{piece}", "shown", float(order), order)
        for order, piece in enumerate(pieces, since)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_assessor_reads_which_documents_came_before_the_first_action_later_and_never(
    language: str,
) -> None:
    words, first = TRAY.text(language), TRAY.structure["documents"][0]
    second, *others = TRAY.structure["documents"][1:]
    sent = {
        task: Answer(task, one.value, one.minute, one.order + 10)
        for task, one in answered(script(TRAY, "model", language)).items()
    }
    read = block(TRAY, {**sent, **seen(first), **seen(second, since=900)}, language)
    titles = {name: words["documents"][name]["title"] for name in TRAY.structure["documents"]}
    assert read.rows == (
        (words["shown"]["before"], titles[first]),
        (words["shown"]["later"], titles[second]),
        (words["shown"]["never"], "; ".join(titles[name] for name in others)),
    )
    assert read.notes == (words["shown"]["note"],)


def test_the_exhibits_of_a_case_are_told_in_the_order_in_which_they_came() -> None:
    names = [entry["id"] for entry in CASE.structure["exhibits"]]
    words = CASE.text("en")
    gone_to = f"{words['exhibits'][names[2]]['title']}; {words['note']['subject']}"
    assert block(CASE, seen(names[2], "note")).rows == ((words["shown"]["chosen"], gone_to),)


@pytest.mark.parametrize("exercise", [CASE, TRAY], ids=["case", "in-tray"])
def test_it_changes_no_score_is_no_answer_and_holds_nothing_but_that_it_was_shown(exercise: Exercise) -> None:
    kind = get(exercise.kind)
    tasks = [task.name for task in kind.tasks(exercise) if task.name.startswith(shown.PREFIX)]
    assert len(tasks) >= 3
    everything = {name: Answer(name, "shown", 1.0, order) for order, name in enumerate(tasks)}
    assert kind.key(exercise, everything).scores == kind.key(exercise, {}).scores
    assert kind.is_complete(exercise, everything) == kind.is_complete(exercise, {})
    assert kind.account(exercise, "en", tasks[0], "shown") is None
    assert kind.parse(exercise, tasks[0], "shown") == "shown"
    for posted in ("", "shown for 40 seconds", {"seconds": 40}, 40, None, ["shown"]):
        with pytest.raises(InvalidAnswer):
            kind.parse(exercise, tasks[0], posted)


@pytest.mark.parametrize("exercise", [CASE, TRAY], ids=["case", "in-tray"])
def test_a_version_that_does_not_say_so_keeps_nothing(exercise: Exercise) -> None:
    document = exercise.document()
    del document["structure"]["notes_shown"]
    silent, kind = from_document(document), get(exercise.kind)
    assert not [task for task in kind.tasks(silent) if task.name.startswith(shown.PREFIX)]
    assert not kind.view(silent, "en", {}, 1.0)["notes_shown"]
    assert block(silent, seen("stock", "note")) is None
    with pytest.raises(InvalidAnswer):
        kind.parse(silent, "shown.note", "shown")
