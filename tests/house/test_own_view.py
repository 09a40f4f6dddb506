"""What participants keep for themselves is read in few places, and none of them is another role's page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = re.compile(r"\b(private_lines|PrivateLines|SelfRating|self_ratings?|own_view)\b")
ITS_READERS = {
    "assessment/demo.py",  # writes one for the people of the demo
    "assessment/migrations/versions/0010_the_own_view.py",
    "assessment/migrations/versions/0015_after_the_report.py",
    "assessment/models/__init__.py",
    "assessment/models/own_view.py",
    "assessment/pages/participant/home.py",
    "assessment/pages/participant/own_view.py",
    "assessment/pages/participant/report.py",  # section 5, which nobody else gets
    "assessment/pages/participant/sitting.py",
    "assessment/services/copies.py",
    "assessment/services/erasures.py",
    "assessment/services/private_lines.py",
    "assessment/services/self_ratings.py",
}


def test_only_the_participants_pages_know_the_own_view() -> None:
    """A report section for the participant, or an export of one's own data, is added here on purpose or not at all."""
    knowing = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "assessment").rglob("*.py")
        if NAMES.search(path.read_text(encoding="utf-8"))
    }
    assert knowing <= ITS_READERS, knowing - ITS_READERS


DIARY = re.compile(r"\b(diary|diaries|DiaryPassage|diary_passage)\b")
ITS_DIARY_READERS = {
    "assessment/migrations/versions/0015_after_the_report.py",
    "assessment/models/__init__.py",
    "assessment/models/diary.py",
    "assessment/pages/administrator/keeping.py",  # a word: how long it is kept
    "assessment/pages/participant/plan.py",
    "assessment/services/copies.py",
    "assessment/services/diaries.py",
    "assessment/services/erasures.py",
    "assessment/services/keepings.py",
    "assessment/services/shared_plans.py",
    "assessment/services/sheets.py",  # a word, as above
    "assessment/demo.py",
}


def test_only_its_writer_and_their_manager_come_near_the_diary() -> None:
    """The manager's way reads what is shared alone, which the tests of managers ask."""
    knowing = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "assessment").rglob("*.py")
        if DIARY.search(path.read_text(encoding="utf-8"))
    }
    assert knowing <= ITS_DIARY_READERS | {"assessment/models/keeping.py"}, knowing - ITS_DIARY_READERS
