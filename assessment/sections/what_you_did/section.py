"""2 What you did: the exercises, one line each, and the sentences that rest on them."""

from collections.abc import Iterator

from assessment.language import Translator
from assessment.sections import passages
from assessment.sections.blocks import Block, Bullet, Bullets, Heading, Paragraph, Section
from assessment.sections.facts import ExerciseFacts, ReportFacts
from assessment.sections.passages import Passage

NUMBER = 2


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext
    blocks: list[Block] = []
    found = passages.passages(facts)
    for exercise in facts.exercises:
        blocks.append(Heading(exercise.title, 3))
        by_key = _("scored by a key")
        how = {
            "rated": _("rated by two assessors"),
            "choices": by_key,
            "keyed": by_key,
            "both": _("rated by two assessors, and in part scored by a key"),
        }[exercise.form]
        values = {
            "minutes": words.number(exercise.minutes),
            "language": _("English") if exercise.language == "en" else _("Dutch"),
            "how": how,
        }
        form = (
            _("%(minutes)s minutes, live with a role-player, in %(language)s; %(how)s.", **values)
            if exercise.is_live
            else _("%(minutes)s minutes in the standard form, in %(language)s; %(how)s.", **values)
        )
        mine = [one for one in found if one.exercise == exercise.id]
        if exercise.situation and not (mine or exercise.approach or exercise.effect):
            # Of what nothing else is told, two lines say all.
            blocks.append(
                Paragraph(f"{_('The situation: %(what)s', what=exercise.situation)} {form}", "soft")
            )
            continue
        blocks += [Paragraph(form, "soft"), *_account(exercise, mine, words)]
        quoted = tuple(
            Bullet(
                f"“{one.quote}”",
                sentence_case(passages.called(one, words)),
                one.evidence,
                results=passages.results(one.areas, facts),
                passage=one.number,
            )
            for one in mine
        )
        if quoted:
            blocks.append(Bullets(quoted, _("Your own words and acts that this report rests on")))
    return Section(NUMBER, "what-you-did", _("What you did"), tuple(blocks))


def _account(exercise: ExerciseFacts, found: list[Passage], words: Translator) -> Iterator[Block]:
    """Situation, approach and effect, a line each; what is said of the participant rests on their passages."""
    _ = words.gettext
    if exercise.situation:
        yield Paragraph(_("The situation: %(what)s", what=exercise.situation))
    said = [
        *([_("Your approach: %(what)s", what=exercise.approach)] if exercise.approach else []),
        *([_("The effect: %(what)s", what=exercise.effect)] if exercise.effect else []),
    ]
    for number, line in enumerate(said, start=1):
        is_last = number == len(said)
        yield Paragraph(
            line,
            evidence=tuple(one for passage in found for one in passage.evidence),
            references=passages.led(found, words) if is_last else None,
        )


def sentence_case(text: str) -> str:
    """The text as the beginning of a line."""
    return text[:1].upper() + text[1:]
