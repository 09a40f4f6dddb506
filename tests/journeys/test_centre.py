"""A whole centre over HTTP: two administrators, four assessors, one HR generalist, eight participants who differ.

One participant does nothing, one is late, one repeats and reorders saves as after a lost connection, one has time factor
2, one signs with their own name, one writes Arabic and emoji, one blocks the report, one withdraws.
"""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from assessment import clock, create_app, journal
from assessment.database import Database
from assessment.models.enrolment import Enrolment, EnrolmentState
from assessment.models.event import Mail
from assessment.models.person import Person, RoleName
from assessment.models.rating import Adjudication, Consultation, Integration, Rating, RatingState
from assessment.models.sitting import Revision, RevisionKind, Sitting, SittingState
from assessment.services import integrations, passwords, people, sittings, versions
from assessment.services.integrations import signed_result
from assessment.settings import Settings
from exercises.frames import frames
from tests.assessment import fonts
from tests.journeys.stage import serving
from tests.journeys.visitor import Visitor
from tests.working import run_next

ADMIN_PASSWORD = "the administrator of the tests"
PASSWORD = "everybody else in these tests"
ASSESSORS = ("ilse", "ruben", "marta", "pieter")
PEOPLE = {
    "nadia": ("Nadia Nothing", "en", ""),
    "lars": ("Lars Late", "nl", ""),
    "olga": ("Olga Offline", "en", ""),
    "twan": ("Twan Tweemaal", "nl", ""),
    "sven": ("Sven Signature", "en", ""),
    "amira": ("Amira Arabic", "nl", ""),
    "bea": ("Bea Blocks", "en", ""),
    "wout": ("Wout Withdraws", "nl", ""),
}
ARABIC = "نصيحتي أن نبدأ بخطوة صغيرة 🙂👩🏽‍💻"


def test_a_whole_centre_from_invitation_to_download(database: Database, settings: Settings) -> None:
    fonts.put_into(settings.data_folder)
    app = create_app(settings, database)
    with serving(app) as base:
        Walk(database, app, base).run()
    app.extensions["klei_database"].dispose()


class Walk:
    """The centre's people and the days of the centre."""

    def __init__(self, database: Database, app: Flask, base: str) -> None:
        self.database, self.app, self.base = database, app, base
        self.visitors: dict[str, Visitor] = {}
        self.centre = ""

    def run(self) -> None:
        self.administrators_make_the_centre()
        self.participants_arrive()
        self.administrator_answers_the_request()
        self.participants_sit()
        self.assessors_rate()
        self.responsible_assessors_integrate_and_report()
        self.participants_decide()
        self.hr_downloads_what_was_released()
        with self.database.reading() as session:
            assert list(journal.verify(session)) == []

    def visitor(self, name: str) -> Visitor:
        return self.visitors.setdefault(name, Visitor(self.base))

    # The administrators.

    def administrators_make_the_centre(self) -> None:
        with self.database.writing() as session:
            for name in ("noor", "jan"):
                person = people.add(session, people.Entry(f"{name}@example.org", name.title()), by=None)
                person.password_hash = passwords.hashed(ADMIN_PASSWORD)
                people.give_role(session, person, RoleName.ADMINISTRATOR, by=None)
        noor, jan = self.visitor("noor"), self.visitor("jan")
        for name in ("noor", "jan"):
            self.visitor(name).log_in(f"{name}@example.org", ADMIN_PASSWORD)
        page = noor.post(
            "/administrator/programmes/new",
            name="Further",
            purpose="development",
            strategic_question="Where to?",
        )
        programme = page.id_after("/administrator/programmes/")
        page = noor.post(f"/administrator/programmes/{programme}/centres", centre_name="Walked centre")
        self.centre = page.id_after("/administrator/centres/")
        home = f"/administrator/centres/{self.centre}"
        # Stopped, with a sentence for each rule that is not met: rules M3, M6, M10.
        page = noor.post(f"{home}/open")
        for rule in ("M3", "M6", "M10"):
            assert rule in page.said, rule
        noor.post(
            f"{home}/exercises",
            **{"place-stavoord-in-tray": "1", "place-stavoord-judgement": "2", "place-stavoord-case": "3"},
        )
        noor.post(f"{home}/weights/suggested")
        now = clock.now()
        noor.post(
            f"{home}/setup", name="Walked centre", time_zone="UTC",
            first_start_at=(now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
            latest_start_at=(now + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M"),
            latest_end_at=(now + timedelta(days=8)).strftime("%Y-%m-%dT%H:%M"),
            job_analysis_who="three managers", job_analysis_when="in autumn", job_analysis_how="interviews",
            may_be_blocked="y", report_valid_months="24",
        )  # fmt: skip
        for code in ("en", "nl"):
            noor.post(
                f"{home}/policy/{code}",
                purpose="Why",
                readers="Who",
                keeping="How long",
                deciding="How",
                reassessment="When",
            )
        for name in ASSESSORS:
            noor.post(f"{home}/assessors/join", email=f"{name}@example.org", name=name.title())
        with self.database.reading() as session:
            ids = {one.email.split("@")[0]: str(one.id) for one in session.scalars(sa.select(Person))}
        for name in ASSESSORS:
            noor.post(
                f"{home}/assessors/calibrations",
                assessor=ids[name],
                exercise="",
                valid_until_on=(now.date() + timedelta(days=60)).isoformat(),
                reason="Training day",
            )
        page = jan.post("/administrator/people/new", email="hanna@example.org", name="Hanna", language="en", time_zone="UTC",
                        role="hr", programme=programme)  # fmt: skip
        rows = ["email;name;language;time_zone;department"]
        rows += [
            f"{who}@example.org;{name};{code};Europe/Amsterdam;Operations"
            for who, (name, code, _) in PEOPLE.items()
        ]
        content = "\n".join(rows).encode("utf-8-sig")
        broken = content.replace(b"lars@example.org", b"not an address")
        page = noor.post(f"{home}/participants/import", files={"file": broken})
        assert "import/confirm" not in page.text or "problem" in page.text.lower()
        page = noor.post(f"{home}/participants/import", files={"file": content})
        noor.post(f"{home}/participants/import/confirm", content=content.decode("utf-8-sig"))
        page = noor.post(f"{home}/open")
        assert "M3" not in page.said
        noor.post(f"{home}/participants/invite")
        # No re-checks are mixed in, so that what is counted here is live.
        asked = {"exact": 60, "within_one": 95, "bias": "0.5", "dimension_bias": "1", "benchmarks": 4}
        noor.post(
            f"{home}/calibration/standard",
            **asked,
            valid_days=365,
            recheck_every=0,
            reason="The journey counts",
        )
        noor.post(f"{home}/assessors/assign")
        assert self.count(Enrolment) == 8
        assert self.count(Sitting) == 24
        for name in (*ASSESSORS, *PEOPLE, "hanna"):
            self.follow_link(name)

    def follow_link(self, name: str) -> None:
        """Open the one-time link from the mail and set a password; the link works once."""
        with self.database.reading() as session:
            mail = session.scalars(
                sa.select(Mail)
                .where(Mail.recipient == f"{name}@example.org")
                .order_by(Mail.created_at.desc())
            ).first()
        assert mail, f"no mail for {name}"
        link = re.search(r"/link/\S+", mail.text)
        assert link
        visitor = self.visitor(name)
        visitor.get(link.group())
        visitor.post(link.group(), password=PASSWORD, again=PASSWORD)
        visitor.log_in(f"{name}@example.org", PASSWORD)
        Visitor(self.base).get(link.group(), status=410)

    # The participants.

    def participants_arrive(self) -> None:
        for name in PEOPLE:
            visitor = self.visitor(name)
            enrolment = visitor.get("/participant/").id_after("/participant/enrolments/")
            notice = f"/participant/enrolments/{enrolment}"
            visitor.get(f"{notice}/notice")
            if name == "twan":
                visitor.post(f"{notice}/adjustment", words="Ik lees langzamer.")
            visitor.post(f"{notice}/notice/accept", accepts="yes")
            visitor.get(f"{notice}/device")
            visitor.post(f"{notice}/device", report="{}")
            visitor.get(f"{notice}/practice")
            visitor.post(f"{notice}/practice")
        wout = self.visitor("wout")
        wout.post(
            f"/participant/enrolments/{wout.get('/participant/').id_after('/participant/enrolments/')}/withdraw"
        )

    def administrator_answers_the_request(self) -> None:
        noor = self.visitor("noor")
        enrolment = self.enrolment("twan")
        page = noor.get(f"/administrator/centres/{self.centre}/participants/{enrolment.id}")
        assert "Ik lees langzamer." in page.text
        noor.post(
            f"/administrator/centres/{self.centre}/participants/{enrolment.id}/time",
            factor="2",
            reason="requested",
        )

    def participants_sit(self) -> None:
        for name in PEOPLE:
            if name != "wout":
                self.sit(name)
        with self.database.writing() as session:
            session.execute(
                sa.update(Sitting)
                .where(Sitting.state == SittingState.RUNNING)
                .values(deadline_at=clock.now() - timedelta(minutes=5))
            )
        with self.database.writing() as session:
            assert sittings.seal_due(session, timedelta(seconds=30)) == 3  # Nadia never handed anything in
        with self.database.reading() as session:
            states = set(
                session.scalars(
                    sa.select(Sitting.state)
                    .join(Enrolment)
                    .where(Enrolment.state != EnrolmentState.WITHDRAWN)
                )
            )
        assert states == {SittingState.SEALED}

    def sit(self, name: str) -> None:
        visitor, code = self.visitor(name), PEOPLE[name][1]
        for sitting_id in self.sitting_ids(name):
            visitor.get(f"/participant/sittings/{sitting_id}/start")
            page = visitor.post(f"/participant/sittings/{sitting_id}/start", language=code)
            assert "epoch=1" in page.url
            sitting = self.sitting(sitting_id)
            assert sitting.started_at
            assert sitting.deadline_at
            with self.database.reading() as session:
                exercise = versions.get(session, sitting.version_hash)
            factor = 2 if name == "twan" else 1
            assert sitting.deadline_at - sitting.started_at == timedelta(minutes=exercise.minutes * factor)
            if name == "nadia":
                with self.database.writing() as session:  # her time runs out, one exercise after the other
                    session.execute(
                        sa.update(Sitting)
                        .where(Sitting.id == sitting.id)
                        .values(deadline_at=clock.now() - timedelta(seconds=1))
                    )
                visitor.get(f"/participant/sittings/{sitting_id}/receipt")
                continue
            self.write(name, sitting_id, exercise, code)
            visitor.post(f"/participant/sittings/{sitting_id}/submit")
            page = visitor.get(f"/participant/sittings/{sitting_id}/receipt")
            if name == "amira" and exercise.kind == "case_study":
                assert ARABIC in page.text

    def write(self, name: str, sitting_id: str, exercise: Any, code: str) -> None:
        samples = versions.kind_of(exercise).samples(exercise)
        posts = list(samples.weak[code] if name == "bea" else samples.complete[code])
        if exercise.kind == "case_study":
            extra = {"sven": "\n\nSven Signature", "amira": "\n\n" + ARABIC}.get(name, "")
            posts = [(task, value + extra if task == "memo" else value) for task, value in posts]
        visitor, bases = self.visitor(name), {}
        for number, (task, value) in enumerate(posts, start=1):
            body = {"value": value, "base": bases.get(task, 0), "client": name, "seq": number, "epoch": 1}
            answer = visitor.send("PUT", f"/api/sittings/{sitting_id}/tasks/{task}", body).json
            bases[task] = answer["head"]
            if name == "olga":  # after a lost connection everything comes twice, and an old one again
                again = visitor.send("PUT", f"/api/sittings/{sitting_id}/tasks/{task}", body).json
                assert (again["number"], again["code"]) == (answer["number"], "saved")
        if name == "olga":
            task, value = posts[0]
            late = {"value": value, "base": 0, "client": "another tab", "seq": 1, "epoch": 1}
            assert visitor.send("PUT", f"/api/sittings/{sitting_id}/tasks/{task}", late, status=409).json["code"] in (
                "stale", "already_sent",
            )  # fmt: skip
        visitor.send(
            "PUT",
            f"/api/sittings/{sitting_id}/tasks/nothing",
            {"value": "", "base": 0, "client": "x", "seq": 1, "epoch": 1},
            status=404,
        )
        if name == "lars" and exercise.kind == "case_study":
            with self.database.writing() as session:
                session.execute(
                    sa.update(Sitting)
                    .where(Sitting.id == UUID(sitting_id))
                    .values(deadline_at=clock.now() - timedelta(minutes=2))
                )
            body = {"value": "too late", "base": bases["memo"], "client": name, "seq": 900, "epoch": 1}
            assert (
                visitor.send("PUT", f"/api/sittings/{sitting_id}/tasks/memo", body, status=409).json["code"]
                == "late"
            )
            with self.database.reading() as session:
                assert (
                    session.scalars(sa.select(Revision.kind).where(Revision.client_seq == 900)).one()
                    is RevisionKind.LATE
                )
            with self.database.writing() as session:
                sittings.seal_due(session, timedelta(seconds=30))

    # The assessors.

    def assessors_rate(self) -> None:
        noor = self.visitor("noor")
        for _ in range(4):  # adjudications come up while others are submitted
            for number, name in enumerate(ASSESSORS):
                self.rate_everything(name, number)
        with self.database.reading() as session:
            assert all(one.resolved_at for one in session.scalars(sa.select(Adjudication)))
            assert session.scalar(sa.select(sa.func.count()).select_from(Adjudication)), (
                "the two should have differed"
            )
            assert session.scalar(sa.select(sa.func.count()).select_from(Integration)) == 7
        assert "blocked" not in noor.get(f"/administrator/centres/{self.centre}/participants/").text

    def rate_everything(self, name: str, number: int) -> None:
        visitor = self.visitor(name)
        home = visitor.get("/assessor/")
        for assignment in home.ids_after("/assessor/ratings/"):
            if "/begin" not in visitor.get(f"/assessor/ratings/{assignment}").text:
                continue
            visitor.post(f"/assessor/ratings/{assignment}/begin")
            page = visitor.get(f"/assessor/ratings/{assignment}")
            self.check_blindness(page.text)
            draft = visitor.send(
                "PUT", f"/api/ratings/{assignment}", {"version": -1, "scores": {}}, status=409
            ).json
            scores, ticks = {}, []
            blocks = re.findall(r'data-block-id="([^"]+)"', page.text) if " data-text" in page.text else []
            for place, dimension in enumerate(draft["scores"]):
                line = re.search(rf'value="(e\d\.{dimension}\.c\d+)"', page.text)
                level = (
                    0
                    if not blocks
                    else max(1, min(5, 3 + (2 if number == 0 else -1 if number == 1 else 0) - place % 2))
                )
                scores[dimension] = level
                if level and line:
                    ticks.append(line.group(1))
                if level and blocks:
                    body = {
                        "block": blocks[-1],
                        "start": 0,
                        "end": 0,
                        "dimension": dimension,
                        "behaviour": f"{dimension}.1",
                        "sign": "+",
                    }
                    visitor.send("POST", f"/api/ratings/{assignment}/observations", body, status=201)
            visitor.send(
                "PUT",
                f"/api/ratings/{assignment}",
                {"version": draft["version"], "scores": scores, "ticks": ticks},
            )
            visitor.post(f"/assessor/ratings/{assignment}/submit")
            visitor.send(
                "PUT",
                f"/api/ratings/{assignment}",
                {"version": draft["version"] + 1, "scores": scores},
                status=409,
            )

    def check_blindness(self, text: str) -> None:
        for who, (name, _code, _) in PEOPLE.items():
            assert name not in text, f"{name} is named on an assessor's page"
            assert f"{who}@" not in text

    # The reports.

    def those_who_differed_consult(self) -> None:
        """Each of the three of an adjudication reads the others' reasons, and stays."""
        with self.database.reading() as session:
            rows = session.execute(
                sa.select(Consultation.id, Person.email)
                .join(Adjudication, Adjudication.id == Consultation.adjudication_id)
                .join(Rating, Rating.sitting_id == Adjudication.sitting_id)
                .join(Person, Person.id == Rating.assessor_id)
                .where(Rating.state == RatingState.SUBMITTED)
            ).all()
        assert rows, "somebody differed"
        for consultation_id, email in rows:
            visitor = self.visitor(email.split("@")[0])
            self.check_blindness(visitor.get(f"/assessor/consultations/{consultation_id}").text)
            visitor.post(f"/assessor/consultations/{consultation_id}", then="stay")

    def responsible_assessors_integrate_and_report(self) -> None:
        self.those_who_differed_consult()
        with self.database.reading() as session:
            rows = session.execute(
                sa.select(Integration.id, Person.email, Enrolment.id)
                .join(Person, Person.id == Integration.responsible_id)
                .join(Enrolment, Enrolment.id == Integration.enrolment_id)
            ).all()
        for integration_id, email, _enrolment in rows:
            visitor = self.visitor(email.split("@")[0])
            visitor.get(f"/assessor/integrations/{integration_id}")
            visitor.post(f"/assessor/integrations/{integration_id}/sign")
            page = visitor.post(f"/assessor/reports/begin/{integration_id}")
            self.report(visitor, page.id_after("/assessor/reports/"), integration_id)
        with self.database.reading() as session:
            nadia = session.scalars(
                sa.select(Integration).join(Enrolment).join(Person).where(Person.email == "nadia@example.org")
            ).one()
            assert all(
                one.estimate is None and "U1" in one.reasons for one in signed_result(nadia).dimensions
            )

    def report(self, visitor: Visitor, report_id: str, integration_id: UUID) -> None:
        """One sentence on an observation, where there is one, and the half page; then the signature."""
        page = visitor.get(f"/assessor/reports/{report_id}")
        self.check_blindness(page.text)
        with self.database.reading() as session:
            integration = session.get_one(Integration, integration_id)
            evidence = integrations.evidence(session, integration.enrolment_id)
        path = f"/assessor/reports/{report_id}"
        half = {"summary": "You began with what had the largest consequence.", "strength": "You use the figures.",
                "step": "Say who has to know."}  # fmt: skip
        if evidence:
            dimension, found = next(iter(evidence.items()))
            frame = frames()[f"{dimension}.effective"]
            gaps = {f"gap-{frame.id}-{gap}": "the largest matter" for gap in frame.slots}
            visitor.post(
                path,
                version=reports_version(page.text),
                choose=dimension,
                **half,
                **{f"rests-{line}": str(found[0][1].id) for line in ("pattern", "strength_1", "step_1")},
                **{f"frame-{dimension}": frame.id, f"seen-{dimension}": str(found[0][1].id)},
                **gaps,
            )
        else:
            # Where nothing was observed, nothing may be said about behaviour either.
            visitor.post(path, version=reports_version(page.text), summary="Nothing was handed in.")
        visitor.get(f"{path}/preview")
        assert visitor.get(f"{path}/preview.pdf").body.startswith(b"%PDF")
        visitor.post(f"{path}/sign")

    # The decisions.

    def participants_decide(self) -> None:
        for name in PEOPLE:
            if name == "wout":
                assert not self.visitor(name).get("/participant/").ids_after("/participant/reports/")
                continue
            visitor = self.visitor(name)
            report = visitor.get("/participant/").id_after("/participant/reports/")
            self.visitor("hanna").get(f"/hr/reports/{report}", status=404)  # rule N2
            page = visitor.get(f"/participant/reports/{report}")
            assert PEOPLE[name][0] in page.text
            assert visitor.get(f"/participant/reports/{report}/report.pdf").body.startswith(b"%PDF")
            visitor.post(f"/participant/reports/{report}/remarks", kind="comment", text=f"Read by {name}")
            visitor.post(f"/participant/reports/{report}/{'block' if name == 'bea' else 'release'}")

    def hr_downloads_what_was_released(self) -> None:
        hanna = self.visitor("hanna")
        page = hanna.get("/hr/")
        released = {name for name in PEOPLE if name not in ("bea", "wout")}
        reports = page.ids_after("/hr/reports/")
        assert len(reports) == len(released)
        assert "blocked" in page.text
        for report in reports:
            assert hanna.post(f"/hr/reports/{report}.pdf").body.startswith(b"%PDF")
        table = hanna.post(f"/hr/centres/{self.centre}/scores.csv").body.decode("utf-8-sig")
        assert all((PEOPLE[name][0] in table) == (name in released) for name in PEOPLE)
        assert hanna.post(f"/hr/centres/{self.centre}/scores.xlsx").body.startswith(b"PK")
        job = hanna.post(f"/hr/centres/{self.centre}/archive").id_after("/hr/archives/")
        while run_next(self.database, self.app.extensions["klei_settings"]):
            pass
        hanna.get(f"/hr/archives/{job}")
        archive = zipfile.ZipFile(io.BytesIO(hanna.post(f"/hr/archives/{job}/reports.zip").body))
        assert len(archive.namelist()) == len(released) + 1, "and the manifest"
        olga = self.visitor("olga")  # released → blocked: HR sees nothing more from now on
        report = olga.get("/participant/").id_after("/participant/reports/")
        olga.post(f"/participant/reports/{report}/block")
        hanna.get(f"/hr/reports/{report}", status=404)
        assert "Olga Offline" not in hanna.post(f"/hr/centres/{self.centre}/scores.csv").text

    # Looking things up.

    def count(self, table: Any) -> int:
        with self.database.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    def enrolment(self, name: str) -> Enrolment:
        with self.database.reading() as session:
            return session.scalars(
                sa.select(Enrolment).join(Person).where(Person.email == f"{name}@example.org")
            ).one()

    def sitting_ids(self, name: str) -> list[str]:
        with self.database.reading() as session:
            return [
                str(one)
                for one in session.scalars(
                    sa.select(Sitting.id)
                    .join(Enrolment)
                    .join(Person)
                    .where(Person.email == f"{name}@example.org")
                    .order_by(Sitting.position)
                )
            ]

    def sitting(self, sitting_id: str) -> Sitting:
        with self.database.reading() as session:
            return session.get_one(Sitting, UUID(sitting_id))


def reports_version(text: str) -> str:
    """The version that the form of the report carries."""
    found = re.search(r'name="version" value="(\d+)"', text)
    assert found
    return found.group(1)
