"""What a participant sees of an in-tray at a minute: plain data for ``answer.html``, all words from the content."""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from exercises import writing
from exercises.content import Exercise
from exercises.in_tray import agenda
from exercises.in_tray.arrivals import Arrival, arrivals
from exercises.in_tray.facts import couriers, value_of
from exercises.kind import Answer, Answers

MOST_SENT = 20
"""The most actions on one message."""
MOST_NEW = 40
"""The most new messages."""


def view(exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
    """Everything that may be seen at this minute; nothing says what is still to come."""
    return Screen(exercise, language, answers, minute).view()


def parts(exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
    """The ids of what has arrived: messages, and in the end the closing reasons."""
    return _ids(arrivals(exercise, answers, minute), minute >= exercise.structure["in_tray_until"])


def _ids(arrived: Sequence[Arrival], is_over: bool) -> tuple[str, ...]:
    return (*(arrival.id for arrival in arrived), *(("closing",) if is_over else ()))


class Screen:
    """One look at one sitting: gathers the words of one language for the facts of one minute."""

    def __init__(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> None:
        self.exercise = exercise
        self.structure = exercise.structure
        self.language = language
        self.words = exercise.text(language)
        self.answers = answers
        self.minute = minute
        self.is_over = minute >= self.structure["in_tray_until"]
        self.names = _names(exercise, language)

    @cached_property
    def arrived(self) -> tuple[Arrival, ...]:
        """Derived where it is asked for: an account of one task needs none of it."""
        return arrivals(self.exercise, self.answers, self.minute)

    def view(self) -> dict[str, Any]:
        messages = [self.message(arrival) for arrival in self.arrived]
        new = [self.new(number) for number in range(1, MOST_NEW + 1) if self.begun(number)]
        return {
            "language": self.language,
            "parts": list(_ids(self.arrived, self.is_over)),
            "minute": self.minute,
            "clock": self.clock_label(self.minute),
            "clock_start": agenda.minutes(self.structure["clock_start"]),
            "in_tray_until": self.structure["in_tray_until"],
            "is_over": self.is_over,
            "role_card": self.words["role_card"],
            "messages": messages,
            "waiting": [message for message in messages if not message["is_handled"]],
            "handled": [message for message in messages if message["is_handled"]],
            "new": new,
            "next_new": f"new.{max((entry['number'] for entry in new), default=0) + 1}",
            "most_new": MOST_NEW,
            **_same_for_all(self.exercise, self.language),
            "documents": [self.document(name) for name in self.structure["documents"]],
            "calendar": self.calendar(),
            "closing": self.closing(),
            "notes_shown": bool(self.structure.get("notes_shown")),
            "marks": self.marks(),
            "notes": {**self.words["notes"], "task": "notes", "text": self.text("notes")},
        }

    def same_for_all(self) -> dict[str, Any]:
        """What follows from the exercise alone."""
        return {
            "kinds": self.choices("kinds"),
            "tags": self.tags(),
            "priorities": self.choices("priorities"),
            "days": [
                {"id": day["id"], "label": self.words["calendar"]["days"][day["id"]]}
                for day in self.structure["calendar"]["days"]
            ],
            "people": self.people(),
            "units": self.units(),
        }

    # --- Messages ---------------------------------------------------------------------------------------

    def message(self, arrival: Arrival) -> dict[str, Any]:
        name, entry = arrival.id, arrival.entry
        sent = self.sent([f"{name}.sent.{number}" for number in range(1, MOST_SENT + 1)])
        draft = self.draft(name)
        return {
            "sent_at": self.clock_label(arrival.minute),
            **_letters(self.exercise, self.language)[name],
            "decision": self.decision(entry["decision"]) if "decision" in entry else None,
            "draft": draft,
            "is_begun": self.is_begun(draft),
            "sent": sent,
            "is_handled": bool(sent),
            "next_sent": self.next_of(name),
            "is_full": len(sent) >= MOST_SENT,
        }

    def letters(self) -> dict[str, dict[str, Any]]:
        """What stands in each message, by its id; some say themselves when they were sent."""
        return {
            entry["id"]: self.letter(entry, self.words[part][entry["id"]])
            for part in ("messages", "follow_ups")
            for entry in self.structure[part]
        }

    def letter(self, entry: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
        to, cc = [*entry.get("to", ())], [*entry.get("cc", ())]
        return {
            "id": entry["id"],
            "subject": words["subject"],
            "body": words["body"],
            "from": self.person(entry["from"]),
            "to": [self.names[person] for person in to] or [self.words["you"]],
            "cc": [self.names[person] for person in cc],
            **({"sent_at": words["sent"]} if "sent" in words else {}),
            "attached": [
                {"id": document, "title": self.words["documents"][document]["title"]}
                for document in entry.get("attached", ())
            ],
            "reply": [entry["from"]],
            "reply_all": [entry["from"], *(person for person in to if person not in cc)],
            "reply_all_cc": cc,
        }

    def next_of(self, name: str) -> str:
        numbers = (
            number for number in range(1, MOST_SENT + 1) if f"{name}.sent.{number}" not in self.answers
        )
        return f"{name}.sent.{next(numbers, MOST_SENT)}"

    def begun(self, number: int) -> bool:
        return f"new.{number}" in self.answers or f"new.{number}.sent" in self.answers

    def new(self, number: int) -> dict[str, Any]:
        name = f"new.{number}"
        sent = self.sent([f"{name}.sent"])
        draft = self.draft(name)
        return {
            "id": name,
            "number": number,
            "subject": (sent[0]["subject"] if sent else draft.get("subject", "")),
            "draft": draft,
            "sent": sent,
            "is_handled": bool(sent),
            "next_sent": f"{name}.sent",
        }

    def draft(self, task: str) -> dict[str, Any]:
        """A draft as it was saved: only the fields that hold something."""
        return {**value_of(self.answers, task)}

    def is_begun(self, draft: Mapping[str, Any]) -> bool:
        return bool(draft.get("text", "").strip() or draft.get("subject", "").strip() or draft.get("tag"))

    def sent(self, tasks: Sequence[str]) -> list[dict[str, Any]]:
        found = [self.answers[task] for task in tasks if task in self.answers]
        return [
            self.action(answer) for answer in sorted(found, key=lambda answer: (answer.order, answer.task))
        ]

    def action(self, answer: Answer) -> dict[str, Any]:
        """A sent action in words."""
        value = answer.value
        names = self.names
        return {
            "task": answer.task,
            "kind": value["kind"],
            "kind_label": self.words["kinds"][value["kind"]],
            "to": [names[person] for person in value.get("to", ())],
            "cc": [names[person] for person in value.get("cc", ())],
            "pass_on": [names[person] for person in value.get("pass_on", ())],
            "about": [self.subject(name) for name in value.get("about", ())],
            "tag": self.words["tags"].get(value.get("tag", ""), ""),
            "priority": self.words["priorities"].get(value.get("priority", ""), ""),
            "due": self.due(value),
            "day": value.get("due_day", ""),
            "time": value.get("due_time", ""),
            "subject": value.get("subject", ""),
            "text": value.get("text", ""),
            "minute": int(answer.minute),
            "clock": self.clock_label(answer.minute),
        }

    def subject(self, name: str) -> str:
        found = self.words["messages"].get(name) or self.words["follow_ups"][name]
        return str(found["subject"])

    def due(self, value: Mapping[str, Any]) -> str:
        day = self.words["calendar"]["days"].get(value.get("due_day", ""), "")
        return " ".join(part for part in (day, self.time(value.get("due_time", ""))) if part)

    def decision(self, name: str) -> dict[str, Any]:
        words, own = self.words["decisions"][name], self.structure["decisions"][name]
        chosen = value_of(self.answers, f"decision.{name}")
        return {
            "id": name,
            "task": f"decision.{name}",
            "question": words["question"],
            "options": [{"id": option, "label": words["options"][option]} for option in own["options"]],
            "option": chosen.get("option", ""),
            "person_for": own.get("person_for", ""),
            "person_label": words.get("person", ""),
            "person": chosen.get("person", ""),
        }

    # --- People, choices, documents -----------------------------------------------------------------------

    def person(self, name: str) -> dict[str, Any]:
        role = self.words["people"].get(name, "")
        return {"id": name, "name": self.names[name], "role": role}

    def people(self) -> list[dict[str, Any]]:
        """Everybody and every group, by name: one neutral list for all."""
        messengers = couriers(self.exercise)
        everybody = [
            {
                **self.person(name),
                "is_group": name in self.structure["groups"],
                "passes_on": name in messengers,
            }
            for name in self.names
        ]
        return sorted(everybody, key=lambda entry: (entry["is_group"], entry["name"].casefold()))

    def units(self) -> list[dict[str, Any]]:
        """The organisation chart as lists of people per unit."""
        return [
            {
                "label": self.words["units"][unit],
                "people": [
                    self.person(person["id"]) for person in self.structure["people"] if person["unit"] == unit
                ],
            }
            for unit in self.structure["units"]
        ]

    def choices(self, name: str) -> list[dict[str, str]]:
        return [{"id": choice, "label": self.words[name][choice]} for choice in self.structure[name]]

    def tags(self) -> list[dict[str, str]]:
        """What a message mainly does, alphabetical in this language; "other" comes last."""
        return sorted(self.choices("tags"), key=lambda tag: (tag["id"] == "other", tag["label"].casefold()))

    def document(self, name: str) -> dict[str, Any]:
        words = self.words["documents"][name]
        return {
            "id": name,
            "title": words["title"],
            "body": words["body"],
            "stock": self.stock() if name == "stock" else None,
        }

    def stock(self) -> dict[str, Any]:
        words, own = self.words["stock"], value_of(self.answers, "stock")
        return {
            "columns": [words["columns"][name] for name in ("batch", "number", "where", "reserved")],
            "choices": [
                {"id": choice, "label": words["choices"][choice]}
                for choice in self.structure["stock"]["choices"]
            ],
            "rows": [
                {
                    "id": batch["id"],
                    "number": batch["number"],
                    "where": words["where"][batch["id"]],
                    "reserved": own.get(batch["id"]) or batch["reserved"],
                }
                for batch in self.structure["stock"]["batches"]
            ],
        }

    # --- Calendar -----------------------------------------------------------------------------------------

    def calendar(self) -> dict[str, Any]:
        value = value_of(self.answers, "calendar")
        return {
            "events": self.events(),
            "value": {
                "entries": [dict(entry) for entry in value.get("entries", ())],
                "moved": {name: dict(place) for name, place in value.get("moved", {}).items()},
                "dropped": list(value.get("dropped", ())),
            },
        }

    def events(self) -> list[dict[str, Any]]:
        """The events without the participant's own changes, from which the page draws every change at once."""
        words = self.words["calendar"]["events"]
        movable = {
            event["id"] for event in self.structure["calendar"]["events"] if event.get("movable", False)
        }
        return [
            {
                "id": slot.id,
                "day": slot.day,
                "start": slot.start,
                "end": slot.end,
                "travel": slot.travel,
                "isOpen": slot.is_open,
                "isMoved": slot.is_moved,
                "isMovable": slot.id in movable,
                **words[slot.id],
            }
            for slot in agenda.events(self.exercise, {}, self.minute)
        ]

    # --- Closing reasons and the rest ---------------------------------------------------------------------

    def closing(self) -> dict[str, Any]:
        words, limit = self.words["closing"], self.structure["closing"]["limit"]
        fields = []
        for number, label in enumerate(words["labels"], 1):
            text = self.text(f"closing.{number}")
            fields.append(
                {"task": f"closing.{number}", "label": label, "text": text, "words": writing.words(text)}
            )
        return {"title": words["title"], "hint": words["hint"], "limit": limit, "fields": fields}

    def marks(self) -> dict[str, Any] | None:
        """The words of marks and those on what has arrived; None in a version without them."""
        if not self.structure.get("marks"):
            return None
        values = {arrival.id: value_of(self.answers, f"mark.{arrival.id}") for arrival in self.arrived}
        return {
            **self.words["marks"],
            "value": {name: dict(value) for name, value in values.items() if value},
        }

    def text(self, task: str) -> str:
        answer = self.answers.get(task)
        return str(answer.value) if answer else ""

    def time(self, time: str) -> str:
        """A time of day as this language writes it in tables."""
        return time.replace(":", ".") if self.language == "nl" else time

    def clock_label(self, minute: float) -> str:
        return self.time(agenda.clock(self.exercise, minute))


@lru_cache(maxsize=64)
def _same_for_all(exercise: Exercise, language: str) -> dict[str, Any]:
    """Made once per version and language; it holds nothing of anybody's answers, and nobody changes it."""
    return Screen(exercise, language, {}, 0.0).same_for_all()


@lru_cache(maxsize=64)
def _letters(exercise: Exercise, language: str) -> dict[str, dict[str, Any]]:
    """Made once per version and language; it holds nothing of anybody's answers, and nobody changes it."""
    return Screen(exercise, language, {}, 0.0).letters()


@lru_cache(maxsize=64)
def _names(exercise: Exercise, language: str) -> dict[str, str]:
    """The people of the exercise and its groups, by id; nobody changes it."""
    people = {person["id"]: person["name"] for person in exercise.structure["people"]}
    return {**people, **exercise.text(language)["groups"]}
