"""The check of an exercise folder: every mistake is named with file, line and remedy."""

import shutil

import pytest

from exercises.checking import MANY, problems, problems_of
from exercises.content import SHELF


def broken(tmp_path, slug, file, old, new):
    folder = tmp_path / slug
    shutil.copytree(SHELF / slug, folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return folder, text[: text.index(old)].count("\n") + 1


LOOP = """follow_ups:
  - {id: FX1, from: Daan, when: {sent: {on_message: FX2}}, delay: 1}
  - {id: FX2, from: Daan, when: {sent: {on_message: FX1}}, delay: 1}
"""


@pytest.mark.parametrize(
    ("slug", "file", "old", "new", "told"),
    [
        ("case", "text.nl.yaml", "title:", "titel:", "title is missing"),
        ("case", "text.nl.yaml", "title: ", "title: '' #", "empty in one language"),
        ("case", "exercise.yaml", "rated: [", "rated: [X9, ", "X9, which is no dimension; use one of"),
        ("case", "exercise.yaml", "kind: case_study", "kind: telepathy", "telepathy"),
        ("case", "exercise.yaml", "minutes: 55", "minutes: fifty", "whole number from 1 to 480"),
        ("case", "exercise.yaml", "id: E5", "id: [", "cannot be read"),
        ("case", "exercise.yaml", "version:", "id: E6\nversion:", "id twice; take one out"),
        ("case", "exercise.yaml", "id: E5", "x: &a [1, 2]\ny: *a\nid: E5", "with *"),
        ("case", "rubric.yaml", 'sign: "+"', 'sign: "?"', "its own sign"),
        ("case", "rubric.yaml", "  S1:", "  Z1:", "rates Z1, which is no dimension"),
        ("case", "text.en.yaml", "title: ", "title: <script>alert(1)</script> ", "without HTML"),
        ("case", "text.en.yaml", "goal: ", "goal: '[go](javascript:alert(1))' #", "without HTML"),
        ("in-tray", "exercise.yaml", ", at: 0", ", at: 999", "arrives in minute 999"),
        ("in-tray", "exercise.yaml", "follow_ups:\n", LOOP, "FX1 → FX2 → FX1"),
        ("game", "exercise.yaml", "sold / max(D, 1)", "sold / (D - D)", "divides by zero; keep what"),
        ("game", "exercise.yaml", "floor(N*churn)", "N*churn" + "+1" * 400, "is longer than 400"),
        ("game", "exercise.yaml", "rounds: 4", "rounds: 400000000", "from 1 to 8"),
        ("planning", "exercise.yaml", "before: 15", "before: 16", "says 16"),
        ("planning", "exercise.yaml", "minute: 12", "minute: 21", "arrives outside"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(tmp_path, slug, file, old, new, told):
    folder, line = broken(tmp_path, f"stavoord-{slug}", file, old, new)
    found = problems(folder)
    about = [one for one in found if told in str(one)]
    assert about, [str(one) for one in found]
    assert all(one.place == f"{folder.name}/{one.place.rpartition('/')[2]}" and one.line for one in found)
    assert all(";" in one.message for one in found)
    if about[0].place.endswith(file) and "is missing" not in told:
        assert abs(about[0].line - line) <= 3, str(about[0])


def test_ten_thousand_messages_are_refused_at_once(tmp_path):
    folder, _ = broken(tmp_path, "stavoord-in-tray", "exercise.yaml", "id: E1", "id: E1")
    whole = (folder / "exercise.yaml").read_text("utf-8")
    many = "".join(f"  - {{id: X{number}, from: Daan, at: 0}}\n" for number in range(10_000))
    (folder / "exercise.yaml").write_text(whole.replace("messages:\n", f"messages:\n{many}", 1), "utf-8")
    (found,) = problems(folder)
    assert "more than 20,000 entries; take some out" in str(found)
    few = "".join(f"  - {{id: X{number}, from: Daan, at: 0}}\n" for number in range(200))
    (folder / "exercise.yaml").write_text(whole.replace("messages:\n", f"messages:\n{few}", 1), "utf-8")
    (found,) = problems(folder)
    assert "exercise.yaml:" in str(found)
    assert "more than 150" in str(found)


@pytest.mark.parametrize("words", ["", "[1, 2]", "\x00", "[" * 5000, "a: \ud83d"])
def test_what_is_no_content_is_named_and_raises_nothing(tmp_path, words):
    folder = tmp_path / "own"
    shutil.copytree(SHELF / "practice", folder)
    (folder / "exercise.yaml").write_bytes(words.encode("utf-8", "surrogatepass"))
    (found,) = problems(folder)
    assert found.place == "own/exercise.yaml"


@pytest.mark.parametrize("part", ["memo", "exhibits", "checks"])
def test_structure_of_another_shape_is_a_mistake_and_no_accident(tmp_path, part):
    folder, _ = broken(
        tmp_path, "stavoord-case", "exercise.yaml", f"\n{part}:", f"\n{part}: [1]\nold_{part}:"
    )
    assert problems(folder)


def test_many_folders_are_checked_at_once_and_told_in_their_order(tmp_path):
    folders = [tmp_path / f"own-{number:02}" for number in range(MANY)]
    for folder in folders:
        shutil.copytree(SHELF / "practice-reflection", folder)
    assert problems_of(folders) == []
    for number in (5, 20):
        (folders[number] / "text.nl.yaml").unlink()
    found = problems_of(folders)
    assert found == [*problems(folders[5]), *problems(folders[20])]
    assert [one.place.partition("/")[0] for one in found] == ["own-05", "own-20"]
