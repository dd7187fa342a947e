"""Owns the suspicion that a file spells a column in another case than the table does, as the names in its statistics tell.

Delta's names keep their case and mean the same in any; the engine takes names in files as they are, and a
column that it doesn't find is null. Only what writers put into statistics can be seen without opening a file, so a file is
suspected by these, and its footer decides.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from ...dialect.types import Schema


class SpelledNames:
    """The names of a table's columns, to be held against those in statistics.

    Args:
        schema: the table's columns.
        partition_by: those that stand in no file.
    """

    def __init__(self, schema: Schema, partition_by: Sequence[str]) -> None:
        """Make the decoder, which refuses any other name."""
        self._names = frozenset(name for name in schema.names if name not in partition_by)
        self._folded = {name.casefold() for name in self._names}
        self._decoder = _decoder(sorted(self._names))

    def suspects(self, texts: Sequence[str | None]) -> list[int]:
        """Return the places of the statistics that name a column in another case, and not in the table's."""
        decode, found = self._decoder.decode, list[int]()
        for at, text in enumerate(texts):
            try:
                if text:
                    decode(text)
            except (ValueError, RecursionError):
                if self._differ(text or ""):
                    found.append(at)
        return found

    def _differ(self, text: str) -> bool:
        """Say whether a name in statistics is one of the table's in another case only."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return False
        parts = [said.get(kind) for kind in ("nullCount", "minValues", "maxValues")] if isinstance(said, dict) else []
        names = {name for part in parts if isinstance(part, dict) for name in part}
        return any(name.casefold() in self._folded for name in names - self._names)


def _decoder(names: Sequence[str]) -> msgspec.json.Decoder[Any]:
    """Return a decoder that takes no other names of columns; names that it can't be told make it refuse all statistics."""
    fields = [(f"c{at}", msgspec.Raw, msgspec.Raw()) for at in range(len(names))]
    try:
        rename = {f"c{at}": name for at, name in enumerate(names)}
        columns: Any = msgspec.defstruct("Columns", fields, rename=rename, forbid_unknown_fields=True, gc=False)
    except ValueError:
        columns = msgspec.defstruct("Nothing", [], forbid_unknown_fields=True)
    return msgspec.json.Decoder(msgspec.defstruct("Statistics", [("nullCount", columns | None, None)], gc=False))
