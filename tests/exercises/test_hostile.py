"""Hostile answers to every kind: only InvalidAnswer is raised, and every score stays in its range."""

from benchmarks.hostile import search


def test_hostile_sittings_are_refused_or_kept_harmlessly():
    """A few hundred here; ``python -m benchmarks.hostile`` tries ten thousand."""
    search(300)()
