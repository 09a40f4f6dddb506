"""The chronicle of a sitting in words: the sentences for what the kinds of exercise say happened, in both languages.

For assessors, and for the talk afterwards. Nothing in it is evidence of a rating, and nothing of it is scored (content
C0.3, class B).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from assessment.language import Translator
from assessment.language import marked as _
from exercises.kind import Chronicle, Happening

CAME = {
    "message": _("%(who)s: %(subject)s"),
    "round": _("%(title)s begins"),
    "update": _("The situation changes"),
}
DONE = {
    "opened": _("Opened: %(title)s"),
    "decided": _("Decided: %(question)s %(option)s"),
}
FACTS = {
    "order": _("Messages in the order of handling: %(what)s."),
    "open": _("Nothing was sent on %(what)s."),
    "none_open": _("Something was done with every message that came."),
    "before_opened": _("Before “%(title)s” was opened, something was sent on %(what)s."),
    "chosen_again": _("“%(question)s” was decided %(n)s times; the last decision counts."),
    "handed_in": _("Handed in in minute %(minute)s of %(all)s."),
    "changed": _("%(title)s, other than in the one before: %(what)s."),
    "kept": _("%(title)s, as in the one before: all settings."),
    "not_confirmed": _("Not confirmed in time: %(what)s."),
    "moved": _("Planned otherwise after the change: %(what)s."),
    "not_moved": _("After the change the plan stayed as it was."),
    "chosen": _("Chosen with the messages, in order: %(what)s."),
}
TOGETHER = 3
"""From so many on, what came in the same minute is told in one line."""


@dataclass(frozen=True)
class Line:
    """One line of a chronicle: words, or the block that stands there."""

    style: str
    """came, done or part."""
    words: str = ""
    text: str = ""
    block: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    """What came together: each with its words and its text."""
    minute: str = ""
    """Empty where it is the one of the line before."""


@dataclass(frozen=True)
class Told:
    """A chronicle as a page shows it."""

    lines: tuple[Line, ...]
    facts: tuple[str, ...]
    is_conversation: bool


def told(chronicle: Chronicle, words: Translator) -> Told:
    """The chronicle in the reader's language."""
    return Told(
        tuple(_lines(chronicle, words)),
        tuple(words.gettext(FACTS[fact.name], **fact.values) for fact in chronicle.facts),
        chronicle.is_conversation,
    )


def _lines(chronicle: Chronicle, words: Translator) -> Iterator[Line]:
    latest = -1
    for (minute, name), group in groupby(chronicle.happenings, key=lambda one: (one.minute, one.name)):
        for line in _group(name, list(group), words):
            label = words.gettext("min %(n)s", n=minute) if minute != latest else ""
            latest = minute
            yield replace(line, minute=label)


def _group(name: str, happenings: Sequence[Happening], words: Translator) -> Iterator[Line]:
    """What happened in one minute, one after the other; many messages at once are one line that opens."""
    if name == "message" and len(happenings) >= TOGETHER:
        sentence = _("%(n)s messages are waiting") if happenings[0].minute == 0 else _("%(n)s messages come")
        parts = tuple((_sentence(one, words), one.text) for one in happenings)
        yield Line("came", words.gettext(sentence, n=len(happenings)), parts=parts)
        return
    for one in happenings:
        if one.block:
            yield Line("part", block=one.block)
        else:
            yield Line("came" if one.name in CAME else "done", _sentence(one, words), one.text)


def _sentence(happening: Happening, words: Translator) -> str:
    sentence = CAME.get(happening.name) or DONE[happening.name]
    return words.gettext(sentence, **happening.values)
