"""Named errors of the domain: each carries an id, the values its sentence needs, and an HTTP status.

The sentences are in ``SENTENCES`` as message ids for gettext; whoever shows an error translates them
(:func:`assessment.language.sentence`), so that errors work without Flask.
"""

from typing import Any, ClassVar


class KleiError(Exception):
    """The base of all errors a person can be told about."""

    status: ClassVar[int] = 400
    sentence: ClassVar[str] = "This could not be done."

    def __init__(self, sentence: str | None = None, **values: Any) -> None:
        self.words = sentence or self.sentence
        self.values = values
        super().__init__(self.words % values if values else self.words)

    @property
    def id(self) -> str:
        return type(self).__name__


class NotFound(KleiError):
    """It does not exist, or it is not yours: nobody can tell which."""

    status = 404
    sentence = "There is nothing here for you."


class NotAllowedNow(KleiError):
    """The thing is yours, but its state does not allow this."""

    status = 409
    sentence = "This is not possible now."


class Invalid(KleiError):
    """What was sent cannot be used; ``field`` in the values says where, when one field is to blame."""

    status = 422
    sentence = "Something in this form has to be changed."


class RuleBroken(KleiError):
    """A rule of the profession stops this; ``rule`` is its name in product.md."""

    status = 409

    def __init__(self, rule: str, sentence: str, **values: Any) -> None:
        super().__init__(sentence, **values)
        self.rule = rule


class Busy(KleiError):
    """The database could not take this in time; sending it again is safe."""

    status = 503
    sentence = "Klei is very busy. Nothing was lost; please try again."
