"""Hypothesis for this folder: fewer examples, each is dear."""

from hypothesis import settings

settings.register_profile("scoring", settings.get_profile("tests"), max_examples=25)
settings.load_profile("scoring")
