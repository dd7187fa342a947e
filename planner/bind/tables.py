"""Owns what a table in FROM means: a CTE, a view, a source, a path, or a table function's call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean, nearest
from ...dialect.nodes import Param
from ...dialect.types import Schema
from ...dialect.types_sql import node_type
from ..functions.hints import FOREIGN_TABLES
from ..functions.tables import table_functions
from ..functions.tables.base import TableFunction
from ..last_run import ARGUMENT
from ..last_run import NAME as LAST_RUN
from ..project import BoundSource
from .calls import Signature, place_arguments
from .columns import copy_place, find_argument
from .context import Binding, add_relation
from .infer import infer
from .named_sources import PATH, is_name, named_source
from .names import ADHOC
from .python_functions import refuse_python
from .query import cte_name
from .refusals import unavailable
from .scope import Column, Scope, same
from .sources import kind_of_path

AS_OF = "write it behind a Delta table: FROM flights VERSION AS OF 3, or read_delta('path', version => 3)"
Columns = tuple[Column, ...] | None
Bound = tuple[exp.Expr, Columns, str | None]
PLACEHOLDER = "placeholder"
"""Marks an argument that has no value yet, as a function's body is bound alone; its meta is the default, if it has one."""


def bind_table(binding: Binding, node: exp.Table) -> Bound:
    """Return the bound table, its columns and its qualifier."""
    if isinstance(node.this, exp.Anonymous):
        return _function(binding, node)
    if _is_path(binding, node):
        return _path(binding, node)
    name = node.this
    if node.args.get("catalog") is not None:
        binding.fail("T2002", f"`{_written(node)}` has more than one level of qualification", node, help="names are view or schema.view")
        return node, None, None
    _refuse_missing_comma(binding, node)
    if node.args.get("db") is None:
        for frame in reversed(binding.frames):
            for real, columns in frame.items():
                if same(name, real):
                    refuse_version(binding, node, f"`{real}` is a name of WITH")
                    return _named(node, cte_name(binding, real), real), columns, None
    return _view_or_source(binding, node)


def _written(node: exp.Table) -> str:
    return ".".join(str(node.args[k].this) for k in ("catalog", "db", "this") if node.args.get(k) is not None)


def _is_path(binding: Binding, node: exp.Table) -> bool:
    if isinstance(node.this, exp.Literal):
        return True
    place = node.this.meta.get("span")
    return bool(place) and binding.source.text[place[0] : place[0] + 1] == "'"


def _named(node: exp.Table, real: str, alias: str) -> exp.Table:
    """Return a table under its real or private name, keeping or making its alias."""
    made = exp.Table(this=exp.to_identifier(real, quoted=True))
    given = node.args.get("alias")
    if given is None or given.this is None:
        columns = given.args.get("columns") if given is not None else None
        given = exp.TableAlias(this=exp.to_identifier(alias, quoted=True), columns=columns)
    made.set("alias", given)
    for key in ("joins",):
        if node.args.get(key):
            made.set(key, node.args[key])
    copy_place(made, node)
    return made


def _columns(schema: Schema | None) -> Columns:
    return None if schema is None else tuple(Column(f.name, f.type) for f in schema)


def _view_or_source(binding: Binding, node: exp.Table) -> Bound:
    written = _written(node)
    real = _real_name(binding, node, written)
    if real is None:
        binding.doubtful = True
        return node, None, None
    qualifier = str(node.args["db"].this) if node.args.get("db") is not None else None
    alias = real.rsplit(".", 1)[-1] if qualifier else real
    catalog = binding.catalog
    if real in catalog.views:
        if node.args.get("version") is not None:
            unavailable(
                binding,
                node,
                "sql.view_version",
                f"`{real}` is a view, it has no versions",
                "read its table: read_delta('path', version => 3)",
            )
        if catalog.views[real] is None:
            binding.doubtful = True
        return _named(node, real, alias), _columns(catalog.views[real]), qualifier
    source = catalog.sources.bound.get(real)
    if source is not None and node.args.get("version") is not None:
        source = _at_version(binding, node, source)
    if source is None:
        binding.doubtful = True
        return node, None, qualifier
    return _related(binding, node, source, alias), _columns(source.schema), qualifier


def _real_name(binding: Binding, node: exp.Table, written: str) -> str | None:
    catalog = binding.catalog
    candidates = catalog.names.get(written.lower(), ())
    quoted = bool(node.this.args.get("quoted"))
    found = [c for c in candidates if c == written or not quoted]
    if len(found) == 1:
        return found[0]
    if found:
        binding.fail("T2003", f"`{written}` is ambiguous", node, help="quote one of " + ", ".join(f'"{c}"' for c in found))
        return None
    everything = [name for names in catalog.names.values() for name in names if name != ADHOC]
    everything += [name for frame in binding.frames for name in frame]
    help_ = did_you_mean(written, everything)
    if binding.span(node.this).text[:1] == "$" or binding.span(node).text.upper().startswith("PARAM "):
        help_ = "a parameter stands for a value, not for a name: declare a view or source, or read_delta(PARAM path)"
    if help_ is None and any(str(cte.alias).lower() == written.lower() for cte in _ctes_around(node)):
        help_ = "a query of WITH that reads itself is WITH RECURSIVE"
    if help_ is None:
        help_ = "define it: CREATE VIEW, CREATE SOURCE, or read a path: FROM 'file.parquet'"
    binding.fail("T2002", f"there is no view or source `{written}`", node.this, help=help_)
    return None


def _ctes_around(node: exp.Expr) -> Iterator[exp.CTE]:
    """Yield the queries of WITH that a node stands in."""
    at = node.parent
    while at is not None:
        if isinstance(at, exp.CTE):
            yield at
        at = at.parent


def _related(binding: Binding, node: exp.Table, source: BoundSource, alias: str) -> exp.Table:
    return _named(node, add_relation(binding, source, binding.span(node)), alias)


def _at_version(binding: Binding, node: exp.Table, source: BoundSource) -> BoundSource | None:
    """Return the source of `t VERSION AS OF n` or `t TIMESTAMP AS OF …`."""
    from ...dialect import parse_expression

    if source.kind != "delta":
        binding.fail("T2044", f"`{source.name}` is no Delta table, it has no versions", node, help=AS_OF)
        return None
    version = node.args["version"]
    word = str(version.args.get("this") or version.name or "").upper()
    key = "timestamp" if "TIMESTAMP" in word else "version"
    value = source_argument(binding, version.expression)
    if value is None:
        return None
    path = dict(source.arguments)["path"]
    arguments = {"path": parse_expression(path), key: value}
    return binding.catalog.sources.call("delta", arguments, binding.span(version), binding.problems)


def refuse_version(binding: Binding, node: exp.Expr, what: str) -> None:
    """Refuse AS OF behind what has no versions; it would be lost."""
    if node.args.get("version") is not None:
        binding.fail("T2044", f"{what}, it has no versions", node.args["version"], help=AS_OF)


def _refuse_missing_comma(binding: Binding, node: exp.Table) -> None:
    """Refuse `FROM a b` where `b` is a relation of the project: almost always a comma or JOIN was forgotten."""
    alias = node.args.get("alias")
    if alias is None or alias.this is None:
        return
    place, before = alias.this.meta.get("span"), node.this.meta.get("span")
    if not place or not before or binding.source.text[before[1] : place[0]].strip():
        return
    if str(alias.this.this).lower() in binding.catalog.names:
        binding.fail(
            "T2008", f"`{alias.this.this}` is a view or source, here it would be an alias: is a comma missing?", alias.this,
            help="write a comma or JOIN before it, or AS if an alias is meant",
        )  # fmt: skip


def _path(binding: Binding, node: exp.Table) -> Bound:
    path = str(node.this.this)
    kind = kind_of_path(path) or "delta"
    if kind != "delta":
        refuse_version(binding, node, f"`{path}` is no Delta table")
        node.set("version", None)
    literal = exp.Literal.string(path)
    copy_place(literal, node.this)
    arguments: dict[str, exp.Expr] = {"path": literal}
    if node.args.get("version") is not None:
        value = source_argument(binding, node.args["version"].expression)
        word = str(node.args["version"].args.get("this") or "").upper()
        if value is None:
            return node, None, None
        arguments["timestamp" if "TIMESTAMP" in word else "version"] = value
    source = binding.catalog.sources.call(kind, arguments, binding.span(node.this), binding.problems)
    if source is None:
        binding.doubtful = True
        return node, None, None
    stem = path.rstrip("/").rsplit("/", 1)[-1].split(".", 1)[0] or "path"
    return _related(binding, node, source, stem), _columns(source.schema), None


def _function(binding: Binding, node: exp.Table) -> Bound:
    call = node.this
    name = str(call.name)
    if node.args.get("version") is not None:
        binding.fail("T2044", f"`{name}(…)` is a call, it has no versions", node.args["version"], help="pass the version as an argument")
    macro = binding.catalog.tables.get(name.lower())
    if macro is not None:
        from .table_macros import call_table_macro

        return call_table_macro(binding, node, macro)
    function = table_functions().get(name.lower())
    if function is None:
        _report_function(binding, node, name)
        binding.doubtful = True
        return node, None, None
    if function.kind == "rows":
        from .registry import bind_registry

        return bind_registry(binding, node, function)
    signature = Signature(
        function.name, tuple(p.name for p in function.parameters), tuple(p.required for p in function.parameters), function.shown
    )
    placed = place_arguments(binding, call, call.expressions, signature)
    if placed is None:
        binding.doubtful = True
        return node, None, None
    arguments = _source_arguments(binding, function, placed)
    if arguments is None:
        binding.doubtful = True
        return node, None, None
    source = binding.catalog.sources.call(function.kind, arguments, binding.span(call), binding.problems)
    if source is None:
        binding.doubtful = True
        return node, None, None
    return _related(binding, node, source, function.name), _columns(source.schema), None


def _source_arguments(binding: Binding, function: TableFunction, placed: Sequence[exp.Expr | None]) -> dict[str, exp.Expr] | None:
    """Return the bound arguments of a table function by name; None after reporting what is wrong with one, or in doubt."""
    given = {one.name: node for one, node in zip(function.parameters, placed, strict=True) if node is not None}
    found: dict[str, exp.Expr] = {}
    for name, argument in given.items():
        if name == PATH and is_name(binding, function, argument):
            named = named_source(binding, function, argument, given)
            if named is None:
                return None
            found |= named
            continue
        asks = function.kind == "changes" and name == ARGUMENT and is_last_run(argument)
        placeholder = exp.Literal.number(1) if function.kind == "series" else None
        bound = bind_last_run(binding, argument) if asks else source_argument(binding, argument, placeholder)
        if bound is None:
            return None
        found[name] = bound
    return found


def _report_function(binding: Binding, node: exp.Table, name: str) -> None:
    from .functions import name_span

    catalog = binding.catalog
    if name.lower() in catalog.failed_functions:
        return
    if (
        name.lower() in catalog.macros
        or name.lower() in catalog.python
        or name.lower() in catalog.overloads
        or (name.lower() in catalog.built_ins and name.lower() not in ("unnest", "range"))
    ):
        binding.fail("T2045", f"`{name}` gives one value, it is no table", name_span(binding, node.this), help="call it in the select list")
        return
    elsewhere = FOREIGN_TABLES.get(name.lower())
    help_ = f"write {elsewhere}" if elsewhere else did_you_mean(name, (*table_functions(), *catalog.function_names))
    everything = [real for names in catalog.names.values() for real in names]
    if help_ is None and nearest(name, everything, 1):
        help_ = f"`{nearest(name, everything, 1)[0]}` is a view or source: leave the brackets out"
    binding.fail(
        "T2012",
        f"there is no table function `{name}`",
        name_span(binding, node.this),
        help=help_ or f"there are {', '.join(table_functions())}",
    )


def is_last_run(node: exp.Expr) -> bool:
    """Say whether an argument is a call of `since_last_run`."""
    return isinstance(node, exp.Anonymous) and str(node.name).lower() == LAST_RUN


def bind_last_run(binding: Binding, node: exp.Expr) -> exp.Expr | None:
    """Return `since_last_run(…)` with its argument bound, where a first run starts; None after reporting what is wrong."""
    signature = Signature(LAST_RUN, ("first",), (False,), "since_last_run(first => BIGINT)")
    placed = place_arguments(binding, node, node.expressions, signature)
    bound = None if placed is None or placed[0] is None else source_argument(binding, placed[0])
    if placed is None or (placed[0] is not None and bound is None):
        return None
    made = exp.Anonymous(this=LAST_RUN, expressions=[] if bound is None else [bound])
    copy_place(made, node)
    return made


def constant_argument(binding: Binding, node: exp.Expr) -> exp.Expr | None:
    """Return the bound argument of a table function; a column or a subquery is refused."""
    from .expressions import bind_expression

    column = next((one for one in node.find_all(exp.Column, exp.Query) if not _is_constant(binding, one)), None)
    if column is not None:
        own = "join with what the function reads" if binding.arguments is not None else None
        binding.fail(
            "T2040", f"a table function's argument must be a constant or a parameter, this is {_what(binding, column)}", column,
            help=own or "declare PARAM name TYPE and pass PARAM name, or join with what the function reads",
        )  # fmt: skip
        return None
    if any(str(p.name).lower() in binding.catalog.failed_parameters for p in node.find_all(Param)):
        binding.doubtful = True
        return None
    before = len(binding.problems.errors)
    bound = bind_expression(binding, node, Scope())
    refuse_python(binding, bound, "a table function's argument")
    if bound.find(exp.Query) is not None:
        message = "a table function's argument must be a constant or a parameter, this reads a query"
        binding.fail("T2040", message, node, help="declare PARAM name TYPE and pass PARAM name")
    return bound if len(binding.problems.errors) == before else None


def _is_constant(binding: Binding, node: exp.Expr) -> bool:
    """Say whether a column is an argument of the table function around it, which is a constant there."""
    arguments = binding.arguments
    return arguments is not None and arguments.constant and isinstance(node, exp.Column) and find_argument(binding, node) is not None


def _what(binding: Binding, node: exp.Expr) -> str:
    if not isinstance(node, exp.Column):
        return "a subquery"
    if find_argument(binding, node) is not None:
        return f"the argument `{node.name}`, for which a column may be given"
    return f"the column `{node.sql()}`"


def source_argument(binding: Binding, node: exp.Expr, stand_in: exp.Expr | None = None) -> exp.Expr | None:
    """Return the bound argument of a source; None, and doubt, while it depends on a function's argument that has no value yet.

    Args:
        binding: what is bound.
        node: the argument.
        stand_in: what to take for a value that is not known, where the columns don't depend on it.
    """
    bound = constant_argument(binding, node)
    if bound is None:
        return None
    holder = exp.Paren(this=bound)
    for one in list(holder.find_all(exp.Cast)):
        if PLACEHOLDER in one.meta:
            known = one.meta[PLACEHOLDER] or stand_in
            if known is None:
                binding.doubtful = True
                return None
            one.replace(known.copy())
    return _plain(holder.this)


def _plain(node: exp.Expr) -> exp.Expr:
    """Return what stands in the CAST around an argument where that changes nothing, so that equal sources have one name."""
    if not isinstance(node, exp.Cast) or "argument" not in node.meta:
        return node
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    return inner if isinstance(inner, (exp.Literal, Param)) and infer(inner) == node_type(node.args["to"]) else node
