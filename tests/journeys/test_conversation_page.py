"""A live conversation in two real browsers: what one writes the other reads, and beats are given with a key."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from assessment import clock
from assessment.database import Database
from assessment.models.meeting import EntryKind, Meeting, MeetingEntry
from assessment.models.sitting import Sitting, SittingState
from tests import factories
from tests.assessment.desk import Desk
from tests.journeys.conftest import Arrive, TimePasses
from tests.journeys.stage import barriers

pytestmark = pytest.mark.browser


def test_two_people_talk_and_a_beat_is_given_with_its_key(
    sqlite_database: Database, arrive: Arrive, time_passes: TimePasses
) -> None:
    desk = Desk(sqlite_database, 1)
    with sqlite_database.writing() as session:
        enrolment = session.merge(desk.enrolments[0])
        now = clock.now()
        meeting = Meeting(
            centre_exercise_id=desk.entry.id,
            role_player_id=desk.players[0].id,
            starts_at=now - timedelta(minutes=24),
            ends_at=now + timedelta(minutes=48),
            enrolment_id=enrolment.id,
            booked_at=now,
        )
        session.add(meeting)
        sitting = session.scalars(sa.select(Sitting)).one()
        factories.running(session, sitting, at=now - timedelta(minutes=24), minutes=70, time_factor=2.0)
        console, exercise = f"/conversations/{meeting.id}/", f"/participant/sittings/{sitting.id}?epoch=1"
    player, participant = arrive(desk.players[0]).page, arrive(desk.people[0]).page
    player.goto(console)
    participant.goto(exercise)
    expect(player.locator("[data-key='1']")).to_be_enabled()
    player.keyboard.press("1")
    expect(participant.get_by_role("log")).to_contain_text("I have twenty minutes.")
    expect(player.locator("[data-beat='opening']")).to_contain_text("given at minute")
    participant.get_by_label("Your message", exact=True).fill("Yes, it is about the mail.")
    participant.keyboard.press("Enter")
    expect(player.get_by_role("log")).to_contain_text("Yes, it is about the mail.")
    expect(participant.get_by_label("Your message", exact=True)).to_have_value("")
    how_far = player.locator("[data-stage-words]")
    expect(how_far).to_have_text("The conversation is at minute 2 of 20.")
    expect(participant.locator("[data-stage-words]")).to_contain_text(
        "The conversation goes on for another 35:"
    )
    time_passes(minutes=2)
    expect(how_far).to_have_text("The conversation is at minute 3 of 20.")
    expect(player.locator("[data-beat='counter']")).to_contain_text("due now")
    for page in (player, participant):
        assert barriers(page) == []
    with sqlite_database.reading() as session:
        log = session.scalars(sa.select(MeetingEntry).order_by(MeetingEntry.number)).all()
        assert [one.kind for one in log] == [EntryKind.BEAT, EntryKind.SAID]


def test_a_rehearsal_stays_in_its_page(sqlite_database: Database, arrive: Arrive) -> None:
    desk = Desk(sqlite_database, 1)
    with sqlite_database.writing() as session:
        now = clock.now()
        meeting = Meeting(
            centre_exercise_id=desk.entry.id,
            role_player_id=desk.players[0].id,
            starts_at=now + timedelta(days=1),
            ends_at=now + timedelta(days=1, hours=1),
        )
        session.add(meeting)
        session.flush()
        address = f"/conversations/{meeting.id}/rehearse"
    page = arrive(desk.players[0]).page
    page.goto(address)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Begin the rehearsal").click()
    page.keyboard.press("1")
    page.get_by_label("As the participant").fill("How are you?")
    page.get_by_role("button", name="Say it", exact=True).click()
    expect(page.get_by_role("log").get_by_role("listitem")).to_have_count(2)
    assert [
        one for one in sent if not one.endswith("mark.svg")
    ] == []  # the tab fetches its mark when it likes
    assert barriers(page) == []


def test_the_waiting_room_counts_down_and_lets_in_when_it_is_time(
    sqlite_database: Database, arrive: Arrive, time_passes: TimePasses
) -> None:
    desk = Desk(sqlite_database, 1)
    with sqlite_database.writing() as session:
        enrolment = session.merge(desk.enrolments[0])
        now = clock.now()
        meeting = Meeting(
            centre_exercise_id=desk.entry.id,
            role_player_id=desk.players[0].id,
            starts_at=now + timedelta(seconds=59),
            ends_at=now + timedelta(minutes=60),
            enrolment_id=enrolment.id,
            booked_at=now,
        )
        session.add(meeting)
        session.flush()
        waiting, console = f"/participant/meetings/{meeting.id}", f"/conversations/{meeting.id}/"
    participant, player = arrive(desk.people[0]).page, arrive(desk.players[0]).page
    participant.clock.install()
    participant.goto(waiting)
    way_in = participant.get_by_role("link", name="Go in")
    expect(way_in).to_be_hidden()
    expect(participant.get_by_role("status")).to_contain_text("It begins in 0:")
    expect(participant.get_by_text("Rik Rol is not here yet.")).to_be_visible()
    player.goto(console)
    expect(participant.get_by_text("Rik Rol is here.")).to_be_visible(timeout=15_000)
    time_passes(minutes=1)
    participant.clock.fast_forward(60_000)
    expect(way_in).to_be_visible()
    expect(participant.get_by_role("status")).to_have_text("It can begin now.")
    way_in.focus()
    participant.keyboard.press("Enter")
    participant.get_by_role("button", name="Start the clock now").focus()
    participant.keyboard.press("Enter")
    expect(participant.get_by_text("The conversation opens in")).to_be_visible()
    with sqlite_database.reading() as session:
        assert session.scalars(sa.select(Sitting.state)).one() is SittingState.RUNNING
