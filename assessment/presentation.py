"""What templates have at hand: words, dates, assets, markdown."""

import re
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from assessment import clock, language, templates
from assessment.access import Permission
from assessment.models.person import RoleName
from assessment.services import meetings
from assessment.settings import ROOT
from charts import svg
from exercises.rubric import framework

_KIND_FILE = re.compile(r"kinds/[a-z_]+/[a-z_]+\.(js|css)")
STATIC = ROOT / "assessment" / "static"
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


@cache
def build() -> str:
    """A short hash over all assets: the path changes when one of them does, so that browsers may keep them."""
    digest = sha256()
    for path in sorted(
        [*STATIC.rglob("*"), *(ROOT / "exercises").glob("*/*.js"), *(ROOT / "exercises").glob("*/*.css")]
    ):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a file in ``static``, or of a kind's script or style as ``kinds/<kind>/<file>``."""
    return _asset_below(request.script_root, path)


@lru_cache(maxsize=512)
def _asset_below(_root: str, path: str) -> str:
    return url_for("assets.show", build=build(), path=path)


@lru_cache(maxsize=2048)
def markdown(text: str, *, top: int = 2) -> Markup:
    """Markdown of content as HTML; raw HTML in it stays text. Headings begin at level ``top``.

    Made once per text: what content says never changes.
    """
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + top - 1)}"
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))  # noqa: S704 -- escaped by markdown-it


@pass_eval_context
def _translated(place: EvalContext, message: str, **values: Any) -> str:
    """``_()`` in templates: Jinja's own gettext, with a short way for the many words that carry no values."""
    from assessment.pages import frame

    words = frame.words()
    if place.autoescape and not values:
        return templates.words_of_page(words.language, message)
    found = words.catalogue.gettext(message)
    return _filled(found, values) if place.autoescape else found % values


def _filled(words: str, values: dict[str, Any]) -> Markup:
    """As ``Markup(words) % values``, at half its cost: numbers need no escaping, and everything else is escaped first."""
    safe = {name: value if type(value) in (int, float) else escape(value) for name, value in values.items()}
    return Markup(words % safe)  # noqa: S704 -- the values are escaped


@pass_eval_context
def _counted(place: EvalContext, one: str, many: str, num: int, **values: Any) -> str:
    """``ngettext()`` in templates: Jinja's own, the short way."""
    from assessment.pages import frame

    found = frame.words().catalogue.ngettext(one, many, num)
    values.setdefault("num", num)
    return _filled(found, values) if place.autoescape else found % values


@cache
def kind_files(kind: str) -> dict[str, str]:
    """The script and style of a kind that exist, by suffix."""
    folder = ROOT / "exercises" / kind
    return {
        suffix: f"kinds/{kind}/{kind}.{suffix}"
        for suffix in ("js", "css")
        if (folder / f"{kind}.{suffix}").is_file()
    }


def join(app: Flask) -> None:
    """Give templates their words and helpers."""
    from assessment.pages import frame

    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        lambda message: frame.words().catalogue.gettext(message),
        lambda one, many, n: frame.words().catalogue.ngettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        _=_translated,
        ngettext=_counted,
        asset=asset,
        csrf_token=generate_csrf,
        kind_files=kind_files,
        RoleName=RoleName,
    )
    app.jinja_env.globals["keep"] = templates.keep
    app.jinja_env.filters["markdown"] = markdown
    app.jinja_env.filters["chart"] = lambda drawn, place: Markup(svg.paint(drawn, f"chart-{place}"))  # noqa: S704 -- escaped there
    app.jinja_env.filters["dimension_name"] = lambda dimension: framework()[dimension].name[
        frame.words().language
    ]
    app.jinja_env.filters["unbroken"] = lambda codes: Markup(", ").join(
        Markup('<span class="unbroken">{}</span>').format(code) for code in codes
    )
    app.jinja_env.filters["day"] = lambda value: frame.words().day(value)
    app.jinja_env.filters["has_live"] = lambda centre: bool(meetings.live_exercises(frame.session(), centre))
    app.jinja_env.filters["weekday"] = lambda value: frame.words().weekday(value)
    app.jinja_env.filters["moment"] = lambda value: frame.words().moment(value)
    app.jinja_env.filters["clock_time"] = lambda value: frame.words().time(value)
    app.jinja_env.filters["how_long"] = lambda value: frame.words().length(value)
    app.jinja_env.filters["number"] = lambda value, decimals=None: frame.words().number(value, decimals)

    @app.context_processor
    def around() -> dict[str, Any]:
        return {
            "language": frame.words().language,
            "languages": language.LANGUAGES,
            "visitor": frame.visitor(),
            "may": lambda permission: (
                (who := frame.visitor()) is not None and who.may(Permission(permission))
            ),
            "now": clock.now(),
            "is_demo": frame.settings().is_demo,
        }

    templates.join(app)


def static_file(path: str) -> Path | None:
    """The file behind an asset's path, if it is one of those that may be seen."""
    parts = path.split("/")
    if parts[0] == "kinds":
        if not _KIND_FILE.fullmatch(path):
            return None
        file = ROOT / "exercises" / parts[1] / parts[2]
    else:
        file = STATIC / path
        if not file.resolve().is_relative_to(STATIC):
            return None
    return file if file.is_file() else None
