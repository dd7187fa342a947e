"""Owns compressed text files: how a file is compressed, and its bytes without that."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

from ...planner.values import Value

COMPRESSIONS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
_OTHER_NAMES = {"none": "uncompressed", "bz2": "bzip2", "gz": "gzip", "zst": "zstd"}


def compression_of(path: str, options: Mapping[str, Value]) -> str:
    """Return how a file is compressed: as its options say, else by its ending; `uncompressed` when it isn't."""
    given = options["compression"].value if "compression" in options else None
    found = given if isinstance(given, str) and given else COMPRESSIONS.get(Path(path).suffix.lower(), "uncompressed")
    return _OTHER_NAMES.get(found.lower(), found.lower())


def opened(path: str, compression: str) -> IO[bytes]:
    """Return a file's bytes, decompressed as they are read."""
    if compression == "gzip":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if compression == "bzip2":
        return bz2.open(path, "rb")
    if compression == "xz":
        return lzma.open(path, "rb")
    if compression == "zstd":
        import pyarrow as pa

        return cast("IO[bytes]", pa.CompressedInputStream(pa.OSFile(path), "zstd"))
    return open(path, "rb")
