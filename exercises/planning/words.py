"""Names of half-days, jobs and broken rules in one language."""

from collections.abc import Mapping, Sequence
from typing import Any

from exercises.content import Exercise
from exercises.planning.board import ALL, Breach, Place


class Words:
    """The words of a planning exercise in one language."""

    def __init__(self, exercise: Exercise, language: str) -> None:
        self.text: Mapping[str, Any] = exercise.text(language)
        self.parts: int = exercise.structure["parts"]

    def slot(self, number: int) -> dict[str, Any]:
        """A half-day with its short and its whole name; numbers start at 1."""
        day, part = divmod(number - 1, self.parts)
        return {
            "number": number,
            "day": self.text["days"][day],
            "part": self.text["parts"][part],
            "name": self.slot_name(number),
        }

    def slot_name(self, number: int) -> str:
        day, part = divmod(number - 1, self.parts)
        return str(
            self.text["labels"]["slot"].format(
                day=self.text["day_names"][day], part=self.text["part_names"][part]
            )
        )

    def half_days(self, number: int) -> str:
        labels = self.text["labels"]
        return str(labels["half_day"] if number == 1 else labels["half_days"].format(n=number))

    def job(self, job: str) -> str:
        return f"{job} {self.text['jobs'][job]['name']}"

    def place(self, place: Place | None) -> str:
        reading = self.text["reading"]
        if place is None:
            return str(reading["left_out"])
        start = self.slot_name(place.start)
        if place.crew == ALL:
            return str(reading["all_at"].format(start=start))
        return str(reading["crew_at"].format(crew=place.crew, start=start))

    def count(self, breaches: Sequence[Breach]) -> str:
        """How many rules are broken, in words."""
        reading = self.text["reading"]
        if not breaches:
            return str(reading["none_broken"])
        return str(reading["broken_one"] if len(breaches) == 1 else reading["broken"].format(n=len(breaches)))
