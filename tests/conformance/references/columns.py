"""Owns columns of lines by plain loops over characters."""

from __future__ import annotations


def col_byte(line: str | None, col: int | None, unit: str) -> int | None:
    """Return the offset in UTF-8 of the last character that begins at or before a column, or the line's end."""
    if line is None or col is None:
        return None
    offset = place = 0
    for one in line:
        size = len(one.encode()) if unit == "byte" else len(one.encode("utf-16-le")) // 2 if unit == "utf16" else 1
        if unit == "byte":
            return min(max(col, 0), len(line.encode()))
        if place + size > col:
            return offset
        place += size
        offset += len(one.encode())
    return offset
