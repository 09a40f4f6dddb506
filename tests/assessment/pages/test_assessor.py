"""The assessor's pages: a form that works by itself, an API that loses nothing, and blindness everywhere."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assessment.database import Database
from assessment.models.rating import Integration, Rating, RatingState
from assessment.services import ratings
from tests.assessment.room import HALF_DAY, WEIGHTS, Room
from tests.conftest import count_rows, log_in

LEVELS = {"S1": 3, "S2": 3, "L3": 3}
TRAY = {"L1": 3, "L3": 3, "P1": 3}
LINK = re.compile(r'(?:href|action|data-[\w-]+-url)="(/[^"]*)"')


def page(answer: TestResponse) -> str:
    return unescape(answer.get_data(as_text=True))


def enter(app: Flask, room: Room, who: int) -> FlaskClient:
    return log_in(app.test_client(), room.people[who])


def at(room: Room, who: int = 0, exercise: str = "E5") -> str:
    return f"/assessor/ratings/{room.assignment(who, exercise)}"


def stored(room: Room, who: int = 0) -> Rating:
    with room.database.reading() as session:
        found = ratings.desk(session, room.assignment(who), by=room.by[who]).rating
        assert found
        return found


def form(**values: Any) -> dict[str, Any]:
    known = {f"dimension-{name}": "1" for name in LEVELS}
    return {"version": "1", "note": "", **known, **values}


# The queue.


def test_the_queue_says_what_to_do_next(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    client = enter(app, room, 0)
    first = page(client.get("/assessor/"))
    assert f"Next: {room.codes['E5']}" in first
    assert "0 of 1 submitted" in first
    room.rate(0, LEVELS)
    assert "1 of 1 submitted" in page(client.get("/assessor/"))


def test_an_empty_queue_says_what_will_come(app: Flask, sqlite_database: Database) -> None:
    assert "Nothing is assigned to you yet." in page(enter(app, Room(sqlite_database), 2).get("/assessor/"))


def test_whoever_is_not_calibrated_is_told_whom_to_ask(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database, calibrated=False)  # rule M6
    assert "Ask Ada Bestuur to record one." in page(enter(app, room, 0).get("/assessor/"))


# The workbench as a plain form.


def test_a_draft_is_begun_by_a_button_and_not_by_looking(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    client = enter(app, room, 0)
    assert "Begin to rate" in page(client.get(at(room)))
    assert count_rows(sqlite_database, Rating) == 0
    assert client.post(f"{at(room)}/begin").status_code == 303
    assert "Begin to rate" not in page(client.get(at(room)))


def test_a_plain_form_rates_from_begin_to_end(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    client = enter(app, room, 0)
    client.post(f"{at(room)}/begin")
    tied = client.post(
        f"{at(room)}/draft",
        data=form(
            **{
                "level-S1": "4",
                "then": "observe",
                "passage-block": "memo",
                "passage-words": "Germany waits.",
                "passage-behaviour": "S1.2",
                "passage-note": "weighs",
            }
        ),
        follow_redirects=True,
    )
    assert '<mark class="plus">Germany waits.<sup data-apart>S1.2+</sup></mark>' in page(tied)
    checked = client.post(
        f"{at(room)}/draft",
        data=form(version="2", then="check", **{"level-S1": "4", "level-S2": "2", "level-L3": "0"}),
        follow_redirects=True,
    )
    assert checked.status_code == 409
    assert "tie a passage or tick a line of the checklist first" in page(checked)  # rule M7
    assert client.post(f"{at(room)}/submit").status_code == 409
    client.post(
        f"{at(room)}/draft",
        data=form(version="2", tick="e5.S2.c1", **{"level-S1": "4", "level-S2": "2", "level-L3": "0"}),
    )
    done = client.post(f"{at(room)}/submit", follow_redirects=True)
    assert f"Your rating of {room.codes['E5']} is submitted." in page(done)
    assert stored(room).state is RatingState.SUBMITTED
    assert "It can no longer change." in page(client.get(at(room)))


def test_removing_a_passage_saves_the_rest_of_the_form(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    room.begin(0)
    one = room.observe(0, "S1")
    client = enter(app, room, 0)
    client.post(f"{at(room)}/draft", data=form(forget=str(one), **{"level-S2": "0"}, note="kept"))
    found = stored(room)
    assert (found.observations, found.note) == ([], "kept")


def test_words_that_are_not_there_lose_nothing_else(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    room.begin(0)
    given = {"passage-block": "memo", "passage-words": "not there", "passage-behaviour": "S1.2"}
    answer = enter(app, room, 0).post(
        f"{at(room)}/draft", data=form(then="observe", note="kept", **given), follow_redirects=True
    )
    assert "This passage is not in the text any more." in page(answer)
    assert stored(room).note == "kept"


def test_a_stale_form_shows_both_and_stores_neither_over_the_other(
    app: Flask, sqlite_database: Database
) -> None:
    room = Room(sqlite_database)
    room.begin(0)
    client = enter(app, room, 0)
    client.post(f"{at(room)}/draft", data=form(note="first", **{"level-S1": "0"}))
    answer = client.post(f"{at(room)}/draft", data=form(note="second", **{"level-S1": "0"}))
    assert answer.status_code == 409
    assert "first" in page(answer)
    assert "second" in page(answer)
    assert stored(room).note == "first"


def test_whoever_is_not_calibrated_cannot_submit(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database, calibrated=False)
    room.prepare(0, LEVELS)
    answer = enter(app, room, 0).post(f"{at(room)}/submit")
    assert answer.status_code == 409
    assert "no valid calibration" in page(answer)
    assert stored(room).state is RatingState.DRAFT


def test_a_recognised_person_goes_back(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    where = at(room)
    client = enter(app, room, 0)
    assert "went back" in page(client.post(f"{where}/give-back", follow_redirects=True))
    assert client.get(where).status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {"level-S1": "9"},
        {"level-S1": "x"},
        {"version": "x"},
        {"tick": "nothing"},
        {"forget": "no id"},
        {"level-ZZ": "1"},
        {"version": "9" * 40},
    ],
)
def test_a_broken_form_gets_an_answer_and_no_crash(
    app: Flask, sqlite_database: Database, data: dict[str, str]
) -> None:
    room = Room(sqlite_database)
    room.begin(0)
    assert enter(app, room, 0).post(f"{at(room)}/draft", data=form() | data).status_code in (404, 409, 422)
    assert stored(room).version == 1


# Its API.


def api(room: Room, who: int = 0) -> str:
    return f"/api/ratings/{room.assignment(who)}"


def test_the_draft_saves_itself_with_its_version(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    room.begin(0)
    client = enter(app, room, 0)
    draft = {"version": 1, "scores": {"S1": 4}, "ticks": ["e5.S1.c1"], "note": "n", "contradicts": []}
    assert client.put(api(room), json=draft).get_json()["version"] == 2
    stale = client.put(api(room), json={**draft, "scores": {"S1": 1}})
    assert stale.status_code == 409
    assert stale.get_json()["code"] == "StaleDraft"
    assert stale.get_json()["version"] == 2
    assert stale.get_json()["scores"]["S1"] == 4


def test_passages_come_and_go(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database, memo="<b>Bold</b> claim & more.")
    room.begin(0)
    client = enter(app, room, 0)
    sent = {"block": "memo", "start": 0, "end": 11, "dimension": "S1", "behaviour": "S1.2", "sign": "-"}
    for quote in ("<b>Bold</b> ", "Bold", None):
        assert client.post(f"{api(room)}/observations", json={**sent, "quote": quote}).status_code == 422
    assert client.post(f"{api(room)}/observations", json=sent).status_code == 422
    sent["quote"] = "<b>Bold</b>"
    made = client.post(f"{api(room)}/observations", json=sent)
    assert made.status_code == 201
    drawn = made.get_json()
    assert '<mark class="minus">&lt;b&gt;Bold&lt;/b&gt;<sup data-apart>S1.2−</sup></mark>' in drawn["text"]
    assert "&lt;b&gt;Bold&lt;/b&gt;" in drawn["evidence"]
    gone = client.delete(f"{api(room)}/observations/{drawn['id']}")
    assert "<mark" not in gone.get_json()["text"]
    assert client.delete(f"{api(room)}/observations/{drawn['id']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        {},
        {"version": "1", "scores": {}},
        {"version": 1, "scores": []},
        {"version": 1, "scores": {"S1": "4"}},
        {"version": 1, "scores": {"S1": [1]}},
        {"version": 1, "scores": {}, "note": 7},
        {"version": 1, "scores": {}, "ticks": [None]},
        {"version": 1, "scores": {}, "ticks": "abc"},
        {"version": 1, "scores": {}, "note": "\ud800"},
        {"block": "memo", "start": "0", "end": 3, "dimension": "S1", "behaviour": "S1.1", "sign": "+"},
        {"block": "memo", "start": 0, "end": 10**30, "dimension": "S1", "behaviour": "S1.1", "sign": "+"},
        {"block": ["memo"], "start": 0, "end": 3, "dimension": "S1", "behaviour": "S1.1", "sign": "+"},
    ],
)
def test_whatever_is_posted_gets_a_clear_answer(app: Flask, sqlite_database: Database, body: Any) -> None:
    room = Room(sqlite_database)
    room.begin(0)
    client = enter(app, room, 0)
    assert client.put(api(room), json=body).status_code == 422
    assert client.post(f"{api(room)}/observations", json=body).status_code == 422


def test_a_submitted_rating_refuses_the_api_too(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    room.rate(0, LEVELS)
    client = enter(app, room, 0)
    assert client.put(api(room), json={"version": 2, "scores": {"S1": 1}}).status_code == 409


# The integration.


def integrated(database: Database) -> tuple[Room, Integration]:
    room = Room(database, *HALF_DAY, weights=WEIGHTS)
    for who, note in ((0, "note of Jan"), (1, "note of Fatima")):
        room.rate(who, {**LEVELS, "L3": 3 + who}, "E5", note)
        room.rate(who, TRAY, "E1")
    found = room.integration()
    assert found
    return room, found


def test_the_integration_shows_rule_ratings_and_reasons(app: Flask, sqlite_database: Database) -> None:
    room, found = integrated(sqlite_database)
    client = enter(app, room, 0)
    seen = page(client.get(f"/assessor/integrations/{found.id}"))
    assert re.search(r"To decide: \d", seen)
    chosen = page(client.get(f"/assessor/integrations/{found.id}?at=L3.E5"))
    assert "note of Fatima" in chosen
    assert "note of Jan" in chosen
    assert '<b class="letter">A</b>' in chosen
    assert "Who gave which" not in chosen  # no wash-up decides yet
    assert "This centre does not claim this dimension" in seen  # rule U1, in words
    for word in ("Sanne", "Molen", "sanne.molen@example.org"):
        assert word not in seen


def test_what_only_says_how_sure_a_result_is_stands_with_one_press(
    app: Flask, sqlite_database: Database
) -> None:  # rules U3, U5
    room, found = integrated(sqlite_database)
    client = enter(app, room, 0)
    seen = page(client.get(f"/assessor/integrations/{found.id}"))
    assert "A part rests on a provisional key: do the passages carry the result without it?" in seen
    form = re.search(r'name="rules" value="1">(.*?)</form>', seen, re.DOTALL)
    assert form
    names = re.findall(r'name="dimension" value="([^"]+)"', form[1])
    assert len(names) > 1
    before = int(re.search(r"To decide: (\d+)", seen)[1])  # type: ignore[index]
    after = page(
        client.post(
            f"/assessor/integrations/{found.id}/agreements",
            data={"rules": "1", "dimension": names},
            follow_redirects=True,
        )
    )
    assert "They stand as they are." in after
    assert f"To decide: {before - len(names)}" in after
    assert 'name="rules"' not in after


def test_a_change_and_a_signature(app: Flask, sqlite_database: Database) -> None:
    room, found = integrated(sqlite_database)
    who = room.responsible()
    client = enter(app, room, who)
    here = f"/assessor/integrations/{found.id}"
    passage = re.findall(r'name="passage" value="([^"]+)"', page(client.get(f"{here}?at=L3.E5")))
    sent = {
        "sitting": str(room.sittings["E5"]),
        "dimension": "L3",
        "after": "4.5",
        "reason": "",
        "at": "L3.E5",
    }
    refused = client.post(f"{here}/changes", data=sent)
    assert refused.status_code == 422
    with sqlite_database.reading() as session:
        from assessment.services import integrations

        rows = integrations.evidence(session, room.enrolment.id)["L3"]
        mine = next(str(one.id) for exercise, one in rows if exercise == "E5")
    assert mine in " ".join(passage)
    changed = client.post(
        f"{here}/changes", data={**sent, "reason": "two passages", "passage": mine}, follow_redirects=True
    )
    assert "two passages" in page(changed)
    assert "changed this rating from 3.5 to 4.5" in page(changed)
    assert enter(app, room, 1 - who).post(f"{here}/sign").status_code == 409
    assert "Signed by" in page(client.post(f"{here}/sign", follow_redirects=True))
    assert client.post(f"{here}/changes", data={**sent, "reason": "x", "passage": mine}).status_code == 409


@pytest.mark.parametrize("after", ["", "nan", "inf", "x", "9", "-1"])
def test_a_level_that_is_none_is_refused(app: Flask, sqlite_database: Database, after: str) -> None:
    room, found = integrated(sqlite_database)
    sent = {
        "sitting": str(room.sittings["E5"]),
        "dimension": "L3",
        "after": after,
        "reason": "r",
        "passage": str(uuid4()),
    }
    assert (
        enter(app, room, 0).post(f"/assessor/integrations/{found.id}/changes", data=sent).status_code == 422
    )


# Blindness.


def crawl(client: FlaskClient, starts: list[str]) -> Iterator[tuple[str, str]]:
    """Every page that can be reached by links, forms and addresses for scripts."""
    waiting, seen = list(starts), set()
    while waiting:
        address = waiting.pop().split("#")[0]
        if address in seen or address.startswith(("/static/", "/logout", "/login")):
            continue
        seen.add(address)
        answer = client.get(address)
        text = page(answer)
        yield address, f"{answer.headers}{text}"
        waiting += LINK.findall(answer.get_data(as_text=True))


def test_no_page_of_an_assessor_shows_a_name_or_anothers_rating(
    app: Flask, sqlite_database: Database
) -> None:  # robustness 27
    room = Room(sqlite_database, memo="I, Sanne van der Molen, advise to wait. Germany waits.", use="weak")
    room.rate(1, {"S1": 1, "S2": 2, "L3": 1}, note="a note that only Fatima wrote")
    room.prepare(0, {"S1": 4, "S2": 4, "L3": 4})
    client = enter(app, room, 0)
    found = list(crawl(client, ["/assessor/", f"{at(room)}/submit", api(room)]))
    found += [(api(room), page(client.put(api(room), json={"version": 9, "scores": {}})))]
    secrets = (
        "Sanne",
        "Molen",
        "sanne.molen@example.org",
        "Fatima",
        "only Fatima wrote",
        str(room.people[1].id),
    )
    assert len(found) > 4
    for address, text in found:
        for secret in secrets:
            assert secret.casefold() not in text.casefold(), f"{secret} at {address}"
    levels = stored(room, 1)
    for address, text in found:
        assert str(levels.id) not in text, address
        for observation in levels.observations:
            assert str(observation.id) not in text, address


def test_an_adjudicator_sees_no_original_rating(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    room.rate(0, {"S1": 1, "S2": 3, "L3": 3}, note="Jan's words")
    room.rate(1, {"S1": 5, "S2": 3, "L3": 3}, note="Fatima's words")
    room.begin(2)
    client = enter(app, room, 2)
    for address, text in crawl(client, ["/assessor/", at(room, 2)]):
        for secret in ("Jan's words", "Fatima's words", "Jan Beoordelaar", "Fatima Kijker", "Sanne"):
            assert secret not in text, f"{secret} at {address}"
    assert "checked>" not in page(client.get(at(room, 2))).replace('id="keys-on" checked>', "")


def test_no_page_tells_how_much_time_somebody_was_given(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database)
    room.begin(0)
    text = page(enter(app, room, 0).get(at(room)))
    for word in ("factor", "deadline", "started_at", "time_factor"):
        assert word not in text


def test_what_belongs_to_others_is_not_there(app: Flask, sqlite_database: Database) -> None:
    room, found = integrated(sqlite_database)
    client = enter(app, room, 2)
    assert client.get(f"/assessor/integrations/{found.id}").status_code == 404
    assert client.get(at(room, 0)).status_code == 404
    assert client.put(api(room), json={"version": 1, "scores": {}}).status_code == 404


def test_passages_that_overlap_are_drawn_once_each(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database, memo="abcdefghij")
    room.begin(0)
    room.observe(0, "S1", start=0, end=6)
    room.observe(0, "S2", start=3, end=8, sign="-")
    text = page(enter(app, room, 0).get(at(room)))
    assert (
        '<mark class="plus">abc</mark><mark class="both">def<sup data-apart>S1.1+</sup></mark>'
        '<mark class="minus">gh<sup data-apart>S2.1−</sup></mark>ij'
    ) in text


def test_the_word_limit_is_a_line_in_the_text(app: Flask, sqlite_database: Database) -> None:
    room = Room(sqlite_database, memo=" ".join(f"word{n}" for n in range(700)))
    text = page(enter(app, room, 0).get(at(room)))
    assert re.search(r"word599<span class=\"limit\" data-apart>The word limit is here.</span>", text)
