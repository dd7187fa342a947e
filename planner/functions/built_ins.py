"""Owns what is known of the engine's functions beyond their names: parameters, documentation, examples, from `functions.toml`.

Read once, and only when a call names an argument or somebody asks for documentation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..ports import FunctionKind


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function of the engine's.

    Args:
        name: as calls name it.
        type: for people, such as `VARCHAR`, `NUMBER` or `LIST`.
        required: whether it must be given.
        default: a literal that stands for it before a later argument that is named.
        variadic: whether any number of arguments stands for it by position; always the last one.
    """

    name: str
    type: str
    required: bool = True
    default: str | None = None
    variadic: bool = False

    @property
    def shown(self) -> str:
        """Return it as signatures show it: optional ones in square brackets, `…` behind variadic ones."""
        text = f"{self.name} {self.type}{'…' if self.variadic else ''}" + (f" = {self.default}" if self.default is not None else "")
        return text if self.required or self.variadic else f"[{text}]"


@dataclass(frozen=True, slots=True)
class Described:
    """A function of the engine's as people read of it.

    Args:
        name: its first name.
        aliases: its others.
        group: where documentation lists it.
        kinds: scalar, aggregate, window, table; most have one.
        parameters: in order.
        doc: one sentence.
        example: a call with every argument named.
        not_run: why the example can't be run, else None.
    """

    name: str
    aliases: tuple[str, ...]
    group: str
    kinds: tuple[FunctionKind, ...]
    parameters: tuple[Parameter, ...]
    doc: str
    example: str
    not_run: str | None = None

    def shown(self, name: str | None = None) -> str:
        """Return the signature, under one of the aliases if wanted."""
        return f"{name or self.name}({', '.join(p.shown for p in self.parameters)})"


@cache
def described() -> Mapping[str, Described]:
    """Return every function of the engine's by each of its names, in the order of the file."""
    table = tomllib.loads(files("treadle.grammar").joinpath("functions.toml").read_text("utf-8"))
    found: dict[str, Described] = {}
    for name, row in table.items():
        kinds = row["kind"] if isinstance(row["kind"], list) else [row["kind"]]
        parameters = tuple(parse_parameter(text) for text in row["parameters"])
        aliases = tuple(row.get("aliases", ()))
        made = Described(name, aliases, row["group"], tuple(kinds), parameters, row["doc"], row["example"], row.get("not_run"))
        found |= dict.fromkeys((name, *aliases), made)
    return found


def parse_parameter(text: str) -> Parameter:
    """Return a parameter from `name TYPE`, `name TYPE?`, `name TYPE = literal` or `name TYPE...`.

    >>> parse_parameter("start BIGINT = 1").shown, parse_parameter("str VARCHAR...").shown
    ('[start BIGINT = 1]', 'str VARCHAR…')
    """
    text, _, default = text.partition(" = ")
    name, type_ = text.split(" ")
    variadic = type_.endswith("...")
    optional = type_.endswith("?") or bool(default) or variadic
    return Parameter(name, type_.removesuffix("...").removesuffix("?"), not optional, default or None, variadic)
