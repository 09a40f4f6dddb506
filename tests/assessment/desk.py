"""A centre whose exercise is had live: role-players, participants, and an administrator who offers times."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from assessment.database import Database
from assessment.errors import KleiError
from assessment.models.enrolment import Enrolment
from assessment.models.meeting import Meeting
from assessment.services import meetings, notices, sittings
from assessment.services.meetings import Offer
from tests import factories
from tests.factories import NOON

SLUG = "stavoord-role-play"
URL = "http://klei.test"


class Desk:
    def __init__(self, database: Database, participants: int = 2, *slugs: str, **enrolment: Any) -> None:
        self.database = database
        with database.writing() as session:
            self.by = factories.actor(session, factories.administrator(session, name="Ada Bestuur"))
            self.centre = factories.centre(session, *(slugs or (SLUG,)))
            self.players = [
                factories.assessor(session, self.centre, name=name) for name in ("Rik Rol", "Tessa Toneel")
            ]
            self.people = [
                factories.person(session, name=f"Sanne {n}", time_zone="Europe/London")
                for n in range(participants)
            ]
            self.enrolments = [
                factories.enrolment(session, self.centre, person, **enrolment) for person in self.people
            ]
            self.actors = [factories.actor(session, person) for person in self.people]
            session.refresh(self.centre, ["exercises"])
            self.entry = self.centre.exercises[-1]

    def offer(
        self, at: datetime = NOON + timedelta(days=1), *, minutes: int = 60, **values: Any
    ) -> list[UUID]:
        values.setdefault("role_player_id", self.players[0].id)
        with self.database.writing() as session:
            made = meetings.offer(
                session,
                session.merge(self.centre),
                Offer(self.entry.id, at, minutes, **values),
                by=self.by,
            )
            return [one.id for one in made]

    def book(self, meeting_id: UUID, who: int = 0, reason: str = "") -> None:
        with self.database.writing() as session:
            enrolment = notices.get(session, self.enrolments[who].id, by=self.actors[who])
            meetings.book(session, enrolment, meeting_id, reason, base_url=URL, by=self.actors[who])

    def free(self, meeting_id: UUID, who: int = 0, reason: str = "I am ill") -> None:
        with self.database.writing() as session:
            enrolment = notices.get(session, self.enrolments[who].id, by=self.actors[who])
            meetings.free(session, enrolment, meeting_id, reason, base_url=URL, by=self.actors[who])

    def move(self, meeting_id: UUID, at: datetime, reason: str = "The room is taken", **to: Any) -> None:
        to.setdefault("role_player_id", self.players[0].id)
        with self.database.writing() as session:
            arrangement = meetings.Arrangement(at, to.pop("minutes", 60), **to)
            meetings.move(
                session, session.merge(self.centre), meeting_id, arrangement, reason, base_url=URL, by=self.by
            )

    def cancel(self, meeting_id: UUID, reason: str = "The role-player is ill") -> None:
        with self.database.writing() as session:
            meetings.cancel(session, session.merge(self.centre), meeting_id, reason, base_url=URL, by=self.by)

    def free_times(self, who: int = 0) -> list[UUID]:
        with self.database.reading() as session:
            enrolment = session.get_one(Enrolment, self.enrolments[who].id)
            found = meetings.choice(session, enrolment, self.entry.id, by=self.actors[who])
            return [one.id for one in found.free]

    def meeting(self, meeting_id: UUID) -> Meeting:
        with self.database.reading() as session:
            return session.get_one(Meeting, meeting_id)

    def reason_to_wait(self, who: int = 0) -> str | None:
        """What keeps the live exercise from being started now."""
        try:
            with self.database.writing() as session:
                enrolment = session.get_one(Enrolment, self.enrolments[who].id)
                own = sittings.list_for(session, enrolment)[-1]
                sittings.start(session, own.id, "en", by=self.actors[who])
        except sittings.NotReady as error:
            return str(error)
        return None


def at_once(*acts: Callable[[], Any]) -> list[KleiError | None]:
    """Do these in threads that begin together, each on its own connection; what stopped each of them.

    What is no answer of ours, as a deadlock, is raised here and not lost in its thread.
    """
    start, found = threading.Barrier(len(acts)), dict[int, Exception | None]()

    def run(number: int) -> None:
        start.wait()
        try:
            acts[number]()
            found[number] = None
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers: list[KleiError | None] = []
    for number in range(len(acts)):
        answer = found[number]
        if answer is not None and not isinstance(answer, KleiError):
            raise answer
        answers.append(answer)
    return answers
