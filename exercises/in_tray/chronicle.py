"""The course of an in-tray: which messages came, which documents were opened, what was sent, decided and changed, in order."""

from collections.abc import Iterator

from exercises import shown
from exercises.chronicle import in_order
from exercises.content import Exercise
from exercises.in_tray.arrivals import Arrival
from exercises.in_tray.facts import acts
from exercises.in_tray.screen import Screen
from exercises.kind import Answer, Answers, Chronicle, Fact, Happening

AT_ONE_PLACE = ("stock", "calendar")
"""What is changed again and again and stands where it was changed last."""


def chronicle(exercise: Exercise, language: str, answers: Answers, minute: float) -> Chronicle:
    """What happened until this minute. Which messages were looked at is not kept, so it is not told either."""
    course = _Course(exercise, language, answers, minute)
    until = float(exercise.structure["in_tray_until"])
    return Chronicle(in_order(course.came(), course.done(), until), tuple(course.facts()))


class _Course(Screen):
    def came(self) -> Iterator[tuple[float, Happening]]:
        for arrival in self.arrived:
            words = self.words["follow_ups" if arrival.is_follow_up else "messages"][arrival.id]
            values = {"who": self.names[arrival.entry["from"]], "subject": self.titled(arrival)}
            yield arrival.minute, Happening("message", values, str(words["body"]))

    def titled(self, arrival: Arrival) -> str:
        return f"{arrival.id} {self.subject(arrival.id)}"

    def done(self) -> Iterator[tuple[Answer, Happening]]:
        for act in acts(self.exercise, self.answers):
            yield self.answers[act.task], Happening("", block=act.task)
        for name in AT_ONE_PLACE:
            if name in self.answers:
                yield self.answers[name], Happening("", block=name)
        for name in self.opened():
            values = {"title": self.document_title(name)}
            yield self.answers[f"{shown.PREFIX}{name}"], Happening("opened", values)
        for name in self.structure["decisions"]:
            decision = self.decision(name)
            option = next(
                (one["label"] for one in decision["options"] if one["id"] == decision["option"]), ""
            )
            if option:
                values = {"question": str(decision["question"]), "option": str(option)}
                yield self.answers[f"decision.{name}"], Happening("decided", values)

    def opened(self) -> tuple[str, ...]:
        """The documents that were opened, in that order; none in versions that keep nothing of it."""
        if not self.structure.get("notes_shown"):
            return ()
        return tuple(shown.order_of(self.answers, self.structure["documents"]))

    def document_title(self, name: str) -> str:
        return str(self.words["documents"][name]["title"])

    def facts(self) -> Iterator[Fact]:
        came = {arrival.id: self.titled(arrival) for arrival in self.arrived}
        first: dict[str, int] = {}
        for act in acts(self.exercise, self.answers):
            if act.on in came:
                first.setdefault(act.on, act.moment.order)
        if first:
            yield Fact("order", {"what": ", ".join(first)})
        still_open = [title for name, title in came.items() if name not in first]
        yield Fact("open", {"what": "; ".join(still_open)}) if still_open else Fact("none_open")
        for name in self.opened():
            opened = self.answers[f"{shown.PREFIX}{name}"].order
            before = [on for on, order in first.items() if order < opened]
            if before:
                values = {"title": self.document_title(name), "what": ", ".join(before)}
                yield Fact("before_opened", values)
        for name in self.structure["decisions"]:
            answer = self.answers.get(f"decision.{name}")
            if answer and answer.revision > 1:
                question = str(self.decision(name)["question"])
                yield Fact("chosen_again", {"question": question, "n": str(answer.revision)})
