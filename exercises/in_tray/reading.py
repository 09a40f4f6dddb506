"""What assessors read of an in-tray: what was sent, in the order of sending, then drafts, choices and reasons."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from exercises import shown, writing
from exercises.chronicle import whole
from exercises.content import Exercise
from exercises.in_tray.facts import SENT, Act, acts, value_of
from exercises.in_tray.screen import MOST_NEW, MOST_SENT, Screen
from exercises.kind import Answer, Answers, Block


def reading(exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
    """All blocks, with labels in the assessor's language. Private notes are not among them."""
    return tuple(_Reading(exercise, language, answers).blocks())


def account(exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
    """One task's value as its writer knows it; None for an empty draft, which only says that something was seen."""
    block = _Reading(exercise, language, {task: Answer(task, value, 0, 1)}).account(task, value)
    return block if block.text.strip() or block.rows or block.notes else None


class _Reading(Screen):
    """The same words as on the participant's screen, arranged for somebody who rates."""

    def __init__(self, exercise: Exercise, language: str, answers: Answers) -> None:
        super().__init__(exercise, language, answers, exercise.minutes)
        self.labels = self.words["labels"]

    def blocks(self) -> Iterator[Block]:
        for act in acts(self.exercise, self.answers):
            yield self.sent_block(act)
        yield from self.draft_blocks()
        yield from self.choice_blocks()
        yield from self.closing_blocks()
        yield from self.shown_blocks()

    def shown_blocks(self) -> Iterator[Block]:
        """Documents before the first action, after it, and never; nothing where nothing was kept."""
        titles = {name: str(self.words["documents"][name]["title"]) for name in self.structure["documents"]}
        orders = shown.order_of(self.answers, titles)
        if not orders or not self.structure.get("notes_shown"):
            return
        first = min((act.moment.order for act in acts(self.exercise, self.answers)), default=math.inf)
        groups = {
            "before": [titles[name] for name, order in orders.items() if order < first],
            "later": [titles[name] for name, order in orders.items() if order >= first],
            "never": [title for name, title in titles.items() if name not in orders],
        }
        yield shown.block(self.words["shown"], groups)

    def account(self, task: str, value: Any) -> Block:
        if task == "notes":
            return Block(task, self.words["notes"]["title"], text=value)
        if task.startswith("mark."):
            words, chosen = self.words["marks"], value.get("priority", "")
            heading = words["on"].format(title=self.subject(task.removeprefix("mark.")))
            named = ((words["priority"], self.words["priorities"][chosen]),) if chosen else ()
            return Block(task, heading, text=value.get("text", ""), rows=named)
        if task.startswith("closing."):
            return Block(
                task, self.labels["closing"].format(number=task.removeprefix("closing.")), text=value
            )
        if task.startswith("decision."):
            row = self.decision_row(task.removeprefix("decision."))
            return Block(task, self.labels["decisions"], rows=(row,))
        if task in ("stock", "calendar"):
            rows = self.stock_rows() if task == "stock" else self.calendar_rows()
            return Block(task, self.labels[task], rows=tuple(rows))
        found = SENT.match(task)
        if found:
            return Block(
                task,
                self.heading(found["on"], value),
                text=value.get("text", ""),
                rows=tuple(self.rows(value)),
            )
        kind = self.words["kinds"].get(value.get("kind", ""), "") if value.get("kind") != "new" else ""
        return Block(
            task,
            self.draft_heading(task, value),
            text=value.get("text", ""),
            notes=(kind,) if kind else (),
            rows=tuple(self.rows(value)),
            is_draft=True,
        )

    def draft_heading(self, task: str, draft: Mapping[str, Any]) -> str:
        if task.startswith("new."):
            subject = draft.get("subject", "").strip() or self.labels["no_subject"]
        else:
            subject = f"{task} {self.subject(task)}"
        return str(self.labels["draft"].format(subject=subject))

    def sent_block(self, act: Act) -> Block:
        value = self.answers[act.task].value
        return Block(
            id=act.task,
            heading=self.heading(act.on, value),
            text=value.get("text", ""),
            notes=tuple(self.sent_notes(act, value)),
            rows=tuple(self.rows(value)),
        )

    def heading(self, on: str, value: Mapping[str, Any]) -> str:
        if on.startswith("new."):
            subject = value.get("subject", "").strip() or self.labels["no_subject"]
            return str(self.labels["new"].format(subject=subject))
        subject = f"{on} {self.subject(on)}"
        if value["kind"] == "no_action":
            return str(self.labels["no_action"].format(subject=subject))
        return str(self.labels["action"].format(kind=self.words["kinds"][value["kind"]], subject=subject))

    def sent_notes(self, act: Act, value: Mapping[str, Any]) -> Iterator[str]:
        minute = whole(act.moment.minute, self.structure["in_tray_until"])
        yield self.labels["minute"].format(minute=minute, clock=self.clock_label(minute))
        if value["kind"] != "no_action" and not value.get("text", "").strip():
            yield self.labels["without_text"]
        if act.on == "M15" and "planning_team" in act.reaches:
            yield self.labels["reply_all_15"]

    def rows(self, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for field, label in (("to", "to"), ("cc", "cc"), ("pass_on", "passed_on")):
            if value.get(field):
                yield self.labels[label], ", ".join(self.names[person] for person in value[field])
        for field, names in (("tag", "tags"), ("priority", "priorities")):
            if value.get(field):
                yield self.labels[field], self.words[names][value[field]]
        if due := self.due(value):
            yield self.labels["due"], due
        if value.get("about"):
            yield self.labels["about"], ", ".join(f"{name} {self.subject(name)}" for name in value["about"])

    def draft_blocks(self) -> Iterator[Block]:
        for task in self.draft_tasks():
            draft = self.draft(task)
            text = draft.get("text", "")
            if not text.strip() or self.was_sent(task, text):
                continue
            yield Block(
                id=task,
                heading=self.draft_heading(task, draft),
                text=text,
                notes=(self.labels["draft_note"],),
                rows=tuple(self.rows(draft)),
                is_draft=True,
            )

    def draft_tasks(self) -> Iterator[str]:
        for entry in (*self.structure["messages"], *self.structure["follow_ups"]):
            yield entry["id"]
        yield from (f"new.{number}" for number in range(1, MOST_NEW + 1))

    def was_sent(self, task: str, text: str) -> bool:
        """Whether a draft is only what is left of a message that went out."""
        tasks = (f"{task}.sent", *(f"{task}.sent.{number}" for number in range(1, MOST_SENT + 1)))
        return any(value_of(self.answers, sent).get("text") == text for sent in tasks)

    def choice_blocks(self) -> Iterator[Block]:
        rows = tuple(self.decision_row(name) for name in self.structure["decisions"])
        yield Block("decisions", self.labels["decisions"], rows=rows)
        if "stock" in self.answers:
            rows = tuple(self.stock_rows())
            yield Block("stock", self.labels["stock"], notes=(self.changed("stock"),), rows=rows)
        if "calendar" in self.answers:
            rows = tuple(self.calendar_rows())
            yield Block("calendar", self.labels["calendar"], notes=(self.changed("calendar"),), rows=rows)

    def changed(self, task: str) -> str:
        minute = whole(self.answers[task].minute, self.structure["in_tray_until"])
        return str(self.labels["changed"].format(minute=minute))

    def decision_row(self, name: str) -> tuple[str, str]:
        decision = self.decision(name)
        label = next(
            (option["label"] for option in decision["options"] if option["id"] == decision["option"]),
            self.labels["not_decided"],
        )
        person = self.names.get(decision["person"], "")
        is_sent = decision["option"] and decision["option"] == decision["person_for"]
        return decision["question"], f"{label}: {person}" if is_sent and person else label

    def stock_rows(self) -> Iterator[tuple[str, str]]:
        stock = self.stock()
        labels = {choice["id"]: choice["label"] for choice in stock["choices"]}
        for row in stock["rows"]:
            yield f"{row['id']} ({row['number']})", labels[row["reserved"]]

    def calendar_rows(self) -> Iterator[tuple[str, str]]:
        value = value_of(self.answers, "calendar")
        days, events = self.words["calendar"]["days"], self.words["calendar"]["events"]
        for entry in value.get("entries", ()):
            end = f"–{self.time(entry['end'])}" if entry["end"] else ""
            about = f" ({entry['about']} {self.subject(entry['about'])})" if entry["about"] else ""
            person = f" {self.labels['with']} {self.names[entry['with']]}" if entry["with"] else ""
            when = f"{days[entry['day']]} {self.time(entry['start'])}{end}"
            yield self.labels["entry"], f"{when} {entry['title']}{person}{about}"
        for name, place in value.get("moved", {}).items():
            yield (
                self.labels["moved_event"],
                f"{events[name]['title']}: {days[place['day']]} {self.time(place['start'])}",
            )
        for name in value.get("dropped", ()):
            yield self.labels["dropped_event"], events[name]["title"]

    def closing_blocks(self) -> Iterator[Block]:
        limit = self.structure["closing"]["limit"]
        for number in range(1, self.structure["closing"]["count"] + 1):
            text = self.text(f"closing.{number}")
            if not text.strip():
                continue
            limit_at = writing.end_of_word(text, limit)
            said = self.labels["words" if limit_at is None else "over"]
            yield Block(
                id=f"closing.{number}",
                heading=self.labels["closing"].format(number=number),
                text=text,
                notes=(said.format(words=writing.words(text), limit=limit),),
                limit_at=limit_at,
            )
