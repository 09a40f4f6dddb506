"""Setting up: tables of this release, and the first administrator."""

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext

from assessment import errors, migrations
from assessment.database import Database
from assessment.models.person import LinkPurpose, Role, RoleName
from assessment.services import links, passwords, people

BEHIND = "The tables are missing or belong to another release. First run: flask --app wsgi db upgrade"


def ready_database() -> Database:
    """The database of this installation, with the tables of this release.

    :raises click.ClickException: when they have to be made or brought up to date first.
    """
    found: Database = current_app.extensions["klei_database"]
    if not migrations.is_current(found):
        raise click.ClickException(BEHIND)
    return found


def begin_serving(app: Flask) -> None:
    """Let the service start only on the tables of this release. A database that is away is no reason not to: the
    service answers "busy" until it is there.

    :raises SystemExit: when the tables have to be made or brought up to date first.
    """
    database: Database = app.extensions["klei_database"]
    try:
        is_current = migrations.is_current(database)
    except sa.exc.OperationalError:
        app.logger.warning("the database does not answer yet")
        return
    if not is_current:
        click.echo(f"Klei does not start. {BEHIND}", err=True)
        # gunicorn takes this number for "a worker cannot start" and ends, instead of trying again for ever.
        raise SystemExit(3)


@click.command("init")
@click.option("--email", prompt="E-mail address of the first administrator")
@click.option("--name", prompt="Name")
@click.option("--language", type=click.Choice(["en", "nl"]), default="en", show_default=True)
@click.option("--password", help="Without it a link is printed with which a password can be chosen, once.")
@with_appcontext
def init(email: str, name: str, language: str, password: str | None) -> None:
    """Make the first administrator; refuses when there is one."""
    settings = current_app.extensions["klei_settings"]
    try:
        if password is not None:
            passwords.check(password, email=email)
        stored = passwords.hashed(password) if password is not None else None
        with ready_database().writing() as session:
            if session.scalar(sa.select(Role.id).where(Role.role == RoleName.ADMINISTRATOR).limit(1)):
                raise click.ClickException("There is an administrator already, who can add others.")
            person = people.add(session, people.Entry(email, name, language), by=None)
            person.password_hash = stored
            people.give_role(session, person, RoleName.ADMINISTRATOR, by=None)
            token = None if stored else links.make(session, person, LinkPurpose.INVITATION)
    except errors.KleiError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{person.name} is the first administrator.")
    click.echo(f"{settings.base_url}/link/{token}" if token else f"{settings.base_url}/login")
