"""The kind "planning": jobs go on a board of crews and half-days, and an update half-way makes the plan impossible.

Tasks: ``first`` (the plan until the update), then ``final`` (the plan after it), ``proposal`` (a job that moves, and
how), ``told`` (who has to know) and ``message`` (a line to the customer). Plans are stored as ``J1.crew`` and
``J1.start``. Everything is scored by key; nobody rates it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exercises import writing
from exercises.chronicle import in_order
from exercises.content import LANGUAGES, Exercise, Problem, plain
from exercises.kind import (
    Answer,
    Answers,
    Block,
    Chronicle,
    Fact,
    Happening,
    InvalidAnswer,
    KeyResult,
    Phase,
    Samples,
    Task,
)
from exercises.planning import board as boards
from exercises.planning.board import ALL, Board, Plan
from exercises.planning.key import key
from exercises.planning.sampling import samples
from exercises.planning.words import Words

FIRST = "first"
AFTER = ("final", "proposal", "told", "message")
PLANS = (FIRST, "final")
MESSAGE_LIMIT = 60
MOST_SLOTS, MOST_CREWS, MOST_JOBS = 14, 6, 10
SHOWN = ("labels", "places", "rules", "jobs", "broken", "day_names", "part_names", "days", "parts")
SHOWN_LATER = ("update", "proposals", "told")
"""Words that would give the update away before it comes."""


@dataclass(frozen=True)
class Planning:
    """Reads, shows and scores every exercise of this kind."""

    name: str = "planning"

    def check(self, exercise: Exercise) -> Sequence[Problem]:
        return tuple(_problems(exercise))

    def phases(self, exercise: Exercise) -> tuple[Phase, ...]:
        minute = exercise.structure["update"]["minute"]
        return (
            Phase("plan", 0, minute, frozenset({FIRST})),
            Phase("repair", minute, exercise.minutes, frozenset(AFTER)),
        )

    def tasks(self, exercise: Exercise) -> tuple[Task, ...]:
        return tuple(Task(name) for name in (FIRST, *AFTER))

    def task(self, exercise: Exercise, name: str) -> Task | None:
        return Task(name) if name == FIRST or name in AFTER else None

    def view(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
        words, before = Words(exercise, language), boards.board(exercise, updated=False)
        is_updated = minute >= exercise.structure["update"]["minute"]
        first = _value(answers, FIRST, {})
        view: dict[str, Any] = {
            "parts": list(self.parts(exercise, answers, minute)),
            "language": language,
            "words": plain({name: words.text[name] for name in SHOWN}),
            "slots": [words.slot(slot) for slot in range(1, before.slots + 1)],
            "crews": [
                {
                    "id": crew.id,
                    "base": words.text["places"][crew.base],
                    "has_certificate": bool(crew.skills),
                }
                for crew in before.crews
            ],
            "jobs": [_job(before, entry, words) for entry in exercise.structure["jobs"]],
            "first": first,
            "board": _board_data(before),
            "is_updated": is_updated,
        }
        if is_updated:
            view["words"] |= plain({name: words.text[name] for name in SHOWN_LATER})
            view |= {
                "updated_board": _board_data(boards.board(exercise, updated=True)),
                "final": _value(answers, "final", first),
                "proposal": _value(answers, "proposal", {}),
                "told": _value(answers, "told", {}),
                "message": _value(answers, "message", ""),
                "message_limit": MESSAGE_LIMIT,
                "this_week": plain(exercise.structure["this_week"]),
            }
        return view

    def followed(self, exercise: Exercise) -> frozenset[str]:
        return frozenset()

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        is_updated = minute >= exercise.structure["update"]["minute"]
        return (FIRST, "update") if is_updated else (FIRST,)

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        if task in PLANS:
            return _parsed_plan(boards.board(exercise, updated=False), writing.fields(posted))
        if task == "proposal":
            return _parsed_proposal(exercise, writing.fields(posted))
        if task == "told":
            return _parsed_told(exercise, posted)
        if task == "message":
            return writing.text(posted)
        raise InvalidAnswer("no_task")

    def is_complete(self, exercise: Exercise, answers: Answers) -> tuple[str, ...]:
        open_plans = [
            name for name in PLANS if name in answers and not boards.plan_of(answers[name].value)
        ] + [name for name in PLANS if name not in answers]
        return tuple([*open_plans, *(("told",) if not _value(answers, "told", {}) else ())])

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        """Both plans, the proposal, who is told and the line to the customer, in words."""
        words = Words(exercise, language)
        blocks = [
            Block(
                name,
                words.text["labels"]["first" if name == FIRST else "final"],
                notes=(words.count(boards.breaches(board, plan)),),
                rows=tuple((words.job(job.id), words.place(plan.get(job.id))) for job in board.jobs),
            )
            for name, board, plan in _plans(exercise, answers)
        ]
        proposal, told = _value(answers, "proposal", {}), _value(answers, "told", {})
        labels, nothing = words.text["labels"], words.text["reading"]["none"]
        if proposal:
            job = words.job(proposal["job"]) if "job" in proposal else nothing
            how = words.text["proposals"][proposal["how"]] if "how" in proposal else nothing
            rows = ((labels["proposal_job"], job), (labels["proposal_how"], how))
            blocks.append(Block("proposal", labels["proposal"], rows=rows))
        if told:
            names = ", ".join(words.text["told"][who] for who in exercise.structure["told"] if who in told)
            blocks.append(Block("told", labels["told"], rows=((labels["told"], names),)))
        if _value(answers, "message", ""):
            blocks.append(Block("message", labels["message"], text=answers["message"].value))
        return tuple(blocks)

    def chronicle(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Chronicle:
        """The plan, the change in the middle, and what was made of it; each stands where it was changed last."""
        words, at = Words(exercise, language), float(exercise.structure["update"]["minute"])
        came = [(at, Happening("update", {}, words.text["update"]["text"]))] if minute >= at else []
        done = [
            # What belongs after the change cannot be older than it, also where the minutes of a sample say so.
            (answers[name] if name == FIRST else _since(answers[name], at), Happening("", block=name))
            for name in (FIRST, *AFTER)
            if name in answers and (name in PLANS or answers[name].value)
        ]
        return Chronicle(in_order(came, done, exercise.minutes), tuple(_moved(exercise, words, answers)))

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        if not value:
            return None
        blocks = self.reading(exercise, language, {task: Answer(task, value, 0, 1)})
        own = next((block for block in blocks if block.id == task), None)
        return own and replace(own, notes=())

    def key(self, exercise: Exercise, answers: Answers) -> KeyResult:
        return key(exercise, answers)

    def samples(self, exercise: Exercise) -> Samples:
        return samples(exercise)


KIND = Planning()


def _value(answers: Answers, task: str, otherwise: Any) -> Any:
    return answers[task].value if task in answers else otherwise


def _plans(exercise: Exercise, answers: Answers) -> Iterator[tuple[str, Board, Plan]]:
    """The plans that count; whoever leaves the final plan alone keeps the first one, as the page shows it."""
    for name in PLANS:
        value = _value(answers, name, _value(answers, FIRST, None))
        if value is not None:
            board = boards.board(exercise, updated=name != FIRST)
            yield name, board, boards.plan_of(value)


def _since(answer: Answer, minute: float) -> Answer:
    return replace(answer, minute=max(answer.minute, minute))


def _moved(exercise: Exercise, words: Words, answers: Answers) -> Iterator[Fact]:
    """Which jobs stand elsewhere after the change than before it."""
    if FIRST not in answers or "final" not in answers:
        return
    first, final = (boards.plan_of(answers[name].value) for name in PLANS)
    moved = [
        f"{words.job(job)} ({words.place(first.get(job))} → {words.place(final.get(job))})"
        for job in _ids(exercise)
        if first.get(job) != final.get(job)
    ]
    yield Fact("moved", {"what": "; ".join(moved)}) if moved else Fact("not_moved")


def _job(board: Board, entry: Mapping[str, Any], words: Words) -> dict[str, Any]:
    job = board.job(entry["id"])
    labels = words.text["labels"]
    facts = [words.half_days(job.length)]
    if job.place:
        facts.append(words.text["places"][job.place])
    if job.skills:
        facts.append(labels["needs"])
    return {
        "id": job.id,
        **words.text["jobs"][job.id],
        "facts": facts,
        "window": labels["window"].format(
            start=words.slot_name(job.earliest), end=words.slot_name(job.latest)
        ),
        "crews": [ALL] if ALL in job.crews else [crew.id for crew in board.crews],
    }


def _board_data(board: Board) -> dict[str, Any]:
    """What the page's own check of the rules needs: the same rules, as data."""
    return {
        "crews": [{"id": c.id, "base": c.base, "skills": sorted(c.skills)} for c in board.crews],
        "jobs": [
            {
                "id": job.id,
                "length": job.length,
                "place": job.place,
                "skills": sorted(job.skills),
                "earliest": job.earliest,
                "latest": job.latest,
                "crews": sorted(job.crews),
                "travels": not job.includes_travel,
            }
            for job in board.jobs
        ],
        "slots": board.slots,
        "parts": board.parts,
        "travel": board.travel,
        "blocks": [{"crew": b.crew, "skill": b.skill, "slots": sorted(b.slots)} for b in board.blocks],
    }


def _parsed_plan(board: Board, given: Mapping[str, str]) -> dict[str, Any]:
    known = {job.id: ALL in job.crews for job in board.jobs}
    crews = {crew.id for crew in board.crews}
    plan: dict[str, Any] = {}
    for name, written in given.items():
        job, _, part = name.partition(".")
        if job not in known or part not in ("crew", "start"):
            raise InvalidAnswer("no_job")
        if part == "crew":
            if written not in ({ALL} if known[job] else crews):
                raise InvalidAnswer("no_crew")
            plan[name] = written
        else:
            plan[name] = _whole(written, 1, board.slots)
    return {name: plan[name] for name in sorted(plan)}


def _whole(written: str, least: int, most: int) -> int:
    if not (
        written.isascii() and written.isdecimal() and len(written) <= 3 and least <= int(written) <= most
    ):
        raise InvalidAnswer("no_slot")
    return int(written)


def _parsed_proposal(exercise: Exercise, given: Mapping[str, str]) -> dict[str, str]:
    if not given.keys() <= {"job", "how"}:
        raise InvalidAnswer("no_proposal")
    if given.get("job", exercise.structure["jobs"][0]["id"]) not in _ids(exercise):
        raise InvalidAnswer("no_job")
    if given.get("how", exercise.structure["proposals"][0]) not in exercise.structure["proposals"]:
        raise InvalidAnswer("no_proposal")
    return {name: given[name] for name in sorted(given)}


def _parsed_told(exercise: Exercise, posted: Any) -> dict[str, bool]:
    if not isinstance(posted, dict):
        raise InvalidAnswer("no_fields")
    for who, is_told in posted.items():
        if who not in exercise.structure["told"] or is_told is not True:
            raise InvalidAnswer("no_person")
    return {who: True for who in exercise.structure["told"] if who in posted}


def _ids(exercise: Exercise) -> tuple[str, ...]:
    return tuple(entry["id"] for entry in exercise.structure["jobs"])


def _problems(exercise: Exercise) -> Iterator[Problem]:
    place, structure = f"{exercise.slug}/exercise.yaml", exercise.structure
    wanted = (
        "days",
        "parts",
        "travel",
        "crews",
        "jobs",
        "update",
        "proposals",
        "this_week",
        "told",
        "counts",
        "key",
    )
    missing = [name for name in wanted if name not in structure]
    if missing:
        yield from (Problem(place, f"has no {name}") for name in missing)
        return
    if not 0 < structure["update"]["minute"] < exercise.minutes:
        yield Problem(place, "the update arrives outside the exercise")
    slots = structure["days"] * structure["parts"]
    for name, number, most in (
        ("days", slots, MOST_SLOTS),
        ("crews", len(structure["crews"]), MOST_CREWS),
        ("jobs", len(structure["jobs"]), MOST_JOBS),
    ):
        if number > most:
            yield Problem(place, f"{name} make {number}, and every plan is counted; use at most {most}")
            return
    for entry in structure["jobs"]:
        if not 1 <= entry["earliest"] <= entry["earliest"] + entry["length"] - 1 <= entry["latest"] <= slots:
            yield Problem(place, f"{entry['id']} does not fit between its earliest start and its latest end")
    known = {*_ids(exercise)}
    for rule in structure["key"]["repairs"]:
        if rule["job"] not in known or rule["how"] not in structure["proposals"]:
            yield Problem(place, f"key.repairs names {rule['job']} {rule['how']}, which nobody can propose")
    yield from _wrong_counts(exercise, place)
    for language in LANGUAGES:
        yield from _missing_words(exercise, language)


def _wrong_counts(exercise: Exercise, place: str) -> Iterator[Problem]:
    """What the counts claim and the search does not find."""
    counts = exercise.structure["counts"]
    before, after = (boards.board(exercise, updated=updated) for updated in (False, True))
    found = {"counts.before": boards.count(before), "counts.after": boards.count(after)}
    claimed = {"counts.before": counts["before"], "counts.after": counts["after"]}
    for job, number in counts["without"].items():
        claimed[f"counts.without.{job}"] = number
        found[f"counts.without.{job}"] = boards.count(after.without(job))
    for job, number in counts["this_week"].items():
        claimed[f"counts.this_week.{job}"] = number
        found[f"counts.this_week.{job}"] = boards.count(
            after.agreed(job, exercise.structure["this_week"][job])
        )
    for name, number in claimed.items():
        if found[name] != number:
            yield Problem(place, f"{name} says {number}, but there are {found[name]} complete plans")
    if not found["counts.before"]:
        yield Problem(place, "no complete plan exists before the update")
    if found["counts.after"]:
        yield Problem(place, "the update leaves complete plans, so nothing has to be repaired")


def _missing_words(exercise: Exercise, language: str) -> Iterator[Problem]:
    structure, words = exercise.structure, exercise.text(language)
    asked: dict[str, Sequence[str]] = {
        "jobs": _ids(exercise),
        "told": structure["told"],
        "proposals": structure["proposals"],
        "key": ("placed", "standby", "rules", "repair", "told"),
        "update": ("text", "absent"),
        "broken": ("crew", "skill", "early", "late", "overlap", "standby"),
    }
    for part, ids in asked.items():
        for name in ids:
            if name not in words.get(part, {}):
                yield Problem(f"{exercise.slug}/text.{language}.yaml", f"{part}.{name} is missing")
    if len(words.get("days", ())) != structure["days"] or len(words.get("parts", ())) != structure["parts"]:
        yield Problem(f"{exercise.slug}/text.{language}.yaml", "days and parts do not name every half-day")
