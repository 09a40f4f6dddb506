"""Stamps: what the server acknowledged can be shown later, and nothing else can."""

from datetime import timedelta
from uuid import uuid4

import pytest

from assessment.services import stamps
from assessment.services.stamps import Stamp
from tests.conftest import SECRET
from tests.factories import NOON

SITTING = uuid4()
STAMP = Stamp(SITTING, "memo", 7, stamps.fingerprint('"Dear Lieke"'), 60_000, NOON)


def test_a_stamp_is_read_back_as_it_was_given() -> None:
    read = stamps.read(SITTING, STAMP.sealed(SECRET), SECRET)
    assert read == STAMP
    assert read.deadline_at == NOON + timedelta(minutes=1)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 8},
        {"task": "notes"},
        {"hash": "0" * 16},
        {"remaining_ms": 61_000},
        {"at": (NOON + timedelta(seconds=1)).isoformat()},
        {"at": "yesterday"},
        {"signature": "0" * 32},
        {"signature": None},
        {"number": True},
        {"at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_whoever_changes_a_word_of_it_is_found_out(change: dict[str, object]) -> None:
    assert stamps.read(SITTING, {**STAMP.sealed(SECRET), **change}, SECRET) is None


def test_a_stamp_of_another_sitting_or_another_service_is_none_of_ours() -> None:
    assert stamps.read(uuid4(), STAMP.sealed(SECRET), SECRET) is None
    assert stamps.read(SITTING, STAMP.sealed("another secret of sixteen"), SECRET) is None
    assert stamps.read(SITTING, None, SECRET) is None
    assert stamps.read(SITTING, ["memo"], SECRET) is None
