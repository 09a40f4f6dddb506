"""The group report of a centre for HR (content R11): patterns over what was released, no names, small cells withheld.

Only released reports count: HR knows no other, so that no difference of two totals tells of somebody who blocked theirs.
"""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from assessment import clock, journal
from assessment.access import Actor
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.plan import Plan
from assessment.models.rating import Observation, Rating, RatingState
from assessment.models.sitting import Sitting, SittingState
from assessment.sections.facts import ReportFacts
from assessment.sections.group import AreaPattern, Cell, ExercisePattern, GroupFacts
from assessment.services import follow_ups, minimums, plans, reports, versions
from exercises.frames import actions, bands
from exercises.rubric import framework

SHARES_FROM = minimums.PEOPLE_PER_GROUP.n
"""Shares per band are shown from this many people on; below, words (review 8)."""
KINDS = ("doing", "together", "learning", "own")
THEMES = 5
"""Three to five themes are enough to talk about (content R11)."""
LEAST, CELL = minimums.PEOPLE_IN_GROUP_REPORT.n, minimums.PEOPLE_PER_CELL.n


def group_report(session: Session, centre_id: UUID, language: str, *, by: Actor) -> GroupFacts:
    """The facts of a centre's group report, in the reader's language.

    :raises NotFound: when the centre is not theirs.
    """
    centre = reports.centre_to_read(session, centre_id, by=by)
    enrolled = session.execute(
        sa.select(
            Enrolment.state, sa.func.count(), sa.func.sum(sa.case((Enrolment.time_factor > 1, 1), else_=0))
        )
        .where(Enrolment.centre_id == centre_id)
        .group_by(Enrolment.state)
    ).all()
    released = reports.released_of(session, centre_id, by=by)
    facts = [reports.frozen(one) for one in released]
    results = [d for one in facts for d in one.dimensions]
    n = len(facts)
    withdrawn = sum(row[1] for row in enrolled if row[0] is EnrolmentState.WITHDRAWN)
    return GroupFacts(
        language=language,
        programme=centre.programme.name,
        centre=centre.name,
        made_on=clock.now().date(),
        n_invited=sum(row[1] for row in enrolled),
        n_finished=_cell(sum(row[1] for row in enrolled if row[0] is EnrolmentState.FINISHED)),
        n_withdrawn=_cell(withdrawn),
        n_adjusted=_cell(sum(int(row[2] or 0) for row in enrolled)),
        n_released=n,
        needed=LEAST,
        cell=CELL,
        shares_from=SHARES_FROM,
        languages=_parted(Counter(exercise.language for one in facts for exercise in one.exercises[:1])),
        exercises=tuple(dict.fromkeys(exercise.title for one in facts for exercise in one.exercises))
        if n >= LEAST
        else (),
        areas=_areas(facts, language) if n >= LEAST else (),
        by_exercise=_by_exercise(facts) if n >= LEAST else (),
        strengths=_named(facts, "+") if n >= LEAST else (),
        steps=_named(facts, "-") if n >= LEAST else (),
        reliability=reports.reliability(session, centre_id),
        is_provisional=any(one.is_provisional for one in facts),
        n_results=len(results) if n >= LEAST else 0,
        n_withheld=_cell(sum(_kind(d.reasons, d.band, d.between) == "little" for d in results)),
        **_after(session, [one.enrolment_id for one in released] if n >= LEAST else []),
    )


def _after(session: Session, enrolment_ids: Sequence[UUID]) -> dict[str, Any]:
    """What many chose, need and saw in looking back, of those whose reports HR knows: so no difference tells of another."""
    if not enrolment_ids:
        return {}
    found = session.scalars(
        sa.select(Plan).where(Plan.enrolment_id.in_(enrolment_ids)).options(selectinload(Plan.actions))
    ).all()
    library = {one.id: one for of in actions().values() for one in of}
    chosen = {one.id: plans.standing(one) for one in found if plans.standing(one)}
    said = [one for one in found if one.conditions]
    return {
        "n_planned": _at_least(len(chosen)),
        "kinds": _shared(
            len(chosen),
            KINDS,
            [
                {library[a.library_id].kind if a.library_id in library else "own" for a in of}
                for of in chosen.values()
            ],
        ),
        "planned_areas": _shared(
            len(chosen),
            tuple(framework()),
            [
                {library[a.library_id].dimension for a in of if a.library_id in library}
                for of in chosen.values()
            ],
        ),
        "n_said": _at_least(len(said)),
        "conditions": tuple(
            Cell((plans.CONDITIONS[one.names[0]],), one.n)
            for one in _shared(len(said), tuple(plans.CONDITIONS), [{*one.conditions} for one in said])
        ),
        "looking_back": _looking_back(session, enrolment_ids),
    }


def _at_least(n: int) -> int:
    """How many there are, or nobody where they are too few for a group."""
    return n if n >= LEAST else 0


def _shared(of: int, names: Sequence[str], found: Sequence[Set[str]]) -> tuple[Cell, ...]:
    """What enough people have in common; nothing where the rest of them could be recognised."""
    counts = Counter(name for one in found for name in one)
    cells = [
        Cell((name,), counts[name])
        for name in names
        if counts[name] and follow_ups.share(counts[name], of).count
    ]
    return tuple(sorted(cells, key=lambda one: -one.n))


def _looking_back(session: Session, enrolment_ids: Sequence[UUID]) -> tuple[Cell, ...]:
    """The described behaviours that assessors saw in what many wrote when they looked back: no words of anybody."""
    rows = session.execute(
        sa.select(Sitting.enrolment_id, Sitting.version_hash, Observation.behaviour)
        .join(Rating, Rating.sitting_id == Sitting.id)
        .join(Observation, Observation.rating_id == Rating.id)
        .where(
            Sitting.enrolment_id.in_(enrolment_ids),
            Sitting.state == SittingState.SEALED,
            Rating.state == RatingState.SUBMITTED,
            Observation.sign == "+",
        )
        .distinct()
    ).all()
    people: dict[UUID, set[str]] = {one: set() for one in enrolment_ids}
    for person, version, behaviour in rows:
        if versions.get(session, version).kind == "reflection":
            people[person].add(behaviour)
    known = [one.id for area in framework().values() for one in area.behaviours]
    return _shared(len(people), known, list(people.values()))[:THEMES]


def note(session: Session, centre_id: UUID, form: str, *, by: Actor) -> None:
    """Keep that a group report was taken out."""
    journal.record(
        session, "group_report.downloaded", "centre", centre_id, by=by, centre_id=centre_id, form=form
    )


def _cell(n: int) -> int | None:
    """The number, or None where it is a small one; nobody at all is no secret."""
    return n if n == 0 or n >= CELL else None


def _parted(counts: Counter[str]) -> tuple[Cell, ...]:
    """Cells with their numbers; where one is too small, it is merged with the next smallest, so that none can be worked out."""
    cells = sorted(counts.items(), key=lambda one: one[1])
    merged: list[tuple[tuple[str, ...], int]] = [((name,), n) for name, n in cells if n]
    while len(merged) > 1 and merged[0][1] < CELL:
        first, second = merged[0], merged[1]
        merged = sorted([(first[0] + second[0], first[1] + second[1]), *merged[2:]], key=lambda one: one[1])
    return tuple(Cell(names, n) for names, n in merged if n >= CELL)


def _kind(reasons: Iterable[str], band: str | None, between: Sequence[str] | None) -> str:
    """The one cell in which somebody's result on an area counts."""
    if {"U1", "U4"} & {*reasons}:
        return "little"
    if "U2" in reasons:
        return "mixed"
    return band or (between[0] if between else None) or "little"


def _areas(facts: Sequence[ReportFacts], language: str) -> tuple[AreaPattern, ...]:
    counts: dict[str, Counter[str]] = {}
    names: dict[str, str] = {}
    for one in facts:
        for d in one.dimensions:
            counts.setdefault(d.id, Counter())[_kind(d.reasons, d.band, d.between)] += 1
            names[d.id] = d.id
    order = [*bands(), "mixed", "little"]
    made = []
    for area, found in sorted(counts.items()):
        cells = sorted(_parted(found), key=lambda one: order.index(one.names[0]))
        made.append(
            AreaPattern(
                area,
                sum(found.values()),
                tuple(Cell(tuple(sorted(c.names, key=order.index)), c.n) for c in cells),
            )
        )
    return tuple(made)


def _by_exercise(facts: Sequence[ReportFacts]) -> tuple[ExercisePattern, ...]:
    """Per exercise the areas that many showed effectively or beyond, and those that many did not yet."""
    titles: dict[str, str] = {}
    easy: dict[str, Counter[str]] = {}
    hard: dict[str, Counter[str]] = {}
    high = {"effective", "strength"}
    for one in facts:
        for exercise in one.exercises:
            titles.setdefault(exercise.id, exercise.title)
        for d in one.dimensions:
            for seen in d.seen_in:
                if seen.band:
                    (easy if seen.band in high else hard).setdefault(seen.exercise, Counter())[d.id] += 1

    def many(found: Counter[str], others: Counter[str]) -> tuple[str, ...]:
        return tuple(sorted(area for area, n in found.items() if n >= CELL and n > others[area]))

    none: Counter[str] = Counter()
    return tuple(
        ExercisePattern(
            title,
            many(easy.get(exercise, none), hard.get(exercise, none)),
            many(hard.get(exercise, none), easy.get(exercise, none)),
        )
        for exercise, title in titles.items()
    )


def _named(facts: Sequence[ReportFacts], sign: str) -> tuple[Cell, ...]:
    """The areas that sentences with this sign were about, in the reports of at least five people."""
    counts = Counter(
        d.id for one in facts for d in one.dimensions if any(frame.sign == sign for frame in d.frames)
    )
    return tuple(Cell((area,), n) for area, n in sorted(counts.items()) if n >= CELL)
