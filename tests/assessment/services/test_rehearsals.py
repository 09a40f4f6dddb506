"""Rehearsals: a marked copy that counts nowhere, mails nobody, and goes without a trace of its people."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from assessment import clock, errors, journal
from assessment.database import Base, Database
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment
from assessment.models.event import Event, Mail
from assessment.models.freezing import RULES
from assessment.models.person import Person, RoleName, Seat, SeatName
from assessment.models.sitting import Revision, RevisionKind, Sitting
from assessment.services import (
    assignments,
    centres,
    enrolments,
    invitations,
    links,
    people,
    rehearsals,
    reports,
)
from assessment.services.imports import Participant
from tests import factories
from tests.assessment.room import HALF_DAY, WEIGHTS


def ready_centre(database: Database, state: CentreState = CentreState.OPEN) -> UUID:
    with patch.object(factories, "NOON", clock.now()), database.writing() as session:
        made = factories.centre(session, *HALF_DAY, weights=WEIGHTS, state=state)
        factories.enrolment(session, made)
        return made.id


def rows(database: Database) -> dict[str, int]:
    """How many rows every table has, but for what is only added to."""
    with database.reading() as session:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in ("event", "chain_head")
        }


def test_a_rehearsal_is_a_copy_that_is_open_and_marked(database: Database) -> None:
    source_id = ready_centre(database)
    made = rehearsals.make(database, participants=3, assessors=2)
    with database.reading() as session:
        copy, source = session.get_one(Centre, made.centre_id), session.get_one(Centre, source_id)
        assert (copy.rehearsal_of_id, copy.state, copy.programme.is_rehearsal) == (source.id, "open", True)
        assert copy.programme_id != source.programme_id
        assert [one.version_hash for one in copy.exercises] == [one.version_hash for one in source.exercises]
        assert {(one.dimension, one.exercise, one.value) for one in copy.weights} == set(WEIGHTS)
        assert copy.latest_end_at
        assert copy.latest_end_at > clock.now() + timedelta(days=1)
        assert [len(guest.sittings) for guest in made.participants] == [3, 3, 3]
        assert assignments.coverage(session, copy) == assignments.Coverage(6, 0, 0)
        assert all(
            one.email.endswith(".invalid") and one.rehearsal_id == copy.id
            for one in session.scalars(sa.select(Person).where(Person.name.startswith("Synthetic")))
        )
        assert links.find(session, made.participants[0].token).person_id == made.participants[0].person_id
        assert list(journal.verify(session)) == []


def test_a_draft_is_rehearsed_by_the_rules_of_opening(database: Database) -> None:
    source_id = ready_centre(database, CentreState.DRAFT)
    made = rehearsals.make(database, source_id, participants=1, assessors=2)
    with database.reading() as session:
        assert session.get_one(Centre, made.centre_id).state is CentreState.OPEN
        assert session.get_one(Centre, source_id).state is CentreState.DRAFT
    with database.writing() as session:
        session.get_one(Centre, source_id).job_analysis_who = ""
    before = rows(database)
    with pytest.raises(centres.CannotOpen) as refused:
        rehearsals.make(database, source_id, participants=1, assessors=2)
    assert [problem.rule for problem in refused.value.problems] == ["M3"]
    assert rows(database) == before


def test_what_cannot_be_rehearsed_is_refused(database: Database) -> None:
    with pytest.raises(rehearsals.NothingToRehearse):
        rehearsals.make(database, participants=1, assessors=2)
    source_id = ready_centre(database)
    with pytest.raises(rehearsals.TooFewAssessors):
        rehearsals.make(database, participants=1, assessors=1)
    with pytest.raises(errors.NotFound):
        rehearsals.make(database, uuid4(), participants=1, assessors=2)
    made = rehearsals.make(database, participants=1, assessors=2)
    with pytest.raises(rehearsals.IsARehearsal):
        rehearsals.make(database, made.centre_id, participants=1, assessors=2)
    with database.reading() as session:
        assert rehearsals.choose(session).id == source_id  # the newest that is no rehearsal
    with pytest.raises(rehearsals.NotARehearsal):
        rehearsals.remove(database, source_id)
    with pytest.raises(errors.NotFound):
        rehearsals.remove(database, uuid4())


def test_no_mail_is_ever_made_for_a_rehearsal(database: Database) -> None:
    ready_centre(database)
    made = rehearsals.make(database, participants=2, assessors=2)
    with database.writing() as session:
        centre = session.get_one(Centre, made.centre_id)
        by = factories.actor(session, factories.administrator(session))
        chosen = [guest.enrolment_id for guest in made.participants if guest.enrolment_id]
        assert invitations.invite(session, centre, chosen, base_url="http://klei.test", by=by) == 2
        links.send_reset(session, made.participants[0].email, base_url="http://klei.test")
    with database.reading() as session:
        assert session.scalars(sa.select(Mail)).all() == []


def test_real_people_take_no_part_in_it_and_synthetic_people_in_nothing_else(database: Database) -> None:
    source_id = ready_centre(database)
    made = rehearsals.make(database, participants=1, assessors=2)
    with database.writing() as session:
        by = factories.actor(session, factories.administrator(session))
        real = factories.person(session)
        with pytest.raises(people.RealAndSynthetic):
            assignments.join(session, session.get_one(Centre, made.centre_id), real, by=by)
        synthetic = session.get_one(Person, made.participants[0].person_id)
        entry = Participant(email=synthetic.email, name=synthetic.name)
        with pytest.raises(people.RealAndSynthetic):
            enrolments.enrol(session, session.get_one(Centre, source_id), [entry], by=by)


def test_hr_and_the_list_of_people_never_show_it(database: Database) -> None:
    source_id = ready_centre(database)
    made = rehearsals.make(database, participants=2, assessors=2)
    with database.writing() as session:
        copy = session.get_one(Centre, made.centre_id)
        hanna = factories.person(session)
        for place in (copy.programme_id, session.get_one(Centre, source_id).programme_id):
            factories.role(session, hanna, RoleName.HR, programme_id=place)
        hr = factories.actor(session, hanna)
        by = factories.actor(session, factories.administrator(session))
    with database.reading() as session:
        assert [one.centre.id for one in reports.standings(session, by=hr)] == [source_id]
        with pytest.raises(errors.NotFound):
            reports.centre_to_read(session, made.centre_id, by=hr)
        assert not any("Synthetic" in one.name for one in people.list_for(session, by=by))
        with pytest.raises(errors.NotFound):
            people.get_for(session, made.assessors[0].person_id, by=by)


def test_its_events_are_in_a_chain_of_its_own(database: Database) -> None:
    ready_centre(database)
    with database.reading() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0
    made = rehearsals.make(database, participants=2, assessors=2)
    links.set_password(database, made.participants[0].token, "clay in both hands, twice")
    with database.reading() as session:
        total = session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0
        own = session.scalars(
            sa.select(Event.action).where(Event.chain == str(made.centre_id)).order_by(Event.sequence)
        ).all()
        assert total - before == len(own)
        assert "person.password_set" in own
        assert list(journal.verify(session)) == []


def write(database: Database, sitting_id: UUID, text: str) -> None:
    with database.writing() as session:
        sitting = session.get_one(Sitting, sitting_id)
        factories.running(session, sitting, at=clock.now())
        session.add(
            Revision(
                sitting_id=sitting_id,
                version_hash=sitting.version_hash,
                task="notes",
                number=1,
                kind=RevisionKind.MAIN,
                body=f'"{text}"',
                base_number=0,
                client_id="here",
                client_seq=1,
                epoch=1,
                arrived_at=clock.now(),
            )
        )


def test_removing_leaves_nothing_but_the_chain_and_touches_nothing_real(database: Database) -> None:
    source_id = ready_centre(database)
    before = rows(database)
    made = rehearsals.make(database, participants=3, assessors=2)
    write(database, made.participants[0].sittings[0], "of nobody")
    rehearsals.remove(database, made.centre_id)
    assert rows(database) == before
    with database.reading() as session:
        assert session.get_one(Centre, source_id)
        assert rehearsals.list_all(session) == []
        assert list(journal.verify(session)) == []
        actions = session.scalars(
            sa.select(Event.action).where(Event.chain == str(made.centre_id)).order_by(Event.sequence)
        ).all()
        assert actions[-1] == "rehearsal.removed"


def test_what_is_real_stays_kept_and_cannot_be_made_a_rehearsal(database: Database) -> None:
    source_id = ready_centre(database)
    with database.reading() as session:
        sitting_id = session.scalars(
            sa.select(Sitting.id).join(Enrolment).where(Enrolment.centre_id == source_id)
        ).first()
    assert sitting_id
    write(database, sitting_id, "of somebody")
    with pytest.raises(sa.exc.DBAPIError, match="revision_is_kept"), database.writing() as session:
        session.execute(sa.delete(Revision))
    with pytest.raises(sa.exc.DBAPIError, match="rehearsal_is_marked"), database.writing() as session:
        session.execute(sa.update(Centre).values(rehearsal_of_id=source_id))
    with pytest.raises(sa.exc.DBAPIError, match="synthetic_person_is_marked"), database.writing() as session:
        session.execute(
            sa.update(Person).values(rehearsal_id=source_id, email=sa.func.concat(Person.email, ".invalid"))
            if not database.is_sqlite
            else sa.update(Person).values(rehearsal_id=source_id, email=Person.email + ".invalid")
        )
    with pytest.raises(sa.exc.IntegrityError), database.writing() as session:
        factories.person(session, email="real@example.org", rehearsal_id=source_id)


def _belonging() -> set[str]:
    """The tables whose rows hang on a centre, an enrolment or a person, however far away."""
    found = {"centre", "enrolment", "person"}
    while True:
        more = {
            table.name
            for table in Base.metadata.sorted_tables
            if any(key.column.table.name in found for key in table.foreign_keys)
        }
        if more <= found:
            return found
        found |= more


def test_every_rule_that_keeps_a_row_of_a_centre_lets_go_of_a_rehearsals(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        made: dict[str, Any] = dict(
            connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        )
    keeping = [rule for rule in RULES if rule.operation == "DELETE" and rule.table in _belonging()]
    assert keeping
    assert [rule.name for rule in keeping if "rehearsal_of_id" not in made[rule.name]] == []


def test_a_rehearsal_is_made_and_removed_in_portions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready_centre(database)
    before = rows(database)
    monkeypatch.setattr(rehearsals, "PORTION", 2)
    made = rehearsals.make(database, participants=5, assessors=2)
    assert len({guest.enrolment_id for guest in made.participants}) == 5
    with database.reading() as session:
        assert (
            session.scalar(
                sa.select(sa.func.count()).where(
                    Seat.centre_id == made.centre_id, Seat.seat == SeatName.PARTICIPANT
                )
            )
            == 5
        )
    rehearsals.remove(database, made.centre_id)
    assert rows(database) == before
