"""Templates as this house compiles them: once per language, with its words already in them, and with kept pieces.

Words without values and lists of them, which scripts get as JSON, are then plain text of the compiled template. A
piece that follows from an exercise's version and the languages alone is made once per process (:func:`keep`).
"""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from flask.templating import Environment as FlaskEnvironment
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from assessment import language

MOST_KEPT = 4096
_OF_EVERY_DICT = frozenset(dir(dict))


class Environment(FlaskEnvironment):
    """Flask's own, and the overlays of it that speak one language each; it speaks none itself."""

    spoken: str | None = None

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja's own, which first raises and catches an error for each value of a dict: kinds show hundreds."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_EVERY_DICT:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        if self.spoken is not None:
            is_escaped = self.autoescape(name) if callable(self.autoescape) else self.autoescape
            _Words(self, self.spoken, is_escaped).visit(source)
        return super()._generate(source, name, filename, defer_init)


class _Words(NodeTransformer):
    """Puts the words of a language where the template asks for them."""

    def __init__(self, environment: Environment, spoken: str, is_escaped: bool) -> None:
        self.environment, self.spoken, self.is_escaped = environment, spoken, is_escaped

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 -- Jinja's name
        asked = node.args[0] if len(node.args) == 1 else None
        if (
            isinstance(node.node, nodes.Name)
            and node.node.name == "_"
            and isinstance(asked, nodes.Const)
            and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        ):
            words = words_of_page(self.spoken, str(asked.value))
            said = words if self.is_escaped else str(words)
            return nodes.Const(said, lineno=node.lineno, environment=self.environment)
        return self.generic_visit(node)


@lru_cache(maxsize=8192)
def words_of_page(spoken: str, message: str) -> Markup:
    """A message without values in a language, as gettext in templates gives it."""
    return Markup(language.translations(spoken).gettext(message)) % {}  # noqa: S704 -- words of our own


def join(app: Flask) -> None:
    """Make the overlays, when everything else that templates have at hand is there."""
    app.extensions["klei_templates"] = made = {}
    for spoken in language.LANGUAGES:
        made[spoken] = app.jinja_env.overlay()
        made[spoken].spoken = spoken  # type: ignore[attr-defined]  # it is an Environment of ours


def render(template: str, spoken: str, values: dict[str, Any]) -> str:
    """A page in a language."""
    current_app.update_template_context(values)
    return str(current_app.extensions["klei_templates"][spoken].get_template(template).render(values))


_kept: dict[Hashable, Markup] = {}


def keep(*of: Hashable, caller: Callable[[], str]) -> Markup:
    """``{% call keep("people", exercise.hash, view.language, language) %}…{% endcall %}``: a piece that is made once.

    It may show nothing but what its key names. Nothing that a person is, wrote or has reached may be in it.
    """
    found = _kept.get(of)
    if found is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        found = _kept[of] = Markup(caller())  # noqa: S704 -- the template escaped it
    return found
