"""The last contact of a page is a tiny write; spells without contact are kept and give no time."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from assessment import errors
from assessment.database import Database
from assessment.models.event import Event
from assessment.models.presence import Interruption, InterruptionKind, Presence
from assessment.models.sitting import Sitting, SittingState
from assessment.services import presences, sittings
from assessment.services.presences import Spell
from tests.assessment.query_count import counting
from tests.assessment.services.test_concerns import Place
from tests.factories import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def place(database: Database) -> Place:
    return Place(database)


def note(place: Place, seconds: float) -> None:
    at = NOON + timedelta(seconds=seconds)
    place.database.writer.run(lambda connection: presences.note(connection, place.first, at))


def kept(place: Place) -> list[tuple[InterruptionKind, float, float]]:
    with place.database.reading() as session:
        return [
            (one.kind, (one.began_at - NOON).total_seconds(), (one.ended_at - NOON).total_seconds())
            for one in presences.interruptions(session, place.first)
        ]


def report(place: Place, *spells: Spell, client: str = "page", at: float = 600) -> int:
    with place.database.writing() as session:
        return presences.report(
            session, place.first, client, spells, NOON + timedelta(seconds=at), by=place.by
        )


def spell(seq: int, lasted: float, ago: float = 0) -> Spell:
    return Spell(seq, InterruptionKind.OFFLINE, timedelta(seconds=lasted), timedelta(seconds=ago))


def test_a_sign_of_life_is_written_at_most_every_half_minute(place: Place) -> None:
    for seconds in (0, 10, 29, 45, 60):
        note(place, seconds)
    with place.database.reading() as session:
        assert session.scalars(sa.select(Presence.seen_at)).all() == [NOON + timedelta(seconds=45)]
    assert not presences.is_old(NOON + timedelta(seconds=45), NOON + timedelta(seconds=74))
    assert presences.is_old(NOON + timedelta(seconds=45), NOON + timedelta(seconds=75))
    assert presences.is_old(None, NOON)
    assert kept(place) == []


def test_whoever_knows_when_the_page_was_seen_needs_one_statement_and_never_goes_back(place: Place) -> None:
    seen: datetime | None = None
    for seconds, stays in ((0, 0), (40, 40), (30, 40)):
        at = NOON + timedelta(seconds=seconds)
        with counting(place.database) as statements:
            presences.tell(place.database.writer, place.first, seen, at)
        assert statements.n == 1
        with place.database.reading() as session:
            seen = session.scalars(sa.select(Presence.seen_at)).one()
        assert seen == NOON + timedelta(seconds=stays)
    presences.tell(place.database.writer, place.first, seen, NOON + timedelta(seconds=200))
    assert kept(place) == [(InterruptionKind.AWAY, 40, 200)]


def test_a_long_silence_is_an_interruption_and_ends_with_the_deadline(place: Place) -> None:
    note(place, 0)
    note(place, 100)
    note(place, 60 * 60)  # the case study ended after 55 minutes
    assert kept(place) == [(InterruptionKind.AWAY, 0, 100), (InterruptionKind.AWAY, 100, 55 * 60)]


def test_silence_while_paused_or_sealed_is_none(place: Place) -> None:
    note(place, 0)
    with place.database.writing() as session:
        session.execute(
            sa.update(Sitting)
            .where(Sitting.id == place.first)
            .values(state=SittingState.PAUSED, paused_at=NOON)
        )
    note(place, 1000)
    assert kept(place) == []


def test_two_pages_at_once_note_one_silence(place: Place) -> None:
    note(place, 0)
    threads = [threading.Thread(target=note, args=(place, 300)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(place) == [(InterruptionKind.AWAY, 0, 300)]


def test_reported_spells_are_placed_by_the_servers_clock_within_the_sitting(place: Place) -> None:
    assert report(place, spell(1, 60, 30), spell(2, 10)) == 2
    assert report(place, spell(3, 10_000), spell(4, 5, 10_000)) == 2  # longer than the sitting has run
    assert sorted(kept(place)) == [
        (InterruptionKind.OFFLINE, 0, 0),
        (InterruptionKind.OFFLINE, 0, 600),
        (InterruptionKind.OFFLINE, 510, 570),
        (InterruptionKind.OFFLINE, 590, 600),
    ]


def test_reported_again_a_spell_is_kept_once_and_gives_no_time(place: Place) -> None:
    assert report(place, spell(1, 60)) == 1
    assert report(place, spell(1, 60), spell(1, 60), at=700) == 0
    assert report(place, spell(1, 60), client="another page") == 1
    with place.database.reading() as session:
        sitting = session.get_one(Sitting, place.first)
        assert sitting.deadline_at == NOON + timedelta(minutes=55)
        assert session.scalars(sa.select(Event.action)).all() == ["sitting.interrupted"] * 2


def test_a_page_cannot_fill_the_table(place: Place) -> None:
    report(place, *(spell(number, 1) for number in range(presences.MOST_SPELLS)))
    with pytest.raises(presences.TooManySpells):
        report(place, spell(9999, 1))
    with place.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Interruption)) == presences.MOST_SPELLS


def test_spells_are_told_by_the_participant_after_the_start_only(place: Place) -> None:
    with place.database.writing() as session:
        with pytest.raises(sittings.NotStarted):
            presences.report(session, place.second, "page", [spell(1, 1)], NOON, by=place.by)
        with pytest.raises(errors.NotFound):
            presences.report(session, place.first, "page", [spell(1, 1)], NOON, by=place.administrator)
