"""The dialogs of the exercise page: the choice after a conflict, and "something is wrong"."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from assessment import clock
from assessment.database import Database
from assessment.models.concern import Concern, ConcernKind, ConcernReply
from assessment.models.presence import Interruption, InterruptionKind
from assessment.models.sitting import Revision, RevisionKind
from tests import factories
from tests.conftest import count_rows
from tests.journeys.conftest import Arrive
from tests.journeys.faults import Wire
from tests.journeys.stage import barriers, until
from tests.journeys.test_participant import Table, saved, started, take_over

pytestmark = pytest.mark.browser


def saved_elsewhere(database: Database, table: Table, task: str, value: Any) -> None:
    """A newer version that this page does not know of."""
    number = len(table.revisions(task)) + 1
    with database.writing() as session:
        session.add(
            Revision(
                sitting_id=table.sitting,
                version_hash=table.get().version_hash,
                task=task,
                number=number,
                kind=RevisionKind.MAIN,
                body=json.dumps(value, ensure_ascii=False),
                base_number=number - 1,
                client_id="another page",
                client_seq=number,
                epoch=1,
                arrived_at=clock.now(),
            )
        )


def kinds(table: Table, task: str) -> list[tuple[str, Any]]:
    return [(one.kind.value, json.loads(one.body)) for one in table.revisions(task)]


def opened(page: Page, table: Table) -> None:
    page.goto(f"{table.address}?epoch=1")
    started(page)


def test_two_texts_stand_side_by_side_and_can_be_joined_by_keyboard(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: another page saved first. robustness 15, 16, 22: nothing is overwritten, and the writer is told."""
    table = Table(sqlite_database)
    page = arrive(table.person).page
    opened(page, table)
    page.locator("[data-task=memo]").fill("Begin with offices.")
    saved(page)
    saved_elsewhere(sqlite_database, table, "memo", "Begin with ten offices.")
    page.locator("[data-task=memo]").fill("Begin with two offices.")
    dialog = page.locator("dialog.choice[open]")
    expect(dialog.locator("h2")).to_be_focused(timeout=10_000)
    expect(dialog.locator("[data-side=mine] mark")).to_have_text("two")
    expect(dialog.locator("[data-side=theirs] mark")).to_have_text("ten")
    expect(dialog.locator("[data-side=theirs]")).to_contain_text("arrived at")
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Join both").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    saved(page)
    joined = "Begin with ten offices.\n\nBegin with two offices."
    expect(page.locator("[data-task=memo]")).to_have_value(joined)
    assert kinds(table, "memo") == [
        ("main", "Begin with offices."),
        ("main", "Begin with ten offices."),
        ("side", "Begin with two offices."),
        ("main", joined),
    ]


def test_whoever_loads_the_page_again_before_choosing_is_asked_again(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: another page saved first, and then this one was loaded again. robustness 16, 17."""
    table = Table(sqlite_database)
    page = arrive(table.person).page
    opened(page, table)
    page.locator("[data-task=memo]").fill("Begin with offices.")
    saved(page)
    saved_elsewhere(sqlite_database, table, "memo", "Begin with ten offices.")
    page.locator("[data-task=memo]").fill("Begin with two offices.")
    expect(page.locator("dialog.choice[open]")).to_be_visible(timeout=10_000)
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks first: not all is saved
    page.reload()
    started(page)
    dialog = page.locator("dialog.choice[open]")
    expect(dialog.locator("[data-side=mine] mark")).to_have_text("two", timeout=10_000)
    dialog.get_by_role("button", name="Keep what is on this page").click()
    saved(page)
    expect(page.locator("[data-task=memo]")).to_have_value("Begin with two offices.")
    assert table.counting() == "Begin with two offices."


@pytest.mark.parametrize("is_written_elsewhere", [True, False])
def test_who_takes_over_again_where_words_were_left_finds_them_and_chooses(
    sqlite_database: Database, arrive: Arrive, is_written_elsewhere: bool
) -> None:
    """Broken: work went on on a second device while this one wrote. robustness 15, 16: what is kept can be had again."""
    table = Table(sqlite_database)
    page, second = arrive(table.person).page, arrive(table.person).page
    opened(page, table)
    page.locator("[data-task=memo]").fill("Begin with offices.")
    saved(page)
    second.goto(table.address)
    started(second)
    page.route("**/api/sittings/*/state", lambda _route: None)  # or it might hear of it before it writes
    take_over(second)
    if is_written_elsewhere:
        second.locator("[data-task=memo]").fill("Begin with ten offices.")
        saved(second)
    page.locator("[data-task=memo]").fill("Begin with two offices.")
    expect(page.locator("#banner")).to_contain_text("another", timeout=15_000)
    expect(page.locator("[data-task=memo]")).not_to_be_editable()
    before = table.counting()
    page.unroute("**/api/sittings/*/state")
    take_over(page)
    if is_written_elsewhere:
        dialog = page.locator("dialog.choice[open]")
        expect(dialog.locator("[data-side=mine] mark")).to_have_text("two", timeout=10_000)
        expect(dialog.locator("[data-side=theirs] mark")).to_have_text("ten")
        assert table.counting() == before == "Begin with ten offices."
        dialog.get_by_role("button", name="Keep what is on this page").click()
    expect(page.locator("[data-task=memo]")).to_have_value("Begin with two offices.")
    saved(page)
    assert table.counting() == "Begin with two offices."


def test_text_left_on_a_device_never_slides_over_what_was_saved_elsewhere_since(
    sqlite_database: Database, arrive: Arrive, wire: Wire
) -> None:
    """Broken: network off, tab closed, work went on elsewhere. robustness 15, 17: the base is kept with the text."""
    table = Table(sqlite_database, "stavoord-judgement", minutes=20)
    actor = arrive(table.person, "nl", at=wire.address)
    page = actor.page
    opened(page, table)
    group = page.locator("[data-task-json]").first
    task = group.get_attribute("data-task") or ""
    names = sorted({one.get_attribute("name") or "" for one in group.locator("input[type=radio]").all()})
    group.locator(f"input[name='{names[0]}'][value='4']").check()
    saved(page)
    wire.drop()
    group.locator(f"input[name='{names[1]}'][value='2']").check()
    expect(page.locator("#saved.offline")).to_be_visible(timeout=20_000)
    page.close(run_before_unload=False)
    option = names[1].removeprefix(f"{task}-")
    saved_elsewhere(sqlite_database, table, task, {**json.loads(table.revisions(task)[-1].body), option: 5})
    wire.open()
    again = actor.new_page()
    again.goto(table.address)
    started(again)
    take_over(again)
    dialog = again.locator("dialog.choice[open]")
    expect(dialog.locator("[data-side=mine] mark")).to_have_count(1, timeout=10_000)
    expect(dialog.locator("[data-side=mine] mark")).to_contain_text("2: ")
    expect(dialog.locator("[data-side=theirs] mark")).to_contain_text("5: ")
    expect(dialog.get_by_role("button", name="Voeg beide samen")).to_have_count(0)
    dialog.get_by_role("button", name="Neem de opgeslagen versie").click()
    saved(again)
    expect(again.locator(f"input[name='{names[1]}'][value='5']")).to_be_checked()
    assert [kind for kind, _value in kinds(table, task)] == ["main", "main", "side"]


def test_a_draft_of_the_in_tray_is_shown_in_words(sqlite_database: Database, arrive: Arrive) -> None:
    """Broken: another page saved first."""
    table = Table(sqlite_database, "stavoord-in-tray", minutes=65)
    page = arrive(table.person).page
    opened(page, table)
    saved_elsewhere(
        sqlite_database,
        table,
        "M02",
        {"kind": "forward", "to": ["bo"], "tag": "stops", "text": "Stop these."},
    )
    page.locator("[data-entry=M02] a").click()
    page.locator("#in-tray-M02 .in-tray-kinds label", has_text="Reply").first.click()
    page.locator("#in-tray-M02 form textarea").fill("Are you sure?")
    dialog = page.locator("dialog.choice[open]")
    expect(dialog.locator("[data-side=theirs]")).to_contain_text("Bo Wolters", timeout=10_000)
    expect(dialog.locator("[data-side=theirs] .account-note")).to_have_text("Forward")
    expect(dialog.locator("[data-side=mine] .account-note")).to_have_text("Reply")
    assert "{" not in dialog.inner_text()
    dialog.get_by_role("button", name="Keep what is on this page").click()
    saved(page)
    assert [kind for kind, _value in kinds(table, "M02")] == ["main", "side", "main"]
    assert kinds(table, "M02")[-1][1]["text"] == "Are you sure?"


def test_something_wrong_is_told_from_the_exercise_and_the_reply_is_shown(
    sqlite_database: Database, arrive: Arrive
) -> None:
    """Broken: the network, while somebody tells that something is wrong; it is told on return, with the spell."""
    table = Table(sqlite_database)
    actor = arrive(table.person)
    page = actor.page
    opened(page, table)
    actor.context.set_offline(True)
    page.locator("[data-task=memo]").fill("written without a connection")
    expect(page.locator("#saved.offline")).to_contain_text("Last confirmed save: none yet", timeout=20_000)
    page.get_by_role("button", name="Something is wrong").click()
    dialog = page.locator("dialog.concern[open]")
    dialog.get_by_label("The material of the exercise").check()
    dialog.get_by_label("What happened").fill("Exhibit 3 is cut off")
    dialog.get_by_role("button", name="Tell the administrators").click()
    expect(dialog).to_be_hidden(timeout=15_000)
    expect(page.locator("#told")).to_contain_text("as soon as the connection is back")
    page.wait_for_timeout(5_500)  # a spell of less than five seconds is not worth a word
    actor.context.set_offline(False)
    saved(page)
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    expect(page.locator("#announcements")).to_have_text("The connection is back.")
    until(page, lambda: count_rows(sqlite_database, Concern) and count_rows(sqlite_database, Interruption))
    with sqlite_database.writing() as session:
        concern = session.scalars(sa.select(Concern)).one()
        assert (concern.kind, concern.text) == (ConcernKind.MATERIAL, "Exhibit 3 is cut off")
        spell = session.scalars(sa.select(Interruption)).one()
        assert spell.kind is InterruptionKind.OFFLINE
        boss = factories.administrator(session)
        session.add(
            ConcernReply(concern_id=concern.id, text="A new copy is there", author_id=boss.id, at=clock.now())
        )
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    expect(page.locator("#note")).to_contain_text("A new copy is there")
    page.get_by_role("button", name="Something is wrong").click()
    expect(page.locator("dialog.concern[open] .said")).to_contain_text("A new copy is there")
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Something is wrong")).to_be_focused()
