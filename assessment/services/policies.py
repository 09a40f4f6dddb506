"""Policies: suggested texts of a centre's policy page, to be read and changed before they are used (M10)."""

from dataclasses import dataclass

from assessment.models.centre import Centre
from assessment.models.programme import Purpose

PARTS = ("purpose", "readers", "keeping", "deciding", "reassessment")


@dataclass(frozen=True)
class PolicyText:
    """The five parts of a policy page in one language."""

    purpose: str = ""
    readers: str = ""
    keeping: str = ""
    deciding: str = ""
    reassessment: str = ""


def suggested(centre: Centre, language: str) -> PolicyText:
    """Texts that fit the centre as it is set up now. Nothing of it is used until somebody saves it."""
    months = centre.report_valid_months
    if language == "nl":
        return PolicyText(
            purpose=(
                f"Dit center hoort bij het programma ‘{centre.programme.name}’. Je werkt aan opdrachten uit de dag "
                "van een manager, zodat je ziet wat je al goed doet en wat een volgende stap kan zijn. "
                + (
                    "Het doel is ontwikkeling. De uitkomsten worden niet gebruikt om mensen te selecteren, te "
                    "beoordelen of te belonen. Voor een ander doel zijn een nieuwe toelichting en je nieuwe akkoord nodig."
                    if centre.programme.purpose is Purpose.DEVELOPMENT
                    else "Het doel is selectie."
                )
                + "\n\nVastgelegd wordt wat je in de opdrachten schrijft en kiest, met het tijdstip waarop het binnenkwam; "
                "wat assessoren daarbij noteren en welk oordeel zij geven; en wie je gegevens heeft geopend. "
                "Er is geen camera, geen microfoon en geen toezichtprogramma."
            ),
            readers=(
                "- Assessoren zien je antwoorden onder een code, bij elke opdracht een andere. Je naam zien zij niet.\n"
                "- De verantwoordelijke assessor schrijft je rapport en kent dan je naam.\n"
                "- Jij leest het rapport als eerste.\n"
                + (
                    "- HR ziet het rapport pas als jij het vrijgeeft. Geef je het niet vrij, dan ziet HR alleen ‘geblokkeerd’, zonder reden.\n"
                    if centre.may_be_blocked
                    else "- HR krijgt het rapport nadat jij het hebt gelezen en erop hebt kunnen reageren.\n"
                )
                + "- Beheerders zien wie hoe ver is en regelen tijd en techniek.\n"
                "- Je leidinggevende ziet niets, tenzij jij het rapport zelf laat zien."
            ),
            keeping=(
                f"Je rapport is {months} maanden geldig. Zo lang worden het rapport en de antwoorden, notities en oordelen "
                "waarop het steunt bewaard, in elk geval een jaar. Loopt er een klacht, dan blijft alles bewaard tot die is afgerond. "
                "Daarna wordt het gewist; alleen een spoor zonder persoonsgegevens blijft. Ook als je een tijd niet inlogt, "
                "blijven je gegevens zo lang bewaard."
            ),
            deciding=(
                "Twee getrainde assessoren lezen elke opdracht los van elkaar en beoordelen haar met beschreven ankers. Verschillen zij "
                "veel, dan kijkt een derde. De uitkomst per dimensie wordt volgens een vaste regel berekend uit de oordelen; wie in het "
                "overleg een oordeel wijzigt, doet dat op grond van wat je deed, met een reden en een naam. De oorspronkelijke oordelen blijven bewaard. "
                "De oordeelsopdracht wordt met een vaste sleutel nagekeken. Geen programma beoordeelt je. Er is geen totaalcijfer en geen ranglijst.\n\n"
                "Vind je dat er een feit niet klopt, dan kun je om correctie vragen. Ben je het met iets oneens, dan komt je commentaar bij het rapport. "
                "Een klacht kun je indienen bij de beheerder van dit center en bij de functionaris gegevensbescherming."
            ),
            reassessment=(
                f"Je kunt na twaalf maanden opnieuw meedoen, of eerder als een storing je werk heeft geschaad. Na {months} maanden vervalt het rapport. "
                "Een nieuw rapport vervangt het oude; verschillen tussen de twee worden alleen genoemd als ze groter zijn dan de meetonzekerheid. "
                "Wie niet meedoet of stopt, houdt daar geen nadeel aan over in dit programma."
            ),
        )
    return PolicyText(
        purpose=(
            f"This centre belongs to the programme “{centre.programme.name}”. You work on exercises from a manager's day, "
            "so that you see what you already do well and what a next step could be. "
            + (
                "The purpose is development. The results are not used to select, appraise or reward people. Another purpose "
                "needs a new notice and your new agreement."
                if centre.programme.purpose is Purpose.DEVELOPMENT
                else "The purpose is selection."
            )
            + "\n\nWhat is recorded: what you write and choose in the exercises, with the time at which it arrived; what assessors note "
            "about it and how they rate it; and who has opened your data. There is no camera, no microphone and no "
            "proctoring program."
        ),
        readers=(
            "- Assessors see your answers under a code, a different one for each exercise. They do not see your name.\n"
            "- The responsible assessor writes your report and knows your name then.\n"
            "- You read the report first.\n"
            + (
                "- HR sees the report only when you release it. If you do not, HR sees “blocked” and nothing else, no reason.\n"
                if centre.may_be_blocked
                else "- HR gets the report after you have read it and could comment on it.\n"
            )
            + "- Administrators see who is how far, and arrange time and technique.\n"
            "- Your own manager sees nothing, unless you show the report yourself."
        ),
        keeping=(
            f"Your report is valid for {months} months. For that long the report is kept, with the answers, notes and ratings it rests on, and "
            "for a year at least. While a complaint runs, everything is kept until it is settled. After that it is erased; only a "
            "trace without personal data stays. Your data are kept for the same time when you do not log in for a while."
        ),
        deciding=(
            "Two trained assessors read each exercise independently of each other and rate it by described anchors. If they differ much, a third "
            "one looks. The result on each dimension is computed from the ratings by a fixed rule; whoever changes a rating in the "
            "discussion does so on what you did, with a reason and a name. The original ratings are kept. "
            "The judgement exercise is scored by a fixed key. No program rates you. There is no overall score and no ranking.\n\n"
            "If a fact is wrong you can ask for a correction. If you disagree, your comment goes with the report. "
            "You can complain to the administrator of this centre and to the data protection officer."
        ),
        reassessment=(
            f"You can take part again after twelve months, or earlier when a failure of the service harmed your work. After {months} months the report "
            "lapses. A new report replaces the old one; differences between the two are only mentioned when they are larger than "
            "the uncertainty of measurement. Who does not take part, or stops, has no disadvantage from it in this programme."
        ),
    )
