"""What every web process holds in memory: not the heavy libraries that few requests need."""

import subprocess
import sys

HEAVY = ("scipy", "reportlab", "fontTools", "openpyxl", "PIL", "statsmodels")


def test_the_service_starts_without_what_only_few_requests_need() -> None:
    script = (
        "import sys, assessment.pages.paper, assessment.services.exports, assessment.services.workbooks, exercises\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
