"""Who takes part: by hand or from a file, once, with their own time, and where they are."""

import random
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.centre import Centre, CentreState
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Event
from assessment.models.person import Person, Role, Seat
from assessment.models.rating import Assignment, Rating
from assessment.models.sitting import Sitting, SittingState
from assessment.services import enrolments, imports, people, sittings
from assessment.services.enrolments import Fate, Progress, TimeReason
from assessment.services.imports import Participant
from tests import factories
from tests.assessment.query_count import counting
from tests.conftest import count_rows

SLUG = "stavoord-case"


def many(n: int) -> str:
    return "email,name,department\n" + "".join(f"p{i}@example.org,P {i},Sales\n" for i in range(n))


def test_a_file_is_imported_and_the_same_file_again_changes_nothing(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        seen = enrolments.import_text(session, centre, many(20), by=by)
        assert seen.count(Fate.NEW) == 20
    before = [count_rows(database, table) for table in (Person, Enrolment, Seat, Role, Sitting, Event)]
    assert before[4] == 20
    with database.writing() as session:
        again = enrolments.import_text(session, centre, many(20), by=by)
        assert again.count(Fate.UNCHANGED) == 20
        assert not again.may_import
    assert [
        count_rows(database, table) for table in (Person, Enrolment, Seat, Role, Sitting, Event)
    ] == before


def test_one_bad_row_stops_the_whole_import(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
    with pytest.raises(enrolments.FileHasProblems), database.writing() as session:
        enrolments.import_text(session, centre, many(3) + "nobody,X,\n", by=by)
    assert count_rows(database, Enrolment) == 0


def test_a_changed_row_changes_the_enrolment_and_not_the_account(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        enrolments.add(
            session, centre, Participant("a@example.org", "Ada", department="Sales", site="Zwolle"), by=by
        )
    text = "email,name,department\na@example.org,Somebody Else,Law\n"
    with database.reading() as session:
        (row,) = enrolments.preview(session, centre, text).rows
        assert (row.fate, row.changes) == (Fate.CHANGED, ("department",))
    with database.writing() as session:
        enrolments.import_text(session, centre, text, by=by)
    with database.reading() as session:
        stored = session.scalars(sa.select(Enrolment)).one()
        assert (stored.department, stored.site, stored.person.name) == ("Law", "Zwolle", "Ada")


def test_two_imports_of_the_same_file_at_once_add_everybody_once(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre_id = factories.centre(session, SLUG).id
    outcomes: list[int] = []
    together = threading.Barrier(2)

    def run() -> None:
        together.wait()
        with database.writing() as session:
            seen = enrolments.import_text(session, session.get_one(Centre, centre_id), many(40), by=by)
        outcomes.append(seen.count(Fate.NEW))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 40]
    assert [count_rows(database, table) for table in (Person, Enrolment, Sitting)] == [41, 40, 40]


def test_the_same_address_in_two_centres_at_once_is_one_person(database: Database, by: Actor) -> None:
    with database.writing() as session:
        ids = [factories.centre(session, SLUG).id for _ in range(2)]
    together = threading.Barrier(2)

    def run(centre_id: object) -> None:
        together.wait()
        with database.writing() as session:
            enrolments.import_text(session, session.get_one(Centre, centre_id), many(40), by=by)

    threads = [threading.Thread(target=run, args=(centre_id,)) for centre_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [count_rows(database, table) for table in (Person, Enrolment)] == [41, 80]


def test_assessors_and_staff_of_a_centre_cannot_take_part_in_it(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        assessor = factories.assessor(session, centre)
        with pytest.raises(people.OtherSeat):
            enrolments.add(session, centre, Participant(assessor.email, "X"), by=by)
        seen = enrolments.preview(session, centre, f"email,name\n{assessor.email},X\n")
        assert seen.count(Fate.PROBLEM) == 1


def test_nobody_takes_part_twice_or_in_a_closed_centre(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        enrolments.add(session, centre, Participant("a@example.org", "Ada"), by=by)
        with pytest.raises(enrolments.AlreadyEnrolled):
            enrolments.add(session, centre, Participant("A@example.org", "Ada"), by=by)
        closed = factories.centre(session, SLUG, state=CentreState.CLOSED)
        with pytest.raises(enrolments.CentreClosed):
            enrolments.add(session, closed, Participant("a@example.org", "Ada"), by=by)


def test_everybody_has_a_code_of_their_own_per_sitting(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG, "stavoord-judgement")
        enrolments.import_text(session, centre, many(50), by=by)
        session.flush()
        codes = session.scalars(sa.select(Sitting.code)).all()
        assert len(codes) == len(set(codes)) == 100
        assert enrolments.make_sittings(session, centre) == 0


def test_a_code_that_is_drawn_twice_is_given_once(
    database: Database, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are 64 codes of these letters, and two imports need 50 of them."""
    monkeypatch.setattr(sittings, "CODE_ALPHABET", "AB")
    monkeypatch.setattr(sittings.secrets, "choice", random.Random(7).choice)
    with database.writing() as session:
        for _ in range(2):
            centre = factories.centre(session, SLUG)
            enrolments.import_text(session, centre, many(25), by=by)
        codes = session.scalars(sa.select(Sitting.code)).all()
        assert len(codes) == len(set(codes)) == 50


@pytest.mark.parametrize("factor", [0.9, 10.1, float("nan"), float("inf")])
def test_a_factor_out_of_range_is_refused(database: Database, by: Actor, factor: float) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        made = factories.enrolment(session, centre)
        with pytest.raises(imports.NotAFactor):
            decide(session, centre, made, by, factor=factor)


def test_deciding_on_time_answers_the_request(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        made = factories.enrolment(
            session, centre, adjustment_request="More time", adjustment_requested_at=clock.now()
        )
        assert enrolments.who_is_where(session, centre)[0].wants_adjustment
        decide(session, centre, made, by, factor=1.5)
        assert not enrolments.who_is_where(session, centre)[0].wants_adjustment
        assert made.time_factor == 1.5
        enrolments.withdraw(session, centre, made.id, by=by)
        with pytest.raises(enrolments.Withdrawn):
            decide(session, centre, made, by, factor=1.5)


def decide(session: Session, centre: Centre, made: Enrolment, by: Actor, *, factor: float) -> None:
    enrolments.set_time(
        session, centre, made.id, factor=factor, is_untimed=False, reason=TimeReason.REQUESTED, by=by
    )


def test_an_exclusion_takes_back_what_was_not_begun(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        made = factories.enrolment(session, centre)
        one, two = factories.assessor(session, centre), factories.assessor(session, centre)
        sitting = session.scalars(sa.select(Sitting)).one()
        for assessor in (one, two):
            session.add(Assignment(sitting_id=sitting.id, assessor_id=assessor.id, assigned_at=clock.now()))
        session.flush()
        enrolments.set_exclusions(session, centre, made.id, [one.id], by=by)
        session.flush()
        assert session.scalars(sa.select(Assignment.assessor_id)).all() == [two.id]
        session.add(
            Rating(
                sitting_id=sitting.id,
                assessor_id=two.id,
                rubric_hash=sitting.centre_exercise.version.rubric_hash,
                started_at=clock.now(),
                saved_at=clock.now(),
            )
        )
        session.flush()
        with pytest.raises(enrolments.AlreadyRating):
            enrolments.set_exclusions(session, centre, made.id, [one.id, two.id], by=by)
        with pytest.raises(errors.NotFound):
            enrolments.set_exclusions(session, centre, made.id, [uuid4()], by=by)
        enrolments.set_exclusions(session, centre, made.id, [], by=by)
        session.flush()
        assert enrolments.get(session, centre, made.id).exclusions == []


def test_withdrawing_seals_what_runs_and_happens_once(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        made = factories.enrolment(session, centre)
        sitting = session.scalars(sa.select(Sitting)).one()
        factories.running(session, sitting, at=clock.now() - timedelta(minutes=5))
        for _ in range(2):
            enrolments.withdraw(session, centre, made.id, by=by)
            session.flush()
        assert made.state is EnrolmentState.WITHDRAWN
        assert sitting.state is SittingState.SEALED


def test_the_table_tells_who_is_where(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, SLUG)
        now = clock.now()
        new = {"notice_accepted_at": None, "state": EnrolmentState.INVITED}
        for name, values in {
            "a to invite": new,
            "b invited": {**new, "invited_at": now},
            "c accepted": {},
            "d working": {},
            "e over": {},
            "f withdrawn": {"state": EnrolmentState.WITHDRAWN},
        }.items():
            made = factories.enrolment(session, centre, factories.person(session, name=name), **values)
            sitting = session.scalars(sa.select(Sitting).filter_by(enrolment_id=made.id)).one()
            if "working" in name:
                factories.running(session, sitting, at=now - timedelta(minutes=5, seconds=1))
            if "over" in name:
                factories.running(session, sitting, at=now - timedelta(hours=5))
    with database.reading() as session:
        table = enrolments.who_is_where(session, centre)
    assert [row.progress for row in table] == [
        Progress.TO_INVITE,
        Progress.INVITED,
        Progress.ACCEPTED,
        Progress.WORKING,
        Progress.DONE,
        Progress.WITHDRAWN,
    ]
    assert table[3].places[0].minutes_left == 49
    assert table[4].places[0].state is SittingState.SEALED


def test_the_table_takes_as_many_queries_for_many_as_for_few(database: Database, by: Actor) -> None:
    counts = []
    for n in (2, 120):
        with database.writing() as session:
            centre = factories.centre(session, SLUG, "stavoord-judgement")
            enrolments.import_text(session, centre, many(n), by=by)
        with database.reading() as session, counting(database) as count:
            assert len(enrolments.who_is_where(session, centre)) == n
        counts.append(count.n)
    assert counts[0] == counts[1]


def test_an_enrolment_of_another_centre_is_not_found(database: Database, by: Actor) -> None:
    with database.writing() as session:
        one, two = factories.centre(session, SLUG), factories.centre(session, SLUG)
        made = factories.enrolment(session, one)
        with pytest.raises(errors.NotFound):
            enrolments.get(session, two, made.id)


@pytest.fixture
def by(database: Database) -> Actor:
    with database.writing() as session:
        return factories.actor(session, factories.administrator(session))
