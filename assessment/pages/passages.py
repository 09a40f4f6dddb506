"""The answer as the workbench draws it: text cut where passages begin and end, each cut knowing what covers it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from assessment.models.rating import Observation
from exercises.kind import Block

MINUS = "−"


@dataclass(frozen=True)
class Piece:
    """A stretch of text under the same passages. ``ends`` are the labels of passages that end with it."""

    text: Markup
    style: str
    """Empty for bare text; plus, minus or both for what observations cover."""
    ends: tuple[str, ...]
    is_limit: bool
    """Whether the word limit lies just before this piece."""


@dataclass(frozen=True)
class DrawnBlock:
    """A block with its pieces and the labels of acts that are tied as a whole."""

    block: Block
    pieces: tuple[Piece, ...]
    acts: tuple[Observation, ...]


def label(observation: Observation) -> str:
    """The short label of a passage, such as S1.2+. A behaviour to avoid has its sign in its id already."""
    return f"{observation.behaviour}{'+' if observation.sign == '+' else MINUS}"


def drawn(block: Block, observations: Iterable[Observation]) -> DrawnBlock:
    """The block with these observations in it; those of other blocks are left out."""
    mine = [one for one in observations if one.block == block.id]
    passages = [one for one in mine if one.end > one.start]
    acts = tuple(one for one in mine if one.end == one.start)
    return DrawnBlock(block, tuple(_pieces(block, passages)), acts)


def _pieces(block: Block, passages: Sequence[Observation]) -> Iterator[Piece]:
    length = len(block.text)
    cuts = {0, length}
    for one in passages:
        cuts |= {min(one.start, length), min(one.end, length)}
    if block.limit_at is not None:
        cuts.add(block.limit_at)
    places = sorted(cuts)
    for start, end in pairwise(places):
        over = [one for one in passages if one.start < end and one.end > start]
        signs = {one.sign for one in over}
        style = "both" if len(signs) > 1 else "plus" if "+" in signs else "minus" if signs else ""
        yield Piece(
            written(block.text[start:end]),
            style,
            tuple(label(one) for one in over if one.end == end),
            block.limit_at == start,
        )


def written(text: str) -> Markup:
    """Text for HTML in which every character stays one: a bare carriage return would be dropped by the parser."""
    return Markup(str(escape(text)).replace("\r", "&#13;"))  # noqa: S704 -- escaped in the same line
