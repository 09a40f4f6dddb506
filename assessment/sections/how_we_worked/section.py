"""9 How we worked: method, assessors, what is not known, rights and complaints."""

from assessment.language import Translator
from assessment.sections.blocks import Block, Bullet, Bullets, Heading, Paragraph, Section, Table
from assessment.sections.facts import ReportFacts

NUMBER = 9


def make(facts: ReportFacts, words: Translator) -> Section:
    _ = words.gettext
    blocks: list[Block] = [
        Bullets(
            (
                Bullet(
                    _(
                        "Two assessors read each rated exercise under a code, without your name and without each other's marks."
                    )
                ),
                Bullet(
                    _(
                        "They tied passages of your text to described behaviours and rated by written anchors. Style, spelling and fluency were not rated."
                    )
                ),
                *(
                    (
                        Bullet(
                            words.ngettext(
                                "%(num)s person rated your exercises.",
                                "%(num)s people rated your exercises. No part rests on one of them alone unless it says so.",
                                facts.assessors,
                            )
                        ),
                    )
                    if facts.assessors
                    else ()
                ),
                Bullet(_("Where two differed by two levels or more, a third assessor took a second look.")),
                Bullet(
                    _("Results are computed by a fixed rule from the ratings. A total is never set by hand.")
                ),
                Bullet(
                    _("No AI rated anything or wrote a judgement. A person wrote and signed the first page.")
                ),
            ),
            _("Method"),
        ),
        Bullets(
            (
                Bullet(
                    _(
                        "The range is one standard error of measurement to both sides. As long as this centre has not enough data of its own, a cautious value from research is used."
                    )
                ),
                Bullet(_reliability(facts, words)),
                Bullet(
                    _(
                        "Norms and keys are provisional where it says so: no panel and no larger group stands behind them."
                    )
                ),
                Bullet(
                    _(
                        "Results on single areas are less certain than what was seen in an exercise as a whole."
                    )
                ),
            ),
            _("What is not known"),
        ),
        Bullets(
            (
                Bullet(
                    _(
                        "You may discuss this report with an assessor, comment on it, and ask for corrections of facts."
                    )
                ),
                Bullet(
                    _(
                        "You may have a copy of the report and your scores, and look at your answers and the notes together with an assessor."
                    )
                ),
                Bullet(
                    _(
                        "You decide whether HR gets the report. You can also take it back later; what was downloaded before stays in the log."
                    )
                    if facts.may_be_blocked
                    else _(
                        "Blocking was excluded beforehand in the notice; your comment goes with the report."
                    )
                ),
                Bullet(
                    _(
                        "If you disagree with how this was done, you can complain to the organisation that invited you. Nothing is deleted while a complaint runs."
                    )
                ),
            ),
            _("Your rights"),
        ),
    ]
    blocks += _changes(facts, words)
    if facts.remarks:
        blocks.append(Heading(_("Your remarks, and what was answered"), 3))
        for remark in facts.remarks:
            blocks.append(
                Paragraph(_("%(day)s, you: %(text)s", day=words.day(remark.said_on), text=remark.text))
            )
            if remark.answer:
                blocks.append(Paragraph(_("Answer: %(text)s", text=remark.answer), "soft"))
    return Section(NUMBER, "how-we-worked", _("How we worked"), tuple(blocks))


def _reliability(facts: ReportFacts, words: Translator) -> str:
    """How far assessors agree in this centre, with its range and n, or why there is no number."""
    found = facts.reliability
    if found is None:
        return words.gettext(
            "How reliable the results of this centre are has not been computed yet. Read them with that in mind."
        )
    if found.estimate is None or found.low is None or found.high is None:
        return words.gettext(
            "How far assessors agree in this centre cannot be said yet: %(n)s participants were rated by two assessors, and "
            "%(needed)s are needed. Read the results with that in mind.",
            n=words.number(found.n),
            needed=words.number(found.needed),
        )
    return words.gettext(
        "Assessors in this centre: of the differences between results, a share of %(estimate)s comes from what people did and "
        "not from who rated it (probably between %(low)s and %(high)s; %(n)s participants rated by two assessors).",
        estimate=_share(found.estimate, words),
        low=_share(found.low, words),
        high=_share(found.high, words),
        n=words.number(found.n),
    )


def _share(value: float, words: Translator) -> str:
    """A share in hundreds: no decimals in a participant's report (R3.8)."""
    return words.gettext("%(n)s in a hundred", n=words.number(value * 100, 0))


def _changes(facts: ReportFacts, words: Translator) -> list[Block]:
    """What this edition changed: as it stood, and as it stands."""
    _ = words.gettext
    if facts.number == 1:
        return []
    blocks: list[Block] = [
        Heading(
            _("What changed since edition %(n)s", n=words.number(facts.number - 1)),
            3,
        )
    ]
    if not facts.changes:
        return [*blocks, Paragraph(_("The text is the same as before."))]
    places = {
        "summary": _("The pattern"),
        "strengths": _("Strengths"),
        "steps": _("Steps"),
        "account": _("What you did"),
        "sentences": _("Sentences about behaviour"),
        "helped": _("What helped"),
    }
    blocks.append(
        Table(
            (_("Where"), _("Before"), _("Now")),
            tuple(
                (
                    " · ".join(filter(None, (places[one.place], one.dimension))),
                    "\n".join(one.before) or "–",
                    "\n".join(one.after) or "–",
                )
                for one in facts.changes
            ),
            _("What changed"),
            (0.2, 0.4, 0.4),
        )
    )
    return blocks
