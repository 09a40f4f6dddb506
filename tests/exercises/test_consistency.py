"""The consistency checks of the content, by their number in the content source (D16, as corrected in its review).

1 to 6: the exhibits of E5 and the claims about them. 7 and 8: stock, weekdays and calendar. 9: the plans of E2. 10: the
golden vectors of E6. 11: scripts and the key of E1. 12: people. 13: both languages hold the same. 14 is in test_judgement,
15 in each kind's own check, 16 in the composer's tests, 17 in test_frames. 18: what assessors rate by. 19: no answer, no
points. Whatever stands on the shelf is looked at: a new exercise joins by being there.
"""

import datetime
import re
from pathlib import Path

import pytest
import yaml

import exercises
from benchmarks import game as second
from exercises.benchmarks import benchmarks
from exercises.content import LANGUAGES, shipped
from exercises.dossier import dossier
from exercises.game import model as models
from exercises.game.model import Decision
from exercises.in_tray import agenda
from exercises.in_tray.samples import answered, script
from exercises.planning import board as boards
from exercises.rubric import LEVELS, framework

SHELF = tuple(shipped().values())
CASE, TRAY, PLANNING, GAME = (
    shipped()[f"stavoord-{name}"] for name in ("case", "in-tray", "planning", "game")
)
TEXTS = {
    **{exercise.slug: {language: exercise.text(language) for language in LANGUAGES} for exercise in SHELF},
    "dossier": {language: dossier(language) for language in LANGUAGES},
}
IDS = [exercise.slug for exercise in SHELF]


def leaves(tree, place=""):
    """Every text in a tree with its place."""
    if isinstance(tree, str):
        yield place, tree
    elif hasattr(tree, "items") or isinstance(tree, list | tuple):
        for name, entry in tree.items() if hasattr(tree, "items") else enumerate(tree):
            yield from leaves(entry, f"{place}.{name}")


# --- 1 to 6: the case ---------------------------------------------------------------------------------------

TABLES = {
    exhibit["id"]: {
        row["id"]: dict(zip(exhibit["columns"], row["values"], strict=True)) for row in exhibit["rows"]
    }
    for exhibit in CASE.structure["exhibits"]
}
FIGURES, COUNTRIES, SURVEY, DESK, SECOND_ROUND = (TABLES[f"exhibit{number}"] for number in range(1, 6))
MONTHS = 72
NET_FEE = 13.50 * 0.97 - 25 / 12


@pytest.mark.parametrize("year", ["fy2", "fy1", "fy0"])
def test_exhibit_1_adds_up(year):
    row = {name: values[year] for name, values in FIGURES.items()}
    assert row["sales"] == row["new"] + row["service"] + row["use"]
    assert row["margin"] == row["margin_new"] + row["margin_service"] + row["margin_use"]
    assert row["ebit"] == row["margin"] - row["selling"] - row["operations"] - row["design"] - row["general"]
    assert row["ebitda"] == row["ebit"] + row["depreciation"]
    assert row["ratio"] == round(row["debt"] / row["ebitda"], 2)
    assert row["capacity"] == round(100 * row["workplaces"] / 141_000)


def test_exhibit_2_adds_up_to_exhibit_1():
    parts = ("nl", "be", "de", "other")
    for name in ("new", "service", "use", "sales", "margin", "workplaces"):
        assert (
            sum(COUNTRIES[name][part] for part in parts) == COUNTRIES[name]["total"] == FIGURES[name]["fy1"]
        )
    before = {"nl": (39_640, 53_000), "be": (13_710, 18_500), "de": (28_320, 43_900), "other": (5_230, 9_100)}
    assert sum(sales for sales, _ in before.values()) == FIGURES["new"]["fy2"]
    assert sum(number for _, number in before.values()) == FIGURES["workplaces"]["fy2"]
    for part in (*parts, "total"):
        column = {name: values[part] for name, values in COUNTRIES.items()}
        assert column["sales"] == column["new"] + column["service"] + column["use"]
        assert column["margin_share"] == round(100 * column["margin"] / column["sales"], 1)
        assert column["price"] == round(1000 * column["new"] / column["workplaces"])
        sales, number = before.get(part, (FIGURES["new"]["fy2"], FIGURES["workplaces"]["fy2"]))
        assert column["price_before"] == round(1000 * sales / number)
    assert round(100 * (598 / 645 - 1), 1) == -7.3


def test_exhibit_3_adds_up_by_segment_and_by_country():
    for parts in (("public", "care", "large", "small"), ("nl", "be", "de")):
        for name in ("answers", "interested", "plan"):
            assert sum(SURVEY[part][name] for part in parts) == SURVEY["total"][name]
    assert [SURVEY["total"][name] for name in ("answers", "interested", "plan")] == [236, 133, 41]
    for row in SURVEY.values():
        assert row["interested_share"] == round(100 * row["interested"] / row["answers"])
        assert row["plan_share"] == round(100 * row["plan"] / row["answers"])
    assert sum(SURVEY[part]["sales_share"] for part in ("public", "care", "large", "small")) == 100
    assert round(100 * 25 / 41, -1) == 60  # "25 (about 60%)"


def test_exhibit_4_adds_up_and_rests_on_exhibit_5():
    for option in ("sale", "own", "partner"):
        lines = [
            DESK[name][option] or 0
            for name in ("received", "product", "maintenance", "damage", "service", "repair", "second_life")
        ]
        assert round(sum(lines), 2) == DESK["total"][option]
    assert DESK["received"]["own"] == MONTHS * 13.50
    assert DESK["received"]["partner"] == pytest.approx(560 + MONTHS * 3.10)
    assert DESK["maintenance"]["own"] == -6 * (16 + 9)
    assert DESK["damage"]["own"] == pytest.approx(-0.03 * DESK["received"]["own"])
    assert DESK["service"]["sale"] == round(0.30 * 45.37, 2)
    quarter = {name: values["q4"] for name, values in SECOND_ROUND.items()}
    assert DESK["repair"]["own"] == -round(quarter["cost"] / quarter["returned"], 2)
    assert DESK["second_life"]["own"] == round(quarter["share"] / 100 * 265, 2)
    assert DESK["second_life"]["partner"] == round(quarter["share"] / 100 * 120, 2)
    assert DESK["day_one"] == {"sale": 745 - 514, "own": -514, "partner": 560 - 514}


def value_today(fee, rate=0.08 / 12):
    """An own use contract at interest of 0.667% a month: fee less damage and maintenance monthly, the end in month 72."""
    monthly = fee * 0.97 - 25 / 12
    later = sum(monthly / (1 + rate) ** month for month in range(1, MONTHS + 1))
    return later - 514 + (214.65 - 90.52) / (1 + rate) ** MONTHS


def test_the_controllers_values_today_can_be_reproduced():
    assert round(value_today(13.50)) == DESK["today"]["own"] == 191
    sale = 231 + sum(13.61 / MONTHS / (1 + 0.08 / 12) ** month for month in range(1, MONTHS + 1))
    assert round(sale) == DESK["today"]["sale"] == 242
    assert value_today(14.35) < sale < value_today(14.45)  # "about 14.40"


@pytest.mark.parametrize("quarter", ["q1", "q2", "q3", "q4", "year"])
def test_exhibit_5_follows_from_its_drivers(quarter):
    row = {name: values[quarter] for name, values in SECOND_ROUND.items()}
    assert row["returned"] == row["ready"] + row["rejected"]
    assert row["share"] == round(100 * row["ready"] / row["returned"], 1)
    assert row["labour"] == 34 * row["hours"]
    assert row["parts"] == 21 * row["ready"]
    assert row["transport"] == 14 * row["returned"]
    assert row["disposal"] == 9 * row["rejected"]
    assert row["cost"] == row["labour"] + row["parts"] + row["transport"] + row["disposal"]
    assert row["cost_ready"] == round(row["cost"] / row["ready"], 2)
    if quarter == "year":
        for name in (
            "returned",
            "ready",
            "rejected",
            "hours",
            "labour",
            "parts",
            "transport",
            "disposal",
            "cost",
        ):
            assert row[name] == sum(SECOND_ROUND[name][part] for part in ("q1", "q2", "q3", "q4"))


def test_the_sales_of_second_round_add_up_to_exhibit_1():
    assert 1_442 * 265 == 382_130
    assert 1000 * FIGURES["use"]["fy1"] == 382_130 + 613_980 + 1_303_890


def ratio(workplaces, replaced=0.0, counts_missed_cash=False):
    missed = workplaces * replaced * 231 / 1000
    debt = FIGURES["debt"]["fy0"] + 900 + workplaces * 0.448 + (missed if counts_missed_cash else 0)
    return debt / (FIGURES["ebitda"]["fy0"] + workplaces * 6 * NET_FEE / 1000 - missed)


def test_the_claims_of_the_note_can_be_reproduced():
    assert round(100 * 133 / 236) == 56
    assert round(514 / 13.50) == 38
    assert (round(DESK["total"]["own"]), round(DESK["total"]["sale"])) == (403, 245)
    assert round((35_258 + 10_374) / 610, 1) == 74.8
    assert round(ratio(6_000), 2) == 2.45
    assert round(514 - 6 * NET_FEE) == 448


def test_their_corrections_can_be_reproduced():
    assert round(514 / NET_FEE, 1) == 46.7
    assert [round(ratio(n, 0.6), 2) for n in (2_000, 3_000, 4_000, 6_000)] == [2.36, 2.48, 2.61, 2.87]
    assert [round(ratio(n, 0.6, True), 2) for n in (2_000, 3_000, 4_000, 6_000)] == [2.42, 2.57, 2.72, 3.05]
    assert round(ratio(6_000, 0.3), 2) == 2.65
    assert round((10_300 + 4_600) / 5_267, 2) == 2.83
    assert round(14_900 / 6_580, 2) == 2.26
    assert round((10_300 + 600) / 5_267, 2) == 2.07
    assert round(2.5 * 5_267 - 10_300, 1) == 2867.5
    weights = {part: SURVEY[part]["sales_share"] / 100 for part in ("public", "care", "large", "small")}
    for name, expected in (("interested", 51), ("plan", 16)):
        weighted = sum(
            weight * SURVEY[part][name] / SURVEY[part]["answers"] for part, weight in weights.items()
        )
        assert round(100 * weighted) == expected


def test_the_key_of_the_fact_checks_follows_from_the_exhibits():
    right = {question["id"]: question for question in CASE.structure["checks"]["questions"]}
    assert right["X1"]["correct"] == round(SECOND_ROUND["cost_ready"]["q4"])
    assert right["X2"]["correct"] == SURVEY["total"]["plan_share"]
    assert right["X3"]["correct"] == round(514 / NET_FEE)
    assert right["X4"]["correct"] == "c"
    assert 2.8 < ratio(6_000, 0.6) < ratio(6_000, 0.6, True) < 3.1


# --- 7 and 8: stock, weekdays, calendar ---------------------------------------------------------------------


def test_the_stock_covers_both_customers():
    number = {batch["id"]: batch["number"] for batch in TRAY.structure["stock"]["batches"]}
    first = {batch["id"]: batch["reserved"] for batch in TRAY.structure["stock"]["batches"]}
    assert number["L-2209"] + number["L-2212"] == 184
    assert first["L-2209"] == first["L-2212"] == "de_linde_wed"
    assert number["L-2198"] + 64 == 184
    assert number["L-2216"] >= 64
    assert number["L-2217"] >= number["L-2198"]
    assert 12 * 120 / 184 < 8


def test_fixed_events_leave_time_to_travel_until_the_meeting_moves():
    before = list(agenda.events(TRAY, {}, 0))
    assert not [(one, two) for one in before for two in before if one != two and one.clashes(two)]
    moved = list(agenda.events(TRAY, {}, 22))
    found = {frozenset((one.id, two.id)) for one in moved for two in moved if one != two and one.clashes(two)}
    assert found == {frozenset(("de_linde", "management_team"))}


DAYS = {
    "en": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    "nl": ("ma", "di", "wo", "do", "vr", "za", "zo"),
}
_DATE = r"(3[01]|[12]\d|[1-9])(?:st|nd|rd|th|e)?(?= March| maart|[,;)\n]|\.(?!\d)|$| \d\d[.:]\d\d)"
DATED = {
    "en": re.compile(rf"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*(?: the)? {_DATE}"),
    "nl": re.compile(
        rf"\b(ma|di|wo|do|vr|za|zo)(?:andag|nsdag|ensdag|nderdag|ijdag|terdag|ndag)?(?: de)? {_DATE}",
        re.IGNORECASE,
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_8_every_weekday_with_a_date_is_right_in_a_march_that_begins_its_third_day_on_a_tuesday(language):
    found = 0
    for source, texts in TEXTS.items():
        for place, text in leaves(texts[language]):
            for day, date in DATED[language].findall(text):
                weekday = datetime.date(2026, 3, int(date)).weekday()
                assert DAYS[language].index(day.lower()) == weekday, (source, place, day, date)
                found += 1
    assert found >= 15, "the texts are looked at in vain"


def test_8_what_messages_say_about_the_calendar_stands_in_it():
    """No move in a message contradicts the calendar, nor does a fixed event."""
    events = {event["id"]: event for event in TRAY.structure["calendar"]["events"]}
    said = {
        "M14": [events["management_team"]["moves"]["start"], events["management_team"]["moves"]["end"]],
        "M06": ["09:00"],  # the exams, on the morning after the visit
    }
    said["M14"].append(events["de_linde"]["start"])
    for message, times in said.items():
        for language in LANGUAGES:
            body = TRAY.text(language)["messages"][message]["body"]
            for time in times:
                written = time if language == "en" else time.replace(":", ".").removeprefix("0")
                assert written in body, (message, language, written)
    assert {event["day"] for event in events.values()} <= {
        day["id"] for day in TRAY.structure["calendar"]["days"]
    }


# --- 9 to 11: the keys --------------------------------------------------------------------------------------

BEFORE, AFTER = (boards.board(PLANNING, updated=updated) for updated in (False, True))


@pytest.mark.parametrize(
    ("board", "number"),
    [
        (BEFORE, 15),
        (AFTER, 0),
        (AFTER.without("J8"), 60),
        (AFTER.without("J1"), 18),
        (AFTER.without("J3"), 324),
        (AFTER.without("J5"), 14),
        (AFTER.agreed("J5", 10), 4),
        (AFTER.without("J7"), 36),
    ],
)
def test_9_the_search_finds_as_many_plans_as_the_content_says(board, number):
    found = list(boards.plans(board))
    assert len(found) == number
    assert len({tuple(sorted(plan.items(), key=lambda one: one[0])) for plan in found}) == number
    assert all(boards.breaches(board, plan) == () for plan in found)


VECTORS = yaml.safe_load((Path(__file__).parent / "data" / "game_vectors_2.yaml").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_10_the_golden_vectors_of_version_2_come_out(vector):
    found = second.vector(vector["plan"])
    assert found["rounds"] == vector["rounds"], "the second implementation has moved"
    model = models.of(GAME)
    plays = [
        Decision({n: v for n, v in one.items() if n != "option"}, one["option"]) for one in vector["plan"]
    ]
    results = model.play(plays)
    for number, (result, wanted) in enumerate(zip(results, vector["rounds"], strict=True), 1):
        computed = {**result.values, **result.state}
        for name, value in wanted.items():
            tolerance = {"pbar": 0.0005, "cash": 0.3, "C": 0.1, "E": 0.1}.get(name, 1)
            assert computed[name] == pytest.approx(value, abs=tolerance), (number, name)
    index = model.index(results[-1].state)
    assert index.value == pytest.approx(vector["index"], abs=0.1)
    assert list(index.parts.values()) == pytest.approx(vector["parts"], abs=0.1)


def key_of(exercise, answers):
    return exercises.get(exercise.kind).key(exercise, answers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_11_the_model_participant_reaches_every_maximum(language):
    result = key_of(TRAY, answered(script(TRAY, "model", language)))
    assert {score.dimension: (score.earned, score.maximum) for score in result.scores} == {
        "L1": (10, 10),
        "P1": (17, 17),
        "S1": (11, 11),
    }
    assert [score.score for score in result.scores] == [5.0, 5.0, 5.0]
    assert all(line.points == line.maximum for line in result.lines)
    assert result.is_provisional


def test_11_the_worst_reaches_every_minimum_and_the_scale_stays_at_one():
    result = key_of(TRAY, answered(script(TRAY, "careless")))
    assert {score.dimension: score.earned for score in result.scores} == {"L1": -2, "P1": 0, "S1": -3}
    assert {(score.proportion, score.score) for score in result.scores} == {(0.0, 1.0)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_11_who_sends_nothing_earns_nothing_whatever_stands_in_drafts(language):
    steps = script(TRAY, "nothing", language)
    assert {step.task for step in steps} == {"notes", "M02", "M03"}
    assert {(score.earned, score.score) for score in key_of(TRAY, answered(steps)).scores} == {(0, 1.0)}


def test_11_another_reasonable_way_earns_at_least_two_thirds():
    result = key_of(TRAY, answered(script(TRAY, "reasonable")))
    assert all(score.proportion >= 0.65 for score in result.scores)


# --- 12 and 13: people, and both languages ------------------------------------------------------------------

PEOPLE = {person["id"]: person for person in TRAY.structure["people"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_12_everybody_inside_stavoord_who_can_be_written_to_is_in_the_dossier(language):
    told = dossier(language)["sections"]["people"]["body"] + dossier(language)["sections"]["profile"]["body"]
    for person in PEOPLE.values():
        if person["unit"] != "outside":
            assert person["name"] in told, person["name"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_12_whoever_has_a_surname_in_a_text_is_one_of_the_people(language):
    """A first name of the cast is never followed by another surname, in any exercise."""
    cast: dict[str, set[str]] = {}
    for person in PEOPLE.values():
        first, last = person["name"].split(" ", 1)
        cast.setdefault(first, set()).add(last)
    full = re.compile(rf"\b({'|'.join(sorted(cast))}) ((?:van |de )?[A-ZÀ-Ž][\w-]+)")
    for source, texts in TEXTS.items():
        for place, text in leaves(texts[language]):
            for first, last in full.findall(text):
                assert any(known.startswith(last) for known in cast[first]), (source, place, first, last)


@pytest.mark.parametrize("language", LANGUAGES)
def test_12_messages_are_signed_by_their_sender_and_copied_to_people_who_exist(language):
    words = TRAY.text(language)
    for entry in (*TRAY.structure["messages"], *TRAY.structure["follow_ups"]):
        name = PEOPLE[entry["from"]]["name"]
        signed = words["messages" if entry["id"].startswith("M") else "follow_ups"][entry["id"]]["body"]
        last = signed.strip().splitlines()[-1].strip().rsplit(", ", 1)[-1]
        assert last in (name, name.split()[0]) or last.split()[-1] == name.split()[-1], (entry["id"], last)
        assert {*entry.get("cc", ()), *entry.get("to", ())} <= {*PEOPLE, *TRAY.structure["groups"]}


REAL_PLACES = ("Brummen", "Benny")


@pytest.mark.parametrize("source", TEXTS)
def test_13_both_languages_hold_the_same_ids_numbers_and_weekdays(source):
    """A glossary is in the order of its own language, and is left out."""
    english, dutch = (dict(leaves(TEXTS[source][language])) for language in LANGUAGES)
    assert english.keys() == dutch.keys()
    differing = {
        place: (found(text, "en"), found(dutch[place], "nl"))
        for place, text in english.items()
        for found in (numbers, weekdays)
        if not place.startswith(".glossary") and found(text, "en") != found(dutch[place], "nl")
    }
    assert differing == {}
    assert not [word for word in REAL_PLACES for text in (*english.values(), *dutch.values()) if word in text]


@pytest.mark.parametrize("exercise", [one for one in SHELF if one.rubric], ids=lambda one: one.id)
def test_13_anchors_and_checklists_hold_the_same_numbers(exercise):
    for rated in exercise.rubric.dimensions:
        for words in (*rated.anchors, *(line.words for line in rated.checklist)):
            assert numbers(words["en"], "en") == numbers(words["nl"], "nl"), words["en"]


def numbers(text, language):
    """Figures, batches, times and amounts, without the marks in which the languages differ."""
    return sorted(re.sub("[.,:]", "", one).lstrip("0") for one in re.findall(r"\d+(?:[.,:]\d+)*", text))


WEEKDAYS = {
    "en": re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"),
    "nl": re.compile(r"\b(maan|dins|woens|donder|vrij|zater|zon)dag", re.IGNORECASE),
}
ORDER = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "maa", "din", "woe", "don", "vri", "zat", "zon")


def weekdays(text, language):
    return sorted(ORDER.index(one[:3].lower()) % 7 for one in WEEKDAYS[language].findall(text))


# --- 16, 18 and 19: order, what assessors rate by, no answer ------------------------------------------------

RATED = {"E1": "L1 L3 P1", "E2": "", "E3": "", "E4": "L1 L2", "E5": "L3 S1 S2", "E6": "P2 S2", "E7": "P2"}
KEYED = {"E1": "L1 P1 S1", "E2": "P1", "E3": "L1 L2 L3 P2", "E4": "", "E5": "S1", "E6": "S2", "E7": ""}
"""The primary cells of the exercise x dimension matrix (content B): rated by people, scored by key."""
BY_PEOPLE = [(exercise, name) for exercise in SHELF for name in exercise.rated]


@pytest.mark.parametrize("exercise", [one for one in SHELF if one.id in RATED], ids=lambda one: one.id)
def test_18_an_exercise_shows_the_dimensions_of_the_matrix(exercise):
    assert sorted(exercise.rated) == RATED[exercise.id].split()
    assert sorted(exercise.keyed) == KEYED[exercise.id].split()


def test_16_an_exercise_that_would_give_another_away_comes_after_it():
    after = {exercise.id: set(exercise.after) for exercise in SHELF}
    for later, earlier in (("E2", "E1"), ("E4", "E1"), ("E6", "E5")):
        assert later not in after or earlier in after[later], (later, earlier)


@pytest.mark.parametrize(
    ("exercise", "dimension"), BY_PEOPLE, ids=[f"{exercise.id}-{name}" for exercise, name in BY_PEOPLE]
)
def test_18_every_cell_rated_by_people_has_anchors_a_checklist_and_benchmarks_in_both_languages(
    exercise, dimension
):
    rated = exercise.rubric.get(dimension)
    assert len(rated.anchors) == len(LEVELS)
    general = {text for level in framework()[dimension].anchors.values() for text in level.values()}
    for language in LANGUAGES:
        texts = [anchor[language] for anchor in rated.anchors]
        assert all(len(text.split()) >= 10 for text in texts)
        assert len(set(texts)) == len(LEVELS)
        assert general.isdisjoint(texts), "anchors are the exercise's own, not the general ones"
    own = {behaviour.id: behaviour.sign for behaviour in framework()[dimension].behaviours}
    assert [line.id for line in rated.checklist] == [
        f"{exercise.id.lower()}.{dimension}.c{number}" for number in range(1, len(rated.checklist) + 1)
    ]
    assert {line.sign for line in rated.checklist} == {"+", "-"}
    for line in rated.checklist:
        assert own[line.behaviour] == line.sign
        assert all(line.words[language].strip() for language in LANGUAGES)
    written_in = {language for benchmark in benchmarks(exercise) for language in benchmark.languages}
    assert written_in == {*LANGUAGES}


@pytest.mark.parametrize("exercise", SHELF, ids=IDS)
def test_19_a_sitting_without_an_answer_earns_nothing(exercise):
    result = key_of(exercise, {})
    assert {score.dimension for score in result.scores} == {*exercise.keyed}
    for score in result.scores:
        assert score.proportion in (0.0, None)
        assert score.score in (1.0, None)


@pytest.mark.parametrize("exercise", [one for one in SHELF if one.keyed], ids=lambda one: one.id)
def test_every_key_says_that_it_is_provisional(exercise):
    assert key_of(exercise, {}).is_provisional
