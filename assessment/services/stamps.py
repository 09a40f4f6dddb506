"""Stamps: what the server acknowledged, signed, so that an emergency file can show what was stored when.

A stamp names sitting, task, number and hash of the revision, the time left and the moment, under a key derived from
the service's secret. It proves what the server said, not what somebody wrote afterwards. It costs one HMAC per reply.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from assessment.services import answers

PURPOSE = b"klei: what was acknowledged"
HASH_LENGTH = 16
"""Hexadecimal digits of a fingerprint: short enough to read out, long enough not to meet twice."""


@dataclass(frozen=True)
class Stamp:
    """What the server acknowledged about one task; task "" and number 0 speak of the sitting alone."""

    sitting_id: UUID
    task: str
    number: int
    fingerprint: str
    remaining_ms: int
    at: datetime

    @property
    def deadline_at(self) -> datetime:
        """The end as it was known at that moment."""
        return self.at + timedelta(milliseconds=self.remaining_ms)

    def sealed(self, secret: str) -> dict[str, Any]:
        """As it travels in a reply: plain data with its signature."""
        return {
            "task": self.task,
            "number": self.number,
            "hash": self.fingerprint,
            "remaining_ms": self.remaining_ms,
            "at": self.at.isoformat(),
            "signature": self._signature(secret),
        }

    def _signature(self, secret: str) -> str:
        said = "\n".join(
            (
                str(self.sitting_id),
                self.task,
                str(self.number),
                self.fingerprint,
                str(self.remaining_ms),
                self.at.isoformat(),
            )
        )
        return hmac.digest(_key(secret), said.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), PURPOSE, "sha256")


def fingerprint(body: str) -> str:
    """The short hash of a value as it is stored; a receipt shows the same."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_LENGTH]


def of_sitting(sitting: Any, at: datetime, secret: str) -> dict[str, Any]:
    """What is acknowledged about a sitting itself, or a row with its clock: that it is there, and its end."""
    return Stamp(sitting.id, "", 0, "", answers.remaining_ms(sitting, at), at).sealed(secret)


def read(sitting_id: UUID, given: Any, secret: str) -> Stamp | None:
    """The stamp that this is, for this sitting; None when it is none of ours, or was changed."""
    if not isinstance(given, Mapping):
        return None
    task, number, remaining = given.get("task"), given.get("number"), given.get("remaining_ms")
    found, at, signature = given.get("hash"), given.get("at"), given.get("signature")
    if not all(isinstance(text, str) and text.isascii() for text in (found, at, signature)):
        return None
    if not isinstance(task, str) or type(number) is not int or type(remaining) is not int:
        return None
    try:
        moment = datetime.fromisoformat(str(at))
        stamp = Stamp(sitting_id, task, number, str(found), remaining, moment.astimezone(UTC))
        is_ours = hmac.compare_digest(stamp._signature(secret), str(signature))
    except (ValueError, OverflowError):
        return None
    return stamp if is_ours else None
