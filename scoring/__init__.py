"""The psychometrics of an assessment centre: numbers in, frozen results out; numpy and scipy only.

Import the module by its topic: `from scoring import keys, integration`. Missing values are NaN or None
everywhere. Input that cannot be accepted raises an error of `scoring.errors`; a statistic that does not
exist for acceptable input is None in the result, and `reasons` says why.

Modules write `import scipy`, and `scipy.linalg.solve` where they need it: scipy brings each part in when it is first
asked for, so that a process which only imports them does not hold 50 MiB for nothing. Quantiles and tails are asked of
`scoring._laws`, which does without `scipy.stats`.
"""
