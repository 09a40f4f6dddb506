"""What participants keep for themselves is read in few places, and none of them is another role's page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = re.compile(r"\b(private_lines|PrivateLines|SelfRating|self_ratings?|own_view)\b")
ITS_READERS = {
    "assessment/migrations/versions/0010_the_own_view.py",
    "assessment/models/__init__.py",
    "assessment/models/own_view.py",
    "assessment/pages/participant/home.py",
    "assessment/pages/participant/own_view.py",
    "assessment/pages/participant/sitting.py",
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
