"""Reports to try sections on: one as usual, one where little was seen, one with hostile names."""

from datetime import date
from typing import Any

from assessment.sections.facts import (
    DimensionFacts,
    EvidenceFacts,
    ExerciseFacts,
    FrameFacts,
    LineFacts,
    RemarkFacts,
    ReportFacts,
    SeenIn,
)
from exercises.frames import frames
from exercises.rubric import framework

TITLES = {
    "en": ("A Tuesday in March", "Twelve situations", "Owning or using?"),
    "nl": ("Een dinsdag in maart", "Twaalf praktijksituaties", "Bezit of gebruik?"),
}
QUOTE = {
    "en": "Bo and Mehmet stop using these batches now; I do not wait until Thursday.",
    "nl": "Bo en Mehmet gebruiken deze series vanaf nu niet meer; ik wacht niet tot donderdag.",
}
ACT = {"en": "the stop, the customer and the crew", "nl": "de stop, de klant en de ploeg"}


def dimension(name: str, language: str, **values: Any) -> DimensionFacts:
    made = framework()[name]
    return DimensionFacts(
        **{
            "id": name,
            "name": made.name[language],
            "definition": made.definition[language],
            "cluster": made.cluster,
            "estimate": 3.4,
            "low": 2.95,
            "high": 3.85,
            "band": "effective",
            "between": None,
            "n_exercises": 2,
            "reasons": (),
            "stronger": (),
            "weaker": (),
            "seen_in": (),
            "frames": (),
            **values,
        }
    )


def report(language: str = "en", **values: Any) -> ReportFacts:
    """A report in which every kind of result occurs."""
    first, second, third = TITLES[language]
    evidence = EvidenceFacts("00000000-0000-4000-8000-000000000001", "E1", QUOTE[language], "L1")
    frame = frames()["L1.effective"]
    sentence = FrameFacts(
        frame.id,
        "L1",
        "+",
        frame.filled(language, {"act": ACT[language]}, f"“{first}”", f"(“{evidence.quote.rstrip('.')}”)"),
        (evidence,),
    )
    withheld = {"estimate": None, "low": None, "high": None, "band": None}
    return ReportFacts(
        **{
            "language": language,
            "participant": "Ayşe de Vries",
            "programme": "Further",
            "centre": "Spring centre",
            "purpose": "development",
            "responsible": "Ilse de Graaf",
            "signed_on": date(2026, 3, 14),
            "valid_until_on": date(2028, 3, 14),
            "sat_from_on": date(2026, 3, 3),
            "sat_until_on": date(2026, 3, 5),
            "exercises": (
                ExerciseFacts("E1", first, 65, "both", language),
                ExerciseFacts("E3", second, 20, "choices", language),
                ExerciseFacts("E5", third, 55, "both", language),
            ),
            "dimensions": (
                dimension(
                    "L1",
                    language,
                    frames=(sentence,),
                    reasons=("U5",),
                    seen_in=(SeenIn("E1", "effective", True, False), SeenIn("E3", "building", False, True)),
                ),
                dimension(
                    "L2",
                    language,
                    **withheld,
                    reasons=("U1",),
                    n_exercises=1,
                    seen_in=(SeenIn("E3", "effective", False, True),),
                ),
                dimension(
                    "L3",
                    language,
                    **withheld,
                    reasons=("U2",),
                    stronger=("E5",),
                    weaker=("E1",),
                    n_exercises=3,
                    seen_in=(SeenIn("E1", "building", False, False), SeenIn("E5", "strength", False, False)),
                ),
                dimension(
                    "P1",
                    language,
                    **withheld,
                    reasons=("U1",),
                    n_exercises=1,
                    seen_in=(SeenIn("E1", "effective", False, False),),
                ),
                dimension(
                    "P2",
                    language,
                    **withheld,
                    reasons=("U1",),
                    n_exercises=1,
                    seen_in=(SeenIn("E3", "effective", False, True),),
                ),
                dimension(
                    "S1",
                    language,
                    estimate=3.72,
                    low=3.27,
                    high=4.17,
                    between=("effective", "strength"),
                    seen_in=(SeenIn("E1", "strength", False, True), SeenIn("E5", "effective", False, False)),
                ),
                dimension(
                    "S2",
                    language,
                    **withheld,
                    reasons=("U1",),
                    n_exercises=1,
                    seen_in=(SeenIn("E5", None, False, False),),
                ),
            ),
            "summary": {
                "en": "You find the figure on which a decision turns, and you use it.\nIn writing you give each reader what they need.",
                "nl": "Je vindt het cijfer waar een besluit van afhangt, en je gebruikt het.\nOp papier geef je elke lezer wat die nodig heeft.",
            }[language],
            "strengths": (LineFacts(ACT[language], (evidence,)),),
            "steps": (LineFacts(ACT[language], (evidence,)), LineFacts(ACT[language], (evidence,))),
            "summary_evidence": (evidence,),
            "is_provisional": True,
            "may_be_blocked": True,
            "remarks": (RemarkFacts("comment", "I was in Münster.", "Noted.", date(2026, 3, 20)),),
            **values,
        }
    )
