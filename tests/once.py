"""What comes out the same every time is made once per test process: compiled templates and statements, builders of
addresses, places.

A test has an app and a database of its own. What the makers of Jinja, Werkzeug and SQLAlchemy compile for them depends on
nothing but our files, and took longer than most tests do.
"""

import gc
import os
import shutil
import tempfile
from pathlib import Path
from types import CodeType
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from assessment import templates
from assessment.services import passwords

MEMORY = Path("/dev/shm")
ENOUGH = 4 * 2**30
"""Bytes of memory that must be free for files of the tests to live there."""

_compiled: dict[tuple[Any, ...], CodeType] = {}
_builders: dict[tuple[Any, ...], Any] = {}
_compile = templates.Environment.compile
_compile_builder = Rule._compile_builder
_statements: LRUCache[Any, Any] = LRUCache(4096)
_dialects: dict[type[Dialect], Dialect] = {}
_compile_statement = ClauseElement._compile_w_cache


def compile_once(
    environment: templates.Environment, source: Any, name: Any = None, filename: Any = None, *rest: Any
) -> Any:
    """A template's code: it follows from its text and the language that is compiled into it."""
    key = (environment.spoken, source, name, filename, *rest)
    if key not in _compiled:
        _compiled[key] = _compile(environment, source, name, filename, *rest)
    return _compiled[key]


def build_once(rule: Rule, append_unknown: bool = True) -> Any:
    """What makes addresses of a rule: it follows from the rule's text and defaults."""
    key = (rule.rule, str(rule._trace), str(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


def compile_statement_once(
    element: ClauseElement, dialect: Dialect, *, compiled_cache: Any, **rest: Any
) -> Any:
    """A statement's text: it follows from the statement and the kind of database."""
    shared = _dialects.setdefault(type(dialect), dialect)
    cache = None if compiled_cache is None else _statements
    return _compile_statement(element, shared, compiled_cache=cache, **rest)


def join() -> None:
    """Let the apps of this process share them, and hash passwords at the least cost there is."""
    # What a test makes is gone with it; to look for rings among it after every 700 things takes time.
    gc.set_threshold(20_000, 20, 20)
    templates.Environment.compile = compile_once  # type: ignore[method-assign, assignment]
    Rule._compile_builder = build_once  # type: ignore[method-assign, assignment]
    ClauseElement._compile_w_cache = compile_statement_once  # type: ignore[method-assign, assignment]
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords.NOBODY = passwords._hasher.hash("the password of nobody")
    # A database is a thousand small files, and a test waits for each of its commits to reach the disk.
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
