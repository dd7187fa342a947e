"""Owns the governance of function hooks: what the engine does of itself with each function, found out by probing the live engine.

In: the live registry. Out: a `Snapshot`, each hook of each function `observed`, `refuted` or `not observable`, with the
probe that said so. `grammar/hooks.toml` is the committed one, which `make governance` compares with.
"""
