"""Consultations and wash-ups: blind until they may be seen, one at a time, and nothing that was given changes."""

from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.access import Actor
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Exclusion
from assessment.models.person import Person
from assessment.models.rating import (
    Assignment,
    Consultation,
    ConsultationReply,
    DimensionRating,
    IntegrationChange,
    IntegrationUndo,
    Observation,
    Rating,
    RevisedLevel,
)
from assessment.models.wash_up import Discussion, DiscussionState, Handover, WashUp
from assessment.services import adjudications, assignments, centres, consultations, integrations, wash_ups
from scoring.integration import combine
from tests import factories
from tests.assessment.room import CASE as ONE_EXERCISE
from tests.assessment.room import Room
from tests.factories import NOON

LEVELS = {"S1": 3, "S2": 3, "L3": 3}


def differing(database: Database, email: str = "sanne@example.org") -> Room:
    """The case rated 1 and 4 on S2, and 3 by the adjudicator."""
    room = Room(database, *ONE_EXERCISE, email=email)
    room.rate(0, {**LEVELS, "S2": 1})
    room.rate(1, {**LEVELS, "S2": 4})
    room.rate(2, {"S2": 3})
    return room


def consultation(room: Room) -> UUID:
    with room.database.reading() as session:
        found = session.scalar(sa.select(Consultation.id))
    assert found
    return found


def passage(room: Room, dimension: str = "S2") -> UUID:
    with room.database.reading() as session:
        found = session.scalars(
            sa.select(Observation.id).where(Observation.dimension == dimension).order_by(Observation.id)
        ).first()
    assert found
    return found


def answer(room: Room, who: int, level: int | None = None, reason: str = "") -> None:
    where = consultation(room)
    levels = {} if level is None else {"S2": (level, passage(room))}
    with room.database.writing() as session:
        consultations.answer(session, where, levels, reason, by=room.by[who])


def s2(room: Room) -> float | None:
    return room.result().get("S2").per_exercise[0].score


# The consultation.


def test_the_three_see_reasons_without_names_and_answers_after_their_own(database: Database) -> None:
    room = differing(database)
    answer(room, 1, 3, "the second passage")
    with database.reading() as session:
        before = consultations.look(session, consultation(room), by=room.by[0])
        assert [one.place for one in before.voices] == [1, 2, 3]
        assert [one.is_third for one in before.voices] == [False, False, True]
        assert all(one.reply is None for one in before.voices)
    answer(room, 0)
    with database.reading() as session:
        after = consultations.look(session, consultation(room), by=room.by[0])
        assert sorted(one.reply.reason for one in after.voices if one.reply) == ["", "the second passage"]
        with pytest.raises(errors.NotFound):
            consultations.look(session, consultation(room), by=administrator(room, session))


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [
        # By hand: originals 1 and 4, adjudicator 3. The nearer is 4: (3 + 4) / 2.
        ({}, 3.5),
        # The first revises to 3, which is now the nearer: (3 + 3) / 2.
        ({0: 3}, 3.0),
        # The adjudicator revises to 2: the nearer is 1: (2 + 1) / 2.
        ({2: 2}, 1.5),
        # The adjudicator goes to 2 and the first to 2: (2 + 2) / 2.
        ({0: 2, 2: 2}, 2.0),
        # The second goes to 5, the first to 1 as before: equally near to 3, so the adjudicator's alone.
        ({1: 5}, 3.0),
    ],
)
def test_revised_ratings_take_the_place_of_their_originals(
    sqlite_database: Database, revisions: dict[int, int], expected: float
) -> None:  # rule M8
    room = differing(sqlite_database)
    for who, level in revisions.items():
        answer(room, who, level, "on second thoughts")
    assert s2(room) == expected
    with sqlite_database.reading() as session:
        given_ = session.scalars(sa.select(DimensionRating.score).where(DimensionRating.dimension == "S2"))
        assert sorted(one for one in given_ if one) == [1, 3, 4]


def test_an_answer_is_given_once_in_time_and_with_its_reason(database: Database) -> None:
    room = differing(database)
    for level, reason in ((3, " "), (9, "x"), (0, "x")):
        with pytest.raises(consultations.RevisionUnclear):
            answer(room, 0, level, reason)
    answer(room, 0)
    with pytest.raises(consultations.AlreadyAnswered):
        answer(room, 0, 3, "again")
    with clock.at(clock.now() + consultations.OPEN_FOR + timedelta(minutes=1)):
        with pytest.raises(consultations.Over):
            answer(room, 1)
        with database.reading() as session:
            assert consultations.list_for(session, by=room.by[1]) == []
            assert consultations.open_in(session, room.enrolment.id) == {}


def test_a_signature_waits_until_the_consultation_is_over(database: Database) -> None:
    room = differing(database)
    found, who = room.integration(), room.responsible()
    assert found
    with database.writing() as session, pytest.raises(integrations.ConsultationOpen):
        integrations.sign(session, found.id, by=room.by[who])
    for one in range(3):
        answer(room, one)
    with database.writing() as session:
        integrations.sign(session, found.id, by=room.by[who])


@pytest.mark.parametrize("table", [Consultation, ConsultationReply, RevisedLevel])
def test_the_database_keeps_what_was_answered(database: Database, table: Any) -> None:  # rule M8
    room = differing(database)
    answer(room, 0, 3, "yes")
    for act in (
        sa.delete(table),
        sa.update(table).values({_column(table): table.__table__.c[_column(table)]}),
    ):
        with pytest.raises(sa.exc.DBAPIError), database.writing() as session:
            session.execute(act)


def _column(table: Any) -> str:
    return {"consultation": "closes_at", "consultation_reply": "reason", "revised_level": "score"}[
        table.__tablename__
    ]


# Changes, and what is taken back.


def change(room: Room, after: float, seen: UUID | None, who: int = 0) -> UUID:
    found = room.integration()
    assert found
    with room.database.writing() as session:
        return integrations.change(
            session,
            found.id,
            room.sittings["E5"],
            "S1",
            after,
            "both passages",
            passage(room, "S1"),
            by=room.by[who],
            seen=seen,
        ).id


def undo(room: Room, which: UUID, who: int = 1) -> None:
    found = room.integration()
    assert found
    with room.database.writing() as session:
        integrations.undo(session, found.id, which, "too quick", by=room.by[who])


def agreed(database: Database) -> Room:
    room = Room(database, *ONE_EXERCISE)
    room.rate(0, LEVELS)
    room.rate(1, LEVELS)
    return room


def test_a_change_that_was_taken_back_stays_and_counts_no_more(database: Database) -> None:  # rule M8
    room = agreed(database)
    first = change(room, 4, None)
    second = change(room, 5, first)
    with pytest.raises(integrations.AlreadyUndone):
        undo(room, first)
    undo(room, second)
    assert room.result().get("S1").per_exercise[0].rated == 4
    undo(room, first)
    with pytest.raises(integrations.AlreadyUndone):
        undo(room, first)
    assert room.result() == room.result(with_changes=False)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(IntegrationChange.id))) == 2
        assert session.scalar(sa.select(sa.func.count(IntegrationUndo.change_id))) == 2


def test_of_two_changes_at_once_one_is_told_of_the_other(database: Database) -> None:  # robustness 24
    room = agreed(database)
    outcomes: list[str] = []

    def write(who: int) -> None:
        try:
            change(room, 4 + who / 2, None, who)
            outcomes.append("stored")
        except integrations.ChangedMeanwhile:
            outcomes.append("told")

    threads = [Thread(target=write, args=(who,)) for who in (0, 1)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["stored", "told"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.one_of(
            st.tuples(st.just("change"), st.sampled_from([1, 2.5, 4, 5])),
            st.tuples(st.just("undo"), st.just(0)),
            st.tuples(st.just("answer"), st.sampled_from([0, 1, 2])),
            st.tuples(st.just("sign"), st.just(0)),
        ),
        max_size=8,
    )
)
def test_any_order_leaves_originals_untouched_and_totals_as_computed(
    sqlite_database: Database, acts: list[tuple[str, float]]
) -> None:  # rules M8 and M9
    room = differing(sqlite_database, f"{uuid4()}@example.org")
    given_ = _given(room)
    stack: list[tuple[UUID, float]] = []
    counted: dict[int, float] = {0: 1, 1: 4, 2: 3}
    where, found = _consultation_of(room), room.integration()
    assert found
    mine = {one: _passage_of(room, one) for one in ("S1", "S2")}
    is_signed = False
    for act, value in acts:
        try:
            with sqlite_database.writing() as session:
                if act == "change":
                    made = integrations.change(
                        session,
                        found.id,
                        room.sittings["E5"],
                        "S1",
                        value,
                        "r",
                        mine["S1"],
                        by=room.by[0],
                        seen=stack[-1][0] if stack else None,
                    )
                    stack.append((made.id, value))
                elif act == "undo" and stack:
                    integrations.undo(session, found.id, stack[-1][0], "r", by=room.by[1])
                    stack.pop()
                elif act == "answer":
                    who = int(value)
                    consultations.answer(session, where, {"S2": (2, mine["S2"])}, "r", by=room.by[who])
                    counted[who] = 2
                elif act == "sign":
                    integrations.sign(session, found.id, by=room.by[room.responsible()])
                    is_signed = True
        except errors.NotAllowedNow:
            pass
        assert _given(room) == given_
        s1 = room.result().get("S1").per_exercise[0]
        assert s1.rated == (stack[-1][1] if stack else 3)
        by_rule = combine({"E5": [counted[0], counted[1]]}, {"E5": counted[2]}).scores["E5"]
        assert room.result().get("S2").per_exercise[0].rated == by_rule
        if is_signed:
            signed = room.integration()
            assert signed
            assert integrations.signed_result(signed) == room.result()


def _given(room: Room) -> list[tuple[Any, ...]]:
    with room.database.reading() as session:
        return [
            tuple(row)
            for row in session.execute(
                sa.select(Rating.id, DimensionRating.dimension, DimensionRating.score)
                .join(DimensionRating)
                .where(Rating.sitting_id.in_(room.sittings.values()))
                .order_by(Rating.id, DimensionRating.dimension)
            )
        ]


def _consultation_of(room: Room) -> UUID:
    with room.database.reading() as session:
        return next(
            one.id for one, code in consultations.list_for(session, by=room.by[0]) if code == room.codes["E5"]
        )


def _passage_of(room: Room, dimension: str) -> UUID:
    with room.database.reading() as session:
        return session.scalars(
            sa.select(Observation.id)
            .join(Rating)
            .where(Observation.dimension == dimension, Rating.sitting_id.in_(room.sittings.values()))
        ).first()  # type: ignore[return-value]


# The wash-up.


def administrator(room: Room, session: Session) -> Actor:
    return factories.actor(session, session.get_one(Person, room.administrator.id))


def planned(room: Room, members: tuple[int, ...] = (0, 1, 2), chair: int = 0) -> UUID:
    with room.database.writing() as session:
        by = administrator(room, session)
        centre = centres.get(session, room.centre.id, by=by)
        wanted = wash_ups.Plan(
            NOON, room.people[chair].id, [room.people[one].id for one in members], [room.enrolment.id]
        )
        return wash_ups.plan(session, centre, wanted, by=by).id


def discussion(room: Room) -> UUID:
    with room.database.reading() as session:
        return session.scalars(sa.select(Discussion.id)).one()


def test_a_discussion_begins_with_the_rule_and_then_decides(database: Database) -> None:  # rule M9
    room = agreed(database)
    where = planned(room)
    with pytest.raises(integrations.NotDiscussedYet):
        change(room, 4, None)
    with database.writing() as session, pytest.raises(wash_ups.NotChair):
        wash_ups.open(session, where, by=room.by[1])
    with database.writing() as session, pytest.raises(wash_ups.NotOpen):
        wash_ups.begin(session, where, discussion(room), None, by=room.by[0])
    with database.writing() as session:
        wash_ups.open(session, where, by=room.by[0])
        wash_ups.begin(session, where, discussion(room), None, by=room.by[0])
    with pytest.raises(integrations.ResultFirst):
        change(room, 4, None)
    with database.writing() as session, pytest.raises(wash_ups.MovedOn):
        wash_ups.begin(session, where, discussion(room), None, by=room.by[0])
    with database.writing() as session:
        wash_ups.decide(session, where, discussion(room), by=room.by[0])
    change(room, 4, None)
    found = room.integration()
    assert found
    with database.writing() as session:
        # The third assessor rated nothing here, and takes part because the wash-up has come to it.
        assert integrations.get(session, found.id, by=room.by[2])
        wash_ups.note(session, where, discussion(room), "looked twice", by=room.by[2])
        wash_ups.finish(session, where, discussion(room), by=room.by[0])
        wash_ups.end(session, where, by=room.by[0])
    with database.reading() as session, pytest.raises(errors.NotFound):
        integrations.get(session, found.id, by=room.by[2])


def test_whoever_is_excluded_sees_nothing_of_the_discussion(database: Database) -> None:
    room = agreed(database)
    where = planned(room)
    with database.writing() as session:
        session.add(
            Exclusion(
                enrolment_id=room.enrolment.id, assessor_id=room.people[2].id, reason="knows", created_at=NOON
            )
        )
        wash_ups.open(session, where, by=room.by[0])
        wash_ups.begin(session, where, discussion(room), None, by=room.by[0])
    found = room.integration()
    assert found
    with database.reading() as session:
        assert wash_ups.agenda(session, wash_ups.get(session, where, by=room.by[2]), by=room.by[2])[
            0
        ].is_kept_apart
        with pytest.raises(errors.NotFound):
            integrations.get(session, found.id, by=room.by[2])


def test_whoever_heard_it_discussed_neither_rates_nor_adjudicates_it_later(database: Database) -> None:
    room = Room(database, *ONE_EXERCISE)
    second = room.assignment(1)
    with database.writing() as session:
        factories.without_rechecks(session, session.get_one(Centre, room.centre.id))
        session.delete(session.get_one(Assignment, second))
    room.rate(0, LEVELS)
    where = planned(room, members=(0, 2))
    with database.writing() as session:
        wash_ups.open(session, where, by=room.by[0])
        wash_ups.begin(session, where, discussion(room), None, by=room.by[0])
    with database.writing() as session:
        by, centre = administrator(room, session), session.get_one(Centre, room.centre.id)
        assert assignments.assign(session, centre, by=by) == 1
    room.rate(1, {**LEVELS, "S2": 1})  # so the second rating went to the one who was not there
    with database.writing() as session:
        by, centre = administrator(room, session), session.get_one(Centre, room.centre.id)
        (waits,) = adjudications.waiting_for(session, centre)
        with pytest.raises(adjudications.NotEligible):
            adjudications.assign(session, waits.id, room.people[2].id, centre=centre, by=by)
        fourth = factories.assessor(session, centre)
        room.calibrate(session, fourth)
        assert adjudications.assign_waiting(session, centre) == 1
        assert session.get_one(Assignment, waits.assignment_id).assessor_id == fourth.id


def test_a_stamp_is_one_query_and_differs_after_every_change(database: Database) -> None:
    room = agreed(database)
    where = planned(room)
    signs = []

    def look() -> None:
        statements: list[str] = []
        with database.reading() as session:
            bind = session.get_bind()
            sa.event.listen(bind, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
            signs.append(wash_ups.stamp(session, where, NOON, by=room.by[1]).sign)
        assert len([one for one in statements if one.startswith("SELECT")]) == 1

    look()
    acts: list[Any] = [
        lambda session: wash_ups.open(session, where, by=room.by[0]),
        lambda session: wash_ups.begin(session, where, discussion(room), None, by=room.by[0]),
        lambda session: wash_ups.decide(session, where, discussion(room), by=room.by[0]),
        lambda session: wash_ups.note(session, where, discussion(room), "x", by=room.by[1]),
    ]
    for act in acts:
        with database.writing() as session:
            act(session)
        look()
    undo(room, change(room, 4, None))
    look()
    assert len(set(signs)) == len(signs)


def test_presence_is_who_was_heard_of_lately(database: Database) -> None:
    room = agreed(database)
    where = planned(room, members=(0, 1))
    with database.writing() as session:
        wash_ups.here(session, where, NOON, by=room.by[0])
        with pytest.raises(errors.NotFound):
            wash_ups.here(session, where, NOON, by=room.by[2])
    with database.reading() as session:
        assert wash_ups.stamp(session, where, NOON + timedelta(seconds=5), by=room.by[1]).present == (
            "Jan Beoordelaar",
        )
        assert wash_ups.stamp(session, where, NOON + timedelta(minutes=1), by=room.by[1]).present == ()


def test_a_participant_is_on_one_agenda_and_can_be_planned_again(database: Database) -> None:
    room = agreed(database)
    where = planned(room)
    with pytest.raises(wash_ups.OnAnotherAgenda):
        planned(room)
    with database.writing() as session:
        by = administrator(room, session)
        wash_ups.call_off(session, centres.get(session, room.centre.id, by=by), where, by=by)
    assert planned(room)
    with database.reading() as session:
        states = set(session.scalars(sa.select(Discussion.state)))
    assert states == {DiscussionState.LEFT, DiscussionState.TO_COME}


def test_the_chair_is_handed_over_with_a_reason(database: Database) -> None:
    room = agreed(database)
    where = planned(room, members=(0,))
    with database.writing() as session:
        by = administrator(room, session)
        centre = centres.get(session, room.centre.id, by=by)
        with pytest.raises(integrations.ReasonMissing):
            wash_ups.set_chair(session, centre, where, room.people[1].id, " ", by=by)
        wash_ups.set_chair(session, centre, where, room.people[1].id, "ill", by=by)
        assert session.get_one(WashUp, where).chair_id == room.people[1].id
        assert session.scalars(sa.select(Handover.reason)).all() == ["ill"]
    with database.writing() as session:
        wash_ups.open(session, where, by=room.by[1])
