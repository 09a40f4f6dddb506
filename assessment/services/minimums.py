"""The smallest numbers from which on something may be shown: one named constant per rule, and nowhere else."""

from dataclasses import dataclass

from assessment.language import marked as _


@dataclass(frozen=True)
class Minimum:
    """A rule: below ``n`` of what it counts nothing is shown but the number that is needed."""

    n: int
    needs: str
    """A message id: what has to be there, with ``n`` as a value."""


REFERENCE_RATINGS = Minimum(30, _("%(n)s ratings of answers with reference ratings"))
"""For how well an assessor agrees with reference ratings (psychometrics 6.1)."""
PEOPLE_PER_GROUP = Minimum(20, _("%(n)s participants in each group"))
"""For comparing groups of participants (6.1)."""
PEOPLE_PER_CELL = Minimum(5, _("%(n)s people in each cell"))
"""For any cell that is shown (decisions; 6.3)."""
PEOPLE_IN_NORMS = Minimum(100, _("%(n)s people in the norm group"))
"""For a percentile or a standard score (6.3)."""
PEOPLE_IN_GROUP_REPORT = Minimum(8, _("%(n)s participants"))
"""For anything about a centre as a whole (content R11)."""
PEOPLE_RATED_TWICE = Minimum(20, _("%(n)s participants whom two assessors rated"))
"""For agreement, the sources of differences, and the model: the participants of a centre are a group (6.1)."""
RATINGS_PER_ASSESSOR = Minimum(30, _("%(n)s ratings by one assessor"))
"""For what an assessor does differently; as many as are needed beside references (6.1)."""
RESPONDENTS = Minimum(8, _("%(n)s participants who answered"))
"""For reactions; those of more come in by fives, so that nobody's can be told by what is new."""
ASSESSORS_TOGETHER = Minimum(5, _("%(n)s assessors"))
"""For saying how far assessors lie apart to one of them: with fewer they could work out whose is whose."""
