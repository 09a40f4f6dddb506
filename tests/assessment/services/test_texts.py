"""What people write is kept whole or refused, never cut."""

import pytest

from assessment.services import texts


def test_line_ends_count_as_one_character_as_on_the_page() -> None:
    assert texts.whole("  one\r\ntwo\rthree\n", 13) == "one\ntwo\nthree"


def test_a_longer_text_is_refused_and_says_how_long_it_may_be() -> None:
    with pytest.raises(texts.TextTooLong, match="4 characters, and 3 are"):
        texts.whole("four", 3)
