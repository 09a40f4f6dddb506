"""The shelf of exercise kinds: every folder here that holds a ``KIND`` is one."""

from functools import cache
from importlib import import_module
from pathlib import Path

from exercises.kind import Kind

HERE = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """The names of all kinds: the folders that have a ``kind.py`` of their own."""
    return tuple(sorted(folder.name for folder in HERE.iterdir() if (folder / "kind.py").is_file()))


@cache
def get(name: str) -> Kind:
    """The kind of this name.

    :raises KeyError: when no folder of this name holds a kind.
    """
    if name not in names():
        raise KeyError(name)
    kind: Kind = import_module(f"exercises.{name}.kind").KIND
    return kind
