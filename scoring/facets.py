"""Many-facet Rasch measurement: severity of assessors, fair scores, and what assessors do differently.

`fit` estimates the model; `bias`, `drift`, `spread`, `halo` and `screen` look for effects of assessors in a
fit; `severities` and `fair_shifts` say in points what severity does; `connected_subsets`, `plan_links` and `plan_precision` say what can be compared and what it takes.
"""

from scoring._effects import BiasTable, Cell, Flag, Score, bias, drift, erratic, halo, screen, spread
from scoring._fit import Elements, Fit, Participants, Separation, Spread, fit
from scoring._links import (
    LinkPlan,
    PrecisionPlan,
    Subset,
    connected_subsets,
    plan_links,
    plan_precision,
    severity_error,
)
from scoring._severity import FairShift, Severity, fair_shifts, severities

__all__ = [
    "BiasTable",
    "Cell",
    "Elements",
    "FairShift",
    "Fit",
    "Flag",
    "LinkPlan",
    "Participants",
    "PrecisionPlan",
    "Score",
    "Separation",
    "Severity",
    "Spread",
    "Subset",
    "bias",
    "connected_subsets",
    "drift",
    "erratic",
    "fair_shifts",
    "fit",
    "halo",
    "plan_links",
    "plan_precision",
    "screen",
    "severities",
    "severity_error",
    "spread",
]
