"""0 Read this first: what this is and is not, its date and validity, who answers for it (N7), who can see what."""

from assessment.language import Translator
from assessment.sections import wording
from assessment.sections.blocks import Block, Bullet, Bullets, Facts, Paragraph, Section
from assessment.sections.facts import ReportFacts

NUMBER = 0


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            words.ngettext(
                "This report says what assessors saw in one exercise at %(centre)s. It does not say who you are, and it "
                "does not predict anything.",
                "This report says what assessors saw in %(num)s exercises at %(centre)s. It does not say who you are, and "
                "it does not predict anything.",
                len(facts.exercises),
                centre=facts.centre,
            ),
            "lead",
        ),
        Facts(
            (
                (_("For"), facts.participant),
                (_("Exercises"), ", ".join(exercise.title for exercise in facts.exercises)),
                (_("Form and language"), _form(facts, words)),
            )
        ),
        Facts(
            (
                (_("Programme"), facts.programme),
                (_("Taken"), _days(facts, words)),
                (_("Date of this report"), words.day(facts.signed_on)),
                (_("Valid until"), words.day(facts.valid_until_on)),
                (_("Responsible"), facts.responsible),
                (_("Edition"), words.number(facts.number)),
            ),
            columns=2,
        ),
        Bullets(
            (
                Bullet(_("You read this first. Nobody else sees it before you have decided.")),
                Bullet(
                    _(
                        "HR gets this report if you release it, and nothing if you do not. Your own view, your questions and your plan stay with you in any case."
                    )
                    if facts.may_be_blocked
                    else _(
                        "In this centre HR gets this report after you have read it and could comment. Your own view, your questions and your plan stay with you in any case."
                    )
                ),
                Bullet(_("The purpose is development. The results may not be used to select people."))
                if facts.purpose == "development"
                else Bullet(_("The purpose is selection, as the notice told you before the start.")),
                Bullet(
                    _(
                        "It is kept as long as it is valid, and longer while a complaint runs. The centre's policy tells more."
                    )
                ),
                Bullet(_("If a fact is wrong, ask for a correction. Your comment is kept with the report.")),
            )
        ),
    ]
    if facts.is_provisional:
        blocks.append(
            Paragraph(
                _(
                    "Parts of the results rest on provisional keys: made by one author and not yet checked by a panel. "
                    "They are marked with “provisional”."
                ),
                "soft",
            )
        )
    return Section(NUMBER, "read-first", _("Read this first"), tuple(blocks))


def _form(facts: ReportFacts, words: Translator) -> str:
    """How the exercises were had: in which languages, and which with a person; never in how much time."""
    _ = words.gettext
    names = {"en": _("English"), "nl": _("Dutch")}
    languages = list(dict.fromkeys(names.get(one.language, one.language) for one in facts.exercises))
    said = _("in writing, in %(languages)s", languages=", ".join(languages))
    live = wording.named((one.id for one in facts.exercises if one.is_live), facts)
    return _("%(said)s; live with a role-player: %(live)s", said=said, live=live) if live else said


def _days(facts: ReportFacts, words: Translator) -> str:
    if facts.sat_from_on == facts.sat_until_on:
        return words.day(facts.sat_from_on)
    return f"{words.day(facts.sat_from_on)} – {words.day(facts.sat_until_on)}"
