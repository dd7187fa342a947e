"""Owns what can be said of Python source without running it: its functions, their arity, what it imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...dialect.diagnostics import Label, error
from ...dialect.source import Source, Span

_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)
_VALUES = (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.JoinedStr, ast.ListComp, ast.DictComp, ast.BinOp)
BY_ROW = "vectorized"
_NAMES = ("function", "aggregate", "window", "table_function")
DECORATORS = (*_NAMES, *(f"treadle.{name}" for name in _NAMES))


@dataclass(frozen=True, slots=True)
class Declared:
    """What a module's text says of a name.

    Args:
        state: `function`; `missing`; `no function`; `unknown` when only running it would tell.
        names: functions that are there.
        least, most: positional arguments that it takes; None when that is not known, or has no end.
        by_row: whether it is decorated to be called row by row.
        span: where it is written.
    """

    state: Literal["function", "missing", "no function", "unknown"]
    names: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    by_row: bool = False
    span: Span | None = None

    def labels(self, text: str) -> tuple[Label, ...]:
        """Return a label at its place, if that is known."""
        return () if self.span is None else (Label(self.span, text),)


def read_function(source: Source, name: str) -> Declared:
    """Return what a module's text says of a name; raises T2122 when it is no Python."""
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError) as problem:
        line = getattr(problem, "lineno", None) or 1
        message = f"`{source.name}` is no valid Python: {getattr(problem, 'msg', problem)} in line {line}"
        labels = (Label(line_span(source, line), "here"),)
        raise error("T2122", message, help="mend it; `python -m py_compile` says more", labels=labels) from None
    found: dict[str, ast.stmt] = {}
    open_end = False
    for node in _statements(tree.body):
        for bound in _bound(node):
            found[bound] = node
        open_end = open_end or _adds_names(node)
    functions = tuple(n for n, node in found.items() if isinstance(node, ast.FunctionDef) and not n.startswith("_"))
    if name not in found:
        return Declared("unknown" if open_end else "missing", functions)
    return _declared(source, found[name], functions)


def _declared(source: Source, node: ast.stmt, functions: tuple[str, ...]) -> Declared:
    span = line_span(source, node.lineno)
    if isinstance(node, ast.AsyncFunctionDef) or (isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, _VALUES)):
        return Declared("no function", functions, span=span)
    if not isinstance(node, ast.FunctionDef):
        return Declared("unknown", functions, span=span)
    ours = [one for one in node.decorator_list if _is_ours(one)]
    if len(ours) != len(node.decorator_list):
        return Declared("function", functions, span=span)  # another decorator may change the arguments
    arguments = node.args
    places = [*arguments.posonlyargs, *arguments.args]
    unplaced = sum(default is None for default in arguments.kw_defaults)
    most = None if arguments.vararg is not None else len(places)
    least = len(places) - len(arguments.defaults) if not unplaced else None
    return Declared("function", functions, least, most, any(_by_row(one) for one in ours), span)


def _is_ours(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(called) in DECORATORS


def _by_row(node: ast.expr) -> bool:
    """Say whether `@treadle.function` leaves `vectorized` out or says that it is false."""
    given = [k.value for k in node.keywords if k.arg == BY_ROW] if isinstance(node, ast.Call) else []
    return not given or (isinstance(given[0], ast.Constant) and not given[0].value)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those inside `if`, `try` and the like too."""
    for node in body:
        yield node
        if isinstance(node, _BLOCKS):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, part, ()))
            for handler in getattr(node, "handlers", ()):
                yield from _statements(handler.body)


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((one.asname or one.name).partition(".")[0] for one in node.names)
    elif isinstance(node, ast.Assign):
        yield from (name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield node.target.id


def _adds_names(node: ast.stmt) -> bool:
    """Say whether a statement brings names in that the text does not spell: a star, `__getattr__`, `globals()`."""
    if isinstance(node, ast.ImportFrom) and any(one.name == "*" for one in node.names):
        return True
    if isinstance(node, ast.FunctionDef):
        return node.name == "__getattr__" or _touches_globals(node)
    return _touches_globals(node)


def _touches_globals(node: ast.AST) -> bool:
    calls = (one for one in ast.walk(node) if isinstance(one, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id in ("globals", "vars", "exec", "setattr") for call in calls)


def imported(source: Source, module: str, is_package: bool) -> Iterator[str]:
    """Yield the dotted names of modules that a module's text may import, names imported from a package included."""
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError):
        return
    around = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = around[: len(around) - node.level + 1] if node.level else []
            parts = [*base, *([node.module] if node.module else [])]
            yield from [".".join(parts)] if parts else []
            yield from (".".join([*parts, one.name]) for one in node.names)


def line_span(source: Source, line: int) -> Span:
    """Return the place of a line's text, without the space around it."""
    starts = source.line_starts
    at = starts[min(max(line, 1), len(starts)) - 1]
    text = source.text[at:].split("\n", 1)[0].rstrip("\r")
    lead = len(text) - len(text.lstrip())
    return source.span(at + lead, max(at + len(text.rstrip()), at + lead + (1 if text.strip() else 0)))


def module_of(path: Path) -> str:
    """Return the dotted name of a module by its file's path, relative to where it is looked for.

    >>> module_of(Path("geo/earth.py")), module_of(Path("geo/__init__.py"))
    ('geo.earth', 'geo')
    """
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
