"""The kind "in-tray": timed messages to read, decide, answer, delegate and plan."""
