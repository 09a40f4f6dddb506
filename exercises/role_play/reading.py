"""What assessors read of a conversation: each message after what Bo said, the two answers, and the course of it.

The states are not among it: how the counterpart felt is no score. Private notes are not among it either, nor in which
minute of the exercise a message came: it would tell how fast somebody writes.
"""

from collections.abc import Iterator
from typing import Any

from exercises.content import Exercise
from exercises.kind import Answers, Block, Chronicle, Fact, Happening
from exercises.role_play import talking
from exercises.role_play.screen import AFTERWARDS, NOTES, Screen
from exercises.role_play.talking import START, TEXT, Talk, draft_task, turn_task


def reading(exercise: Exercise, language: str, answers: Answers) -> Iterator[Block]:
    """All blocks, with labels in the assessor's language; what Bo said stands above the message that answers it."""
    screen, talk = Screen(exercise, language), talking.replay(exercise, answers)
    words, lines = screen.words["reading"], screen.words["lines"]
    heard = talk.opening
    for turn in talk.turns:
        yield Block(
            turn_task(turn.number),
            words["message"].format(n=turn.number, minute=int(turn.minute)),
            text=turn.value.get(TEXT, ""),
            before=((words["said"], " ".join(lines[line] for line in heard)),),
            rows=((words["move"], screen.choice(turn.value)),),
        )
        heard = turn.answer
    for number in talk.unheard:
        block = account(exercise, language, turn_task(number), answers[turn_task(number)].value)
        assert block
        yield Block(block.id, block.heading, block.text, (words["after_end"],), block.rows)
    yield from _unsent(exercise, language, answers, talk)
    for name in AFTERWARDS:
        answer = answers.get(name)
        if answer and (block := account(exercise, language, name, answer.value)):
            yield block
    if talk.is_open:
        yield _course(screen, talk, " ".join(lines[line] for line in heard))


def _unsent(exercise: Exercise, language: str, answers: Answers, talk: Talk) -> Iterator[Block]:
    """The message that was being written when the time was over."""
    answer = answers.get(draft_task(talk.following)) if talk.following else None
    if answer and answer.value.get(TEXT, "").strip():
        block = account(exercise, language, answer.task, answer.value)
        assert block
        yield block


def _course(screen: Screen, talk: Talk, last: str) -> Block:
    words, facts = screen.words["reading"], screen.words["facts"]
    told = [
        (words["fact"], words["facts"].format(minute=int(turn.minute), fact=facts[turn.tells]))
        for turn in talk.turns
        if turn.tells
    ]
    notes = [] if told else [words["no_facts"]]
    ended = ((words["end"], last),) if talk.is_over else ((words["said"], last),)
    notes.append(words["not_a_score"] if talk.is_over else words["no_end"])
    return Block("course", words["course"], notes=tuple(notes), rows=(*told, *ended))


def chronicle(exercise: Exercise, language: str, answers: Answers) -> Chronicle | None:
    """The messages in the minutes of the conversation, which go by messages and not by the pace of writing."""
    screen, talk = Screen(exercise, language), talking.replay(exercise, answers)
    if not talk.is_open:
        return None
    chosen = "; ".join(dict.fromkeys(screen.choice(turn.value) for turn in talk.turns))
    return Chronicle(
        tuple(Happening("", block=turn_task(turn.number), minute=int(turn.minute)) for turn in talk.turns),
        (Fact("chosen", {"what": chosen}),) if chosen else (),
        is_conversation=True,
    )


def account(exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
    """One task's value in words: a message with its choices, an answer, the notes to their writer."""
    screen = Screen(exercise, language)
    words, labels = screen.words["reading"], screen.words["labels"]
    if task == START:
        return Block(task, words["started"])
    if task in (*AFTERWARDS, NOTES):
        return Block(task, labels[task], text=value) if isinstance(value, str) and value.strip() else None
    if not value:
        return None
    form, _, number = task.partition(".")
    chosen = screen.choice(value)
    is_draft = form == "draft"
    heading = words["not_sent"].format(n=number) if is_draft else words["sent"].format(n=number)
    return Block(
        task,
        heading,
        text=value.get(TEXT, ""),
        notes=(words["not_sent_note"],) if is_draft else (),
        rows=((words["move"], chosen),) if chosen else (),
        is_draft=is_draft,
    )
