"""Invitations leave when the policy page is there, once each, in the language of who gets them."""

import re
import threading

import pytest
import sqlalchemy as sa

from assessment.access import Actor
from assessment.database import Database
from assessment.errors import RuleBroken
from assessment.models.centre import CentreState
from assessment.models.enrolment import EnrolmentState
from assessment.models.event import Mail
from assessment.services import centres, enrolments, invitations, links
from assessment.services.imports import Participant
from tests import factories
from tests.conftest import count_rows

HERE = "http://klei.test"


def test_everybody_who_was_not_invited_gets_one_mail_in_their_language(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        for language in ("en", "nl"):
            enrolments.add(session, centre, Participant(f"{language}@example.org", "Ada", language), by=by)
        factories.enrolment(session, centre, state=EnrolmentState.WITHDRAWN)
        centre = centres.get(session, centre.id, by=by)
        assert invitations.invite(session, centre, base_url=HERE, by=by) == 2
        with pytest.raises(invitations.NobodyToInvite):
            invitations.invite(session, centre, base_url=HERE, by=by)
    with database.reading() as session:
        mails = {mail.recipient: mail for mail in session.scalars(sa.select(Mail))}
        assert "Hello Ada" in mails["en@example.org"].text
        assert "Uitnodiging" in mails["nl@example.org"].subject
        found = re.search(r"http://klei\.test/link/(\S+)", mails["nl@example.org"].text)
        assert found
        assert links.find(session, found[1]).person.email == "nl@example.org"


def test_who_has_a_password_is_asked_to_log_in(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        factories.enrolment(session, centre, factories.person(session, password_hash="x"))
        invitations.invite(session, centres.get(session, centre.id, by=by), base_url=HERE, by=by)
    with database.reading() as session:
        text = session.scalars(sa.select(Mail)).one().text
    assert f"{HERE}/login" in text
    assert "/link/" not in text


def test_inviting_again_sends_a_new_link_and_ends_the_first(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        made = enrolments.add(session, centre, Participant("a@example.org", "Ada"), by=by)
        centre = centres.get(session, centre.id, by=by)
        for _ in range(2):
            invitations.invite(session, centre, [made.id], base_url=HERE, by=by)
    with database.reading() as session:
        texts = session.scalars(sa.select(Mail.text).order_by(Mail.created_at)).all()
        tokens = [re.findall(r"/link/(\S+)", text)[0] for text in texts]
        with pytest.raises(links.LinkSpent):
            links.find(session, tokens[0])
        assert links.find(session, tokens[1])


def test_nobody_is_invited_before_the_policy_page_is_complete(database: Database, by: Actor) -> None:
    # rule M10
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case", state=CentreState.DRAFT)
        enrolments.add(session, centre, Participant("a@example.org", "Ada"), by=by)
        centre = centres.get(session, centre.id, by=by)
        centre.policies[0].keeping = " "
        with pytest.raises(RuleBroken) as caught:
            invitations.invite(session, centre, base_url=HERE, by=by)
        assert caught.value.rule == "M10"
    assert count_rows(database, Mail) == 0


def test_a_closed_centre_invites_nobody(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case", state=CentreState.CLOSED)
        with pytest.raises(invitations.CentreOver):
            invitations.invite(session, centres.get(session, centre.id, by=by), base_url=HERE, by=by)


def test_two_who_press_the_button_at_once_send_one_mail_each_person(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = factories.centre(session, "stavoord-case")
        for number in range(10):
            enrolments.add(session, centre, Participant(f"p{number}@example.org", "P"), by=by)
        centre_id = centre.id
    together = threading.Barrier(2)
    outcomes: list[int] = []

    def press() -> None:
        together.wait()
        try:
            with database.writing() as session:
                outcomes.append(
                    invitations.invite(session, centres.get(session, centre_id, by=by), base_url=HERE, by=by)
                )
        except invitations.NobodyToInvite:
            outcomes.append(0)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 10]
    assert count_rows(database, Mail) == 10


@pytest.fixture
def by(database: Database) -> Actor:
    with database.writing() as session:
        return factories.actor(session, factories.administrator(session))
