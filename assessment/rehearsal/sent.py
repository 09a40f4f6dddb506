"""What was sent and acknowledged: kept as digests of the exact words, so that hours of writing fit into memory."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from assessment.services import answers


@dataclass(frozen=True)
class Acknowledged:
    """One save that the service said it has."""

    task: str
    client: str
    seq: int
    number: int
    """The revision's number, as the service said."""
    code: str
    digest: bytes


@dataclass
class SentSitting:
    """What one participant sent in one sitting."""

    sent: dict[tuple[str, int], bytes] = field(default_factory=dict)
    """The digest of every save that ever left, by client and sequence, answered or not."""
    acknowledged: list[Acknowledged] = field(default_factory=list)
    is_handed_in: bool = False


@dataclass(frozen=True)
class SentRating:
    """What an assessor submitted."""

    scores: Mapping[str, int]
    """By dimension; 0 for "no evidence"."""
    ticks: Sequence[str]


@dataclass
class Sent:
    """Everything that was sent in a rehearsal and can be asked for again."""

    sittings: dict[UUID, SentSitting] = field(default_factory=lambda: defaultdict(SentSitting))
    ratings: dict[UUID, SentRating] = field(default_factory=dict)
    """By assignment."""
    signed: set[UUID] = field(default_factory=set)
    """Integrations."""
    decided: dict[UUID, str] = field(default_factory=dict)
    """Reports, and the state that the participant chose."""

    @property
    def acknowledged(self) -> int:
        return sum(len(sitting.acknowledged) for sitting in self.sittings.values())


def digest(body: str) -> bytes:
    """Of a value as it is stored."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).digest()


def digest_of(value: object) -> bytes:
    """Of a value that is to be stored."""
    return digest(answers.spelled(value))
