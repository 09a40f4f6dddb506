"""A section of the development report."""
