"""CPU of what a participant's page costs, in turn with a bare page: the parts of ``exercise_page`` and ``hand_in``."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from assessment import clock, create_app, migrations
from assessment.access import Permission
from assessment.database import Database
from assessment.models.centre import Centre
from assessment.models.enrolment import Enrolment
from assessment.models.person import Person
from assessment.models.sitting import Sitting
from assessment.pages import frame
from assessment.services import answers, versions
from assessment.settings import Settings
from benchmarks import stage
from tests import factories
from tests.conftest import log_in

GRACE = timedelta(seconds=30)
BARE = "<!doctype html><title>{{ centre.name }}</title><h1>{{ person.name }}</h1>"


@dataclass
class House:
    """The service, and a centre of four exercises."""

    database: Database
    app: Flask
    centre: UUID

    def participant(self) -> tuple[FlaskClient, dict[str, Sitting]]:
        """Somebody new at work, and their sittings by exercise."""
        with self.database.writing() as session:
            person = factories.person(session)
            enrolment = factories.enrolment(session, session.get_one(Centre, self.centre), person)
            sittings = list(session.scalars(sa.select(Sitting).where(Sitting.enrolment_id == enrolment.id)))
            for sitting in sittings:
                factories.running(session, sitting, at=clock.now() - timedelta(minutes=20))
            found = {sitting.centre_exercise.version.slug: sitting for sitting in sittings}
        return log_in(self.app.test_client(), person), found


@contextmanager
def house() -> Iterator[House]:
    """On SQLite, which works in this process, so that its CPU is counted too."""
    with stage.database_url("sqlite") as url:
        database = Database(url)
        migrations.upgrade(database)
        factories.NOON = clock.now()
        app = create_app(
            Settings(stage.SECRET, url, Path(tempfile.mkdtemp()), has_secure_cookies=False), database
        )
        app.config["WTF_CSRF_ENABLED"] = False
        bare = frame.Pages("bare", __name__)

        @bare.page("/bare", Permission.SIGNED_IN)
        def show() -> str:
            session = frame.session()
            return render_template_string(
                BARE,
                centre=session.scalars(sa.select(Centre)).first(),
                person=session.get(Person, frame.actor().person_id),
            )

        app.register_blueprint(bare)
        with database.writing() as session:
            centre = factories.centre(
                session, "stavoord-in-tray", "stavoord-judgement", "stavoord-case", "stavoord-planning"
            )
        yield House(database, app, centre.id)
        database.dispose()


def write(house: House, sittings: dict[str, Sitting]) -> None:
    """A whole sitting in each, as its author wrote it for rehearsals."""
    for sitting in sittings.values():
        assert sitting.started_at
        with house.database.reading() as session:
            exercise = versions.get(session, sitting.version_hash)
            person = session.get_one(Enrolment, sitting.enrolment_id).person_id
        heads: dict[str, int] = {}
        posts = versions.kind_of(exercise).samples(exercise).complete["en"]
        for number, (task, value) in enumerate(posts, start=1):
            command = answers.Save(
                sitting_id=sitting.id,
                person_id=person,
                login_epoch=1,
                task=task,
                posted=value,
                base_number=heads.get(task, 0),
                client_id="page",
                client_seq=number,
                writer_epoch=1,
                arrived_at=sitting.started_at + timedelta(minutes=1),  # before the first phase ends
            )
            outcome = answers.save(house.database.writer, command, GRACE)
            if outcome.code is not answers.Code.SAVED:
                raise RuntimeError(f"{exercise.slug}: {task} was {outcome.code}")
            heads[task] = outcome.head


def cpu(client: FlaskClient, address: str, method: str = "GET", status: int = 200) -> float:
    """Milliseconds of CPU of one request."""
    before = time.process_time()
    answer = client.open(address, method=method)
    spent = (time.process_time() - before) * 1000
    if answer.status_code != status:
        raise RuntimeError(f"{address} was answered {answer.status_code}")
    return spent
