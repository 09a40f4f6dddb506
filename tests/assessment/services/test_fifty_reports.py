"""Fifty reports, no two alike: every sentence about behaviour rests on evidence that leads to somebody's own words."""

import random
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment.database import Database
from assessment.models.rating import Observation
from assessment.models.report import STEPS, STRENGTHS, Line, Report
from assessment.sections import passages, shelf
from assessment.sections.blocks import Bullets, Section
from assessment.sections.facts import ReportFacts
from assessment.services import integrations, reports
from assessment.services.reports import Account, HalfPage
from exercises.frames import frames
from tests.assessment.reporting import BASE, Reporting

N = 50


def compose(session: Session, desk: Reporting, who: int, chance: random.Random) -> UUID:
    """Draft and sign a report with what chance chooses of everything that the editor offers."""
    report = reports.begin(session, desk.integrations[who], by=desk.by)
    evidence = integrations.evidence(session, report.enrolment_id)
    ids = {area: [one.id for _exercise, one in found] for area, found in evidence.items()}
    framed = chance.sample(sorted(ids), chance.randint(1, len(ids)))
    for area in framed:
        for frame in chance.sample(
            [one for one in frames().values() if one.dimension == area], chance.randint(1, 2)
        ):
            values = {slot: f"what was done in matter {who}" for slot in frame.slots}
            reports.choose_frame(
                session, report.id, frame.id, values, chance.sample(ids[area], 1), by=desk.by
            )
    everything = [one for found in ids.values() for one in found]
    strengths, steps = chance.randint(1, 2), chance.randint(1, 2)
    places = [Line.PATTERN, *STRENGTHS[:strengths], *STEPS[:steps]]
    rests_on = {place: chance.sample(everything, chance.randint(1, 3)) for place in places}
    exercise_of = {one.id: exercise for found in evidence.values() for exercise, one in found}
    cited = {exercise_of[one] for under in rests_on.values() for one in under}
    half = HalfPage(
        reports.draft(session, report.id, by=desk.by).version,
        f"You began with matter {who}.",
        [f"You found figure {n}." for n in range(strengths)],
        [f"Say who has to know, number {n}." for n in range(steps)],
        rests_on,
        {exercise: Account(f"You did what matter {who} asked.") for exercise in sorted(cited)},
        {area: f"A list helped in matter {who}." for area in framed if chance.random() < 0.5},
    )
    reports.write(session, report.id, half, by=desk.by)
    reports.sign(session, report.id, by=desk.by, base_url=BASE)
    return report.id


def unfounded(facts: ReportFacts, quotes: dict[str, str]) -> list[str]:
    """The sentences about behaviour that lead to nobody's own words."""
    passage_of = {one: passage for passage in passages.passages(facts) for one in passage.evidence}
    sections = {one.number: one for one in shelf.sections(facts)}
    shown = {item.passage: item.words for item in items(sections[2]) if item.passage}
    said = [(line.words, line.evidence) for line in facts.lines]
    said += [(frame.words, frame.evidence) for one in facts.dimensions for frame in one.frames]
    everything = [one for _words, evidence in said for one in evidence]
    said += [
        (one.approach, tuple(found for found in everything if found.exercise == one.id))
        for one in facts.exercises
        if one.approach
    ]
    said += [(d.helped, d.frames[0].evidence if d.frames else ()) for d in facts.dimensions if d.helped]
    return [
        words
        for words, evidence in said
        if not evidence
        or any(
            one.id not in passage_of
            or one.quote not in shown.get(passage_of[one.id].number, "")
            or one.quote.removesuffix(" …") not in quotes[one.id]
            for one in evidence
        )
    ]


def items(section: Section) -> list:  # type: ignore[type-arg]
    return [item for block in section.blocks if isinstance(block, Bullets) for item in block.items]


def test_every_sentence_of_fifty_reports_leads_to_the_participants_own_words(
    sqlite_database: Database,
) -> None:
    """rule R1"""
    chance = random.Random(20261129)
    desk = Reporting(sqlite_database, tuple(f"Person {n}" for n in range(N)), languages=("en", "nl"))
    with sqlite_database.writing() as session:
        ids = [compose(session, desk, who, chance) for who in range(N)]
    with sqlite_database.reading() as session:
        quotes = {str(one.id): one.quote for one in session.scalars(sa.select(Observation))}
        found = [reports.frozen(session.get_one(Report, one)) for one in ids]
    sentences = sum(len(one.lines) + sum(len(d.frames) for d in one.dimensions) for one in found)
    assert sentences > 5 * N
    assert [words for one in found for words in unfounded(one, quotes)] == []
