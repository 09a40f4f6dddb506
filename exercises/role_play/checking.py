"""What is wrong with the content of a conversation: unknown names, lines that are missing, what cannot be reached.

The states are walked from the start in every way that messages can change them, so that a node, a case or an end that
no conversation can come to is found, and so is a message that nothing answers.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from exercises.content import LANGUAGES, Exercise, Problem
from exercises.role_play import briefing, rules
from exercises.role_play.rules import CONDITIONS, Moment

WANTED = (
    "counterpart", "clock_start", "pace", "until", "turns", "note_from", "start", "levels", "topics", "moves",
    "lecture", "counter", "facts", "beats", "nodes", "ends",
)  # fmt: skip
NODE = CONDITIONS | {"id", "any", "again", "tells"}
CASE = frozenset(
    {"about", "trust", "ownership", "before", "since", "once", "threat", "trust_by", "ownership_by"}
)
_STATES = frozenset({"trust", "ownership"})
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
    yield from briefing.problems(exercise)
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
    """What a conversation can come to: the nodes that can be said, and the ends."""

    said: frozenset[str]
    ends: frozenset[str]


_State = tuple[float, float]
"""Trust and ownership."""
_Cases = tuple[str, tuple[int, ...]]
"""A move and the places of some of its cases: what a message may do to the states."""


def _reached(exercise: Exercise) -> Iterator[str]:
    structure, walk = exercise.structure, walked(exercise)
    yield from (f"{node['id']} is never said" for node in structure["nodes"] if node["id"] not in walk.said)
    yield from (f"{end['id']} is never reached" for end in structure["ends"] if end["id"] not in walk.ends)


def walked(exercise: Exercise) -> _Walk:
    """What messages can lead to, whatever was said before: a little more than can be, never less.

    Nothing is walked but the states, of which there are few: messages that fall under the same cases move them alike.
    """
    structure = exercise.structure
    states = {(float(structure["start"]["trust"]), float(structure["start"]["ownership"]))}
    known: dict[_Cases, dict[_State, set[_State]]] = {}
    said: set[str] = set()
    for minute in sorted({0.0, *_borders(structure)}):
        alike: dict[_Cases, list[Moment]] = {}
        for move in structure["moves"]:
            for about in structure["topics"]:
                message = Moment(move, about, minute, *min(states))
                alike.setdefault(_cases(exercise, message), []).append(message)
        reached: dict[_Cases, set[_State]] = {cases: set() for cases in alike}
        fresh = set(states)
        while fresh:
            found: set[_State] = set()
            for cases, after in reached.items():
                led = known.setdefault(cases, {})
                for state, next_state in _led_to(exercise, cases, fresh - led.keys()):
                    led.setdefault(state, set()).add(next_state)
                for state in fresh:
                    after |= led[state]
                found |= after
            fresh = found - states
            states |= fresh
        for cases, messages in alike.items():
            for message in messages:
                said |= _answers(structure, message, reached[cases], said)
    ends = {rules.end_of(exercise, trust, ownership)["id"] for trust, ownership in states}
    return _Walk(frozenset(said), frozenset(ends))


def _borders(structure: Mapping[str, Any]) -> Iterator[float]:
    """The minutes at which a condition begins or stops to hold."""
    cases = [case for cases in structure["moves"].values() for case in cases]
    inner = [one for node in structure["nodes"] for one in node.get("any", ())]
    for condition in (*structure["nodes"], *inner, *cases):
        yield from (float(condition[name]) for name in ("since", "before") if name in condition)


def _cases(exercise: Exercise, message: Moment) -> _Cases:
    """The cases that this message falls under in some state."""
    cases = exercise.structure["moves"][message.move]
    return message.move, tuple(place for place, case in enumerate(cases) if rules.rooms(case, message))


def _led_to(exercise: Exercise, cases: _Cases, states: Iterable[_State]) -> Iterator[tuple[_State, _State]]:
    """Each of these states, and those after such a message: with its effect and, where that counts only once, without."""
    move, places = cases
    rest = exercise.structure["moves"][move]
    still = Moment(move, "", 0.0, 0.0, 0.0)
    asked = [
        ({name: rest[place][name] for name in _STATES & rest[place].keys()}, rest[place]) for place in places
    ]
    fitting = [(rooms, case) for states_of, case in asked if (rooms := rules.rooms(states_of, still))]
    for state in states:
        inside = (case for rooms, case in fitting if any(rules.is_inside(room, *state) for room in rooms))
        case: Mapping[str, Any] = next(inside, {})
        moment = Moment(move, "", 0.0, *state)
        for effect in (case, {}) if "once" in case else (case,):
            after = rules.changed(exercise, moment, effect)
            yield state, (after.trust, after.ownership)


def _answers(structure: Mapping[str, Any], message: Moment, states: set[_State], known: set[str]) -> set[str]:
    """The nodes that may answer this message, once those before them that are said only once have been."""
    found: set[str] = set()
    for is_asked in (False, True) if message.move == "ask" else (False,):
        moment = replace(message, is_asked=is_asked)
        fitting = [(node, rooms) for node in structure["nodes"] if (rooms := rules.rooms(node, moment))]
        if {node["id"] for node, _ in fitting} <= known | found:
            continue
        for state in states:
            for node, rooms in fitting:
                if any(rules.is_inside(room, *state) for room in rooms):
                    found.add(node["id"])
                    if node.get("again"):
                        break
    return found


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
