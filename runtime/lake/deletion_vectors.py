"""Owns the decoding of deletion vectors: from a descriptor of the log to the numbers of the rows that it marks.

Delta's protocol, "Deletion Vector Format": a file holds vectors as size, bitmap and checksum; a bitmap is a
magic number, a count, and per high word of the row numbers a 32-bit roaring bitmap in its portable form.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ...dialect.diagnostics import TreadleError, error
from ...planner.ports import DeletionVector
from .faults import words
from .paths import data_file

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = 1681511377
FORMAT = 1
_ROARING, _ROARING_WITH_RUNS = 12346, 12347
_OFFSETS_FROM = 4  # with runs, fewer containers than this have no table of offsets
_ARRAY_LIMIT = 4096
_CONTAINER = 65536
_B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_FROM_Z85 = str.maketrans(_Z85, _B85)
_UUID_LENGTH = 20


class _Damaged(Exception):
    """The bytes are no deletion vector; the text says why."""


def resolve(table: str, descriptor: dict[str, Any]) -> DeletionVector:
    """Return a descriptor of the log with its place resolved.

    Args:
        table: the table's absolute folder.
        descriptor: `deletionVector` of an add or remove, as the log has it.

    Raises T4018 for a descriptor that makes no sense.
    """
    try:
        storage, text = descriptor["storageType"], str(descriptor["pathOrInlineDv"])
        size, cardinality = int(descriptor["sizeInBytes"]), int(descriptor["cardinality"])
        if storage == "i":
            return DeletionVector("i", text, size, cardinality)
        if storage not in ("u", "p"):
            raise _Damaged(f"it is stored as `{storage}`")
        location = data_file(table, text) if storage == "p" else _named(table, text)
        return DeletionVector("f", location, size, cardinality, int(descriptor.get("offset") or 0))
    except (_Damaged, KeyError, ValueError, TypeError) as problem:
        raise error("T4018", f"the log of `{table}` describes a deletion vector that makes no sense", cause=words(problem)) from problem


def _named(table: str, text: str) -> str:
    """Return the path of a vector's file, whose name is a UUID: its last 20 characters, after a folder's name."""
    prefix, name = text[:-_UUID_LENGTH], UUID(bytes=_from_z85(text[-_UUID_LENGTH:]))
    return os.path.join(table, prefix, f"deletion_vector_{name}.bin")


def _from_z85(text: str) -> bytes:
    """Return the bytes of a text; a last group that begins with `#`, as no whole word's does, is one of fewer bytes (delta-kernel-rs)."""
    filled = text[-5:].startswith("#")
    whole, rest = (text[:-5], text[-5:].lstrip("#")) if filled else (text, "")
    try:
        last = 0
        for digit in rest:
            last = last * 85 + _Z85.index(digit)
        return base64.b85decode(whole.translate(_FROM_Z85)) + last.to_bytes(max(len(rest) - 1, 0), "big")
    except (ValueError, OverflowError) as problem:
        raise _Damaged(f"`{text[:40]}` is no text in base 85") from problem


def marked_rows(vector: DeletionVector, file: str) -> pa.Array[Any]:
    """Return the numbers of the rows that a vector marks, from 0, ascending, as 64-bit integers.

    Args:
        vector: which vector.
        file: the data file that it belongs to, for messages.

    Raises:
        TreadleError: T4008, its file is missing; T4018, it is damaged or not what the log says.
    """
    try:
        found = _rows(_from_z85(vector.location)[: vector.size] if vector.storage == "i" else _read(vector))
        if len(found) != vector.cardinality:
            raise _Damaged(f"it marks {len(found)} rows, and the log says {vector.cardinality}")
        return found
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise _missing(vector, file) from problem
    except (_Damaged, OSError, struct.error, binascii.Error, IndexError) as problem:
        where = f" in `{vector.location}`" if vector.storage == "f" else ""
        what = f"the deletion vector of `{file}`{where} can't be read"
        raise error("T4018", what, cause=words(problem), help="restore it from a backup, or read an earlier version") from problem


def require_vector(vector: DeletionVector, file: str) -> None:
    """Raise T4008 when the file that a vector lies in is missing."""
    if vector.storage == "f" and not os.path.exists(vector.location):
        raise _missing(vector, file)


def _missing(vector: DeletionVector, file: str) -> TreadleError:
    what = f"the deletion vector of `{file}` is missing: there is no file `{vector.location}`"
    return error("T4008", what, help="read a later version, or restore the file")


def _read(vector: DeletionVector) -> bytes:
    """Return the bitmap out of a vector's file: a size, the bitmap and its CRC-32, numbers with the high byte first."""
    with Path(vector.location).open("rb") as file:
        version = file.read(1)
        if version != bytes([FORMAT]):
            raise _Damaged(f"the file is of format {version[0] if version else 'none'}, not {FORMAT}")
        file.seek(vector.offset)
        (size,) = struct.unpack(">i", file.read(4))
        if size != vector.size:
            raise _Damaged(f"it has {size} bytes, and the log says {vector.size}")
        data = file.read(size)
        (checksum,) = struct.unpack(">I", file.read(4))
    if len(data) != size or zlib.crc32(data) != checksum:
        raise _Damaged("its checksum is wrong")
    return data


def _rows(data: bytes) -> pa.Array[Any]:
    import pyarrow as pa

    magic, count = struct.unpack_from("<IQ", data)
    if magic != MAGIC:
        raise _Damaged(f"it begins with {magic}, not {MAGIC}")
    parts, at = [], 12
    for _ in range(count):
        (high,) = struct.unpack_from("<I", data, at)
        at, found = _bitmap(data, at + 4, high << 32)
        parts += found
    return pa.concat_arrays(parts) if parts else pa.array([], pa.int64())


def _bitmap(data: bytes, at: int, base: int) -> tuple[int, list[pa.Array[Any]]]:
    """Return the rows of one 32-bit roaring bitmap, container by container, and where it ends."""
    (cookie,) = struct.unpack_from("<I", data, at)
    at += 4
    if cookie & 0xFFFF == _ROARING_WITH_RUNS:
        count = (cookie >> 16) + 1
        flags = data[at : at + (count + 7) // 8]
        at += len(flags)
    elif cookie == _ROARING:
        (count,) = struct.unpack_from("<I", data, at)
        flags, at = b"", at + 4
    else:
        raise _Damaged(f"a bitmap begins with {cookie}")
    heads = list(struct.iter_unpack("<HH", data[at : at + 4 * count]))
    if len(heads) != count:
        raise _Damaged("it ends early")
    at += 4 * count + (4 * count if not flags or count >= _OFFSETS_FROM else 0)
    parts = []
    for number, (key, less) in enumerate(heads):
        runs = bool(flags) and bool(flags[number // 8] >> number % 8 & 1)
        at, found = _runs(data, at) if runs else _listed(data, at, less + 1)
        if len(found) != less + 1:
            raise _Damaged(f"a container holds {len(found)} rows, and its head says {less + 1}")
        parts.append(_plus(found, base + (key << 16)))
    return at, parts


def _plus(numbers: pa.Array[Any], base: int) -> pa.Array[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.add(numbers.cast(pa.int64()), base)


def _listed(data: bytes, at: int, count: int) -> tuple[int, pa.Array[Any]]:
    """Return the rows of a container that lists them, or has a bit for each; and where it ends."""
    import pyarrow as pa
    import pyarrow.compute as pc

    size = 2 * count if count <= _ARRAY_LIMIT else _CONTAINER // 8
    held = data[at : at + size]
    if len(held) != size:
        raise _Damaged("it ends early")
    if count <= _ARRAY_LIMIT:
        return at + size, pa.Array.from_buffers(pa.uint16(), count, [None, pa.py_buffer(held)])
    bits = pa.Array.from_buffers(pa.bool_(), _CONTAINER, [None, pa.py_buffer(held)])
    return at + size, pc.indices_nonzero(bits)


def _runs(data: bytes, at: int) -> tuple[int, pa.Array[Any]]:
    """Return the rows of a container of runs, and where it ends."""
    import pyarrow as pa
    import pyarrow.compute as pc

    (count,) = struct.unpack_from("<H", data, at)
    end = at + 2 + 4 * count
    spans = list(_spans(data[at + 2 : end]))
    ends, held = [bound for span in spans for bound in span], [False, True] * count
    if ends[:1] == [0]:
        ends, held = ends[1:], held[1:]
    flags = pa.RunEndEncodedArray.from_arrays(pa.array(ends, pa.int32()), pa.array(held, pa.bool_()))
    return end, pc.indices_nonzero(pc.run_end_decode(flags))


def _spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the bounds of runs, the end excluded; neighbours that touch come as one."""
    before: tuple[int, int] | None = None
    for start, more in struct.iter_unpack("<HH", data):
        if before is not None and start == before[1]:
            before = (before[0], start + more + 1)
            continue
        if before is not None:
            yield before
        before = (start, start + more + 1)
    if before is not None:
        yield before
