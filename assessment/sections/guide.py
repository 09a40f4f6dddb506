"""The guide for the manager's conversation (content R10): one page, the same for everybody, with nobody's results."""

from assessment.language import translator
from assessment.sections.blocks import Bullet, Bullets, Callout, Paper, Section


def sections(language: str) -> tuple[Section, ...]:
    """The guide in a language, as one section."""
    _ = translator(language).gettext
    steps = (
        (
            _("Before"),
            _(
                "Think of two situations in which you saw this person be effective. Leave opinions about the result at home."
            ),
        ),
        (
            _("Open (10 minutes)"),
            _("“What did you recognise? What surprised you? What do you doubt?”"),
        ),
        (
            _("Feedforward (15 minutes)"),
            _(
                "“Tell me about a moment at work at which you were at your best. What made that possible? What does it take to "
                "have more of that?”"
            ),
        ),
        (
            _("Choose (15 minutes)"),
            _(
                "At most three actions, at least one in daily work. Ask: where, when, with whom, how will we notice?"
            ),
        ),
        (
            _("Support (10 minutes)"),
            _("Time, an assignment, protection, feedback. Say what you will do, and when."),
        ),
        (_("Close (5 minutes)"), _("The dates of day 30 and day 90, and what stays between the two of you.")),
    )
    return (
        Section(
            1,
            "conversation",
            _("The conversation, about an hour"),
            (
                Callout(
                    _(
                        "You get only what the participant shares: the summary, the chosen actions, what is needed from you. You "
                        "get no scores and not the whole report, unless the participant decides so."
                    )
                ),
                Bullets(tuple(Bullet(f"{label}: {text}") for label, text in steps)),
            ),
        ),
        Section(
            2,
            "not",
            _("What you do not do"),
            (
                Bullets(
                    tuple(
                        Bullet(one)
                        for one in (
                            _("Ask for the scores"),
                            _("Compare with colleagues"),
                            _("Use it in the yearly appraisal or for pay"),
                            _("Explain what “it says about you”"),
                            _("Promise a position"),
                            _("Repeat what you heard from assessors"),
                        )
                    )
                ),
            ),
        ),
        Section(
            3,
            "otherwise",
            _("When it goes differently"),
            (
                Bullets(
                    (
                        Bullet(
                            f"{_('You observe something else')}: "
                            f"“{_('In daily work I see X; you saw Y in the centre. What is the difference?')}”"
                        ),
                        Bullet(
                            f"{_('The participant shows you nothing')}: {_('Accept it, and ask what support helps.')}"
                        ),
                    )
                ),
            ),
        ),
    )


def paper(language: str) -> Paper:
    """The guide as a document to print."""
    _ = translator(language).gettext
    title = _("Guide for the manager's conversation")
    return Paper(title, language, sections(language), foot=title, author="Klei", has_contents=False)
