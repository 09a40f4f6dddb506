"""One's own account: name, language, time zone, password."""

from urllib.parse import urlsplit
from zoneinfo import available_timezones

from flask import g, redirect, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from assessment import errors, language
from assessment.access import Permission
from assessment.pages import fields, frame
from assessment.pages.login import PasswordForm, address, forget, safe
from assessment.services import people

pages = frame.Pages("account", __name__)


class AccountForm(fields.Form):
    name = fields.text("Name", autocomplete="name")
    language = SelectField("Language", choices=fields.languages())
    time_zone = fields.text("Time zone", list="time-zones", autocomplete="off")


class NewPasswordForm(PasswordForm):
    present = fields.password("Present password")


@pages.page("/account", Permission.SIGNED_IN, methods=("GET", "POST"))
def show() -> ResponseReturnValue:
    who = frame.actor()
    form = fields.posted(AccountForm, name=who.name, language=who.language, time_zone=who.time_zone)
    if request.method == "POST" and fields.attempt(
        form,
        lambda: people.change_account(
            frame.session(),
            name=form.name.data,
            language=form.language.data,
            time_zone=form.time_zone.data,
            by=who,
        ),
    ):
        cookie["language"] = form.language.data
        g.pop("words", None)
        frame.say("Your account was changed.")
        return frame.go("account.show")
    return _page(form, NewPasswordForm(), 422 if form.errors else 200)


@pages.page("/account/password", Permission.SIGNED_IN, methods=("POST",), owns_transaction=True)
def change_password() -> ResponseReturnValue:
    claim = frame.login_of_cookie()
    with frame.database().reading() as session:
        who = people.find_actor(session, *claim) if claim else None
    if who is None:
        raise frame.LoginNeeded
    form = NewPasswordForm(request.form)
    if form.validate():
        try:
            epoch = people.change_password(
                frame.database(),
                present=form.present.data or "",
                new=form.password.data or "",
                address=address(),
                by=who,
            )
        except errors.KleiError as error:
            form.blame(error)
        else:
            forget()
            cookie.permanent = True
            cookie[frame.LOGIN] = (str(who.person_id), epoch)
            frame.say("Your password was changed. You are logged out everywhere else.")
            return frame.go("account.show")
    g.visitor = who
    account = AccountForm(data={"name": who.name, "language": who.language, "time_zone": who.time_zone})
    return _page(account, form, 422)


@pages.page("/language", Permission.PUBLIC, methods=("POST",))
def choose_language() -> ResponseReturnValue:
    chosen = language.known(request.form.get("language"))
    cookie["language"] = chosen
    who = frame.visitor()
    if who and who.language != chosen:
        people.change_account(frame.session(), language=chosen, by=who)
    # The language form gives an address of ours, or after a POST that of the page it came from.
    parts = urlsplit(request.form.get("next", ""))
    if parts.netloc == request.host:
        parts = parts._replace(scheme="", netloc="")
    return redirect(safe(parts.geturl().removesuffix("?")), 303)


def _page(form: AccountForm, password: NewPasswordForm, status: int) -> ResponseReturnValue:
    return frame.show(
        "public/account.html", status, form=form, password=password, zones=sorted(available_timezones())
    )
