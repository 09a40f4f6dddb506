"""Re-assessment: a difference counts only when it is larger than the error of both (Jacobson and Truax)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assessment import clock
from assessment.database import Database
from assessment.language import translator
from assessment.models.person import Person, RoleName
from assessment.models.report import Report
from assessment.sections import reassessment
from assessment.services import reassessments
from tests import factories
from tests.assessment.reporting import Reporting
from tests.assessment.sections.samples import dimension, report

SEM = 0.45


def centre(estimate: float | None, day: date = date(2026, 3, 14)):
    measured = (
        {"estimate": estimate, "low": estimate - SEM, "high": estimate + SEM}
        if estimate is not None
        else {"estimate": None, "low": None, "high": None, "band": None, "reasons": ("U1",)}
    )
    return report(dimensions=(dimension("L1", "en", **measured),), signed_on=day)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (2.5, 3.7, "same"),  # 1.2 < 1.96 × .45 × √2 = 1.247
        (2.5, 3.8, "more"),
        (3.8, 2.5, "less"),
        (3.0, 3.0, "same"),
        (None, 3.0, None),
        (3.0, None, None),
    ],
)
def test_the_limit_is_that_of_reliable_change(before, after, what):
    (change,) = reassessments.compare(centre(before), centre(after)).changes
    assert change.what == what


def test_an_area_that_only_one_centre_shows_is_not_compared():
    one = report(dimensions=(dimension("L1", "en"),))
    other = report(dimensions=(dimension("S1", "en"),))
    assert not reassessments.compare(one, other).changes


@pytest.mark.parametrize("language", ["en", "nl"])
def test_it_is_said_in_words_and_without_figures(language):
    found = reassessments.compare(centre(2.5), centre(3.8, date(2028, 3, 14)))
    made = reassessment.make(found, report(language), translator(language))
    table = next(block for block in made.blocks if hasattr(block, "rows"))
    assert not any(character.isdigit() for row in table.rows for cell in row for character in str(cell))
    assert table.rows[0][-1].startswith({"en": "More than before", "nl": "Meer dan eerst"}[language])


def test_whether_the_exercises_were_the_same_is_said():
    same = reassessments.compare(centre(3.0), centre(3.0))
    other = reassessments.compare(replace(centre(3.0), exercises=()), centre(3.0))
    assert (same.has_same_exercises, other.has_same_exercises) == (True, False)


def test_hr_sees_two_centres_only_where_both_reports_are_released_to_them(database: Database) -> None:
    first = Reporting(database)
    with clock.at(clock.now() - timedelta(days=400)):
        then = first.released()
    second = Reporting(database, again=first.people)
    now = second.released()

    def hr_now(session):
        return factories.actor(session, session.get_one(Person, second.hr.id))

    def found(*, hr: bool):
        with database.reading() as session:
            report = session.get_one(Report, now)
            if hr:
                return reassessments.for_hr(session, report, by=hr_now(session))
            by = second.participant_by[0]
            return reassessments.of_participant(session, report, by=by)

    assert found(hr=False).report_before == str(then)
    assert found(hr=True) is None, "the first centre is of another programme"
    with database.writing() as session:
        factories.role(session, second.hr, RoleName.HR, programme_id=first.centre.programme_id)
    assert {one.id for one in found(hr=True).changes} == {"L1", "L3", "P1", "S1", "S2"}
    first.block(then)
    assert found(hr=True) is None
    assert found(hr=False) is not None
