"""One YAML file of content, with the line on which everything in it stands.

What is refused here would otherwise do something that its author does not see: an entry that is written twice, of
which the last would count, and a reference to another entry, by which a small file can become an endless one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LARGEST_FILE = 1_000_000
"""Bytes. The largest shipped file has a tenth of it."""
MOST_ENTRIES = 20_000
DEEPEST = 30
_YAML = "tag:yaml.org,2002:"
_TEXT, _NAMES, _LIST = f"{_YAML}str", f"{_YAML}map", f"{_YAML}seq"
_SPECIAL = (f"{_YAML}merge", f"{_YAML}value")
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*")

_SMALL_WORDS = frozenset(
    ["a", "as", "at", "but", "for", "has", "in", "is", "no", "not", "of", "on", "or", "the", "to"]
)


class Unreadable(ValueError):
    """A file cannot be used at all: why, and on which line."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.CSafeLoader):
    """YAML in which days, times and the words on, off, yes and no stay texts; only true and false are not."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        """What kind of value stands here. Nearly all are texts, which their first sign tells."""
        if kind is yaml.ScalarNode and not (implicit[0] and value[:1] in self.yaml_implicit_resolvers):
            return _TEXT
        return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]

    def descend_resolver(self, *_: Any) -> None:
        """Nothing is resolved by where it stands."""

    ascend_resolver = descend_resolver


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (f"{_YAML}timestamp", f"{_YAML}bool")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(f"{_YAML}bool", re.compile("(?:true|false)$"), ["t", "f"])


@dataclass(frozen=True)
class File:
    """What one file says, and where."""

    data: Any
    node: yaml.Node

    def line(self, path: str) -> int:
        """The line of the entry at this dotted path, or of the nearest one around it that there is."""
        return self._walk(path)[0]

    def line_of(self, message: str) -> int | None:
        """The line that a message is about: of the path in it that leads deepest, or of the first name that it quotes."""
        names = [name for name in _NAME.findall(message) if name not in _SMALL_WORDS]
        depth, line = max(
            ((depth, -place, line) for place, name in enumerate(names) for line, depth in [self._walk(name)]),
            default=(0, 0, 1),
        )[::2]
        if depth:
            return line
        standing = {value.casefold(): line for value, line in reversed(list(_values(self.node)))}
        return next((standing[name.casefold()] for name in names if name.casefold() in standing), None)

    def _walk(self, path: str) -> tuple[int, int]:
        node, line, depth = self.node, self.node.start_mark.line + 1, 0
        for part in path.split("."):
            found = _entry(node, part)
            if found is None:
                break
            (line, node), depth = found, depth + 1
        return line, depth


def read(file: Path) -> File:
    """
    :raises FileNotFoundError: when there is no such file.
    :raises Unreadable: when it is no YAML that Klei takes.
    """
    if file.stat().st_size > LARGEST_FILE:
        raise Unreadable(f"is larger than {LARGEST_FILE:,} bytes; take something out")
    try:
        loader = _Loader(file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8; save it as UTF-8") from None
    except yaml.YAMLError as error:  # a sign that YAML does not have
        raise Unreadable(f"cannot be read: {_reason(error)}", _mark(error)) from None
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise Unreadable("is empty, or no list of names with what belongs to them", 1)
        _refuse(node)
        return File(_made(loader, node), node)
    except yaml.YAMLError as error:
        raise Unreadable(f"cannot be read: {_reason(error)}", _mark(error)) from None
    except (RecursionError, ValueError, OverflowError, TypeError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"cannot be read: {error}") from None
    finally:
        loader.dispose()


def _made(loader: _Loader, node: yaml.Node) -> Any:
    """What a node says. Texts, lists and names, which are nearly all, are made here: the loader takes five times as long."""
    if node.tag == _TEXT:
        return node.value
    if node.tag == _NAMES and not any(name.tag in _SPECIAL for name, _ in node.value):
        return {_made(loader, name): _made(loader, value) for name, value in node.value}
    if node.tag == _LIST:
        return [_made(loader, value) for value in node.value]
    return loader.construct_object(node, deep=True)


def _refuse(top: yaml.Node) -> None:
    seen: set[int] = set()
    waiting = [(top, 0)]
    while waiting:
        node, depth = waiting.pop()
        if id(node) in seen:
            raise Unreadable("refers to another entry with *; write out what it says", _line(node))
        seen.add(id(node))
        if depth > DEEPEST:
            raise Unreadable(f"is nested deeper than {DEEPEST}; make it flatter", _line(node))
        if len(seen) > MOST_ENTRIES:
            raise Unreadable(f"has more than {MOST_ENTRIES:,} entries; take some out", _line(node))
        if isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for name, value in node.value:
                if not isinstance(name, yaml.ScalarNode):
                    raise Unreadable("has an entry whose name is no word; give it one", _line(name))
                if name.value in names:
                    raise Unreadable(f"has {name.value} twice; take one out", _line(name))
                names.add(name.value)
                waiting.append((value, depth + 1))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(value, depth + 1) for value in node.value]


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _entry(node: yaml.Node, part: str) -> tuple[int, yaml.Node] | None:
    """The entry of this name, of this number (from 0), or whose ``id`` it is."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == part:
                return name.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        if part.isdecimal() and int(part) < len(node.value):
            return node.value[int(part)].start_mark.line + 1, node.value[int(part)]
        for value in node.value:
            own = _entry(value, "id") if isinstance(value, yaml.MappingNode) else None
            if own and own[1].value == part:
                return value.start_mark.line + 1, value
    return None


def _values(node: yaml.Node) -> Iterator[tuple[str, int]]:
    """Every name and every short value with its line, in the order of the file."""
    if isinstance(node, yaml.ScalarNode):
        yield node.value, node.start_mark.line + 1
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _values(name)
            yield from _values(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _values(value)


def _mark(error: yaml.YAMLError) -> int | None:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else None


def _reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or "it is no YAML").removeprefix("'reader' ")
