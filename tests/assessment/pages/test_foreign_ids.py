"""Ids of the same centre that belong to somebody else: not found on every route, as every role, and nothing changes."""

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from assessment import create_app
from assessment.access import PERMISSIONS
from assessment.database import Base, Database
from assessment.models.calibration import Calibration
from assessment.models.centre import CentreExercise
from assessment.models.complaint import Complaint
from assessment.models.debrief import Debrief, DebriefKind
from assessment.models.diary import DiaryPassage
from assessment.models.enrolment import Enrolment
from assessment.models.event import Job
from assessment.models.person import Person, Role, RoleName, Seat, SeatName
from assessment.models.plan import Plan, PlanAction
from assessment.models.rating import Assignment, Integration, Observation, Rating, RatingState
from assessment.models.report import Report, ReportComment, ReportState
from assessment.models.sitting import Sitting
from assessment.models.wash_up import WashUpMember
from assessment.services import calibration_tests, complaints, debriefs, diaries, plans
from assessment.settings import Settings
from tests import factories
from tests.assessment import fonts
from tests.assessment.crowd import Crowd
from tests.conftest import log_in

BODY = {
    "value": "x", "base": 0, "client": "c", "seq": 1, "epoch": 1, "version": 1, "scores": {}, "block": "memo",
    "dimension": "S1", "behaviour": "S1.1", "sign": "+", "start": 0, "end": 0, "kind": "other", "text": "x",
    "note": "x", "spells": [],
}  # fmt: skip
"""A body that every route for JSON can read."""
FORM = {
    "version": "1",
    "text": "x",
    "answer": "x",
    "reason": "x",
    "factor": "1.5",
    "summary": "x",
    "then": "save",
}
AT_MOST = 10
"""So many ids of each kind, spread over all there are."""


class House:
    """A crowd of two at each step, an app over it, and whose is what by rules of its own."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.database = database
        fonts.put_into(settings.data_folder)
        self.app = create_app(settings, database)
        self.app.config["WTF_CSRF_ENABLED"] = False
        with database.writing() as session:
            self.crowd = Crowd(session, 2)
            first = session.get_one(Enrolment, self.crowd.to_rate[0])
            third = factories.assessor(session, self.crowd.centre)
            other_hr = factories.person(session)
            factories.role(session, other_hr, RoleName.HR, programme_id=self.crowd.centre.programme_id)
            reader = session.get_one(
                Person,
                session.scalars(
                    sa.select(Enrolment.person_id).join(Report).where(Report.state == ReportState.RELEASED)
                ).first(),
            )
            self._plan(session)
            self.people: dict[str, tuple[Person, RoleName]] = {
                "a participant": (session.get_one(Person, first.person_id), RoleName.PARTICIPANT),
                "a participant with a report": (reader, RoleName.PARTICIPANT),
                "an assessor with work": (self.crowd.assessor, RoleName.ASSESSOR),
                "an assessor who has rated": (self.crowd.others[0], RoleName.ASSESSOR),
                "an assessor without work": (third, RoleName.ASSESSOR),
                "an HR generalist": (self.crowd.hr, RoleName.HR),
                "another HR generalist": (other_hr, RoleName.HR),
            }
            for one in (self.crowd.assessor, third):
                calibration_tests.begin(
                    session, self.crowd.centre.id, "stavoord-case", by=factories.actor(session, one)
                )
            self.all_ids = {
                f"{table.name}_id": list(session.scalars(sa.select(table.c.id)))
                for table in Base.metadata.sorted_tables
                if "id" in table.c
            }
            self.all_ids["remark_id"] = self.all_ids["report_comment_id"]
            self.all_ids["time_id"] = self.all_ids["debrief_time_id"]
            self.all_ids["action_id"] = self.all_ids["plan_action_id"]
            self.all_ids["passage_id"] = self.all_ids["diary_passage_id"]
            self.all_ids["entry_id"] = self.all_ids["centre_exercise_id"]

    def _plan(self, session: Any) -> None:
        """A plan with an action, a passage, a conversation and a complaint for everybody who has a report."""
        query = sa.select(Enrolment).join(Report).where(Report.state != ReportState.DRAFT).distinct()
        for enrolment in session.scalars(query).all():
            by = factories.actor(session, session.get_one(Person, enrolment.person_id))
            plan = plans.begin(session, enrolment.id, by=by)
            plans.choose(session, plan.id, "L1-1", by=by)
            diaries.write(session, plan.id, "For myself", by=by)
            debriefs.ask(session, enrolment.id, DebriefKind.REPORT, by=by)
            complaints.file(session, enrolment.id, "It took long", base_url="http://klei.test", by=by)

    def some(self, name: str) -> list[UUID]:
        found = self.all_ids[name]
        return found[:: len(found) // AT_MOST + 1] or [UUID(int=1)]

    def is_own(self, own: dict[str, set[UUID]], values: dict[str, UUID]) -> bool:
        """Whether all of this is theirs; a remark is found under its own report only."""
        values = dict(values)
        if remark := values.pop("remark_id", None):
            with self.database.reading() as session:
                found = session.get(ReportComment, remark)
            if found is None or found.report_id != values.get("report_id"):
                return False
        return all(value in own.get(name, set()) for name, value in values.items())

    def client(self, who: str) -> FlaskClient:
        return log_in(self.app.test_client(), self.people[who][0])

    def own(self, who: str) -> dict[str, set[UUID]]:
        """What this person may find, by the plainest rules there are."""
        person, role = self.people[who]

        def ids(query: Any) -> set[UUID]:
            with self.database.reading() as session:
                return set(session.scalars(query))

        if role is RoleName.PARTICIPANT:
            mine = sa.select(Enrolment.id).where(Enrolment.person_id == person.id)
            return {
                "enrolment_id": ids(mine),
                "sitting_id": ids(sa.select(Sitting.id).where(Sitting.enrolment_id.in_(mine))),
                "plan_id": ids(sa.select(Plan.id).where(Plan.enrolment_id.in_(mine))),
                "debrief_id": ids(sa.select(Debrief.id).where(Debrief.enrolment_id.in_(mine))),
                "complaint_id": ids(sa.select(Complaint.id).where(Complaint.enrolment_id.in_(mine))),
                "action_id": ids(
                    sa.select(PlanAction.id)
                    .join(Plan, Plan.id == PlanAction.plan_id)
                    .where(Plan.enrolment_id.in_(mine))
                ),
                "passage_id": ids(
                    sa.select(DiaryPassage.id)
                    .join(Plan, Plan.id == DiaryPassage.plan_id)
                    .where(Plan.enrolment_id.in_(mine))
                ),
                "report_id": ids(
                    sa.select(Report.id).where(
                        Report.enrolment_id.in_(mine), Report.state != ReportState.DRAFT
                    )
                ),
            }
        if role is RoleName.ASSESSOR:
            rated = (
                sa.select(Sitting.enrolment_id)
                .join(Rating)
                .where(Rating.assessor_id == person.id, Rating.state == RatingState.SUBMITTED)
            )
            return {
                "assignment_id": ids(sa.select(Assignment.id).where(Assignment.assessor_id == person.id)),
                "calibration_id": ids(
                    sa.select(Calibration.id).where(Calibration.assessor_id == person.id, Calibration.is_test)
                ),
                "integration_id": ids(sa.select(Integration.id).where(Integration.enrolment_id.in_(rated))),
                "report_id": ids(sa.select(Report.id).where(Report.responsible_id == person.id)),
                "observation_id": ids(
                    sa.select(Observation.id).join(Rating).where(Rating.assessor_id == person.id)
                ),
                "wash_up_id": ids(
                    sa.select(WashUpMember.wash_up_id).where(WashUpMember.assessor_id == person.id)
                ),
                # From its pool: empty here, which is an answer too.
                "entry_id": ids(
                    sa.select(CentreExercise.id)
                    .join(Seat, Seat.centre_id == CentreExercise.centre_id)
                    .where(Seat.person_id == person.id, Seat.seat == SeatName.ASSESSOR)
                ),
            }
        return {
            "report_id": ids(sa.select(Report.id).where(Report.state == ReportState.RELEASED)),
            "job_id": ids(sa.select(Job.id).where(Job.owner_id == person.id)),
        }

    def content(self) -> dict[str, list[Any]]:
        """Everything that is stored."""
        with self.database.reading() as session:
            return {
                table.name: sorted(map(str, session.execute(sa.select(table)).all()))
                for table in Base.metadata.sorted_tables
            }


@pytest.fixture
def house(settings: Settings, database: Database) -> House:
    return House(settings, database)


def filled(rule: Rule, values: dict[str, Any], **words: str) -> str:
    """The address of a route with these ids, and with words in its other gaps."""
    path = rule.rule.replace("<path:path>", "<path>")
    for name, word in {
        "task": "memo",
        "text_language": "en",
        "slug": "stavoord-case",
        "moment": "before",
        "kind": "case_study",
        **words,
    }.items():
        path = path.replace(f"<{name}>", word)
    path = path.replace("<int:day>", "30")
    for name, value in values.items():
        path = path.replace(f"<uuid:{name}>", str(value))
    assert "<" not in path
    return path


def routes_with_ids(app: Flask, role: RoleName) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "permission", None) not in PERMISSIONS[role]:
            continue
        if any(name.endswith("_id") for name in rule.arguments):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def send(client: FlaskClient, method: str, path: str) -> int:
    if method == "GET":
        return client.get(path).status_code
    if path.startswith("/api/"):
        return client.open(path, method=method, json=BODY).status_code
    return client.open(path, method=method, data=FORM).status_code


@pytest.mark.parametrize(
    "who",
    [
        "a participant",
        "a participant with a report",
        "an assessor with work",
        "an assessor who has rated",
        "an assessor without work",
        "an HR generalist",
        "another HR generalist",
    ],
)
def test_what_is_anothers_in_the_same_centre_is_not_found(house: House, who: str) -> None:
    client, own, role = house.client(who), house.own(who), house.people[who][1]
    before, found, tried = house.content(), [], set()
    for rule, method in routes_with_ids(house.app, role):
        names = sorted(name for name in rule.arguments if name.endswith("_id") and name != "centre_id")
        if not names:
            continue
        choices = [house.some(name) for name in names]
        for values in product(*choices):
            ids = dict(zip(names, values, strict=True))
            if house.is_own(own, ids):
                continue
            path = filled(rule, ids)
            status = send(client, method, path)
            tried.add((rule.rule, method))
            if status != 404:
                found.append(f"{method} {path}: {status}")
    assert not found, "\n".join(found)
    assert house.content() == before
    assert len(tried) > (1 if role is RoleName.HR else 9)


def test_what_is_of_another_centre_is_not_found_under_this_one(house: House) -> None:
    with house.database.writing() as session:
        administrator = house.crowd.administrator
        elsewhere = factories.centre(
            session, "stavoord-case", programme=session.merge(house.crowd.centre).programme
        )
        factories.enrolment(session, elsewhere)
        factories.assessor(session, elsewhere)
    client = log_in(house.app.test_client(), administrator)
    before, found, tried = house.content(), [], 0
    for rule, method in routes_with_ids(house.app, RoleName.ADMINISTRATOR):
        names = sorted(rule.arguments - {"centre_id"})
        if "centre_id" not in rule.arguments or not names:
            continue
        if not all(name in house.all_ids for name in names):
            continue
        for values in zip(*map(house.some, names), strict=False):
            path = filled(rule, {"centre_id": elsewhere.id, **dict(zip(names, values, strict=True))})
            status, tried = send(client, method, path), tried + 1
            if status != 404:
                found.append(f"{method} {path}: {status}")
    assert not found, "\n".join(found)
    assert house.content() == before
    assert tried > 20


# Logins that went stale.


def _password_changed(session: Any, person: Person) -> None:
    person.login_epoch += 1


def _deactivated(session: Any, person: Person) -> None:
    person.is_active = False


def _role_taken(session: Any, person: Person) -> None:
    session.execute(sa.delete(Role).where(Role.person_id == person.id))


@pytest.mark.parametrize("change", [_password_changed, _deactivated, _role_taken])
@pytest.mark.parametrize(
    "who", ["a participant", "an assessor with work", "an HR generalist", "the administrator"]
)
def test_a_login_that_went_stale_in_mid_session_writes_nothing_anywhere(
    house: House, who: str, change: Any
) -> None:
    house.people["the administrator"] = (house.crowd.administrator, RoleName.ADMINISTRATOR)
    person, role = house.people[who]
    client = house.client(who)
    assert client.get("/", follow_redirects=True).status_code == 200
    own = house.own(who)
    with house.database.writing() as session:
        change(session, session.get_one(Person, person.id))
    before, found, tried = house.content(), [], 0
    for rule in house.app.url_map.iter_rules():
        permission = getattr(house.app.view_functions[rule.endpoint], "permission", None)
        if permission not in PERMISSIONS[role]:
            continue
        if change is _role_taken and rule.endpoint == "api_sittings.save":
            continue  # it asks whose sitting it is and no role; no page takes a participant's role away
        names = sorted(name for name in rule.arguments if name.endswith("_id"))
        ids = {name: next(iter(own.get(name, ())), None) or house.some(name)[0] for name in names}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS", "GET"}):
            status, tried = send(client, method, filled(rule, ids)), tried + 1
            if status not in ((404,) if change is _role_taken else (401, 303)):
                found.append(f"{method} {rule.rule}: {status}")
    assert not found, "\n".join(found)
    assert house.content() == before
    assert tried > 3
