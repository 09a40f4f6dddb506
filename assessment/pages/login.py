"""Logging in and out, and links that work once: to accept an invitation or to set a new password."""

from urllib.parse import urlsplit

from flask import g, jsonify, redirect, request, url_for
from flask import session as cookie
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from wtforms import Field, HiddenField, ValidationError

from assessment import errors
from assessment.access import Permission
from assessment.models.person import LinkPurpose, Person
from assessment.pages import fields, frame
from assessment.services import links, logins

pages = frame.Pages("login", __name__)


class LoginForm(fields.Form):
    email = fields.text("E-mail address", longest=254, type="email", autocomplete="username", autofocus=True)
    password = fields.password("Password")
    next = HiddenField()


class ForgottenForm(fields.Form):
    email = fields.text("E-mail address", longest=254, type="email", autocomplete="username")


class PasswordForm(fields.Form):
    password = fields.password("New password", is_new=True)
    again = fields.password("The same password again", is_new=True)

    def validate_again(self, field: Field) -> None:
        if field.data != self.password.data:
            raise ValidationError(frame.words().gettext("The two passwords differ."))


@pages.page("/login", Permission.PUBLIC, methods=("GET", "POST"), owns_transaction=True)
def show() -> ResponseReturnValue:
    form = fields.posted(LoginForm, next=request.args.get("next", ""))
    if request.method == "GET":
        return frame.show("public/login.html", form=form)
    if not form.validate():
        return frame.show("public/login.html", 422, form=form)
    try:
        person = logins.log_in(
            frame.database(), email=form.email.data, password=form.password.data, address=address()
        )
    except errors.KleiError as error:
        return frame.show("public/login.html", error.status, form=form, refused=frame.words().sentence(error))
    enter(person)
    return redirect(safe(form.next.data), 303)


@pages.page("/api/login", Permission.PUBLIC, methods=("POST",), owns_transaction=True)
def again() -> ResponseReturnValue:
    """Log in again in place, while a page with unsent text stays open; the answer holds a new CSRF token."""
    posted = request.get_json(silent=True)
    if not isinstance(posted, dict) or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise frame.Unreadable
    email, password = posted.get("email"), posted.get("password")
    if not isinstance(email, str) or not isinstance(password, str):
        raise logins.WrongLogin
    try:
        (email + password).encode()  # JSON can spell halves of letters, and zero characters
    except UnicodeEncodeError:
        raise logins.WrongLogin from None
    if "\x00" in email + password:
        raise logins.WrongLogin
    person = logins.log_in(frame.database(), email=email, password=password, address=address())
    enter(person)
    return jsonify(csrf=generate_csrf(), person=str(person.id))


@pages.page("/logout", Permission.PUBLIC, methods=("POST",), owns_transaction=True)
def leave() -> ResponseReturnValue:
    forget()
    return frame.go("home.show")


@pages.page("/forgotten", Permission.PUBLIC, methods=("GET", "POST"))
def forgotten() -> ResponseReturnValue:
    form = fields.posted(ForgottenForm)
    if request.method == "GET" or not form.validate():
        return frame.show("public/forgotten.html", 422 if form.errors else 200, form=form)
    links.send_reset(frame.session(), form.email.data, base_url=frame.settings().base_url)
    return frame.show("public/forgotten.html", form=form, is_sent=True)


@pages.page("/link/<token>", Permission.PUBLIC, methods=("GET", "POST"), owns_transaction=True)
def link(token: str) -> ResponseReturnValue:
    with frame.database().reading() as session:
        found = links.find(session, token)
        person = found.person
    # The page speaks the language of the person whom the link was sent to, unless they chose another here.
    cookie.setdefault("language", person.language)
    form = fields.posted(PasswordForm)
    if request.method == "POST" and form.validate():
        try:
            person = links.set_password(frame.database(), token, form.password.data)
        except errors.Invalid as error:
            form.blame(error)
        else:
            enter(person)
            frame.say(
                "Your password is set. From now on you log in with your e-mail address and this password."
            )
            return frame.go("home.show")
    return frame.show(
        "public/link.html",
        422 if form.errors else 200,
        form=form,
        person=person,
        is_invitation=found.purpose is LinkPurpose.INVITATION,
    )


def enter(person: Person) -> None:
    """Begin a login: a new cookie with a new CSRF token, nothing kept of the one before."""
    forget()
    cookie.permanent = True
    cookie[frame.LOGIN] = (str(person.id), person.login_epoch)
    cookie["language"] = person.language


def forget() -> None:
    """End the login of this browser. The chosen language stays."""
    chosen = cookie.get("language")
    cookie.clear()
    for name in ("csrf_token", "visitor", "words"):
        g.pop(name, None)
    if chosen:
        cookie["language"] = chosen


def address() -> str:
    """The network address that the throttle counts by."""
    return request.remote_addr or "unknown"


def safe(target: str | None) -> str:
    """A place within Klei to go on to; the start page for anything else."""
    parts = urlsplit(target or "")
    is_ours = (
        target
        and target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
        and target.isprintable()
        and "\\" not in target
    )
    return target if is_ours and target else url_for("home.show")


@pages.record_once
def _exempt(state: BlueprintSetupState) -> None:
    # A token is bound to the login that has just ended; only a page of ours can send JSON here.
    state.app.extensions["csrf"].exempt(f"{__name__}.again")
