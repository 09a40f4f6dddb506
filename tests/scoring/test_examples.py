"""The docstrings of `scoring` say what a reader needs, each under its label, and their worked examples hold."""

import dataclasses
import doctest
import importlib
import re

import pytest

from scoring.table import RatingTable

from .public import LABELS, MODULES, functions, labelled, methods, promised_errors, results

PUBLIC = {**functions(), **methods(), "table.RatingTable": RatingTable}


@pytest.mark.parametrize("name", MODULES)
def test_the_worked_examples_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_shows_an_example(name):
    assert ">>>" in PUBLIC[name].__doc__, f"{name}: the docstring has no worked example (>>>)"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_says_everything_that_a_reader_needs(name):
    said = labelled(PUBLIC[name])
    lacking = [f"{label}: does not say {meaning}" for label, meaning in LABELS.items() if not said.get(label)]
    assert not lacking, f"{name}: the docstring lacks " + "; ".join(lacking)
    assert list(said) == list(LABELS), f"{name}: the labels stand in the order {', '.join(LABELS)}"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_names_the_errors_it_raises(name):
    says_none = labelled(PUBLIC[name])["Raises"].startswith("nothing")
    assert bool(promised_errors(PUBLIC[name])) != says_none, (
        f'{name}: Raises: names no error of scoring.errors and does not say "nothing"'
    )


@pytest.mark.parametrize("name", results())
def test_every_result_describes_its_fields(name):
    assert not results()[name].__doc__.startswith(f"{name}("), (
        f"{name}: has only the docstring that dataclasses make"
    )
    told = " ".join(one.__doc__ or "" for one in results()[name].__mro__ if one is not object)
    lacking = [
        field.name
        for field in dataclasses.fields(results()[name])
        if not re.search(rf"\b{field.name}\b", told)
    ]
    assert not lacking, f"{name}: the docstring does not say what {', '.join(lacking)} is"
