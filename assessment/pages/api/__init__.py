"""Pages that answer with JSON."""
