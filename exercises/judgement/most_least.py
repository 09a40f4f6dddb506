"""The format "most_least": of each situation one option is picked as the most effective and one as the least.

Another scale with another chance level than rating, so a form of its own and no other way to fill in the same one. A
situation scores from -2 to 2; picking at random gains 0 on average, and so does one that is left open.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exercises import writing
from exercises.content import LANGUAGES, Exercise, Problem
from exercises.kind import InvalidAnswer, KeyLine, KeyScore
from scoring.keys import most_least, scale_from_proportion

COLUMNS = ("most", "least")
BEST = 2.0
"""What one situation can earn: a point for each pick."""

Item = Mapping[str, Any]
Picks = Mapping[str, str]


def parse(item: Item, task: str, posted: Any) -> dict[str, str]:
    """The picks, as far as they are made. The same option cannot be both."""
    picks: dict[str, str] = {}
    for name, option in writing.fields(posted).items():
        column = name.removeprefix(f"{task}-")
        if column not in COLUMNS:
            raise InvalidAnswer("no_column")
        if option not in item["key"]:
            raise InvalidAnswer("no_option")
        picks[column] = option
    if len(picks) == len(COLUMNS) and len(set(picks.values())) == 1:
        raise InvalidAnswer("same_option")
    return {column: picks[column] for column in COLUMNS if column in picks}


def rows(exercise: Exercise, language: str, item: Item, picks: Picks) -> tuple[tuple[str, str], ...]:
    """The picks in words, column by column."""
    words = exercise.text(language)
    options = words["items"][item["id"]]["options"]
    return tuple(
        (words["columns"][column], options[picks[column]] if column in picks else "–") for column in COLUMNS
    )


def score(dimension: str, items: Sequence[Item], given: Sequence[Picks]) -> tuple[list[KeyLine], KeyScore]:
    """The score of one dimension: what the picks earn of what they can, never below 0."""
    lines, reasons = [], dict[str, None]()
    for item, picks in zip(items, given, strict=True):
        options = sorted(item["key"])
        most, least = (options.index(picks[column]) if column in picks else None for column in COLUMNS)
        result = most_least([most], [least], [[item["key"][option] for option in options]])
        shown = " ".join(f"{column} {picks.get(column, '–')}" for column in COLUMNS)
        why = [reason for reason in result.reasons if reason != "no_item_scored"]
        reasons.update(dict.fromkeys(why))
        points = result.estimate or 0.0
        lines.append(KeyLine(item["id"], dimension, points, BEST, " · ".join((shown, *why))))
    if not any(len(picks) == len(COLUMNS) for picks in given):
        reasons["no_item_scored"] = None
    earned, maximum = sum(line.points for line in lines), BEST * len(lines)
    p = max(0.0, earned) / maximum
    return lines, KeyScore(
        dimension=dimension,
        earned=earned,
        maximum=maximum,
        proportion=p,
        score=scale_from_proportion(p),
        reasons=tuple(reasons),
    )


def problems(exercise: Exercise) -> Iterator[Problem]:
    """What this format asks of the content beyond what every judgement exercise needs."""
    place = f"{exercise.slug}/exercise.yaml"
    for item in exercise.structure["items"]:
        if len(item["key"]) < 3:
            yield Problem(
                place, f"{item['id']}: needs three options, so that something is left between the picks"
            )
        if min(item["key"].values()) == max(item["key"].values()):
            yield Problem(place, f"{item['id']}: has no best and no worst option")
    for language in LANGUAGES:
        for column in COLUMNS:
            if column not in exercise.text(language).get("columns", {}):
                yield Problem(f"{exercise.slug}/text.{language}.yaml", f"columns.{column} is missing")
