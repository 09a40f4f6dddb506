"""Rating: blind, on evidence, by the calibrated, and for good."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from assessment import clock, errors
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.event import Event
from assessment.models.rating import Assignment, AssignmentState, DimensionRating, Observation, Rating, Tick
from assessment.models.sitting import Sitting, SittingState
from assessment.services import ratings
from assessment.services.ratings import Draft, Passage
from exercises.rubric import framework
from tests import factories
from tests.assessment.room import Room

LEVELS = {"S1": 3, "S2": 3, "L3": 3}
MEMO = "I advise option B in stages. First the Netherlands. Germany waits."


def save(room: Room, who: int, draft: Draft) -> int:
    with room.database.writing() as session:
        return ratings.save(session, room.assignment(who), draft, by=room.by[who]).version


def test_a_queue_knows_codes_and_states_and_no_names(database: Database) -> None:
    room = Room(database)
    room.rate(0, LEVELS)
    room.begin(1)
    with database.reading() as session:
        mine = ratings.queues(session, by=room.by[0])
        theirs = ratings.queues(session, by=room.by[1])
        assert ratings.queues(session, by=room.by[2]) == []
    assert [(one.code, one.state) for one in mine[0].items] == [(room.codes["E5"], "submitted")]
    assert [one.state for one in theirs[0].open] == ["draft"]


def test_an_answer_still_being_written_cannot_be_rated(database: Database) -> None:
    room = Room(database)
    with database.writing() as session:
        other = factories.enrolment(session, session.get_one(Centre, room.centre.id))
        sitting = session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == other.id)).one()
        factories.running(session, sitting)
        where = room.assign(session, sitting, room.people[0], 5)
    with database.reading() as session:
        assert [one.state for one in ratings.queues(session, by=room.by[0])[0].items] == ["ready", "waiting"]
        with pytest.raises(ratings.NotSealed):
            ratings.desk(session, where, by=room.by[0])


def test_somebody_elses_assignment_does_not_exist(database: Database) -> None:
    room = Room(database)
    theirs = room.begin(1)
    calls: list[Callable[..., object]] = [ratings.desk, ratings.begin, ratings.submit, ratings.give_back]
    for call in calls:
        with database.writing() as session, pytest.raises(errors.NotFound):
            call(session, theirs, by=room.by[0])
    with database.writing() as session, pytest.raises(errors.NotFound):
        ratings.save(session, theirs, Draft(1, {}, (), ""), by=room.by[0])


def test_beginning_twice_gives_one_draft(database: Database) -> None:
    room = Room(database)
    threads = [threading.Thread(target=room.begin, args=(0,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Rating)) == 1


def test_a_draft_keeps_levels_ticks_note_and_what_was_not_seen(database: Database) -> None:
    room = Room(database)
    where = room.begin(0)
    assert save(room, 0, Draft(1, {"S1": 4, "S2": 0}, ["e5.S1.c1"], "look\x00 again", ["memo"])) == 2
    with database.reading() as session:
        rating = ratings.desk(session, where, by=room.by[0]).rating
        assert rating
        found = {one.dimension: (one.score, one.has_no_evidence) for one in rating.dimensions}
        assert found == {"S1": (4, False), "S2": (None, True), "L3": (None, False)}
        assert ([tick.line for tick in rating.ticks], rating.note, rating.contradicts) == (
            ["e5.S1.c1"],
            "look again",
            ["memo"],
        )
    assert save(room, 0, Draft(2, {"S1": None, "S2": 2}, ["e5.S2.c1"], "")) == 3


def test_ones_own_second_tab_cannot_write_over_the_first(database: Database) -> None:
    room = Room(database)
    where = room.begin(0)
    save(room, 0, Draft(1, {"S1": 0}, (), "first tab"))
    with pytest.raises(ratings.StaleDraft):
        save(room, 0, Draft(1, {"S1": None}, (), "second tab"))
    with database.reading() as session:
        rating = ratings.desk(session, where, by=room.by[0]).rating
        assert rating
        assert rating.note == "first tab"


def test_of_many_tabs_that_save_at_once_one_is_stored_and_the_others_are_told(
    database: Database,
) -> None:  # robustness 24
    room = Room(database)
    where = room.begin(0)
    stored: list[str] = []
    told: list[ratings.StaleDraft] = []

    def tab(name: str) -> None:
        try:
            save(room, 0, Draft(1, {"S1": 0}, (), name))
            stored.append(name)
        except ratings.StaleDraft as error:
            told.append(error)

    at_once(*(partial(tab, f"tab {n}") for n in range(4)))
    assert (len(stored), len(told)) == (1, 3)
    with database.reading() as session:
        rating = ratings.desk(session, where, by=room.by[0]).rating
        assert rating
        assert [rating.note] == stored


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        (Draft(1, {"S1": 6}, (), ""), ratings.OffTheScale),
        (Draft(1, {"S1": -1}, (), ""), ratings.OffTheScale),
        (Draft(1, {"S1": 3.5}, (), ""), ratings.OffTheScale),  # type: ignore[dict-item]
        (Draft(1, {"S1": True}, (), ""), ratings.OffTheScale),
        (Draft(1, {"P1": 3}, (), ""), ratings.BehaviourUnknown),
        (Draft(1, {}, ["e1.L1.c1"], ""), ratings.BehaviourUnknown),
        (Draft(1, {}, (), "", ["nowhere"]), ratings.PassageUnknown),
    ],
)
def test_a_draft_off_the_rubric_is_refused(
    database: Database, draft: Draft, error: type[errors.KleiError]
) -> None:
    room = Room(database)
    room.begin(0)
    with pytest.raises(error):
        save(room, 0, draft)


def test_a_passage_keeps_its_words(database: Database) -> None:
    room = Room(database, memo="🙂 مرحبا. Germany waits.")
    where = room.begin(0)
    room.observe(0, "S2", start=9, end=16, sign="-", note="why")
    with database.reading() as session:
        rating = ratings.desk(session, where, by=room.by[0]).rating
        assert rating
        assert [(one.quote, one.sign, one.note) for one in rating.observations] == [("Germany", "-", "why")]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"block": "nowhere"}, ratings.PassageUnknown),
        ({"start": 5, "end": 5000}, ratings.PassageUnknown),
        ({"start": -1}, ratings.PassageUnknown),
        ({"start": 9, "end": 3}, ratings.PassageUnknown),
        ({"quote": "I a "}, ratings.PassageUnknown),
        ({"quote": ""}, ratings.PassageUnknown),
        ({"behaviour": "S2.1"}, ratings.BehaviourUnknown),
        ({"dimension": "P1"}, ratings.BehaviourUnknown),
        ({"sign": "x"}, ratings.BehaviourUnknown),
    ],
)
def test_a_passage_that_is_not_there_is_refused(
    database: Database, values: dict[str, object], error: type[errors.KleiError]
) -> None:
    room = Room(database)
    where = room.begin(0)
    given = {
        "block": "memo",
        "start": 0,
        "end": 3,
        "dimension": "S1",
        "behaviour": "S1.1",
        "sign": "+",
        **values,
    }
    with database.writing() as session, pytest.raises(error):
        ratings.observe(session, where, Passage(**given), by=room.by[0])  # type: ignore[arg-type]


def test_a_passage_can_be_taken_out_of_a_draft(database: Database) -> None:
    room = Room(database)
    where = room.begin(0)
    one = room.observe(0, "S1")
    with database.writing() as session, pytest.raises(errors.NotFound):
        ratings.forget(session, where, uuid4(), by=room.by[0])
    with database.writing() as session:
        ratings.forget(session, where, one, by=room.by[0])
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Observation)) == 0


def test_a_level_needs_something_it_rests_on(database: Database) -> None:  # rule M7
    room = Room(database)
    where = room.begin(0)
    room.observe(0, "S1")
    with pytest.raises(ratings.Locked, match="S2"):  # classify first, then rate
        save(room, 0, Draft(1, {"S1": 3, "S2": 3, "L3": None}, (), ""))
    save(room, 0, Draft(1, {"S1": 3, "S2": None, "L3": None}, (), ""))
    with database.reading() as session:
        missing = ratings.shortcomings(ratings.desk(session, where, by=room.by[0]))
    assert missing == [("L3", "has no level yet"), ("S2", "has no level yet")]
    with pytest.raises(ratings.Incomplete, match="L3, S2"):
        room.submit(0)
    save(room, 0, Draft(2, {"S1": 3, "S2": 3, "L3": 0}, ["e5.S2.c1"], ""))
    room.submit(0)  # a ticked behaviour is enough, and "no evidence" needs none


def test_a_level_goes_with_the_last_passage_it_rests_on(database: Database) -> None:  # rule M7
    room = Room(database)
    where = room.begin(0)
    first, second = room.observe(0, "S1"), room.observe(0, "S1", start=2, end=5)
    save(room, 0, Draft(1, {"S1": 3}, (), ""))

    def level() -> int | None:
        with database.reading() as session:
            rating = ratings.desk(session, where, by=room.by[0]).rating
            assert rating
            return next(one.score for one in rating.dimensions if one.dimension == "S1")

    for gone, left in ((first, 3), (second, None)):
        with database.writing() as session:
            ratings.forget(session, where, gone, by=room.by[0])
        assert level() == left


def test_a_passage_sent_twice_is_tied_once_and_its_note_can_be_written_later(database: Database) -> None:
    room = Room(database)
    where, number = room.begin(0), uuid4()
    assert room.observe(0, "S1", id=number) == room.observe(0, "S1", id=number) == number
    with database.writing() as session:
        ratings.note(session, where, number, "clear\x00", by=room.by[0])
    with database.reading() as session:
        rating = ratings.desk(session, where, by=room.by[0]).rating
        assert rating
        assert [one.note for one in rating.observations] == ["clear"]
    room.begin(1)
    with pytest.raises(ratings.PassageUnknown):  # a number of somebody else's draft
        room.observe(1, "S1", id=number)


def test_an_act_that_is_no_text_is_tied_once_too(database: Database) -> None:
    room = Room(database)
    where, number = room.begin(0), uuid4()
    act = {"start": 0, "end": 0, "id": number}
    assert room.observe(0, "S1", **act) == room.observe(0, "S1", **act) == number
    with database.reading() as session:
        rating = ratings.desk(session, where, by=room.by[0]).rating
        assert rating
        assert len(rating.observations) == 1


def test_several_passages_are_tied_at_once_or_none_is(database: Database) -> None:
    room = Room(database)
    where = room.begin(0)
    behaviour = framework()["S1"].behaviours[0].id
    with database.reading() as session:
        block = room.first_block(session, "E5")
    good = [Passage(block, at, at + 2, "S1", behaviour, "+") for at in (0, 3)]

    def tied() -> int:
        with database.reading() as session:
            rating = ratings.desk(session, where, by=room.by[0]).rating
            assert rating
            return len(rating.observations)

    unknown = Passage("nowhere", 0, 2, "S1", behaviour, "+")
    with pytest.raises(ratings.PassageUnknown), database.writing() as session:
        ratings.observe_all(session, where, [*good, unknown], by=room.by[0])
    assert tied() == 0
    with database.writing() as session:
        made = ratings.observe_all(session, where, good, by=room.by[0])
        assert [one.start for one in made] == [0, 3]
    assert tied() == 2


def test_time_at_work_is_counted_without_breaks(database: Database) -> None:
    room = Room(database)
    where = room.begin(0)
    start = clock.now()
    for minute in (1, 2, 4, 30, 31):  # a break of 26 minutes
        with clock.at(start + timedelta(minutes=minute)), database.writing() as session:
            ratings.keep(session, where, by=room.by[0])
    with database.reading() as session:
        rating = ratings.desk(session, where, by=room.by[0]).rating
        assert rating
        assert rating.worked_seconds == pytest.approx(5 * 60, abs=2)
        assert ratings.paces(session, by=room.by[0]) == {}  # nothing is submitted


def test_a_pace_is_told_from_three_sittings_on_and_to_oneself(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(database)
    where = room.prepare(0, LEVELS)
    with clock.at(clock.now() + timedelta(minutes=2)), database.writing() as session:
        ratings.submit(session, where, by=room.by[0])
    with database.reading() as session:
        assert ratings.paces(session, by=room.by[0]) == {}  # one is too few
        monkeypatch.setattr(ratings, "FEWEST_FOR_A_MEDIAN", 1)
        (pace,) = ratings.paces(session, by=room.by[0]).values()
        assert (pace.n, pace.minutes) == (1, pytest.approx(2, abs=0.2))
        assert ratings.paces(session, by=room.by[1]) == {}


def test_a_sitting_that_went_back_goes_to_somebody_else_and_the_draft_stays(database: Database) -> None:
    room = Room(database)
    where = room.prepare(0, LEVELS, note="mine")
    with database.writing() as session:
        ratings.give_back(session, where, by=room.by[0])
    with database.reading() as session:
        (queue,) = ratings.queues(session, by=room.by[2])
        assert [item.state for item in queue.items] == ["ready"]
        assert ratings.desk(session, room.assignment(2), by=room.by[2]).rating is None
        kept = session.scalars(sa.select(Rating).where(Rating.assessor_id == room.people[0].id)).one()
        assert (kept.note, kept.submitted_at) == ("mine", None)
        with pytest.raises(errors.NotFound):
            ratings.desk(session, where, by=room.by[0])


@pytest.mark.parametrize("valid", [{"calibrated": False}, {"exercise": "E1"}, {"later": 91}])
def test_only_the_calibrated_submit(database: Database, valid: dict[str, object]) -> None:  # rule M6
    room = Room(database, calibrated=bool(valid.get("later")))
    room.prepare(0, LEVELS)
    if "exercise" in valid:
        with database.writing() as session:
            room.calibrate(session, room.people[0], "E1")
    with (
        time_machine.travel(clock.now() + timedelta(days=int(str(valid.get("later", 0)))), tick=False),
        pytest.raises(ratings.NotCalibrated),
    ):
        room.submit(0)
    with database.writing() as session:
        room.calibrate(session, room.people[0], "E5")
    room.submit(0)


def test_a_submitted_rating_refuses_every_change(database: Database) -> None:
    room = Room(database)
    where = room.prepare(0, LEVELS)
    one = room.observe(0, "S1")
    room.submit(0)
    room.submit(0)  # again changes nothing
    with pytest.raises(ratings.AlreadySubmitted):
        save(room, 0, Draft(2, {"S1": 5}, (), ""))
    with pytest.raises(ratings.AlreadySubmitted):
        room.observe(0, "S1")
    for change in (
        lambda session: ratings.forget(session, where, one, by=room.by[0]),
        lambda session: ratings.give_back(session, where, by=room.by[0]),
    ):
        with database.writing() as session, pytest.raises(ratings.AlreadySubmitted):
            change(session)
    with database.reading() as session:
        events = session.scalars(sa.select(Event.action).where(Event.action == "rating.submitted")).all()
    assert len(events) == 1


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(Rating).values(note="other"),
        sa.delete(Rating),
        sa.update(DimensionRating).values(score=1),
        sa.delete(DimensionRating),
        sa.update(Observation).values(sign="-"),
        sa.delete(Observation),
        sa.update(Tick).values(line="other"),
        sa.delete(Tick),
    ],
)
def test_the_database_itself_refuses_to_change_a_submitted_rating(
    database: Database, statement: sa.Update | sa.Delete
) -> None:
    room = Room(database)
    room.prepare(0, LEVELS)
    save(room, 0, Draft(2, {}, ["e5.S1.c1"], ""))
    room.submit(0)
    with database.writing() as session:
        with pytest.raises(sa.exc.DBAPIError, match="refused"):
            session.execute(statement)
        session.rollback()


def test_a_submitted_rating_takes_no_new_parts(database: Database) -> None:
    room = Room(database)
    where = room.rate(0, LEVELS)
    with database.reading() as session:
        rating = ratings.desk(session, where, by=room.by[0]).rating
        assert rating
        rating_id = rating.id
    with database.writing() as session:
        session.add(Tick(rating_id=rating_id, line="e5.S1.c1"))
        with pytest.raises(sa.exc.DBAPIError, match="refused"):
            session.flush()
        session.rollback()


def test_two_who_rate_the_same_at_once_write_a_row_each(
    database: Database,
) -> None:  # robustness 24, robustness 26
    room = Room(database)
    given = ({"S1": 2, "S2": 2, "L3": 2}, {"S1": 4, "S2": 3, "L3": 3})
    at_once(*(partial(room.rate, who, given[who], note=f"by {who}") for who in (0, 1)))
    with database.reading() as session:
        stored = {
            one.assessor_id: (one.note, {cell.dimension: cell.score for cell in one.dimensions})
            for one in session.scalars(sa.select(Rating)).all()
        }
    assert stored == {room.people[who].id: (f"by {who}", given[who]) for who in (0, 1)}


def test_submitting_in_two_tabs_at_once_submits_once(database: Database) -> None:
    room = Room(database)
    room.prepare(0, LEVELS)
    failures: list[BaseException] = []

    def submit() -> None:
        try:
            room.submit(0)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with database.reading() as session:
        events = session.scalars(sa.select(Event.action).where(Event.action == "rating.submitted")).all()
    assert len(events) == 1


def test_what_another_tab_takes_back_just_before_submitting_is_seen(database: Database) -> None:  # rule M7
    room = Room(database)
    where = room.prepare(0, LEVELS)
    with database.writing() as session:
        ratings.save(session, where, Draft(2, {"S1": None}, (), ""), by=room.by[0])
        session.flush()
        refused = while_held(partial(room.submit, 0))
        session.commit()
        assert isinstance(refused(), ratings.Incomplete)


def test_a_sitting_cannot_go_back_while_its_rating_is_submitted(database: Database) -> None:
    room = Room(database)
    where = room.prepare(0, LEVELS)

    def give_back() -> None:
        with database.writing() as session:
            ratings.give_back(session, where, by=room.by[0])

    with database.writing() as session:
        ratings.submit(session, where, by=room.by[0])
        refused = while_held(give_back)
        session.commit()
        assert isinstance(refused(), ratings.AlreadySubmitted)
    with database.reading() as session:
        assert session.get_one(Assignment, where).state is AssignmentState.OPEN


def test_whoever_recognises_a_person_gives_the_sitting_back(database: Database) -> None:
    room = Room(database)
    where = room.begin(0)
    with database.writing() as session:
        ratings.give_back(session, where, by=room.by[0])
    with database.reading() as session:
        assert session.get_one(Assignment, where).state is AssignmentState.RETURNED
        assert ratings.queues(session, by=room.by[0]) == []
        with pytest.raises(errors.NotFound):
            ratings.desk(session, where, by=room.by[0])


def test_a_void_sitting_leaves_the_queue(database: Database) -> None:
    room = Room(database)
    with database.writing() as session:
        session.get_one(Sitting, room.sittings["E5"]).state = SittingState.VOID
    with database.reading() as session:
        assert ratings.queues(session, by=room.by[0]) == []
        with pytest.raises(errors.NotFound):
            ratings.desk(session, room.assignments["E5"][0], by=room.by[0])


def test_the_administrators_of_the_centre_are_who_to_ask(database: Database) -> None:
    room = Room(database)
    with database.reading() as session:
        assert ratings.people_to_ask(session, [room.centre]) == {room.centre.id: ["Ada Bestuur"]}


def at_once(*acts: Callable[[], object]) -> None:
    """All of these in threads of their own, each with its own connection."""
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def while_held(act: Callable[[], object]) -> Callable[[], BaseException | None]:
    """Begin this in a thread, far enough to meet the rows that the caller holds; the answer says how it ended."""
    ended: list[BaseException | None] = []

    def run() -> None:
        try:
            act()
            ended.append(None)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.4)
    assert ended == []

    def outcome() -> BaseException | None:
        thread.join()
        return ended[0]

    return outcome
