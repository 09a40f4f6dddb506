"""The course of a game: what was announced for each round, what was decided in it and why, and what that gave."""

from collections.abc import Iterator, Mapping
from typing import Any

from exercises.chronicle import in_order
from exercises.content import Exercise
from exercises.game import playing
from exercises.game.playing import Play, round_task
from exercises.game.screen import Screen
from exercises.kind import Answers, Chronicle, Fact, Happening

A_MOMENT = 1e-6
"""In minutes: a round begins just after the one before it was confirmed."""


def chronicle(exercise: Exercise, language: str, answers: Answers) -> Chronicle:
    """Round by round; a round that was not reached is not in it."""
    screen, played = Screen(exercise, language), playing.play(exercise, answers)
    numbers = range(1, played.confirmed + 1)
    began = [0.0, *(answers[round_task(number)].knew + A_MOMENT for number in numbers)]
    came = [
        (minute, Happening("round", {"title": screen.round_title(number)}, screen.announced(number)))
        for number, minute in enumerate(began, 1)
        if number <= screen.model.rounds
    ]
    done = [(answers[round_task(number)], Happening("", block=round_task(number))) for number in numbers]
    return Chronicle(in_order(came, done, exercise.minutes), tuple(_facts(screen, played)))


def _facts(screen: Screen, played: Play) -> Iterator[Fact]:
    for number in range(2, played.confirmed + 1):
        before, now = played.decisions[number - 2 : number]
        changed = tuple(_changed(screen, before, now))
        values = {"title": screen.round_title(number)}
        yield Fact("changed", {**values, "what": "; ".join(changed)}) if changed else Fact("kept", values)
    missing = range(played.confirmed + 1, screen.model.rounds + 1)
    if missing:
        yield Fact("not_confirmed", {"what": ", ".join(screen.round_title(number) for number in missing)})


def _changed(screen: Screen, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for lever in screen.model.levers:
        was, became = before.get(lever.id, lever.default), now.get(lever.id, lever.default)
        if was != became:
            label = screen.words["levers"][lever.id]["label"]
            yield f"{label} {screen.setting(lever, was)} → {screen.setting(lever, became)}"
