"""The kind "planning": jobs, crews and half-days, and an update half-way that breaks the plan."""
