"""Owns which columns are in reach of the cursor: those of what stands in FROM, through subqueries and WITH."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....dialect.scan import Stretch
from ..knowledge import ColumnInfo, Knowledge
from .outline import Block, Item

MAX_DEPTH = 20


class Columns:
    """Looks columns up in what is known."""

    def __init__(self, known: Knowledge) -> None:
        """Take what is known."""
        self._known = known
        self._relations = {one.name.lower(): one for one in known.relations}

    def of(self, item: Item, block: Block, depth: int = 0) -> tuple[ColumnInfo, ...]:
        """Return the columns of one thing in FROM, as seen from a block; nothing when they are not known."""
        if depth > MAX_DEPTH:
            return ()
        if item.block is not None:
            return self.made_by(item.block, depth + 1)
        if item.path:
            return self._known.columns_at(item.path)
        if item.name and (cte := block.cte(item.name)) is not None:
            return self.made_by(cte, depth + 1)
        found = self._relations.get(item.name.lower())
        return found.columns if found is not None else ()

    def made_by(self, block: Block, depth: int = 0) -> tuple[ColumnInfo, ...]:
        """Return the columns that a query makes, as far as their names can be told."""
        if depth > MAX_DEPTH:
            return ()
        if block.columns:
            return tuple(ColumnInfo(name) for name in block.columns)
        if block.items is None:
            return tuple(column for item in block.relations for column in self.of(item, block, depth + 1))
        return tuple(column for part in block.items for column in self._made(part, block, depth))

    def _made(self, part: Sequence[Stretch], block: Block, depth: int) -> Iterator[ColumnInfo]:
        """Yield the columns of one part of a select list."""
        if not part:
            return
        last, before = part[-1], part[-2] if len(part) > 1 else None
        if last.text == "*":
            qualifier = part[-3].text.lower() if before is not None and before.text == "." and len(part) > 2 else None
            for item in block.relations:
                if qualifier in (None, item.shown.lower()):
                    yield from self.of(item, block, depth + 1)
        elif last.kind in ("word", "name"):
            name = last.text.strip('"')
            plain = len(part) == 1 or (before is not None and before.text == "." and len(part) == 3)
            yield self._known_column(name, block, depth) if plain else ColumnInfo(name)

    def _known_column(self, name: str, block: Block, depth: int) -> ColumnInfo:
        for item in block.relations:
            for column in self.of(item, block, depth + 1):
                if column.name.lower() == name.lower():
                    return column
        return ColumnInfo(name)
