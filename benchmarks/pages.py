"""What the requests cost that many make at once: ``python -m benchmarks.pages [sqlite|postgresql]``.

CPU of the web process per request, in process and without a server, and the statements that each sends: the clock that
every page at work asks for, the start, the exercise page, the hand-in.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from assessment import clock, create_app, migrations
from assessment.database import Database
from assessment.models.sitting import Sitting
from assessment.settings import Settings
from benchmarks import stage
from tests import factories
from tests.assessment.query_count import counting

PEOPLE, WARM, ROUNDS = 120, 20, 4
EXERCISES = ("stavoord-in-tray", "stavoord-judgement", "stavoord-case")


def measure(backend: str) -> None:
    """Print the figures of one database."""
    with stage.database_url(backend) as url:
        database = Database(url)
        migrations.upgrade(database)
        factories.NOON = clock.now()
        settings = Settings(stage.SECRET, url, Path(tempfile.mkdtemp()), has_secure_cookies=False)
        app = create_app(settings, database)
        with database.writing() as session:
            centre = factories.centre(session, *EXERCISES)
            enrolments = [factories.enrolment(session, centre) for _ in range(PEOPLE)]
            people = {one.id: one.person_id for one in enrolments}
            found = session.scalars(sa.select(Sitting).where(Sitting.position == 1)).all()
            work = [(one.id, stage.headers(app, str(people[one.enrolment_id]))) for one in found]
        client = app.test_client(use_cookies=False)

        def get(path: str) -> Callable[[int], int]:
            return lambda number: (
                client.get(path.format(work[number][0]), headers=work[number][1]).status_code
            )

        def post(path: str) -> Callable[[int], int]:
            def send(number: int) -> int:
                sitting, headers = work[number]
                form = {"language": "en", "csrf_token": headers["X-CSRF-Token"]}
                plain = {name: value for name, value in headers.items() if name != "Content-Type"}
                return client.post(path.format(sitting), headers=plain, data=form).status_code

            return send

        print(f"{backend}: in process, one thread, the in-tray; CPU of this process per request")
        for name, ask, status in (
            ("start", post("/participant/sittings/{}/start"), 303),
            ("exercise page", get("/participant/sittings/{}"), 200),
            ("clock with a sign of life", get("/api/sittings/{}/state"), 200),
            ("clock", get("/api/sittings/{}/state"), 200),
            ("hand in", post("/participant/sittings/{}/submit"), 303),
        ):
            _say(name, ask, status, database)
        database.dispose()


def _say(name: str, ask: Callable[[int], int], status: int, database: Database) -> None:
    answers = [ask(number) for number in range(WARM)]
    with counting(database) as count:
        answers.append(ask(WARM))
    share = (PEOPLE - WARM - 1) // ROUNDS
    costs = []
    for turn in range(ROUNDS):
        begun = time.process_time()
        answers += [ask(WARM + 1 + turn * share + number) for number in range(share)]
        costs.append((time.process_time() - begun) / share * 1000)
    if set(answers) != {status}:
        raise RuntimeError(f"{name} was answered {sorted(set(answers))}")
    print(f"  {name}: {statistics.median(costs):.2f} ms, {count.n} statements", flush=True)


def main() -> None:
    for backend in stage.backends():
        measure(backend)


if __name__ == "__main__":
    main()
