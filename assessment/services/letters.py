"""Letters: the texts of mails, written in the reader's language from ``templates/email``, without Flask."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from assessment import language, mail
from assessment.models.centre import Centre
from assessment.models.event import Mail
from assessment.models.person import Person
from assessment.settings import ROOT


def send(
    session: Session, name: str, to: Person, *, centre: Centre | None = None, **values: Any
) -> Mail | None:
    """Queue the letter ``templates/email/<name>.txt``; its first line is the subject. None for a rehearsal."""
    words = language.translator(to.language, to.time_zone)
    template = _shelf(words.language).get_template(f"{name}.txt")
    subject, _, text = template.render(
        person=to, centre=centre, moment=words.moment, day=words.day, **values
    ).partition("\n")
    return mail.queue(
        session,
        recipient=to.email,
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
