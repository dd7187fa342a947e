"""Owns the digest of a registered function's code: of the file that holds it, else of its bytecode."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Callable
from types import CodeType


def code_digest(work: Callable[..., object]) -> str:
    """Return the digest of a function's code: 32 hexadecimal characters.

    A function in a file has that of the file. One that was typed in has that of its bytecode, its
    constants and its names; what else it reads, such as globals, is not covered.
    """
    try:
        file = inspect.getsourcefile(inspect.unwrap(work))
    except TypeError:
        file = None
    if file is not None and os.path.isfile(file):
        return file_digest(file)
    code = getattr(work, "__code__", None)
    return _of(repr(work).encode() if code is None else _bytes(code))


def file_digest(file: str) -> str:
    """Return the digest of a file."""
    with open(file, "rb") as source:
        return _of(source.read())


def _of(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _bytes(code: CodeType) -> bytes:
    parts = [_bytes(one).hex() if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return code.co_code + "\0".join([*code.co_names, *code.co_varnames, *parts]).encode()
