"""Owns hashes of texts and bytes, by Blake2b (RFC 7693), whose digest length is a parameter of the hash itself."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from hashlib import blake2b, sha1
from typing import Any
from zlib import crc32

import pyarrow as pa
import pyarrow.compute as pc

_WITHOUT_TOP_BIT = (1 << 63) - 1


def hash_64(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return for each text or bytes the digest of 8 bytes as a big-endian integer without its top bit; null for null."""
    return _each(values, _numbers)


def hash_128(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return for each text or bytes the digest of 16 bytes in lower-case hexadecimal digits; null for null."""
    return _each(values, lambda raw: _made(raw, lambda value: blake2b(value, digest_size=16).hexdigest(), pa.string()))


def sha_1(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return SHA-1 (FIPS 180-4) of each text or bytes in hexadecimal digits; a fingerprint, no protection."""
    return _each(values, lambda raw: _made(raw, lambda value: sha1(value, usedforsecurity=False).hexdigest(), pa.string()))


def crc_32(values: pa.Array[Any]) -> pa.Array[Any]:
    """Return the checksum of each text or bytes that gzip and PNG have (ISO 3309), from 0 to 2^32 - 1."""
    return _each(values, lambda raw: _made(raw, crc32, pa.int64()))


def _each(values: pa.Array[Any], hashed: Callable[[pa.Array[Any]], pa.Array[Any]]) -> pa.Array[Any]:
    """Return the hash of every value, computed once for values that are often repeated."""
    raw = values.cast(pa.binary(), safe=False) if not pa.types.is_binary(values.type) else values
    if _repeats(raw):
        encoded = raw.dictionary_encode()
        return hashed(encoded.dictionary).take(encoded.indices)
    return hashed(raw)


def _made(raw: pa.Array[Any], hashed: Callable[[bytes], object], kind: pa.DataType) -> pa.Array[Any]:
    return pa.array([None if one is None else hashed(one) for one in raw.to_pylist()], kind)


def _numbers(raw: pa.Array[Any]) -> pa.Array[Any]:
    """Return digests of 8 bytes as numbers; all of them are turned round at once, which is quicker than each by itself."""
    values = raw.to_pylist() if not raw.null_count else pc.fill_null(raw, b"").to_pylist()
    turned = array("q", b"".join([blake2b(one, digest_size=8).digest() for one in values]))
    if sys.byteorder == "little":
        turned.byteswap()
    made = pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(turned)])
    made = pc.bit_wise_and(made, pa.scalar(_WITHOUT_TOP_BIT, pa.int64()))
    return pc.if_else(pc.is_valid(raw), made, pa.scalar(None, pa.int64())) if raw.null_count else made


def _repeats(values: pa.Array[Any]) -> bool:
    """Say whether few different values stand in a batch, judged by its first ones."""
    sample = values.slice(0, 256)
    return len(values) > len(sample) and pc.count_distinct(sample).as_py() * 2 < len(sample)
