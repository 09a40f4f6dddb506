"""Who there is, which roles they hold, and that nobody is two things in one centre."""

import threading

import pytest
import sqlalchemy as sa

from assessment import errors
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.person import Person, Role, RoleName, Seat, SeatName
from assessment.services import people
from assessment.services.people import Entry
from tests import factories
from tests.conftest import count_rows


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        (Entry("nobody", "Ada"), people.NoEmail),
        (Entry("a@b@c", "Ada"), people.NoEmail),
        (Entry("ada@example.org", " \u200b\t "), people.NoName),
        (Entry("ada@example.org", "x" * 201), people.NoName),
        (Entry("ada@example.org", "Ada", "fr"), people.UnknownLanguage),
        (Entry("ada@example.org", "Ada", "nl", "Mars/Base"), people.UnknownTimeZone),
    ],
)
def test_what_cannot_be_used_is_named(entry: Entry, error: type[errors.KleiError]) -> None:
    with pytest.raises(error):
        entry.checked()


def test_names_in_any_script_are_taken() -> None:
    for name in ("Łukasz Żółć", "محمد علي", "王小明", "Zoë 🦊 O’Neill-van ’t Hof"):
        assert Entry("ada@example.org", name).checked().name == name


def test_a_person_is_added_once(database: Database) -> None:
    with database.writing() as session:
        people.add(session, Entry(" Ada@Example.org", "Ada"), by=None)
    with database.writing() as session, pytest.raises(people.EmailTaken):
        people.add(session, Entry("ada@example.org", "Ada"), by=None)
    assert count_rows(database, Event) == 1


def test_two_who_add_the_same_people_at_once_get_the_same_rows(database: Database) -> None:
    entries = [Entry(f"p{n}@example.org", f"P {n}") for n in range(30)]
    found: list[set[object]] = []
    together = threading.Barrier(2)

    def add(order: list[Entry]) -> None:
        together.wait()
        with database.writing() as session:
            found.append({person.id for person in people.add_all(session, order, by=None).values()})

    threads = [threading.Thread(target=add, args=(order,)) for order in (entries, entries[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert count_rows(database, Person) == 30


def test_a_role_given_twice_is_one(database: Database) -> None:
    with database.writing() as session:
        ada = factories.person(session)
        first = people.give_role(session, ada, RoleName.ADMINISTRATOR, by=None)
        assert people.give_role(session, ada, RoleName.ADMINISTRATOR, by=None) is first
    assert count_rows(database, Role) == 1


def test_staff_are_seated_wherever_their_role_reaches(database: Database) -> None:
    with database.writing() as session:
        home, other = factories.programme(session), factories.programme(session)
        here = factories.centre(session, programme=home)
        factories.centre(session, programme=other)
        ada = factories.person(session)
        people.give_role(session, ada, RoleName.HR, programme_id=home.id, by=None)
        later = factories.centre(session, programme=home)
        people.seat_staff(session, later)
        seats = session.execute(sa.select(Seat.centre_id, Seat.seat).where(Seat.person_id == ada.id)).all()
    assert set(seats) == {(here.id, SeatName.STAFF), (later.id, SeatName.STAFF)}


@pytest.mark.parametrize("seat", [SeatName.PARTICIPANT, SeatName.ASSESSOR])
def test_nobody_is_two_things_in_one_centre(database: Database, seat: SeatName) -> None:
    with database.writing() as session:
        centre = factories.centre(session)
        ada = factories.person(session)
        assert people.take_seat(session, centre, ada, seat)
        assert not people.take_seat(session, centre, ada, seat)
        with pytest.raises(people.OtherSeat):
            people.give_role(session, ada, RoleName.HR, programme_id=centre.programme_id, by=None)
        with pytest.raises(people.OtherSeat):
            people.give_role(session, ada, RoleName.ADMINISTRATOR, by=None)


def test_the_last_administrator_stays(database: Database) -> None:
    with database.writing() as session:
        ada, bob = factories.administrator(session), factories.administrator(session)
        by = factories.actor(session, ada)
        people.take_role(
            session, session.scalars(sa.select(Role.id).filter_by(person_id=bob.id)).one(), by=by
        )
        session.flush()
        last = session.scalars(sa.select(Role.id)).one()
        with pytest.raises(people.LastAdministrator):
            people.take_role(session, last, by=by)
