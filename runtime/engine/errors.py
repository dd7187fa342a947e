"""Owns the reading of the engine's errors: `refusals` turns what it raises into `EngineRefusal`.

The engine's errors are untyped, so their kind is read from their text; its panics are
`BaseException`s, which `except Exception` would let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ...dialect.diagnostics import TreadleError
from ...planner.ports import EngineRefusal
from ..cancel import Cancelled

# First match wins: a full disk is told by the operating system inside an i/o error.
KINDS = (
    (
        "resources",
        r"Resources exhausted|No space left|StorageFull|disk (space|quota)|os error (28|122)\b|memory pool",
    ),
    (
        "io",
        r"Object ?Store|\bIO error|os error \d+|Parquet error|No such file|Permission denied|Connection (refused|reset)",
    ),
)
_PREFIX = re.compile(
    r"(DataFusion error|Error during planning|Schema error|SQL error|Execution error|Optimizer rule '[^']*' failed|External error|External|"
    r"This feature is not implemented|Invalid or Unsupported Configuration|Arrow error|Internal error|type_coercion|"
    r"(?:DataFusion|Arrow|Object Store) error|ParserError\(\"|TokenizerError\(\")\s*:?\s*"
)
_NOISE = re.compile(
    r"(\n\n?backtrace:.*|\.?\s*This (issue )?was likely caused by a bug in DataFusion.*)",
    re.DOTALL,
)
_NAMESPACE = re.compile(r"\bdatafusion\.(?:public|treadle_\d+)\.")  # private, and different in every session
_PASS = (EngineRefusal, TreadleError, Cancelled, KeyboardInterrupt, SystemExit, GeneratorExit)


@contextmanager
def refusals(phase: str) -> Iterator[None]:
    """Raise what the engine raises inside as `EngineRefusal`.

    Args:
        phase: `plan` or `execute`: the kind of errors whose text says nothing of their kind.
    """
    try:
        yield
    except _PASS:
        raise
    except BaseException as raised:
        raise refusal(raised, phase) from raised


def refusal(raised: BaseException, phase: str) -> EngineRefusal:
    """Return the refusal that stands for something the engine raised."""
    if type(raised).__name__ in ("PanicException", "RustPanic"):
        return EngineRefusal(f"the engine panicked: {clean(str(raised))}", "panic")
    text = str(raised) or type(raised).__name__
    return EngineRefusal(clean(text), kind(text, phase))


def kind(text: str, phase: str) -> str:
    """Return `resources`, `io`, or the phase, by an error's text."""
    return next((name for name, words in KINDS if re.search(words, text, re.IGNORECASE)), phase)


def clean(text: str) -> str:
    """Return an error's text without wrappers, stack dumps and requests to report it.

    >>> clean("DataFusion error: type_coercion\\ncaused by\\nError during planning: Cannot infer it")
    'Cannot infer it'
    """
    text = _NOISE.sub("", text.split("\ncaused by\n")[-1]).strip()
    while (found := _PREFIX.match(text)) and found.end() < len(text):
        text = text[found.end() :].removesuffix('")')
    return _NAMESPACE.sub("", text).strip().rstrip(".")
