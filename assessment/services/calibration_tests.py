"""Calibration tests: an assessor rates benchmarks that they never trained on, and is compared with the panel (M6).

What counts as agreement is a level that the panel accepts, not one magic number. A test is judged when its last rating
is in, by the standard that holds then; passed, it is the right to rate for a while.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from statistics import pvariance
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.benchmark import Showing, Use
from assessment.models.calibration import Calibration, CalibrationState
from assessment.models.centre import Centre, CentreExercise, CentreState
from assessment.models.person import Person, Seat, SeatName
from assessment.models.rating import Assignment, AssignmentState, Rating, RatingState
from assessment.models.sitting import Sitting, SittingState
from assessment.services import benchmarks, letters, showings, standards, versions
from assessment.services.benchmarks import Known
from assessment.services.standards import Asked
from exercises import benchmarks as shelf
from exercises.content import Exercise
from scoring.calibration import LEAST_RATINGS, against_reference, slope_within
from scoring.results import Estimate

RESTS = timedelta(days=14)
"""How long a benchmark that was in a test stays out of further ones for the same assessor."""
LEAST_FOR_A_NUMBER = 3
"""Fewer ratings than this give no number of their own: it would say more about the benchmark than about the assessor."""
MOST_WITHOUT_EVIDENCE = 0.2
"""The largest share of ratings on which a test may say "no evidence" where the panel saw some."""
LEAST_IN_A_TEST = 6
"""A test asks for this many ratings at least: where few dimensions are rated it shows more answers than the standard says."""
LEAST_APART = 0.5
"""How much of what the panel keeps apart an assessor has to keep apart: half of it is our policy (benchmarks calibration)."""
LEAST_SPREAD = 2.0
"""The squared differences by which the panel's levels must differ before this is asked: two dimensions two levels apart."""
WARNS = timedelta(days=30)
"""How long before a calibration lapses its holder is told."""
SCALE = (1, 2, 3, 4, 5)


class NothingLeft(errors.NotAllowedNow):
    sentence = (
        "You have seen every benchmark there is for a test of this exercise. Ask an administrator: they can make new "
        "ones from sealed sittings, or record a calibration that you passed elsewhere."
    )


class ComesBack(errors.NotAllowedNow):
    sentence = (
        "You have seen every benchmark there is for a test of this exercise. The first one comes back on %(day)s; until "
        "then an administrator can make new ones from sealed sittings."
    )

    def __init__(self, day: date) -> None:
        super().__init__(day=day)


# Choosing.


def choose(
    session: Session, centre: Centre, entry: CentreExercise, assessor_id: UUID, asked: Asked
) -> list[Known]:
    """What a test would show this assessor now: of the set for tests those that they have never seen, then those that
    were in a test the longest ago. Never one that they trained on or had as a panel.

    :raises NothingLeft: when there is none. :raises ComesBack: when those that there are have to rest.
    """
    known = benchmarks.of_set(benchmarks.pool(session, centre, entry), "test")
    seen = benchmarks.last_shown(session, assessor_id, [one.name for one in known])
    may = [one for one in known if seen.get(one.name, {}).keys() <= {Use.TEST}]
    border = clock.now() - RESTS
    fresh = [one for one in may if one.name not in seen]
    rested = sorted(
        (one for one in may if one.name in seen and seen[one.name][Use.TEST] <= border),
        key=lambda one: seen[one.name][Use.TEST],
    )
    found = [*fresh, *rested][: how_many(asked, len(versions.get(session, entry.version_hash).rated))]
    if found:
        return found
    if may:
        raise ComesBack((min(seen[one.name][Use.TEST] for one in may) + RESTS).date())
    raise NothingLeft


def how_many(asked: Asked, rated: int) -> int:
    """How many answers a test shows of an exercise that is rated on so many dimensions."""
    return max(asked.benchmarks, ceil(LEAST_IN_A_TEST / rated))


def begin(session: Session, centre_id: UUID, slug: str, *, by: Actor) -> Calibration:
    """Begin a test; the one that is there, when it has not ended.

    :raises NotFound: when this is no exercise of a centre of theirs. :raises NothingLeft: :raises ComesBack: when there
        is nothing to show.
    """
    centre, entry = place(session, centre_id, slug, by=by)
    session.execute(sa.select(Person.id).where(Person.id == by.person_id).with_for_update())
    under_way = session.scalar(
        sa.select(Calibration).where(
            Calibration.assessor_id == by.person_id,
            Calibration.centre_id == centre.id,
            Calibration.exercise == entry.exercise,
            Calibration.is_test,
            Calibration.state == CalibrationState.BEGUN,
        )
    )
    if under_way is not None:
        return under_way
    asked = standards.of(session, centre.id)
    chosen = choose(session, centre, entry, by.person_id, asked)
    now = clock.now()
    made = Calibration(
        assessor_id=by.person_id,
        centre_id=centre.id,
        exercise=entry.exercise,
        state=CalibrationState.BEGUN,
        valid_until_on=now.date(),
        reason="",
        recorded_by_id=by.person_id,
        recorded_at=now,
        is_test=True,
    )
    session.add(made)
    session.flush()  # what is shown points to its id
    exercise = versions.get(session, entry.version_hash)
    for number, one in enumerate(chosen, 1):
        showings.show(
            session,
            centre,
            entry,
            by.person_id,
            one.written(exercise, by.language),
            Use.TEST,
            calibration_id=made.id,
            place=number,
        )
    journal.record(
        session,
        "calibration.begun",
        "calibration",
        made.id,
        by=by,
        centre_id=centre.id,
        exercise=entry.exercise,
        benchmarks=[one.name for one in chosen],
    )
    return made


def place(session: Session, centre_id: UUID, slug: str, *, by: Actor) -> tuple[Centre, CentreExercise]:
    """A rated exercise of a centre in which the actor is an assessor.

    :raises NotFound: otherwise.
    """
    centre = session.scalar(
        sa.select(Centre)
        .join(Seat, Seat.centre_id == Centre.id)
        .where(
            Centre.id == centre_id,
            Seat.person_id == by.person_id,
            Seat.seat == SeatName.ASSESSOR,
            Centre.rehearsal_of_id.is_(None),
        )
    )
    entry = session.scalar(
        sa.select(CentreExercise).where(CentreExercise.centre_id == centre_id, CentreExercise.slug == slug)
    )
    if centre is None or entry is None or not versions.get(session, entry.version_hash).rated:
        raise errors.NotFound
    return centre, entry


# Judging.


def after_submission(session: Session, showing: Showing) -> None:
    """What the rating of a benchmark leads to: with the last one of a test the test is judged."""
    if showing.calibration_id is None:
        return
    test = session.scalar(
        sa.select(Calibration).where(Calibration.id == showing.calibration_id).with_for_update()
    )
    if test is None or test.state is not CalibrationState.BEGUN:
        return
    shown = shown_in(session, test)
    found = showings.ratings_of(session, shown)
    if len(found) < len(shown):
        return
    asked = standards.of(session, test.centre_id)
    pairs = pairs_of(session, shown, found)
    figures = judge(pairs, asked)
    now = clock.now()
    test.result = figures
    test.ended_at = now
    test.state = CalibrationState.FAILED if figures["failed"] else CalibrationState.PASSED
    if test.state is CalibrationState.PASSED:
        test.valid_until_on = now.date() + timedelta(days=asked.valid_days)
    session.flush()  # whoever waits for somebody calibrated looks in the table
    journal.record(
        session,
        f"calibration.{test.state.value}",
        "calibration",
        test.id,
        by=test.assessor_id,
        centre_id=test.centre_id,
        exercise=test.exercise,
        failed=figures["failed"],
        valid_until_on=test.valid_until_on.isoformat(),
    )
    if test.state is CalibrationState.PASSED:
        from assessment.services import adjudications  # which asks the calibrations who may rate

        centre = session.get_one(Centre, test.centre_id)
        if centre.state is not CentreState.DRAFT:
            adjudications.assign_waiting(session, centre)


@dataclass(frozen=True)
class Pair:
    """A rating of a benchmark beside the panel's reference."""

    name: str
    dimension: str
    score: int | None
    """None for "no evidence"."""
    level: int
    accepted: tuple[int, int]
    at: datetime | None = None

    @property
    def deviation(self) -> int | None:
        """How many levels outside of what the panel accepts; 0 within it."""
        if self.score is None:
            return None
        low, high = self.accepted
        return self.score - high if self.score > high else min(0, self.score - low)


def shown_in(session: Session, test: Calibration) -> list[Showing]:
    """What a test shows, in its order."""
    return list(
        session.scalars(
            sa.select(Showing)
            .join(Showing.assignment)
            .where(Showing.calibration_id == test.id)
            .order_by(Assignment.place)
        )
    )


def pairs_of(session: Session, shown: Sequence[Showing], found: Mapping[UUID, Rating]) -> list[Pair]:
    """The ratings of what was shown, each beside its reference."""
    pairs = []
    for showing in shown:
        rating = found.get(showing.id)
        if rating is None:
            continue
        known = benchmarks.find(session, showing, _version(session, showing))
        if known is None or _was_emptied(known, rating):
            continue
        for one in rating.dimensions:
            reference = known.references.get(one.dimension)
            if reference is not None:
                pairs.append(
                    Pair(
                        showing.name,
                        one.dimension,
                        one.score,
                        reference.level,
                        reference.accepted,
                        rating.submitted_at,
                    )
                )
    return pairs


def _was_emptied(known: shelf.Benchmark, rating: Rating) -> bool:
    """Whether there was nothing left to read: its text was erased (G9) before the assessor came to it."""
    return not any(known.posted.values()) and all(one.score is None for one in rating.dimensions)


def _version(session: Session, showing: Showing) -> str:
    return showing.assignment.sitting.version_hash


def judge(pairs: Sequence[Pair], asked: Asked) -> dict[str, Any]:
    """The figures of a test, what was asked, and which of it was not reached; plain values, as they are kept."""
    given = [one for one in pairs if one.score is not None]
    whole = compared(given)
    dimensions = {
        name: compared([one for one in given if one.dimension == name])
        for name in sorted({one.dimension for one in pairs})
    }
    failed = []
    if not given or (len(pairs) - len(given)) / len(pairs) > MOST_WITHOUT_EVIDENCE:
        failed.append("no_evidence")
    if given:
        if whole["exact"]["estimate"] < asked.exact:
            failed.append("exact")
        if whole["within_one"]["estimate"] < asked.within_one:
            failed.append("within_one")
        if abs(whole["bias"]["estimate"]) > asked.bias:
            failed.append("bias")
        failed += [
            f"bias:{name}"
            for name, figures in dimensions.items()
            if figures["bias"]["n"] >= LEAST_FOR_A_NUMBER
            and abs(figures["bias"]["estimate"]) > asked.dimension_bias
        ]
    apart = kept_apart(given)
    if apart is not None and apart["estimate"] < LEAST_APART:
        failed.append("apart")
    return {
        **whole,
        "apart": apart,
        "dimensions": dimensions,
        "without_evidence": len(pairs) - len(given),
        "asked": {
            "exact": asked.exact,
            "within_one": asked.within_one,
            "bias": asked.bias,
            "dimension_bias": asked.dimension_bias,
            "apart": LEAST_APART,
        },
        "failed": failed,
    }


def compared(given: Sequence[Pair]) -> dict[str, Any]:
    """Agreement with what the panel accepts, difference from its level, and from 30 ratings on weighted kappa."""
    scores = [one.score or 0 for one in given]
    accepted = [(one.score or 0) - (one.deviation or 0) for one in given]
    agreement = against_reference(scores, accepted, SCALE)
    difference = against_reference(scores, [one.level for one in given], SCALE)
    return {
        "n": len(given),
        "exact": _plain(agreement.exact),
        "within_one": _plain(agreement.within_one),
        "bias": _plain(difference.bias),
        "sd_ratio": _plain(difference.sd_ratio),
        "kappa": _plain(difference.kappa_quadratic) if len(given) >= LEAST_RATINGS else None,
    }


def kept_apart(given: Sequence[Pair]) -> dict[str, Any] | None:
    """How far the dimensions of an answer are kept apart as the panel keeps them apart, and not rated by one impression
    of the whole; where one dimension is rated, how far the answers are. None where the panel's levels hardly differ.

    This compares with the panel and is no index of halo: who sees equal levels where the panel does loses nothing.
    """
    is_one = len({one.dimension for one in given}) == 1
    names = sorted({one.name for one in given})
    answers = [0 if is_one else names.index(one.name) for one in given]
    levels: dict[int, list[int]] = {}
    for answer, one in zip(answers, given, strict=True):
        levels.setdefault(answer, []).append(one.level)
    if sum(pvariance(one) * len(one) for one in levels.values()) < LEAST_SPREAD:
        return None
    return _plain(slope_within([one.score or 0 for one in given], [one.level for one in given], answers))


def _plain(one: Estimate) -> dict[str, Any]:
    """An estimate as it is kept: unrounded, with its interval and n."""
    low, high = one.interval or (None, None)
    return {"estimate": one.estimate, "low": low, "high": high, "n": one.n, "reasons": list(one.reasons)}


# What there is.


def get(session: Session, calibration_id: UUID, *, by: Actor) -> Calibration:
    """A test of one's own.

    :raises NotFound: otherwise.
    """
    found = session.get(Calibration, calibration_id)
    if found is None or not found.is_test or found.assessor_id != by.person_id:
        raise errors.NotFound
    return found


@dataclass(frozen=True)
class Step:
    """One benchmark of a test, by its code, and how far it is."""

    assignment_id: UUID
    code: str
    is_begun: bool
    is_submitted: bool


def steps(session: Session, test: Calibration) -> list[Step]:
    """What a test shows, in its order, by codes."""
    return [
        Step(assignment_id, code, state is not None, state is RatingState.SUBMITTED)
        for assignment_id, code, state in session.execute(
            sa.select(Assignment.id, Sitting.code, Rating.state)
            .select_from(Showing)
            .join(Assignment, Assignment.id == Showing.assignment_id)
            .join(Sitting, Sitting.id == Assignment.sitting_id)
            .outerjoin(
                Rating,
                sa.and_(Rating.sitting_id == Sitting.id, Rating.assessor_id == Assignment.assessor_id),
            )
            .where(Showing.calibration_id == test.id)
            .order_by(Assignment.place)
        )
    ]


def subject(session: Session, test: Calibration) -> tuple[Centre, CentreExercise | None, Exercise]:
    """The centre and exercise that a test is about; no entry when the draft has dropped the exercise since."""
    shown = session.scalar(sa.select(Showing).where(Showing.calibration_id == test.id).limit(1))
    if shown is None:
        raise errors.NotFound
    centre = session.get_one(Centre, test.centre_id)
    return centre, showings.entry_of(session, shown), versions.get(session, _version(session, shown))


def of_assessor(session: Session, assessor_id: UUID, centre_ids: Sequence[UUID]) -> list[Calibration]:
    """All calibrations of an assessor in these centres, tests and recorded ones, newest first."""
    return list(
        session.scalars(
            sa.select(Calibration)
            .where(Calibration.assessor_id == assessor_id, Calibration.centre_id.in_(centre_ids))
            .order_by(Calibration.recorded_at.desc())
        )
    )


def by_dimension(session: Session, test: Calibration) -> dict[str, dict[str, Any]]:
    """Per dimension how this assessor compares with the panel, over all that they were tested on in this centre: one
    test holds too few ratings of a dimension to say anything.
    """
    shown = list(
        session.scalars(
            sa.select(Showing)
            .join(Calibration, Calibration.id == Showing.calibration_id)
            .where(
                Calibration.assessor_id == test.assessor_id,
                Calibration.centre_id == test.centre_id,
                Calibration.ended_at.is_not(None),
            )
        )
    )
    pairs = [
        one for one in pairs_of(session, shown, showings.ratings_of(session, shown)) if one.score is not None
    ]
    return {
        name: compared([one for one in pairs if one.dimension == name])
        for name in sorted({one.dimension for one in pairs})
    }


# Lapsing.


def lapse(session: Session, *, base_url: str) -> int:
    """Mark what is no longer valid as lapsed, and tell those whose right to rate is about to end; how many were told.

    Whoever has another calibration that holds for longer is not told.
    """
    today = clock.now().date()
    for one in session.scalars(
        sa.select(Calibration)
        .where(Calibration.state == CalibrationState.PASSED, Calibration.valid_until_on < today)
        .with_for_update()
    ):
        one.state = CalibrationState.LAPSED
        journal.record(session, "calibration.lapsed", "calibration", one.id, by=None, centre_id=one.centre_id)
    session.flush()
    told = 0
    for one, person, centre in about_to_lapse(session):
        if one.warned_at is not None:
            continue
        one.warned_at = clock.now()
        told += 1
        letters.send(
            session,
            "calibration_lapses",
            person,
            centre=centre,
            exercise=one.exercise or "",
            until=one.valid_until_on,
            link=f"{base_url}/assessor/training/",
        )
        journal.record(session, "calibration.warned", "calibration", one.id, by=None, centre_id=centre.id)
    return told


def about_to_lapse(
    session: Session, assessor_id: UUID | None = None
) -> list[tuple[Calibration, Person, Centre]]:
    """Calibrations that end within a month in centres that still rate, unless another one takes over."""
    today = clock.now().date()
    later = aliased(Calibration)
    query = (
        sa.select(Calibration, Person, Centre)
        .join(Person, Person.id == Calibration.assessor_id)
        .join(Centre, Centre.id == Calibration.centre_id)
        .join(
            Seat,
            sa.and_(Seat.centre_id == Centre.id, Seat.person_id == Person.id, Seat.seat == SeatName.ASSESSOR),
        )
        .where(
            Calibration.state == CalibrationState.PASSED,
            Calibration.withdrawn_at.is_(None),
            Calibration.valid_until_on.between(today, today + WARNS),
            Centre.rehearsal_of_id.is_(None),
            sa.or_(Centre.state != CentreState.CLOSED, _still_rates()),
            Person.is_active,
            ~sa.exists().where(
                later.assessor_id == Calibration.assessor_id,
                later.centre_id == Calibration.centre_id,
                sa.or_(later.exercise.is_(None), later.exercise == Calibration.exercise),
                later.state == CalibrationState.PASSED,
                later.withdrawn_at.is_(None),
                later.valid_until_on > Calibration.valid_until_on,
            ),
        )
        .order_by(Calibration.valid_until_on)
    )
    if assessor_id is not None:
        query = query.where(Calibration.assessor_id == assessor_id)
    return [(one, person, centre) for one, person, centre in session.execute(query)]


def _still_rates() -> sa.ColumnElement[bool]:
    """Whether the holder of a calibration has something left to rate in its centre: rating goes on after the close."""
    return (
        sa.exists()
        .where(
            Assignment.assessor_id == Calibration.assessor_id,
            Assignment.state == AssignmentState.OPEN,
            Assignment.sitting_id == Sitting.id,
            Sitting.state != SittingState.VOID,
            Sitting.centre_exercise_id == CentreExercise.id,
            CentreExercise.centre_id == Calibration.centre_id,
            ~sa.exists().where(
                Rating.is_of_assignment(),
                Rating.state == RatingState.SUBMITTED,
            ),
        )
        .correlate(Calibration)
    )
