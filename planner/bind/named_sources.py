"""Owns names of declared sources where a table function of Delta takes a path: `delta_history(flights)`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from ..functions.tables import table_functions
from ..functions.tables.base import TableFunction
from ..ports import VERSIONED
from .columns import find_argument
from .context import Binding
from .names import ADHOC

PATH = "path"
TIMES = {"version", "timestamp"}


def is_name(binding: Binding, function: TableFunction, node: exp.Expr) -> bool:
    """Say whether an argument for a path is a name, and no argument of the function around it."""
    plain = isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier) and not node.args.get("db")
    return plain and function.kind in VERSIONED and find_argument(binding, node) is None  # type: ignore[arg-type]


def named_source(binding: Binding, function: TableFunction, node: exp.Expr, given: Collection[str]) -> Mapping[str, exp.Expr] | None:
    """Return what a declared source is declared with: its path, and the version or time that it stays at; None after an error.

    Args:
        binding: what is bound.
        function: the table function.
        node: the name.
        given: the arguments of the call; a version or time among them is taken in place of the source's own.
    """
    from ...dialect import parse_expression

    catalog, written = binding.catalog, _written(node)
    quoted = any(node.args[key].args.get("quoted") for key in ("table", "this") if node.args.get(key) is not None)
    candidates = [one for one in catalog.names.get(written.lower(), ()) if one == written or not quoted]
    source = catalog.sources.bound.get(candidates[0]) if len(candidates) == 1 else None
    if source is not None and source.kind == "delta":
        taken = {PATH} if TIMES & {*given} else {PATH, *TIMES} & {one.name for one in function.parameters}
        return {name: parse_expression(sql) for name, sql in source.arguments if name in taken}
    if len(candidates) == 1 and candidates[0] in catalog.sources.failed:
        binding.doubtful = True
        return None
    if source is not None:
        binding.fail("T2044", f"`{source.name}` is no Delta table, `{function.name}` has nothing to read there", node, help=PATHS)
    elif len(candidates) == 1:
        binding.fail("T2040", f"`{candidates[0]}` is a view, `{function.name}` wants the path of a table", node, help=PATHS)
    else:
        known = [name for names in catalog.names.values() for name in names if name != ADHOC]
        binding.fail("T2002", f"there is no source `{written}`", node, help=did_you_mean(written, known) or PATHS)
    return None


def names_given(tree: exp.Expr) -> Iterator[str]:
    """Yield the names, in lower case, among the arguments of table functions that read Delta tables."""
    for table in tree.find_all(exp.Table):
        function = table_functions().get(str(table.this.name).lower()) if isinstance(table.this, exp.Anonymous) else None
        if function is not None and function.kind in VERSIONED:
            yield from (_written(one).lower() for one in table.this.find_all(exp.Column))


def _written(node: exp.Expr) -> str:
    return ".".join(str(node.args[key].this) for key in ("table", "this") if node.args.get(key) is not None)


PATHS = "give the path of a Delta table in quotes, or the name of a source that is one"
