"""The pool: whoever is free takes the next one, keeps it while they are at work, and nobody has what another has."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.database import Database
from assessment.models.centre import CentreState, ScoringPlan
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.event import Event
from assessment.models.meeting import Meeting
from assessment.models.person import Seat
from assessment.models.rating import Assignment, AssignmentState, Because, Rating, Round, Vacancy
from assessment.models.sitting import Sitting
from assessment.services import (
    assignments,
    integrations,
    pools,
    progress,
    ratings,
    readings,
    versions,
    workloads,
)
from assessment.services.ratings import RESERVED, Draft, Passage
from tests import factories
from tests.assessment.desk import at_once
from tests.assessment.room import Room, finish

LATER = RESERVED + timedelta(seconds=1)


class Hall(Room):
    """A room in which nothing is assigned: two finished participants, and three assessors who are free."""

    def __init__(self, database: Database, *, more: int = 1) -> None:
        super().__init__(database)
        with database.writing() as session:
            session.execute(sa.delete(Assignment))
            centre = session.merge(self.centre)
            for _ in range(more):
                made = factories.enrolment(session, centre)
                for sitting in session.scalars(sa.select(Sitting).filter_by(enrolment_id=made.id)).all():
                    exercise = versions.get(session, sitting.version_hash)
                    finish(session, sitting, versions.kind_of(exercise).samples(exercise).complete["en"])
            self.entry = centre.exercises[0]
            self.admin = factories.actor(session, session.merge(self.administrator))

    def leave(self) -> int:
        with self.database.writing() as session:
            return pools.leave(session, session.merge(self.centre), by=self.admin)

    def take(self, who: int) -> UUID:
        with self.database.writing() as session:
            return pools.take(session, self.entry.id, by=self.by[who]).id

    def write(self, who: int, assignment_id: UUID, words: str = "A first word.") -> None:
        with self.database.writing() as session:
            rating = ratings.begin(session, assignment_id, by=self.by[who])
            ratings.save(session, assignment_id, Draft(rating.version, {}, (), words), by=self.by[who])

    def found(self, assignment_id: UUID) -> Assignment:
        with self.database.reading() as session:
            return session.get_one(Assignment, assignment_id)

    def left(self, who: int) -> int:
        with self.database.reading() as session:
            return sum(one.n for one in pools.list_for(session, by=self.by[who]))


@pytest.fixture
def hall(database: Database) -> Hall:
    return Hall(database)


def test_what_nobody_has_is_left_to_whoever_is_free(hall: Hall) -> None:
    assert hall.leave() == 4
    assert hall.leave() == 0
    with hall.database.reading() as session:
        centre = session.merge(hall.centre)
        assert assignments.coverage(session, centre) == assignments.Coverage(0, 0, 2, pooled=4)
    assert hall.left(0) == 2
    first = hall.take(0)
    kept = hall.found(first)
    assert kept.reserved_until_at
    assert timedelta(minutes=14) < kept.reserved_until_at - clock.now() <= RESERVED
    assert kept.slot in (1, 2)


def test_the_second_rating_alone_can_be_left_to_whoever_is_free(hall: Hall) -> None:
    with hall.database.writing() as session:
        assert assignments.assign(session, session.merge(hall.centre), each=1, seed=1, by=hall.admin) == 2
    assert hall.leave() == 2
    with hall.database.reading() as session:
        covered = assignments.coverage(session, session.merge(hall.centre))
        assert covered == assignments.Coverage(0, 2, 0, pooled=2)
        mine = session.scalar(sa.select(Assignment.assessor_id))
    who = [person.id for person in hall.people].index(mine)
    with hall.database.writing() as session:
        # Assigning again fills what is missing, and nothing of the pool is missing.
        assert assignments.assign(session, session.merge(hall.centre), seed=2, by=hall.admin) == 0
    # Nobody gets both ratings of one sitting.
    assert hall.left(who) == 2 - len(theirs(hall, who))


def theirs(hall: Hall, who: int) -> list[UUID]:
    with hall.database.reading() as session:
        return list(
            session.scalars(
                sa.select(Assignment.sitting_id).where(
                    Assignment.assessor_id == hall.people[who].id, Assignment.state == AssignmentState.OPEN
                )
            )
        )


def test_two_who_take_at_once_never_get_the_same_rating(hall: Hall) -> None:
    hall.leave()
    assert at_once(lambda: hall.take(0), lambda: hall.take(1), lambda: hall.take(2)) == [None] * 3
    with hall.database.reading() as session:
        taken = session.execute(sa.select(Assignment.sitting_id, Assignment.slot)).all()
    assert len(taken) == len(set(taken)) == 3


def test_the_last_one_goes_to_one_of_those_who_take_it_at_once(database: Database) -> None:
    hall = Hall(database, more=0)
    hall.leave()
    hall.take(0)
    outcomes = at_once(lambda: hall.take(1), lambda: hall.take(2))
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "NothingLeft"]


def test_the_database_refuses_two_people_one_slot_and_one_person_two(hall: Hall) -> None:
    hall.leave()
    taken = hall.found(hall.take(0))
    for assessor, slot in ((1, taken.slot), (0, 3 - (taken.slot or 0))):
        with pytest.raises(sa.exc.IntegrityError), hall.database.writing() as session:
            session.add(
                Assignment(
                    sitting_id=taken.sitting_id,
                    assessor_id=hall.people[assessor].id,
                    slot=slot,
                    assigned_at=clock.now(),
                )
            )
    with pytest.raises(sa.exc.IntegrityError), hall.database.writing() as session:
        session.add(Vacancy(sitting_id=taken.sitting_id, slot=3, made_at=clock.now()))


def test_a_reservation_is_kept_by_the_open_workbench_and_runs_out_by_itself(hall: Hall) -> None:
    hall.leave()
    mine = hall.take(0)
    with hall.database.writing() as session:
        ratings.begin(session, mine, by=hall.by[0])
    begun = clock.now()
    with clock.at(begun + timedelta(minutes=14)), hall.database.writing() as session:
        assert ratings.keep(session, mine, by=hall.by[0]) == clock.now() + RESERVED
    with clock.at(begun + timedelta(minutes=20)):
        assert hall.left(0) == 1
        with hall.database.reading() as session:
            (queue,) = ratings.queues(session, by=hall.by[0])
            assert [item.reserved_until_at for item in queue.items] == [begun + timedelta(minutes=29)]
    with clock.at(begun + timedelta(minutes=30)):
        # It is nobody's again: not in the queue, and free for whoever comes, its last taker too.
        with hall.database.reading() as session:
            assert ratings.queues(session, by=hall.by[0]) == []
        assert hall.left(0) == 2
        assert hall.left(1) == 2


def test_who_comes_back_in_time_goes_on_and_who_comes_too_late_is_told(database: Database) -> None:
    hall = Hall(database, more=0)
    hall.leave()
    first, second = hall.take(0), hall.take(1)
    with hall.database.writing() as session:
        ratings.begin(session, first, by=hall.by[0])
    with clock.at(clock.now() + LATER):
        # Nobody else took it: the heartbeat takes it up again.
        with hall.database.writing() as session:
            ratings.keep(session, first, by=hall.by[0])
        third = hall.take(2)
        taken_from = hall.found(second)
        assert (taken_from.state, taken_from.because) == (AssignmentState.RETURNED, Because.RAN_OUT)
        assert hall.found(third).slot == taken_from.slot
        for act in (ratings.keep, ratings.begin, ratings.desk):
            with pytest.raises(ratings.TakenAway, match="ran out"), hall.database.writing() as session:
                act(session, second, by=hall.by[1])


def test_the_first_word_makes_it_theirs(hall: Hall) -> None:
    hall.leave()
    mine = hall.take(0)
    hall.write(0, mine)
    with clock.at(clock.now() + LATER):
        assert hall.found(mine).reserved_until_at is None
        with hall.database.reading() as session:
            assert len(session.scalars(sa.select(Vacancy)).all()) == 3
            (queue,) = ratings.queues(session, by=hall.by[0])
            assert [item.state for item in queue.items] == ["draft"]
        with pytest.raises(pools.Begun), hall.database.writing() as session:
            pools.put_back(session, mine, by=hall.by[0])


def test_a_first_passage_makes_it_theirs(hall: Hall) -> None:
    hall.leave()
    mine = hall.take(0)
    with hall.database.writing() as session:
        ratings.begin(session, mine, by=hall.by[0])
        place = ratings.desk(session, mine, by=hall.by[0])
        block = next(one for one in readings.blocks(session, place.sitting, "en") if one.text)
        ratings.observe(session, mine, Passage(block.id, 0, 5, "S1", "S1.1", "+"), by=hall.by[0])
    assert hall.found(mine).reserved_until_at is None


def test_the_first_word_and_somebody_who_takes_it_at_once_do_not_both_have_it(database: Database) -> None:
    hall = Hall(database, more=0)
    hall.leave()
    hall.write(1, hall.take(1))
    mine = hall.take(0)
    with hall.database.writing() as session:
        ratings.begin(session, mine, by=hall.by[0])
        session.get_one(Assignment, mine).reserved_until_at = clock.now() - timedelta(seconds=1)
    outcomes = at_once(lambda: hall.write(0, mine), lambda: hall.take(2))
    names = sorted(type(one).__name__ for one in outcomes)
    assert names in (["NoneType", "NothingLeft"], ["NoneType", "TakenAway"])
    with hall.database.reading() as session:
        holders = session.scalars(
            sa.select(Assignment.assessor_id).where(Assignment.state == AssignmentState.OPEN)
        ).all()
    assert len(holders) == 2


def test_one_has_one_reservation_at_a_time_and_can_put_it_back(hall: Hall) -> None:
    hall.leave()
    mine = hall.take(0)
    assert hall.take(0) == mine
    with hall.database.reading() as session:
        assert [one.holds_one for one in pools.list_for(session, by=hall.by[0])] == [True]
    with hall.database.writing() as session:
        pools.put_back(session, mine, by=hall.by[0])
    assert hall.left(0) == 2
    assert hall.left(1) == 2
    hall.take(0)
    with pytest.raises(errors.NotFound), hall.database.writing() as session:
        pools.put_back(session, mine, by=hall.by[1])


@pytest.mark.parametrize("why", ["manager", "exclusion", "recognised", "played", "adjudicates", "both"])
def test_nobody_takes_what_is_not_for_them(database: Database, why: str) -> None:
    hall = Hall(database, more=0)
    sitting_id = hall.sittings["E5"]
    with database.writing() as session:
        person = hall.people[0]
        if why == "manager":
            session.get_one(Enrolment, hall.enrolment.id).manager_email = person.email
        if why == "exclusion":
            session.add(
                Exclusion(enrolment_id=hall.enrolment.id, assessor_id=person.id, created_at=clock.now())
            )
        if why == "played":
            bar_as_role_player(session, hall, person.id)
        if why in ("recognised", "adjudicates", "both"):
            session.add(
                Assignment(
                    sitting_id=sitting_id,
                    assessor_id=person.id,
                    assigned_at=clock.now(),
                    slot=1 if why == "both" else None,
                    round=Round.ADJUDICATION if why == "adjudicates" else Round.FIRST,
                    state=AssignmentState.RETURNED if why == "recognised" else AssignmentState.OPEN,
                    because=Because.RECOGNISED if why == "recognised" else None,
                )
            )
    hall.leave()
    assert hall.left(0) == 0
    with pytest.raises(pools.NothingLeft):
        hall.take(0)
    assert hall.left(1) == 1
    hall.take(1)


def bar_as_role_player(session: Session, hall: Hall, person_id: UUID) -> None:
    now = clock.now()
    session.add(
        Meeting(
            centre_exercise_id=hall.entry.id,
            enrolment_id=hall.enrolment.id,
            booked_at=now,
            role_player_id=person_id,
            starts_at=now,
            ends_at=now + timedelta(hours=1),
        )
    )


def test_who_is_not_calibrated_or_away_or_full_or_a_stranger_takes_nothing(hall: Hall) -> None:
    hall.leave()
    with hall.database.writing() as session:
        stranger = factories.assessor(session, hall.centre)
        by = factories.actor(session, stranger)
    with pytest.raises(pools.NotCalibrated), hall.database.writing() as session:  # rule M6
        pools.take(session, hall.entry.id, by=by)
    with hall.database.reading() as session:
        assert [one.may_take for one in pools.list_for(session, by=by)] == [False]
    with hall.database.writing() as session:
        session.get_one(Seat, (hall.centre.id, hall.people[0].id)).away_at = clock.now()
        other = factories.actor(session, factories.assessor(session, factories.centre(session)))
    for one in (hall.by[0], other, hall.admin):
        with pytest.raises(errors.NotFound), hall.database.writing() as session:
            pools.take(session, hall.entry.id, by=one)
        with hall.database.reading() as session:
            assert pools.list_for(session, by=one) == []
    with hall.database.writing() as session:
        session.add(
            ScoringPlan(centre_id=hall.centre.id, hours=0.4, most_open=5)
        )  # less than one of 25 minutes
    with pytest.raises(workloads.TooMuch):  # rule M16
        hall.take(1)
    with hall.database.writing() as session:
        plan = session.get_one(ScoringPlan, hall.centre.id)
        plan.hours, plan.most_open = 10, 1
    hall.write(1, hall.take(1))
    with pytest.raises(workloads.TooMuch, match="at once"):
        hall.take(1)
    with hall.database.reading() as session:
        assert [one.is_full for one in pools.list_for(session, by=hall.by[1])] == [True]


def test_only_what_is_finished_is_in_the_pool_and_nothing_of_who_withdrew(hall: Hall) -> None:
    hall.leave()
    with hall.database.writing() as session:
        fresh = factories.enrolment(session, session.merge(hall.centre))
    assert hall.leave() == 2
    assert hall.left(0) == 2
    with hall.database.writing() as session:
        session.get_one(Enrolment, hall.enrolment.id).state = EnrolmentState.WITHDRAWN
    assert hall.left(0) == 1
    assert fresh.id


def test_an_integration_waits_for_what_is_in_the_pool(database: Database) -> None:
    hall = Hall(database, more=0)
    with database.writing() as session:
        assignments.assign(session, session.merge(hall.centre), each=1, seed=1, by=hall.admin)
    hall.leave()
    with database.writing() as session:
        mine = session.scalars(sa.select(Assignment)).one()
        who = [person.id for person in hall.people].index(mine.assessor_id)
    hall.rate(who, {"S1": 3, "L3": 3, "S2": 3})
    with database.writing() as session:
        assert integrations.open_if_complete(session, hall.enrolment.id) is None
        (line,) = progress.follow(session, session.merge(hall.centre))
        assert [(one.assigned, one.pooled) for one in line.sittings] == [(1, 1)]


def test_what_nobody_has_reserved_can_be_taken_back_and_assigned(hall: Hall) -> None:
    hall.leave()
    expired = hall.take(0)
    with clock.at(clock.now() + LATER):
        hall.take(1)
        with hall.database.writing() as session:
            assert pools.take_back(session, session.merge(hall.centre), by=hall.admin) == 3
        with hall.database.writing() as session:
            made = assignments.assign(session, session.merge(hall.centre), seed=1, by=hall.admin)
        assert made == 3
        assert hall.found(expired).state in (AssignmentState.RETURNED, AssignmentState.OPEN)
        with hall.database.reading() as session:
            covered = assignments.coverage(session, session.merge(hall.centre))
            assert covered == assignments.Coverage(1, 1, 0, pooled=1)


def test_what_somebody_recognises_goes_back_to_the_pool(database: Database) -> None:
    hall = Hall(database, more=0)
    hall.leave()
    mine = hall.take(0)
    with database.writing() as session:
        ratings.give_back(session, mine, by=hall.by[0])
    assert hall.left(0) == 0
    assert hall.left(1) == 1
    with database.reading() as session:
        assert len(session.scalars(sa.select(Vacancy)).all()) == 2


def test_the_journal_says_who_had_what_reserved(hall: Hall) -> None:
    hall.leave()
    mine = hall.take(0)
    with hall.database.writing() as session:
        pools.put_back(session, mine, by=hall.by[0])
    with hall.database.reading() as session:
        actions = session.scalars(sa.select(Event.action).order_by(Event.sequence)).all()
        assert actions[-3:] == ["pool.filled", "reservation.made", "reservation.put_back"]
        assert session.scalars(sa.select(Rating)).all() == []


def test_a_draft_has_no_pool(database: Database) -> None:
    with database.writing() as session:
        by = factories.actor(session, factories.administrator(session))
        centre = factories.centre(session, state=CentreState.DRAFT)
        with pytest.raises(assignments.NotOpenYet):
            pools.leave(session, centre, by=by)
