"""0 Read this first: what this is and is not, its date and validity, who answers for it (N7), who can see what."""

from assessment.language import Translator
from assessment.sections.blocks import Block, Bullet, Bullets, Facts, Paragraph, Section
from assessment.sections.facts import ReportFacts

NUMBER = 0


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext
    blocks: list[Block] = [
        Paragraph(
            _(
                "This report says what assessors saw in %(n)s exercises at %(centre)s. It does not say who you are, and it "
                "does not predict anything.",
                n=words.number(len(facts.exercises)),
                centre=facts.centre,
            ),
            "lead",
        ),
        Facts(
            (
                (_("For"), facts.participant),
                (_("Programme"), facts.programme),
                (_("Exercises"), ", ".join(exercise.title for exercise in facts.exercises)),
                (_("Taken"), _days(facts, words)),
                (_("Date of this report"), words.day(facts.signed_on)),
                (_("Valid until"), words.day(facts.valid_until_on)),
                (_("Responsible"), facts.responsible),
                (_("Edition"), words.number(facts.number)),
            )
        ),
        Bullets(
            (
                Bullet(_("You read this first. Nobody else sees it before you have decided.")),
                Bullet(
                    _("HR gets exactly this report if you release it, and nothing if you do not.")
                    if facts.may_be_blocked
                    else _(
                        "In this centre HR gets exactly this report after you have read it and could comment."
                    )
                ),
                Bullet(_("The purpose is development. The results may not be used to select people."))
                if facts.purpose == "development"
                else Bullet(_("The purpose is selection, as the notice told you before the start.")),
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


def _days(facts: ReportFacts, words: Translator) -> str:
    if facts.sat_from_on == facts.sat_until_on:
        return words.day(facts.sat_from_on)
    return f"{words.day(facts.sat_from_on)} – {words.day(facts.sat_until_on)}"
