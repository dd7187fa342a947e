"""Owns what is known of columns in each of a version's files: of the log's texts, or of the columns that the library makes of those.

Texts are decoded when a predicate first asks for a column: of all files, and kept; or only of those
that partition values leave, when they are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.types import DataType
from .bounds import Known
from .log_statistics import Asked, Path, statistics

FEW = 8
"""One in so many files is few."""


class LoggedStatistics:
    """Statistics as the log spells them.

    Args:
        texts: of each file, or null.
    """

    def __init__(self, texts: pa.ChunkedArray[Any]) -> None:
        """Decode nothing yet."""
        self._texts = texts
        self._known: dict[tuple[Path, str], Known] = {}

    def known(self, columns: Sequence[Asked], places: pa.Array[Any] | None) -> Mapping[Path, Known]:
        """Return what is known of columns by their logical paths, for the files at these places, or all."""
        new = [one for one in columns if self._key(one) not in self._known]
        if new and places is not None and len(places) * FEW < len(self._texts):
            return statistics(self._texts.take(places).to_pylist(), columns)[1]
        found = statistics(self._texts.to_pylist(), new)[1] if new else {}
        self._known |= {self._key(one): found[one[0]] for one in new}
        return {one[0]: self._known[self._key(one)].at(places) for one in columns}

    def texts(self, places: pa.Array[Any] | None) -> Sequence[str | None]:
        """Return the statistics of the files at these places, or all, as the log spells them."""
        found: list[str | None] = (self._texts if places is None else self._texts.take(places)).to_pylist()
        return found

    def _key(self, column: Asked) -> tuple[Path, str]:
        return column[1], column[2].sql()


class LibraryStatistics:
    """Statistics as the library makes columns of them.

    Args:
        adds: its table of files, with structs `min`, `max` and `null_count` under the names that files have.
    """

    def __init__(self, adds: pa.Table) -> None:
        """Keep the table."""
        self._adds = adds

    def known(self, columns: Sequence[Asked], places: pa.Array[Any] | None) -> Mapping[Path, Known]:
        """Return what is known of columns by their logical paths, for the files at these places, or all."""
        return {logical: self._of(stored, type_).at(places) for logical, stored, type_ in columns}

    def texts(self, places: pa.Array[Any] | None) -> Sequence[str | None]:
        """Return nothing: the texts are not known."""
        return ()

    def _of(self, path: Path, type_: DataType) -> Known:
        return Known(type_, self._statistic("min", path), self._statistic("max", path), self._statistic("null_count", path))

    def _statistic(self, kind: str, path: Iterable[str]) -> pa.Array[Any] | None:
        """Return one statistic of one column for all files, None where the log has none."""
        if kind not in self._adds.column_names:
            return None
        column: Any = self._adds[kind].combine_chunks()
        for name in path:
            if not pa.types.is_struct(column.type) or column.type.get_field_index(name) < 0:
                return None
            column = pc.struct_field(column, [name])
        return None if pa.types.is_struct(column.type) else column
