"""A centre as an administrator composes it, through the services, from exercises invented for the tests."""

from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy.orm import Session

from assessment import clock
from assessment.access import Actor
from assessment.models.centre import Centre
from assessment.models.person import Person
from assessment.models.programme import Purpose
from assessment.services import assignments, calibrations, centres, policies, programmes
from exercises import content
from exercises.content import Exercise, from_document
from exercises.kind import Task
from exercises.rubric import framework
from tests import factories

WORDS = {"en": "words", "nl": "woorden"}


def exercise(
    number: str, slug: str, *, rated: tuple[str, ...] = (), keyed: tuple[str, ...] = (), **structure: Any
) -> Exercise:
    """An exercise that has what all have; its kind is the strategic case's."""
    rubric = {
        "dimensions": {
            name: {
                "anchors": [WORDS] * 5,
                "checklist": [{"id": f"{number}.{name}", "sign": "+", "behaviour": f"{name}.1", **WORDS}],
            }
            for name in rated
        }
    }
    return from_document(
        {
            "slug": slug,
            "structure": {
                "id": number,
                "kind": "case_study",
                "version": 1,
                "minutes": 60,
                "rated": list(rated),
                "keyed": list(keyed),
                "checks": {"dimension": "S1", "status": "provisional", "questions": []},
                **structure,
            },
            "texts": {"en": {"title": f"Exercise {number}"}, "nl": {"title": f"Opdracht {number}"}},
            "rubric": rubric if rated else None,
        }
    )


SHELF = {
    made.slug: made
    for made in (
        exercise("E0", "practice", minutes=5),
        exercise("E1", "stavoord-in-tray", rated=("L1", "L3", "P1"), keyed=("S1",), minutes=65),
        exercise("E3", "stavoord-judgement", keyed=("L1", "L2", "L3", "P2"), minutes=20, kind="judgement"),
        exercise("E5", "stavoord-case", rated=("L3", "S1", "S2"), minutes=55),
        exercise("E8", "later-case", rated=("S2",), minutes=55, after=["E5"]),
    )
}
assert set(framework()) >= {"L1", "L2", "L3", "P1", "P2", "S1", "S2"}


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> dict[str, Exercise]:
    """These exercises instead of the shipped ones, without any key of their own kind."""
    monkeypatch.setattr(content, "shipped", lambda: MappingProxyType(SHELF))
    monkeypatch.setattr("assessment.services.shelf.exercises.get", lambda _name: KeylessKind())
    return SHELF


class KeylessKind:
    """A kind whose key gives nothing."""

    key_release = "7"

    def tasks(self, _exercise: Exercise) -> tuple[Task, ...]:
        return (Task("memo"),)

    def parse(self, _exercise: Exercise, _task: str, posted: Any) -> Any:
        return posted

    def key(self, _exercise: Exercise, _answers: Any) -> Any:
        from exercises.kind import KeyResult

        return KeyResult()


def draft(session: Session, by: Actor, *, purpose: Purpose = Purpose.DEVELOPMENT) -> Centre:
    """A new centre as it is before anybody has done anything about it."""
    programme = programmes.add(session, name="Further", purpose=purpose, by=by)
    made = centres.add(session, programme, name="Spring centre", by=by)
    return centres.get(session, made.id, by=by)


def complete(session: Session, centre: Centre, by: Actor, *, assessors: int = 2) -> list[Person]:
    """Do everything that a draft needs before it may open; its assessors."""
    now = clock.now().replace(second=0, microsecond=0)
    centres.use_suggested_weights(session, centre, by=by)
    centres.change(
        session,
        centre,
        centres.setup_of(
            centre,
            first_start_at=now - timedelta(days=1),
            latest_start_at=now + timedelta(days=5),
            latest_end_at=now + timedelta(days=7),
            job_analysis_who="example",
            job_analysis_when="example",
            job_analysis_how="example",
        ),
        by=by,
    )
    for language in ("en", "nl"):
        centres.set_policy(session, centre, language, policies.suggested(centre, language), by=by)
    joined = []
    for _ in range(assessors):
        person = factories.person(session)
        assignments.join(session, centre, person, by=by)
        session.flush()
        calibrations.record(
            session,
            centre,
            person.id,
            exercise=None,
            valid_until_on=(now + timedelta(days=60)).date(),
            reason="outside",
            by=by,
        )
        joined.append(person)
    session.flush()
    return joined
