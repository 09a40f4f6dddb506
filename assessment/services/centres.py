"""Centres: composed from shipped exercises, checked against the rules of the profession, opened and closed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.errors import RuleBroken
from assessment.models.centre import Centre, CentreExercise, CentreState, Policy, Weight
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.person import RoleName
from assessment.models.programme import Programme, ProgrammeState, Purpose
from assessment.models.rating import Rating, RatingState
from assessment.models.sitting import Sitting, SittingState
from assessment.services import (
    calibrations,
    enrolments,
    integrations,
    ledger,
    people,
    shelf,
    texts,
    versions,
    workloads,
)
from assessment.services.policies import PARTS, PolicyText
from exercises import content, rubric
from exercises.content import LANGUAGES, Exercise

MOST_OF_A_JUDGEMENT = 0.30
"""A judgement exercise shows what somebody finds effective, not what they do: it never counts for more."""

SUGGESTED_WEIGHTS: Sequence[tuple[str, Mapping[str, float]]] = (
    ("L1", {"E4": 0.45, "E1": 0.35, "E3": 0.20}),
    ("L1", {"E1": 0.70, "E3": 0.30}),
    ("L2", {"E4": 0.70, "E3": 0.30}),
    ("L3", {"E5": 0.40, "E1": 0.40, "E3": 0.20}),
    ("P1", {"E1": 0.60, "E2": 0.40}),
    ("P2", {"E7": 0.40, "E6": 0.35, "E3": 0.25}),
    ("S1", {"E5": 0.60, "E1": 0.40}),
    ("S2", {"E5": 0.65, "E6": 0.35}),
)
"""Suggested claims, the fullest first: those of the standard half-day centre, then what fewer exercises can carry."""
SUGGESTED_EXERCISES = ("E1", "E2", "E3", "E4", "E5", "E6", "E7")


class CentreFrozen(errors.NotAllowedNow):
    sentence = "This centre has opened: its exercises, weights and texts no longer change. Times and people still can."


class ProgrammeClosed(errors.NotAllowedNow):
    sentence = "This programme is closed. No centre can be added to it."


class CentreNotOpen(errors.NotAllowedNow):
    sentence = "This centre is not open."


class CannotOpen(errors.RuleBroken):
    """The centre cannot open yet; ``problems`` are all the reasons."""

    def __init__(self, problems: Sequence[RuleBroken]) -> None:
        super().__init__(
            "opening", "This centre cannot open yet: %(n)s things have to be changed first.", n=len(problems)
        )
        self.problems = tuple(problems)


class UnknownExercise(errors.Invalid):
    sentence = "There is no exercise “%(slug)s” to choose."


class NotAWeight(errors.Invalid):
    sentence = "The weight of %(exercise)s in %(dimension)s has to be a percentage from 0 to 100."


class NotShown(errors.Invalid):
    sentence = "%(exercise)s does not show %(dimension)s, so it cannot count in it."


class NoCentreName(errors.Invalid):
    sentence = "Give the centre a name."


class WindowOrder(errors.Invalid):
    sentence = (
        "The first start has to come before the latest start, and the latest start before the latest end."
    )


class EndsTooEarly(errors.Invalid):
    sentence = (
        "Somebody who starts last needs until %(end)s: the longest exercise takes %(minutes)s minutes, and the "
        "largest time factor is %(factor)s. Set the latest end then or later, or the latest start earlier."
    )


class StillRunning(errors.Invalid):
    sentence = "A sitting is running that ends after this moment. Choose a latest end after it."


class MonthsOutOfRange(errors.Invalid):
    sentence = "A report is valid for 12 to 60 months: a file is kept for a year at least."


# Finding.


def get(session: Session, centre_id: UUID, *, by: Actor, lock: bool = False) -> Centre:
    """The administrator's centre with its programme, exercises, weights and policies.

    :raises NotFound: when there is none, or it is not theirs.
    """
    query = (
        sa.select(Centre)
        .where(Centre.id == centre_id)
        .options(
            joinedload(Centre.programme),
            selectinload(Centre.exercises),
            selectinload(Centre.weights),
            selectinload(Centre.policies),
        )
    )
    if lock:
        query = query.with_for_update(of=Centre).execution_options(populate_existing=True)
    centre = session.scalar(query)
    if (
        centre is None
        or centre.is_for_benchmarks
        or not by.holds_in(RoleName.ADMINISTRATOR, programme_id=centre.programme_id, centre_id=centre.id)
    ):
        raise errors.NotFound
    return centre


# Composing.


def add(session: Session, programme: Programme, *, name: str, by: Actor) -> Centre:
    """A new centre in draft, with the suggested exercises as far as they are shipped, and the staff seated."""
    if programme.state is ProgrammeState.CLOSED:
        raise ProgrammeClosed
    centre = Centre(programme_id=programme.id, name=_named(name), created_at=clock.now())
    session.add(centre)
    session.flush()  # exercises, seats and the journal point to its id
    people.seat_staff(session, centre)
    wanted = [exercise.slug for exercise in shelf.offered(session) if exercise.id in SUGGESTED_EXERCISES]
    _put(session, centre, wanted)
    workloads.start(session, centre)
    journal.record(session, "centre.added", "centre", centre.id, by=by, centre_id=centre.id)
    return centre


@dataclass(frozen=True)
class Setup:
    """What can be changed about a centre besides its exercises, weights and texts."""

    name: str
    time_zone: str = "Europe/Amsterdam"
    first_start_at: datetime | None = None
    latest_start_at: datetime | None = None
    latest_end_at: datetime | None = None
    job_analysis_who: str = ""
    job_analysis_when: str = ""
    job_analysis_how: str = ""
    may_be_blocked: bool = True
    report_valid_months: int = 24


def change(session: Session, centre: Centre, setup: Setup, *, by: Actor) -> None:
    """Change the setup. Once the centre has opened only name, time zone and times change; the rest is left as it was.

    :raises WindowOrder: when the moments are not in order.
    :raises EndsTooEarly: when the last who starts could not finish.
    :raises StillRunning: when a running sitting ends after the new latest end.
    """
    if not 12 <= setup.report_valid_months <= 60:
        raise MonthsOutOfRange(field="report_valid_months")
    if setup.time_zone not in available_timezones():
        raise people.UnknownTimeZone(time_zone=setup.time_zone[:40], field="time_zone")
    # First: whoever starts, or gives time, at this moment does so wholly before the question what still runs, or after.
    ledger.hold_centre(session, centre)
    _check_window(session, centre, setup)
    centre.name = _named(setup.name)
    centre.time_zone = setup.time_zone
    centre.first_start_at = setup.first_start_at
    centre.latest_start_at = setup.latest_start_at
    centre.latest_end_at = setup.latest_end_at
    if centre.state is CentreState.DRAFT:
        centre.job_analysis_who = setup.job_analysis_who.strip()
        centre.job_analysis_when = setup.job_analysis_when.strip()
        centre.job_analysis_how = setup.job_analysis_how.strip()
        centre.may_be_blocked = setup.may_be_blocked
        centre.report_valid_months = setup.report_valid_months
    journal.record(
        session,
        "centre.changed",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        first_start_at=setup.first_start_at,
        latest_start_at=setup.latest_start_at,
        latest_end_at=setup.latest_end_at,
        may_be_blocked=centre.may_be_blocked,
    )


def set_exercises(session: Session, centre: Centre, slugs: Sequence[str], *, by: Actor) -> None:
    """These exercises in this order; weights of exercises that are no longer there go with them.

    :raises UnknownExercise: for one that is not offered, or given twice.
    """
    _draft(centre)
    known = {exercise.slug: exercise for exercise in shelf.offered(session)}
    for slug in slugs:
        if slug not in known or slugs.count(slug) > 1:
            raise UnknownExercise(slug=slug[:60])
    kept = {known[slug].id for slug in slugs}
    _put(session, centre, slugs)
    centre.weights = [weight for weight in centre.weights if weight.exercise in kept]
    journal.record(
        session, "centre.composed", "centre", centre.id, by=by, centre_id=centre.id, exercises=slugs
    )


def set_weights(
    session: Session, centre: Centre, weights: Mapping[tuple[str, str], float], *, by: Actor
) -> None:
    """The shares by dimension and exercise; a dimension without any is not claimed.

    :raises NotAWeight: when one is not a share. :raises NotShown: when an exercise does not show a dimension.
    """
    _draft(centre)
    shown = {
        (dimension, exercise.id)
        for exercise in exercises_of(session, centre)
        for dimension in exercise.dimensions
    }
    for (dimension, exercise), value in weights.items():
        if not (math.isfinite(value) and 0 <= value <= 1):
            raise NotAWeight(dimension=dimension, exercise=exercise)
        if value and (dimension, exercise) not in shown:
            raise NotShown(dimension=dimension[:10], exercise=exercise[:10])
    held = {(weight.dimension, weight.exercise): weight for weight in centre.weights}
    kept = []
    for (dimension, exercise), value in sorted(weights.items()):
        if value:
            weight = held.get((dimension, exercise)) or Weight(
                centre_id=centre.id, dimension=dimension, exercise=exercise
            )
            weight.value = value
            kept.append(weight)
    centre.weights = kept
    journal.record(
        session,
        "centre.weighted",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        weights={f"{weight.dimension} {weight.exercise}": weight.value for weight in kept},
    )


def use_suggested_weights(session: Session, centre: Centre, *, by: Actor) -> None:
    """The suggested claims as far as this centre's exercises carry them: a claim needs all of its exercises."""
    here = {exercise.id for exercise in exercises_of(session, centre)}
    claims: dict[str, Mapping[str, float]] = {}
    for dimension, shares in SUGGESTED_WEIGHTS:
        if here >= shares.keys():
            claims.setdefault(dimension, shares)
    set_weights(
        session,
        centre,
        {
            (dimension, exercise): value
            for dimension, shares in claims.items()
            for exercise, value in shares.items()
        },
        by=by,
    )


def set_policy(session: Session, centre: Centre, language: str, text: PolicyText, *, by: Actor) -> None:
    """The policy page in one language (M10)."""
    _draft(centre)
    people.checked_language(language)
    policy = next((entry for entry in centre.policies if entry.language == language), None)
    if policy is None:
        policy = Policy(centre_id=centre.id, language=language)
        centre.policies.append(policy)
    for part in PARTS:
        setattr(policy, part, getattr(text, part).strip())
    journal.record(
        session,
        "policy.changed",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        language=language,
        text_hash=content.digest([getattr(policy, part) for part in PARTS]),
    )


def exercises_of(session: Session, centre: Centre) -> list[Exercise]:
    """The centre's exercises in order: in draft as shipped today, afterwards exactly the versions it opened with."""
    if centre.state is CentreState.DRAFT:
        shipped = shelf.all_of_it(session)
        return [shipped[entry.slug] for entry in centre.exercises if entry.slug in shipped]
    return [versions.get(session, entry.version_hash) for entry in centre.exercises]


# The matrix.


@dataclass(frozen=True)
class Cell:
    """What one exercise shows of one dimension, and how much it counts."""

    exercise: str
    is_rated: bool
    is_keyed: bool
    weight: float

    @property
    def is_shown(self) -> bool:
        return self.is_rated or self.is_keyed


@dataclass(frozen=True)
class Row:
    """One dimension over all exercises."""

    dimension: rubric.Dimension
    cells: tuple[Cell, ...]

    @property
    def total(self) -> float:
        return sum(cell.weight for cell in self.cells)

    @property
    def is_claimed(self) -> bool:
        return any(cell.weight for cell in self.cells)

    @property
    def is_shown(self) -> bool:
        return any(cell.is_shown for cell in self.cells)


def matrix(session: Session, centre: Centre) -> tuple[Row, ...]:
    """The exercise × dimension matrix (M2), in the order of the report; only dimensions that something shows."""
    weights = {(weight.dimension, weight.exercise): weight.value for weight in centre.weights}
    rows = (
        Row(
            dimension,
            tuple(
                Cell(
                    exercise.id,
                    dimension.id in exercise.rated,
                    dimension.id in exercise.keyed,
                    weights.get((dimension.id, exercise.id), 0.0),
                )
                for exercise in exercises_of(session, centre)
            ),
        )
        for dimension in rubric.framework().values()
    )
    return tuple(row for row in rows if row.is_shown or row.is_claimed)


# Opening and closing.


def shortcomings(session: Session, centre: Centre) -> list[RuleBroken]:
    """Everything that stops the opening, each with what to change; nothing when the centre may open."""
    here = exercises_of(session, centre)
    return [
        *_of_exercises(centre, here),
        *_of_claims(matrix(session, centre), here),
        *_of_job_analysis(centre),
        *_of_assessors(session, centre, here),
        *_of_scoring_time(session, centre),
        *_of_policy(centre),
        *_of_window(session, centre),
        *_of_purpose(centre),
    ]


def open(session: Session, centre_id: UUID, *, by: Actor) -> Centre:
    """Open a centre: exercises, rubrics, keys and weights freeze, the purpose is copied, sittings are made.

    :raises CannotOpen: with everything that has to be changed first.
    :raises CentreFrozen: when it has opened before.
    """
    centre = get(session, centre_id, by=by, lock=True)
    _draft(centre)
    problems = shortcomings(session, centre)
    if problems:
        raise CannotOpen(problems)
    for entry, exercise in zip(centre.exercises, exercises_of(session, centre), strict=True):
        entry.version_hash = shelf.store(session, exercise)
    session.flush()  # the versions have to be bound before the state freezes them
    now = clock.now()
    centre.purpose = centre.programme.purpose
    centre.opened_at = now
    centre.state = CentreState.OPEN
    if centre.programme.state is ProgrammeState.PLANNED:
        centre.programme.state = ProgrammeState.RUNNING
    session.flush()
    enrolments.make_sittings(session, centre)
    record_opening(session, centre, by=by)
    return centre


def record_opening(session: Session, centre: Centre, *, by: Actor) -> None:
    """Write down what a centre is bound to from its opening on."""
    journal.record(
        session,
        "centre.opened",
        "centre",
        centre.id,
        by=by,
        centre_id=centre.id,
        purpose=centre.purpose,
        versions={entry.exercise: entry.version_hash for entry in centre.exercises},
        weights={f"{weight.dimension} {weight.exercise}": weight.value for weight in centre.weights},
    )


def close(session: Session, centre_id: UUID, *, by: Actor) -> Centre:
    """Close a centre: no exercise is started any more; what runs goes on to its end, and so does rating.

    :raises CentreNotOpen: when it is not open.
    """
    centre = get(session, centre_id, by=by, lock=True)
    if centre.state is not CentreState.OPEN:
        raise CentreNotOpen
    centre.state = CentreState.CLOSED
    centre.closed_at = clock.now()
    journal.record(session, "centre.closed", "centre", centre.id, by=by, centre_id=centre.id)
    session.flush()  # what was never started counts as missing from here on
    _open_integrations(session, centre)
    return centre


def _open_integrations(session: Session, centre: Centre) -> None:
    """Open what waited for exercises that nobody can start any more; where nothing was rated there is nothing to open.

    One question per enrolment: each is held for its own integration, and a centre closes once.
    """
    rated = sa.select(Sitting.enrolment_id).join(Rating, Rating.sitting_id == Sitting.id)
    for enrolment_id in session.scalars(
        sa.select(Enrolment.id)
        .where(
            Enrolment.centre_id == centre.id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Enrolment.id.in_(rated.where(Rating.state == RatingState.SUBMITTED)),
        )
        .order_by(Enrolment.id)
    ).all():
        integrations.open_if_complete(session, enrolment_id)


# The rules, one after the other. Their sentences say what to change.


def _of_exercises(centre: Centre, here: Sequence[Exercise]) -> list[RuleBroken]:
    found = []
    if not any(exercise.is_simulation for exercise in here):
        found.append(
            RuleBroken(
                "M1",
                "A centre needs at least one simulation, in which people write or act and assessors rate it. Add one, "
                "such as the in-tray or the strategic case.",
            )
        )
    place = {name: number for number, exercise in enumerate(here) for name in (exercise.id, exercise.slug)}
    for exercise in here:
        for earlier in exercise.after:
            if place.get(earlier, -1) > place[exercise.id]:
                found.append(
                    RuleBroken(
                        "order",
                        "%(exercise)s builds on %(earlier)s. Put %(earlier)s before %(exercise)s.",
                        exercise=exercise.id,
                        earlier=earlier,
                    )
                )
    return found


def _of_claims(rows: Sequence[Row], here: Sequence[Exercise]) -> list[RuleBroken]:
    claimed = [row for row in rows if row.is_claimed]
    if not claimed:
        return [
            RuleBroken(
                "M2",
                "The centre claims no dimension yet. Give weights to at least one, in two or more exercises.",
            )
        ]
    found: list[RuleBroken] = []
    judged = {exercise.id for exercise in here if exercise.is_judgement}
    for row in claimed:
        name = row.dimension.id
        counting = [cell for cell in row.cells if cell.weight]
        if len(counting) < 2:
            found.append(
                RuleBroken(
                    "M2",
                    "%(dimension)s is claimed but counts in one exercise only. Give weight to a second exercise that "
                    "shows it, or take the claim away.",
                    dimension=name,
                )
            )
        if abs(row.total - 1) > 1e-6:
            found.append(
                RuleBroken(
                    "M2",
                    "The weights of %(dimension)s add to %(total)s %%. Change them so that they add to 100 %%.",
                    dimension=name,
                    total=f"{row.total * 100:g}",
                )
            )
        found += [
            RuleBroken(
                "M2",
                "%(exercise)s is a judgement exercise: it may count for at most 30 %% in %(dimension)s. Lower its weight.",
                dimension=name,
                exercise=cell.exercise,
            )
            for cell in counting
            if cell.exercise in judged and cell.weight > MOST_OF_A_JUDGEMENT + 1e-9
        ]
        found += _of_definition(row.dimension)
    for exercise in here:
        for dimension in exercise.rated:
            anchors = exercise.rubric and {
                rated.dimension: rated.anchors for rated in exercise.rubric.dimensions
            }
            if not anchors or not anchors.get(dimension):
                found.append(
                    RuleBroken(
                        "M3",
                        "%(exercise)s has no anchors for %(dimension)s. Add them to its rubric, or leave the exercise out.",
                        exercise=exercise.id,
                        dimension=dimension,
                    )
                )
    return found


def _of_definition(dimension: rubric.Dimension) -> list[RuleBroken]:
    signs = {behaviour.sign for behaviour in dimension.behaviours}
    if signs >= {"+", "-"} and all(dimension.definition.values()):
        return []
    return [
        RuleBroken(
            "M3",
            "%(dimension)s needs a definition and behaviours with plus and with minus. Complete the framework.",
            dimension=dimension.id,
        )
    ]


def _of_job_analysis(centre: Centre) -> list[RuleBroken]:
    if all((centre.job_analysis_who, centre.job_analysis_when, centre.job_analysis_how)):
        return []
    return [
        RuleBroken(
            "M3",
            "The dimensions need a link to the job. Fill in who analysed the job, when, and how.",
        )
    ]


def _of_assessors(session: Session, centre: Centre, here: Sequence[Exercise]) -> list[RuleBroken]:
    until = (centre.latest_end_at or clock.now()).date()
    ready = calibrations.ready(session, centre.id, on=until)
    return [
        RuleBroken(
            "M6",
            "%(exercise)s has %(n)s assessors with a calibration that is valid until the end; two are needed. Let "
            "assessors join, and record their calibrations.",
            exercise=exercise.id,
            n=count,
        )
        for exercise in here
        if exercise.is_simulation
        and (count := sum(1 for of in ready.values() if None in of or exercise.id in of)) < 2
    ]


def _of_scoring_time(session: Session, centre: Centre) -> list[RuleBroken]:
    found = workloads.shortcoming(session, centre)
    return [found] if found else []


def _of_policy(centre: Centre) -> list[RuleBroken]:
    sentences = {
        "en": "The policy page is not complete in English. Fill in all of its five parts.",
        "nl": "The policy page is not complete in Dutch. Fill in all of its five parts.",
    }
    return [RuleBroken("M10", sentences[language]) for language in missing_policies(centre)]


def missing_policies(centre: Centre) -> list[str]:
    """The languages in which the policy page is not complete (M10)."""
    complete = {policy.language for policy in centre.policies if policy.is_complete}
    return [language for language in LANGUAGES if language not in complete]


def _of_window(session: Session, centre: Centre) -> list[RuleBroken]:
    if not (centre.first_start_at and centre.latest_start_at and centre.latest_end_at):
        return [RuleBroken("window", "Fill in the first start, the latest start and the latest end.")]
    try:
        _check_window(session, centre, Setup(centre.name, **{name: getattr(centre, name) for name in WINDOW}))
    except errors.Invalid as error:
        return [RuleBroken("window", error.words, **error.values)]
    if centre.latest_start_at <= clock.now():
        return [RuleBroken("window", "The latest start has passed. Choose a later one.")]
    return []


def _of_purpose(centre: Centre) -> list[RuleBroken]:
    if centre.programme.purpose is not Purpose.SELECTION:
        return []
    return [
        RuleBroken(
            "purpose",
            "The shipped exercises and their keys are public, so they cannot be used for selection. Change the "
            "programme's purpose to development.",
        )
    ]


WINDOW = ("first_start_at", "latest_start_at", "latest_end_at")


def _check_window(session: Session, centre: Centre, setup: Setup) -> None:
    given = [getattr(setup, name) for name in WINDOW if getattr(setup, name)]
    if any(earlier >= later for earlier, later in pairwise(given)):
        raise WindowOrder(field="latest_start_at")
    if setup.latest_start_at and setup.latest_end_at:
        minutes = max((exercise.minutes for exercise in exercises_of(session, centre)), default=0)
        factor = largest_factor(session, centre)
        needed = setup.latest_start_at + timedelta(minutes=minutes * factor)
        if setup.latest_end_at < needed:
            from assessment.language import zone

            local = needed.astimezone(zone(setup.time_zone or centre.time_zone))
            raise EndsTooEarly(
                end=f"{local:%d-%m-%Y %H:%M}", minutes=minutes, factor=f"{factor:g}", field="latest_end_at"
            )
    if centre.state is not CentreState.DRAFT and not all(given):
        raise WindowOrder(field="latest_start_at")
    if setup.latest_end_at and centre.state is not CentreState.DRAFT:
        last = session.scalar(
            sa.select(sa.func.max(Sitting.deadline_at))
            .join(Enrolment)
            .where(
                Enrolment.centre_id == centre.id,
                Sitting.state.in_((SittingState.RUNNING, SittingState.PAUSED)),
            )
        )
        if last and last > setup.latest_end_at:
            raise StillRunning(field="latest_end_at")


def largest_factor(session: Session, centre: Centre) -> float:
    """The largest time factor of those who take part with a time limit."""
    largest = session.scalar(
        sa.select(sa.func.max(Enrolment.time_factor)).where(
            Enrolment.centre_id == centre.id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            Enrolment.is_untimed.is_(False),
        )
    )
    return max(1.0, largest or 1.0)


def _draft(centre: Centre) -> None:
    if centre.state is not CentreState.DRAFT:
        raise CentreFrozen


def _put(session: Session, centre: Centre, slugs: Sequence[str]) -> None:
    # Positions are unique, so the old places are cleared before the new ones are taken.
    session.execute(sa.delete(CentreExercise).where(CentreExercise.centre_id == centre.id))
    session.expire(centre, ["exercises"])
    shipped = shelf.all_of_it(session)
    session.add_all(
        CentreExercise(
            centre_id=centre.id,
            position=position,
            slug=slug,
            exercise=shipped[slug].id,
            version_hash=shelf.store(session, shipped[slug]),
        )
        for position, slug in enumerate(slugs, start=1)
    )
    session.flush()
    session.refresh(centre, ["exercises"])


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise NoCentreName(field="name")
    return name


def setup_of(centre: Centre, **changes: object) -> Setup:
    """The setup as it is, with some of it changed."""
    names = Setup.__dataclass_fields__
    return replace(Setup(**{name: getattr(centre, name) for name in names}), **changes)  # type: ignore[arg-type]


LONGEST_AFTERCARE = 200


def name_aftercare(session: Session, centre: Centre, name: str, reach: str, *, by: Actor) -> None:
    """Say whom participants can turn to after the centre, and how; also in an open or closed one."""
    centre.aftercare_name, centre.aftercare_reach = (
        " ".join(texts.whole(one, LONGEST_AFTERCARE).split()) for one in (name, reach)
    )
    journal.record(session, "centre.aftercare_named", "centre", centre.id, by=by, centre_id=centre.id)
