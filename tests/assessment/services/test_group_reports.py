"""The group report: from eight released reports on, five people per cell, no names, no way to work anybody out."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment import errors
from assessment.database import Database
from assessment.sections import group
from assessment.services import group_reports, plans
from tests.assessment import reporting
from tests.assessment.query_count import counting
from tests.assessment.reporting import Reporting
from tests.assessment.sections.test_sections import words_of

NAMES = tuple(f"Person{letter} Ünique" for letter in "abcdefghij")


def made(desk: Reporting) -> group.GroupFacts:
    with desk.database.reading() as session:
        return group_reports.group_report(session, desk.centre.id, "en", by=desk.hr_by)


def said(facts: group.GroupFacts) -> str:
    return " ".join(words_of(group.sections(facts)))


def test_below_eight_released_reports_nothing_is_said_about_the_group(sqlite_database: Database) -> None:
    """rule R11"""
    desk = Reporting(sqlite_database, NAMES)
    for who in range(7):
        desk.released(who)
    facts = made(desk)
    assert (facts.areas, facts.by_exercise, facts.strengths, facts.steps) == ((), (), (), ())
    assert "7 reports are released, and 8 are needed" in said(facts)


def test_from_eight_on_it_speaks_of_the_group_and_names_nobody(sqlite_database: Database) -> None:
    desk = Reporting(sqlite_database, NAMES)
    with counting(sqlite_database) as few:
        made(desk)
    for who in range(8):
        desk.released(who)
    with counting(sqlite_database) as many:
        facts = made(desk)
    assert many.n <= few.n + 5
    assert "Withheld: fewer than 8 people have said" in said(facts), "conditions are never left out"
    assert "have chosen an action" in said(facts)
    text = said(facts)
    assert "Seen most: Effective" in text
    for name in (*NAMES, "Ilse de Graaf", "You began with the largest matter."):
        assert name not in text
    assert all(cell.n >= 5 for area in facts.areas for cell in area.cells)


def test_what_people_choose_and_need_is_told_of_many_and_of_nobody(sqlite_database: Database) -> None:
    """rule R11, parts 4 to 6"""
    desk = Reporting(sqlite_database, NAMES)
    released = [desk.released(who) for who in range(10)]
    for who in range(10):
        with sqlite_database.writing() as session:
            by = desk.participant_by[who]
            plan = plans.begin(session, desk.enrolments[who].id, by=by).id
            if who < 5:
                plans.choose(session, plan, "L1-1", by=by)
            if who < 3:
                plans.choose(session, plan, "S1-3", by=by)
            if who >= 5:
                plans.add(session, plan, plans.Words(f"Own words of {NAMES[who]}"), by=by)
            needs = ["workload", "nonsense", *(["systems"] if who < 9 else [])]
            plans.require(session, plan, needs, by=by)
    facts = made(desk)
    assert [(one.names[0], one.n) for one in facts.kinds] == [("doing", 5), ("own", 5)]
    assert [(one.names[0], one.n) for one in facts.planned_areas] == [("L1", 5)], "three could be recognised"
    assert facts.n_said == 10
    text = said(facts)
    assert "less at once, or more hands: 10 people" in text
    assert "systems and tools" not in text, "the one who does not need it could be recognised"
    assert "Own words" not in text
    for who in range(3):
        desk.block(released[who], who)
    assert made(desk).conditions == ()


def test_themes_come_from_looking_back_as_described_behaviour(sqlite_database: Database) -> None:
    """rule R11.4: paraphrased, never a quotation"""
    desk = Reporting(sqlite_database, NAMES, exercises=(*reporting.HALF_DAY, "stavoord-reflection"))
    for who in range(8):
        desk.released(who)
    facts = made(desk)
    assert [(one.names[0], one.n) for one in facts.looking_back] == [("P2.1", 8)]
    assert "Describes own behaviour and its effect" in said(facts)
    assert reporting.QUOTE not in said(facts)


def test_a_blocked_report_counts_nowhere(sqlite_database: Database) -> None:
    """rule N3"""
    desk = Reporting(sqlite_database, NAMES)
    ids = [desk.released(who) for who in range(8)]
    desk.block(ids[0], 0)
    assert made(desk).n_released == 7


def test_hr_of_another_programme_gets_none(sqlite_database: Database) -> None:
    desk, other = Reporting(sqlite_database, NAMES[:1]), Reporting(sqlite_database, NAMES[:1])
    with pytest.raises(errors.NotFound), sqlite_database.reading() as session:
        group_reports.group_report(session, other.centre.id, "en", by=desk.hr_by)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40)))
def test_no_cell_is_small_and_none_can_be_worked_out_from_the_total(counts: dict[str, int]) -> None:
    """decisions: 5 in any shown cell; R11: not by subtraction either."""
    cells = group_reports._parted(Counter(counts))
    assert all(cell.n >= 5 for cell in cells)
    missing = sum(counts.values()) - sum(cell.n for cell in cells)
    assert missing == 0 or not cells


@pytest.mark.parametrize(("n", "shown"), [(0, 0), (1, None), (4, None), (5, 5)])
def test_a_small_number_is_not_printed(n: int, shown: int | None) -> None:
    assert group_reports._cell(n) == shown
