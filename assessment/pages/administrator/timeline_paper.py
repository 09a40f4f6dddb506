"""The timeline of a sitting as a document that is attached to a complaint: the same sections as a file and as a PDF."""

from datetime import datetime, timedelta

from assessment import journal
from assessment.language import Translator, translator
from assessment.language import marked as _
from assessment.models.centre import Centre
from assessment.pages.administrator.board import span
from assessment.sections.blocks import Block, Facts, Paper, Paragraph, Section, Table
from assessment.services.timelines import Entry, Saved, Timeline

CHECK = _(
    "The SHA-256 of an entry as it was hashed, in UTF-8, is the hash beside it. “previous_hash” in it is the hash of the "
    "entry before it in the centre's journal; the first one follows %(start)s. Entries of other sittings are not printed "
    "here. Take the text from the CSV or the web page: paper breaks its lines. Whoever runs Klei can check the whole chain "
    "with “flask verify-journal”."
)


def paper(timeline: Timeline, centre: Centre, words: Translator, made_at: datetime) -> Paper:
    """Everything that happened, line by line, and what proves it. ``words`` tells moments as the centre's clock does."""
    _ = words.gettext
    blocks: tuple[tuple[str, str, tuple[Block, ...]], ...] = (
        ("what", _("What this is"), (_about(timeline, centre, words, made_at),)),
        ("happened", _("What happened"), (_lines(timeline, words),)),
        ("proof", _("What proves it"), tuple(_proofs(timeline, words))),
        ("check", _("How this can be checked"), (Paragraph(_(CHECK, start=journal.START)),)),
    )
    return Paper(
        title=_("Timeline"),
        language=words.language,
        sections=tuple(Section(number, *one) for number, one in enumerate(blocks, start=1)),
        about=(timeline.exercise, timeline.person.name, f"{centre.programme.name} · {centre.name}"),
        foot=f"{_('Timeline')} {timeline.sitting.code} · {words.moment(made_at)}",
        name=f"{_('Timeline')} {timeline.sitting.code}",
        has_contents=False,
    )


def _about(timeline: Timeline, centre: Centre, words: Translator, made_at: datetime) -> Facts:
    _, utc = words.gettext, translator(words.language, "UTC")
    sitting = timeline.sitting
    return Facts(
        (
            (_("Code"), sitting.code),
            (_("Time zone"), centre.time_zone),
            (_("Made"), f"{words.moment_to_second(made_at)} ({utc.second(made_at)} UTC)"),
            (_("End of the journal"), f"{timeline.chain_sequence} · {timeline.chain_hash}"),
            *(((_("Hash of the final texts"), sitting.final_hash),) if sitting.final_hash else ()),
        )
    )


def _lines(timeline: Timeline, words: Translator) -> Table:
    _, utc = words.gettext, translator(words.language, "UTC")
    rows = []
    for entry in timeline.entries:
        until = f" {_('until %(time)s', time=words.second(entry.until))}" if entry.until else ""
        by = entry.by or (_("Klei") if entry.proof else _("The participant's page"))
        number = str(entry.proof.sequence) if entry.proof else "–"
        rows.append(
            (
                f"{words.moment_to_second(entry.at)}{until}",
                utc.second(entry.at),
                _said(entry, words),
                by,
                number,
            )
        )
    head = _("Moment"), "UTC", _("What happened"), _("By"), _("Journal entry")
    return Table(head, tuple(rows), _("Timeline"), (0.2, 0.11, 0.35, 0.24, 0.1))


def _said(entry: Entry, words: Translator) -> str:
    """One line in words: what, where, how long, until when, and what somebody wrote about it."""
    _ = words.gettext
    parts = [
        _(entry.what),
        *(_revision(one, words) for one in entry.saves),
        *([span(timedelta(seconds=entry.seconds), words)] if entry.seconds is not None else []),
        *([_("ends at %(time)s", time=words.second(entry.deadline_at))] if entry.deadline_at else []),
    ]
    return " · ".join(parts) + (f": “{entry.words}”" if entry.words else "")


def _revision(saved: Saved, words: Translator) -> str:
    said = f"{saved.task} · {words.gettext('revision %(n)s', n=saved.number)}"
    return f"{said} · {words.gettext('within the grace')}" if saved.is_in_grace else said


def _proofs(timeline: Timeline, words: Translator) -> list[Table]:
    """The hash of every text that was kept, and every entry of the journal as it was hashed."""
    _ = words.gettext
    texts = [
        (
            f"{one.task} · {words.gettext('revision %(n)s', n=one.number)}",
            words.number(one.characters),
            one.text_hash,
        )
        for entry in timeline.entries
        for one in entry.saves
    ]
    entries = [
        (words.number(one.proof.sequence), one.proof.hash, one.proof.spelled)
        for one in timeline.entries
        if one.proof
    ]
    made = []
    if texts:
        head = _("Text"), _("Characters"), _("SHA-256 of the text")
        made.append(Table(head, tuple(texts), _("The texts that were kept"), (0.3, 0.15, 0.55)))
    if entries:
        head = _("Journal entry"), _("Hash of the entry"), _("The entry as it was hashed")
        made.append(Table(head, tuple(entries), _("The entries of the journal"), (0.12, 0.33, 0.55)))
    return made
