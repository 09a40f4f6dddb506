"""Formulas that content declares: read by a parser of their own, bounded, and evaluated over plain numbers.

Known are numbers, names, ``+ - * / ^``, a table's entry (``SC[s]``), ``min``, ``max``, ``clamp``, ``floor``, ``sqrt``,
``abs``, and ``if(condition, then, else)``, whose condition compares two values or joins comparisons with ``and`` and
``or``. There is nothing else: no text, no attribute, no call by name, no loop.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 400
"""Characters of one formula."""
DEEPEST = 24
"""Brackets within brackets."""
MOST_SIGNS = 150
"""Numbers, names and signs of one formula."""
LARGEST = 1e12
"""No value may be larger: far beyond any business, and far from what cannot be computed."""
LARGEST_EXPONENT = 10.0

Values = Mapping[str, float]
Tables = Mapping[str, Mapping[str, float]]
Computation = Callable[[Values, Tables], float]


class FormulaError(ValueError):
    """A formula that cannot be read or computed. The message says what is wrong, for its author."""


@dataclass(frozen=True)
class Formula:
    """A formula that has been read; ``names`` and ``tables`` are what it asks for."""

    text: str
    names: frozenset[str]
    tables: frozenset[str]
    _computation: "Computation"

    def value(self, values: Values, tables: Tables) -> float:
        """What it gives for these values.

        :raises FormulaError: at a division by zero, a root of a negative number, an unknown name, or a result that
            is no number or too large.
        """
        return self._computation(values, tables)


@dataclass(frozen=True)
class Node:
    """A number, a name, or an operation on others."""

    kind: str
    text: str = ""
    number: float = 0.0
    parts: tuple["Node", ...] = ()


_SIGNS = re.compile(r"\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z_][A-Za-z0-9_]*)|(<=|>=|==|!=|[-+*/^(),<>\[\]]))")
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@lru_cache(maxsize=4096)
def read(text: str) -> Formula:
    """The formula that this text spells.

    :raises FormulaError: when it is none, or is too long or too deep.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"is longer than {LONGEST} characters")
    reader = _Reader(text)
    root = reader.sum(0)
    reader.expect_end()
    names = frozenset(node.text for node in _all(root) if node.kind == "name")
    tables = frozenset(node.text for node in _all(root) if node.kind == "table")
    return Formula(text, names, tables, _made(root))


def is_name(text: str) -> bool:
    """Whether a value may be called this."""
    return bool(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,39}", text)) and text not in _RESERVED


def rounded(value: float, digits: int) -> float:
    """Half up, also below zero: floor(x · 10ⁿ + 0.5) / 10ⁿ."""
    scale = 10.0**digits
    return math.floor(value * scale + 0.5) / scale


class _Reader:
    """Reads signs from left to right; each method reads one level of precedence."""

    def __init__(self, text: str) -> None:
        self.signs = list(_signs(text))
        self.place = 0

    def next_is(self, *wanted: str) -> bool:
        return self.place < len(self.signs) and self.signs[self.place][1] in wanted

    def take(self) -> tuple[str, str]:
        if self.place >= len(self.signs):
            raise FormulaError("ends too early")
        self.place += 1
        return self.signs[self.place - 1]

    def expect(self, wanted: str) -> None:
        if not self.next_is(wanted):
            found = self.signs[self.place][1] if self.place < len(self.signs) else "the end"
            raise FormulaError(f"has {found} where {wanted} should be")
        self.place += 1

    def expect_end(self) -> None:
        if self.place < len(self.signs):
            raise FormulaError(f"has {self.signs[self.place][1]} where it should end")

    def sum(self, depth: int) -> Node:
        return self._chain(depth, ("+", "-"), self.product)

    def product(self, depth: int) -> Node:
        return self._chain(depth, ("*", "/"), self.signed)

    def _chain(self, depth: int, signs: tuple[str, ...], part: Callable[[int], Node]) -> Node:
        node = part(depth)
        while self.next_is(*signs):
            sign = self.take()[1]
            node = Node("sign", sign, parts=(node, part(depth)))
        return node

    def signed(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise FormulaError(f"is nested deeper than {DEEPEST}")
        if self.next_is("-"):
            self.take()
            return Node("minus", parts=(self.signed(depth + 1),))
        return self.power(depth)

    def power(self, depth: int) -> Node:
        base = self.atom(depth)
        if not self.next_is("^"):
            return base
        self.take()
        return Node("sign", "^", parts=(base, self.signed(depth + 1)))

    def atom(self, depth: int) -> Node:
        kind, text = self.take()
        if kind == "number":
            return Node("number", number=float(text))
        if text == "(":
            inner = self.sum(depth + 1)
            self.expect(")")
            return inner
        if kind != "name" or text in ("and", "or"):
            raise FormulaError(f"has {text} where a value should be")
        if text == "if":
            return self._choice(depth)
        if self.next_is("["):
            self.take()
            place = self.sum(depth + 1)
            self.expect("]")
            return Node("table", text, parts=(place,))
        if self.next_is("("):
            return self._call(text, depth)
        if text in _RESERVED:
            raise FormulaError(f"has {text} without brackets")
        return Node("name", text)

    def _call(self, text: str, depth: int) -> Node:
        if text not in _FUNCTIONS:
            raise FormulaError(f"calls {text}, which is no function")
        self.take()
        parts = [self.sum(depth + 1)]
        while self.next_is(","):
            self.take()
            parts.append(self.sum(depth + 1))
        self.expect(")")
        least, most, _ = _FUNCTIONS[text]
        if not least <= len(parts) <= most:
            raise FormulaError(f"gives {text} {len(parts)} values")
        return Node("call", text, parts=tuple(parts))

    def _choice(self, depth: int) -> Node:
        self.expect("(")
        condition = self._condition(depth + 1)
        self.expect(",")
        then = self.sum(depth + 1)
        self.expect(",")
        otherwise = self.sum(depth + 1)
        self.expect(")")
        return Node("if", parts=(condition, then, otherwise))

    def _condition(self, depth: int) -> Node:
        node = self._comparison(depth)
        while self.next_is("and", "or"):
            word = self.take()[1]
            node = Node("join", word, parts=(node, self._comparison(depth)))
        return node

    def _comparison(self, depth: int) -> Node:
        left = self.sum(depth)
        if not self.next_is(*_COMPARISONS):
            raise FormulaError("has a condition that compares nothing")
        sign = self.take()[1]
        return Node("compare", sign, parts=(left, self.sum(depth)))


def _signs(text: str) -> Iterator[tuple[str, str]]:
    place, count = 0, 0
    end = len(text.rstrip())
    while place < end:
        match = _SIGNS.match(text, place)
        if match is None:
            raise FormulaError(f"has {text[place:].strip()[:1]!r}, which is no sign of a formula")
        count += 1
        if count > MOST_SIGNS:
            raise FormulaError(f"has more than {MOST_SIGNS} signs")
        number, name, sign = match.groups()
        yield ("number", number) if number else ("name", name) if name else ("sign", sign)
        place = match.end()


def _all(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from _all(part)


def _made(node: Node) -> Computation:
    """What computes a node, made once from its parts, so that nothing is looked up again in every round."""
    if node.kind == "number":
        number = node.number
        return lambda values, tables: number
    if node.kind == "name":
        return _named(node.text)
    if node.kind == "if":
        condition, then, otherwise = node.parts
        holds, one, other = _condition(condition), _made(then), _made(otherwise)
        return lambda values, tables: (one if holds(values, tables) else other)(values, tables)
    parts = [_made(part) for part in node.parts]
    if node.kind == "minus":
        inner = parts[0]
        return lambda values, tables: -inner(values, tables)
    if node.kind == "table":
        name, place = node.text, parts[0]
        return lambda values, tables: _real(_entry(name, place(values, tables), tables))
    if node.kind == "call":
        function = _FUNCTIONS[node.text][2]
        return lambda values, tables: _real(function(*[part(values, tables) for part in parts]))
    left, right = parts
    return _operation(node.text, left, right)


def _operation(sign: str, left: Computation, right: Computation) -> Computation:
    """Two values joined by a sign; the three common signs without a call more, since games are played a thousand times."""
    if sign == "+":
        return lambda values, tables: _real(left(values, tables) + right(values, tables))
    if sign == "-":
        return lambda values, tables: _real(left(values, tables) - right(values, tables))
    if sign == "*":
        return lambda values, tables: _real(left(values, tables) * right(values, tables))
    operation = {"/": _divided, "^": _power}[sign]
    return lambda values, tables: _real(operation(left(values, tables), right(values, tables)))


def _named(name: str) -> Computation:
    def value(values: Values, _: Tables) -> float:
        try:
            return values[name]
        except KeyError:
            raise FormulaError(f"uses {name}, which has no value here") from None

    return value


def _condition(node: Node) -> Callable[[Values, Tables], bool]:
    if node.kind == "join":
        first, second = map(_condition, node.parts)
        if node.text == "and":
            return lambda values, tables: first(values, tables) and second(values, tables)
        return lambda values, tables: first(values, tables) or second(values, tables)
    compare, (left, right) = _COMPARISONS[node.text], map(_made, node.parts)
    return lambda values, tables: compare(left(values, tables), right(values, tables))


def _divided(left: float, right: float) -> float:
    if right == 0:
        raise FormulaError("divides by zero")
    return left / right


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > LARGEST_EXPONENT:
        raise FormulaError(f"has an exponent beyond {LARGEST_EXPONENT:g}")
    if base < 0 or (base == 0 and exponent < 0):
        raise FormulaError("takes a power of a number below zero, or a negative power of zero")
    try:
        return float(base**exponent)
    except OverflowError:
        raise FormulaError("gives a number that is too large") from None


def _clamped(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)


def _root(value: float) -> float:
    if value < 0:
        raise FormulaError("takes the root of a number below zero")
    return math.sqrt(value)


def _entry(name: str, place: float, tables: Tables) -> float:
    if name not in tables:
        raise FormulaError(f"looks into {name}, which is no table")
    found = tables[name].get(f"{place:g}")
    if found is None:
        raise FormulaError(f"looks for {place:g} in {name}, where it does not stand")
    return found


def _real(value: float) -> float:
    if -LARGEST <= value <= LARGEST:  # which what is no number is not
        return value
    raise FormulaError("gives a number that is too large")


_FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., float]]] = {
    "min": (2, 8, min),
    "max": (2, 8, max),
    "clamp": (3, 3, _clamped),
    "floor": (1, 1, lambda value: float(math.floor(value))),
    "sqrt": (1, 1, _root),
    "abs": (1, 1, abs),
}
"""How many values each takes at least and at most, and what it gives."""
_RESERVED = frozenset({*_FUNCTIONS, "if", "and", "or"})
