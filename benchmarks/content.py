"""The figures of the content: how much there is to read, in how many minutes, and what scripted participants score.

    python -m benchmarks.content

Reading words are those that a participant can come across: not the notes for assessors, the words of the key, nor
labels of fields. In a conversation and a game everything is counted that anybody can meet; one person meets less.
Scores are on the 1 to 5 scale, by key alone; what people rate, no script can score. The model participant and the
careless one are the sample answers of each kind; of the in-tray the careless script, which does harm. "0" is somebody
who answers nothing.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import exercises
from exercises import writing
from exercises.content import LANGUAGES, Exercise, shipped
from exercises.in_tray.samples import answered, script
from exercises.kind import Answer, Answers

NOT_READ = frozenset(
    [
        *("assessor_notes", "facts", "key", "moves", "reading", "topics"),
        *("broken", "kinds", "labels", "marks", "outputs", "priorities", "tags", "units", "you"),
    ]
)
"""Parts of a text that no participant reads, or only as names of fields and choices."""
IN_TRAY = "in_tray"


def main() -> int:
    """Print the table; practice is left out. There is nothing here that could fail."""
    print(
        f"{'':4} {'exercise':32} {'min':>4} {'words en':>9} {'nl':>6} {'nl/en':>6}  {'by key':24} by people"
    )
    total = dict.fromkeys(LANGUAGES, 0)
    centre = sorted((one for one in shipped().values() if one.dimensions), key=lambda one: one.id)
    for exercise in centre:
        words = {language: read_by_participants(exercise, language) for language in LANGUAGES}
        for language in LANGUAGES:
            total[language] += words[language]
        print(
            f"{exercise.id:4} {exercise.text('en')['title'][:32]:32} {exercise.minutes:4} {words['en']:9} "
            f"{words['nl']:6} {words['nl'] / words['en']:6.2f}  {' '.join(scores(exercise)) or '–':24} "
            f"{' '.join(exercise.rated) or '–'}"
        )
    print(f"{'':37} {sum(one.minutes for one in centre):4} {total['en']:9} {total['nl']:6}")
    print("by key: dimension model/0/careless")
    return 0


def read_by_participants(exercise: Exercise, language: str) -> int:
    """The number of words that a participant can come across in this language."""
    words = exercise.text(language)
    return sum(writing.words(text) for part in words.keys() - NOT_READ for text in _texts(words[part]))


def scores(exercise: Exercise) -> Iterator[str]:
    """Per dimension of the key what the three scripted participants score."""
    found = [of_key(exercise, answers) for answers in (_model(exercise), {}, _careless(exercise))]
    for dimension in exercise.keyed:
        yield f"{dimension} " + "/".join(
            "–" if score[dimension] is None else f"{score[dimension]:.1f}" for score in found
        )


def of_key(exercise: Exercise, answers: Answers) -> dict[str, float | None]:
    """The scores of an exercise's key by dimension."""
    result = exercises.get(exercise.kind).key(exercise, answers)
    return {score.dimension: score.score for score in result.scores}


def _model(exercise: Exercise) -> Answers:
    if exercise.kind == IN_TRAY:
        return answered(script(exercise, "model"))
    return _answers(exercise, exercises.get(exercise.kind).samples(exercise).complete)


def _careless(exercise: Exercise) -> Answers:
    if exercise.kind == IN_TRAY:
        return answered(script(exercise, "careless"))
    return _answers(exercise, exercises.get(exercise.kind).samples(exercise).weak)


def _answers(exercise: Exercise, sent: Mapping[str, Sequence[tuple[str, Any]]]) -> Answers:
    """What was sent, spread evenly over the minutes of the exercise."""
    kind, posted = exercises.get(exercise.kind), sent[LANGUAGES[0]]
    return {
        task: Answer(task, kind.parse(exercise, task, value), exercise.minutes * order / len(posted), order)
        for order, (task, value) in enumerate(posted, 1)
    }


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        for entry in tree.values():
            yield from _texts(entry)
    elif isinstance(tree, list | tuple):
        for entry in tree:
            yield from _texts(entry)


if __name__ == "__main__":
    sys.exit(main())
