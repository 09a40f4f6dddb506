"""What the page shows of a game: the round that is open, results so far, the forecast, and the outcome at the end."""

from collections.abc import Mapping
from typing import Any

from charts import plots
from charts.plots import Series
from charts.svg import paint
from exercises import figures
from exercises.content import Exercise, canonical, digest, plain
from exercises.game import key as keys
from exercises.game import model as models
from exercises.game import playing
from exercises.game.model import Lever, Round
from exercises.game.playing import OPTION, TEXT, Play
from exercises.kind import Answers

CLOSING = "closing"


class Screen:
    """The screens of one exercise in one language."""

    def __init__(self, exercise: Exercise, language: str) -> None:
        self.exercise = exercise
        self.language = language
        self.words: Mapping[str, Any] = exercise.text(language)
        self.model = models.of(exercise)

    def view(self, answers: Answers) -> dict[str, Any]:
        """Everything that ``answer.html`` draws, for what has been confirmed and drafted so far."""
        played = playing.play(self.exercise, answers)
        number = min(played.confirmed + 1, self.model.rounds)
        is_over = played.confirmed == self.model.rounds
        view: dict[str, Any] = {
            "language": self.language,
            "instructions": self.words["instructions"],
            "words": plain(self.words["labels"]),
            "effects": [
                {
                    "label": self.words["levers"][lever.id]["label"],
                    "words": self.words["levers"][lever.id]["effect"],
                }
                for lever in self.model.levers
            ],
            "rounds": self.model.rounds,
            "number": number,
            "confirmed": played.confirmed,
            "is_over": is_over,
            "results": self._results(played),
            "charts": self._charts(played),
            "decided": [
                {"number": place, "rows": self.rows(place, value), "text": value.get(TEXT, "")}
                for place, value in enumerate(played.decisions, 1)
            ],
        }
        if is_over:
            view |= {"outcome": self._outcome(played), "closing": self._closing(answers)}
        else:
            draft = _draft(answers, number)
            view["round"] = self._round(number, played, draft)
            view["forecast"] = self._forecast(played, draft)
        return {"parts": list(parts(self.exercise, answers)), **view}

    def rows(self, number: int, value: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """A round's decisions as label and value."""
        rows = [
            (self.words["levers"][lever.id]["label"], self.setting(lever, value[lever.id]))
            for lever in self.model.levers
            if lever.id in value
        ]
        if OPTION in value:
            event = self.words["rounds"][str(number)]
            rows.append((event["question"], event["options"][value[OPTION]]))
        return tuple(rows)

    def setting(self, lever: Lever, value: float) -> str:
        """A lever's value in words: its name, or the figure with its unit."""
        own = self.words["levers"][lever.id]
        if "names" in own:
            return str(own["names"].get(f"{value:g}", f"{value:g}"))
        return str(own["value"]).format(n=figures.printed(value, _format(lever), self.language))

    def result_rows(self, result: Round, *, is_read: bool = False) -> tuple[tuple[str, str], ...]:
        """The results of one round as label and value; all of them, or those that an assessor reads."""
        found = playing.figures(self.model, result)
        return tuple(
            (self.words["outputs"][entry["id"]], self._figure(entry, found))
            for entry in self.exercise.structure["outputs"]
            if not is_read or entry.get("read")
        )

    def _figure(self, entry: Mapping[str, Any], found: Mapping[str, float]) -> str:
        return figures.printed(found.get(entry["id"]), entry["format"], self.language)

    def _results(self, played: Play) -> dict[str, Any]:
        """The table of results: a column for the start and for each round that was played.

        Before the first result it has the rows that have a value at the start.
        """
        columns = [playing.figures(self.model, result) for result in (None, *played.results)]
        names = [self.words["labels"]["start"]] + [
            self.words["labels"]["column"].format(n=number) for number in range(1, played.confirmed + 1)
        ]
        return {
            "columns": names,
            "rows": [
                {
                    "name": self.words["outputs"][entry["id"]],
                    "is_strong": bool(entry.get("strong")),
                    "cells": [self._figure(entry, found) for found in columns],
                }
                for entry in self.exercise.structure["outputs"]
                if played.results or entry["id"] in columns[0]
            ],
        }

    def _charts(self, played: Play) -> list[dict[str, str]]:
        """The charts over start and rounds; there is nothing to draw before the first result."""
        if not played.results:
            return []
        columns = [playing.figures(self.model, result) for result in (None, *played.results)]
        names = self._results(played)["columns"]
        formats = {entry["id"]: entry["format"] for entry in self.exercise.structure["outputs"]}
        drawn = []
        for chart in self.exercise.structure["charts"]:
            words = self.words["charts"][chart["id"]]
            series = [
                Series(
                    title,
                    tuple(found[name] for found in columns),
                    tuple(figures.printed(found[name], formats[name], self.language) for found in columns),
                )
                for name, title in zip(chart["of"], words["series"], strict=True)
            ]
            draw = plots.bars if chart["form"] == "bars" else plots.lines
            made = draw(
                names, series, title=words["title"], description=words["description"], width=420, height=220
            )
            drawn.append({"title": words["title"], "svg": paint(made, f"game-{chart['id']}")})
        return drawn

    def round_title(self, number: int) -> str:
        return str(self.words["labels"]["round"].format(n=number, all=self.model.rounds))

    def outlook(self, number: int) -> str:
        """What is announced of a round before it is played."""
        announced = {
            name: figures.printed(float(series[number - 1]), "0", self.language)
            for name, series in self.exercise.structure["expected"].items()
        }
        return str(self.words["rounds"][str(number)]["outlook"]).format(**announced)

    def announced(self, number: int) -> str:
        """All that a round begins with: the outlook and the question."""
        return f"{self.outlook(number)}\n\n{self.words['rounds'][str(number)]['question']}"

    def _round(self, number: int, played: Play, draft: Mapping[str, Any]) -> dict[str, Any]:
        event = self.words["rounds"][str(number)]
        before = played.decisions[-1] if played.decisions else {}
        return {
            "number": number,
            "title": self.round_title(number),
            "outlook": self.outlook(number),
            "question": event["question"],
            "options": [
                {"id": option, "words": event["options"][option], "is_chosen": draft.get(OPTION) == option}
                for option in self.model.options[number - 1]
            ],
            "levers": [self._lever(lever, draft, before) for lever in self.model.levers],
            "text": draft.get(TEXT, ""),
            "draft": playing.draft_task(number),
            "task": playing.round_task(number),
        }

    def _lever(self, lever: Lever, draft: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        own = self.words["levers"][lever.id]
        ends = {
            "least": _plain(lever.least, self.language, lever),
            "most": _plain(lever.most, self.language, lever),
        }
        return {
            "id": lever.id,
            "label": own["label"],
            "hint": own["hint"].format(**ends, step=_plain(lever.step, self.language, lever)),
            "value": f"{draft.get(lever.id, before.get(lever.id, lever.default)):g}",
            "min": f"{lever.least:g}",
            "max": f"{lever.most:g}",
            "step": f"{lever.step:g}",
            "names": [
                {"value": f"{value:g}", "words": own["names"][f"{value:g}"]} for value in lever.values()
            ]
            if "names" in own
            else [],
        }

    def _forecast(self, played: Play, draft: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the draft would give if the round went as announced, or None while a value is out of bounds."""
        whole = {**(plain(played.decisions[-1]) if played.decisions else {}), **draft}
        if OPTION not in draft:
            whole.pop(OPTION, None)
        found = playing.forecast(self.exercise, played, whole)
        if found is None:
            return None
        return {
            "rows": [list(row) for row in self.result_rows(found)],
            "has_option": OPTION in draft,
        }

    def _outcome(self, played: Play) -> dict[str, Any]:
        index = keys.index(self.exercise, played)
        assert index is not None
        return self.outcome_words(played, index.value, index.parts)

    def outcome_words(self, played: Play, value: float, parts: Mapping[str, float]) -> dict[str, Any]:
        """The outcome in words: a band, the one of the four that held the total down, and plain facts."""
        words = self.words["outcome"]
        lowest = min(parts, key=lambda name: parts[name])
        facts = playing.figures(self.model, played.results[-1])
        for name in self.exercise.structure["sums"]:
            facts[f"{name}_sum"] = sum(result.values[name] for result in played.results)
        printed = {name: figures.printed(number, "0", self.language) for name, number in facts.items()}
        return {
            "band": words["bands"][keys.band(self.exercise, value) - 1],
            "lowest": words["lowest"].format(part=words["parts"][lowest]),
            "parts": [
                [words["parts"][name], words["levels"][min(4, int(part // 20))]]
                for name, part in parts.items()
            ],
            "facts": [str(fact).format(**printed) for fact in words["facts"]],
        }

    def _closing(self, answers: Answers) -> str:
        return str(answers[CLOSING].value) if CLOSING in answers else ""


def parts(exercise: Exercise, answers: Answers) -> tuple[str, ...]:
    """What has come: a result for each confirmed round, and a forecast for what stands in the open one."""
    rounds = int(exercise.structure["model"]["rounds"])
    numbers = range(1, rounds + 1)
    confirmed = next((n - 1 for n in numbers if playing.round_task(n) not in answers), rounds)
    found = ["game", *(f"result.{number}" for number in range(1, confirmed + 1))]
    if confirmed < rounds:
        draft = digest(canonical(plain(_draft(answers, confirmed + 1))))
        found.append(f"forecast.{confirmed + 1}.{draft[:12]}")
    return tuple(found)


def _draft(answers: Answers, number: int) -> Mapping[str, Any]:
    answer = answers.get(playing.draft_task(number))
    return answer.value if answer else {}


def _format(lever: Lever) -> str:
    return "0" if all(float(part).is_integer() for part in (lever.least, lever.step)) else "0.00"


def _plain(value: float, language: str, lever: Lever) -> str:
    return figures.printed(value, _format(lever), language)
