"""9 How we worked: method, assessors, what is not known, rights and complaints."""

from assessment.language import Translator
from assessment.sections.blocks import Block, Bullet, Bullets, Heading, Paragraph, Section
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
                Bullet(
                    _(
                        "How reliable the results of this centre are has not been computed yet. Read them with that in mind."
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
    if facts.remarks:
        blocks.append(Heading(_("Your remarks, and what was answered"), 3))
        for remark in facts.remarks:
            blocks.append(
                Paragraph(_("%(day)s, you: %(text)s", day=words.day(remark.said_on), text=remark.text))
            )
            if remark.answer:
                blocks.append(Paragraph(_("Answer: %(text)s", text=remark.answer), "soft"))
    return Section(NUMBER, "how-we-worked", _("How we worked"), tuple(blocks))
