"""Owns the pages of `treadle show functions`: one function, those of a pattern or a pack, all names by group.

In: the packs, the engine's functions, the table functions and the project's own. What is shown fits a narrow screen, and its examples run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from ...dialect.diagnostics import did_you_mean, error
from .console import Console
from .text import cells, wrap

EXAMPLE_ROWS = "(VALUES ('a', 1, 1.5, 'UA', true), ('a', 2, 2.0, 'AA', false), ('b', 3, 4.0, 'DL', true), ('b', 5, 4.5, 'UA', true))"
EXAMPLE_TABLE = f"{EXAMPLE_ROWS} AS t(k, n, x, s, b)"
"""What the examples of aggregates and windows read."""
PROJECT = "project"
_PIECES = re.compile(r"(?:'(?:[^']|'')*'|,(?! )| (?!(?:FROM|WHERE|GROUP|ORDER)\b)|[^', ])+(?:, | )?|, | ")
"""SQL up to the next place where a line may end: behind a comma, before FROM, WHERE, GROUP and ORDER, never in quotes."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a function: what it takes, what it gives."""

    signature: str
    doc: str
    example: str | None = None
    gives: str | None = None
    nulls: str | None = None
    returns: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A function with its forms and its other names.

    Args:
        name: as it is called.
        kind: scalar, aggregate, window or table.
        group: its pack, the engine's group, `tables` or `project`.
        forms: at least one.
        also: its other names.
    """

    name: str
    kind: str
    group: str
    forms: tuple[Form, ...]
    also: tuple[str, ...] = ()

    def as_json(self) -> Mapping[str, object]:
        """Return it as a row."""
        forms = [{key: getattr(form, key) for key in Form.__slots__ if getattr(form, key) is not None} for form in self.forms]
        return {"name": self.name, "kind": self.kind, "group": self.group, "also": self.also, "forms": forms}


def all_functions() -> Mapping[str, tuple[Shown, ...]]:
    """Return treadle's own functions and the engine's by name; one of both stands in the groups of both."""
    from ...planner.functions.aliases import RENAMED
    from ...planner.functions.built_ins import described
    from ...planner.functions.packs import PACKS, renamed
    from ...planner.functions.tables import table_functions

    found: dict[str, dict[str, Shown]] = {}

    def put(name: str, kind: str, group: str, form: Form, also: tuple[str, ...] = ()) -> None:
        known = found.setdefault(name, {}).get(group)
        found[name][group] = Shown(name, kind, group, (form,), also) if known is None else replace(known, forms=(*known.forms, form))

    for pack in PACKS:
        for one in pack.functions:
            put(one.name, one.kind, pack.name, Form(one.shown, one.doc, one.example, one.gives, one.nulls, one.returns))
    for name, told in described().items():
        if name == told.name:
            put(name, ", ".join(told.kinds), told.group, Form(told.shown(), told.doc, told.example), told.aliases)
    for table in table_functions().values():
        put(table.name, "table", "tables", Form(table.shown, table.doc, table.example))
    for other, meant in {**RENAMED, **renamed()}.items():
        for group, known in found.get(meant, {}).items() if other not in found else ():
            found[meant][group] = replace(known, also=(*known.also, other))
    return {name: tuple(groups.values()) for name, groups in found.items()}


def groups(functions: Mapping[str, Sequence[Shown]]) -> list[str]:
    """Return the names of groups in the order in which they are listed."""
    return list(dict.fromkeys(one.group for forms in functions.values() for one in forms))


def show_functions(console: Console, own: Sequence[Shown], name: str | None, pack: str | None) -> None:
    """Print the functions of a pattern, of a group, of both, or all names by group.

    Args:
        console: where to.
        own: the project's.
        name: a name or a pattern with `*` and `?`; None for all.
        pack: a group; None for all.

    Raises:
        TreadleError: T7027 for a name, a pattern or a group that means nothing.
    """
    known = all_functions()
    found = [one for forms in known.values() for one in forms] + list(own)
    if pack is not None:
        listed = [*groups(known), PROJECT]
        if pack not in listed:
            raise error("T7027", f"there is no pack `{pack}`", help=did_you_mean(pack, listed) or f"there are {', '.join(listed)}")
        found = [one for one in found if one.group == pack]
    if name is not None:
        matching = [one for one in found if any(fnmatchcase(word.lower(), name.lower()) for word in (one.name, *one.also))]
        if not matching:
            raise error("T7027", f"`{name}` is not among the functions", help=_way_out(name, found))
        found = matching
    found.sort(key=lambda one: (one.name.lower(), one.group))
    if console.json:
        console.print_json({"functions": [one.as_json() for one in found]})
    elif name is None and pack is None:
        _names(console, found, groups(known))
    else:
        _entries(console, found)


def _way_out(name: str, found: Sequence[Shown]) -> str:
    from ...planner.functions.hints import FOREIGN

    if name.lower() in FOREIGN:
        return f"write {FOREIGN[name.lower()]}"
    words = [word for one in found for word in (one.name, *one.also)]
    near = did_you_mean(name.strip("*?").lower(), words)
    part = "" if set(name) & set("*?") else f"`treadle show functions '*{name[:4]}*'` looks for a part of the name, "
    return near or f"{part}`treadle show functions --all` lists every one"


def _names(console: Console, found: Sequence[Shown], order: Sequence[str]) -> None:
    for group in [PROJECT, *order]:
        names = sorted({one.name for one in found if one.group == group})
        if names:
            console.data(f"{console.out('bold', group)} ({len(names)})\n")
            lines = wrap("  ".join(names), _width(console), "  ")
            console.data("".join(f"{line.rstrip()}\n" for line in lines))
    console.say("`treadle show functions NAME` tells of one,")
    console.say("`--pack GROUP` of a group, 'json*' of all that fit")


def _width(console: Console) -> int:
    return console.width - 1 if console.is_terminal else 100


def _entries(console: Console, found: Sequence[Shown]) -> None:
    width = _width(console)
    for at, one in enumerate(found):
        if at:
            console.data("\n")
        for line in _entry(console, one, width):
            console.data(f"{line.rstrip()}\n")
    if any(kind in one.kind for one in found for kind in ("aggregate", "window")):
        console.say("examples of aggregates and windows read FROM")
        for line in _broken(EXAMPLE_TABLE, width - 2):
            console.say(f"  {line}")


def _entry(console: Console, one: Shown, width: int) -> Iterator[str]:
    for number, form in enumerate(one.forms):
        signature = form.signature + (f" → {form.returns}" if form.returns else "")
        label = one.group if one.kind == "scalar" or one.group.startswith(one.kind) else f"{one.group}, {one.kind}"
        for place, line in enumerate(_broken(signature, width - 4)):
            head = console.out("bold", line) if place == 0 else f"    {line}"
            room = width - cells(line) - cells(label)
            alone = place == 0 and number == 0
            yield f"{head}{' ' * room}{console.out('dim', label)}" if alone and room >= 2 else head
        if number == 0 and cells(_broken(signature, width - 4)[0]) + cells(label) + 2 > width:
            yield f"  {console.out('dim', label)}"
        yield from wrap(form.doc, width, "  ")
        if form.nulls and form.nulls != "null in any argument gives null":
            yield from wrap(f"{form.nulls[0].upper()}{form.nulls[1:]}.", width, "  ")
        yield from _example(console, form, width)
    if one.also:
        yield from wrap(f"also {', '.join(one.also)}", width, "  ")


def _example(console: Console, form: Form, width: int) -> Iterator[str]:
    if not form.example:
        return
    lines = _broken(form.example, width - 6)
    gives = f"→ {form.gives}" if form.gives else ""
    for place, line in enumerate(lines):
        yield console.out("cyan", f"  {'' if place == 0 else '  '}{line}")
    for place, line in enumerate(_broken(gives, width - 6)):
        if line:
            yield f"    {line}" if place == 0 else f"      {line}"


def _broken(text: str, width: int) -> list[str]:
    """Return SQL in lines that mean the same.

    >>> _broken("f('a, b', 2)", 9)
    ["f('a, b',", '2)']
    """
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and cells(lines[-1]) + cells(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]
