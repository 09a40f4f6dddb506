"""The kind "reflection": a few questions that look back, some of them private."""
