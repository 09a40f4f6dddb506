"""The reflection kind: what is shared is read, what is private is not, and nothing is scored by key (D14)."""

from exercises import get
from exercises.content import from_document, shipped
from exercises.kind import Answer

KIND = get("reflection")
EXERCISE = shipped()["stavoord-reflection"]


def answered(**tasks: str) -> dict[str, Answer]:
    return {task: Answer(task, text, 3.0, order) for order, (task, text) in enumerate(tasks.items(), 1)}


def test_assessors_read_the_shared_answers_and_never_the_private_one():
    blocks = KIND.reading(EXERCISE, "en", answered(private="Only mine.", moment="I stopped the delivery."))
    assert [block.id for block in blocks] == ["moment"]
    assert "Only mine" not in str(blocks)
    assert "What do you need" not in str(blocks), "not even that there was such a question"


def test_its_writer_finds_the_private_answer_again():
    block = KIND.account(EXERCISE, "nl", "private", "Alleen van mij.")
    assert block is not None
    assert block.text == "Alleen van mij."
    assert block.heading.startswith("Hoe waren deze opdrachten")


def test_a_private_answer_is_never_asked_for():
    shared = answered(**dict.fromkeys(("moment", "differently", "changed", "view", "next"), "x"))
    assert KIND.is_complete(EXERCISE, shared) == ()


def test_nothing_that_people_write_about_themselves_is_scored_by_key():
    document = EXERCISE.document()
    document["structure"]["keyed"] = ["P2"]
    assert any("never scored by key" in str(one) for one in KIND.check(from_document(document)))


def test_a_reflection_without_a_shared_question_is_refused():
    document = EXERCISE.document()
    document["structure"]["prompts"] = [{"id": "private", "private": True}]
    assert any("not private" in str(one) for one in KIND.check(from_document(document)))
