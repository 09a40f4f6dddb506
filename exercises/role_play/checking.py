"""What is wrong with the content of a conversation: unknown names, lines that are missing, what cannot be reached.

The states are walked from the start in every way that messages can change them, so that a node, a case or an end that
no conversation can come to is found, and so is a message that nothing answers.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from exercises.content import LANGUAGES, Exercise, Problem
from exercises.role_play import rules
from exercises.role_play.rules import CONDITIONS, Moment

WANTED = (
    "counterpart", "clock_start", "pace", "until", "turns", "note_from", "start", "levels", "topics", "moves",
    "lecture", "counter", "facts", "beats", "nodes", "ends",
)  # fmt: skip
NODE = CONDITIONS | {"id", "any", "again", "tells"}
CASE = frozenset(
    {"about", "trust", "ownership", "before", "since", "once", "threat", "trust_by", "ownership_by"}
)
END = frozenset({"id", "trust", "ownership", "sum", "parts"})
LABELS = (
    "brief", "notes", "notes_hint", "conversation", "before", "start", "you", "empty", "no_move", "no_about", "text",
    "text_hint", "move", "about", "choose", "send", "sending", "queued", "refused", "already", "arrived", "over",
    "over_text", "note", "note_early", "agreed", "agreed_hint", "differently", "differently_hint",
)  # fmt: skip
READING = (
    "message", "opening", "said", "minute", "move", "chosen", "after_end", "not_sent", "not_sent_note", "course",
    "facts", "fact", "no_facts", "end", "no_end", "not_a_score", "started", "sent",
)  # fmt: skip


def problems(exercise: Exercise) -> Iterator[Problem]:
    """Everything that keeps this content from being used."""
    place, structure = f"{exercise.slug}/exercise.yaml", exercise.structure
    missing = [name for name in WANTED if name not in structure]
    if missing:
        yield from (Problem(place, f"has no {name}") for name in missing)
        return
    wrong = [*_names(structure), *_minutes(exercise), *_amounts(structure), *_ends(structure)]
    if exercise.keyed:
        wrong.append("keyed must be empty: a conversation is never scored by key")
    if not wrong:  # only sound rules can be walked
        wrong += _reached(exercise)
    yield from (Problem(place, message) for message in wrong)
    for language in LANGUAGES:
        absent = _missing(structure, exercise.text(language))
        yield from (Problem(f"{exercise.slug}/text.{language}.yaml", f"{name} is missing") for name in absent)
    known = {entry.dimension for entry in (exercise.rubric.dimensions if exercise.rubric else ())}
    for dimension in sorted({*exercise.rated} - known):
        yield Problem(f"{exercise.slug}/rubric.yaml", f"has no {dimension}, which is rated")


def _names(structure: Mapping[str, Any]) -> Iterator[str]:
    """Names that nothing else knows: states, moves, topics, facts."""
    for name in ("beats", "nodes", "ends"):
        ids = [one["id"] for one in structure[name]]
        yield from (f"{name} has two of {one}" for one in sorted({one for one in ids if ids.count(one) > 1}))
    if set(structure["start"]) != {"trust", "ownership"}:
        yield "start knows the states trust and ownership, and no others"
    for node in structure["nodes"]:
        yield from (f"{node['id']} has an unknown {name}" for name in sorted(node.keys() - NODE))
        for one in (node, *node.get("any", ())):
            yield from (f"{node['id']} {message}" for message in _unknown(structure, one))
        if node.get("tells", structure["facts"][0]) not in structure["facts"]:
            yield f"{node['id']} tells {node['tells']}, which is no fact"
    for move, cases in structure["moves"].items():
        for case in cases:
            yield from (f"moves.{move} has an unknown {name}" for name in sorted(case.keys() - CASE))
            yield from (f"moves.{move} {message}" for message in _unknown(structure, case))
    for end in structure["ends"]:
        yield from (f"{end['id']} has an unknown {name}" for name in sorted(end.keys() - END))
        for part in end.get("parts", ()):
            yield from (f"{end['id']} {message}" for message in _unknown(structure, part))
    for beat in structure["beats"]:
        told = [line["told"] for line in beat.get("lines", ()) if "told" in line]
        yield from (f"{beat['id']} knows no fact {fact}" for fact in told if fact not in structure["facts"])
        if "lines" in beat and len(told) == len(beat["lines"]):
            yield f"{beat['id']} has no line for when nothing was told"
    yield from (f"counter {message}" for message in _unknown(structure, structure["counter"]))
    tellable = {node.get("tells") for node in structure["nodes"]}
    yield from (f"no node tells {fact}" for fact in structure["facts"] if fact not in tellable)


def _unknown(structure: Mapping[str, Any], condition: Mapping[str, Any]) -> Iterator[str]:
    known = {"moves": structure["moves"], "about": structure["topics"], "not_about": structure["topics"]}
    for name, names in known.items():
        yield from (f"knows no {one} under {name}" for one in condition.get(name, ()) if one not in names)
    least, most = structure["levels"]
    for name in ("trust", "ownership"):
        if name in condition and not (least <= condition[name][0] <= condition[name][1] <= most):
            yield f"asks for {name} outside the levels"


def _minutes(exercise: Exercise) -> Iterator[str]:
    """A conversation that would never end, and beats that would be passed over."""
    structure = exercise.structure
    minutes = [float(beat["minute"]) for beat in structure["beats"]]
    if not minutes or minutes[0] != 0:
        yield "the first beat opens the conversation: minute 0"
        return
    if any(one >= other for one, other in itertools.pairwise(minutes)):
        yield "beats must follow one another in time"
    gaps = [other - one for one, other in zip(minutes, (*minutes[1:], structure["until"]), strict=True)]
    for beat, gap in zip(structure["beats"], gaps, strict=True):
        if beat["minute"] >= structure["until"]:
            yield f"{beat['id']} is never reached: the conversation ends before it"
        elif gap < structure["pace"]:
            yield f"after {beat['id']}, one message would pass over the next beat or the end"
    if structure["pace"] <= 0 or structure["pace"] * structure["turns"] < structure["until"]:
        yield f"the conversation does not end within {structure['turns']} messages"
    if not structure["until"] < exercise.minutes or not 0 < structure["note_from"] < exercise.minutes:
        yield "until and note_from must lie within the exercise"


def _amounts(structure: Mapping[str, Any]) -> Iterator[str]:
    """D9.4: no message changes a state by more than 1, except a threat."""
    for move, cases in structure["moves"].items():
        for case in cases:
            for name in ("trust_by", "ownership_by"):
                if abs(case.get(name, 0)) > rules.MOST and not case.get("threat"):
                    yield f"moves.{move} changes {name.removesuffix('_by')} by more than {rules.MOST:g}"
                if case.get(name, 0) * 2 % 1:
                    yield f"moves.{move} changes a state by something else than halves"


def _ends(structure: Mapping[str, Any]) -> Iterator[str]:
    nodes, ends = structure["nodes"], structure["ends"]
    if not nodes or nodes[-1].keys() != {"id", "again"}:
        yield "the last node must hold always and be said again: every message has an answer"
    if not ends or ends[-1].keys() != {"id"}:
        yield "the last end must hold always: every state belongs to one end"


@dataclass(frozen=True)
class _Walk:
    """What the states can become, and what was met on the way."""

    moments: frozenset[Moment]
    ends: frozenset[str]


def _reached(exercise: Exercise) -> Iterator[str]:
    structure, walk = exercise.structure, walked(exercise)
    for node in structure["nodes"]:
        if not any(_may_be_said(exercise, node, moment) for moment in walk.moments):
            yield f"{node['id']} is never said"
    for end in structure["ends"]:
        if end["id"] not in walk.ends:
            yield f"{end['id']} is never reached"


def walked(exercise: Exercise) -> _Walk:
    """Every state that messages can lead to, whatever was said before: a little more than can be, never less."""
    structure = exercise.structure
    pairs = [(move, about) for move in structure["moves"] for about in structure["topics"]]
    states = {(float(structure["start"]["trust"]), float(structure["start"]["ownership"]))}
    moments: set[Moment] = set()
    for minute in sorted({0.0, *_borders(structure)}):
        fresh = set(states)
        while fresh:
            found = {
                after
                for trust, ownership in fresh
                for move, about in pairs
                for after in _after(exercise, Moment(move, about, minute, trust, ownership))
            }
            moments |= found
            fresh = {(after.trust, after.ownership) for after in found} - states
            states |= fresh
    ends = {rules.end_of(exercise, trust, ownership)["id"] for trust, ownership in states}
    return _Walk(frozenset(moments), frozenset(ends))


def _borders(structure: Mapping[str, Any]) -> Iterator[float]:
    """The minutes at which a condition begins or stops to hold."""
    cases = [case for cases in structure["moves"].values() for case in cases]
    inner = [one for node in structure["nodes"] for one in node.get("any", ())]
    for condition in (*structure["nodes"], *inner, *cases):
        yield from (float(condition[name]) for name in ("since", "before") if name in condition)


def _after(exercise: Exercise, moment: Moment) -> Iterator[Moment]:
    """What a message leads to, with and without its effect, asked before or not."""
    found = rules.case_of(exercise, moment)
    cases = [found[1]] if found else [{}]
    if found and "once" in found[1]:
        cases.append({})
    for case in cases:
        after = rules.changed(exercise, moment, case)
        yield after
        if moment.move == "ask":
            yield replace(after, is_asked=True)


def _may_be_said(exercise: Exercise, node: Mapping[str, Any], moment: Moment) -> bool:
    """Whether a node is said in this moment once the nodes before it that are said only once have been."""
    for one in rules.fitting(exercise, moment):
        if one["id"] == node["id"]:
            return True
        if one.get("again"):
            return False
    return False


def _missing(structure: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[str]:
    wanted: dict[str, set[str]] = {
        "moves": set(structure["moves"]),
        "topics": set(structure["topics"]),
        "facts": set(structure["facts"]),
        "lines": set(lines_of(structure)),
        "labels": set(LABELS),
        "reading": set(READING),
        "brief": {"title", "body"},
    }
    for group, names in wanted.items():
        yield from (f"{group}.{name}" for name in sorted(names - set(words.get(group, {}))))


def lines_of(structure: Mapping[str, Any]) -> Iterator[str]:
    """The ids of all lines that may be said."""
    for beat in structure["beats"]:
        yield from (line["line"] for line in beat.get("lines", ({"line": beat["id"]},)))
    yield from (node["id"] for node in structure["nodes"])
    for end in structure["ends"]:
        yield from (part["line"] for part in end.get("parts", ()))
        if "parts" not in end:
            yield end["id"]
