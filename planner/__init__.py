"""Owns the arrows script → project → spec → bundle, one module each, called like its function.

`from treadle.planner.bind import bind`, `….specify import specify`, `….plan import plan`,
`….explain import explain`. Nothing is re-exported here: a name of a module can't also be a function's.
"""
