"""Backgrounds: voluntary, changed and taken back at any time, and apart from everything else (F5)."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.enrolment import Enrolment
from assessment.models.event import Event
from assessment.models.evidence import Age, Background, EvidenceResult, FirstLanguage, Gender
from assessment.services import backgrounds, notices
from assessment.services.backgrounds import Said
from tests import factories
from tests.factories import NOON

WOMAN = Said(gender=Gender.WOMAN, first_language=FirstLanguage.SAME)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


def enrolled(session: Session) -> tuple[Actor, Enrolment]:
    person = factories.person(session)
    enrolment = factories.enrolment(session, factories.centre(session, "stavoord-case"), person)
    return factories.actor(session, person), enrolment


def test_a_background_is_given_changed_skipped_and_taken_back(database: Database) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session)
        assert backgrounds.own(session, enrolment.id, by=by) is None
        backgrounds.give(session, enrolment.id, WOMAN, by=by)
        backgrounds.give(session, enrolment.id, Said(age=Age.OLDER), by=by)
        kept = backgrounds.own(session, enrolment.id, by=by)
        assert kept
        assert (kept.gender, kept.age, kept.first_language) == (None, Age.OLDER, None)
        assert backgrounds.given(session, [enrolment.id]) == {enrolment.id: True}
        backgrounds.skip(session, enrolment.id, by=by)
        assert backgrounds.given(session, [enrolment.id]) == {enrolment.id: False}
        backgrounds.take_back(session, enrolment.id, by=by)
        backgrounds.take_back(session, enrolment.id, by=by)
        session.flush()
        assert backgrounds.given(session, [enrolment.id]) == {}
    with database.reading() as session:
        events = session.scalars(sa.select(Event).where(Event.subject == "enrolment")).all()
        assert [one.action for one in events] == ["background.answered"] * 3 + ["background.taken_back"]
        assert all(one.details == {} for one in events), "the journal never has what was said"


def test_nobody_else_reads_or_writes_it(database: Database) -> None:
    with database.writing() as session:
        _by, enrolment = enrolled(session)
        other, _elsewhere = enrolled(session)
        for act in (
            lambda: backgrounds.own(session, enrolment.id, by=other),
            lambda: backgrounds.give(session, enrolment.id, WOMAN, by=other),
            lambda: backgrounds.skip(session, enrolment.id, by=other),
            lambda: backgrounds.take_back(session, enrolment.id, by=other),
        ):
            with pytest.raises(errors.NotFound):
                act()


def test_nothing_can_be_answered_before_the_notice_or_after_withdrawing_but_always_taken_back(
    database: Database,
) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session)
        enrolment.notice_accepted_at = None
        session.flush()
        with pytest.raises(backgrounds.NotAskedNow):
            backgrounds.give(session, enrolment.id, WOMAN, by=by)
        enrolment.notice_accepted_at = NOON
        backgrounds.give(session, enrolment.id, WOMAN, by=by)
        notices.withdraw(session, enrolment.id, by=by)
        with pytest.raises(backgrounds.NotAskedNow):
            backgrounds.skip(session, enrolment.id, by=by)
        backgrounds.take_back(session, enrolment.id, by=by)
        session.flush()
        assert session.get(Background, enrolment.id) is None


def test_what_was_not_offered_is_refused_by_the_form_and_by_the_database(database: Database) -> None:
    assert backgrounds.read("woman", "", "another") == Said(Gender.WOMAN, None, FirstLanguage.ANOTHER)
    with pytest.raises(backgrounds.NotAmongThese):
        backgrounds.read("woman", "17", "")
    with database.writing() as session:
        by, enrolment = enrolled(session)
        with pytest.raises(backgrounds.NothingSaid):
            backgrounds.give(session, enrolment.id, Said(), by=by)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(Background(enrolment_id=enrolment.id, is_skipped=False, changed_at=NOON))


def test_figures_that_rest_on_what_was_taken_back_are_gone(database: Database) -> None:
    with database.writing() as session:
        by, enrolment = enrolled(session)
        for act in (backgrounds.take_back, backgrounds.skip):
            backgrounds.give(session, enrolment.id, WOMAN, by=by)
            session.add(
                EvidenceResult(
                    centre_id=enrolment.centre_id, fingerprint="f", document="{}", computed_at=NOON
                )
            )
            session.flush()
            act(session, enrolment.id, by=by)
            session.flush()
            assert session.scalars(sa.select(EvidenceResult.centre_id)).all() == []
