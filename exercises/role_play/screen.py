"""What the page shows of a conversation: the brief, what was said so far, the message that may be written, the note.

Nothing of the rules is in it: no state, no id of a line or beat, nothing that was not said yet, no fact.
"""

from collections.abc import Mapping
from typing import Any

from exercises.content import Exercise
from exercises.kind import Answers
from exercises.role_play import briefing, talking
from exercises.role_play.checking import LABELS
from exercises.role_play.talking import ABOUT, MOVE, TEXT, Talk, draft_task, turn_task

NOTES = "notes"
AFTERWARDS = ("agreed", "differently")


class Screen:
    """The words of one exercise in one language."""

    def __init__(self, exercise: Exercise, language: str) -> None:
        self.exercise = exercise
        self.language = language
        self.words: Mapping[str, Any] = exercise.text(language)

    def view(self, answers: Answers, minute: float) -> dict[str, Any]:
        talk = talking.replay(self.exercise, answers)
        following = talk.following
        return {
            "parts": list(parts(self.exercise, answers, minute)),
            "language": self.language,
            "instructions": self.words["instructions"],
            "brief": {"title": self.words["brief"]["title"], "body": self.words["brief"]["body"]},
            "words": {name: self.labels(name) for name in LABELS},
            "name": self.exercise.structure["counterpart"],
            "notes": text_of(answers, NOTES),
            "is_open": talk.is_open,
            "is_over": talk.is_over,
            "count": len(talk.turns),
            "said": self.said(talk),
            "composer": self._composer(answers, following) if following else None,
            "note": self._note(answers) if has_note(self.exercise, talk, minute) else None,
        }

    def live_view(self, answers: Answers) -> dict[str, Any]:
        """The same with a person opposite: what is said is not played here, and the questions are there from the start."""
        live = briefing.of(self.exercise) or {}
        return self.view(answers, 0) | {
            "instructions": live.get("participant", {}).get(self.language, ""),
            "is_over": True,
            "composer": None,
            "note": self._note(answers),
        }

    def labels(self, name: str) -> str:
        return str(self.words["labels"][name]).replace("{clock}", self.clock(0))

    def said(self, talk: Talk) -> list[dict[str, Any]]:
        """Everything that was said, in order, with the time on the clock of the conversation."""
        name, you = self.exercise.structure["counterpart"], self.words["labels"]["you"]
        found = [self._line(name, line, 0) for line in talk.opening]
        for turn in talk.turns:
            found.append(
                {
                    "who": you,
                    "is_own": True,
                    "clock": self.clock(turn.minute),
                    "text": turn.value.get(TEXT, ""),
                }
            )
            found += [self._line(name, line, turn.answered_at) for line in turn.answer]
        return found

    def _line(self, name: str, line: str, minute: float) -> dict[str, Any]:
        return {"who": name, "is_own": False, "clock": self.clock(minute), "text": self.words["lines"][line]}

    def clock(self, minute: float) -> str:
        """The time in the conversation, as a clock on the wall tells it."""
        hours, minutes = map(int, self.exercise.structure["clock_start"].split(":"))
        total = hours * 60 + minutes + int(minute)
        return f"{total // 60 % 24:02}{':' if self.language == 'en' else '.'}{total % 60:02}"

    def _composer(self, answers: Answers, number: int) -> dict[str, Any]:
        draft = answers[draft_task(number)].value if draft_task(number) in answers else {}
        return {
            "number": number,
            "task": turn_task(number),
            "draft": draft_task(number),
            "text": draft.get(TEXT, ""),
            "moves": sorted(
                (
                    {
                        "id": move,
                        "words": f"{words['name']}: {words['hint']}",
                        "is_chosen": draft.get(MOVE) == move,
                    }
                    for move, words in self.words["moves"].items()
                ),
                key=lambda entry: str(entry["words"]).casefold(),
            ),
            "topics": [
                {"id": topic, "words": self.words["topics"][topic], "is_chosen": draft.get(ABOUT) == topic}
                for topic in self.exercise.structure["topics"]
            ],
        }

    def _note(self, answers: Answers) -> list[dict[str, str]]:
        labels = self.words["labels"]
        return [
            {
                "task": name,
                "question": labels[name],
                "hint": labels[f"{name}_hint"],
                "text": text_of(answers, name),
            }
            for name in AFTERWARDS
        ]

    def choice(self, value: Mapping[str, str]) -> str:
        """What was chosen with a message, in words; the empty text where nothing was."""
        move, about = value.get(MOVE), value.get(ABOUT)
        chosen = {
            "move": self.words["moves"][move]["name"] if move else "–",
            "about": self.words["topics"][about] if about else "–",
        }
        return str(self.words["reading"]["chosen"].format(**chosen)) if move or about else ""


def parts(exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
    """What has come: the beginning, an answer to each message, and the questions afterwards."""
    talk = talking.replay(exercise, answers)
    found = ["brief"]
    if talk.is_open:
        found += ["said.0", *(f"said.{turn.number}" for turn in talk.turns)]
    if has_note(exercise, talk, minute):
        found.append("note")
    return tuple(found)


def has_note(exercise: Exercise, talk: Talk, minute: float) -> bool:
    return talk.is_over or (talk.is_open and minute >= exercise.structure["note_from"])


def text_of(answers: Answers, task: str) -> str:
    return str(answers[task].value) if task in answers else ""
