"""Benchmarks of an exercise: those that ship with it and those that were made here, as one pool."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from assessment.models.benchmark import Benchmark, BenchmarkState, Showing, Use
from assessment.models.centre import Centre, CentreExercise
from assessment.services import showings, versions
from assessment.services.showings import Written
from exercises import benchmarks as shelf
from exercises.content import Exercise
from exercises.kind import InvalidAnswer


@dataclass(frozen=True)
class Known:
    """A benchmark that can be shown, whoever made it."""

    benchmark: shelf.Benchmark
    benchmark_id: UUID | None = None
    """Of one made here, whose answers are stored as the kind parsed them."""

    @property
    def name(self) -> str:
        return self.benchmark.id

    def written(self, exercise: Exercise, language: str) -> Written:
        """Its answers, in this language or the one it was written in.

        :raises InvalidAnswer: when the exercise does not take them, because it is of another version.
        """
        there = language if language in self.benchmark.languages else self.benchmark.languages[0]
        posted = self.benchmark.posted[there]
        answers = list(posted) if self.benchmark_id else showings.parsed(exercise, posted)
        return Written(self.name, there, answers, self.benchmark_id)


def pool(session: Session, centre: Centre, entry: CentreExercise) -> list[Known]:
    """What can be shown for an exercise of a centre: shipped ones first, then those made in centres of its programme
    with the very same version of the exercise.
    """
    return pools(session, [entry])[entry.id]


def pools(session: Session, entries: Sequence[CentreExercise]) -> dict[UUID, list[Known]]:
    """The same for many exercises, in one query."""
    from_here = aliased(Centre)
    own: dict[tuple[UUID, str], list[Benchmark]] = {}
    for one, centre_id in session.execute(
        sa.select(Benchmark, from_here.id)
        .join(Centre, Centre.id == Benchmark.centre_id)
        .join(from_here, from_here.programme_id == Centre.programme_id)
        .where(
            from_here.id.in_({entry.centre_id for entry in entries}),
            Benchmark.version_hash.in_({entry.version_hash for entry in entries}),
            Benchmark.state == BenchmarkState.AGREED,
        )
        .order_by(Benchmark.made_at, Benchmark.id)
    ):
        own.setdefault((centre_id, one.version_hash), []).append(one)
    return {
        entry.id: [
            *(Known(one) for one in shipped(versions.get(session, entry.version_hash))),
            *(Known(_as_shipped(one), one.id) for one in own.get((entry.centre_id, entry.version_hash), ())),
        ]
        for entry in entries
    }


@lru_cache(maxsize=64)
def shipped(exercise: Exercise) -> tuple[shelf.Benchmark, ...]:
    """The benchmarks of the exercise's folder that this version of it takes."""
    return tuple(one for one in shelf.benchmarks(exercise) if _is_taken(exercise, one))


def _is_taken(exercise: Exercise, one: shelf.Benchmark) -> bool:
    if set(one.references) != set(exercise.rated):
        return False
    tasks = {task.name for task in versions.kind_of(exercise).tasks(exercise)}
    try:
        for posted in one.posted.values():
            showings.parsed(exercise, posted)
    except InvalidAnswer:
        return False
    return all(task in tasks for posted in one.posted.values() for _minute, task, _value in posted)


def _as_shipped(own: Benchmark) -> shelf.Benchmark:
    """One made here, in the shape of those that ship."""
    language = own.language
    return shelf.Benchmark(
        id=str(own.id),
        set=own.set.value if own.set else "",
        is_provisional=False,
        profile=MappingProxyType({language: own.title}),
        references=MappingProxyType(
            {
                name: shelf.Reference(
                    dimension=name,
                    level=given["level"],
                    accepted=(given["accepted"][0], given["accepted"][1]),
                    reasons=MappingProxyType({language: given["reason"]}),
                    passages=tuple(
                        shelf.Passage(one["behaviour"], MappingProxyType({language: one["quote"]}))
                        for one in given["passages"]
                    ),
                )
                for name, given in (own.references or {}).items()
            }
        ),
        posted=MappingProxyType(
            {language: tuple((one["minute"], one["task"], one["value"]) for one in own.answers)}
        ),
        errors=MappingProxyType({language: own.errors} if own.errors else {}),
    )


def find(session: Session, showing: Showing, version_hash: str) -> shelf.Benchmark | None:
    """The benchmark that was shown, retired or not; None when the exercise no longer ships it."""
    if showing.benchmark_id:
        return _as_shipped(session.get_one(Benchmark, showing.benchmark_id))
    exercise = versions.get(session, version_hash)
    return next((one for one in shipped(exercise) if one.id == showing.name), None)


def last_shown(session: Session, assessor_id: UUID, names: Collection[str]) -> dict[str, dict[Use, datetime]]:
    """Of these benchmarks those that this assessor has seen anywhere, with what for and when last."""
    found: dict[str, dict[Use, datetime]] = {}
    if not names:
        return found
    for name, use, at in session.execute(
        sa.select(Showing.name, Showing.use, sa.func.max(Showing.shown_at))
        .where(Showing.assessor_id == assessor_id, Showing.name.in_(names))
        .group_by(Showing.name, Showing.use)
    ):
        found.setdefault(name, {})[use] = at
    return found


def of_set(known: Sequence[Known], name: str) -> list[Known]:
    return [one for one in known if one.benchmark.set == name]
