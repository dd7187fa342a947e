"""Owns what queries may say and treadle does not do yet, or never: refused at its place, never dropped."""

from __future__ import annotations

from sqlglot import exp

from ..capabilities import CapabilityUnavailable, MissingCapability
from .context import Binding

CLAUSES = {
    "sample": ("TABLESAMPLE", "the engine reads it and ignores it", "filter with random() < 0.1, or on a hash of a key"),
    "locks": ("FOR UPDATE", "a query locks nothing here", "leave it out"),
    "into": ("SELECT INTO", "queries write through views", "write CREATE MATERIALIZED VIEW … INTO 'path' AS …"),
    "connect": ("CONNECT BY", "it is not lowered", "write WITH RECURSIVE"),
    "match": ("MATCH_RECOGNIZE", "it is not lowered", "use window functions"),
    "hint": ("a hint", "the engine takes none", "leave it out"),
    "sort": ("SORT BY", "it means nothing here", "write ORDER BY"),
    "cluster": ("CLUSTER BY", "it means nothing here", "write ORDER BY"),
    "distribute": ("DISTRIBUTE BY", "it means nothing here", "leave it out"),
    "kind": ("SELECT AS", "it is not read here", "build a struct with named_struct(…)"),
    "settings": ("SETTINGS", "settings belong in treadle.toml", "write [profile] in treadle.toml"),
    "format": ("FORMAT", "the form of output is the command's", "write treadle query --format csv"),
    "ordinality": ("WITH ORDINALITY", "the engine has it not", "use row_number() OVER ()"),
    "only": ("ONLY", "tables have no children here", "leave it out"),
    "hints": ("a table hint", "the engine takes none", "leave it out"),
    "changes": ("CHANGES", "it is not read here", "write read_delta_cdf('path', start_version => 3)"),
    "partition": ("PARTITION in FROM", "it is not read here", "filter on the partition column"),
}


def unavailable(binding: Binding, node: exp.Expr, capability: str, detail: str, remedy: str) -> None:
    """Collect a `CapabilityUnavailable` at a node."""
    missing = MissingCapability(
        capability=capability, requested_by=f"views.{binding.name}", reason="unsupported_operation", detail=detail, remedy=remedy
    )
    binding.problems.catch(CapabilityUnavailable(missing, binding.span(node)))
    binding.doubtful = True


def refuse_clauses(binding: Binding, node: exp.Expr) -> bool:
    """Refuse the clauses of a query or relation that stand in `CLAUSES`; return whether it is free of them."""
    free = True
    for key, (name, why, instead) in CLAUSES.items():
        found = node.args.get(key)
        if found:
            at = found[0] if isinstance(found, list) else found
            unavailable(
                binding, at if isinstance(at, exp.Expr) else node, f"sql.{name.lower().replace(' ', '_')}", f"{name}: {why}", instead
            )
            free = False
    return free


def refuse_relation(binding: Binding, node: exp.Expr) -> bool:
    """Refuse relations that can't be bound; return whether this one can."""
    calls = node.args.get("rows_from")
    if calls:
        binding.fail("T2009", "ROWS FROM is no relation that treadle can read", calls[0], help="call the function itself: FROM f(…)")
        return False
    if not isinstance(node, (exp.Table, exp.Subquery, exp.Values)):
        binding.fail("T2009", "this is no relation that treadle can read", node, help="write a view, a path, or a query in brackets")
        return False
    return refuse_clauses(binding, node)


def refuse_join(binding: Binding, join: exp.Join) -> bool:
    """Refuse joins that nothing lowers yet; return whether this one can be bound."""
    method = str(join.args.get("method") or "").upper()
    if method not in ("", "NATURAL", "ASOF"):
        unavailable(binding, join, "sql.join_method", f"{method} JOIN is not read here", "leave the word out")
        return False
    for key in ("global_", "hint", "pivots", "directed", "nearest"):
        if join.args.get(key):
            unavailable(binding, join, "sql.join_clause", f"{key.rstrip('_').upper()} of a join is not read here", "leave it out")
            return False
    return True
