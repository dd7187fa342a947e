"""Owns the pack `hashing`: numbers and texts that stand for values, the same on every machine and for ever."""

from __future__ import annotations

from ....dialect.types import BIGINT, BYTEA, VARCHAR
from ...ports import ScalarFunction
from .base import ArrowFunction, Pack, function

_TEXT_64 = ArrowFunction(ScalarFunction("treadle:hash_64", (VARCHAR,), BIGINT, "IMMUTABLE"), "hashing:hash_64")
_BYTES_64 = ArrowFunction(ScalarFunction("treadle:hash_64_bytes", (BYTEA,), BIGINT, "IMMUTABLE"), "hashing:hash_64")
_TEXT_128 = ArrowFunction(ScalarFunction("treadle:hash_128", (VARCHAR,), VARCHAR, "IMMUTABLE"), "hashing:hash_128")
_BYTES_128 = ArrowFunction(ScalarFunction("treadle:hash_128_bytes", (BYTEA,), VARCHAR, "IMMUTABLE"), "hashing:hash_128")

_64 = "Blake2b with a digest of 8 bytes over {}, as a big-endian number whose top bit is cleared: never below zero."
_128 = "Blake2b with a digest of 16 bytes over {}, as 32 hexadecimal digits in lower case."

PACK = Pack(
    "hashing",
    "Hashes and keys made of values. They are the same on every machine, in every version: Blake2b of RFC 7693 over UTF-8.",
    (
        function(
            "stable_hash64(value VARCHAR) -> BIGINT",
            '"treadle:hash_64"(value)',
            _64.format("the text's UTF-8"),
            "stable_hash64(value => 'UA')",
            "6610440370231548090",
            arrow=(_TEXT_64,),
        ),
        function(
            "stable_hash64(value BYTEA) -> BIGINT",
            '"treadle:hash_64_bytes"(value)',
            _64.format("the bytes"),
            "stable_hash64(value => CAST('UA' AS BYTEA))",
            "6610440370231548090",
            arrow=(_BYTES_64,),
        ),
        function(
            "stable_hash128(value VARCHAR) -> VARCHAR",
            '"treadle:hash_128"(value)',
            _128.format("the text's UTF-8"),
            "stable_hash128(value => 'UA')",
            "'bbcff2a5fe511cfa8470070b6f6825da'",
            arrow=(_TEXT_128,),
        ),
        function(
            "stable_hash128(value BYTEA) -> VARCHAR",
            '"treadle:hash_128_bytes"(value)',
            _128.format("the bytes"),
            "stable_hash128(value => CAST('UA' AS BYTEA))",
            "'bbcff2a5fe511cfa8470070b6f6825da'",
            arrow=(_BYTES_128,),
        ),
    ),
)
