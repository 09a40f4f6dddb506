"""Every message of the house, read from source and templates: what the Dutch catalogue must know."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from babel.messages.extract import extract_from_dir
from wtforms.fields.core import UnboundField

import assessment
from assessment.errors import KleiError
from assessment.pages.fields import Form
from assessment.settings import ROOT

PYTHON = [("**.py", "python")]
TEMPLATES = [("**.html", "jinja2"), ("**.txt", "jinja2")]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "marked": None,
    "say": None,
    "RuleBroken": (2,),
}
PLACES = (
    (ROOT / "assessment", PYTHON),
    (ROOT / "assessment" / "sections", TEMPLATES),
    (ROOT / "templates", TEMPLATES),
    (ROOT / "exercises", TEMPLATES),
)


def all_messages() -> Iterator[tuple[str, str]]:
    """Place and message id of each; of a plural the form for one."""
    for folder, methods in PLACES:
        for found in extract_from_dir(folder, methods, keywords=KEYWORDS):
            name, line, message = found[0], found[1], found[2]
            yield f"{Path(folder).name}/{name}:{line}", message[0] if isinstance(message, tuple) else message
    for module in walk_packages(assessment.__path__, "assessment."):
        if ".migrations." not in module.name:
            import_module(module.name)
    yield from ((f"{kind.__module__}.{kind.__name__}", kind.sentence) for kind in _all_kinds(KleiError))
    for form in _all_kinds(Form):
        for name, field in vars(form).items():
            if isinstance(field, UnboundField) and (label := _label(field)):
                yield f"{form.__module__}.{form.__name__}.{name}", label


def _label(field: UnboundField) -> str:  # type: ignore[type-arg]
    return str(field.kwargs.get("label") or next(iter(field.args), "") or "")


def _all_kinds(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all_kinds(child)
