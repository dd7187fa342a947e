"""How treadle reads each table that is known: entries of `tests/corpora/support.toml`, found out, read and written."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import treadle
from tests.support.corpora import features, selected
from tests.support.tree import ROOT

FILE = ROOT / "tests" / "corpora" / "support.toml"
HEAD = """\
# How treadle reads Delta tables that other implementations wrote, and tables made by hand: `native`, by way of the library
# (`fallback`, with its reason), or `refused` with its code. `pytest tests/corpora --accept` rewrites it; read what it prints.
# `docs/delta-support.md` is made from it.
"""
ORDER = ("refused", "fallback", "native")
"""From worst to best."""

Reader = Literal["native", "fallback", "refused"]


@dataclass(frozen=True, slots=True)
class Entry:
    """How one table is read.

    Args:
        reader: `native`, `fallback` or `refused`.
        code: the code of the refusal, else empty.
        reason: why it is not read natively, else empty.
        features: what it asks of readers and writers, by the protocol's names.
    """

    reader: Reader
    code: str = ""
    reason: str = ""
    features: tuple[str, ...] = ()


def entry_of(connection: treadle.Connection, name: str) -> Entry:
    """Read a whole table and return how that went."""
    asked = features(connection.root / name)
    try:
        result = selected(connection, name)
        result.to_arrow()
    except treadle.TreadleError as refused:
        (one,) = refused.diagnostics
        reason = one.message.replace(str(connection.root), "").replace(name, "…") if one.code == "T4006" else ""
        return Entry("refused", one.code, reason, asked)
    ways = [warning.message.split(": ", 1)[-1] for warning in result.warnings if warning.code == "T3160"]
    return Entry("fallback", "", "; ".join(ways), asked) if ways else Entry("native", features=asked)


def read_entries(file: Path = FILE) -> dict[str, Entry]:
    """Return the committed entries by table."""
    raw = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    return {name: Entry(**{**one, "features": tuple(one.get("features", ()))}) for name, one in raw.items()}


def as_toml(entries: dict[str, Entry]) -> str:
    """Return entries as the file's text, sorted by table; what is empty is left out."""
    parts = [HEAD]
    for name in sorted(entries):
        shown = {key: list(value) if key == "features" else value for key, value in asdict(entries[name]).items() if value}
        parts.append(f'\n["{name}"]\n' + "".join(f"{key} = {_toml(value)}\n" for key, value in shown.items()))
    return "".join(parts)


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def moved(known: dict[str, Entry], found: dict[str, Entry]) -> tuple[list[str], list[str]]:
    """Return which tables are read worse and which better than the entries say."""
    both = [name for name in found if name in known]
    ranks = {name: (ORDER.index(known[name].reader), ORDER.index(found[name].reader)) for name in both}
    return [n for n in both if ranks[n][1] < ranks[n][0]], [n for n in both if ranks[n][1] > ranks[n][0]]
