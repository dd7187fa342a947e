"""Owns what is probed: a function with arguments that it takes, and how a call of it reads in engine SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...dialect import parse_expression
from ...planner.functions.built_ins import Described, described
from ...planner.ports import BuiltIn, FunctionKind

_PAIRS = ("named_struct", "with_metadata", "get_field")
"""Functions whose variadic arguments come in pairs or say a path: one more would be no call."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A function to probe.

    Args:
        name: lower case.
        kind: as what it is called.
        arguments: engine SQL that it takes, in order; of aggregates and windows over the table `t`.
        call: makes a call of arguments.
        aliases: its other names.
        immutable: whether it gives the same for the same arguments.
        marks: what plans show of a call that is still there.
        layer: who provides its hooks: `engine`, or `rewrite` where its own call stands for another.
        not_run: why it can't be called, else None.
        origin: the pack that it is in; empty for the engine's own.
    """

    name: str
    kind: FunctionKind
    arguments: tuple[str, ...]
    call: Callable[[Sequence[str]], str]
    aliases: tuple[str, ...] = ()
    immutable: bool = True
    marks: tuple[str, ...] = ()
    layer: str = "engine"
    not_run: str | None = None
    origin: str = ""

    def shown(self, given: Sequence[str]) -> str:
        """Return a call as people write it, whatever is written for it."""
        return f"{self.name}({', '.join(given)})"

    @property
    def example(self) -> str:
        """Return a call with its own arguments."""
        return self.call(self.arguments)


def built_in_subjects(registry: Mapping[str, BuiltIn]) -> Iterator[Subject]:
    """Yield the functions of the engine's live registry, each once for each kind; a function without a description is named too."""
    rows = described()
    for name, one in registry.items():
        entry = rows.get(name)
        if entry is None:
            yield Subject(name, one.kind, (), lambda _, name=name: f"{name}()", not_run="nothing says what it takes")  # type: ignore[misc]
        elif entry.name == name:
            yield from (_described(entry, kind, one.volatility == "immutable") for kind in entry.kinds)


def _described(entry: Described, kind: FunctionKind, immutable: bool) -> Subject:
    call = parse_expression(entry.example)
    spans = [(one.expression if isinstance(one, exp.Kwarg) else one).meta["span"] for one in call.expressions]
    arguments = tuple(entry.example[start:end] for start, end in spans)
    if entry.parameters and entry.parameters[-1].variadic and entry.name not in _PAIRS:
        arguments += arguments[-1:]
    marks = (f"{entry.name}(", *(f"{alias}(" for alias in entry.aliases))
    reason = "the engine computes it from grouping sets" if entry.name == "grouping" else entry.not_run
    return Subject(
        entry.name, kind, arguments, lambda given: f"{entry.name}({', '.join(given)})", entry.aliases, immutable, marks, not_run=reason
    )
