"""The case study: a note and exhibits to read, questions about the figures, and a memo to write."""
