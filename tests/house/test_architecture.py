"""The house as design and README describe it: words, layers, no inline script or style, no secrets."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from assessment.settings import ROOT

PYTHON = [
    path
    for folder in ("assessment", "exercises", "scoring", "charts", "tagged")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "versions" not in path.parts
]
TEMPLATES = [
    path
    for folder in ("templates", "exercises", "assessment")
    for path in sorted((ROOT / folder).rglob("*.html"))
]
SYNONYMS = re.compile(
    r"candidate|assessee|competenc|marker(?!s)|grader|exam(?!ple|in)|testee|utils?\b|helper", re.I
)
DRAWERS = {"util", "utils", "helper", "helpers", "misc", "common", "data", "manager", "managers"}


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = {path.stem}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def test_names_use_the_words_of_the_house_and_no_synonyms() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in PYTHON
        for name in names_in(path)
        if SYNONYMS.search(name)
    ]
    assert not wrong


def test_no_module_is_a_drawer() -> None:
    assert [path for path in PYTHON if path.stem in DRAWERS] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in PYTHON
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


def test_only_the_frame_and_the_owners_of_a_transaction_commit() -> None:
    may = {"frame.py", "database.py"}
    commits = [
        str(path.relative_to(ROOT))
        for path in PYTHON
        if path.parts[-1] not in may and re.search(r"\.commit\(\)", path.read_text("utf-8"))
    ]
    assert not commits


def test_only_the_clock_asks_the_time() -> None:
    asks = [
        str(path.relative_to(ROOT))
        for path in PYTHON
        if path.name not in ("clock.py",)
        and re.search(r"datetime\.(now|utcnow|today)\(|date\.today\(|\btime\.time\(", path.read_text("utf-8"))
    ]
    assert not asks


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<\w[^>]*\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|javascript:", text)


def test_scripts_use_relative_imports_and_set_no_inline_style() -> None:
    for path in [*ROOT.glob("assessment/static/js/**/*.js"), *ROOT.glob("exercises/*/*.js")]:
        text = path.read_text("utf-8")
        for target in re.findall(r"^import .* from \"([^\"]+)\"", text, re.M):
            assert target.startswith("."), f"{path.name}: {target}"
        assert 'setAttribute("style"' not in text
        assert ".innerHTML" not in text, path.name


def test_the_repository_names_no_place_of_one_machine() -> None:
    found = subprocess.run(
        [
            "git",
            "grep",
            "-nIE",
            r"(^|[^A-Za-z.])/(work|root|home)/[a-z.]",
            "--",
            ".",
            ":!*.lock",
            ":!tests/house",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert found.stdout == ""
