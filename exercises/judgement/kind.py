"""The kind "judgement": every option of every situation is rated; the order of the ratings is scored by key.

One task per situation; its answer maps options to ratings, as far as they are given. No assessor rates it. Content may
declare ``format: most_least`` instead of ``rating``: then one option is picked as the most effective and one as the
least (:mod:`exercises.judgement.most_least`), and the answer maps these two columns to options.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exercises import writing
from exercises.content import LANGUAGES, Exercise, Problem
from exercises.judgement import most_least
from exercises.judgement.sampling import samples
from exercises.kind import (
    Answers,
    Block,
    InvalidAnswer,
    KeyLine,
    KeyResult,
    KeyScore,
    Phase,
    Samples,
    Task,
)
from scoring.keys import pairwise_order, scale_from_proportion


@dataclass(frozen=True)
class Judgement:
    """Reads, shows and scores every exercise of this kind."""

    name: str = "judgement"

    def check(self, exercise: Exercise) -> Sequence[Problem]:
        return tuple(_problems(exercise))

    def phases(self, exercise: Exercise) -> tuple[Phase, ...]:
        return (Phase("work", 0, exercise.minutes, frozenset(item["id"] for item in _items(exercise))),)

    def tasks(self, exercise: Exercise) -> tuple[Task, ...]:
        return tuple(Task(item["id"]) for item in _items(exercise))

    def task(self, exercise: Exercise, name: str) -> Task | None:
        return Task(name) if _item(exercise, name) is not None else None

    def view(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
        words = exercise.text(language)
        return {
            "parts": list(self.parts(exercise, answers, minute)),
            "language": language,
            "instructions": words["instructions"],
            "question": words["question"],
            "explanation": words.get("explanation", ""),  # in practice only: elsewhere it would be the key
            "format": _format(exercise),
            "scale": [] if _picks(exercise) else _scale(exercise, words),
            "columns": [{"id": one, "words": words["columns"][one]} for one in most_least.COLUMNS]
            if _picks(exercise)
            else [],
            "items": [
                _shown(
                    item, number, words["items"][item["id"]], _given(answers, item), _wanted(exercise, item)
                )
                for number, item in enumerate(_items(exercise), 1)
            ],
        }

    def followed(self, exercise: Exercise) -> frozenset[str]:
        return frozenset()

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        return tuple(item["id"] for item in _items(exercise))

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        item = _item(exercise, task)
        if item is None:
            raise InvalidAnswer("no_task")
        if _picks(exercise):
            return most_least.parse(item, task, posted)
        allowed = {str(value): value for value in exercise.structure["scale"]}
        ratings: dict[str, int] = {}
        for name, written in writing.fields(posted).items():
            option = name.removeprefix(f"{task}-")
            if option not in item["key"]:
                raise InvalidAnswer("no_option")
            if written not in allowed:
                raise InvalidAnswer("no_rating")
            ratings[option] = allowed[written]
        return {option: ratings[option] for option in sorted(ratings)}

    def is_complete(self, exercise: Exercise, answers: Answers) -> tuple[str, ...]:
        return tuple(i["id"] for i in _items(exercise) if len(_given(answers, i)) < _wanted(exercise, i))

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        """The ratings or picks as they were given, for a guided look at one's own answers: assessors rate none of it."""
        words = exercise.text(language)["items"]
        return tuple(
            Block(
                item["id"],
                words[item["id"]]["title"],
                notes=(words[item["id"]]["stem"],),
                rows=most_least.rows(exercise, language, item, _given(answers, item))
                if _picks(exercise)
                else tuple(
                    (words[item["id"]]["options"][option], str(_given(answers, item).get(option, "–")))
                    for option in item["order"]
                ),
            )
            for item in _items(exercise)
        )

    def chronicle(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> None:
        """Each situation stands by itself."""

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        item = _item(exercise, task)
        if item is None or not isinstance(value, Mapping):
            return None
        text = exercise.text(language)
        if _picks(exercise):
            rows = most_least.rows(exercise, language, item, value)
            return Block(task, text["items"][task]["title"], rows=rows)
        words, scale = text["items"][task], text["scale"]
        return Block(
            task,
            words["title"],
            rows=tuple(
                (
                    words["options"][option],
                    f"{value[option]}: {scale[str(value[option])]}" if option in value else "–",
                )
                for option in item["order"]
            ),
        )

    def key(self, exercise: Exercise, answers: Answers) -> KeyResult:
        lines, scores = [], []
        for dimension in exercise.keyed:
            items = [item for item in _items(exercise) if item["dimension"] == dimension]
            if _picks(exercise):
                found, score = most_least.score(dimension, items, [_given(answers, item) for item in items])
            else:
                found, score = _scored(exercise, dimension, items, answers)
            lines += found
            scores.append(score)
        provisional = exercise.structure["key"]["status"] == "provisional"
        return KeyResult(tuple(scores), tuple(lines), is_provisional=provisional)

    def samples(self, exercise: Exercise) -> Samples:
        return samples(exercise)


KIND = Judgement()

CHANCE = 0.5
"""What a situation counts that is left open or rated all equal: neither gains anything over a guess."""


METHODS = {"rating": "pairwise_order", "most_least": "most_least"}
"""The formats of content, and the method of ``scoring.keys`` that scores each."""


def _format(exercise: Exercise) -> str:
    return str(exercise.structure.get("format", "rating"))


def _picks(exercise: Exercise) -> bool:
    return _format(exercise) == "most_least"


def _wanted(exercise: Exercise, item: Mapping[str, Any]) -> int:
    """How many answers a situation asks for: a rating of each option, or two picks."""
    return len(most_least.COLUMNS) if _picks(exercise) else len(item["order"])


def _scale(exercise: Exercise, words: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"value": value, "words": words["scale"][str(value)]} for value in exercise.structure["scale"]]


def _items(exercise: Exercise) -> tuple[Mapping[str, Any], ...]:
    return tuple(exercise.structure["items"])


def _item(exercise: Exercise, task: str) -> Mapping[str, Any] | None:
    return next((item for item in _items(exercise) if item["id"] == task), None)


def _given(answers: Answers, item: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = answers.get(item["id"])
    return dict(answer.value) if answer else {}


def _shown(
    item: Mapping[str, Any], number: int, words: Mapping[str, Any], given: Mapping[str, Any], wanted: int
) -> dict[str, Any]:
    return {
        "id": item["id"],
        "number": number,
        "title": words["title"],
        "stem": words["stem"],
        "rated": len(given),
        "wanted": wanted,
        "picks": {column: given.get(column) for column in most_least.COLUMNS},
        "options": [
            {"id": option, "words": words["options"][option], "value": given.get(option)}
            for option in item["order"]
        ],
    }


def _scored(
    exercise: Exercise, dimension: str, items: Sequence[Mapping[str, Any]], answers: Answers
) -> tuple[list[KeyLine], KeyScore]:
    """The score of one dimension. Whoever answers nothing is at the chance level: 0 of what can be earned."""
    ratings = [[_given(answers, item).get(option) for option in sorted(item["key"])] for item in items]
    key = [[item["key"][option] for option in sorted(item["key"])] for item in items]
    result = pairwise_order(ratings, key, gap=exercise.structure["key"]["gap"], unscored_as=CHANCE)
    lines = []
    for item, own, scored in zip(items, ratings, result.items, strict=True):
        points = CHANCE if scored.score is None else scored.score
        shown = " ".join(
            f"{option}{'–' if rating is None else rating}"
            for option, rating in zip(sorted(item["key"]), own, strict=True)
        )
        lines.append(KeyLine(item["id"], dimension, points, 1.0, " · ".join((shown, *scored.reasons))))
    p = 0.0 if result.p is None else result.p
    return lines, KeyScore(
        dimension=dimension,
        earned=sum(line.points for line in lines),
        maximum=float(len(items)),
        proportion=p,
        score=scale_from_proportion(p),
        reasons=result.reasons,
    )


def _problems(exercise: Exercise) -> Iterator[Problem]:
    place = f"{exercise.slug}/exercise.yaml"
    scale, items = exercise.structure.get("scale", ()), exercise.structure.get("items", ())
    method = METHODS.get(_format(exercise))
    if method is None:
        yield Problem(place, f"format {_format(exercise)} is none of {', '.join(METHODS)}")
        return
    if len(scale) < 2 or not items or exercise.structure.get("key", {}).get("method") != method:
        yield Problem(place, f"needs a scale, items and key.method {method}")
        return
    for dimension in set(exercise.keyed) - {item["dimension"] for item in items}:
        yield Problem(place, f"no item is about {dimension}, which keyed names")
    for item in items:
        yield from _item_problems(exercise, item)
    yield from most_least.problems(exercise) if _picks(exercise) else _rating_problems(exercise)


def _item_problems(exercise: Exercise, item: Mapping[str, Any]) -> Iterator[Problem]:
    place, scale = f"{exercise.slug}/exercise.yaml", exercise.structure["scale"]
    if sorted(item["order"]) != sorted(item["key"]):
        yield Problem(place, f"{item['id']}: order and key name different options")
    if not all(scale[0] <= mean <= scale[-1] for mean in item["key"].values()):
        yield Problem(place, f"{item['id']}: a value of the key lies off the scale")
    for language in LANGUAGES:
        words = exercise.text(language).get("items", {}).get(item["id"], {})
        if not {"title", "stem", "options"} <= words.keys() or set(words["options"]) != set(item["key"]):
            yield Problem(f"{exercise.slug}/text.{language}.yaml", f"items.{item['id']} is not complete")


def _rating_problems(exercise: Exercise) -> Iterator[Problem]:
    for item in _items(exercise):
        if max(item["key"].values()) - min(item["key"].values()) < exercise.structure["key"]["gap"]:
            yield Problem(
                f"{exercise.slug}/exercise.yaml", f"{item['id']}: no two options differ by the gap of the key"
            )
    for language in LANGUAGES:
        for value in exercise.structure["scale"]:
            if str(value) not in exercise.text(language).get("scale", {}):
                yield Problem(f"{exercise.slug}/text.{language}.yaml", f"scale.{value} is missing")
