"""Reading content folders: what is broken is named with its place, and both languages are one exercise."""

import pytest

from exercises.content import SHELF, ContentError, from_document, read
from exercises.dossier import dossier, orientation

STRUCTURE = "id: E0\nkind: case_study\nversion: 1\nminutes: 5\n"


def folder(path, **files):
    given = {"exercise": STRUCTURE, "text_en": "title: A\n", "text_nl": "title: B\n", **files}
    for name, words in given.items():
        if words is not None:
            (path / f"{name.replace('_', '.')}.yaml").write_text(words, "utf-8")
    return path


def problems(path):
    with pytest.raises(ContentError) as refused:
        read(path)
    return [str(problem) for problem in refused.value.problems]


def test_a_missing_file_is_named(tmp_path):
    assert problems(folder(tmp_path, text_nl=None)) == [f"{tmp_path.name}/text.nl.yaml: is missing"]


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    (found,) = problems(folder(tmp_path, exercise="a: [1"))
    assert "exercise.yaml:2: cannot be read" in found


def test_a_missing_and_a_surplus_translation_are_named(tmp_path):  # rule T5
    found = problems(folder(tmp_path, text_en="title: A\nmore: {a: x}\n", text_nl="title: B\nmore: {b: y}\n"))
    assert any("more.a is missing" in entry for entry in found)
    assert any("more.b is not in the first language" in entry for entry in found)


def test_a_shorter_list_and_an_empty_translation_are_named(tmp_path):
    found = problems(folder(tmp_path, text_en="title: A\nlist: [a, b]\n", text_nl="title: ''\nlist: [a]\n"))
    assert any("list has 1 entries instead of 2" in entry for entry in found)
    assert any("title is empty in one language" in entry for entry in found)


def test_what_every_exercise_has_is_asked_for(tmp_path):
    assert any(
        "has no minutes" in entry
        for entry in problems(folder(tmp_path, exercise="id: E0\nkind: x\nversion: 1"))
    )


def test_days_and_the_words_on_and_no_stay_texts(tmp_path):
    exercise = read(folder(tmp_path, exercise=f"{STRUCTURE}on: no\nday: 2026-03-03\nis_open: true\n"))
    assert exercise.structure["on"] == "no"
    assert exercise.structure["day"] == "2026-03-03"
    assert exercise.structure["is_open"] is True


def test_a_change_of_one_letter_is_another_version():
    document = read(SHELF / "practice").document()
    document["texts"]["nl"]["title"] += "."
    assert from_document(document) != read(SHELF / "practice")


def test_an_exercise_cannot_be_changed():
    exercise = read(SHELF / "practice")
    with pytest.raises(TypeError):
        exercise.structure["minutes"] = 99


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        (dossier, ["profile", "people", "history", "words"]),
        (orientation, ["what", "before", "during", "looked_at", "after"]),
    ],
)
def test_what_is_read_beforehand_has_the_same_sections_in_both_languages(text, sections):
    english, dutch = text("en"), text("nl")
    assert list(english["sections"]) == list(dutch["sections"]) == sections
    for name, section in english["sections"].items():
        assert section["title"] != dutch["sections"][name]["title"]
        assert section["body"].count("\n") == dutch["sections"][name]["body"].count("\n")


def test_the_jobs_of_the_dossier_add_up():
    assert 208 + 186 + 62 + 38 + 24 == 518
    for language in ("en", "nl"):
        people = dossier(language)["sections"]["people"]["body"]
        assert all(f"| {jobs} |" in people for jobs in (208, 186, 62, 38, 24))
