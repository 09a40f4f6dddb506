"""Benchmarks made from sealed sittings: the text without names, a panel that rates apart, and what it agrees on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from assessment import clock, errors, journal
from assessment.access import Actor
from assessment.models.benchmark import Benchmark, BenchmarkSet, BenchmarkState, Showing, Use
from assessment.models.centre import Centre, CentreExercise, ExerciseVersion
from assessment.models.enrolment import Enrolment, EnrolmentState, Exclusion
from assessment.models.meeting import MeetingEntry
from assessment.models.person import Person, Seat, SeatName
from assessment.models.rating import Assignment, Rating, RatingState
from assessment.models.sitting import Sitting, SittingState
from assessment.services import answers, readings, showings, versions
from assessment.services.showings import Written
from exercises.content import Exercise
from exercises.kind import Answer, Block, InvalidAnswer

LEAST_PANEL = 2
Masks = tuple[re.Pattern[str], re.Pattern[str]]
"""What is blackened, and what stays although it holds some of that."""


class TooFewOnPanel(errors.Invalid):
    sentence = "A panel needs at least two assessors who have never rated this participant."


class NotReadThrough(errors.Invalid):
    sentence = "Read the text through first, and confirm that nobody can be recognised in it."


class NoBasis(errors.Invalid):
    sentence = "Write why this text may be used to train and test assessors: what the participant agreed to, and where."


class NoTitle(errors.Invalid):
    sentence = "Give it a title by which you find it again, without anybody's name."


class NotAllIn(errors.NotAllowedNow):
    sentence = "Not everybody on the panel has submitted yet. The ratings are shown together when all are in."


class NoReason(errors.Invalid):
    sentence = "Write the reason."


class NotARange(errors.Invalid):
    sentence = "The accepted levels have to include the agreed level, and to span at most two."


@dataclass(frozen=True)
class Source:
    """A sealed sitting that a benchmark could be made from, by its code."""

    sitting_id: UUID
    code: str
    exercise: Exercise
    language: str


def sources(session: Session, centre: Centre) -> list[Source]:
    """The sealed, rated sittings of a centre, by exercise; without those that were talked live, or made one of already."""
    used = sa.select(Benchmark.sitting_id).where(Benchmark.state != BenchmarkState.RETIRED)
    rows = session.execute(
        sa.select(Sitting, CentreExercise)
        .join(CentreExercise, CentreExercise.id == Sitting.centre_exercise_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .join(ExerciseVersion, ExerciseVersion.hash == Sitting.version_hash)
        .where(
            CentreExercise.centre_id == centre.id,
            Sitting.state == SittingState.SEALED,
            Enrolment.state != EnrolmentState.WITHDRAWN,
            ExerciseVersion.rubric_hash.is_not(None),
            Sitting.id.not_in(used),
            ~sa.exists().where(MeetingEntry.sitting_id == Sitting.id),
        )
        .order_by(CentreExercise.position, Sitting.code)
    )
    return [
        Source(
            sitting.id, sitting.code, versions.get(session, sitting.version_hash), sitting.language or "en"
        )
        for sitting, _entry in rows
    ]


def _sitting(session: Session, centre: Centre, sitting_id: UUID) -> Sitting:
    """
    :raises NotFound: when nothing can be made of it here.
    """
    if sitting_id not in {one.sitting_id for one in sources(session, centre)}:
        raise errors.NotFound
    return session.get_one(Sitting, sitting_id, options=[joinedload(Sitting.enrolment)])


def may_be_on_it(session: Session, centre: Centre, sitting_id: UUID) -> list[Person]:
    """Who can be on the panel: the centre's assessors who have had nothing of this participant and are not excluded."""
    sitting = _sitting(session, centre, sitting_id)
    had = (
        sa.select(Assignment.assessor_id)
        .join(Sitting, Sitting.id == Assignment.sitting_id)
        .where(Sitting.enrolment_id == sitting.enrolment_id)
    )
    excluded = sa.select(Exclusion.assessor_id).where(Exclusion.enrolment_id == sitting.enrolment_id)
    in_programme = sa.select(Centre.id).where(
        Centre.programme_id == centre.programme_id, Centre.rehearsal_of_id.is_(None)
    )
    return list(
        session.scalars(
            sa.select(Person)
            .where(
                Person.id.in_(
                    sa.select(Seat.person_id).where(
                        Seat.centre_id.in_(in_programme), Seat.seat == SeatName.ASSESSOR
                    )
                ),
                Person.id.not_in(had),
                Person.id.not_in(excluded),
                Person.email != sitting.enrolment.manager_email,
                Person.is_active,
            )
            .order_by(sa.func.lower(Person.name), Person.email)
        )
    )


def masked_answers(session: Session, sitting: Sitting, words: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The answers with the participant's names and addresses blackened, and these words as well."""
    exercise = versions.get(session, sitting.version_hash)
    person = session.execute(
        sa.select(Person.name, Person.email)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.id == sitting.enrolment_id)
    ).one()
    stays = readings.kept(exercise, person.name, person.email)
    patterns = [
        (readings.pattern(person.name, person.email), stays),
        *((_whole(word), readings.NOTHING) for word in words if word.strip()),
    ]
    private = versions.private_tasks(exercise)
    return [
        {"minute": one.minute, "task": task, "value": _without_names(exercise, task, one.value, patterns)}
        for task, one in answers.counting(session, sitting).items()
        if task not in private
    ]


def _without_names(exercise: Exercise, task: str, value: Any, patterns: Sequence[Masks]) -> Any:
    """What was written is masked. What was chosen from the exercise's own lists stays: a name there is a character's."""
    if not _is_answer(exercise, task, value):
        return _masked(value, patterns)
    for path, text in list(_texts(value)):
        tried = _with(value, path, _masked(text, patterns))
        if _is_answer(exercise, task, tried):
            value = tried
    return value


def _is_answer(exercise: Exercise, task: str, value: Any) -> bool:
    try:
        versions.kind_of(exercise).parse(exercise, task, value)
    except InvalidAnswer:
        return False
    return True


def _texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every text in a value, and the way to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _texts(one, (*path, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _texts(one, (*path, place))


def _with(value: Any, path: tuple[Any, ...], text: str) -> Any:
    """The value with another text at the end of the path."""
    if not path:
        return text
    copy: Any = dict(value) if isinstance(value, Mapping) else list(value)
    copy[path[0]] = _with(copy[path[0]], path[1:], text)
    return copy


def _whole(word: str) -> re.Pattern[str]:
    plain = "".join(letter for letter, _place in readings.plain(word.strip()))
    return re.compile(rf"(?<!\w){re.escape(plain)}(?!\w)")


def _masked(value: Any, patterns: Sequence[Masks]) -> Any:
    if isinstance(value, str):
        for pattern, stays in patterns:
            value = readings.masked(value, pattern, stays)
        return value
    if isinstance(value, Mapping):
        return {name: _masked(one, patterns) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, patterns) for one in value]
    return value


def preview(
    session: Session, centre: Centre, sitting_id: UUID, words: Sequence[str], language: str
) -> tuple[Block, ...]:
    """The text as a panel would read it.

    :raises NotFound: when nothing can be made of this sitting here.
    """
    sitting = _sitting(session, centre, sitting_id)
    exercise = versions.get(session, sitting.version_hash)
    given = {
        one["task"]: Answer(one["task"], one["value"], one["minute"], order)
        for order, one in enumerate(masked_answers(session, sitting, words), 1)
    }
    return tuple(versions.kind_of(exercise).reading(exercise, language, given))


def make(
    session: Session,
    centre: Centre,
    sitting_id: UUID,
    *,
    title: str,
    basis: str,
    words: Sequence[str] = (),
    panel: Sequence[UUID],
    is_read: bool,
    by: Actor,
) -> Benchmark:
    """Make a benchmark of a sealed sitting and give it to a panel, each with a code of their own.

    :raises NotFound: when nothing can be made of it here. :raises TooFewOnPanel: :raises NoBasis: :raises NoTitle:
        :raises NotReadThrough: when something is missing.
    """
    sitting = _sitting(session, centre, sitting_id)
    if not title.strip():
        raise NoTitle(field="title")
    if not basis.strip():
        raise NoBasis(field="basis")
    if not is_read:
        raise NotReadThrough(field="is_read")
    able = {one.id for one in may_be_on_it(session, centre, sitting_id)}
    chosen = [one for one in dict.fromkeys(panel) if one in able]
    if len(chosen) < LEAST_PANEL:
        raise TooFewOnPanel(field="panel")
    made = Benchmark(
        centre_id=centre.id,
        version_hash=sitting.version_hash,
        sitting_id=sitting.id,
        language=sitting.language or "en",
        title=title.strip()[:200],
        answers=masked_answers(session, sitting, words),
        basis=basis.strip()[:1000],
        made_by_id=by.person_id,
        made_at=clock.now(),
    )
    session.add(made)
    session.flush()  # what is shown points to its id
    entry = session.get_one(CentreExercise, sitting.centre_exercise_id)
    for assessor_id in chosen:
        showings.show(session, centre, entry, assessor_id, _written(made), Use.PANEL)
    journal.record(
        session,
        "benchmark.made",
        "benchmark",
        made.id,
        by=by,
        centre_id=centre.id,
        sitting=sitting.id,
        panel=chosen,
    )
    return made


def _written(made: Benchmark) -> Written:
    given = [(one["minute"], one["task"], one["value"]) for one in made.answers]
    return Written(str(made.id), made.language, given, made.id)


# Agreeing.


@dataclass(frozen=True)
class Panellist:
    """Somebody on a panel, and what they gave; nothing before everybody is in."""

    name: str
    is_in: bool
    rating: Rating | None


@dataclass(frozen=True)
class Panel:
    """A benchmark made here, its exercise, and who rates or rated it."""

    benchmark: Benchmark
    exercise: Exercise
    members: tuple[Panellist, ...]

    @property
    def is_complete(self) -> bool:
        return all(one.is_in for one in self.members)


def list_for(session: Session, centre: Centre) -> list[Panel]:
    """The benchmarks made in a centre, newest first, in three queries."""
    found = session.scalars(
        sa.select(Benchmark).where(Benchmark.centre_id == centre.id).order_by(Benchmark.made_at.desc())
    ).all()
    return _panels(session, found)


def get(session: Session, centre: Centre, benchmark_id: UUID, *, lock: bool = False) -> Panel:
    """One of them.

    :raises NotFound: when it was not made here.
    """
    query = sa.select(Benchmark).where(Benchmark.id == benchmark_id, Benchmark.centre_id == centre.id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise errors.NotFound
    return _panels(session, [found])[0]


def _panels(session: Session, found: Sequence[Benchmark]) -> list[Panel]:
    members: dict[UUID, list[Panellist]] = {}
    for benchmark_id, name, rating in session.execute(
        sa.select(Showing.benchmark_id, Person.name, Rating)
        .join(Assignment, Assignment.id == Showing.assignment_id)
        .join(Person, Person.id == Showing.assessor_id)
        .outerjoin(
            Rating,
            sa.and_(
                Rating.sitting_id == Assignment.sitting_id,
                Rating.assessor_id == Assignment.assessor_id,
                Rating.state == RatingState.SUBMITTED,
            ),
        )
        .where(Showing.benchmark_id.in_([one.id for one in found]), Showing.use == Use.PANEL)
        .options(selectinload(Rating.dimensions), selectinload(Rating.observations))
        .order_by(Person.name)
    ):
        if benchmark_id is not None:
            members.setdefault(benchmark_id, []).append(Panellist(name, rating is not None, rating))
    panels = [
        Panel(one, versions.get(session, one.version_hash), tuple(members.get(one.id, ()))) for one in found
    ]
    return [
        one
        if one.is_complete
        else replace(one, members=tuple(replace(member, rating=None) for member in one.members))
        for one in panels
    ]


@dataclass(frozen=True)
class Agreed:
    """What a panel agreed on for one dimension; passages are observations of its members."""

    level: int
    low: int
    high: int
    reason: str
    passages: tuple[UUID, ...]


def agree(
    session: Session,
    centre: Centre,
    benchmark_id: UUID,
    into: BenchmarkSet,
    agreed: Mapping[str, Agreed],
    invites: str = "",
    *,
    by: Actor,
) -> Benchmark:
    """Write down what the panel agreed on, once. From then on it is a benchmark like any other of its set.

    :raises NotAllIn: before everybody has rated. :raises NotARange: :raises NoReason: for a dimension that lacks it.
    """
    panel = get(session, centre, benchmark_id, lock=True)
    found = panel.benchmark
    if found.state is not BenchmarkState.PANEL:
        raise errors.NotAllowedNow
    if not panel.is_complete:
        raise NotAllIn
    tied = {
        one.id: one
        for member in panel.members
        for one in (member.rating.observations if member.rating else ())
    }
    references: dict[str, Any] = {}
    for name in panel.exercise.rated:
        given = agreed.get(name)
        if (
            given is None
            or not (1 <= given.low <= given.level <= given.high <= 5)
            or given.high - given.low > 1
        ):
            raise NotARange(field=f"level-{name}")
        if not given.reason.strip():
            raise NoReason(field=f"reason-{name}")
        references[name] = {
            "level": given.level,
            "accepted": [given.low, given.high],
            "reason": given.reason.strip()[:2000],
            "passages": [
                {"behaviour": tied[one].behaviour, "quote": tied[one].quote}
                for one in given.passages
                if one in tied and tied[one].dimension == name
            ],
        }
    now = clock.now()
    found.references = references
    found.set = into
    found.errors = invites.strip()[:2000]
    found.state = BenchmarkState.AGREED
    found.agreed_by_id, found.agreed_at = by.person_id, now
    journal.record(
        session, "benchmark.agreed", "benchmark", found.id, by=by, centre_id=centre.id, into=into.value
    )
    return found


def retire(session: Session, centre: Centre, benchmark_id: UUID, reason: str, *, by: Actor) -> None:
    """Take a benchmark out of use; what was rated with it stays.

    :raises NoReason: without one.
    """
    found = get(session, centre, benchmark_id, lock=True).benchmark
    if not reason.strip():
        raise NoReason(field="reason")
    if found.state is BenchmarkState.RETIRED:
        return
    found.state = BenchmarkState.RETIRED
    found.retired_by_id, found.retired_at = by.person_id, clock.now()
    found.retired_reason = reason.strip()[:500]
    journal.record(session, "benchmark.retired", "benchmark", found.id, by=by, centre_id=centre.id)


def waiting(session: Session, *, by: Actor) -> list[tuple[UUID, str, Exercise]]:
    """What a panel expects of this assessor: assignment, code and exercise of each that is not submitted."""
    return [
        (assignment_id, code, versions.get(session, version_hash))
        for assignment_id, code, version_hash in session.execute(
            sa.select(Assignment.id, Sitting.code, Sitting.version_hash)
            .join(Showing, Showing.assignment_id == Assignment.id)
            .join(Sitting, Sitting.id == Assignment.sitting_id)
            .join(Benchmark, Benchmark.id == Showing.benchmark_id)
            .where(
                Showing.assessor_id == by.person_id,
                Showing.use == Use.PANEL,
                Benchmark.state == BenchmarkState.PANEL,
                ~sa.exists().where(
                    Rating.sitting_id == Assignment.sitting_id,
                    Rating.assessor_id == Assignment.assessor_id,
                    Rating.state == RatingState.SUBMITTED,
                ),
            )
            .order_by(Showing.shown_at)
        )
    ]
