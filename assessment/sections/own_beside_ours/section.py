"""5 Your own view next to ours: side by side in words, without a difference. Only the participant ever gets it."""

from assessment.language import Translator
from assessment.language import marked as _
from assessment.sections import wording
from assessment.sections.blocks import Block, Heading, Paragraph, Quote, Section, Table
from assessment.sections.facts import OwnFacts, ReportFacts

NUMBER = 5
SCALE = {1: _("hardly"), 2: _("a little"), 3: _("fairly well"), 4: _("well"), 5: _("very well")}
"""How well a description fits, in the participant's eyes."""


def make(facts: ReportFacts, words: Translator, own: OwnFacts) -> Section:
    gettext = words.gettext
    blocks: list[Block] = [
        Paragraph(
            gettext("Only you see this part. It is in no file of the assessors, and HR does not get it."),
            "soft",
        )
    ]
    if own.before or own.after:
        blocks += [
            Paragraph(
                gettext(
                    "You said how well each description fits you. We saw some hours of work. Both are views, and neither "
                    "corrects the other: look where they agree, and where you would like to know more."
                )
            ),
            Table(
                (
                    gettext("Area"),
                    gettext("You, before you began"),
                    gettext("You, after the exercises"),
                    gettext("What was seen"),
                ),
                tuple(
                    (
                        dimension.name,
                        *(
                            gettext(SCALE[kept[dimension.id]]) if dimension.id in kept else "–"
                            for kept in (own.before, own.after)
                        ),
                        wording.in_short(dimension, facts, words),
                    )
                    for dimension in facts.dimensions
                ),
                gettext("Your own view and ours"),
                (0.28, 0.2, 0.2, 0.32),
            ),
        ]
    else:
        blocks.append(
            Paragraph(
                gettext(
                    "You did not say how you see yourself. Think of two moments from the exercises: what would you have "
                    "said about them yourself?"
                )
            )
        )
    if own.lines:
        blocks.append(Heading(gettext("What you wrote for yourself"), 3))
        for kept in own.lines:
            blocks += [
                Quote(text, f"{kept.exercise} · {label}")
                for text, label in (
                    (kept.stays, gettext("what stays with you")),
                    (kept.next_time, gettext("what you would do differently")),
                )
                if text
            ]
    return Section(NUMBER, "own-view", gettext("Your own view next to ours"), tuple(blocks))
