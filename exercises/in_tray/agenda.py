"""The calendar of an in-tray: its events, where the participant moved them, and free times. The page draws the rest."""

from collections.abc import Iterator
from dataclasses import dataclass

from exercises.content import Exercise
from exercises.in_tray.facts import arrival, value_of
from exercises.kind import Answers

OWN_MINUTES = 30
"""How long a talk or a planned action takes where no end was given."""


@dataclass(frozen=True)
class Slot:
    """A stretch of a day in the calendar."""

    day: str
    start: int
    end: int
    id: str = ""
    travel: int = 0
    is_open: bool = False
    """Shown, but takes no time from anybody."""
    is_moved: bool = False

    def clashes(self, other: "Slot") -> bool:
        """Whether nobody can be at both, travel included."""
        if self.day != other.day or self.is_open or other.is_open:
            return False
        travel = max(self.travel, other.travel)
        return self.start < other.end + travel and other.start < self.end + travel


def minutes(time: str) -> int:
    """The minutes since midnight of a time such as "08:30"."""
    hours, rest = time.split(":")
    return int(hours) * 60 + int(rest)


def clock(exercise: Exercise, minute: float) -> str:
    """The time of day in the exercise at this minute."""
    now = minutes(exercise.structure["clock_start"]) + int(minute)
    return f"{now // 60:02d}:{now % 60:02d}"


def events(exercise: Exercise, answers: Answers, minute: float) -> Iterator[Slot]:
    """The events that stand in the calendar by themselves, moved ones where they are now."""
    own = value_of(answers, "calendar")
    moved, dropped = own.get("moved", {}), own.get("dropped", ())
    for event in exercise.structure["calendar"]["events"]:
        if event["id"] in dropped:
            continue
        day, start, end, is_moved = event["day"], minutes(event["start"]), minutes(event["end"]), False
        moves = event.get("moves")
        if moves and minute >= arrival(exercise, moves["with"]):
            start, end, is_moved = minutes(moves["start"]), minutes(moves["end"]), True
        if event["id"] in moved:
            length, place = end - start, moved[event["id"]]
            day, start, is_moved = place["day"], minutes(place["start"]), True
            end = start + length
        yield Slot(
            day=day,
            start=start,
            end=end,
            id=event["id"],
            travel=event.get("travel", 0),
            is_open=event.get("open", False),
            is_moved=is_moved,
        )


def is_free(exercise: Exercise, answers: Answers, day: str, time: str, now: float) -> bool:
    """Whether half an hour from this time is in working hours, in the future and not taken by an event.

    The calendar as it is at the end of the exercise counts: everybody can still see what has moved.
    """
    calendar = exercise.structure["calendar"]
    if not day or not time:
        return False
    wanted = Slot(day, minutes(time), minutes(time) + OWN_MINUTES)
    if wanted.start < minutes(calendar["first"]) or wanted.end > minutes(calendar["last"]):
        return False
    if day == calendar["days"][0]["id"] and wanted.start < minutes(clock(exercise, now)):
        return False
    return not any(wanted.clashes(event) for event in events(exercise, answers, exercise.minutes))
