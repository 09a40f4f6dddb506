"""Two checkers of PDF/UA-1 from PyPI, as tests ask them. Their pass is no claim of conformance: people judge the words."""

from pathlib import Path
from tempfile import TemporaryDirectory

import page
import pdfua


def failures(content: bytes) -> list[str]:
    """What page-validation and pdfua have against a PDF."""
    found = [
        f"page {one.rule_id}: {one.message}"
        for one in page.validate_pdf_bytes(content, profile="ua1").failures
    ]
    with TemporaryDirectory() as folder:
        place = Path(folder) / "checked.pdf"
        place.write_bytes(content)
        found += [f"pdfua {one.rule_id}: {one.message}" for one in pdfua.validate(str(place)).findings]
    return found
