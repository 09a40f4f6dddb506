"""The automatic key of a game: the outcome index, read in bands on the 1 to 5 scale. Provisional until it is piloted.

A round that was not confirmed was not played: the index then counts in proportion to the rounds that were.
"""

from bisect import bisect_right

from exercises.content import Exercise
from exercises.game import model as models
from exercises.game.model import Index
from exercises.game.playing import Play, play
from exercises.kind import Answers, KeyLine, KeyResult, KeyScore

RULE = "index"


def key(exercise: Exercise, answers: Answers) -> KeyResult:
    """The index as a score on the one dimension that the content names; nothing in a practice game."""
    if not exercise.keyed:
        return KeyResult()
    rules, played = exercise.structure["key"], play(exercise, answers)
    value = counted(exercise, played)
    rounds = models.of(exercise).rounds
    line = KeyLine(
        rule=RULE,
        dimension=rules["dimension"],
        points=value,
        maximum=100.0,
        explanation=explanation(exercise, "en", played.confirmed, rounds),
    )
    score = KeyScore(
        dimension=rules["dimension"],
        earned=value,
        maximum=100.0,
        proportion=value / 100,
        score=float(band(exercise, value)),
    )
    return KeyResult((score,), (line,), is_provisional=rules["status"] == "provisional")


def explanation(exercise: Exercise, language: str, confirmed: int, rounds: int) -> str:
    """What the index rests on, in words."""
    return str(exercise.text(language)["key"][RULE]).format(n=confirmed, all=rounds)


def index(exercise: Exercise, played: Play) -> Index | None:
    """The outcome, once every round has been confirmed."""
    model = models.of(exercise)
    return model.index(played.results[-1].state) if played.confirmed == model.rounds else None


def counted(exercise: Exercise, played: Play) -> float:
    """The index as far as rounds were confirmed; nothing for somebody who confirmed none."""
    if not played.results:
        return 0.0
    model = models.of(exercise)
    return model.index(played.results[-1].state).value * played.confirmed / model.rounds


def band(exercise: Exercise, value: float) -> int:
    """The place of an index on the scale: 1 below the first border, 5 from the last one on."""
    return 1 + bisect_right(list(exercise.structure["key"]["borders"]), value)
