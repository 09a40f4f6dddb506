"""The kind "game": rounds of decisions in a small business whose model is content."""
