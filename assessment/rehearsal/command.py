"""The commands: ``flask --app wsgi rehearse``, and ``flask --app wsgi rehearsals`` to see and remove what was kept."""

import asyncio
import json
import signal
from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup, with_appcontext

from assessment import errors, installation
from assessment.database import Database
from assessment.rehearsal.course import Course, Outcome, Plan
from assessment.rehearsal.wire import Lost, Wire
from assessment.services import rehearsals
from assessment.services.centres import CannotOpen
from assessment.services.rehearsals import Rehearsal


@click.command("rehearse")
@click.option("--url", required=True, help="Where the service runs, such as http://127.0.0.1:8000.")
@click.option("--participants", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--assessors", type=click.IntRange(2, 200), default=4, show_default=True)
@click.option(
    "--centre",
    type=click.UUID,
    help="The centre to rehearse; without it the newest that is open or in draft.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 1000),
    default=1.0,
    show_default=True,
    help="Divides every pause: at 10 people write, and save, ten times as fast.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0.05, 600),
    default=5.0,
    show_default=True,
    help="How long everybody works on each exercise before handing it in.",
)
@click.option(
    "--interval",
    type=click.FloatRange(0.1, 600),
    default=5.0,
    show_default=True,
    help="Seconds between two saves of one participant.",
)
@click.option(
    "--arrival",
    type=click.FloatRange(0, 100_000),
    help="Seconds within which everybody arrives; without it a quarter of a second for each.",
)
@click.option(
    "--starts",
    type=click.FloatRange(0, 3600),
    default=10.0,
    show_default=True,
    help="Seconds within which everybody starts the first exercise.",
)
@click.option(
    "--rated",
    type=click.IntRange(0, 10_000),
    default=20,
    show_default=True,
    help="How many participants are rated, up to their report.",
)
@click.option(
    "--keep", is_flag=True, help="Keep the copy to look at; remove it later with: rehearsals remove."
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all figures to this file as well.",
)
@with_appcontext
def rehearse(
    url: str,
    participants: int,
    assessors: int,
    centre: UUID | None,
    speed: float,
    minutes: float,
    interval: float,
    arrival: float | None,
    starts: float,
    rated: int,
    keep: bool,
    json_path: Path | None,
) -> None:
    """Rehearse a centre: synthetic people go through a marked copy of it, over HTTP.

    Nobody is mailed, nothing is counted, and the centre itself stays as it is. Ends with 1 when anything was lost, failed
    or differs. Ctrl-C stops it; what was done until then is compared and reported.
    """
    database = installation.ready_database()
    plan = Plan(url.rstrip("/"), speed, minutes, interval, arrival, starts, rated)
    asyncio.run(_reachable(plan.url))
    _tell("making the copy and its people")
    try:
        made = rehearsals.make(database, centre, participants=participants, assessors=assessors)
    except CannotOpen as error:
        raise click.ClickException("\n".join(map(str, (error, *error.problems)))) from None
    except errors.KleiError as error:
        raise click.ClickException(str(error)) from None
    _tell(f"{made.name} ({made.centre_id}) is open")
    try:
        if not asyncio.run(_knows(plan.url, made)):
            keep = False
            raise click.ClickException(
                f"The service at {url} uses another database than this command: it does not know the people made here."
            )
        outcome = asyncio.run(perform(database, made, plan))
    finally:
        if keep:
            _tell(f"kept; remove it with: flask --app wsgi rehearsals remove {made.centre_id}")
        else:
            _tell("removing the copy and its people")
            rehearsals.remove(database, made.centre_id)
    for line in outcome.lines():
        click.echo(line)
    if json_path:
        json_path.write_text(json.dumps(outcome.document(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    if not outcome.is_right:
        raise SystemExit(1)


async def perform(database: Database, made: Rehearsal, plan: Plan) -> Outcome:
    """Run it until its end, or until Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        return await Course(database, made, plan, _tell).run(stop)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _reachable(url: str) -> None:
    """
    :raises click.ClickException: when nothing answers at this address.
    """
    try:
        wire = Wire(url)
        await wire.send("GET", "/login", {})
        wire.close()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except Lost as error:
        raise click.ClickException(f"Nothing answers at {url}: {error}") from None


async def _knows(url: str, made: Rehearsal) -> bool:
    """Whether the service knows the link of somebody who was made just now."""
    wire = Wire(url)
    reply = await wire.send("GET", f"/link/{made.assessors[0].token}", {})
    wire.close()
    return reply.status == 200


def _tell(line: str) -> None:
    click.echo(line, err=True)


rehearsal_commands = AppGroup("rehearsals", help="Rehearsals that were kept.")


@rehearsal_commands.command("list")
def list_kept() -> None:
    """The rehearsals that are still there."""
    with installation.ready_database().reading() as session:
        for centre in rehearsals.list_all(session):
            click.echo(f"{centre.id}  {centre.created_at:%Y-%m-%d %H:%M} UTC  {centre.name}")


@rehearsal_commands.command("remove")
@click.argument("centre", type=click.UUID)
def remove(centre: UUID) -> None:
    """Remove a rehearsal with everything in it; its events stay in a chain of their own."""
    try:
        rehearsals.remove(installation.ready_database(), centre)
    except errors.KleiError as error:
        raise click.ClickException(str(error)) from None
    click.echo("Removed.")
