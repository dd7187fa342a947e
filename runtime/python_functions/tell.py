"""Owns what is said when a Python function fails: one diagnostic at its calls in SQL, with the Python file and line."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from dataclasses import replace
from inspect import unwrap
from pathlib import Path

from ...dialect.diagnostics import Diagnostic, Label, TreadleError, error
from ...dialect.source import Source, Span
from ...planner.bundle import PythonCall
from .outcome import Unfit
from .read_code import line_span

OURS = str(Path(__file__).parent)
MORE = "or called here"
NULLS = "an argument was NULL: declare it STRICT, so that such rows give NULL without a call"


def raised(call: PythonCall, work: Callable[..., object], problem: BaseException, nulls: bool) -> TreadleError:
    """Return the error of a function that raised (T6120, or its own when it asked a query)."""
    if isinstance(problem, TreadleError) and problem.diagnostics[0].code == "T6125":
        return TreadleError(*(_at(call, d.code, d.message, d.help, problem) for d in problem.diagnostics))
    first, *rest = (str(problem).strip() or "").splitlines() or [""]
    kind = type(problem).__name__
    message = f"`{call.function.name}` raised {kind}{': ' if first else ''}{first}"
    strict = call.function.python is not None and call.function.python.strict
    file, line, _ = _frame(problem, work)
    help_ = (
        NULLS if nulls and not strict and isinstance(problem, TypeError) else f"mend `{_name(file)}`, line {line}" if file else "mend it"
    )
    found = _at(call, "T6120", message, help_, problem)
    return TreadleError(replace(found, cause="\n".join([first, *rest]) if rest else None))


def unfit(call: PythonCall, work: Callable[..., object], problem: Unfit) -> TreadleError:
    """Return the error of a function whose results don't fit its declaration."""
    found = _at(call, problem.code, f"`{call.function.name}` {problem.message}", problem.help, None)
    code = getattr(unwrap(work), "__code__", None)
    label = _label(code.co_filename, code.co_firstlineno, "the function is here") if code is not None else None
    return TreadleError(replace(found, labels=(*([label] if label else []), *found.labels)))


def import_failed(call: PythonCall, module: str, place: Span | None, problem: BaseException) -> TreadleError:
    """Return the error of a module that failed while it was run (T6123)."""
    first = (str(problem).strip() or "").split("\n", 1)[0]
    message = f"the module `{module}` of `{call.function.name}` raised {type(problem).__name__}{': ' if first else ''}{first}"
    file, line, _ = _frame(problem, None)
    label = _label(file, line, "raised here") if file else None
    help_ = f"mend `{_name(file)}`, line {line}" if label else "install what it needs, or mend it"
    return error("T6123", message, place, help=help_, labels=(label,) if label else ())


def _at(call: PythonCall, code: str, message: str, help: str | None, problem: BaseException | None) -> Diagnostic:
    """Return a diagnostic at the first call in SQL; labels show the line in Python, and further calls."""
    first, *others = call.places or (None,)
    labels = [Label(span, MORE) for span in others if span is not None]
    if problem is not None:
        file, line, function = _frame(problem, None)
        label = _label(file, line, f"raised here, in {function}") if file else None
        labels = [*([label] if label else []), *labels]
    return error(code, message, first, help=help, labels=tuple(labels)).diagnostics[0]


def _frame(problem: BaseException, work: Callable[..., object] | None) -> tuple[str, int, str]:
    """Return file, line and function of the deepest frame that is no library's, as a user looks for it."""
    frames = [one for one in traceback.extract_tb(problem.__traceback__) if not one.filename.startswith((OURS, "<frozen"))]
    if not frames:
        code = getattr(work and unwrap(work), "__code__", None)
        return (code.co_filename, code.co_firstlineno, code.co_name) if code is not None else ("", 0, "")
    own = [one for one in frames if one.filename == frames[0].filename]
    last = own[-1]
    return last.filename, last.lineno or 1, last.name


def _label(file: str, line: int, text: str) -> Label | None:
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    if not lines:
        return None
    return Label(_span(file, "".join(lines), line), text)


def _span(file: str, text: str, line: int) -> Span:
    return line_span(Source(_name(file), text), line)


def _name(file: str) -> str:
    """Return a file's name for people: relative to the working directory where inside it."""
    path = Path(file)
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return path.as_posix()
