"""8 My 90 days: the participant's plan as far as there is one, or a page to fill in. Only the participant gets it."""

from collections.abc import Iterator
from datetime import timedelta

from assessment.language import Translator
from assessment.sections.blocks import Block, Bullet, Bullets, Facts, Heading, Lines, Paragraph, Section
from assessment.sections.facts import OwnFacts, PlannedAction, ReportFacts

NUMBER = 8
MOST = 3


def make(facts: ReportFacts, words: Translator, own: OwnFacts) -> Section:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "Choose at most three actions; one is enough. Write each as: if this happens, then I do that. Say it aloud, "
                "or write it twice. Your plan is yours: nobody sees it unless you share it."
            )
        ),
        Bullets(
            (
                Bullet(
                    _(
                        "If I have been thinking about an answer for more than ten seconds in a conversation, then I ask one "
                        "more question first."
                    )
                ),
            ),
            _("An example"),
        ),
        Facts(tuple(_days(facts, own, words))),
        *_actions(own, words),
    ]
    return Section(NUMBER, "ninety-days", _("My 90 days"), tuple(blocks))


def _days(facts: ReportFacts, own: OwnFacts, words: Translator) -> Iterator[tuple[str, str]]:
    """The looks back, on the days of the plan; before it is begun, counted from the day of the report."""
    _ = words.gettext
    said = {
        30: _("Five minutes: tried? What happened? Keep, change or drop."),
        60: _("Ask some colleagues about the behaviour you chose."),
        90: _("Look back: what became a habit, what comes next, one line for the organisation."),
    }
    known = {one.number: one for one in own.days}
    for number, what in said.items():
        one = known.get(number)
        if one is None:
            about = words.day(facts.signed_on + timedelta(number))
            yield _("Day %(n)s, about %(day)s", n=words.number(number), day=about), what
        else:
            label = _("Day %(n)s, %(day)s", n=words.number(number), day=words.day(one.due_on))
            yield label, f"{what} {_('You looked back.')}" if one.is_done else what


def _actions(own: OwnFacts, words: Translator) -> list[Block]:
    """What is planned, or room to write it."""
    _ = words.gettext
    planned = own.plan or (PlannedAction(""),) * MOST
    note = _("You fill this in where your plan is.")
    blocks: list[Block] = []
    for number, one in enumerate(planned, start=1):
        blocks += [
            Heading(
                _("Action %(n)s: done", n=words.number(number))
                if one.is_done
                else _("Action %(n)s", n=words.number(number)),
                3,
            ),
            Lines(_("What I do"), 1, one.action, note),
            Lines(_("If this happens …"), 1, one.situation, note),
            Lines(_("… then I do that"), 1, one.behaviour, note),
            Lines(_("How I notice it"), 1, one.sign, note),
        ]
    return blocks
