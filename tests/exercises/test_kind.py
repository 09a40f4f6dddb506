"""The one contract of all kinds, tried on every shipped exercise."""

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exercises
from exercises.content import LANGUAGES, SHELF, from_document, read
from exercises.kind import LONGEST_ANSWER, Answer, InvalidAnswer
from exercises.rubric import LEVELS, framework

SLUGS = sorted(folder.name for folder in SHELF.iterdir() if (folder / "exercise.yaml").is_file())


@cache
def shipped(slug):
    return read(SHELF / slug)


@pytest.fixture(params=SLUGS)
def exercise(request):
    return shipped(request.param)


@pytest.fixture
def kind(exercise):
    return exercises.get(exercise.kind)


def answers_from(kind, exercise, sent):
    """The counting answers after all of ``sent`` was posted in this order; what is refused changes nothing."""
    found = {}
    for order, (task, posted) in enumerate(sent, 1):
        if kind.task(exercise, task) is None or (kind.task(exercise, task).is_final and task in found):
            continue
        try:
            value = kind.parse(exercise, task, posted)
        except InvalidAnswer:
            continue
        found[task] = Answer(task, value, minute=order / 10, order=order)
    return found


def followed(kind, exercise, answers):
    """Those of the answers that decide what arrives."""
    names = kind.followed(exercise)
    return {
        task: answer for task, answer in answers.items() if any(fnmatchcase(task, name) for name in names)
    }


def all_samples(kind, exercise):
    samples = kind.samples(exercise)
    return [
        (),
        samples.incomplete,
        samples.hostile,
        *(use[language] for use in (samples.complete, samples.weak) for language in LANGUAGES),
    ]


def test_every_shipped_exercise_has_a_kind_on_the_shelf(exercise):
    assert exercise.kind in exercises.names()
    assert exercises.get(exercise.kind).name == exercise.kind


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        exercises.get("no_such_kind")


def test_the_content_passes_its_own_check(exercise, kind):
    assert list(kind.check(exercise)) == []


def test_the_document_of_an_exercise_leads_back_to_it(exercise):
    again = from_document(json.loads(json.dumps(exercise.document())))
    assert again.hash == exercise.hash
    assert again == exercise


def test_both_languages_name_goal_role_and_instructions(exercise):
    for language in LANGUAGES:
        for name in ("title", "goal", "role", "instructions"):
            assert exercise.text(language)[name].strip()


def test_every_sample_answer_is_accepted_and_again_as_it_is_stored(exercise, kind):
    samples = kind.samples(exercise)
    for sent in (*samples.complete.values(), *samples.weak.values(), samples.incomplete):
        assert sent
        for task, posted in sent:
            assert kind.task(exercise, task) is not None, task
            stored = kind.parse(exercise, task, posted)
            assert kind.parse(exercise, task, stored) == stored


def test_the_tasks_of_an_exercise_are_exactly_those_that_it_finds_by_name(exercise, kind):  # robustness 18
    tasks = kind.tasks(exercise)
    names = {task.name for task in tasks}
    assert len(names) == len(tasks)
    assert 0 < len(tasks) <= 2000
    for task in tasks:
        assert kind.task(exercise, task.name) == task
        assert any(phase.admits(task.name) for phase in kind.phases(exercise))
    sampled = {name for sent in all_samples(kind, exercise) for name, _ in sent}
    one_off = {
        other
        for name in names
        for other in (f"{name}0", f"{name}1", f"{name}.sent", f"{name}.sent.1", name[:-1], name.swapcase())
    }
    for name in sampled | one_off:
        assert (kind.task(exercise, name) is not None) == (name in names), name


def test_the_phases_take_every_task_in_and_leave_no_gap(exercise, kind):
    phases = kind.phases(exercise)
    assert phases[0].since == 0
    assert phases[-1].until == exercise.minutes
    for one, other in pairwise(phases):
        assert other.since <= one.until <= other.until
    for sent in all_samples(kind, exercise):
        for task, _ in sent:
            if kind.task(exercise, task):
                assert any(phase.admits(task) for phase in phases), task


def test_a_complete_answer_leaves_nothing_open_and_no_answer_does(exercise, kind):
    for sent in kind.samples(exercise).complete.values():
        assert kind.is_complete(exercise, answers_from(kind, exercise, sent)) == ()
    assert kind.is_complete(exercise, {})


def test_what_is_private_is_neither_asked_for_nor_read_nor_scored(exercise, kind):  # content C0.1
    sent = kind.samples(exercise).complete["en"]
    written = answers_from(kind, exercise, sent)
    private = [task.name for task in kind.tasks(exercise) if task.is_private]
    secret = "Only for me"
    noted = answers_from(kind, exercise, [*sent, *((name, secret) for name in private)])
    noted |= answers_from(kind, exercise, [(name, {"text": secret, "priority": "high"}) for name in private])
    assert set(private) <= noted.keys()
    empty = {name: answer for name, answer in noted.items() if name in private}
    assert kind.is_complete(exercise, empty) == kind.is_complete(exercise, {})
    assert kind.key(exercise, noted) == kind.key(exercise, written)
    for language in LANGUAGES:
        assert kind.reading(exercise, language, noted) == kind.reading(exercise, language, written)
        for name in private:
            assert secret in kind.account(exercise, language, name, noted[name].value).text


def test_hostile_answers_are_refused_or_stored_harmlessly(exercise, kind):
    hostile = kind.samples(exercise).hostile
    assert hostile
    for task, posted in hostile:
        try:
            value = kind.parse(exercise, task, posted)
        except InvalidAnswer:
            continue
        spelled = json.dumps(value, ensure_ascii=False, allow_nan=False)
        assert len(spelled.encode()) <= 2 * LONGEST_ANSWER
        assert "\\u0000" not in spelled


def test_what_was_written_is_kept_to_the_letter(exercise, kind):
    written = "  تجربة 👩‍🔧\u202e \x07 =1+1 <script> \r\n\tend  "
    kept = 0
    for task, posted in kind.samples(exercise).complete["en"]:
        if isinstance(posted, str) and isinstance(kind.parse(exercise, task, posted), str):
            assert kind.parse(exercise, task, written) == written
            kept += 1
    if exercise.kind == "case_study":
        assert kept


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("slug", SLUGS)
@settings(max_examples=60, deadline=None)
@given(posted=JSON, place=st.integers(0, 1000))
def test_any_json_is_an_answer_or_refused(slug, posted, place):
    exercise = shipped(slug)
    kind = exercises.get(exercise.kind)
    tasks = sorted({task for task, _ in kind.samples(exercise).complete["en"]})
    task = tasks[place % len(tasks)]
    try:
        value = kind.parse(exercise, task, posted)
    except InvalidAnswer:
        return
    answers = {task: Answer(task, value, minute=1.0, order=1)}
    kind.key(exercise, answers)
    for language in LANGUAGES:
        json.dumps(kind.view(exercise, language, answers, 2.0), allow_nan=False)
        kind.reading(exercise, language, answers)


def test_view_reading_and_key_hold_for_every_sample(exercise, kind):
    for sent in all_samples(kind, exercise):
        answers = answers_from(kind, exercise, sent)
        for language in LANGUAGES:
            for minute in (0.0, exercise.minutes / 2, float(exercise.minutes)):
                view = kind.view(exercise, language, answers, minute)
                json.dumps(view, allow_nan=False)
                assert len(set(view["parts"])) == len(view["parts"])
                assert kind.parts(exercise, answers, minute) == tuple(view["parts"])
                assert kind.parts(exercise, followed(kind, exercise, answers), minute) == tuple(view["parts"])
            blocks = kind.reading(exercise, language, answers)
            assert len({block.id for block in blocks}) == len(blocks)
            for block in blocks:
                assert block.limit_at is None or 0 < block.limit_at < len(block.text)
        kind.key(exercise, answers)


@cache
def stored(slug):
    """What each sample leaves stored, in the order of sending; and what else may be stored of what arrivals ask about."""
    exercise = shipped(slug)
    kind = exercises.get(exercise.kind)

    def left_by(sent):
        return [(task, answer.value) for task, answer in answers_from(kind, exercise, sent).items()]

    more = [one for posted in choices(exercise) for one in left_by([posted])]
    return [left_by(sent) for sent in all_samples(kind, exercise)], more


def choices(exercise):
    """In an in-tray every choice there is, and the empty drafts that a page saves for the follow-ups it shows."""
    if exercise.kind != "in_tray":
        return
    structure = exercise.structure
    yield from ((entry["id"], {}) for entry in structure["follow_ups"])
    for name, decision in structure["decisions"].items():
        yield from ((f"decision.{name}", {"option": option}) for option in decision["options"])
    for choice in structure["stock"].get("choices", ()):
        yield "stock", {batch["id"]: choice for batch in structure["stock"]["batches"]}


@pytest.mark.parametrize("slug", SLUGS)
@settings(max_examples=100)
@given(chance=st.randoms(use_true_random=False))
def test_the_answers_that_are_followed_decide_what_arrives_alone(slug, chance):
    exercise = shipped(slug)
    kind = exercises.get(exercise.kind)
    samples, more = stored(slug)
    written = [*chance.choice(samples), *chance.sample(more, chance.randint(0, len(more)))]
    if chance.random() < 0.5:
        chance.shuffle(written)
    share = chance.choice((0.4, 0.8, 1.0))
    written = [one for one in written if chance.random() < share]
    minutes = sorted(chance.uniform(0, exercise.minutes) for _ in written)
    answers = {
        task: Answer(task, value, arrived, order)
        for order, ((task, value), arrived) in enumerate(zip(written, minutes, strict=True), 1)
    }
    asked = followed(kind, exercise, answers)
    # As the clock counts them: by their places among those that it asks for.
    renumbered = {
        task: replace(answer, order=order)
        for order, (task, answer) in enumerate(sorted(asked.items(), key=lambda one: one[1].order), 1)
    }
    besides = {task: answer for task, answer in answers.items() if task in asked or chance.random() < 0.5}
    for minute in (chance.uniform(0, exercise.minutes), float(exercise.minutes)):
        found = tuple(kind.view(exercise, "en", answers, minute)["parts"])
        for known in (answers, asked, renumbered, besides):
            assert kind.parts(exercise, known, minute) == found


def test_the_key_repeats_to_the_byte(exercise, kind):  # rule T6
    for sent in all_samples(kind, exercise):
        answers = answers_from(kind, exercise, sent)
        backwards = dict(reversed(answers.items()))
        assert repr(kind.key(exercise, answers)) == repr(kind.key(exercise, backwards))


def test_every_keyed_dimension_gets_a_score_on_the_scale_even_without_an_answer(exercise, kind):
    for sent in all_samples(kind, exercise):
        result = kind.key(exercise, answers_from(kind, exercise, sent))
        assert sorted(score.dimension for score in result.scores) == sorted(exercise.keyed)
        for score in result.scores:
            assert 0 <= score.proportion <= 1
            assert 1 <= score.score <= 5
    for score in kind.key(exercise, {}).scores:
        assert score.score == 1


def test_a_strong_answer_scores_higher_by_key_than_a_weak_one(exercise, kind):
    if not exercise.keyed:
        return
    samples = kind.samples(exercise)
    for language in LANGUAGES:
        strong = kind.key(exercise, answers_from(kind, exercise, samples.complete[language])).scores
        weak = kind.key(exercise, answers_from(kind, exercise, samples.weak[language])).scores
        assert sum(s.proportion for s in strong) > sum(s.proportion for s in weak)


def test_every_rated_dimension_has_five_anchors_and_a_checklist(exercise):  # rule M3
    known = {b.id: b.sign for dimension in framework().values() for b in dimension.behaviours}
    seen = set()
    for name in exercise.rated:
        rated = exercise.rubric.get(name)
        assert len(rated.anchors) == len(LEVELS)
        assert {line.sign for line in rated.checklist} == {"+", "-"}
        for words in (*rated.anchors, *(line.words for line in rated.checklist)):
            assert all(words[language].strip() for language in LANGUAGES)
            assert words["en"] != words["nl"]
        for line in rated.checklist:
            assert line.id not in seen
            seen.add(line.id)
            assert known[line.behaviour] == line.sign
            assert line.behaviour.startswith(f"{name}.")


def test_a_task_of_another_exercise_is_unknown_and_refused(exercise, kind):
    for name in ("", "no such task", "memo\x00", "../memo"):
        assert kind.task(exercise, name) is None
        with pytest.raises(InvalidAnswer):
            kind.parse(exercise, name, "text")


def test_every_stored_answer_has_an_account_in_words_of_both_languages(exercise, kind):
    for sent in all_samples(kind, exercise):
        for task, answer in answers_from(kind, exercise, sent).items():
            for language in LANGUAGES:
                block = kind.account(exercise, language, task, answer.value)
                if isinstance(answer.value, str):
                    assert (block is None) == (not answer.value.strip())
                if block is None:
                    continue
                assert block.heading
                assert "{" not in "".join(
                    (block.heading, *block.notes, *(cell for row in block.rows for cell in row))
                )
                written = answer.value if isinstance(answer.value, str) else answer.value.get("text", "")
                assert not block.text or block.text == written  # to the letter
    assert kind.account(exercise, "en", "no such task", "") is None


def test_whoever_rates_has_notes_that_the_participant_never_sees(exercise, kind):
    for language in LANGUAGES if exercise.rated else ():
        notes = exercise.text(language).get("assessor_notes", {})
        assert notes or exercise.kind not in ("game", "reflection")
        view = repr(kind.view(exercise, language, {}, 0.0))
        lines = [line for part in notes.values() if isinstance(part, tuple) for line in part]
        assert not [line for line in lines if line in view]
