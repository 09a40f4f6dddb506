"""Commands: ``flask --app wsgi ...``."""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from assessment import authoring, backups, fonts, installation, journal, migrations
from assessment.rehearsal import command


def join(app: Flask) -> None:
    """Give an app its commands."""
    app.cli.add_command(database_commands)
    app.cli.add_command(installation.init)
    app.cli.add_command(authoring.content_commands)
    app.cli.add_command(verify_journal)
    app.cli.add_command(sweep)
    app.cli.add_command(work)
    app.cli.add_command(make_fonts)
    app.cli.add_command(command.rehearse)
    app.cli.add_command(command.rehearsal_commands)
    app.cli.add_command(backup)
    app.cli.add_command(restore)


database_commands = AppGroup("db", help="The tables of the database.")


@database_commands.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables up to REVISION (the newest, if none is named)."""
    migrations.upgrade(current_app.extensions["klei_database"], revision)
    click.echo("The tables are up to date.")


@database_commands.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION; "base" removes them all, with everything in them."""
    click.confirm("Tables that are taken back lose what is in them. Go on?", abort=True)
    migrations.downgrade(current_app.extensions["klei_database"], revision)


@click.command("sweep")
@with_appcontext
def sweep() -> None:
    """Seal every sitting that is past its end, once (the worker does this by itself)."""
    from assessment import worker  # here, so that web processes are spared what it brings

    database = installation.ready_database()
    sealed = worker.sweep(database, current_app.extensions["klei_settings"])
    worker.note(database, worker.SWEEP)
    click.echo(f"{sealed} sealed.")


@click.command("fonts")
@with_appcontext
def make_fonts() -> None:
    """Make the fonts of pages and PDF, once per release."""
    made = fonts.ensure(current_app.extensions["klei_settings"].data_folder)
    click.echo(f"The fonts are in {made.folder}.")


@click.command("worker")
@with_appcontext
def work() -> None:
    """Work in the background until a signal comes: seal, send mail, run jobs."""
    from assessment import worker

    worker.run(
        installation.ready_database(),
        current_app.extensions["klei_settings"],
        current_app.extensions["klei_queue"],
    )


@click.command("verify-journal")
@with_appcontext
def verify_journal() -> None:
    """Check the hash chain of every centre; fails when an event is missing or was changed."""
    with installation.ready_database().reading() as session:
        problems = list(journal.verify(session))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise SystemExit(1)
    click.echo("The journal holds.")


@click.command("backup")
@click.argument("path", type=click.Path(path_type=Path))
@with_appcontext
def backup(path: Path) -> None:
    """Write the whole database to the new file PATH, while people work."""
    try:
        backups.make(installation.ready_database(), path)
    except backups.BackupError as error:
        raise click.ClickException(f"No backup was made: {error}.") from None
    click.echo(f"{path} holds the whole database. Keep KLEI_SECRET_KEY with it, in another place.")


@click.command("restore")
@click.argument("path", type=click.Path(path_type=Path))
@with_appcontext
def restore(path: Path) -> None:
    """Put the backup PATH in the place of the database, while the service and its workers are stopped."""
    database = current_app.extensions["klei_database"]
    try:
        aside = backups.restore(database, path)
    except backups.BackupError as error:
        raise click.ClickException(f"Nothing was restored: {error}.") from None
    if aside:
        click.echo(f"The database that was there is now {aside}.")
    if not migrations.is_current(database):
        click.echo("It was restored and is of an older release. Now run: flask --app wsgi db upgrade")
        return
    with database.reading() as session:
        problems = list(journal.verify(session))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise SystemExit(1)
    click.echo("It was restored, and the journal holds.")
