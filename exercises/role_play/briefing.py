"""What somebody who plays the counterpart in person reads: from a file of its own that no participant's page opens."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from exercises.content import Exercise, beside


@lru_cache(maxsize=16)
def of(exercise: Exercise) -> Mapping[str, Any] | None:
    """The parts of ``role_player.yaml``, each with its languages, or None where the content has none."""
    file = beside(exercise, "role_player.yaml")
    found: Mapping[str, Any] | None = (
        yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader) if file.is_file() else None
    )
    return found
