"""Every word of the interface exists in English and Dutch."""

import re

from assessment import language
from assessment.settings import ROOT
from tests.house.messages import all_messages

PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def test_every_message_has_its_dutch() -> None:
    dutch = language.translations("nl")._catalog  # type: ignore[attr-defined]  # the standard library's dictionary
    missing = sorted(
        {
            f"{message!r} ({place})"
            for place, message in all_messages()
            if not (dutch.get(message) or dutch.get((message, 0)))
        }
    )
    assert not missing, "\n".join(missing)


def test_translations_keep_every_placeholder() -> None:
    wrong = []
    for message, translated in language.translations("nl")._catalog.items():  # type: ignore[attr-defined]
        original = message[0] if isinstance(message, tuple) else message
        if original and set(PLACEHOLDER.findall(original)) - {("num", ""), ("n", "")} != set(
            PLACEHOLDER.findall(translated)
        ) - {("num", ""), ("n", "")}:
            wrong.append(f"{original!r} → {translated!r}")
    assert not wrong, "\n".join(wrong)


def test_every_word_that_the_exercise_page_uses_is_given_to_it() -> None:
    scripts = (ROOT / "assessment" / "static" / "js" / "sitting").glob("*.js")
    code = "".join(path.read_text() for path in scripts if path.name != "device.js")
    used = set(re.findall(r"\bwords\.(\w+)", code))
    given = set(re.findall(r'"(\w+)":', (ROOT / "templates" / "participant" / "sitting.html").read_text()))
    assert len(used) > 40
    assert not used - given
