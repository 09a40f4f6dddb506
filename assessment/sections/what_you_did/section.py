"""2 What you did: the exercises, one line each, and the sentences that rest on them."""

from assessment.language import Translator
from assessment.sections import passages
from assessment.sections.blocks import Block, Bullet, Bullets, Heading, Paragraph, Section
from assessment.sections.facts import ReportFacts

NUMBER = 2


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext
    blocks: list[Block] = []
    for exercise in facts.exercises:
        blocks.append(Heading(exercise.title, 3))
        by_key = _("scored by a key that is the same for everybody")
        how = {
            "rated": _("rated by two assessors who did not see each other's marks"),
            "choices": by_key,
            "keyed": by_key,
            "both": _(
                "rated by two assessors who did not see each other's marks, and in part scored by a key"
            ),
        }[exercise.form]
        blocks.append(
            Paragraph(
                _(
                    "%(minutes)s minutes in the standard form, in %(language)s; %(how)s.",
                    minutes=words.number(exercise.minutes),
                    language=_("English") if exercise.language == "en" else _("Dutch"),
                    how=how,
                ),
                "soft",
            )
        )
        found = tuple(
            Bullet(
                f"“{one.quote}”",
                " · ".join((sentence_case(passages.called(one, words)), *one.areas)),
                one.evidence,
                passage=one.number,
            )
            for one in passages.passages(facts)
            if one.exercise == exercise.id
        )
        if found:
            blocks.append(Bullets(found, _("Your own words and acts that this report rests on")))
    return Section(NUMBER, "what-you-did", _("What you did"), tuple(blocks))


def sentence_case(text: str) -> str:
    """The text as the beginning of a line."""
    return text[:1].upper() + text[1:]
