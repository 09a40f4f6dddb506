"""Benchmarks: commands that print figures as ratios against a floor in the same run. None of them is a test."""
