"""How many keys it takes to rate one case and one in-tray, with full evidence, in a real browser.

    .venv/bin/python -m benchmarks.keystrokes

The list of actions is the same for every page that is counted: for each rated dimension two passages are tied, one to
a behaviour to see and one to a behaviour to avoid, each with its sign and a note; two lines of the checklist are
ticked; a level is given; the rating is submitted, and the next sitting is open. Passages are taken in the order of
reading. The letters of the notes are the same everywhere and are counted apart. Every key is pressed and the stored
rating is compared with the list at the end: what is not done is not counted.
"""

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, sync_playwright

from assessment import clock, create_app, migrations
from assessment.database import Database
from assessment.models.rating import Rating, RatingState
from assessment.services import ratings
from assessment.settings import Settings
from exercises.rubric import framework
from tests import factories
from tests.assessment.room import Room
from tests.journeys.stage import ARGUMENTS, CHROMIUM, Actor, serving

NOTES = ("clear", "a claim only")
LEVELS = (4, 3, 2)
BEFORE = {"E5": 148, "E1": 198}
"""Keys and clicks of the page of the first issue, counted by this list at commit 01717eb."""


@dataclass(frozen=True)
class Tie:
    """A sentence of a block, counted from 0 among those with text, and what it shows."""

    block: int
    sentence: int
    dimension: str
    behaviour: str
    sign: str
    note: str


@dataclass(frozen=True)
class Plan:
    """All that is done with one sitting."""

    ties: tuple[Tie, ...]
    ticks: dict[str, tuple[int, ...]]
    """For each dimension the lines of its checklist, counted from 0."""
    levels: dict[str, int]


@dataclass
class Count:
    """What the fingers did."""

    keys: int = 0
    clicks: int = 0
    letters: int = 0
    """Of notes: the same on every page."""


class Hand:
    """Somebody who knows the page and works by keyboard."""

    def __init__(self, page: Page, count: Count) -> None:
        self.page = page
        self.count = count
        self.at = -1
        """Where the cursor stands among all places of the answer."""

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.count.keys += 1

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.count.letters += len(text)

    def tab_to(self, selector: str) -> None:
        for _ in range(200):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.press("Tab")
        raise AssertionError(f"Tab never reaches {selector}")


def plan(page: Page, dimensions: list[ratings.RatedDimension]) -> Plan:
    """The list for what is on the page: passages spread over the whole answer, in the order of reading."""
    lengths: list[int] = page.evaluate(
        """() => [...document.querySelectorAll('[data-text]')].map(one =>
             [...new Intl.Segmenter('en', {granularity: 'sentence'}).segment(one.textContent)]
               .filter(part => part.segment.trim()).length)"""
    )
    places = [(block, sentence) for block, many in enumerate(lengths) for sentence in range(many)]
    wanted = 2 * len(dimensions)
    chosen = [places[(2 * n + 1) * len(places) // (2 * wanted)] for n in range(wanted)]
    ties, ticks = [], {}
    for number, rated in enumerate(dimensions):
        behaviours = framework()[rated.dimension].behaviours
        to_see = [one for one in behaviours if one.sign == "+"][1 + number]
        to_avoid = next(one for one in behaviours if one.sign == "-")
        ticks[rated.dimension] = tuple(n for n in (0, 2) if n < len(rated.checklist))
        for turn, behaviour in enumerate((to_see, to_avoid)):
            block, sentence = chosen[number + turn * len(dimensions)]
            ties.append(Tie(block, sentence, rated.dimension, behaviour.id, behaviour.sign, NOTES[turn]))
    ties.sort(key=lambda tie: (tie.block, tie.sentence))
    return Plan(tuple(ties), ticks, {one.dimension: LEVELS[n % 3] for n, one in enumerate(dimensions)})


def first_page(hand: Hand, todo: Plan, dimensions: list[ratings.RatedDimension]) -> None:
    """The workbench of the first issue: a dialog with a list for each passage, Tab to the checklists."""
    page, at = hand.page, {}
    hand.press("a")
    for tie in todo.ties:
        hand.tab_to(f'[data-text][data-n="{tie.block}"]')
        steps = tie.sentence - at.get(tie.block, -1)
        hand.press("j", steps)
        at[tie.block] = tie.sentence
        hand.press("Enter")
        page.locator("#tie").wait_for()
        options: list[str] = page.evaluate(
            "[...document.querySelector('#tie-behaviour').options].map(o => o.value)"
        )
        now = page.evaluate("document.querySelector('#tie-behaviour').value")
        away = options.index(tie.behaviour) - options.index(now)
        if abs(away) <= len(tie.behaviour):
            hand.press("ArrowDown" if away > 0 else "ArrowUp", abs(away))
        else:
            for letter in tie.behaviour:
                hand.press(letter)
            page.wait_for_timeout(1100)  # the browser gathers the letters for a moment
        assert page.evaluate("document.querySelector('#tie-behaviour').value") == tie.behaviour
        hand.tab_to("#tie-note")
        hand.write(tie.note)
        hand.press("Enter")
        page.locator("#tie").wait_for(state="hidden")
    first = page.evaluate(
        "[...document.querySelectorAll('.dim')].findIndex(c => c.classList.contains('now'))"
    )
    hand.press("n")
    for turn in range(len(dimensions)):
        rated = dimensions[(first + turn) % len(dimensions)]
        hand.press(str(todo.levels[rated.dimension]))
        hand.tab_to(".dim.now .checklist summary")
        hand.press("Enter")
        for line in todo.ticks[rated.dimension]:
            hand.tab_to(f'[value="{rated.checklist[line].id}"]')
            hand.press("Space")
        if turn + 1 < len(dimensions):
            hand.press("n")
    hand.tab_to(".actions .main")
    hand.press("Enter")
    page.wait_for_url("**/submit")
    hand.press("Enter")
    page.wait_for_url(lambda address: not address.endswith("/submit"))


def this_page(hand: Hand, todo: Plan, dimensions: list[ratings.RatedDimension]) -> None:
    """The workbench of today: number and letter tie, number and number tick, numbers rate."""
    page = hand.page
    numbers = {rated.dimension: str(n) for n, rated in enumerate(dimensions, start=1)}
    stops = [(number, n, opens) for number, all_of in page.evaluate(STOPS) for n, opens in enumerate(all_of)]
    for tie in todo.ties:
        _walk_to(hand, tie, stops)
        letters = [one.id for one in framework()[tie.dimension].behaviours]
        hand.press(numbers[tie.dimension])
        hand.press("abcdefghijklmn"[letters.index(tie.behaviour)])
        hand.press("n")
        hand.write(tie.note)
        hand.press("Enter")
    for rated in dimensions:
        for line in todo.ticks[rated.dimension]:
            hand.press(numbers[rated.dimension])
            hand.press(str((line + 1) % 10))
    hand.press("r")
    for rated in dimensions:
        hand.press(str(todo.levels[rated.dimension]))
    hand.press("s")
    page.wait_for_url("**/submit")
    hand.press("Enter")
    page.wait_for_url(lambda address: not address.endswith("/submit"))


STOPS = """async () => {
  const { plain, sentences } = await import(new URL('passage.js', document.querySelector('script[src*="js/workbench"]').src));
  return [...document.querySelectorAll('[data-block-id]')].map(block => {
    const text = block.querySelector('[data-text]');
    if (!text) return [-1, [true]];
    const words = plain(text), all = sentences(words, document.documentElement.lang);
    return [Number(text.dataset.n), all.map(([from], n) => n === 0 || /\\n/.test(words.slice(all[n - 1][1], from)))];
  });
}"""
"""All places where the cursor can stand: for each part its number among those with text, and which sentences open a
paragraph."""


def _walk_to(hand: Hand, tie: Tie, stops: list[tuple[int, int, bool]]) -> None:
    """Paragraph by paragraph while that does not go too far, then sentence by sentence."""
    wanted = next(n for n, stop in enumerate(stops) if stop[:2] == (tie.block, tie.sentence))
    while hand.at < wanted:
        opens = next((n for n in range(hand.at + 1, len(stops)) if stops[n][2]), len(stops))
        jumps = opens <= wanted and opens > hand.at + 1
        hand.press("l" if jumps else "j")
        hand.at = opens if jumps else hand.at + 1


def counted(room: Room, app: Flask, exercise: str, work: Callable[..., None]) -> Iterator[Count]:
    """Rate this exercise of the room by the list; what was stored is what the list says."""
    with room.database.reading() as session:
        desk = ratings.desk(session, room.assignment(0, exercise), by=room.by[0])
        dimensions = list(desk.dimensions)
    with serving(app) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        actor = Actor(browser, app, base, room.people[0], "en", viewport={"width": 1440, "height": 900})
        page, count = actor.page, Count()
        hand = Hand(page, count)
        page.goto(f"/assessor/ratings/{room.assignment(0, exercise)}")
        todo = plan(page, dimensions)
        if work is first_page:
            hand.tab_to(".rate form .main")
            hand.press("Enter")
        else:
            hand.press("b")
        page.locator("#draft[data-save-url]").wait_for()
        page.evaluate("document.querySelectorAll('[data-text]').forEach((one, n) => one.dataset.n = n)")
        work(hand, todo, dimensions)
        browser.close()
    done = _stored(room, exercise)
    assert done.state is RatingState.SUBMITTED
    assert {one.dimension: one.score for one in done.dimensions} == todo.levels
    assert sorted((o.dimension, o.behaviour, o.sign, o.note) for o in done.observations) == sorted(
        (tie.dimension, tie.behaviour, tie.sign, tie.note) for tie in todo.ties
    )
    assert {tick.line for tick in done.ticks} == {
        rated.checklist[n].id for rated in dimensions for n in todo.ticks[rated.dimension]
    }
    yield count


def _stored(room: Room, exercise: str) -> Rating:
    with room.database.reading() as session:
        found = ratings.desk(session, room.assignment(0, exercise), by=room.by[0]).rating
        assert found
        return found


def main() -> int:
    """Print the figures beside those of the first issue's page."""
    factories.NOON = clock.now()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    failed = 0
    for exercise, name in (("E5", "case"), ("E1", "in-tray")):
        folder = Path(tempfile.mkdtemp(prefix="klei-bench-"))
        database = Database(f"sqlite:///{folder / 'klei.sqlite3'}")
        migrations.upgrade(database)
        app = create_app(
            Settings(
                "a secret of the benchmarks, long enough", database.url, folder, has_secure_cookies=False
            ),
            database,
        )
        room = Room(database, {"E5": "stavoord-case", "E1": "stavoord-in-tray"}[exercise], memo="")
        for count in counted(room, app, exercise, WORK):
            before = BEFORE[exercise]
            print(
                f"{name}: {count.keys} keys and {count.clicks} clicks (and {count.letters} letters of notes); "
                f"before {before}, {count.keys / before:.2f} of it"
            )
            failed += count.keys > before / 2
    return failed


WORK = this_page

if __name__ == "__main__":
    sys.exit(main())
