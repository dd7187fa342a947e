"""Owns hashes and keys as their definitions say, with `hashlib` alone."""

from __future__ import annotations

from hashlib import blake2b


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
