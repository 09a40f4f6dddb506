"""Lists: none asks more of the database for two hundred rows than for two."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from assessment import create_app
from assessment.database import Database
from assessment.models.person import Person
from assessment.settings import Settings
from tests.assessment import fonts
from tests.assessment.crowd import Crowd
from tests.assessment.query_count import counting
from tests.conftest import SECRET, log_in
from tests.house.lists import LISTS

FEW, MANY = 2, 200
FULL = ", ".join("?" * 500)
"""What belongs to more than 500 rows is fetched 500 rows at a time: a full batch is no query per row."""


@dataclass
class House:
    """An app on a database of its own, and who and what there is in it."""

    app: Flask
    database: Database
    people: dict[str, Person]
    ids: dict[str, object]

    def queries(self, who: str, path: str) -> list[str]:
        """The statements of the page, as it is asked for a second time."""
        client = log_in(self.app.test_client(), self.people[who])
        address = path.format(**self.ids)
        assert client.get(address).status_code == 200, address
        with counting(self.database) as count:
            client.get(address)
        return [one for one in count.statements if FULL not in one]


@pytest.fixture(scope="module")
def houses(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, House]]:
    """A house with few and one with many."""
    made = []
    for n in (FEW, MANY):
        folder = tmp_path_factory.mktemp("house")
        shutil.copyfile(sqlite_template, folder / "klei.sqlite3")
        database = Database(f"sqlite:///{folder / 'klei.sqlite3'}")
        fonts.put_into(folder)
        app = create_app(Settings(SECRET, "sqlite://", folder, has_secure_cookies=False), database)
        app.testing = True
        with database.writing() as session:
            crowd = Crowd(session, n)
            people = {name: getattr(crowd, name) for name in ("administrator", "assessor", "hr", "many")}
            ids = {
                "assessor": people["assessor"].id,
                "assignment": crowd.assignments[0],
                "centre": crowd.centre.id,
                "enrolment": crowd.to_rate[0],
                "integration": crowd.signed[0],
                "person": crowd.many.id,
                "programme": crowd.centre.programme_id,
                "report": crowd.reports[0],
                "wash_up": crowd.wash_up,
            }
        made.append(House(app, database, people, ids))
    yield made[0], made[1]
    for house in made:
        house.database.dispose()


@pytest.mark.parametrize("endpoint", LISTS)
def test_a_list_of_two_hundred_takes_as_many_queries_as_one_of_two(
    houses: tuple[House, House], endpoint: str
) -> None:
    few, many = (house.queries(*LISTS[endpoint]) for house in houses)
    more = {one: many.count(one) - few.count(one) for one in set(many) if many.count(one) > few.count(one)}
    assert len(many) <= len(few), "\n".join(f"{n} more: {one[:300]}" for one, n in more.items())
