"""A centre in which participants work and an administrator keeps their time, for tests of the ledger."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from assessment import clock
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.sitting import Adjustment, Revision, Sitting
from assessment.services import answers, clocks, sittings
from assessment.services.answers import Outcome, Save
from tests import factories
from tests.factories import NOON

GRACE = timedelta(seconds=30)


class Hall:
    """So many participants of one centre, each with the sittings of its exercises."""

    def __init__(
        self,
        database: Database,
        people: int = 1,
        *slugs: str,
        centre: Any = None,
        running: bool = True,
        **enrolment: Any,
    ) -> None:
        self.database = database
        self.sequence = 0
        self.clocks: dict[int, clocks.Clock] = {}
        """As each page knows it: what an answer told it last."""
        with database.writing() as session:
            self.administrator = factories.administrator(session)
            self.by = factories.actor(session, self.administrator)
            self.centre = factories.centre(session, *(slugs or ("stavoord-case",)), **(centre or {}))
            self.enrolments = [factories.enrolment(session, self.centre, **enrolment) for _ in range(people)]
            self.people = [one.person_id for one in self.enrolments]
            self.actors = [
                factories.actor(session, session.get_one(factories.Person, person)) for person in self.people
            ]
            self.ids = [
                one.id
                for enrolment in self.enrolments
                for one in sittings.list_for(session, enrolment)
                if one.position == 1
            ]
        if running:
            for number in range(people):
                self.start(number)

    def start(self, number: int = 0) -> Sitting:
        with self.database.writing() as session:
            return sittings.start(session, self.ids[number], "en", by=self.actors[number])

    def act(self, verb: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """What an administrator does with this centre, in a transaction of its own."""
        with self.database.writing() as session:
            return verb(session, session.get_one(Centre, self.centre.id), *given, by=self.by, **named)

    def read(self, verb: Callable[..., Any], *given: Any) -> Any:
        with self.database.reading() as session:
            return verb(session, session.get_one(Centre, self.centre.id), *given)

    def save(self, text: str, number: int = 0, **values: Any) -> Outcome:
        self.sequence += 1
        command = Save(
            **{
                "sitting_id": self.ids[number],
                "person_id": self.people[number],
                "login_epoch": 1,
                "task": "memo",
                "posted": text,
                "base_number": 0,
                "client_id": "one",
                "client_seq": self.sequence,
                "writer_epoch": 1,
                "arrived_at": clock.now(),
                "clock": self.clocks.get(number),
                **values,
            }
        )
        outcome = answers.save(self.database.writer, command, GRACE)
        if outcome.clock:
            self.clocks[number] = outcome.clock
        return outcome

    def submit(self, number: int = 0) -> Sitting:
        with self.database.writing() as session:
            return sittings.submit(session, self.ids[number], clock.now(), GRACE, by=self.actors[number])

    def take_over(self, number: int = 0) -> Sitting:
        with self.database.writing() as session:
            return sittings.take_over(session, self.ids[number], by=self.actors[number])

    def sweep(self) -> int:
        with self.database.writing() as session:
            return sittings.seal_due(session, GRACE)

    def get(self, number: int = 0) -> Sitting:
        with self.database.reading() as session:
            return session.get_one(Sitting, self.ids[number])

    def minutes(self, number: int = 0) -> float:
        """From noon to the end."""
        deadline = self.get(number).deadline_at
        assert deadline
        return (deadline - NOON) / timedelta(minutes=1)

    def minute(self, moment: datetime, number: int = 0) -> float:
        with self.database.reading() as session:
            return session.get_one(Sitting, self.ids[number]).minute_at(moment)

    def ledger(self, number: int = 0) -> list[Adjustment]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    sa.select(Adjustment)
                    .where(Adjustment.sitting_id == self.ids[number])
                    .order_by(Adjustment.at, Adjustment.ends_at)
                )
            )

    def revisions(self, sitting_id: UUID | None = None) -> list[Revision]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    sa.select(Revision)
                    .where(Revision.sitting_id == (sitting_id or self.ids[0]))
                    .order_by(Revision.id)
                )
            )

    def counting(self, sitting_id: UUID | None = None) -> dict[str, Any]:
        with self.database.reading() as session:
            sitting = session.get_one(Sitting, sitting_id or self.ids[0])
            return {task: answer.value for task, answer in answers.counting(session, sitting).items()}


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gave, or the error it raised; all begin at the same moment, each on a connection of its own."""
    gate = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found[place] = act()
        except Exception as error:
            found[place] = error

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def in_the_gap(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, act: Callable[[], Any]
) -> Callable[[], Any]:
    """Let an act begin on a connection of its own when this function has just given its answer for the first time.

    It gets a moment to end before the caller goes on; it may have to wait for the caller. What is given back waits for
    it and says what it gave, or the error it raised.
    """
    real, found = getattr(where, name), []

    def run() -> None:
        try:
            found.append(act())
        except Exception as error:
            found.append(error)

    other = threading.Thread(target=run)

    def answer_and_let_the_other_begin(*given: Any, **named: Any) -> Any:
        answer = real(*given, **named)
        if other.ident is None:
            other.start()
            other.join(0.3)
        return answer

    monkeypatch.setattr(where, name, answer_and_let_the_other_begin)

    def outcome() -> Any:
        other.join()
        return found[0]

    return outcome


def errors_in(found: Sequence[Any]) -> list[str]:
    return [type(one).__name__ for one in found if isinstance(one, Exception)]
