"""What the keys of all kinds share: from lines of rules to a proportion and a place on the scale."""

from collections.abc import Sequence

from exercises.kind import KeyLine, KeyScore
from scoring.keys import RulePoint, scale_from_proportion, total


def scored(dimension: str, lines: Sequence[KeyLine], maximum: float) -> KeyScore:
    """The score of one dimension from its own lines: what was earned of ``maximum``, never rounded."""
    own = [line for line in lines if line.dimension == dimension]
    result = total([RulePoint(line.rule, dimension, line.maximum, line.points) for line in own], maximum)
    return KeyScore(
        dimension=dimension,
        earned=sum(line.points for line in own),
        maximum=maximum,
        proportion=result.p,
        score=scale_from_proportion(result.p),
        reasons=result.reasons,
    )
