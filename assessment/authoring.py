"""Commands for those who write exercises: begin one, check it, pack it, and take a pack in."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from exercises import checking, content, packs, skeletons
from exercises.packs import PackError

content_commands = AppGroup("content", help="The exercises in their folders.")


@content_commands.command("new")
@click.argument("kind")
@click.argument("slug", type=click.Path(path_type=Path))
def new(kind: str, slug: Path) -> None:
    """Begin an exercise of KIND in the new folder SLUG: a small one that works, in English and Dutch."""
    try:
        skeletons.begin(kind, slug)
    except skeletons.CannotBegin as error:
        raise click.ClickException(f"Nothing was made: {error}.") from None
    click.echo(
        f"{slug} holds a small {kind} exercise that works. Next: flask --app wsgi content check {slug}"
    )


@content_commands.command("check")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(path: Path) -> None:
    """Check an exercise folder, or every exercise folder within PATH; fails when something has to be changed."""
    found = sorted(
        file.parent for depth in ("", "*/", "*/*/") for file in path.resolve().glob(f"{depth}exercise.yaml")
    )
    if not found:
        raise click.ClickException(f"There is no exercise.yaml in {path} or in a folder within it.")
    problems = checking.problems_of(found)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise SystemExit(1)
    click.echo(f"{len(found)} checked: nothing has to be changed.")


@content_commands.command("export")
@click.argument("slug")
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), help="The ZIP; otherwise SLUG-VERSION.zip here."
)
@with_appcontext
def export(slug: str, to: Path | None) -> None:
    """Write an exercise of the shelf, or of the folder SLUG, as one ZIP that other installations can import."""
    folder = Path(slug)
    if not (folder / "exercise.yaml").is_file():
        exercise = packs.on_the_shelf(_own_folder()).get(slug)
        if exercise is None:
            raise click.ClickException(
                f"There is no exercise {slug} on the shelf, and no folder of this name."
            )
        folder = content.beside(exercise, "exercise.yaml").parent
    try:
        pack = packs.export(folder.resolve())
    except PackError as error:
        raise click.ClickException(f"No pack was made: {error}") from None
    exercise = content.read(folder.resolve())
    to = to or Path(f"{exercise.slug}-{exercise.version}.zip")
    if to.exists():
        raise click.ClickException(f"{to} is there already. Nothing was written.")
    to.write_bytes(pack)
    click.echo(f"{to} holds {exercise.slug}, version {exercise.version}, hash {exercise.hash}.")


@content_commands.command("import")
@click.argument("pack", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def take_in(pack: Path) -> None:
    """Put the exercise of a ZIP on the shelf of this installation, whole or not at all."""
    try:
        exercise, is_new = packs.take_in(pack, _own_folder())
    except PackError as error:
        raise click.ClickException(f"Nothing was imported from {pack.name}: {error}") from None
    what = f"{exercise.slug}, version {exercise.version}, hash {exercise.hash}"
    click.echo(f"On the shelf: {what}." if is_new else f"It was on the shelf already: {what}.")


def _own_folder() -> Path:
    folder: Path = current_app.extensions["klei_settings"].content_folder
    return folder
