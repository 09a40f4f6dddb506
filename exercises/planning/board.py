"""The board of a planning exercise: crews, jobs, half-days, what breaks a rule, and a count of all plans that fit.

Half-days are counted from 1. A plan maps jobs to places; a job that is not in it is not planned.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from exercises.content import Exercise

ALL = "all"
MOST_PLANS = 100_000
"""The crew of a job that all crews do together."""


@dataclass(frozen=True)
class Crew:
    id: str
    base: str
    skills: frozenset[str]


@dataclass(frozen=True)
class Job:
    """``latest`` is the half-day by which it must be finished."""

    id: str
    length: int
    place: str | None
    skills: frozenset[str]
    earliest: int
    latest: int
    crews: frozenset[str]
    """Who may do it; only ``ALL`` where all crews do it together."""
    includes_travel: bool = False


@dataclass(frozen=True)
class Block:
    """What a crew cannot do from the update on: work that asks for this skill, in these half-days."""

    crew: str
    skill: str
    slots: frozenset[int]


@dataclass(frozen=True)
class Board:
    crews: tuple[Crew, ...]
    jobs: tuple[Job, ...]
    slots: int
    parts: int
    """Half-days in a day: the last of each day needs a free crew."""
    travel: int
    """Half-days more for a crew that works outside its own country."""
    blocks: tuple[Block, ...] = ()

    def crew(self, name: str) -> Crew:
        return next(crew for crew in self.crews if crew.id == name)

    def job(self, name: str) -> Job:
        return next(job for job in self.jobs if job.id == name)

    def length(self, job: Job, crew: str) -> int:
        """How many half-days a crew needs for a job."""
        if crew == ALL or job.place is None or job.includes_travel or self.crew(crew).base == job.place:
            return job.length
        return job.length + self.travel

    def without(self, job: str) -> "Board":
        return replace(self, jobs=tuple(one for one in self.jobs if one.id != job))

    def agreed(self, job: str, latest: int) -> "Board":
        """The board once a customer agrees that a job is finished later."""
        return replace(
            self, jobs=tuple(replace(one, latest=latest) if one.id == job else one for one in self.jobs)
        )


@dataclass(frozen=True)
class Place:
    crew: str
    start: int


Plan = Mapping[str, Place]


@dataclass(frozen=True, order=True)
class Breach:
    """A broken rule: its name, the jobs that break it, and where."""

    rule: str
    jobs: tuple[str, ...]
    crew: str = ""
    slot: int = 0


def board(exercise: Exercise, *, updated: bool) -> Board:
    """The board before the update, or after it."""
    return _boards(exercise)[updated]


@lru_cache(maxsize=64)
def _boards(exercise: Exercise) -> tuple[Board, Board]:
    structure = exercise.structure
    crews = tuple(
        Crew(entry["id"], entry["base"], frozenset(entry["skills"])) for entry in structure["crews"]
    )
    everyone = frozenset(crew.id for crew in crews)
    before = Board(
        crews=crews,
        jobs=tuple(
            Job(
                id=entry["id"],
                length=entry["length"],
                place=entry.get("place"),
                skills=frozenset(entry.get("skills", ())),
                earliest=entry["earliest"],
                latest=entry["latest"],
                crews=frozenset({ALL}) if entry.get("together") else frozenset(entry.get("crews", everyone)),
                includes_travel=entry.get("includes_travel", False),
            )
            for entry in structure["jobs"]
        ),
        slots=structure["days"] * structure["parts"],
        parts=structure["parts"],
        travel=structure["travel"],
    )
    blocks = tuple(
        Block(entry["crew"], entry["skill"], frozenset(entry["slots"]))
        for entry in structure["update"]["blocks"]
    )
    return before, replace(before, blocks=blocks)


def plan_of(value: Mapping[str, Any]) -> dict[str, Place]:
    """The places in an answer (``J1.crew``, ``J1.start``); a job with only one of the two is not planned yet."""
    jobs = {name.partition(".")[0] for name in value}
    return {
        job: Place(value[f"{job}.crew"], value[f"{job}.start"])
        for job in sorted(jobs)
        if f"{job}.crew" in value and f"{job}.start" in value
    }


def cells(board: Board, job: Job, place: Place) -> frozenset[tuple[str, int]]:
    """The fields of the board that a placed job takes, also those past its edge."""
    crews = [crew.id for crew in board.crews] if place.crew == ALL else [place.crew]
    slots = range(place.start, place.start + board.length(job, place.crew))
    return frozenset((crew, slot) for crew in crews for slot in slots)


def breaches(board: Board, plan: Plan) -> tuple[Breach, ...]:
    """Every rule that a plan breaks, in a fixed order. What is not planned breaks none."""
    found: list[Breach] = []
    for job in board.jobs:
        if job.id in plan:
            found += _alone(board, job, plan[job.id])
    taken: dict[tuple[str, int], list[str]] = {}
    for job in board.jobs:
        if job.id in plan:
            for cell in cells(board, job, plan[job.id]):
                taken.setdefault(cell, []).append(job.id)
    clashes = {(tuple(jobs), crew) for (crew, _), jobs in taken.items() if len(jobs) > 1}
    found += [Breach("overlap", jobs, crew) for jobs, crew in sorted(clashes)]
    for slot in range(board.parts, board.slots + 1, board.parts):
        busy = [taken.get((crew.id, slot)) for crew in board.crews]
        if all(busy):
            found.append(Breach("standby", (), slot=slot))
    return tuple(found)


def _alone(board: Board, job: Job, place: Place) -> Iterator[Breach]:
    """What a job breaks whatever the others do."""
    if place.crew not in job.crews:
        yield Breach("crew", (job.id,), place.crew)
        return
    end = place.start + board.length(job, place.crew) - 1
    if place.crew != ALL and not job.skills <= board.crew(place.crew).skills:
        yield Breach("skill", (job.id,), place.crew)
    if place.start < job.earliest:
        yield Breach("early", (job.id,), place.crew, place.start)
    if end > min(job.latest, board.slots):
        yield Breach("late", (job.id,), place.crew, end)
    for block in board.blocks:
        slots = block.slots & set(range(place.start, end + 1))
        if block.crew == place.crew and block.skill in job.skills and slots:
            yield Breach("absent", (job.id,), place.crew, min(slots))


def sound(board: Board, plan: Plan) -> frozenset[str]:
    """The planned jobs that are part of no broken rule; a missing free crew is nobody's in particular."""
    broken = {job for breach in breaches(board, plan) for job in breach.jobs}
    return frozenset(plan) - broken


def keeps_standby(board: Board, plan: Plan) -> bool:
    return all(breach.rule != "standby" for breach in breaches(board, plan))


def plans(board: Board) -> Iterator[dict[str, Place]]:
    """Every complete plan that breaks no rule, by exhaustive search."""
    choices = {job.id: tuple(_choices(board, job)) for job in board.jobs}
    narrow = sorted(choices, key=lambda job: len(choices[job]))
    afternoons = tuple(
        sum(_bit(board, crew.id, slot) for crew in board.crews)
        for slot in range(board.parts, board.slots + 1, board.parts)
    )
    yield from _search(choices, narrow, afternoons, {}, 0)


def count(board: Board) -> int:
    """How many complete plans there are; nobody counts further than ``MOST_PLANS``."""
    return sum(1 for _ in islice(plans(board), MOST_PLANS))


def _bit(board: Board, crew: str, slot: int) -> int:
    return 1 << ([one.id for one in board.crews].index(crew) * board.slots + slot - 1)


def _choices(board: Board, job: Job) -> Iterator[tuple[Place, int]]:
    """The places at which a job breaks no rule of its own, each with the fields that it takes as bits."""
    for crew in sorted(job.crews):
        for slot in range(1, board.slots + 1):
            place = Place(crew, slot)
            if not any(_alone(board, job, place)):
                yield place, sum(_bit(board, *cell) for cell in cells(board, job, place))


def _search(
    choices: Mapping[str, tuple[tuple[Place, int], ...]],
    jobs: Sequence[str],
    afternoons: Sequence[int],
    plan: dict[str, Place],
    taken: int,
) -> Iterator[dict[str, Place]]:
    if any(taken & afternoon == afternoon for afternoon in afternoons):
        return
    if not jobs:
        yield dict(plan)
        return
    for place, fields in choices[jobs[0]]:
        if not fields & taken:
            yield from _search(choices, jobs[1:], afternoons, {**plan, jobs[0]: place}, taken | fields)
