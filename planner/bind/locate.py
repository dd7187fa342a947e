"""Owns the way back from an engine's refusal to a place in the user's text.

The engine names no places. So parts of the query are put out of the way one after the
other, innermost first, and the smallest part without which the query plans is to blame.
"""

from __future__ import annotations

import re

from sqlglot import exp

from ...dialect.source import Span
from ..functions.built_ins import described
from ..ports import EngineRefusal
from .context import Binding, refusal_text
from .engine_text import engine_text

CASTS, COUNTS = "cast them to the types that it takes", "give as many as it takes"
"""Ways out where a signature isn't known."""

LIMIT = 300
"""Parts tried at most; each costs about a millisecond, and only on the way to an error."""

LEAVES = (exp.Column, exp.Literal)
SKIPPED = (
    exp.Identifier,
    exp.DataType,
    exp.Var,
    exp.Star,
    exp.Alias,
    exp.Ordered,
    exp.TableAlias,
    exp.Query,
    exp.Table,
    exp.Tuple,
)
CLAUSES = (
    exp.Where,
    exp.Having,
    exp.Group,
    exp.Order,
    exp.Join,
    exp.With,
    exp.From,
    exp.Limit,
    exp.Distinct,
    exp.Qualify,
    exp.CTE,
)


def report_refusal(binding: Binding, tree: exp.Expr, refusal: EngineRefusal, whole: Span | None = None) -> None:
    """Collect one diagnostic for a query that the engine would not plan.

    Args:
        binding: what is bound.
        tree: the query.
        refusal: the engine's words.
        whole: the place to name when no part alone is to blame; the query's own without it.
    """
    blamed = find_culprit(binding, tree, refusal)
    span = whole if whole is not None and blamed is tree else binding.span(blamed)
    code, message, help_ = explain(refusal.message, span.text)
    known = described().get(str(blamed.name).lower()) if code == "T2036" and isinstance(blamed, exp.Anonymous) else None
    if known is not None and help_ in (CASTS, COUNTS):
        help_ = f"write {known.shown(str(blamed.name).lower())}"
    binding.fail(code, message, span, help=help_, cause=refusal_text(refusal))


def find_culprit(binding: Binding, tree: exp.Expr, refusal: EngineRefusal) -> exp.Expr:
    """Return the smallest node without which the query plans, or the query itself."""
    nodes = [n for n in tree.walk(bfs=True) if isinstance(n, exp.Expr) and n.parent is not None]
    nodes.reverse()
    expressions = [n for n in nodes if not isinstance(n, (*SKIPPED, *CLAUSES))]
    compound = [n for n in expressions if not isinstance(n, LEAVES)]
    leaves = [n for n in expressions if isinstance(n, LEAVES)]
    ordered = [*leaves, *compound] if "GROUP BY" in refusal.message else [*compound, *leaves]
    for node in ordered[:LIMIT]:
        if _plans_without(binding, tree, node):
            return node
    return tree


def _plans_without(binding: Binding, tree: exp.Expr, node: exp.Expr) -> bool:
    stand_in = exp.Null()
    node.replace(stand_in)
    try:
        text, values = engine_text(tree, binding.catalog.parameters, binding.catalog.values)
        binding.catalog.engine_oracle.schema(text, values)
    except Exception:
        return False
    finally:
        stand_in.replace(node)
    return True


_ENGINE_TYPES = {
    **{"Int8": "TINYINT", "Int16": "SMALLINT", "Int32": "INT", "Int64": "BIGINT", "Float32": "FLOAT", "Float64": "DOUBLE"},
    **{"Date32": "DATE", "Boolean": "BOOLEAN"},
}


TOLD = (
    (r"syntax for type interval: \"(.*)\"", "T2030", "the text '{0}' is no INTERVAL", "write it as '3 days' or '1 hour 30 minutes'"),
    (r"Error parsing timestamp from '([^']*)'", "T2030", "the text '{0}' is no TIMESTAMP", "write it as 2013-01-31 12:00:00"),
    (r"Too many columns! The subquery", "T2014", "a subquery that stands for a value gives several columns", "select one of them"),
    (r"'NOT' requires a boolean", "T2030", "`{shown}` denies what is no condition", "compare it with something"),
    (r"non-boolean predicate", "T2030", "`{shown}` is no condition", "compare it with something"),
    (r"LIMIT must be >= 0|OFFSET must be >= 0", "T2030", "`{shown}` is no number of rows", "write a whole number from 0"),
    (
        r"RANGE requires exactly one ORDER BY",
        "T2034",
        "RANGE with a distance needs one key to measure it by",
        "write ORDER BY with one key, or ROWS",
    ),
    (
        r"array_element does not support type",
        "T2036",
        "`{shown}` asks for an element of what is no list",
        "brackets are for lists, maps and structs",
    ),
    (
        r"Cannot access field .* type List",
        "T2036",
        "`{shown}` asks a list for a field",
        "elements have places: list[1]; UNNEST makes rows of them",
    ),
    (
        r"unable to unwrap lambda",
        "T2034",
        "the engine can't join on a lambda alone",
        "add an equality, or UNNEST the list and join on its elements",
    ),
)
"""What the engine says, the code, what is told instead, and the way out; first match wins."""


def explain(engine: str, text: str) -> tuple[str, str, str | None]:
    """Return code, message and way out for the engine's words about a piece of text."""
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    if "must be in the GROUP BY" in engine or "must appear in the GROUP BY" in engine or "Column in SELECT must be" in engine:
        return "T2035", f"`{shown}` is neither in GROUP BY nor inside an aggregate", "add it to GROUP BY, or write GROUP BY ALL"
    for pattern, code, message, way in TOLD:
        if found := re.search(pattern, engine):
            return code, message.format(*found.groups(), shown=shown), way
    counts = re.findall(r"expects (\d+) arguments? but received (\d+)", engine)
    if counts:
        taken = " or ".join(sorted({wanted for wanted, _ in counts}))
        return "T2036", f"`{shown}` has {counts[0][1]} arguments, the function takes {taken}", COUNTS
    match = re.search(r"No function matches the given name and argument types '([^']*)'", engine)
    if (
        match
        or "Error during planning: Failed to coerce arguments" in engine
        or "failed to coerce" in engine.lower()
        or "failed to match any signature" in engine
    ):
        return "T2036", f"`{shown}` has arguments that this function does not take", CASTS
    if re.search(
        r"[Cc]annot coerce|[Cc]annot infer common|[Cc]ould not coerce|can't be evaluated because there isn't a common type", engine
    ):
        return "T2030", f"`{shown}` puts types together that don't fit", "write a CAST on the side that you mean to change"
    if "Aggregate function calls cannot be nested" in engine or "nested" in engine and "ggregate" in engine:
        return "T2037", f"`{shown}` nests aggregates", "compute the inner one in a subquery first"
    cast = re.search(r"Cannot cast string '([^']*)' to value of (\w+(?:\(\d+, -?\d+\))?) type", engine)
    if cast:
        kind = _ENGINE_TYPES.get(cast[2]) or re.sub(r"^Decimal\d+", "DECIMAL", cast[2])
        return "T2030", f"the text '{cast[1]}' is no {kind}, which `{shown}` takes", f"write a value of type {kind}"
    if "For SELECT DISTINCT, ORDER BY expressions" in engine:
        way = "add it to the select list, or sort in a query around this one"
        return "T2034", f"`{shown}` is sorted by, but SELECT DISTINCT doesn't show it", way
    if "Expected LIMIT to be" in engine or "Expected OFFSET to be" in engine:
        return "T2030", f"`{shown}` is no number of rows", "write a whole number, or a parameter that is one"
    return "T2034", f"the engine can't plan `{shown}`", None
