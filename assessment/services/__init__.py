"""The verbs: one module per noun. Session first, actor named ``by``; no commit, no Flask."""
