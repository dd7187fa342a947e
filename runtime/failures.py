"""Owns turning whatever stops a stage into diagnostics that name the view, without secrets.

In: refusals of the engine, errors of the lake, panics. Out: one `TreadleError` with codes of
`grammar/errors.toml`; the engine's own words stand under `cause`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..dialect.diagnostics import Bug, Diagnostic, TreadleError, error
from ..dialect.source import Span
from ..planner.ports import EngineRefusal
from .cancel import Cancelled
from .redact import Redactor

BY_KIND = {
    "plan": ("T6054", "the engine does not plan `{view}` over the real data"),
    "execute": ("T6050", "`{view}` failed while it ran"),
    "resources": ("T6051", "`{view}` outgrew its memory or the disk"),
    "io": ("T6052", "a file that `{view}` reads could not be read"),
    "panic": ("T6053", "the engine panicked while `{view}` ran"),
}
_PASS = (Cancelled, KeyboardInterrupt, SystemExit, GeneratorExit, Bug)


@contextmanager
def told(view: str, place: Span | None, redactor: Redactor) -> Iterator[None]:
    """Raise what goes wrong inside as a `TreadleError` about a view; cancelling and defects of ours pass.

    Args:
        view: the view that was computed or written.
        place: where it is defined, when known; for diagnostics that have no place of their own.
        redactor: takes secrets out of all words.
    """
    try:
        yield
    except _PASS:
        raise
    except TreadleError as problem:
        raise TreadleError(*(_placed(redactor.diagnostic(one), place) for one in problem.diagnostics)) from problem
    except EngineRefusal as refused:
        raise _refused(refused, view, place, redactor) from refused
    except BaseException as raised:
        if type(raised).__name__ != "PanicException":
            raise
        raise _refused(EngineRefusal(str(raised), "panic"), view, place, redactor) from raised


def _refused(refused: EngineRefusal, view: str, place: Span | None, redactor: Redactor) -> TreadleError:
    code, message = BY_KIND.get(refused.kind, BY_KIND["execute"])
    return error(code, message.format(view=view), place, cause=redactor.text(refused.message))


def _placed(diagnostic: Diagnostic, place: Span | None) -> Diagnostic:
    return diagnostic if diagnostic.span is not None or place is None else replace(diagnostic, span=place)
