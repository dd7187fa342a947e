"""Owns hashes of texts and bytes, by Blake2b (RFC 7693), whose digest length is a parameter of the hash itself."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b, sha1
from typing import Any
from zlib import crc32

import pyarrow as pa
import pyarrow.compute as pc

_SIGN = 1 << 63


def hash_64(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return for each text or bytes the digest of 8 bytes as a big-endian integer without its top bit; null for null."""
    from_bytes = int.from_bytes
    return _each(values, lambda value: from_bytes(blake2b(value, digest_size=8).digest(), "big") & ~_SIGN, pa.int64())


def hash_128(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return for each text or bytes the digest of 16 bytes in lower-case hexadecimal digits; null for null."""
    return _each(values, lambda value: blake2b(value, digest_size=16).hexdigest(), pa.string())


def sha_1(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return SHA-1 (FIPS 180-4) of each text or bytes in hexadecimal digits; a fingerprint, no protection."""
    return _each(values, lambda value: sha1(value, usedforsecurity=False).hexdigest(), pa.string())


def crc_32(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return the checksum of each text or bytes that gzip and PNG have (ISO 3309), from 0 to 2^32 - 1."""
    return _each(values, crc32, pa.int64())


def _each(values: pa.Array[Any], hashed: Callable[[bytes], object], kind: pa.DataType) -> pa.Array[Any]:
    """Return the hash of every value, computed once for values that are often repeated."""
    raw = values.cast(pa.binary(), safe=False) if not pa.types.is_binary(values.type) else values
    if _repeats(raw):
        encoded = raw.dictionary_encode()
        return _each_of(encoded.dictionary, hashed, kind).take(encoded.indices)
    return _each_of(raw, hashed, kind)


def _each_of(raw: pa.Array[Any], hashed: Callable[[bytes], object], kind: pa.DataType) -> pa.Array[Any]:
    return pa.array([None if one is None else hashed(one) for one in raw.to_pylist()], kind)


def _repeats(values: pa.Array[Any]) -> bool:
    """Say whether few different values stand in a batch, judged by its first ones."""
    sample = values.slice(0, 256)
    return len(values) > len(sample) and pc.count_distinct(sample).as_py() * 2 < len(sample)
