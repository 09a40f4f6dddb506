"""Many-facet Rasch measurement: severity of assessors, fair scores, and what assessors do differently.

`fit` estimates the model; `bias`, `drift`, `spread`, `halo` and `screen` look for effects of assessors in a
fit; `connected_subsets`, `plan_links` and `plan_precision` say what can be compared and what it takes.
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

__all__ = [
    "BiasTable",
    "Cell",
    "Elements",
    "Fit",
    "Flag",
    "LinkPlan",
    "Participants",
    "PrecisionPlan",
    "Score",
    "Separation",
    "Spread",
    "Subset",
    "bias",
    "connected_subsets",
    "drift",
    "erratic",
    "fit",
    "halo",
    "plan_links",
    "plan_precision",
    "screen",
    "severity_error",
    "spread",
]
