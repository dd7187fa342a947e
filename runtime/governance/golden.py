"""Owns the snapshot as a file: functions with what is so of their hooks, as text that people read and compare.

`grammar/hooks.toml` is the committed one. Nothing here needs the engine.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from .hooks import HOOKS, INSTEAD

HEADER = """\
# What the engine does of itself with each function, by probing the live engine: `make governance` compares, and with
# ACCEPT=--accept rewrites this file. docs/hooks.md says what each hook is. A hook that functions of a kind can't have is not listed.
"""
REST = "where there is none"
PYTHON = "functions in Python"
IN_PYTHON = {
    "simplify": "the engine folds calls of constants, nothing else; treadle calls none while it plans",
    "coerce_types": "their signatures are exact; the binder casts arguments to what is declared",
    "short_circuits": "a function gets whole arrays; CASE around a call leaves its rows out",
    "propagate_constraints": "a call says nothing of its arguments; filters on columns still reach scans",
    "groups_accumulator": "the engine makes an object a group; treadle collects rows by array_agg and calls once for many groups",
    "retract_batch": "the engine has no way; treadle gives each frame as a slice of its partition",
    "reverse_expr": "the engine has no way; it sorts",
    "sort_options": "the engine has no way; it sorts",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A function with its hooks.

    Args:
        kind: scalar, aggregate, window or table.
        aliases: its other names.
        hooks: by name, what is so and the probe that said it, in words.
    """

    kind: str
    aliases: tuple[str, ...]
    hooks: Mapping[str, str]

    def told(self) -> Mapping[str, str]:
        """Return all eight hooks; those that functions of the kind can't have are `not observable`."""
        return {hook: self.hooks.get(hook, f"not observable: {self.kind} functions have no such hook") for hook in HOOKS}


Snapshot = Mapping[str, Entry]


def text(snapshot: Snapshot) -> str:
    """Return a snapshot as TOML."""
    instead = "".join(f"{hook} = {json.dumps(does)}\n" for hook, does in INSTEAD.items())
    python = "".join(f"{hook} = {json.dumps(does)}\n" for hook, does in IN_PYTHON.items())
    parts = [HEADER, f"[{json.dumps(REST)}]\n{instead}", f"[{json.dumps(PYTHON)}]\n{python}"]
    for name, entry in snapshot.items():
        key = name if name.replace("_", "").isalnum() else json.dumps(name)
        also = f"aliases = {json.dumps(list(entry.aliases))}\n" if entry.aliases else ""
        hooks = "".join(f"{hook} = {json.dumps(told, ensure_ascii=False)}\n" for hook, told in entry.hooks.items())
        parts.append(f'[{key}]\nkind = "{entry.kind}"\n{also}{hooks}')
    return "\n".join(parts)


def read(document: str) -> Snapshot:
    """Return the snapshot of a text."""
    found = {}
    for name, row in tomllib.loads(document).items():
        if name in (REST, PYTHON):
            continue
        found[name] = Entry(row.pop("kind"), tuple(row.pop("aliases", ())), row)
    return found


def committed() -> Snapshot:
    """Return the snapshot that treadle was built with."""
    return read(files("treadle.grammar").joinpath("hooks.toml").read_text("utf-8"))


def drift(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Yield what differs, a line or two each, in the order of names."""
    for name in sorted({*before, *after}):
        if name not in after:
            yield f"{name}: the engine has it no more"
        elif name not in before:
            yield f"{name}: new, {after[name].kind}"
            yield from (f"    {hook}: {told}" for hook, told in after[name].hooks.items())
        else:
            yield from _changed(name, before[name], after[name])


def _changed(name: str, before: Entry, after: Entry) -> Iterator[str]:
    if (before.kind, before.aliases) != (after.kind, after.aliases):
        yield f"{name}: was {before.kind} {', '.join(before.aliases)}".rstrip()
        yield f"{' ' * len(name)}   is {after.kind} {', '.join(after.aliases)}".rstrip()
    old, new = before.told(), after.told()
    for hook in HOOKS:
        if old[hook] != new[hook]:
            yield f"{name}: {hook}"
            yield f"    - {old[hook]}"
            yield f"    + {new[hook]}"
