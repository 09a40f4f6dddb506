"""The judgement exercise: situations with possible next steps, each rated for how effective it is."""
