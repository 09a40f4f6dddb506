"""A centre opens only when the rules of the profession are met, and then its design stands still."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.database import Database
from assessment.models.centre import Centre, CentreState, ExerciseVersion, KeyVersion, Policy
from assessment.models.programme import ProgrammeState, Purpose
from assessment.models.sitting import Sitting, SittingState
from assessment.services import centres, enrolments, policies, programmes
from assessment.services import shelf as shelves
from assessment.services.imports import Participant
from tests import factories
from tests.assessment import composing
from tests.assessment.composing import shelf  # noqa: F401 -- a fixture
from tests.conftest import count_rows

pytestmark = pytest.mark.usefixtures("shelf")


def test_a_complete_centre_opens_and_is_frozen(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by)
        enrolments.add(session, centre, Participant("p@example.org", "P"), by=by)
        assert centres.shortcomings(session, centre) == []
        opened = centres.open(session, centre.id, by=by)
        assert opened.purpose is Purpose.DEVELOPMENT
        assert opened.programme.state is ProgrammeState.RUNNING
    assert count_rows(database, Sitting) == 3
    with database.writing() as session:
        centre = centres.get(session, centre.id, by=by)
        for change in (
            lambda: centres.set_exercises(session, centre, ["stavoord-case"], by=by),
            lambda: centres.set_weights(session, centre, {("L1", "E1"): 1.0}, by=by),
            lambda: centres.set_policy(session, centre, "en", policies.PolicyText(), by=by),
            lambda: centres.open(session, centre.id, by=by),
        ):
            with pytest.raises(centres.CentreFrozen):
                change()
    with database.reading() as session:
        assert list(journal.verify(session)) == []


def test_an_empty_draft_is_told_everything_at_once(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        centres.set_exercises(session, centre, ["stavoord-judgement"], by=by)
        with pytest.raises(centres.CannotOpen) as caught:
            centres.open(session, centre.id, by=by)
    rules = [problem.rule for problem in caught.value.problems]
    assert set(rules) == {"M1", "M2", "M3", "M10", "window"}
    assert rules.count("M10") == 2


def lack(session: Session, centre: Centre, by: Actor, what: str) -> None:
    """Take one thing away from a complete centre."""
    if what == "no simulation":
        centres.set_exercises(session, centre, ["stavoord-judgement"], by=by)
    elif what == "one exercise only":
        centres.set_weights(session, centre, {("S1", "E5"): 1.0}, by=by)
    elif what == "not a whole":
        centres.set_weights(session, centre, {("L3", "E5"): 0.5, ("L3", "E1"): 0.4}, by=by)
    elif what == "too much judgement":
        centres.set_weights(session, centre, {("L1", "E1"): 0.69, ("L1", "E3"): 0.31}, by=by)
    elif what == "no claim":
        centres.set_weights(session, centre, {}, by=by)
    elif what == "wrong order":
        centres.set_exercises(session, centre, ["stavoord-in-tray", "later-case", "stavoord-case"], by=by)
        centres.set_weights(session, centre, {("S2", "E5"): 0.5, ("S2", "E8"): 0.5}, by=by)
    elif what == "no job analysis":
        centres.change(session, centre, centres.setup_of(centre, job_analysis_how=" "), by=by)
    elif what == "no Dutch policy":
        centres.set_policy(session, centre, "nl", policies.PolicyText("a", "b", "c", "d", " "), by=by)
    elif what == "past":
        now = clock.now()
        centre.first_start_at = now - timedelta(days=9)
        centre.latest_start_at = now - timedelta(days=1)
    elif what == "selection":
        centre.programme.purpose = Purpose.SELECTION


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("no simulation", "M1"),  # rule M1
        ("one exercise only", "M2"),  # rule M2
        ("not a whole", "M2"),
        ("too much judgement", "M2"),
        ("no claim", "M2"),
        ("wrong order", "order"),
        ("no job analysis", "M3"),  # rule M3
        ("no Dutch policy", "M10"),  # rule M10
        ("past", "window"),
        ("selection", "purpose"),
    ],
)
def test_each_missing_thing_stops_the_opening(database: Database, by: Actor, what: str, rule: str) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by)
        lack(session, centre, by, what)
        problems = centres.shortcomings(session, centre)
        assert rule in {problem.rule for problem in problems}
        with pytest.raises(centres.CannotOpen):
            centres.open(session, centre.id, by=by)


def test_two_calibrated_assessors_are_needed_for_each_simulation(database: Database, by: Actor) -> None:
    # rule M6
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by, assessors=1)
        problems = centres.shortcomings(session, centre)
        assert [(problem.rule, problem.values["exercise"]) for problem in problems] == [
            ("M6", "E1"),
            ("M6", "E5"),
        ]


def test_a_rubric_without_anchors_stops_the_opening(
    database: Database, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # rule M3
    bare = composing.exercise("E5", "stavoord-case", rated=("L3", "S1", "S2"), minutes=55)
    document = bare.document()
    document["rubric"]["dimensions"]["S1"]["anchors"] = []
    from exercises import content

    monkeypatch.setattr(
        content, "shipped", lambda: {**composing.SHELF, "stavoord-case": content.from_document(document)}
    )
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by)
        (problem,) = centres.shortcomings(session, centre)
        assert (problem.rule, problem.values["dimension"]) == ("M3", "S1")


def test_the_latest_end_leaves_the_slowest_their_time(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by)
        enrolments.add(session, centre, Participant("p@example.org", "P", time_factor=2.0), by=by)
        assert centre.latest_start_at
        enough = centre.latest_start_at + timedelta(minutes=130)
        centres.change(session, centre, centres.setup_of(centre, latest_end_at=enough), by=by)
        with pytest.raises(centres.EndsTooEarly):
            centres.change(
                session, centre, centres.setup_of(centre, latest_end_at=enough - timedelta(minutes=1)), by=by
            )
        enrolments.add(session, centre, Participant("q@example.org", "Q", time_factor=3.0), by=by)
        assert [problem.rule for problem in centres.shortcomings(session, centre)] == ["window"]


def test_once_open_no_factor_goes_beyond_the_latest_end(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by)
        assert centre.latest_start_at
        end = centre.latest_start_at + timedelta(minutes=130)
        centres.change(session, centre, centres.setup_of(centre, latest_end_at=end), by=by)
        made = enrolments.add(session, centre, Participant("p@example.org", "P"), by=by)
        centres.open(session, centre.id, by=by)
        with pytest.raises(enrolments.FactorTooLarge):
            enrolments.add(session, centre, Participant("q@example.org", "Q", time_factor=2.5), by=by)
        with pytest.raises(enrolments.FactorTooLarge):
            enrolments.set_time(
                session,
                centre,
                made.id,
                factor=2.5,
                is_untimed=False,
                reason=enrolments.TimeReason.AGREED,
                by=by,
            )
        enrolments.set_time(
            session, centre, made.id, factor=1, is_untimed=True, reason=enrolments.TimeReason.AGREED, by=by
        )
        seen = enrolments.preview(session, centre, "email,name,time_factor\nr@example.org,R,2.5\n")
        assert seen.count(enrolments.Fate.PROBLEM) == 1


def test_moments_have_an_order_and_a_running_sitting_keeps_its_end(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by)
        with pytest.raises(centres.WindowOrder):
            centres.change(
                session, centre, centres.setup_of(centre, first_start_at=centre.latest_end_at), by=by
            )
        enrolments.add(session, centre, Participant("p@example.org", "P"), by=by)
        centres.open(session, centre.id, by=by)
        session.flush()
        sitting = session.scalars(sa.select(Sitting).limit(1)).one()
        assert centre.latest_end_at
        factories.running(session, sitting, at=clock.now(), deadline_at=centre.latest_end_at)
        with pytest.raises(centres.StillRunning):
            centres.change(
                session,
                centre,
                centres.setup_of(centre, latest_end_at=centre.latest_end_at - timedelta(hours=1)),
                by=by,
            )
        later = centre.latest_end_at + timedelta(days=1)
        centres.change(
            session, centre, centres.setup_of(centre, latest_end_at=later, job_analysis_who="other"), by=by
        )
        assert centre.latest_end_at == later
        assert centre.job_analysis_who == "example"


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ({("L1", "E1"): float("nan")}, centres.NotAWeight),
        ({("L1", "E1"): 1.5}, centres.NotAWeight),
        ({("L1", "E1"): -0.1}, centres.NotAWeight),
        ({("L1", "E5"): 0.5}, centres.NotShown),
        ({("X9", "E1"): 0.5}, centres.NotShown),
    ],
)
def test_a_weight_is_a_share_of_what_is_shown(
    database: Database, by: Actor, weights: dict[tuple[str, str], float], error: type[errors.KleiError]
) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        with pytest.raises(error):
            centres.set_weights(session, centre, weights, by=by)


def test_the_suggested_weights_are_those_that_fewer_exercises_can_carry(
    database: Database, by: Actor
) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        centres.use_suggested_weights(session, centre, by=by)
        shares = {(weight.dimension, weight.exercise): weight.value for weight in centre.weights}
        assert shares == {
            ("L1", "E1"): 0.70,
            ("L1", "E3"): 0.30,
            ("L3", "E1"): 0.40,
            ("L3", "E3"): 0.20,
            ("L3", "E5"): 0.40,
            ("S1", "E1"): 0.40,
            ("S1", "E5"): 0.60,
        }
        rows = {row.dimension.id: row for row in centres.matrix(session, centre)}
        assert [cell.exercise for cell in rows["L1"].cells] == ["E1", "E3", "E5"]
        assert not rows["P1"].is_claimed


@pytest.mark.parametrize("slugs", [["practice"], ["nothing"], ["stavoord-case", "stavoord-case"]])
def test_only_offered_exercises_are_taken_and_each_once(
    database: Database, by: Actor, slugs: list[str]
) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        with pytest.raises(centres.UnknownExercise):
            centres.set_exercises(session, centre, slugs, by=by)


def test_exercises_change_places_and_lose_their_weights_when_they_go(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        centres.use_suggested_weights(session, centre, by=by)
        centres.set_exercises(session, centre, ["stavoord-case", "stavoord-in-tray"], by=by)
        session.flush()
        assert [entry.exercise for entry in centre.exercises] == ["E5", "E1"]
        assert "E3" not in {weight.exercise for weight in centre.weights}


def test_a_version_is_stored_once_with_its_key_and_rubric(database: Database, by: Actor) -> None:
    exercise = composing.SHELF["stavoord-judgement"]
    with database.writing() as session:
        assert shelves.store(session, exercise) == shelves.store(session, exercise) == exercise.hash
        stored = session.get_one(ExerciseVersion, exercise.hash)
        assert stored.key_hash == shelves.key_hash(exercise)
        assert session.get_one(KeyVersion, stored.key_hash).document["release"] == "7"
        assert shelves.store(session, composing.SHELF["stavoord-case"])
    with database.reading() as session:
        assert session.get_one(ExerciseVersion, composing.SHELF["stavoord-case"].hash).rubric_hash


def test_a_key_of_another_release_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    # rule T6
    exercise = composing.SHELF["stavoord-judgement"]
    before = shelves.key_hash(exercise)
    monkeypatch.setattr(composing.KeylessKind, "key_release", "8")
    assert shelves.key_hash(exercise) != before


def test_closing_happens_once(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        with pytest.raises(centres.CentreNotOpen):
            centres.close(session, centre.id, by=by)
        composing.complete(session, centre, by)
        centres.open(session, centre.id, by=by)
        assert centres.close(session, centre.id, by=by).state is CentreState.CLOSED
        with pytest.raises(centres.CentreNotOpen):
            centres.close(session, centre.id, by=by)


def test_two_who_open_at_once_open_it_once(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        composing.complete(session, centre, by)
        enrolments.add(session, centre, Participant("p@example.org", "P"), by=by)
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def attempt() -> None:
        together.wait()
        try:
            with database.writing() as session:
                centres.open(session, centre.id, by=by)
            outcomes.append("open")
        except centres.CentreFrozen:
            outcomes.append("frozen")

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["frozen", "open"]
    assert count_rows(database, Sitting) == 3


def test_a_centre_of_another_programme_is_not_found(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        other = factories.programme(session)
        from assessment.models.person import RoleName

        local = factories.person(session)
        factories.role(session, local, RoleName.ADMINISTRATOR, programme_id=other.id)
        limited = factories.actor(session, local)
        for find in (
            lambda: centres.get(session, centre.id, by=limited),
            lambda: programmes.get(session, centre.programme_id, by=limited),
            lambda: programmes.add(session, name="Mine", purpose=Purpose.DEVELOPMENT, by=limited),
        ):
            with pytest.raises(errors.NotFound):
                find()
        assert [programme.id for programme in programmes.list_for(session, by=limited)] == [other.id]


def test_the_purpose_is_locked_once_a_centre_has_opened(database: Database, by: Actor) -> None:
    # rule M11
    with database.writing() as session:
        centre = composing.draft(session, by)
        programme = programmes.get(session, centre.programme_id, by=by)
        change: Callable[[Purpose], None] = lambda purpose: programmes.change(  # noqa: E731
            session, programme, name="Further", purpose=purpose, strategic_question="", by=by
        )
        change(Purpose.SELECTION)
        change(Purpose.DEVELOPMENT)
        composing.complete(session, centre, by)
        centres.open(session, centre.id, by=by)
        with pytest.raises(programmes.PurposeLocked):
            change(Purpose.SELECTION)
        with pytest.raises(programmes.CentresOpen):
            programmes.close(session, programme, by=by)
        centres.close(session, centre.id, by=by)
        programmes.close(session, programme, by=by)
        with pytest.raises(centres.ProgrammeClosed):
            centres.add(session, programme, name="Late centre", by=by)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("may_be_blocked", [True, False])
def test_suggested_texts_are_complete_and_fit_the_centre(
    database: Database, by: Actor, purpose: Purpose, may_be_blocked: bool
) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by, purpose=purpose)
        centre.may_be_blocked = may_be_blocked
        for language, blocked in (("en", "“blocked”"), ("nl", "‘geblokkeerd’")):
            text = policies.suggested(centre, language)
            assert Policy(**{part: getattr(text, part) for part in policies.PARTS}).is_complete
            assert (blocked in text.readers) is may_be_blocked
            assert "24" in text.keeping


def test_sealed_states_are_no_part_of_a_draft(database: Database, by: Actor) -> None:
    with database.writing() as session:
        centre = composing.draft(session, by)
        enrolments.add(session, centre, Participant("p@example.org", "P"), by=by)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Sitting.state == SittingState.READY)) == 0


@pytest.fixture
def by(database: Database) -> Actor:
    with database.writing() as session:
        return factories.actor(session, factories.administrator(session))
