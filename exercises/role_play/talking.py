"""Plays a conversation again from what is stored: who said what, in which minute of the conversation.

The same answers always give the same conversation. Minutes of the conversation go by messages and by working time:
each message takes ``pace`` minutes, one that took longer takes as long as it did, but never past the next beat. So
whoever writes slowly meets the same beats, in fewer messages, and whoever writes fast gets no more than others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exercises import writing
from exercises.content import Exercise
from exercises.kind import Answer, Answers
from exercises.role_play import rules
from exercises.role_play.rules import Moment

START = "start"
MOVE, ABOUT, TEXT = "move", "about", "text"
_QUESTION = ("?", "\uff1f", "\u061f")


def turn_task(number: int) -> str:
    return f"turn.{number}"


def draft_task(number: int) -> str:
    return f"draft.{number}"


@dataclass(frozen=True)
class Turn:
    """A message of the participant and what the counterpart said to it."""

    number: int
    value: Mapping[str, str]
    minute: float
    """Of the conversation, when it was said."""
    arrived: float
    """The exercise minute."""
    answer: tuple[str, ...]
    """The lines that followed, by id."""
    answered_at: float
    """The minute of the conversation of these lines."""
    tells: str | None = None


@dataclass(frozen=True)
class Talk:
    """A conversation as far as it has come."""

    is_open: bool
    opening: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    minute: float = 0.0
    end: str | None = None
    """Which of the ends it came to; None while it goes on."""
    unheard: tuple[int, ...] = ()
    """Numbers of messages that are stored and were never part of it."""

    @property
    def is_over(self) -> bool:
        return self.end is not None

    @property
    def following(self) -> int | None:
        """The number of the message that may be written now."""
        return None if self.is_over or not self.is_open else len(self.turns) + 1


def replay(exercise: Exercise, answers: Answers) -> Talk:
    """The conversation that these answers make: from the start, message after message, without a gap."""
    numbers = range(1, int(exercise.structure["turns"]) + 1)
    stored = [number for number in numbers if turn_task(number) in answers]
    if START not in answers:
        return Talk(is_open=False, unheard=tuple(stored))
    counterpart = _Counterpart(exercise, answers[START].minute)
    opening, turns = tuple(counterpart.beat_lines()), []
    for number in numbers:
        if number not in stored or counterpart.end:
            break
        turns.append(counterpart.hear(number, answers[turn_task(number)]))
    return Talk(
        is_open=True,
        opening=opening,
        turns=tuple(turns),
        minute=counterpart.minute,
        end=counterpart.end,
        unheard=tuple(number for number in stored if number > len(turns)),
    )


@dataclass
class _Counterpart:
    """The counterpart while the conversation is played: states, what was said and what was told."""

    exercise: Exercise
    since: float
    """The exercise minute in which the conversation began."""
    minute: float = 0.0
    end: str | None = None
    said: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    counted: set[tuple[str, int, str]] = field(default_factory=set)
    """Cases that have had their effect, with the topic."""
    asked: set[str] = field(default_factory=set)
    spoken: set[str] = field(default_factory=set)
    """Topics that the participant spoke about."""
    reason_about: str | None = None
    """The topic on which the counterpart has just given a reason."""
    beats: int = 0

    def __post_init__(self) -> None:
        self.rules: Mapping[str, Any] = self.exercise.structure
        self.trust = float(self.rules["start"]["trust"])
        self.ownership = float(self.rules["start"]["ownership"])

    def hear(self, number: int, answer: Answer) -> Turn:
        said_at = self.minute
        moment = self.moved(answer.value)
        self.minute = self.later(answer.minute - self.since)
        if self.minute >= self.rules["until"]:
            lines, tells = self.last_lines(), None
        else:
            line, tells = self.reply(moment)
            lines = [line, *self.beat_lines()]
        return Turn(number, answer.value, said_at, answer.minute, tuple(lines), self.minute, tells)

    def later(self, elapsed: float) -> float:
        """The minute after this message: by the pace, or by working time, but never past the next beat."""
        following = next(
            (float(beat["minute"]) for beat in self.rules["beats"] if beat["minute"] > self.minute),
            float(self.rules["until"]),
        )
        pace, until = float(self.rules["pace"]), float(self.rules["until"])
        return min(until, max(self.minute + pace, min(elapsed, following)))

    def moved(self, value: Mapping[str, str]) -> Moment:
        """What the message does to the states; which line follows is decided after it."""
        move, about = value[MOVE], value[ABOUT]
        was = Moment(move, about, self.minute, self.trust, self.ownership, about in self.asked)
        found = rules.case_of(self.exercise, was)
        case: Mapping[str, Any] = found[1] if found else {}
        if found and "once" in case:
            key = (move, found[0], about)
            case = {} if key in self.counted else case
            self.counted.add(key)
        moment = rules.changed(self.exercise, was, case, self.manner(value))
        self.trust, self.ownership = moment.trust, moment.ownership
        if move == "ask":
            self.asked.add(about)
        if move != "let_go":
            self.spoken.add(about)
        self.reason_about = None
        return moment

    def manner(self, value: Mapping[str, str]) -> float:
        """What written form shows of lecturing, and of arguing with a reason that was just given."""
        lecture, counter = self.rules["lecture"], self.rules["counter"]
        text, change = value.get(TEXT, ""), 0.0
        if writing.words(text) > lecture["words"] and not any(mark in text for mark in _QUESTION):
            change += lecture["trust_by"]
        if value[MOVE] in counter["moves"] and value[ABOUT] == self.reason_about:
            change += counter["trust_by"]
        return float(change)

    def reply(self, moment: Moment) -> tuple[str, str | None]:
        node = next(
            node
            for node in rules.fitting(self.exercise, moment)
            if node.get("again") or node["id"] not in self.said
        )
        self.said.add(node["id"])
        tells = node.get("tells")
        if tells:
            self.told.add(tells)
            self.reason_about = moment.about
        return node["id"], tells

    def beat_lines(self) -> list[str]:
        """The line of the beat that is due, if one is."""
        beats = self.rules["beats"]
        if self.beats == len(beats) or beats[self.beats]["minute"] > self.minute:
            return []
        beat = beats[self.beats]
        self.beats += 1
        lines: Sequence[Mapping[str, str]] = beat.get("lines", ({"line": beat["id"]},))
        return [next(one["line"] for one in lines if one.get("told") in (None, *self.told))]

    def last_lines(self) -> list[str]:
        end = rules.end_of(self.exercise, self.trust, self.ownership)
        self.end = end["id"]
        lines = [part["line"] for part in end.get("parts", ()) if self.spoken & set(part["about"])]
        if lines:
            return lines
        if "parts" not in end:
            return [end["id"]]
        ends = list(self.rules["ends"])
        return [ends[ends.index(end) + 1]["id"]]
