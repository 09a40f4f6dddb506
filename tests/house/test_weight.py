"""What every web process holds in memory: not the heavy libraries that few requests need."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "scipy.stats",
    "scipy.sparse",
    "scipy.optimize",
    "reportlab",
    "fontTools",
    "openpyxl",
    "icalendar",
    "email_validator",
    "PIL",
    "statsmodels",
)
START = f"""
import sys, assessment
assessment.create_app()
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_service_starts_without_what_only_few_requests_need(tmp_path: Path) -> None:
    own = {
        "KLEI_SECRET_KEY": "a secret for one test alone, and long enough",
        "KLEI_DATABASE_URL": f"sqlite:///{tmp_path / 'klei.sqlite'}",
        "KLEI_DATA": str(tmp_path),
    }
    told = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=False, env={**os.environ, **own}
    )
    assert told.stdout.strip() == "[]", told.stderr
