"""The fonts, made once for all tests of all processes: making them takes seconds."""

import tempfile
from functools import cache
from pathlib import Path

from assessment import fonts
from assessment.fonts import Fonts

FOLDER = Path(tempfile.gettempdir()) / "klei-fonts-of-tests"


@cache
def made() -> Fonts:
    return fonts.ensure(FOLDER)


def put_into(data_folder: Path) -> None:
    """Let a data folder have them, as the installation would."""
    source = made().folder
    target = data_folder / "fonts"
    target.mkdir(parents=True, exist_ok=True)
    if not (target / source.name).exists():
        (target / source.name).symlink_to(source)
