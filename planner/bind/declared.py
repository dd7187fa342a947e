"""Owns binding of CREATE SOURCE: its location, version and options become constant arguments."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from ...dialect.diagnostics import Problems, did_you_mean
from ...dialect.source import Span
from ...dialect.statements.base import Expr, Option
from ...dialect.statements.source import SourceStatement
from ...dialect.types import quote
from ..functions.tables import table_functions
from .context import Binding, Catalog
from .freshness import FRESHNESS, bind_freshness
from .sources import FORMATS, READERS
from .tables import constant_argument

TEXT_TYPES = ("VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP")
"""Types of columns that text files can be declared with."""


def bind_declared_sources(catalog: Catalog, statements: Mapping[str, SourceStatement], problems: Problems) -> None:
    """Bind every declared source; one that fails is reported once and left out."""
    for statement in statements.values():
        binding = Binding(statement.name.text, statement.span.source, catalog)
        arguments = _arguments(binding, statement)
        if not binding.problems.errors:
            made = catalog.sources.declared(statement, arguments, binding.problems)
            if made is not None:
                catalog.sources.bound[made.name] = bind_freshness(binding, _freshness(statement), made)
        problems.add(*binding.problems)


def _freshness(statement: SourceStatement) -> dict[str, Option]:
    return {one.name.text.lower(): one for one in statement.options if one.name.text.lower() in FRESHNESS}


def _arguments(binding: Binding, statement: SourceStatement) -> dict[str, exp.Expr]:
    found: dict[str, exp.Expr] = {}
    _put(binding, found, "path", statement.location.value)
    for name, island in (("version", statement.version), ("timestamp", statement.timestamp)):
        if isinstance(island, Expr):
            _put(binding, found, name, island.tree)
    if (statement.version or statement.timestamp) and statement.format != "DELTA":
        binding.fail(
            "T2044", f"{statement.format} files have no versions", _versions(statement), help="leave VERSION and TIMESTAMP AS OF out"
        )
    if statement.columns:
        _put_columns(binding, found, statement)
    reader = table_functions()[READERS[FORMATS[statement.format]]]
    known = [*(p.name for p in reader.parameters if p.name != "path"), *FRESHNESS]
    seen = set(found)
    for option in statement.options:
        name = option.name.text.lower()
        if name not in known:
            help_ = did_you_mean(name, known) or f"there are {', '.join(known)}"
            binding.fail("T2020", f"{statement.format} has no option `{option.name.text}`", option.name.span, help=help_)
        elif name in seen:
            binding.fail("T2021", f"the option `{option.name.text}` is given twice", option.name.span)
        elif name not in FRESHNESS:
            _put(binding, found, name, option.value)
        seen.add(name)
    return found


def _put_columns(binding: Binding, found: dict[str, exp.Expr], statement: SourceStatement) -> None:
    """Make the text of declared columns, under which they are part of the source; raises T2049 for those that can't be."""
    if statement.format != "CSV":
        message = f"the columns of {statement.format} are in the files, they can't be declared"
        binding.fail("T2049", message, statement.columns[0].name.span, help="leave COLUMNS out")
        return
    seen: set[str] = set()
    for column in statement.columns:
        kind = column.type.type
        if kind.name not in TEXT_TYPES or kind.zone not in (None, "UTC"):
            message = f"a column of text can't be {kind.sql()}"
            binding.fail("T2049", message, column.type.span, help=f"take one of {', '.join(TEXT_TYPES)}, and CAST it in a view")
        if column.name.text.lower() in seen:
            binding.fail("T2049", f"the column `{column.name.text}` is declared twice", column.name.span, help="leave one out")
        seen.add(column.name.text.lower())
    texts = (f"{quote(c.name.text)} {c.type.type.sql()}{' NOT NULL' if c.required else ''}" for c in statement.columns)
    found["columns"] = exp.Literal.string(", ".join(texts))


def _versions(statement: SourceStatement) -> Span:
    """Return the place of VERSION or TIMESTAMP AS OF; the statement's when it is a parameter's name."""
    places = [one.span for one in (statement.version, statement.timestamp) if isinstance(one, Expr)]
    return places[0] if places else statement.span


def _put(binding: Binding, found: dict[str, exp.Expr], name: str, value: exp.Expr) -> None:
    bound = constant_argument(binding, value.copy())
    if bound is not None:
        found[name] = bound
