"""Somebody is ill, or their calibration lapsed: others go on, without what was prepared, and the draft is kept."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.calibration import Calibration
from assessment.models.centre import Centre, ScoringPlan
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.event import Event, Mail
from assessment.models.person import Person, Seat
from assessment.models.rating import Adjudication, Assignment, AssignmentState, Because, Rating, Vacancy
from assessment.models.sitting import Sitting, SittingState
from assessment.services import assignments, calibrations, pools, ratings, replacements
from assessment.services.ratings import Draft
from assessment.services.replacements import To
from tests import factories
from tests.assessment.desk import at_once
from tests.assessment.room import Room

URL = "http://klei.test"
LOW = {"S1": 1, "S2": 3, "L3": 3}
HIGH = {"S1": 4, "S2": 4, "L3": 5}


class Ward(Room):
    """A room whose first assessor falls ill; the third is free."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        with database.writing() as session:
            self.admin: Actor = factories.actor(session, session.merge(self.administrator))

    def work(self, who: int = 0) -> list[replacements.Piece]:
        with self.database.reading() as session:
            return replacements.open_work(session, session.merge(self.centre), self.people[who].id)

    def replace(
        self, to: To | None = None, *, who: int = 0, reason: str = "Ill until Friday", is_away: bool = True
    ) -> UUID:
        (piece,) = self.work(who)
        self.hand_over(piece.assignment_id, to, who=who, reason=reason, is_away=is_away)
        return piece.assignment_id

    def hand_over(
        self,
        assignment_id: UUID,
        to: To | None = None,
        *,
        who: int = 0,
        reason: str = "Ill until Friday",
        is_away: bool = True,
    ) -> None:
        """As a page does that was opened before: it knows the piece, whatever has become of it."""
        goes = {assignment_id: to or To(self.people[2].id)}
        with self.database.writing() as session:
            replacements.replace(
                session,
                session.merge(self.centre),
                self.people[who].id,
                goes,
                reason,
                is_away=is_away,
                base_url=URL,
                by=self.admin,
            )

    def open(self, assignment_id: UUID, who: int) -> None:
        with self.database.writing() as session:
            ratings.begin(session, assignment_id, by=self.by[who])

    def undo(self, assignment_id: UUID) -> None:
        with self.database.writing() as session:
            replacements.undo(session, session.merge(self.centre), assignment_id, base_url=URL, by=self.admin)

    def found(self, assignment_id: UUID) -> Assignment:
        with self.database.reading() as session:
            return session.get_one(Assignment, assignment_id)

    def write(self, who: int, words: str = "My own words.") -> None:
        where = self.assignment(who)
        with self.database.writing() as session:
            rating = ratings.begin(session, where, by=self.by[who])
            ratings.save(session, where, Draft(rating.version, {}, (), words), by=self.by[who])


@pytest.fixture
def ward(database: Database) -> Ward:
    return Ward(database)


def test_somebody_else_goes_on_and_the_draft_is_kept_and_unseen(ward: Ward) -> None:
    ward.write(0, "A secret of the first.")
    (piece,) = ward.work()
    assert piece.has_draft
    assert [person.id for person in piece.others] == [ward.people[2].id]
    old = ward.replace()
    gone = ward.found(old)
    assert (gone.state, gone.because, gone.reason) == (
        AssignmentState.RETURNED,
        Because.REPLACED,
        "Ill until Friday",
    )
    with ward.database.reading() as session:
        kept = session.scalars(sa.select(Rating)).one()
        assert (kept.assessor_id, kept.note) == (ward.people[0].id, "A secret of the first.")
        assert ratings.queues(session, by=ward.by[0]) == []
        (queue,) = ratings.queues(session, by=ward.by[2])
        desk = ratings.desk(session, queue.items[0].assignment_id, by=ward.by[2])
        assert desk.rating is None
        # Nothing was written since, and nothing can be.
        with pytest.raises(ratings.TakenAway, match="kept for the record"):
            ratings.desk(session, old, by=ward.by[0])
        seat = session.get_one(Seat, (ward.centre.id, ward.people[0].id))
        assert seat.away_at is not None
        (line,) = replacements.list_for(session, session.merge(ward.centre))
        assert (line.person.id, line.now and line.now.id, line.has_draft) == (
            ward.people[0].id,
            ward.people[2].id,
            True,
        )


def test_whoever_wrote_a_kept_draft_reads_it_and_whoever_goes_on_knows_that_it_is_there(ward: Ward) -> None:
    ward.write(0, "A secret of the first.")
    ward.observe(0, "S1", note="My own remark.", start=0, end=9)
    old = ward.replace()
    with ward.database.reading() as session:
        (one,) = replacements.kept_by(session, by=ward.by[0])
        assert (one.assignment_id, one.code) == (old, ward.codes["E5"])
        found = replacements.kept(session, old, by=ward.by[0])
        assert found.rating.note == "A secret of the first."
        assert [seen.note for seen in found.rating.observations] == ["My own remark."]
        assert replacements.kept_before(session, by=ward.by[2]) == {ward.assignment(2)}
        for other in (1, 2):
            assert replacements.kept_by(session, by=ward.by[other]) == []
            with pytest.raises(errors.NotFound):
                replacements.kept(session, old, by=ward.by[other])
        assert replacements.kept_before(session, by=ward.by[1]) == set(), (
            "the other rating was not handed over"
        )
    ward.undo(old)
    with ward.database.reading() as session:
        assert replacements.kept_by(session, by=ward.by[0]) == []
        with pytest.raises(errors.NotFound):  # it is theirs again, in the workbench
            replacements.kept(session, old, by=ward.by[0])
        assert replacements.kept_before(session, by=ward.by[0]) == set()


@pytest.mark.parametrize("why", ["nothing written", "recognised elsewhere", "withdrawn"])
def test_no_draft_is_shown_where_there_is_none_or_the_participant_is_known(ward: Ward, why: str) -> None:
    if why != "nothing written":
        ward.write(0)
    old = ward.replace()
    with ward.database.writing() as session:
        if why == "recognised elsewhere":
            sitting = session.get_one(Assignment, old).sitting
            other = Sitting(
                enrolment_id=sitting.enrolment_id,
                centre_exercise_id=sitting.centre_exercise_id,
                version_hash=sitting.version_hash,
                position=2,
                code="K-XX99",
                state=SittingState.VOID,
            )
            session.add(other)
            session.flush()
            session.add(
                Assignment(
                    sitting_id=other.id,
                    assessor_id=ward.people[0].id,
                    place=9,
                    assigned_at=clock.now(),
                    state=AssignmentState.RETURNED,
                    because=Because.RECOGNISED,
                    returned_at=clock.now(),
                )
            )
        if why == "withdrawn":
            session.get_one(Enrolment, ward.enrolment.id).state = EnrolmentState.WITHDRAWN
    with ward.database.reading() as session:
        assert replacements.kept_by(session, by=ward.by[0]) == []
        if why == "nothing written":
            assert replacements.kept_before(session, by=ward.by[2]) == set()


def test_both_get_a_mail_that_tells_nothing_of_the_other_or_the_reason(ward: Ward) -> None:
    ward.replace()
    with ward.database.reading() as session:
        mails = {one.recipient: one.text for one in session.scalars(sa.select(Mail))}
        assert set(mails) == {ward.people[0].email, ward.people[2].email}
        for recipient, text in mails.items():
            hidden = [person.name for person in ward.people if person.email != recipient]
            for word in (*hidden, "Ill", ward.participant.name, *ward.codes.values()):
                assert word not in text
        event = session.scalars(sa.select(Event).where(Event.action == "assignment.replaced")).one()
        assert event.details["gone_to"] == str(ward.people[2].id)
        assert "Ill" not in str(event.details)


def test_it_can_be_taken_back_until_somebody_has_begun(ward: Ward) -> None:
    ward.write(0, "A secret of the first.")
    old = ward.replace()
    ward.undo(old)
    assert ward.found(old).state is AssignmentState.OPEN
    with ward.database.reading() as session:
        desk = ratings.desk(session, old, by=ward.by[0])
        assert desk.rating
        assert desk.rating.note == "A secret of the first."
        assert ratings.queues(session, by=ward.by[2]) == []
        assert session.get_one(Seat, (ward.centre.id, ward.people[0].id)).away_at is None
    ward.replace()
    ward.begin(2)
    with pytest.raises(replacements.HasBegun):
        ward.undo(old)
    with ward.database.reading() as session:
        (line,) = replacements.list_for(session, session.merge(ward.centre))
        assert not line.may_undo


def test_taking_back_and_beginning_at_once_leave_it_with_one(ward: Ward) -> None:
    old = ward.replace()
    new = ward.assignment(2)
    at_once(lambda: ward.undo(old), lambda: ward.open(new, 2))
    with ward.database.reading() as session:
        holders = session.scalars(
            sa.select(Assignment.assessor_id).where(Assignment.state == AssignmentState.OPEN)
        ).all()
        begun = session.scalars(sa.select(Rating.assessor_id)).all()
    assert len(holders) == 2
    assert (ward.people[2].id in holders) == (ward.people[2].id in begun)
    assert (ward.people[0].id in holders) != (ward.people[2].id in holders)


def test_handing_over_and_submitting_at_once_do_one_of_both(ward: Ward) -> None:
    ward.prepare(0, {"S1": 3, "L3": 3, "S2": 3})
    (piece,) = ward.work()
    outcomes = at_once(lambda: ward.hand_over(piece.assignment_id), lambda: ward.submit(0))
    with ward.database.reading() as session:
        submitted = session.scalar(sa.select(Rating.submitted_at)) is not None
        replaced = session.scalar(sa.select(sa.func.count()).where(Assignment.because == Because.REPLACED))
    assert submitted != bool(replaced), outcomes


def test_it_can_go_to_the_pool_and_come_back_from_there(ward: Ward) -> None:
    old = ward.replace(To(None))
    with ward.database.reading() as session:
        assert [one.slot for one in session.scalars(sa.select(Vacancy))] == [ward.found(old).slot]
        assert sum(one.n for one in pools.list_for(session, by=ward.by[2])) == 1
    ward.undo(old)
    with ward.database.reading() as session:
        assert session.scalars(sa.select(Vacancy)).all() == []
    old = ward.replace(To(None), is_away=False)
    with ward.database.writing() as session:
        entry = session.merge(ward.centre).exercises[0]
        pools.take(session, entry.id, by=ward.by[2])
    with pytest.raises(replacements.HasBegun):
        ward.undo(old)


def test_whoever_lost_their_calibration_stays_and_gets_no_new_right(ward: Ward) -> None:  # rule M6
    with ward.database.writing() as session:
        session.execute(sa.delete(Calibration).where(Calibration.assessor_id == ward.people[0].id))
    (piece,) = ward.work()
    assert not piece.is_calibrated
    ward.replace(is_away=False)
    with ward.database.reading() as session:
        assert session.get_one(Seat, (ward.centre.id, ward.people[0].id)).away_at is None


@pytest.mark.parametrize("why", ["manager", "exclusion", "calibration", "away", "the other", "stranger"])
def test_it_goes_to_nobody_who_may_not_have_it(ward: Ward, why: str) -> None:
    to = ward.people[2].id
    with ward.database.writing() as session:
        if why == "manager":
            session.get_one(Enrolment, ward.enrolment.id).manager_email = ward.people[2].email
        if why == "exclusion":
            session.add(Exclusion(enrolment_id=ward.enrolment.id, assessor_id=to, created_at=clock.now()))
        if why == "calibration":
            session.execute(sa.delete(Calibration).where(Calibration.assessor_id == to))
        if why == "away":
            session.get_one(Seat, (ward.centre.id, to)).away_at = clock.now()
        if why == "the other":
            to = ward.people[1].id
        if why == "stranger":
            to = factories.person(session).id
    with pytest.raises(replacements.NotEligible):
        ward.replace(To(to))
    assert ward.found(ward.assignment(0)).state is AssignmentState.OPEN


def test_a_reason_and_a_choice_are_needed_and_nobody_elses_work_is_touched(ward: Ward) -> None:
    with pytest.raises(replacements.NoReason):
        ward.replace(reason="  ")
    with ward.database.writing() as session, pytest.raises(replacements.NothingChosen):
        replacements.replace(
            session,
            session.merge(ward.centre),
            ward.people[0].id,
            {},
            "why",
            is_away=False,
            base_url=URL,
            by=ward.admin,
        )
    foreign = {ward.assignment(1): To(ward.people[2].id)}
    with ward.database.writing() as session, pytest.raises(errors.NotFound):
        replacements.replace(
            session,
            session.merge(ward.centre),
            ward.people[0].id,
            foreign,
            "why",
            is_away=False,
            base_url=URL,
            by=ward.admin,
        )
    with ward.database.writing() as session:
        elsewhere = factories.centre(session)
        for act in (replacements.open_work, lambda *given: replacements.come_back(*given, by=ward.admin)):
            with pytest.raises(errors.NotFound):
                act(session, elsewhere, ward.people[0].id)


def test_an_adjudication_goes_to_a_fourth_and_back(database: Database) -> None:
    ward = Ward(database)
    with database.writing() as session:
        fourth = factories.assessor(session, session.merge(ward.centre), name="Vierde Hand")
        ward.calibrate(session, fourth)
    ward.rate(0, LOW)
    ward.rate(1, HIGH)
    with database.reading() as session:
        before = session.scalars(sa.select(Adjudication)).one()
        given = session.get_one(Assignment, before.assignment_id)
        mine = next(n for n, person in enumerate([*ward.people, fourth]) if person.id == given.assessor_id)
    ward.people.append(fourth)
    (piece,) = ward.work(mine)
    assert piece.is_adjudication
    to = ward.people[3 if mine == 2 else 2]
    with pytest.raises(replacements.NotEligible):
        ward.replace(To(None), who=mine)
    old = ward.replace(To(to.id), who=mine)
    with database.reading() as session:
        now = session.scalars(sa.select(Adjudication)).one()
        assert session.get_one(Assignment, now.assignment_id).assessor_id == to.id
    ward.undo(old)
    with database.reading() as session:
        assert session.scalars(sa.select(Adjudication)).one().assignment_id == old


def test_the_proposal_is_even_keeps_the_plan_and_shows_what_it_means(database: Database) -> None:  # rule M16
    with database.writing() as session:
        by = factories.actor(session, factories.administrator(session))
        centre = factories.centre(session, "stavoord-case")
        people = [factories.assessor(session, centre) for _ in range(4)]
        calibrate(session, centre, people, by)
        for _ in range(8):
            factories.enrolment(session, centre)
        session.add(ScoringPlan(centre_id=centre.id, hours=24, most_open=6))
        factories.without_rechecks(session, centre)
        assignments.assign(session, centre, seed=3, by=by)
        session.flush()
        work = replacements.open_work(session, centre, people[0].id)
        goes = replacements.proposed(session, centre, work)
        assert len(work) == len(goes) == 4
        effects = replacements.effects(session, centre, work, goes)
        assert {one.after for one in effects} <= {5 * 25, 6 * 25}
        assert not any(one.is_over for one in effects)
        session.get_one(ScoringPlan, centre.id).most_open = 4
        session.flush()
        assert all(to.is_pool for to in replacements.proposed(session, centre, work).values())
        chosen = {work[0].assignment_id: To(work[0].others[0].id)}
        assert [one.is_over for one in replacements.effects(session, centre, work, chosen)] == [True]


def calibrate(session: Session, centre: Centre, people: list[Person], by: Actor) -> None:
    for person in people:
        calibrations.record(
            session,
            centre,
            person.id,
            exercise=None,
            valid_until_on=clock.now().date() + timedelta(days=30),
            reason="outside",
            by=by,
        )


def test_who_is_away_is_dealt_nothing_and_who_is_back_is(ward: Ward) -> None:
    old = ward.replace(To(None))
    with ward.database.writing() as session:
        centre = session.merge(ward.centre)
        pools.take_back(session, centre, by=ward.admin)
        session.execute(
            sa.delete(Assignment).where(Assignment.id.not_in([old]), Assignment.assessor_id.is_not(None))
        )
        assignments.assign(session, centre, seed=1, by=ward.admin)
    with ward.database.writing() as session:
        having = session.scalars(
            sa.select(Assignment.assessor_id).where(Assignment.state == AssignmentState.OPEN)
        ).all()
        assert set(having) == {ward.people[1].id, ward.people[2].id}
        replacements.come_back(session, session.merge(ward.centre), ward.people[0].id, by=ward.admin)
        factories.enrolment(session, session.merge(ward.centre))
    with ward.database.writing() as session:
        assert ward.people[0].id in {
            one.id for one in assignments.present(session, session.merge(ward.centre))
        }
