"""Checks what was posted for a task of an in-tray. Nothing in what was written is ever changed."""

import re
from collections.abc import Mapping
from typing import Any

from exercises.content import Exercise, canonical
from exercises.in_tray.facts import SENT
from exercises.kind import LONGEST_ANSWER, InvalidAnswer

ACTION = {
    "kind": str,
    "to": list,
    "cc": list,
    "pass_on": list,
    "about": list,
    "tag": str,
    "priority": str,
    "due_day": str,
    "due_time": str,
    "subject": str,
    "text": str,
}
"""The fields of an action and what each holds; all may be missing in a draft."""
ENTRY = ("day", "start", "end", "title", "about", "with")
MOST_ENTRIES = 60
WITHOUT_RECIPIENT = ("plan", "no_action")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")


def parse(exercise: Exercise, task: str, posted: Any) -> Any:
    """The value to store for what was posted.

    :raises InvalidAnswer: when it is not an answer to this task.
    """
    if task == "notes" or task.startswith("closing."):
        if not isinstance(posted, str):
            raise InvalidAnswer("malformed")
        return _written(posted)
    if not isinstance(posted, dict):
        raise InvalidAnswer("malformed")
    if task.startswith("decision."):
        value = _decision(exercise, task.removeprefix("decision."), posted)
    elif task == "stock":
        value = _stock(exercise, posted)
    elif task == "calendar":
        value = _calendar(exercise, posted)
    elif task.startswith("mark."):
        value = _mark(exercise, posted)
    else:
        value = _action(exercise, task, posted)
    if len(canonical(value).encode()) > LONGEST_ANSWER:
        raise InvalidAnswer("too_long")
    return value


def _written(text: Any) -> str:
    """A text that a database can hold, exactly as it was written."""
    if not isinstance(text, str):
        raise InvalidAnswer("malformed")
    if len(text) > LONGEST_ANSWER:
        raise InvalidAnswer("too_long")
    if "\x00" in text:
        raise InvalidAnswer("unreadable")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise InvalidAnswer("unreadable") from None
    if size > LONGEST_ANSWER:
        raise InvalidAnswer("too_long")
    return text


def _one_of(value: Any, known: Any, code: str) -> str:
    """A choice, or nothing chosen."""
    text = _written(value)
    if text and text not in known:
        raise InvalidAnswer(code)
    return text


def _several_of(value: Any, known: Any, code: str) -> list[str]:
    if not isinstance(value, list) or len(value) > len(known):
        raise InvalidAnswer("malformed" if not isinstance(value, list) else code)
    chosen = [_written(entry) for entry in value]
    if any(entry not in known for entry in chosen) or len(set(chosen)) < len(chosen):
        raise InvalidAnswer(code)
    return chosen


def _time(value: Any) -> str:
    text = _written(value)
    if text and not _TIME.match(text):
        raise InvalidAnswer("unknown_time")
    return text


def _fields(posted: Mapping[Any, Any], known: Any) -> None:
    if any(not isinstance(name, str) or name not in known for name in posted):
        raise InvalidAnswer("unknown_field")


def messages(exercise: Exercise) -> frozenset[str]:
    """The ids of all messages that an exercise can bring."""
    structure = exercise.structure
    return frozenset(entry["id"] for entry in (*structure["messages"], *structure["follow_ups"]))


def recipients(exercise: Exercise) -> frozenset[str]:
    """Whom one can write to."""
    return frozenset(
        [*(person["id"] for person in exercise.structure["people"]), *exercise.structure["groups"]]
    )


def _days(exercise: Exercise) -> frozenset[str]:
    return frozenset(day["id"] for day in exercise.structure["calendar"]["days"])


def _action(exercise: Exercise, task: str, posted: dict[Any, Any]) -> dict[str, Any]:
    _fields(posted, ACTION)
    structure, people = exercise.structure, recipients(exercise)
    is_new = task.startswith("new.")
    kinds = ("new",) if is_new else structure["kinds"]
    checks = {
        "kind": lambda value: _one_of(value, kinds, "unknown_kind"),
        "to": lambda value: _several_of(value, people, "unknown_recipient"),
        "cc": lambda value: _several_of(value, people, "unknown_recipient"),
        "pass_on": lambda value: _several_of(value, people, "unknown_recipient"),
        "about": lambda value: _several_of(value, messages(exercise), "unknown_message"),
        "tag": lambda value: _one_of(value, structure["tags"], "unknown_tag"),
        "priority": lambda value: _one_of(value, structure["priorities"], "unknown_priority"),
        "due_day": lambda value: _one_of(value, _days(exercise), "unknown_day"),
        "due_time": _time,
        "subject": _written,
        "text": _written,
    }
    value = {name: checks[name](posted[name]) for name in posted}
    if SENT.match(task):
        _may_be_sent(value)
    return value


def _may_be_sent(value: Mapping[str, Any]) -> None:
    """Sent is final, so what is needed for sending is asked before."""
    kind = value.get("kind")
    if not kind:
        raise InvalidAnswer("kind_missing")
    if kind == "no_action":
        return
    if kind == "plan" and not value.get("due_day"):
        raise InvalidAnswer("day_missing")
    if kind not in WITHOUT_RECIPIENT and not value.get("to"):
        raise InvalidAnswer("recipient_missing")
    if (value.get("to") or value.get("cc")) and not value.get("tag"):
        raise InvalidAnswer("tag_missing")


def _decision(exercise: Exercise, decision: str, posted: dict[Any, Any]) -> dict[str, str]:
    _fields(posted, ("option", "person"))
    options = exercise.structure["decisions"][decision]["options"]
    checks = {
        "option": lambda value: _one_of(value, options, "unknown_option"),
        "person": lambda value: _one_of(value, recipients(exercise), "unknown_recipient"),
    }
    return {name: checks[name](posted[name]) for name in posted}


def _stock(exercise: Exercise, posted: dict[Any, Any]) -> dict[str, str]:
    stock = exercise.structure["stock"]
    batches = {batch["id"] for batch in stock["batches"]}
    if any(name not in batches for name in posted):
        raise InvalidAnswer("unknown_batch")
    return {name: _one_of(posted[name], stock["choices"], "unknown_option") for name in posted}


def _mark(exercise: Exercise, posted: dict[Any, Any]) -> dict[str, str]:
    _fields(posted, ("priority", "text"))
    checks = {
        "priority": lambda value: _one_of(value, exercise.structure["priorities"], "unknown_priority"),
        "text": _written,
    }
    return {name: checks[name](posted[name]) for name in posted}


def _calendar(exercise: Exercise, posted: dict[Any, Any]) -> dict[str, Any]:
    _fields(posted, ("entries", "moved", "dropped"))
    entries, moved = posted.get("entries", []), posted.get("moved", {})
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES or not isinstance(moved, dict):
        raise InvalidAnswer("malformed")
    movable = {event["id"] for event in exercise.structure["calendar"]["events"] if event.get("movable")}
    if any(name not in movable for name in moved):
        raise InvalidAnswer("not_movable")
    return {
        "entries": [_entry(exercise, entry) for entry in entries],
        "moved": {name: _place(exercise, place) for name, place in moved.items()},
        "dropped": _several_of(posted.get("dropped", []), movable, "not_movable"),
    }


def _entry(exercise: Exercise, posted: Any) -> dict[str, str]:
    if not isinstance(posted, dict):
        raise InvalidAnswer("malformed")
    _fields(posted, ENTRY)
    entry = {
        "day": _one_of(posted.get("day", ""), _days(exercise), "unknown_day"),
        "start": _time(posted.get("start", "")),
        "end": _time(posted.get("end", "")),
        "title": _written(posted.get("title", "")),
        "about": _one_of(posted.get("about", ""), messages(exercise), "unknown_message"),
        "with": _one_of(posted.get("with", ""), recipients(exercise), "unknown_recipient"),
    }
    if not entry["day"]:
        raise InvalidAnswer("day_missing")
    if not entry["start"]:
        raise InvalidAnswer("time_missing")
    return entry


def _place(exercise: Exercise, posted: Any) -> dict[str, str]:
    if not isinstance(posted, dict):
        raise InvalidAnswer("malformed")
    _fields(posted, ("day", "start"))
    day = _one_of(posted.get("day", ""), _days(exercise), "unknown_day")
    start = _time(posted.get("start", ""))
    if not day or not start:
        raise InvalidAnswer("day_missing" if not day else "time_missing")
    return {"day": day, "start": start}
