"""Pages of the hr."""
