"""What stands around every page: the guard, one transaction per request, errors to pages, safe headers.

A page is registered with :func:`page`, which names its one permission::

    pages = frame.Pages("centres", __name__)

    @pages.page("/administrator/centres/", Permission.ADMINISTER)
    def show() -> str:
        return frame.show("administrator/centres.html", centres=centres.list_for(frame.session(), frame.actor()))

The session of the request begins at its first use: a reading one for GET, a writing one otherwise. It is committed
once, when the page has answered without raising; a GET that changed something is an error.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from flask import session as cookie
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, InternalServerError

from assessment import clock, errors, journal, language, templates
from assessment.access import Actor, HeldRole, Permission
from assessment.database import Database
from assessment.heartbeat import Heart
from assessment.language import marked as _
from assessment.models.person import Person, Role
from assessment.services import repeats
from assessment.settings import Settings
from assessment.writers import UNAVAILABLE

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, ResponseReturnValue]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
LOGIN = "login"
"""The cookie's entry: the person's id and the login epoch."""


class Pages(Blueprint):
    """A blueprint whose pages state a permission."""

    def page(
        self,
        rule: str,
        permission: Permission,
        *,
        methods: Sequence[str] = ("GET",),
        endpoint: str | None = None,
        owns_transaction: bool = False,
        writes_in_turn: bool = False,
    ) -> Callable[[View[P]], View[P]]:
        """Register a page. ``owns_transaction`` is for the save path and logins, which begin and commit themselves.

        ``writes_in_turn`` is for a short change that many make at once and that changes nothing when it is made again:
        the request's session only reads, and the page writes with :func:`write`.
        """

        def register(view: View[P]) -> View[P]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                g.owns_transaction, g.writes_in_turn = owns_transaction, writes_in_turn
                guard(permission)
                if (
                    owns_transaction
                    or writes_in_turn
                    or "csrf_token" not in request.form
                    or (who := visitor()) is None
                ):
                    return view(*args, **kwargs)
                return _once(who, lambda: view(*args, **kwargs))

            guarded.permission = permission  # type: ignore[attr-defined]  # a test reads it from the running app
            self.add_url_rule(rule, endpoint or view.__name__, guarded, methods=list(methods))
            return view

        return register


# What the request has at hand.


def settings() -> Settings:
    return cast(Settings, current_app.extensions["klei_settings"])


def database() -> Database:
    return cast(Database, current_app.extensions["klei_database"])


def session() -> Session:
    """The request's session; it writes unless the request is a GET."""
    if "session" not in g:
        g.session = database().session(writes=request.method not in SAFE and not g.get("writes_in_turn"))
    return cast(Session, g.session)


def write(act: Callable[[Session], R]) -> R:
    """Make a change in its turn: on SQLite gathered with what others change, so that one fsync serves all of them.

    What it begins after its commit, such as background work, would begin too early: it is for changes without any.
    """
    session().close()  # nobody waits with one connection for another

    def work(connection: Connection) -> R:
        # A savepoint of its own on SQLite: what fails takes nothing of its neighbours away.
        mode = "create_savepoint" if database().is_sqlite else "rollback_only"
        with Session(
            connection,
            join_transaction_mode=mode,  # type: ignore[arg-type]
            expire_on_commit=False,
            info=dict(database().beside),
        ) as own:
            done = act(own)
            own.commit()
            return done

    return database().writer.run(work)


def actor() -> Actor:
    """Who is logged in. Pages with another permission than PUBLIC always have one."""
    who = visitor()
    if who is None:
        raise errors.NotFound
    return who


def visitor() -> Actor | None:
    """Who is logged in, if anybody."""
    if "visitor" not in g:
        g.visitor = _find_visitor()
    return cast("Actor | None", g.visitor)


def login_of_cookie() -> tuple[UUID, int] | None:
    """The person and login epoch that the cookie claims, not yet checked: the save path checks them in its own query."""
    try:
        person, epoch = cookie[LOGIN]
        return UUID(person), int(epoch)
    except (KeyError, TypeError, ValueError):
        return None


# Made once, and columns alone: every page asks it.
_who = (
    sa.select(
        Person.id,
        Person.name,
        Person.email,
        Person.language,
        Person.time_zone,
        Role.role,
        Role.programme_id,
        Role.centre_id,
    )
    .outerjoin(Role, Role.person_id == Person.id)
    .where(
        Person.id == sa.bindparam("person"),
        Person.login_epoch == sa.bindparam("epoch"),
        Person.is_active,
    )
)


def _find_visitor() -> Actor | None:
    claim = login_of_cookie()
    if claim is None:
        return None
    rows = session().connection().execute(_who, {"person": claim[0], "epoch": claim[1]}).all()
    if not rows:
        return None
    return Actor(
        *rows[0][:5],
        roles=frozenset(HeldRole(*row[5:]) for row in rows if row.role is not None),
    )


def arrived_at() -> datetime:
    """When the request arrived, stamped before anything else."""
    return cast(datetime, g.arrived_at)


def words() -> language.Translator:
    """The translator of this request."""
    found = g.get("words")
    if found is None:
        who = None if g.get("owns_transaction") else visitor()
        chosen = cookie.get("language") or (who.language if who else None)
        if chosen not in language.LANGUAGES:
            chosen = request.accept_languages.best_match(list(language.LANGUAGES)) or "en"
        found = g.words = language.translator(chosen, who.time_zone if who else "Europe/Amsterdam")
    return cast(language.Translator, found)


def may_be_framed() -> None:
    """Let a page of Klei itself show this one within it. For pages on which nothing can be done."""
    g.is_framed = True


# Guarding.


def guard(permission: Permission) -> None:
    """Let nobody by who may not: the login page for those who have not logged in, "not found" for all others."""
    g.permission = permission
    if permission is Permission.PUBLIC or g.get("owns_transaction"):
        return
    who = visitor()
    if who is None:
        raise LoginNeeded
    if not who.may(permission):
        raise errors.NotFound


class LoginNeeded(errors.KleiError):
    status = 401
    sentence = "Please log in first."


def _once(who: Actor, act: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Do what a form asks for, unless this very form did so a moment ago: then only lead to where that led."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return act()
    key = repeats.key(who.person_id, request.path, request.form.items(multi=True))
    before = repeats.begin(session(), key)
    if before is not None:
        say(_("This was sent twice. It was done once."))
        return redirect(before, 303)
    answer = make_response(act())
    repeats.end(session(), key, answer.headers.get("Location"))
    return answer


# Answering.


def show(template: str, status: int = 200, **values: Any) -> Response:
    """A page from a template."""
    return make_response(templates.render(template, words().language, values), status)


def go(endpoint: str, **values: Any) -> Response:
    """Go on to another page after a change."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))


def say(message: str, kind: str = "done", **values: Any) -> None:
    """A sentence at the top of the next page. ``message`` is a message id; kinds are done, warning and error."""
    flash(words().gettext(message, **values), kind)


def say_error(error: errors.KleiError) -> None:
    flash(words().sentence(error), "error")


def wants_json() -> bool:
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _error_page(error: errors.KleiError) -> Response:
    sentence = words().sentence(error)
    if wants_json():
        return make_response(jsonify(code=error.id, message=sentence, csrf=generate_csrf()), error.status)
    return show("errors/error.html", error.status, code=error.status, sentence=sentence)


# Joining it to the app.


def _begin() -> None:
    g.arrived_at = clock.now()
    g.started = time.perf_counter()
    journal.request_id.set(request.headers.get("X-Request-ID", "")[:64] or secrets.token_hex(8))
    heart: Heart | None = current_app.extensions.get("klei_heart")
    if heart is not None and not request.path.startswith("/static/"):
        # Should the database not answer, the error page must not ask it who this is.
        g.owns_transaction, g.visitor = True, None
        heart.ensure()
        g.owns_transaction = False
        g.pop("visitor")
    # No keyboard makes a zero character, and not every database can hold one.
    if request.mimetype in FORMS and any("\x00" in value for _name, value in request.form.items(multi=True)):
        raise Unreadable


def _end(response: Response) -> Response:
    """Commit what the page did. Answers such as 409 and failed logins are results and commit too."""
    current = g.pop("session", None)
    if current is not None:
        try:
            if request.method in SAFE:
                if current.new or current.dirty or current.deleted or current.info.get("journal"):
                    raise RuntimeError(f"GET {request.path} changed something")
            elif g.get("failed"):
                current.rollback()
            else:
                current.commit()
        finally:
            current.close()
    present = {name.lower() for name, _value in response.headers}
    for lower, name, value in _headers_of_static if request.path.startswith("/static/") else _headers:
        if lower not in present:
            response.headers.add(name, value)
    if g.get("is_framed"):
        response.headers["Content-Security-Policy"] = _POLICY_IN_FRAMES
    return response


def _close(_error: BaseException | None) -> None:
    current = g.pop("session", None)
    if current is not None:
        current.rollback()
        current.close()


HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_POLICY_IN_FRAMES = HEADERS["Content-Security-Policy"].replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
)
_headers_of_static = [(name.lower(), name, value) for name, value in HEADERS.items()]
_headers = [*_headers_of_static, ("cache-control", "Cache-Control", "no-store")]


class Json(DefaultJSONProvider):
    """JSON as everywhere; what is nested deeper than anybody writes cannot be read, like anything else that is none."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def join(app: Flask) -> None:
    """Put the frame around an app."""
    app.json = Json(app)
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_close)

    def fail() -> None:
        g.failed = True
        current = g.get("session")
        if current is not None:
            current.rollback()

    @app.errorhandler(errors.KleiError)
    def domain(error: errors.KleiError) -> ResponseReturnValue:
        fail()
        if isinstance(error, LoginNeeded) and not wants_json():
            return redirect(
                url_for("login.show", next=request.full_path if request.method == "GET" else None), 303
            )
        return _error_page(error)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> ResponseReturnValue:
        fail()
        return _error_page(FormTooOld())

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        fail()
        if error.response is not None:
            return error.response
        known: dict[int, type[errors.KleiError]] = {404: errors.NotFound, 405: errors.NotFound, 413: TooLarge}
        page = _error_page(known.get(error.code or 500, Unreadable)())
        page.status_code = error.code or 500
        return page

    @app.errorhandler(InternalServerError)
    def after_the_page(error: InternalServerError) -> ResponseReturnValue:
        """The commit failed, after the page had answered; Flask has written down what it raised, and wraps it."""
        fail()
        is_busy = isinstance(error.original_exception, UNAVAILABLE)
        return _error_page(errors.Busy() if is_busy else Unexpected())

    @app.errorhandler(sa.exc.TimeoutError)
    @app.errorhandler(sa.exc.InterfaceError)
    @app.errorhandler(sa.exc.OperationalError)
    def busy(_error: sa.exc.SQLAlchemyError) -> ResponseReturnValue:
        app.logger.exception("the database did not answer")
        fail()
        return _error_page(errors.Busy())

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        app.logger.exception("%s %s failed", request.method, request.path)
        if app.testing:
            raise error
        fail()
        return _error_page(Unexpected())


class FormTooOld(errors.KleiError):
    sentence = "This page was opened before you logged in or out. Go back, reload the page and send it again."


class TooLarge(errors.KleiError):
    status = 413
    sentence = "This is too large to be sent."


class Unreadable(errors.KleiError):
    sentence = "Klei cannot read this request."


class Unexpected(errors.KleiError):
    status = 500
    sentence = "Something went wrong on our side. It was written down and nothing you saved before was lost."
