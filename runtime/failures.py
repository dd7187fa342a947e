"""Owns turning whatever stops a stage into diagnostics that name the view, without secrets.

In: refusals of the engine, errors of the lake, panics. Out: one `TreadleError` with codes of
`grammar/errors.toml`; the engine's own words stand under `cause`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from ..dialect.diagnostics import Bug, Diagnostic, TreadleError, error
from ..dialect.source import Span
from ..planner.ports import EngineRefusal
from .arrow_functions.arithmetic import Overflow, overflowed
from .arrow_functions.json import refused as malformed_json
from .cancel import Cancelled
from .redact import Redactor

BY_KIND = {
    "plan": ("T6054", "the engine can't compute `{view}` as it is written"),
    "execute": ("T6050", "`{view}` failed while it ran"),
    "resources": ("T6051", "`{view}` outgrew its memory or the disk"),
    "io": ("T6052", "a file that `{view}` reads could not be read"),
    "panic": ("T6053", "the engine panicked while `{view}` ran"),
}
WAYS_OUT = (
    (r"out of range Int64|[Oo]verflow", "compute with CAST(… AS DECIMAL(38, 0)) or DOUBLE"),
    (r"[Dd]ivide by zero", "write a / nullif(b, 0), which gives NULL"),
    (r"[Cc]annot cast|[Cc]ast error|parse", "TRY_CAST gives NULL for what can't be read"),
    (r"exceeded|[Rr]esources exhausted|No space", "choose a larger profile, such as --profile large, or filter earlier"),
    (r"unwrap lambda", "add an equality to the join's condition, or UNNEST the list and join on its elements"),
    (r"order requirements", "leave columns out of ORDER BY that are the same in every row"),
    (r"Subquery|Exists", "write the subquery as a join, or compute it in a view of its own"),
    (r"[Ll]iteral", "write a literal where the engine wants one"),
)
"""What helps against the engine's words, first match wins."""

SEVERAL_ROWS = re.compile(r"treadle: (?P<rows>\d+) rows from (?P<query>.*)' to value|Scalar subquery returned more than one row", re.DOTALL)
"""What the engine says when a subquery that stands for one value gives several; ours raise the first, see `planner/bind/one_row.py`."""

WRAPPED = re.compile(r"value of (?P<value>-?\d+) is out of range (?P<type>U?Int\d+)|[Oo]verflow happened on: |Int\d+Array overflow on ")
"""What the engine says when an integer of a sum, a cast, a negation or a division leaves its type."""

_PASS = (Cancelled, KeyboardInterrupt, SystemExit, GeneratorExit, Bug)


@contextmanager
def told(view: str, place: Span | None, redactor: Redactor, places: Mapping[str, Span] = {}) -> Iterator[None]:
    """Raise what goes wrong inside as a `TreadleError` about a view; cancelling and defects of ours pass.

    Args:
        view: the view that was computed or written.
        place: where it is defined, when known; for diagnostics that have no place of their own.
        redactor: takes secrets out of all words.
        places: where views that this one may have inlined are defined, by name.
    """
    try:
        yield
    except _PASS:
        raise
    except TreadleError as problem:
        raise TreadleError(*(_placed(redactor.diagnostic(one), place) for one in problem.diagnostics)) from (problem.__cause__ or problem)
    except EngineRefusal as refused:
        raise _refused(refused, view, place, redactor, places) from refused
    except BaseException as raised:
        if type(raised).__name__ != "PanicException":
            raise
        raise _refused(EngineRefusal(str(raised), "panic"), view, place, redactor, places) from raised


def _refused(refused: EngineRefusal, view: str, place: Span | None, redactor: Redactor, places: Mapping[str, Span]) -> TreadleError:
    if (beyond := overflowed(refused.message)) is not None:
        return _overflow(beyond, place, redactor, places)
    if several := SEVERAL_ROWS.search(refused.message):
        shown = f"`{several['query']}` gave {several['rows']} rows" if several["rows"] else "a subquery gave more than one row"
        message = f"in `{view}` {redactor.text(shown)} where one value is wanted"
        return error("T6056", message, place, help="add LIMIT 1 with ORDER BY, or an aggregate, to the subquery")
    if (malformed := malformed_json(refused.message)) is not None:
        text, why = malformed
        message = f"in `{view}` a text is read as JSON and is none: `{redactor.text(text)}`"
        return error(
            "T6057", message, place, help="write CASE WHEN json_valid(text) THEN … END, or mend the text", cause=redactor.text(why)
        )
    if WRAPPED.search(refused.message):
        message = f"in `{view}` an integer is beyond its type"
        return error("T6058", message, place, help=WAYS_OUT[0][1], cause=redactor.text(refused.message))
    code, message = BY_KIND.get(refused.kind, BY_KIND["execute"])
    way = next((way for pattern, way in WAYS_OUT if re.search(pattern, refused.message)), None)
    return error(code, message.format(view=view), place, help=way, cause=redactor.text(refused.message))


def _overflow(beyond: Overflow, place: Span | None, redactor: Redactor, places: Mapping[str, Span]) -> TreadleError:
    """Return the error of an expression that says itself where it stands; a view of a specification in JSON has no text of its own."""
    span = places[beyond.view].source.span(beyond.start, beyond.end) if beyond.view in places else place
    message = f"in `{beyond.view}` `{redactor.text(beyond.text)}` is beyond {beyond.type} for some row"
    return error("T6058", message, span, help="compute with CAST(… AS DECIMAL(38, 0)) or DOUBLE, or filter such rows out")


def _placed(diagnostic: Diagnostic, place: Span | None) -> Diagnostic:
    return diagnostic if diagnostic.span is not None or place is None else replace(diagnostic, span=place)
