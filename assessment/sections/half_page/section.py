"""1 In half a page: written and signed by the responsible assessor, each line with what it rests on."""

from dataclasses import replace

from assessment.language import Translator
from assessment.sections import passages
from assessment.sections.blocks import Block, Bullet, Bullets, Paragraph, Section
from assessment.sections.facts import LineFacts, ReportFacts

NUMBER = 1


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext
    ids = tuple(one.id for one in facts.summary_evidence)
    pattern = [Paragraph(part, "voice", ids) for part in facts.summary.split("\n") if part.strip()]
    if pattern:
        pattern[-1] = replace(
            pattern[-1],
            references=passages.references(facts.summary_evidence, facts, words),
            results=passages.results_of(facts.summary_evidence, facts, words),
        )
    blocks: list[Block] = [*pattern]
    if facts.strengths:
        blocks.append(
            Bullets(
                _bullets(facts.strengths, facts, words),
                words.ngettext("One strength", "Two strengths", len(facts.strengths)),
            )
        )
    if facts.steps:
        blocks.append(
            Bullets(
                _bullets(facts.steps, facts, words), words.ngettext("One step", "Two steps", len(facts.steps))
            )
        )
    blocks.append(
        Paragraph(
            _("Written by %(name)s, %(day)s.", name=facts.responsible, day=words.day(facts.signed_on)), "soft"
        )
    )
    return Section(NUMBER, "half-page", _("In half a page"), tuple(blocks))


def _bullets(lines: tuple[LineFacts, ...], facts: ReportFacts, words: Translator) -> tuple[Bullet, ...]:
    return tuple(
        Bullet(
            line.words,
            evidence=tuple(one.id for one in line.evidence),
            references=passages.references(line.evidence, facts, words),
            results=passages.results_of(line.evidence, facts, words),
        )
        for line in lines
    )
