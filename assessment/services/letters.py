"""Letters: the texts of mails, written in the reader's language from ``templates/email``, without Flask."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from assessment import language, mail
from assessment.language import Translator
from assessment.models.centre import Centre
from assessment.models.event import Mail
from assessment.models.person import Person
from assessment.settings import ROOT


def send(
    session: Session, name: str, to: Person, *, centre: Centre | None = None, **values: Any
) -> Mail | None:
    """Queue the letter ``templates/email/<name>.txt``; its first line is the subject. None for a rehearsal."""
    words = language.translator(to.language, to.time_zone)
    return _queue(session, name, to.email, words, centre, person=to, **values)


def send_to(
    session: Session, name: str, address: str, code: str, *, centre: Centre | None = None, **values: Any
) -> Mail | None:
    """The same to somebody who has no account, in the language of whoever asks them."""
    return _queue(session, name, address, language.translator(code), centre, **values)


def _queue(
    session: Session, name: str, address: str, words: Translator, centre: Centre | None, **values: Any
) -> Mail | None:
    template = _shelf(words.language).get_template(f"{name}.txt")
    subject, _, text = template.render(centre=centre, moment=words.moment, day=words.day, **values).partition(
        "\n"
    )
    return mail.queue(
        session,
        recipient=address,
        subject=subject,
        text=text.strip() + "\n",
        centre_id=centre.id if centre else None,
    )


@cache
def _shelf(known: str) -> Environment:
    # Plain text: nothing is escaped, because nothing is read as HTML.
    shelf = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "email"),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701
    )
    catalogue = language.translations(known)
    shelf.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    return shelf
