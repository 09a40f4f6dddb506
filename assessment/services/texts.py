"""Texts that people write: kept whole, or refused with a sentence; never cut."""

from assessment import errors


class TextTooLong(errors.Invalid):
    sentence = "This text has %(n)s characters, and %(most)s are the most. Nothing was stored; go back, shorten it and send it again."


def whole(text: str, most: int) -> str:
    """The text without the space around it, its line ends as one character each, as the field on the page counts them.

    :raises TextTooLong: when it is longer than ``most``.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(kept) > most:
        raise TextTooLong(n=len(kept), most=most)
    return kept
