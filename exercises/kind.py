"""The contract that every kind of exercise fulfils: frozen values in, frozen values out.

A kind knows no request, no person, no database and no clock. Minutes are exercise minutes (working time
divided by the participant's time factor), so that nothing here can tell who was given more time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from exercises.content import Exercise, Problem

LONGEST_ANSWER = 64 * 1024
"""The most bytes that one task's answer may take (decisions, "Sitting")."""


class InvalidAnswer(ValueError):
    """What was posted is not an answer to this task. ``code`` names why; the page has the words for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Task:
    """A part of an exercise that is answered. A final task takes one answer: what was sent stays sent."""

    name: str
    is_final: bool = False
    is_private: bool = False
    """For the participant alone: nobody else reads it, nothing is rated or scored by it, nobody asks for it."""


@dataclass(frozen=True)
class Phase:
    """A stretch of an exercise, in exercise minutes, and the tasks that may be written in it.

    The last phase of an exercise ends with the sitting's deadline, whatever its ``until`` says.
    """

    name: str
    since: float
    until: float
    tasks: frozenset[str]
    """Names of tasks, or their prefix followed by ``*``."""

    def admits(self, task: str) -> bool:
        return any(task == name or (name.endswith("*") and task.startswith(name[:-1])) for name in self.tasks)


@dataclass(frozen=True)
class Answer:
    """The counting revision of one task: the newest main or accepted one."""

    task: str
    value: Any
    """What ``parse`` returned: a text, or plain JSON data."""
    minute: float
    """The exercise minute of arrival at the server."""
    order: int
    """The place of the counting revision among all of the sitting: who wrote first what (client_seq in one client)."""
    revision: int = 1
    shown: float | None = None
    """The highest minute whose parts the participant had seen then, where a later credit set the minute back."""

    @property
    def knew(self) -> float:
        """The minute up to which its writer knew what had come."""
        return self.minute if self.shown is None else max(self.minute, self.shown)


Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Block:
    """A stretch of what the participant wrote or did, as an assessor reads it.

    Observations point to ``id`` and to offsets in ``text``, so the text is exactly what was written.
    """

    id: str
    heading: str
    text: str = ""
    notes: tuple[str, ...] = ()
    """Lines about the block that nobody can tag: recipient, minute, words, "draft, not sent"."""
    rows: tuple[tuple[str, str], ...] = ()
    """Choices and numbers, as label and value."""
    limit_at: int | None = None
    """The offset in ``text`` of the word limit, where the text goes on after it."""
    is_draft: bool = False
    before: tuple[tuple[str, str], ...] = ()
    """What it answers: who said it, and their words."""
    after: tuple[tuple[str, str], ...] = ()
    """What came of it, as label and value."""


@dataclass(frozen=True)
class Happening:
    """Something that came to the participant, that they opened, or that they did."""

    name: str
    """What happened; empty where the block says it."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What its sentence names: words of the exercise, never of the participant."""
    text: str = ""
    """What came, as the exercise words it."""
    block: str = ""
    """The id of the block that stands here, with what the participant wrote or did."""
    minute: int = 0


@dataclass(frozen=True)
class Fact:
    """Something about the whole that the minutes do not show at a glance."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chronicle:
    """What came and what was done in a sitting, in the order of events, as an assessor follows it.

    Class B of content C0.3: told in words, for the talk afterwards, never scored. What it does not hold cannot be told: a
    happening has a whole minute, no second, no pause, no device, and nothing that says how fast somebody wrote. Kinds
    name what happened and give the values; the words belong to the interface, so that every stored version has them.
    Blocks that no happening names stand after it: what there was at the end.
    """

    happenings: tuple[Happening, ...]
    facts: tuple[Fact, ...] = ()
    is_conversation: bool = False
    """Whether its minutes are those of a conversation and not of the exercise."""


@dataclass(frozen=True)
class KeyLine:
    """One rule of an automatic key and what it gave."""

    rule: str
    dimension: str
    points: float
    maximum: float
    explanation: str


@dataclass(frozen=True)
class KeyScore:
    """What a key gave on one dimension: proportion and place on the 1 to 5 scale, never rounded."""

    dimension: str
    earned: float
    maximum: float
    proportion: float | None
    score: float | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyResult:
    """The automatic scores of one sitting; empty for a kind that has none."""

    scores: tuple[KeyScore, ...] = ()
    lines: tuple[KeyLine, ...] = ()
    is_provisional: bool = True


@dataclass(frozen=True)
class Samples:
    """Answers for the contract test, the demo and rehearsals: pairs of task and posted value, in the order of sending."""

    complete: Mapping[str, Sequence[tuple[str, Any]]]
    """Per language, from strong to workable."""
    weak: Mapping[str, Sequence[tuple[str, Any]]]
    incomplete: Sequence[tuple[str, Any]]
    hostile: Sequence[tuple[str, Any]] = field(default=())
    """Each must be refused with ``InvalidAnswer`` or stored harmlessly; none may raise anything else."""


class Kind(Protocol):
    """What the service asks of a kind. ``language`` is "en" or "nl"; texts come from the content alone."""

    name: str

    def check(self, exercise: Exercise) -> Sequence[Problem]:
        """What is wrong with this content, with the place named; empty when it may be used."""

    def phases(self, exercise: Exercise) -> tuple[Phase, ...]:
        """The stretches of the exercise, in order; at least one."""

    def tasks(self, exercise: Exercise) -> tuple[Task, ...]:
        """Every task that this exercise has. They are stored with the version: an answer to another is refused."""

    def task(self, exercise: Exercise, name: str) -> Task | None:
        """The task of this name, or None when the exercise has no such task. Runs on every save: keep it cheap."""

    def view(self, exercise: Exercise, language: str, answers: Answers, minute: float) -> Mapping[str, Any]:
        """What the participant may see at this minute, ready for ``answer.html``: plain JSON data only.

        ``view["parts"]`` lists the ids of what has arrived, as ``parts`` gives them; the page asks for new ones by it.
        """

    def followed(self, exercise: Exercise) -> frozenset[str]:
        """The tasks whose answers decide what arrives, where ``*`` stands for anything; none where it is time alone."""

    def parts(self, exercise: Exercise, answers: Answers, minute: float) -> tuple[str, ...]:
        """The ids of what has arrived. Every page at work asks several times a minute: keep it cheap.

        The answers to the ``followed`` tasks are enough.
        """

    def parse(self, exercise: Exercise, task: str, posted: Any) -> Any:
        """The value to store for what was posted: a text or plain JSON data, nothing changed in what was written.

        A stored value is accepted as it is, so that what is made of one can be asked about.

        :raises InvalidAnswer: when it is not an answer to this task.
        """

    def is_complete(self, exercise: Exercise, answers: Answers) -> tuple[str, ...]:
        """Names of tasks that the participant would want to know are still empty; empty when all is there."""

    def reading(self, exercise: Exercise, language: str, answers: Answers) -> tuple[Block, ...]:
        """What an assessor reads, in the order of the exercise. ``language`` is the assessor's, for the labels."""

    def chronicle(
        self, exercise: Exercise, language: str, answers: Answers, minute: float
    ) -> Chronicle | None:
        """The course of events until this minute, the last of the sitting; None where there is none to follow."""

    def account(self, exercise: Exercise, language: str, task: str, value: Any) -> Block | None:
        """One task's stored value in words its writer understands: for the receipt, and for a choice between two.

        None where the value says nothing: an empty draft, or a task that the exercise does not have.
        """

    def key(self, exercise: Exercise, answers: Answers) -> KeyResult:
        """The automatic scores. The same answers always give the same result, to the byte (T6)."""

    def samples(self, exercise: Exercise) -> Samples:
        """Sample answers for this content."""
