"""Owns hashes and keys as their definitions say, with `hashlib` alone."""

from __future__ import annotations

import hashlib
from hashlib import blake2b, new
from zlib import crc32

__all__ = ["crc32", "hash64", "hash128", "new", "parts128", "sha1"]


def hash64(value: str | bytes | None) -> int | None:
    """Return Blake2b of 8 bytes, big-endian, the top bit cleared."""
    if value is None:
        return None
    raw = value.encode() if isinstance(value, str) else value
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), "big") % (1 << 63)


def hash128(value: str | bytes | None) -> str | None:
    """Return Blake2b of 16 bytes in hexadecimal digits."""
    if value is None:
        return None
    return blake2b(value.encode() if isinstance(value, str) else value, digest_size=16).hexdigest()


def parts128(*parts: object) -> str | None:
    """Return the key of several parts."""
    return hash128("\x1f".join("__NULL__" if one is None else str(one) for one in parts))


def sha1(value: str) -> str:
    """Return SHA-1 in hexadecimal digits."""
    return hashlib.sha1(value.encode()).hexdigest()
