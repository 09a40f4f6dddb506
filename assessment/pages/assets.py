"""Styles, scripts and fonts, at an address that changes with their content."""

from pathlib import Path

from flask import Response, request
from flask.typing import ResponseReturnValue

from assessment import errors, fonts, presentation
from assessment.access import Permission
from assessment.pages import frame

pages = frame.Pages("assets", __name__)

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
}


LONGEST = 200


@pages.page("/static/<build>/<path:path>", Permission.PUBLIC, owns_transaction=True)
def show(build: str, path: str) -> ResponseReturnValue:
    if len(path) > LONGEST or not path.isprintable():
        raise errors.NotFound  # no file is called so, and no disk can be asked for it
    if path.startswith("fonts/"):
        made = fonts.find(frame.settings().data_folder)
        named = {face.file for face in fonts.WEB}
        file = made.path(path[6:]) if made and path[6:] in named else None
    else:
        file = presentation.static_file(path)
    if file is None or file.suffix not in TYPES:
        raise errors.NotFound
    response = _answer(file)
    # A page of an older build may still ask for its own address: it gets today's file, but does not keep it.
    is_current = build == presentation.build()
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_current else "no-cache"
    return response


@pages.page("/favicon.ico", Permission.PUBLIC, owns_transaction=True)
def favicon() -> ResponseReturnValue:
    return _answer(presentation.STATIC / "mark.svg")


def _answer(file: Path) -> Response:
    """A small file, from memory: nothing stays open when somebody hangs up."""
    response = Response(file.read_bytes(), content_type=TYPES[file.suffix])
    response.add_etag()
    response.make_conditional(request)
    return response
