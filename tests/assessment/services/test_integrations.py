"""Integration: by rule first, changed on evidence alone, and frozen by a signature."""

import json
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from assessment import errors
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import SeatName
from assessment.models.rating import (
    Assignment,
    Integration,
    IntegrationChange,
    IntegrationState,
    Observation,
    Rating,
)
from assessment.models.sitting import Sitting, SittingState
from assessment.services import centres, enrolments, integrations, ratings, sittings, versions
from exercises.content import digest
from tests import factories
from tests.assessment.room import HALF_DAY, WEIGHTS, Room, finish
from tests.factories import NOON

CASE = {"S1": 3, "S2": 3, "L3": 3}
TRAY = {"L1": 3, "L3": 3, "P1": 3}


def rated(database: Database, case: object = None, tray: object = None) -> Room:
    """A half-day centre in which both assessors submitted these ratings of the case and the in-tray."""
    room = Room(database, *HALF_DAY, weights=WEIGHTS)
    for who, levels in enumerate(case or (CASE, CASE)):  # type: ignore[arg-type]
        room.rate(who, levels)
    for who, levels in enumerate(tray or (TRAY, TRAY)):  # type: ignore[arg-type]
        room.rate(who, levels, "E1")
    return room


def score(
    result: integrations.IntegrationResult, dimension: str, exercise: str
) -> integrations.ExerciseScore:
    return next(one for one in result.get(dimension).per_exercise if one.exercise == exercise)


def get(room: Room, who: int) -> Integration:
    found = room.integration()
    assert found
    with room.database.reading() as session:
        return integrations.get(session, found.id, by=room.by[who])


def passage(room: Room, dimension: str, exercise: str = "E5") -> UUID:
    with room.database.reading() as session:
        found = session.scalars(
            sa.select(Observation.id)
            .join(Rating)
            .where(Observation.dimension == dimension, Rating.sitting_id == room.sittings[exercise])
        ).first()
    assert found
    return found


def change(room: Room, dimension: str = "S2", after: float = 4, **values: object) -> None:
    found = room.integration()
    assert found
    given = {
        "sitting": room.sittings["E5"],
        "reason": "both passages together",
        "observation": passage(room, "S2"),
        "by": room.by[0],
        **values,
    }
    with room.database.writing() as session:
        integrations.change(
            session,
            found.id,
            given["sitting"],  # type: ignore[arg-type]
            dimension,
            after,
            given["reason"],  # type: ignore[arg-type]
            given["observation"],  # type: ignore[arg-type]
            by=given["by"],  # type: ignore[arg-type]
        )


def sign(room: Room, who: int) -> None:
    found = room.integration()
    assert found
    with room.database.writing() as session:
        integrations.sign(session, found.id, by=room.by[who])


# When it opens.


def test_it_opens_with_the_last_rating_and_not_before(database: Database) -> None:
    room = Room(database, *HALF_DAY, weights=WEIGHTS)
    for who, exercise, levels in ((0, "E5", CASE), (1, "E5", CASE), (0, "E1", TRAY)):
        room.rate(who, levels, exercise)
        assert room.integration() is None
        with database.reading() as session:
            assert integrations.missing(session, room.enrolment.id) == ["Not all ratings are in."]
            assert integrations.list_for(session, by=room.by[who]) == []
    room.rate(1, TRAY, "E1")
    found = room.integration()
    assert found
    assert found.responsible_id in {room.people[0].id, room.people[1].id}


def test_it_waits_for_the_adjudication(database: Database) -> None:
    room = rated(database, case=({**CASE, "S2": 1}, {**CASE, "S2": 4}))
    assert room.integration() is None
    assert "U4" not in room.result().get("L3").reasons
    assert score(room.result(), "S2", "E5").is_disputed
    room.rate(2, {"S2": 3})
    assert room.integration()


def test_only_those_who_rated_see_it(database: Database) -> None:
    room = rated(database)
    found = room.integration()
    assert found
    assert get(room, 0).id == get(room, 1).id == found.id
    with pytest.raises(errors.NotFound):
        get(room, 2)
    with database.reading() as session:
        codes = integrations.codes_of(session, [room.enrolment.id])[room.enrolment.id]
    assert codes == tuple(room.codes.values())


def test_a_rating_that_is_missing_again_closes_the_view(database: Database) -> None:
    room = rated(database)
    with database.writing() as session:
        room.assign(session, session.get_one(Sitting, room.sittings["E5"]), room.people[2], 9)
    with pytest.raises(integrations.NotReady):
        get(room, 0)
    with database.reading() as session:
        assert integrations.list_for(session, by=room.by[0]) == []
    with pytest.raises(integrations.NotReady):
        sign(room, room.responsible())


def test_whoever_withdrew_is_not_integrated(database: Database) -> None:
    room = rated(database)
    with database.writing() as session:
        enrolment = session.get_one(Enrolment, room.enrolment.id)
        enrolment.state, enrolment.withdrawn_at = EnrolmentState.WITHDRAWN, enrolment.created_at
    with pytest.raises(errors.NotFound):
        get(room, 0)


# What it computes.


def test_weights_are_those_of_the_centre(database: Database) -> None:
    result = rated(database).result()
    assert {name: round(value, 9) for name, value in result.get("L3").weights.items()} == {
        "E5": 0.4,
        "E1": 0.4,
        "E3": 0.2,
    }
    judgement = score(result, "L3", "E3").score
    assert judgement is not None
    assert result.get("L3").estimate == pytest.approx(0.8 * 3 + 0.2 * judgement)
    assert result.get("L1").weights == pytest.approx({"E1": 0.7, "E3": 0.3})
    assert result.get("S1").weights == pytest.approx({"E5": 0.6, "E1": 0.4})


def test_analysis_in_the_case_is_a_quarter_key(database: Database) -> None:
    room = rated(database, case=({**CASE, "S1": 4}, {**CASE, "S1": 3}))
    found = score(room.result(), "S1", "E5")
    assert found.key is not None
    assert found.score == pytest.approx(0.75 * 3.5 + 0.25 * found.key)
    assert found.uses_key


def test_analysis_in_the_in_tray_is_the_key_alone(database: Database) -> None:
    found = score(rated(database).result(), "S1", "E1")
    assert found.ratings == ()
    assert found.score == found.key is not None


def test_after_adjudication_the_nearer_rating_counts_with_the_third(database: Database) -> None:
    room = rated(database, case=({**CASE, "S2": 1}, {**CASE, "S2": 4}))
    room.rate(2, {"S2": 3})
    found = score(room.result(), "S2", "E5")
    assert (found.score, found.second_look_taken, found.is_disputed) == (3.5, True, False)


def test_a_third_between_two_counts_alone(database: Database) -> None:
    room = rated(database, case=({**CASE, "S2": 1}, {**CASE, "S2": 5}))
    room.rate(2, {"S2": 3})
    assert score(room.result(), "S2", "E5").score == 3


def test_what_the_centre_does_not_claim_has_no_number(database: Database) -> None:  # rule U1
    result = rated(database).result()
    for dimension in ("S2", "P1"):
        found = result.get(dimension)
        assert (found.is_claimed, found.estimate, found.reasons[0]) == (False, None, "U1")
        assert [one.score for one in found.per_exercise] == [3]


def test_different_pictures_give_no_number_but_say_where(database: Database) -> None:  # rule U2
    room = rated(database, case=({**CASE, "L3": 5},) * 2, tray=({**TRAY, "L3": 2},) * 2)
    found = room.result().get("L3")
    assert found.estimate is None
    assert "U2" in found.reasons
    assert (found.stronger, found.weaker) == (("E5",), ("E1",))


def test_a_dispute_withholds_its_dimension_alone(database: Database) -> None:  # rule U4
    result = rated(database, tray=({**TRAY, "L1": 1}, {**TRAY, "L1": 4})).result()
    assert "U4" in result.get("L1").reasons
    assert result.get("L1").estimate is None
    assert result.get("L3").estimate is not None


def test_no_evidence_from_one_is_a_flag(database: Database) -> None:
    result = rated(database, case=({**CASE, "L3": 0}, CASE)).result()
    assert score(result, "L3", "E5").score == 3
    assert "one_rating" in score(result, "L3", "E5").flags


def test_no_evidence_from_both_takes_the_exercise_out(database: Database) -> None:
    both = rated(database, case=({**CASE, "L3": 0},) * 2).result().get("L3")
    assert "weight_spread" in both.reasons
    assert both.weights["E3"] == pytest.approx(0.3)


# What changes it.


def test_a_change_is_computed_and_the_rule_stays_visible(database: Database) -> None:  # rule M8
    room = rated(database)
    change(room, "L3", 4, observation=passage(room, "L3"))
    assert score(room.result(), "L3", "E5").score == 4
    assert score(room.result(with_changes=False), "L3", "E5").score == 3
    before, after = room.result(with_changes=False).get("L3"), room.result().get("L3")
    assert before.estimate is not None
    assert after.estimate == pytest.approx(before.estimate + 0.4)
    with database.reading() as session:
        levels = session.scalars(sa.select(Rating).where(Rating.sitting_id == room.sittings["E5"])).all()
        assert {entry.score for one in levels for entry in one.dimensions} == {3}


def test_a_change_tells_the_assessors_part_and_leaves_the_key_its_share(database: Database) -> None:
    room = rated(database)
    before = score(room.result(), "S1", "E5")
    assert before.key is not None
    change(room, "S1", 4, observation=passage(room, "S1"))
    after = score(room.result(), "S1", "E5")
    assert (before.rated, after.rated) == (3, 4)
    assert after.score == pytest.approx(0.75 * 4 + 0.25 * before.key)
    with database.reading() as session:
        assert session.scalars(sa.select(IntegrationChange.before)).all() == [3]


@pytest.mark.parametrize(
    "values",
    [
        {"reason": "  "},
        {"after": 0},
        {"after": 5.5},
        {"observation": None},
        {"observation": uuid4()},
        {"dimension": "L3"},  # the passage belongs to another dimension
        {"dimension": "S1", "sitting": uuid4()},
    ],
)
def test_a_change_needs_a_level_a_reason_and_its_passage(
    database: Database, values: dict[str, object]
) -> None:
    room = rated(database)
    with pytest.raises(integrations.ChangeUnclear):
        change(room, **values)  # type: ignore[arg-type]
    assert room.result() == room.result(with_changes=False)


def test_a_score_by_key_alone_cannot_be_changed(database: Database) -> None:
    room = rated(database)
    with pytest.raises(integrations.ChangeUnclear):
        change(room, "S1", 5, sitting=room.sittings["E1"], observation=passage(room, "S1"))


# What ends it.


def asked(room: Room) -> dict[tuple[str, str | None], integrations.Question]:
    with room.database.reading() as session:
        found = room.integration()
        assert found
        integration = integrations.get(session, found.id, by=room.by[0])
        given = integrations.questions(integration, integrations.result(session, room.enrolment.id))
        return {(one.dimension, one.exercise): one for one in given}


def test_borders_and_provisional_keys_are_asked_stand_together_and_a_later_rule_asks_anew(
    database: Database,
) -> None:  # rules U1 to U6
    room = rated(database)
    result = room.result()
    claimed = [one for one in result.dimensions if one.is_claimed]
    expected = {
        (one.dimension, None): tuple(code for code in integrations.ASKED if code in one.reasons)
        for one in claimed
    }
    of_dimensions = {at: one for at, one in asked(room).items() if at[1] is None}
    assert {at: one.codes for at, one in of_dimensions.items()} == {at: c for at, c in expected.items() if c}
    light = [one for one in asked(room).values() if one.is_of_rules]
    assert "L3" in {one.dimension for one in light}
    found = room.integration()
    assert found
    between = replace(
        result,
        dimensions=tuple(
            replace(one, reasons=("U3", *one.reasons)) if one.dimension == "L1" else one
            for one in result.dimensions
        ),
    )
    of_l1 = next(
        one
        for one in integrations.questions(get(room, 0), between)
        if one.dimension == "L1" and not one.exercise
    )
    assert of_l1.codes[0] == "U3"
    assert of_l1.is_of_rules
    with database.writing() as session:
        names = [one.dimension for one in light]
        assert integrations.agree_on_rules(session, found.id, names, by=room.by[0]) == len(light)
    assert {at for at, one in asked(room).items() if one.is_settled} == {(name, None) for name in names}
    with database.writing() as session, pytest.raises(integrations.NothingAsked):
        integrations.agree_on_rules(session, found.id, names, by=room.by[1])

    change(room, "L3", 5, observation=passage(room, "L3"))
    again = asked(room)["L3", None]
    assert "U2" in again.codes
    assert not again.is_settled, "U2 came later, so nobody has let it stand"
    with database.writing() as session, pytest.raises(integrations.NothingAsked):
        integrations.agree_on_rules(session, found.id, ["L3"], by=room.by[0])
    with database.writing() as session:
        integrations.agree(session, found.id, "L3", None, "", by=room.by[0])
    assert asked(room)["L3", None].is_settled


def test_a_signature_freezes_the_result(database: Database) -> None:  # rule M9, robustness 25
    room = rated(database)
    change(room)
    who = room.responsible()
    with pytest.raises(integrations.NotResponsible):
        sign(room, 1 - who)
    sign(room, who)
    sign(room, who)  # again changes nothing
    found = room.integration()
    assert found
    assert found.state is IntegrationState.SIGNED
    assert found.result_hash == digest(json.loads(found.result or ""))
    assert integrations.signed_result(found) == room.result()
    with pytest.raises(integrations.AlreadySigned):
        change(room, after=2)
    with database.writing() as session, pytest.raises(integrations.AlreadySigned):
        integrations.set_responsible(
            session, room.enrolment.id, room.people[1 - who].id, "ill", by=room.by[who]
        )


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(Integration).values(result="{}"),
        sa.update(Integration).values(state="open", signed_at=None),
        sa.delete(Integration),
        sa.update(IntegrationChange).values(reason="other"),
        sa.delete(IntegrationChange),
    ],
)
def test_the_database_itself_refuses_to_change_what_was_signed(
    database: Database, statement: sa.Update | sa.Delete
) -> None:
    room = rated(database)
    change(room)
    sign(room, room.responsible())
    with database.writing() as session:
        with pytest.raises(sa.exc.DBAPIError, match="refused"):
            session.execute(statement)
        session.rollback()


def test_another_of_its_assessors_can_be_named_responsible(database: Database) -> None:
    room = rated(database)
    with database.writing() as session:
        administrator = factories.actor(session, session.merge(room.administrator))
        integrations.set_responsible(session, room.enrolment.id, room.people[1].id, "ill", by=administrator)
        with pytest.raises(errors.NotFound):
            integrations.set_responsible(
                session, room.enrolment.id, room.people[2].id, "ill", by=administrator
            )
    assert room.responsible() == 1
    sign(room, 1)


def test_evidence_is_told_by_dimension_with_its_exercise(database: Database) -> None:
    room = rated(database)
    with database.reading() as session:
        found = integrations.evidence(session, room.enrolment.id)
    assert [exercise for exercise, _one in found["L3"]] == ["E1", "E1", "E5", "E5"]


def test_a_rating_given_back_is_missing_until_somebody_else_rates(database: Database) -> None:
    room = Room(database)
    room.rate(0, CASE)
    with database.writing() as session:
        ratings.give_back(session, room.begin(1), by=room.by[1])
    third = room.assignment(2)  # who is free gets it at once
    assert room.integration() is None
    room.rate(2, CASE)
    with database.reading() as session:
        assert session.get_one(Assignment, third).assessor_id == room.people[2].id
    assert room.integration()


def closed_with(database: Database, *, rated_by: tuple[int, ...]) -> Room:
    """A centre that was closed before the in-tray of a participant was begun."""
    room = Room(database)
    with database.writing() as session:
        other = factories.centre(session, *HALF_DAY)
        enrolment = factories.enrolment(session, other)
        by = factories.actor(session, session.merge(room.administrator))
        for person in room.people:
            factories.seat(session, other, session.merge(person), SeatName.ASSESSOR)
        room.centre, room.enrolment = other, enrolment
        for person in room.people:
            room.calibrate(session, person)
        case = next(one for one in sittings.list_for(session, enrolment) if one.position == 3)
        sample = versions.get(session, case.version_hash)
        finish(session, case, versions.kind_of(sample).samples(sample).complete["en"])
        room.sittings["E5"] = case.id
        for place, person in enumerate(room.people[:2]):
            room.assign(session, case, person, place)
    for who in rated_by:
        room.rate(who, CASE)
    with database.reading() as session:
        assert "The participant has not finished all exercises." in integrations.missing(
            session, room.enrolment.id
        )
    with database.writing() as session:
        centres.close(session, other.id, by=by)
    return room


def test_closing_a_centre_opens_what_waited_for_exercises_that_were_never_started(database: Database) -> None:
    assert closed_with(database, rated_by=(0, 1)).integration()


def test_rating_goes_on_after_closing_and_opens_it(database: Database) -> None:
    room = closed_with(database, rated_by=(0,))
    assert room.integration() is None
    room.rate(1, CASE)
    assert room.integration()


def test_closing_opens_nothing_for_somebody_who_never_began(database: Database) -> None:
    room = Room(database)
    with database.writing() as session:
        other = factories.centre(session, *HALF_DAY)
        enrolment = factories.enrolment(session, other)
        by = factories.actor(session, session.merge(room.administrator))
        centres.close(session, other.id, by=by)
        assert integrations.missing(session, enrolment.id) == [
            "The participant has not finished all exercises."
        ]
        assert session.scalar(sa.select(Integration).where(Integration.enrolment_id == enrolment.id)) is None


def half_rated(database: Database) -> tuple[Room, Sitting]:
    """Everything that people rate is in, and the judgement exercise, which nobody rates, has not been begun."""
    room = Room(database, "stavoord-case")
    with database.writing() as session:
        other = factories.centre(session, "stavoord-case", "stavoord-judgement")
        room.enrolment = factories.enrolment(session, other)
        for person in room.people:
            factories.seat(session, other, session.merge(person), SeatName.ASSESSOR)
        room.centre = other
        for person in room.people:
            room.calibrate(session, person)
        case, judgement = sittings.list_for(session, room.enrolment)
        version = versions.get(session, case.version_hash)
        finish(session, case, versions.kind_of(version).samples(version).complete["en"])
        room.sittings["E5"] = case.id
        for place, person in enumerate(room.people[:2]):
            room.assign(session, case, person, place)
    for who in (0, 1):
        room.rate(who, CASE)
    assert room.integration() is None
    return room, judgement


def test_it_opens_with_an_exercise_that_nobody_rates_when_that_is_the_last(database: Database) -> None:
    room, judgement = half_rated(database)
    with database.writing() as session:
        finish(session, session.get_one(Sitting, judgement.id), [])
    assert room.integration()


def test_withdrawing_in_the_last_exercise_opens_nothing(database: Database) -> None:
    room, judgement = half_rated(database)
    with database.writing() as session:
        factories.running(session, session.get_one(Sitting, judgement.id), at=NOON)
        by = factories.actor(session, session.merge(room.administrator))
        enrolments.withdraw(session, session.get_one(Centre, room.centre.id), room.enrolment.id, by=by)
    assert room.integration() is None
    with database.reading() as session:
        found = session.get_one(Enrolment, room.enrolment.id)
        assert (found.state, found.finished_at) == (EnrolmentState.WITHDRAWN, None)
        assert session.get_one(Sitting, judgement.id).state is SittingState.SEALED


def test_the_outcome_of_the_game_is_half_of_what_it_shows_of_s2_and_nothing_of_p2(database: Database) -> None:
    room = Room(database, "stavoord-game")
    for who in (0, 1):
        room.rate(who, {"S2": 3, "P2": 2}, "E6")
    found = score(room.result(), "S2", "E6")
    assert found.key == 5
    assert found.score == pytest.approx(0.5 * 3 + 0.5 * 5)
    assert found.is_provisional
    assert score(room.result(), "P2", "E6").score == 2
