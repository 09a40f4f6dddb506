"""The evidence of a centre: right where the truth is known, withheld where there is too little, and each sees their part."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from assessment import clock, errors
from assessment.database import Database
from assessment.language import translator
from assessment.models.centre import Centre
from assessment.models.enrolment import EnrolmentState
from assessment.models.event import Event, Job, JobState
from assessment.models.evidence import (
    Age,
    Background,
    EvidenceResult,
    FirstLanguage,
    Gender,
    Reaction,
    ReactionAnswer,
)
from assessment.models.person import Seat, SeatName
from assessment.models.programme import Programme
from assessment.models.rating import Rating, Round
from assessment.models.sitting import Sitting, SittingState
from assessment.sections.evidence.chapters import Reader, View, chapters
from assessment.sections.evidence.facts import AMBER, GREEN, RED, Evidence, Measured
from assessment.services import backgrounds, evidence, minimums, reactions, rehearsals, research
from assessment.services.backgrounds import Said
from assessment.settings import Settings
from exercises.rubric import framework
from scoring import simulate
from tests import factories
from tests.assessment.query_count import counting
from tests.assessment.rated import Rated, rows_of, simulated
from tests.factories import NOON
from tests.working import run_next

LATER = NOON + timedelta(days=30)
BOTH = {"en": translator("en"), "nl": translator("nl")}


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.at(LATER):
        yield


def computed(made: Rated, settings: Settings) -> Evidence:
    """What the job keeps, when an administrator asks for it."""
    with made.database.writing() as session:
        look = evidence.for_administrator(session, made.centre.id, by=made.by)
        evidence.begin(session, look, by=made.by)
    assert run_next(made.database, settings)
    with made.database.reading() as session:
        look = evidence.for_administrator(session, made.centre.id, by=made.by)
        assert look.is_current
        assert look.evidence
        return look.evidence


def said(found: Evidence, reader: Reader = Reader.ADMINISTRATOR, language: str = "en", **values: Any) -> str:
    """Everything that a reader's chapters say, in one text."""
    names = {name: one.name[language] for name, one in framework().items()}
    view = View(reader, LATER, {}, names, reactions.STATEMENTS, **values)
    return repr(chapters(found, view, BOTH[language]))


# A known truth.


def test_severity_and_what_assessors_do_differently_are_found_where_the_truth_is_known(
    database: Database, settings: Settings
) -> None:
    made, truth = simulated(
        database, 100, exercises=4, dimensions=5, assessors=8, exercise_spread=0.7, dimension_spread=0.3,
        severity_spread=0.25, planted={0: "harsh", 1: "lenient", 2: "central"},
    )  # fmt: skip
    found = computed(made, settings)
    by_id = {one.assessor: one for one in found.effects}
    effects = [by_id[str(person.id)] for person in made.assessors]
    known = truth.truth.assessors[3:]
    gaps = [one.severity.estimate for one in effects[3:]]
    assert np.corrcoef(known, np.array(gaps, dtype=float))[0, 1] > 0.85
    assert {one.effect for one in effects[0].findings} == {"harsh"}
    assert {one.effect for one in effects[1].findings} == {"lenient"}
    assert "central" in {one.effect for one in effects[2].findings}
    assert not any(one.findings for one in effects[3:]), "no false alarm"
    assert all(one.severity.low < one.severity.estimate < one.severity.high for one in effects)  # type: ignore[operator]
    assert all(one.raw is not None and one.fair is not None for one in effects)

    shares = {one.part: one.share for one in found.sources}
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["person"] > shares["person_exercise"] > shares["person_dimension"]
    whole = next(one for one in found.agreement if one.of == "all")
    assert whole.single.estimate < whole.together.estimate  # type: ignore[operator]
    assert whole.together.band in (GREEN, AMBER, RED)
    assert found.is_connected
    assert found.shift
    assert found.shift.below_tenth + found.shift.below_quarter + found.shift.more == 100
    text = said(found)
    assert "results differ more between exercises than between dimensions" in text
    assert "3 of 8 assessors" not in text, "central is no strictness"
    assert "2 of 8 assessors mark clearly stricter or milder" in text


def test_what_is_kept_can_be_read_again_as_it_was(database: Database, settings: Settings) -> None:
    made, _truth = simulated(database, 24)
    found = computed(made, settings)
    assert Evidence.from_document(json.loads(json.dumps(found.to_document()))) == found


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("reader", list(Reader))
def test_every_reader_gets_every_chapter_with_what_is_not_proven(
    sqlite_database: Database, settings: Settings, language: str, reader: Reader
) -> None:
    made, _truth = simulated(sqlite_database, 24)
    text = said(computed(made, settings), reader, language)
    assert ("What is not proven" if language == "en" else "Wat niet bewezen is") in text
    assert "%(" not in text
    assert "None" not in re.sub(r"\b\w+=None", "", text)  # fields of blocks that are not used


# Too little.


def test_eight_participants_get_counts_and_reasons_and_no_model(
    database: Database, settings: Settings
) -> None:
    made, _truth = simulated(database, 8, exercises=3, dimensions=3, assessors=4)
    found = computed(made, settings)
    assert found.extent.rated_twice == 8
    whole = found.agreement[0]
    assert whole.exact.estimate is not None, "how many are equal is a count, and shown from eight on"
    assert whole.together.estimate is None
    assert whole.withheld
    assert (whole.withheld.n, whole.withheld.have) == (20, 8)
    assert found.sources == ()
    assert found.sources_withheld
    assert all(one.withheld and one.severity.estimate is None for one in found.effects)
    assert found.shift is None
    assert all(one.fair.estimate is None for one in found.difficulty)
    assert all(one.withheld for one in found.between_languages)
    text = said(found)
    assert (
        "Not enough data yet: this needs 20 participants whom two assessors rated, and there are 8." in text
    )


def test_seven_participants_get_nothing_but_how_many_there_are(
    database: Database, settings: Settings
) -> None:
    made, _truth = simulated(database, 7, assessors=4)
    found = computed(made, settings)
    assert found.agreement == ()
    assert found.agreement_withheld
    assert found.extent.participants == 7
    assert "this needs 8 participants, and there are 7" in said(found)


def test_a_centre_without_ratings_says_so(database: Database, settings: Settings) -> None:
    found = computed(Rated(database, []), settings)
    assert found.extent.ratings == 0
    assert "There is too little yet to say anything." in said(found)


def test_the_demo_has_too_few_people_and_says_what_it_needs(
    sqlite_demo: Database, settings: Settings
) -> None:
    with sqlite_demo.writing() as session:
        by = factories.actor(session, factories.administrator(session))
        centres = session.scalars(sa.select(Centre).where(Centre.closed_at.is_not(None))).all()
        for centre in centres:
            evidence.begin(session, evidence.for_administrator(session, centre.id, by=by), by=by)
    while run_next(sqlite_demo, settings):
        pass
    for centre in centres:
        with sqlite_demo.reading() as session:
            found = evidence.for_administrator(session, centre.id, by=by).evidence
        if found is None or found.extent.participants >= minimums.PEOPLE_RATED_TWICE.n:
            continue
        assert found.extent.ratings > 0
        assert found.sources_withheld
        assert "Not enough data yet" in said(found)


# Not connected.


def test_assessors_who_share_no_performance_are_never_compared(
    database: Database, settings: Settings
) -> None:
    one = rows_of(simulate.centre(30, exercises=3, dimensions=3, assessors=3, seed=1))
    other = rows_of(
        simulate.centre(30, exercises=3, dimensions=3, assessors=3, mean=-1.2, seed=2, severity_spread=0.2)
    )
    made = Rated(database, [*one, *((p + 30, e, d, a + 3, score) for p, e, d, a, score in other)])
    found = computed(made, settings)
    assert not found.is_connected
    assert [(subset.assessors, subset.participants) for subset in found.subsets] == [(3, 30), (3, 30)]
    for subset in found.subsets:
        own = [one.severity.estimate for one in found.effects if one.subset == subset.number]
        assert sum(filter(None, own)) == pytest.approx(0, abs=1e-9), "each against its own group"
    assert found.difficulty == ()
    text = said(found)
    assert "The assessors form 2 groups that never rated the same performance" in text
    assert "exercises cannot be compared by the model" in text
    assert "no number in this chapter can tell the two apart" in text
    assert "within the group of assessors that rated them" in text
    plain = said(found, Reader.PARTICIPANT)
    assert "The assessors form 2 groups that never rated the same performance" in plain


@pytest.mark.parametrize(
    ("exercise", "dimension", "words", "advises"),
    [
        ((0.30, 0.20, 0.40), (0.05, 0.00, 0.10), "more between exercises than between dimensions", True),
        ((0.05, 0.00, 0.10), (0.30, 0.20, 0.40), "more between dimensions than between exercises", False),
        ((0.12, 0.05, 0.19), (0.10, 0.04, 0.16), "cannot be told", False),
        ((0.0, None, None), (0.01, 0.00, 0.03), "cannot be told", False),
    ],
)
def test_what_differs_more_is_said_only_beyond_its_error(
    sqlite_database: Database,
    settings: Settings,
    exercise: tuple[float, float | None, float | None],
    dimension: tuple[float, float | None, float | None],
    words: str,
    advises: bool,
) -> None:
    found = computed(simulated(sqlite_database, 24)[0], settings)
    given = {"person_exercise": exercise, "person_dimension": dimension}
    sources = tuple(
        replace(one, variance=Measured(*given[one.part])) if one.part in given else one
        for one in found.sources
    )
    assert words in said(replace(found, sources=sources))
    plain = said(replace(found, sources=sources), Reader.PARTICIPANT)
    assert ("So look first at how you did in each exercise" in plain) is advises


def test_few_who_worked_in_a_language_are_not_counted(database: Database, settings: Settings) -> None:
    found = computed(simulated(database, 8)[0], settings)  # four of them in each language
    assert found.between_languages
    assert all(one.withheld and one.withheld.have == -1 for one in found.between_languages)
    assert all(one.n == 0 for one in found.languages)
    text = said(found)
    assert text.count("Not enough data yet: this needs 20 participants in each group.") == 1
    assert "Between languages" not in text


def test_the_administrator_sees_fit_range_and_halo_of_each_assessor(
    sqlite_database: Database, settings: Settings
) -> None:
    found = computed(simulated(sqlite_database, 30)[0], settings)
    assert all(one.fit and one.spread is not None and one.halo is not None for one in found.effects)
    text = said(found)
    assert "How assessors use the scale" in text
    assert all(column in text for column in ("Fit", "Range, z", "Halo, z"))


# What counts.


def test_rehearsals_withdrawn_void_and_excluded_count_nowhere(database: Database, settings: Settings) -> None:
    made, _truth = simulated(database, 30)
    with database.writing() as session:
        session.get_one(type(made.enrolments[0]), made.enrolments[0].id).state = EnrolmentState.WITHDRAWN
        for place, change in ((1, {"state": SittingState.VOID}), (2, {"is_excluded": True})):
            session.execute(
                sa.update(Sitting).where(Sitting.enrolment_id == made.enrolments[place].id).values(**change)
            )
    found = computed(made, settings)
    assert found.extent.participants == 27
    assert found.extent.left_out == 9


def test_second_rounds_count_nowhere(database: Database, settings: Settings) -> None:
    made, _truth = simulated(database, 24)
    before = computed(made, settings)
    with database.writing() as session:
        first = session.scalars(sa.select(Rating)).first()
        assert first
        session.add(
            Rating(
                sitting_id=first.sitting_id,
                assessor_id=made.assessors[0].id,
                round=Round.ADJUDICATION,
                rubric_hash=first.rubric_hash,
                started_at=NOON,
                saved_at=NOON,
            )
        )
    assert computed_again(made, settings).extent.ratings == before.extent.ratings


def computed_again(made: Rated, settings: Settings) -> Evidence:
    with made.database.writing() as session:
        session.execute(sa.delete(EvidenceResult))
    return computed(made, settings)


def test_a_rehearsal_has_no_evidence(database: Database) -> None:
    made, _truth = simulated(database, 8)
    with database.reading() as session:
        source = session.get_one(Centre, made.centre.id)
        assert not source.is_rehearsal
    with database.writing() as session:
        copy = factories.centre(session, "stavoord-case", rehearsal_of_id=made.centre.id)
        copy_id = copy.id
    with database.reading() as session:
        assert [one.id for one in rehearsals.list_all(session)] == [copy_id]
        with pytest.raises(evidence.Rehearsed):
            evidence.for_administrator(session, copy_id, by=made.by)


# Kept until something changes.


def test_what_was_computed_serves_until_a_rating_comes_in(database: Database, settings: Settings) -> None:
    made, _truth = simulated(database, 24)
    computed(made, settings)
    with database.writing() as session:
        look = evidence.for_administrator(session, made.centre.id, by=made.by)
        assert evidence.begin(session, look, by=made.by) is None, "nothing has changed"
        enrolment = session.get_one(type(made.enrolments[0]), made.enrolments[0].id)
        enrolment.state = EnrolmentState.WITHDRAWN
    with database.writing() as session:
        look = evidence.for_administrator(session, made.centre.id, by=made.by)
        assert not look.is_current
        assert look.evidence, "what there was stays to be read meanwhile"
        first = evidence.begin(session, look, by=made.by)
        session.flush()
        again = evidence.begin(
            session, evidence.for_administrator(session, made.centre.id, by=made.by), by=made.by
        )
        assert first
        assert again
        assert first.id == again.id, "one job at a time"
    assert run_next(database, settings)
    with database.reading() as session:
        look = evidence.for_administrator(session, made.centre.id, by=made.by)
        assert look.is_current
        assert look.evidence
        assert look.evidence.extent.participants == 23
        assert session.scalars(sa.select(Job.state)).all() == [JobState.DONE] * 2


def test_looking_takes_as_many_queries_for_many_as_for_few(
    sqlite_database: Database, settings: Settings
) -> None:
    counts = []
    for people in (8, 60):
        made, _truth = simulated(sqlite_database, people)
        computed(made, settings)
        with sqlite_database.reading() as session, counting(sqlite_database) as count:
            look = evidence.for_administrator(session, made.centre.id, by=made.by)
            assert look.evidence
            evidence.names_of(session, look.evidence.effects)
            looked = count.n
        with sqlite_database.reading() as session, counting(sqlite_database) as count:
            evidence.read(session, made.centre.id)
        counts.append((looked, count.n))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 10
    assert counts[0][1] <= 9


# Who sees what.


def test_assessors_hr_and_participants_wait_for_the_last_rating(
    database: Database, settings: Settings
) -> None:
    made, _truth = simulated(database, 24)
    computed(made, settings)
    with database.writing() as session:
        assessor = made.assessor_by[0]
        participant = made.participant_by[0]
        hr = made.hr_by
        stranger = factories.actor(session, factories.assessor(session, factories.centre(session)))
        assert [one.id for one in evidence.rated_by(session, by=assessor)] == [made.centre.id]
        own = evidence.for_assessor(session, made.centre.id, by=assessor)
        assert own.evidence
        assert [one.assessor for one in own.evidence.effects] == [str(made.assessors[0].id)]
        nameless = evidence.for_hr(session, made.centre.id, by=hr)
        assert nameless.evidence
        assert {one.assessor for one in nameless.evidence.effects} == {""}
        plain = evidence.for_participant(session, made.enrolments[0].id, by=participant)
        assert plain.evidence
        assert plain.evidence.effects == ()
        for look in (own, nameless, plain):
            assert look.evidence
            assert look.evidence.groups == ()
            assert str(made.assessors[1].id) not in json.dumps(look.evidence.to_document())
        with pytest.raises(errors.NotFound):
            evidence.for_assessor(session, made.centre.id, by=stranger)
        with pytest.raises(errors.NotFound):
            evidence.for_participant(session, made.enrolments[1].id, by=participant)
        with pytest.raises(errors.NotFound):
            evidence.for_administrator(session, made.centre.id, by=hr)

        home = session.get_one(Programme, made.centre.programme_id)
        open_one = factories.centre(session, "stavoord-case", programme=home)
        session.add(Seat(centre_id=open_one.id, person_id=made.assessors[0].id, seat=SeatName.ASSESSOR))
        session.flush()
        with pytest.raises(evidence.NotComplete):
            evidence.for_assessor(session, open_one.id, by=assessor)
        with pytest.raises(evidence.NotComplete):
            evidence.for_hr(session, open_one.id, by=hr)


def test_an_assessor_reads_kindly_about_themselves_and_nothing_about_others(
    database: Database, settings: Settings
) -> None:
    made, _truth = simulated(
        database, 100, exercises=4, dimensions=5, assessors=8, severity_spread=0.2, planted={0: "harsh"}
    )
    computed(made, settings)
    with database.writing() as session:
        by = made.assessor_by[0]
        look = evidence.for_assessor(session, made.centre.id, by=by)
    assert look.evidence
    text = said(look.evidence, Reader.ASSESSOR, checked=look.checked)
    assert "points stricter than the others (between " in text
    assert "there is no ranking" in text
    assert not any(one.name in text for one in made.assessors)


def test_few_assessors_are_not_told_how_far_the_others_lie_apart(
    database: Database, settings: Settings
) -> None:
    made, _truth = simulated(database, 40, assessors=3)
    computed(made, settings)
    with database.writing() as session:
        look = evidence.for_assessor(session, made.centre.id, by=made.assessor_by[0])
        nameless = evidence.for_hr(session, made.centre.id, by=made.hr_by)
    assert look.evidence
    assert all(one.differ.estimate is None for one in look.evidence.subsets)
    assert nameless.evidence
    assert nameless.evidence.effects == ()


# Fairness (F1 to F5).


def give_backgrounds(session: Session, made: Rated, women: int, others: int) -> None:
    for number, enrolment in enumerate(made.enrolments):
        gender = Gender.WOMAN if number < women else Gender.OTHER if number < women + others else Gender.MAN
        session.add(
            Background(
                enrolment_id=enrolment.id,
                gender=gender,
                age=Age.OLDER,
                first_language=FirstLanguage.SAME if number % 2 else FirstLanguage.ANOTHER,
                changed_at=NOON,
            )
        )


def test_groups_are_compared_from_twenty_on_and_small_ones_not_even_counted(
    database: Database, settings: Settings
) -> None:
    made, _truth = simulated(database, 60)
    with database.writing() as session:
        give_backgrounds(session, made, 25, 3)
    computed(made, settings)
    with database.reading() as session:
        look, groups = evidence.groups(session, made.centre.id, by=made.by)
        assert look.evidence
        assert look.evidence.groups == (), "only behind the permission of its own"
    found = {(one.trait, one.group): one for one in groups}
    women = found["gender", "woman"]
    assert women.n == 25
    assert women.difference.low < women.difference.estimate < women.difference.high  # type: ignore[operator]
    small = found["gender", "other"]
    assert small.n is None
    assert small.difference.estimate is None
    assert ("first_language", "same") in found or ("first_language", "another") in found
    assert not any(trait == "age" for trait, _group in found), "one group is no comparison"
    verdicts = dict(look.checked)
    assert verdicts["gender"] in ("clear", "look")
    text = said(look.evidence, Reader.HR, checked=look.checked)
    assert "Checked on gender: " in text
    assert "25" not in text.split("Fairness")[1].split("What participants say")[0], "no figure of a group"


def test_only_the_permission_opens_the_figures_about_groups(database: Database, settings: Settings) -> None:
    made, _truth = simulated(database, 24)
    computed(made, settings)
    with database.writing() as session:
        for by in (made.hr_by, made.assessor_by[0], made.participant_by[0]):
            with pytest.raises(errors.NotFound):
                evidence.groups(session, made.centre.id, by=by)


def test_what_somebody_takes_back_is_in_no_figure_any_more(database: Database, settings: Settings) -> None:
    made, _truth = simulated(database, 42)
    with database.writing() as session:
        give_backgrounds(session, made, 20, 0)
    computed(made, settings)
    with database.writing() as session:
        by = made.participant_by[0]
        backgrounds.take_back(session, made.enrolments[0].id, by=by)
    with database.reading() as session:
        assert evidence.for_administrator(session, made.centre.id, by=made.by).evidence is None
    computed(made, settings)
    with database.reading() as session:
        _look, groups = evidence.groups(session, made.centre.id, by=made.by)
    women = next(one for one in groups if one.group == "woman")
    assert women.n == 19
    assert women.withheld


# Reactions.


def react(session: Session, made: Rated, count: int) -> None:
    for number, enrolment in enumerate(made.enrolments[:count]):
        session.add(
            Reaction(
                enrolment_id=enrolment.id,
                remark=f"=remark {number}",
                changed_at=NOON + timedelta(minutes=number),
            )
        )
        session.add_all(
            ReactionAnswer(enrolment_id=enrolment.id, statement=name, value=4 if number % 4 else 2)
            for name in reactions.STATEMENTS
        )


@pytest.mark.parametrize(("answered", "shown"), [(7, 0), (8, 8), (12, 8), (13, 13)])
def test_reactions_are_shown_from_eight_on_and_by_fives(
    sqlite_database: Database, settings: Settings, answered: int, shown: int
) -> None:
    made, _truth = simulated(sqlite_database, 24)
    with sqlite_database.writing() as session:
        react(session, made, answered)
    found = computed(made, settings).reactions
    assert found.shown == shown
    assert bool(found.withheld) == (shown == 0)
    assert all(one.n == shown for one in found.statements)
    if shown:
        assert all(1 <= one.mean.low < one.mean.high <= 5 for one in found.statements)  # type: ignore[operator]
    assert "remark" not in json.dumps(computed_again(made, settings).to_document())


# Taking out.


def entries(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def take(session: Session, made: Rated, purpose: str = "science", **values: Any) -> bytes:
    centre = session.get_one(Centre, made.centre.id)
    wanted = {"is_permitted": True, "words": BOTH["en"], "by": made.by, **values}
    return research.take(session, centre, purpose, **wanted)


def test_a_research_set_tells_nobody_and_is_written_down(database: Database) -> None:
    made, _truth = simulated(database, 30)
    with database.writing() as session:
        first = entries(take(session, made))
    with database.writing() as session:
        second = entries(take(session, made))
    rows = list(csv.DictReader(io.StringIO(first["ratings.csv"])))
    assert len(rows) == 30 * 3 * 3 * 2
    assert len({row["participant"] for row in rows}) == 30
    assert {row["language"] for row in rows} == {"en", "nl"}
    ids = {row["participant"] for row in csv.DictReader(io.StringIO(second["ratings.csv"]))}
    assert not ids & {row["participant"] for row in rows}, "ids of another export do not match"
    whole = "".join(first.values())
    for person in (*made.people, *made.assessors):
        assert person.name not in whole
        assert person.email not in whole
        assert str(person.id) not in whole
    assert not any(str(one.id) in whole for one in made.enrolments)
    assert "2026" not in whole, "no dates"
    described = [(row["file"], row["column"]) for row in csv.DictReader(io.StringIO(first["dictionary.csv"]))]
    columns = [
        (name, column)
        for name in ("ratings.csv", "keys.csv")
        for column in csv.DictReader(io.StringIO(first[name])).fieldnames or ()
    ]
    assert described == columns, "the dictionary says of every column what it is"
    assert {row["score"] for row in rows} <= set("12345")
    with database.reading() as session:
        events = session.scalars(sa.select(Event).where(Event.action == "research_set.downloaded")).all()
        assert [one.details["purpose"] for one in events] == ["science", "science"]
        assert events[0].details["participants"] == 30


def test_a_research_set_needs_a_purpose_a_permission_and_enough_people(database: Database) -> None:
    made, _truth = simulated(database, 30)
    few, _other = simulated(database, 12)
    with database.writing() as session:
        with pytest.raises(research.NoPurpose):
            take(session, made, "curiosity")
        with pytest.raises(research.NotPermitted):
            take(session, made, is_permitted=False)
        with pytest.raises(research.TooSmall):
            take(session, few)
    with database.reading() as session:
        assert session.scalars(sa.select(Event).where(Event.subject == "centre")).all() == [] or not any(
            one.action == "research_set.downloaded" for one in session.scalars(sa.select(Event))
        )


def test_what_is_rare_is_left_out_of_a_research_set(database: Database) -> None:
    rows = [row for row in rows_of(simulate.centre(30, exercises=3, dimensions=3, assessors=4, seed=7))]
    # One participant sat one exercise less than all others: that alone would tell who it is.
    made = Rated(database, [row for row in rows if not (row[0] == 0 and row[1] == 2)])
    with database.writing() as session:
        # Two worked in another language than everybody else.
        session.execute(
            sa.update(Sitting)
            .where(Sitting.enrolment_id.in_([one.id for one in made.enrolments[2:]]))
            .values(code=Sitting.code)
        )
        files = entries(take(session, made))
    found = list(csv.DictReader(io.StringIO(files["ratings.csv"])))
    assert len({row["participant"] for row in found}) == 29
    assert {row["assessor"] for row in found} == {""}, "of four assessors everybody knows who rated what"
    assert "Left out because few sat the same exercises: 1." in files["read-me.txt"]


def test_the_tables_are_taken_out_as_they_are_shown_and_unrounded(
    database: Database, settings: Settings
) -> None:
    made, _truth = simulated(database, 30)
    with database.writing() as session:
        give_backgrounds(session, made, 10, 10)
    found = computed(made, settings)
    view = View(Reader.ADMINISTRATOR, LATER, {}, {}, reactions.STATEMENTS, names={})
    files = entries(research.tables(chapters(found, view, BOTH["nl"]), found))
    assert any(name.startswith("2-agreement") for name in files)
    assert json.loads(files["figures.json"])["groups"] == []
    for name, text in files.items():
        if name.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            assert not any(cell.startswith(("=", "+", "@", "-")) for cell in cells), name


def test_every_minimum_is_of_the_page_that_decides_it() -> None:
    """Psychometrics 6.1 and 6.3, content R11, decisions."""
    assert minimums.REFERENCE_RATINGS.n == 30
    assert minimums.PEOPLE_PER_GROUP.n == 20
    assert minimums.PEOPLE_PER_CELL.n == 5
    assert minimums.PEOPLE_IN_NORMS.n == 100
    assert minimums.PEOPLE_IN_GROUP_REPORT.n == 8


def test_said_is_something(database: Database) -> None:
    assert Said(Gender.MAN).is_empty is False
