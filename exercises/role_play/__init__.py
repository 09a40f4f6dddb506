"""Written conversations with a counterpart who answers by fixed rules: what is shown, taken in and read."""
