"""What is measured is not the load generator's own housekeeping, and whoever measures leaves it as it was."""

import gc
from collections.abc import Iterator

import pytest

from assessment.rehearsal.figures import without_pauses


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    was_collecting = gc.isenabled()
    yield
    (gc.enable if was_collecting else gc.disable)()


@pytest.mark.parametrize("is_collecting", [True, False])
def test_python_collects_no_garbage_while_something_is_measured_and_goes_on_as_before(
    is_collecting: bool,
) -> None:
    (gc.enable if is_collecting else gc.disable)()
    with without_pauses():
        assert not gc.isenabled()
    assert gc.isenabled() is is_collecting


def test_python_collects_garbage_again_after_what_was_measured_has_failed() -> None:
    gc.enable()
    with pytest.raises(ValueError, match="the server is gone"), without_pauses():
        raise ValueError("the server is gone")
    assert gc.isenabled()
