"""The talent overview: only what was released, with its uncertainty; filtered, and never in order of results."""

import pytest

from assessment.database import Database
from assessment.services import overviews, readinesses
from assessment.services.overviews import Overview, Wanted
from tests.assessment.query_count import counting
from tests.assessment.reporting import BASE, Reporting

NAMES = ("Ayşe de Vries", "Bram Scholten", "Çelik Yılmaz", "Dirk Bos")


def read(desk: Reporting, **values: object) -> Overview:
    with desk.database.reading() as session:
        return overviews.overview(session, Wanted(**values), "en", by=desk.hr_by)  # type: ignore[arg-type]


def test_only_those_who_released_are_named_and_the_others_are_numbers(database: Database) -> None:
    desk = Reporting(database, NAMES)
    desk.released(0)
    desk.signed(1)
    desk.block(desk.released(2), 2)
    found = read(desk)
    assert [row.name for row in found.rows] == ["Ayşe de Vries"]
    assert (found.n, found.n_waiting, found.n_blocked) == (1, 1, 1)


def test_each_area_has_its_range_and_what_is_not_known_is_named(sqlite_database: Database) -> None:
    desk = Reporting(sqlite_database, NAMES)
    desk.released(0)
    (row,) = read(desk).rows
    cells = {cell.facts.id: cell for cell in row.cells}
    assert cells["L1"].reaches == ("effective", "strength")  # 3.4 ± .45
    assert cells["P1"].reaches is None
    assert cells["L1"].places == ("", "", "is", "may")
    assert {area for area, cell in cells.items() if not cell.is_known} == {"P1", "S2"}
    assert cells["P1"].places == ("", "", "", "")


def test_it_can_be_put_in_order_by_anything_but_results(sqlite_database: Database) -> None:
    """decisions: no ranking, no nine-box"""
    assert set(overviews.ORDERS) == {"name", "day", "centre"}
    desk = Reporting(sqlite_database, NAMES)
    for who in (3, 1, 0):
        desk.released(who)
    by_name = [row.name for row in read(desk).rows]
    assert by_name == ["Ayşe de Vries", "Bram Scholten", "Dirk Bos"]
    assert [row.name for row in read(desk, order="L1").rows] == by_name, "an unknown order is that of names"


@pytest.mark.parametrize(
    ("area", "band", "n"),
    [("L1", "strength", 2), ("L1", "starting_point", 0), ("P1", "unknown", 2), ("L2", "", 0)],
)
def test_a_filter_asks_whether_the_range_reaches_a_band(
    sqlite_database: Database, area: str, band: str, n: int
) -> None:
    desk = Reporting(sqlite_database, NAMES)
    desk.released(0)
    desk.released(1)
    assert read(desk, area=area, band=band).n == n


def test_the_newest_readiness_comes_first(sqlite_database: Database) -> None:
    desk = Reporting(sqlite_database, NAMES)
    report = desk.released(0)
    for words in ("In two years.", "In one year."):
        with sqlite_database.writing() as session:
            readinesses.write(session, report, words, "What I saw.", by=desk.hr_by, base_url=BASE)
    assert [one.words for one in read(desk).rows[0].readiness] == ["In one year.", "In two years."]


def test_nobody_of_another_programme_is_in_it(sqlite_database: Database) -> None:
    desk, other = Reporting(sqlite_database, NAMES[:1]), Reporting(sqlite_database, NAMES[1:2])
    desk.released(0)
    other.released(0)
    assert [row.name for row in read(desk).rows] == [NAMES[0]]


def test_it_takes_as_many_queries_for_four_as_for_one(sqlite_database: Database) -> None:
    desk = Reporting(sqlite_database, NAMES)
    desk.released(0)
    with counting(sqlite_database) as one:
        read(desk)
    for who in (1, 2, 3):
        desk.released(who)
    with counting(sqlite_database) as four:
        read(desk)
    assert four.n == one.n
