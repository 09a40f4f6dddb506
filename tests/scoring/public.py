"""The public functions and methods of `scoring`, found by looking: a new one cannot be forgotten."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from typing import Any

import scoring
from scoring import errors

MODULES = sorted(found.name for found in pkgutil.walk_packages(scoring.__path__, "scoring."))
OPEN = [name for name in MODULES if not name.rpartition(".")[2].startswith("_")]
INSIDE = ("scoring._checks", "scoring._reml", "scoring._rasch")
"""Modules whose functions others import for their own use."""
LABELS = {
    "Shape": "what goes in and comes out, and in which shape",
    "Unit": "the units of what goes in and comes out",
    "Formula": "the formula",
    "Missing": "what is done about missing values",
    "Raises": "which errors of scoring.errors it raises, and for what",
    "Source": "where the formula comes from",
}
"""What every public docstring says, each under its label at the start of a line, in this order."""


def functions() -> dict[str, Callable[..., Any]]:
    """Return "module.name" -> function, each once, under the public module that offers it."""
    found: dict[str, Callable[..., Any]] = {}
    for module in OPEN:
        for name, one in vars(importlib.import_module(module)).items():
            if (
                inspect.isfunction(one)
                and not name.startswith("_")
                and (
                    one.__module__ == module or (module == "scoring.facets" and one.__module__ not in INSIDE)
                )
                and one.__module__.startswith("scoring.")
            ):
                found[f"{module.rpartition('.')[2]}.{name}"] = one
    return found


def methods() -> dict[str, Callable[..., Any]]:
    """Return "Class.name" -> method of every class that a public module makes or offers."""
    found: dict[str, Callable[..., Any]] = {}
    for module in OPEN:
        for one in vars(importlib.import_module(module)).values():
            if inspect.isclass(one) and one.__module__.startswith("scoring."):
                for name, method in vars(one).items():
                    if inspect.isfunction(method) and not name.startswith("_"):
                        found[f"{one.__name__}.{name}"] = method
    return found


def results() -> dict[str, type]:
    """Return "Class" -> frozen value object of every public module."""
    found: dict[str, type] = {}
    for module in OPEN:
        for name, one in vars(importlib.import_module(module)).items():
            # What others import for their own use (`Term` of the REML fit) is no result.
            if dataclasses.is_dataclass(one) and isinstance(one, type) and one.__module__ not in INSIDE:
                found[name] = one
    return {name: one for name, one in found.items() if not name.startswith("_")}


def labelled(function: Callable[..., Any]) -> dict[str, str]:
    """Return label -> what the docstring says under it."""
    text, _, _ = (inspect.getdoc(function) or "").partition(">>>")
    parts = re.split(rf"^({'|'.join(LABELS)}):", text, flags=re.MULTILINE)
    return {label: said.strip() for label, said in zip(parts[1::2], parts[2::2], strict=True)}


def promised_errors(function: Callable[..., Any]) -> set[str]:
    """Return the names of `scoring.errors` under "Raises:" in the docstring."""
    return {word for word in re.split(r"\W+", labelled(function).get("Raises", "")) if hasattr(errors, word)}
