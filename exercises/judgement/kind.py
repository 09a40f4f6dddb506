"""The kind "judgement": every option of every situation is rated; the order of the ratings is scored by key.

One task per situation; its answer maps options to ratings, as far as they are given. No assessor rates it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exercises import writing
from exercises.content import LANGUAGES, Exercise, Problem
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
    follows_answers: bool = False

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
            "scale": [
                {"value": value, "words": words["scale"][str(value)]} for value in exercise.structure["scale"]
            ],
            "items": [
                _shown(item, number, words["items"][item["id"]], _given(answers, item))
                for number, item in enumerate(_items(exercise), 1)
            ],
        }

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        return tuple(item["id"] for item in _items(exercise))

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        item = _item(exercise, task)
        if item is None:
            raise InvalidAnswer("no_task")
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
        return tuple(i["id"] for i in _items(exercise) if len(_given(answers, i)) < len(i["order"]))

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        """The ratings as they were given, for a guided look at one's own answers: assessors rate none of it."""
        words = exercise.text(language)["items"]
        return tuple(
            Block(
                item["id"],
                words[item["id"]]["title"],
                notes=(words[item["id"]]["stem"],),
                rows=tuple(
                    (words[item["id"]]["options"][option], str(_given(answers, item).get(option, "–")))
                    for option in item["order"]
                ),
            )
            for item in _items(exercise)
        )

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        item = _item(exercise, task)
        if item is None or not isinstance(value, Mapping):
            return None
        text = exercise.text(language)
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


def _items(exercise: Exercise) -> tuple[Mapping[str, Any], ...]:
    return tuple(exercise.structure["items"])


def _item(exercise: Exercise, task: str) -> Mapping[str, Any] | None:
    return next((item for item in _items(exercise) if item["id"] == task), None)


def _given(answers: Answers, item: Mapping[str, Any]) -> Mapping[str, int]:
    answer = answers.get(item["id"])
    return dict(answer.value) if answer else {}


def _shown(
    item: Mapping[str, Any], number: int, words: Mapping[str, Any], given: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "id": item["id"],
        "number": number,
        "title": words["title"],
        "stem": words["stem"],
        "rated": len(given),
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
    if len(scale) < 2 or not items or exercise.structure.get("key", {}).get("method") != "pairwise_order":
        yield Problem(place, "needs a scale, items and key.method pairwise_order")
        return
    for dimension in set(exercise.keyed) - {item["dimension"] for item in items}:
        yield Problem(place, f"no item is about {dimension}, which keyed names")
    for item in items:
        if sorted(item["order"]) != sorted(item["key"]):
            yield Problem(place, f"{item['id']}: order and key name different options")
        elif max(item["key"].values()) - min(item["key"].values()) < exercise.structure["key"]["gap"]:
            yield Problem(place, f"{item['id']}: no two options differ by the gap of the key")
        if not all(scale[0] <= mean <= scale[-1] for mean in item["key"].values()):
            yield Problem(place, f"{item['id']}: a value of the key lies off the scale")
        for language in LANGUAGES:
            words = exercise.text(language).get("items", {}).get(item["id"], {})
            if not {"title", "stem", "options"} <= words.keys() or set(words["options"]) != set(item["key"]):
                yield Problem(f"{exercise.slug}/text.{language}.yaml", f"items.{item['id']} is not complete")
    for language in LANGUAGES:
        for value in scale:
            if str(value) not in exercise.text(language).get("scale", {}):
                yield Problem(f"{exercise.slug}/text.{language}.yaml", f"scale.{value} is missing")
