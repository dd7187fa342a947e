"""Owns the arguments of calls: positional before named, unknown, doubled and missing ones, defaults.

In: a call's argument nodes and a signature. Out: one node per parameter, in order, None
where the default applies. Every error prints the signature (DESIGN 2, "Named arguments").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from .columns import copy_place
from .context import Binding


@dataclass(frozen=True, slots=True)
class Signature:
    """A callable's name and parameters as people see them.

    Args:
        name: its name as it was declared.
        parameters: names, in order.
        required: for each, whether it has no default.
        shown: `is_late(minutes DOUBLE, grace DOUBLE DEFAULT 15)`.
        variadic: whether the last parameter is a list of any number of further arguments; by name it takes a list.
        identity: what tells it from others of its name, such as `f(DOUBLE)`; empty where it is alone.
    """

    name: str
    parameters: tuple[str, ...]
    required: tuple[bool, ...]
    shown: str
    variadic: bool = False
    identity: str = ""

    @property
    def key(self) -> str:
        """Return the name under which a project knows it."""
        return self.identity or self.name


def place_arguments(binding: Binding, call: exp.Expr, given: Sequence[exp.Expr], signature: Signature) -> list[exp.Expr | None] | None:
    """Return the argument node of each parameter, or None after reporting what is wrong."""
    placed: list[exp.Expr | None] = [None] * len(signature.parameters)
    seen_named = False
    good = True
    if signature.variadic:
        given = _collected(call, given, len(signature.parameters) - 1)
    for position, node in enumerate(given):
        if isinstance(node, exp.Star):
            binding.fail("T2036", f"`{signature.name}` takes no `*`", node, help=f"write {signature.shown}")
            good = False
        elif isinstance(node, exp.Kwarg):
            seen_named = True
            good &= _place_named(binding, node, placed, signature)
        elif seen_named:
            binding.fail("T2022", "a positional argument follows a named one", node, help=f"write {signature.shown}")
            good = False
        elif position >= len(placed):
            count = len(placed)
            takes = f"{count} argument{'' if count == 1 else 's'}"
            binding.fail("T2023", f"`{signature.name}` takes {takes}, this is one more", node, help=f"write {signature.shown}")
            good = False
        else:
            placed[position] = node
    missing = [n for n, p, r in zip(signature.parameters, placed, signature.required, strict=True) if r and p is None]
    if missing and good:
        names = ", ".join(f"`{n}`" for n in missing)
        binding.fail("T2024", f"`{signature.name}` misses its argument {names}", call, help=f"write {signature.shown}")
        good = False
    return placed if good else None


def can_place(given: Sequence[exp.Expr], signature: Signature) -> bool:
    """Say whether a callable takes so many arguments of these names, without reporting anything."""
    if signature.variadic:
        last = len(signature.parameters) - 1
        rest = [one for one in given[last:] if not isinstance(one, exp.Kwarg)]
        given = [*given[:last], *rest[:1], *given[last + len(rest) :]]
    lowered = [p.lower() for p in signature.parameters]
    named = [str(one.this.name).lower() for one in given if isinstance(one, exp.Kwarg)]
    first = len(given) - len(named)
    filled = {*lowered[:first], *named}
    needed = {p for p, required in zip(lowered, signature.required, strict=True) if required}
    return first <= len(lowered) and set(named) <= set(lowered[first:]) and needed <= filled


def _collected(call: exp.Expr, given: Sequence[exp.Expr], at: int) -> list[exp.Expr]:
    """Return arguments with those from a position on as one list; without any the list is empty, if it is not given by name."""
    rest = [one for one in given[at:] if not isinstance(one, exp.Kwarg)]
    if not rest:
        return list(given)
    whole = exp.Anonymous(this="make_array", expressions=rest)
    copy_place(whole, rest[0])
    return [*given[:at], whole, *given[at + len(rest) :]]


def _place_named(binding: Binding, node: exp.Kwarg, placed: list[exp.Expr | None], signature: Signature) -> bool:
    name = str(node.this.name)
    place = binding.span(node)
    place = place.source.span(place.start, place.start + len(name))
    lowered = [p.lower() for p in signature.parameters]
    if name.lower() not in lowered:
        near = did_you_mean(name, signature.parameters)
        binding.fail(
            "T2020", f"`{signature.name}` has no argument `{name}`", place, help=f"{near + ' ' if near else ''}write {signature.shown}"
        )
        return False
    at = lowered.index(name.lower())
    if placed[at] is not None:
        binding.fail("T2021", f"the argument `{signature.parameters[at]}` is given twice", node, help=f"write {signature.shown}")
        return False
    placed[at] = node.expression
    return True
