"""Forms and fields that pages share: words in the reader's language, moments in a time zone."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from flask import request
from wtforms import (
    DateTimeLocalField,
    Field,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the type stubs
from wtforms.validators import DataRequired, Length, Optional

from assessment import errors, language
from assessment.pages import frame


class Form(PlainForm):
    """A form whose labels are message ids. CSRF is checked before any page, for all forms at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = _translated(field.label.text)
            if isinstance(field, SelectField) and isinstance(field.choices, list):
                field.choices = [
                    SelectChoice(value=choice.value, label=_translated(str(choice.label)))
                    for choice in field.choices
                    if isinstance(choice, SelectChoice)
                ]

    class Meta:
        def get_translations(self, form: PlainForm) -> Any:
            return frame.words().catalogue

    def blame(self, error: errors.KleiError) -> None:
        """Show a domain error beside the field it names, or the first."""
        name = str(error.values.get("field", ""))
        field = self[name] if name in self else next(iter(self))
        field.errors = [*field.errors, frame.words().sentence(error)]


def _translated(message: str) -> str:
    return frame.words().gettext(message) if message else ""


def posted(form: type["Form"], **data: Any) -> Any:
    """The form with what was posted, or with ``data`` to begin with."""
    return form(request.form if request.method == "POST" else None, data=data)


def choices(names: Mapping[str, str]) -> list[SelectChoice]:
    """Choices of a select from value to label (a message id)."""
    return [SelectChoice(value=value, label=label) for value, label in names.items()]


def languages() -> list[SelectChoice]:
    return choices(language.LANGUAGES)


def required() -> list[Any]:
    return [DataRequired(message=None)]


class NeededToOpen:
    """May be left empty for now, but not called optional: a centre does not open without it."""

    field_flags: ClassVar[dict[str, bool]] = {"needed": True}

    def __call__(self, _form: PlainForm, _field: Field) -> None:
        """Anything is fine while the centre is a draft."""


def text(
    label: str,
    *,
    longest: int = 200,
    is_required: bool = True,
    is_needed_to_open: bool = False,
    **attributes: Any,
) -> StringField:
    """One line of text."""
    return StringField(
        label,
        validators=[*_demands(is_required, is_needed_to_open), Length(max=longest)],
        filters=[lambda value: value.strip() if isinstance(value, str) else value],
        render_kw=attributes or None,
    )


def _demands(is_required: bool, is_needed_to_open: bool) -> list[Any]:
    return required() if is_required else [NeededToOpen()] if is_needed_to_open else []


def paragraph(
    label: str,
    *,
    longest: int = 8000,
    rows: int = 4,
    is_required: bool = False,
    is_needed_to_open: bool = False,
) -> TextAreaField:
    """Several lines of text, which may be empty when nothing else is said."""
    return TextAreaField(
        label,
        validators=[*_demands(is_required, is_needed_to_open), Length(max=longest)],
        filters=[lambda value: value.strip() if isinstance(value, str) else value],
        render_kw={"rows": rows},
    )


def note(label: str, *, longest: int) -> TextAreaField:
    """A line or two, which may be empty. The service says when it is too long, counting as the page does."""
    return TextAreaField(label, render_kw={"rows": 2, "maxlength": longest, "dir": "auto"})


def email(label: str = "E-mail address", **attributes: Any) -> StringField:
    return text(label, longest=254, type="email", autocomplete="off", **attributes)


def password(label: str, *, is_new: bool = False) -> PasswordField:
    kind = "new-password" if is_new else "current-password"
    return PasswordField(label, validators=required(), render_kw={"autocomplete": kind, "maxlength": 256})


class MomentField(DateTimeLocalField):
    """What a clock shows at a moment that may be left open; :func:`instant_of` says which instant that is."""

    def __init__(self, label: str, **values: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(label, format=formats, validators=[NeededToOpen(), Optional()], **values)

    def _value(self) -> str:
        if self.raw_data:
            return str(" ".join(self.raw_data))
        return self.data.strftime("%Y-%m-%dT%H:%M") if self.data else ""


class NoSuchMoment(errors.Invalid):
    sentence = "This moment does not exist: the clock goes forward then."


class TwiceThatNight(errors.Invalid):
    sentence = "The clock shows this time twice that night, because it goes back. Choose a time before or after that hour."


def instant_of(field: Field, zone_name: str) -> datetime | None:
    """The instant at which a clock in this zone shows what was chosen.

    :raises NoSuchMoment: for an hour that the change to summer time leaves out.
    :raises TwiceThatNight: for an hour that the change from summer time shows twice.
    """
    if field.data is None:
        return None
    zone = language.zone(zone_name)
    moment: datetime = field.data.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != field.data:
        raise NoSuchMoment(field=field.short_name)
    if field.data.replace(tzinfo=zone, fold=1).astimezone(UTC) != moment:
        raise TwiceThatNight(field=field.short_name)
    return moment


def local(moment: datetime | None, zone_name: str) -> datetime | None:
    """What a clock in this zone shows at this instant."""
    return moment.astimezone(language.zone(zone_name)).replace(tzinfo=None) if moment else None


def attempt(form: Form, act: Callable[[], Any]) -> bool:
    """Whether the form is valid and the act succeeded; a domain error is shown beside its field."""
    if not form.validate():
        return False
    try:
        act()
    except errors.NotFound:
        raise
    except errors.KleiError as error:
        frame.session().rollback()
        form.blame(error)
        return False
    return True


def act(do: Callable[[], Any], done: str = "", **values: Any) -> bool:
    """Do something that a button asked for; says that it is done, or why it cannot be. Whether it was done."""
    try:
        do()
    except errors.NotFound:
        raise
    except errors.KleiError as error:
        frame.session().rollback()
        frame.say_error(error)
        return False
    if done:
        frame.say(done, **values)
    return True
