"""Writes deletion vectors by hand, as Delta's protocol says: portable roaring bitmaps, in the log or in files.

No library writes them from Python, and both benchmarks and tests need tables that have some.
"""

from __future__ import annotations

import base64
import json
import struct
import uuid
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from deltalake import DeltaTable

MAGIC = 1681511377
ARRAY_LIMIT = 4096
_B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_TO_Z85 = str.maketrans(_B85, _Z85)


def z85(data: bytes) -> str:
    """Return bytes in ZeroMQ's base 85, filled up to a multiple of four."""
    return base64.b85encode(data + b"\0" * (-len(data) % 4)).decode("ascii").translate(_TO_Z85)


def encode(rows: Sequence[int] | np.ndarray) -> bytes:
    """Return row numbers as Delta's 64-bit roaring bitmap: magic, count of maps, and per high word a portable 32-bit one."""
    numbers = np.unique(np.asarray(rows, dtype=np.uint64))
    highs = numbers >> np.uint64(32)
    parts = [struct.pack("<IQ", MAGIC, len(np.unique(highs)))]
    for high in np.unique(highs):
        parts += [struct.pack("<I", int(high)), _portable(numbers[highs == high].astype(np.uint32))]
    return b"".join(parts)


def _portable(numbers: np.ndarray) -> bytes:
    """Return a 32-bit roaring bitmap in its portable form, without run containers."""
    keys = np.unique(numbers >> 16)
    containers = [_container((numbers[(numbers >> 16) == key] & 0xFFFF).astype("<u2")) for key in keys]
    header = struct.pack("<II", 12346, len(keys))
    sizes = b"".join(struct.pack("<HH", int(key), int((numbers >> 16 == key).sum()) - 1) for key in keys)
    start = len(header) + len(sizes) + 4 * len(keys)
    offsets = []
    for one in containers:
        offsets.append(struct.pack("<I", start))
        start += len(one)
    return b"".join([header, sizes, *offsets, *containers])


def _container(low: np.ndarray) -> bytes:
    if len(low) <= ARRAY_LIMIT:
        return bytes(low.tobytes())
    bits = np.zeros(65536, dtype=np.uint8)
    bits[low] = 1
    return bytes(np.packbits(bits, bitorder="little").tobytes())


def descriptor(table: Path, rows: Sequence[int] | np.ndarray, storage: Literal["i", "u"]) -> dict[str, Any]:
    """Return a deletion vector's descriptor for the log; storage `u` writes its file into the table's folder."""
    data = encode(rows)
    found: dict[str, Any] = {"storageType": storage, "sizeInBytes": len(data), "cardinality": len(np.unique(rows))}
    if storage == "i":
        return {**found, "pathOrInlineDv": z85(data)}
    name = uuid.uuid4()
    body = struct.pack(">i", len(data)) + data + struct.pack(">I", zlib.crc32(data))
    (table / f"deletion_vector_{name}.bin").write_bytes(b"\1" + body)
    return {**found, "pathOrInlineDv": z85(name.bytes), "offset": 1}


def mark(table: Path, marked: Mapping[str, Sequence[int] | np.ndarray], storage: Literal["i", "u", "both"] = "both") -> int:
    """Commit deletion vectors for active files by their path in the log, and return the new version.

    Files whose adds have a vector already are none of this function's business. `both` takes turns.
    """
    library = DeltaTable(str(table))
    version = int(library.version()) + 1
    actions: list[dict[str, Any]] = [{"commitInfo": {"timestamp": 1_700_000_000_000 + version, "operation": "DELETE"}}, _protocol(library)]
    for at, (path, add) in enumerate(sorted(active(table).items())):
        if path not in marked:
            continue
        kind: Literal["i", "u"] = ("i", "u")[at % 2] if storage == "both" else storage  # type: ignore[assignment]
        values = {"path": path, "partitionValues": add["partitionValues"], "size": add["size"], "dataChange": True}
        actions.append({"remove": {**values, "deletionTimestamp": 1_700_000_000_000 + version, "extendedFileMetadata": True}})
        statistics = json.dumps({**json.loads(add["stats"]), "tightBounds": False})
        vector = descriptor(table, marked[path], kind)
        actions.append({"add": {**values, "modificationTime": add["modificationTime"], "stats": statistics, "deletionVector": vector}})
    text = "".join(json.dumps(one) + "\n" for one in actions)
    (table / "_delta_log" / f"{version:020}.json").write_text(text, "utf-8")
    return version


def _protocol(table: DeltaTable) -> dict[str, Any]:
    known = table.protocol()
    reader = sorted({*(known.reader_features or ()), "deletionVectors"})
    writer = sorted({*(known.writer_features or ()), "deletionVectors"})
    return {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": reader, "writerFeatures": writer}}


def active(table: Path) -> dict[str, dict[str, Any]]:
    """Return the active adds of a log that has no checkpoint, by path."""
    active: dict[str, dict[str, Any]] = {}
    for commit in sorted((table / "_delta_log").glob("*.json")):
        for action in map(json.loads, commit.read_text("utf-8").splitlines()):
            if "remove" in action:
                active.pop(action["remove"]["path"], None)
            if "add" in action:
                active[action["add"]["path"]] = action["add"]
    return active
