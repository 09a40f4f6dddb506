"""Each of the thirty ways in which other systems failed has a test here that names it.

The list itself is no part of the repository; a test cites its point as a comment or in its docstring.
"""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
CITED = re.compile(r"robustness ((?:[\d.]+(?:, | and )?)+)")


def test_each_of_the_thirty_points_is_cited_by_a_test() -> None:
    cited = {
        int(number)
        for path in TESTS.rglob("test_*.py")
        if path != Path(__file__)
        for numbers in CITED.findall(path.read_text("utf-8"))
        for number in re.split(r", | and |\.$", numbers)
        if number.isdigit()
    }
    assert sorted(set(range(1, 31)) - cited) == []
    assert cited <= set(range(1, 31))
