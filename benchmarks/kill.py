"""kill -9 of all server processes at random moments during autosaves: ``python -m benchmarks.kill [SAVES]``.

Counts acknowledged saves that are not stored afterwards, and how far the remaining time is off. Where the service could
not come back between kills, what it gave back for that is told beside it.
"""

import http.client
import os
import random
import signal
import sys
import threading
import time
from uuid import UUID

import sqlalchemy as sa

from assessment.database import Database
from assessment.models.sitting import Revision, Sitting
from benchmarks import stage

PEOPLE = 20


def run(backend: str, saves: int, kills: int) -> tuple[int, int, float, float, int]:
    """Acknowledged, lost, how far the remaining time lay outside what the moments of sending and answering allow, what
    was given back for outages (both in ms), and kills."""
    with stage.database_url(backend) as url:
        writers = stage.prepare(url, PEOPLE)
        port = stage.free_port()
        server = stage.serve("wsgi:app", url, port)
        killed = 0
        done = threading.Event()
        errors: list[float] = []

        def work(writer: stage.Writer) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            while len(writer.acknowledged) < saves // PEOPLE:
                writer.seq += 1
                text = f"{writer.seq} {stage.TEXT}"
                while True:
                    sent = time.time()
                    try:
                        status, answer = stage.save(connection, writer, text)
                    except (OSError, http.client.HTTPException, ValueError):
                        connection.close()
                        time.sleep(0.05)
                        continue
                    if status == 200:
                        break
                    if status != 503:
                        raise RuntimeError(f"answered {status}: {answer}")
                most, least = (writer.deadline - sent) * 1000, (writer.deadline - time.time()) * 1000
                errors.append(max(0.0, answer["remaining_ms"] - most, least - answer["remaining_ms"]))
                writer.base = answer["head"]
                writer.acknowledged[answer["number"]] = text
                time.sleep(random.uniform(0, 0.02))

        threads = [threading.Thread(target=work, args=(writer,)) for writer in writers]
        for thread in threads:
            thread.start()

        def kill() -> None:
            nonlocal server, killed
            while killed < kills and not done.is_set():
                time.sleep(random.uniform(0.6, 1.6))
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
                killed += 1
                server = stage.serve("wsgi:app", url, port)

        killer = threading.Thread(target=kill)
        killer.start()
        for thread in threads:
            thread.join()
        done.set()
        killer.join()
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        database = Database(url)
        lost = 0
        with database.reading() as session:
            given_back = session.scalar(sa.select(sa.func.max(Sitting.credited_seconds))) or 0.0
            for writer in writers:
                stored = dict(
                    session.execute(
                        sa.select(Revision.number, Revision.body).where(
                            Revision.sitting_id == UUID(writer.sitting)
                        )
                    ).all()
                )
                lost += sum(f'"{text}"' != stored.get(number) for number, text in writer.acknowledged.items())
        database.dispose()
        return (
            sum(len(writer.acknowledged) for writer in writers),
            lost,
            max(errors),
            given_back * 1000,
            killed,
        )


def main() -> None:
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    for backend in ("sqlite", "postgresql"):
        acknowledged, lost, error, given_back, kills = run(backend, saves, kills=20)
        print(
            f"{backend}: {acknowledged} acknowledged saves, {kills} × kill -9 of every server process: {lost} lost; "
            f"remaining time off by at most {error:.1f} ms, of which {given_back:.1f} ms were given back for outages"
        )
        if lost:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
