"""Owns the pack `hashing`: numbers and texts that stand for values, the same on every machine and for ever."""

from __future__ import annotations

from ....dialect.types import BIGINT, BYTEA, VARCHAR
from ...ports import ScalarFunction
from .base import ArrowFunction, Given, Pack, RewriteRefused, function
from .canonical import plain, tagged

TEXT_64 = ArrowFunction(ScalarFunction("treadle:hash_64", (VARCHAR,), BIGINT, "IMMUTABLE"), "hashing:hash_64")
BYTES_64 = ArrowFunction(ScalarFunction("treadle:hash_64_bytes", (BYTEA,), BIGINT, "IMMUTABLE"), "hashing:hash_64")
TEXT_128 = ArrowFunction(ScalarFunction("treadle:hash_128", (VARCHAR,), VARCHAR, "IMMUTABLE"), "hashing:hash_128")
BYTES_128 = ArrowFunction(ScalarFunction("treadle:hash_128_bytes", (BYTEA,), VARCHAR, "IMMUTABLE"), "hashing:hash_128")

_SHA_1, _SHA_1_BYTES, _CRC, _CRC_BYTES = (
    ArrowFunction(ScalarFunction(f"treadle:{name}{ending}", (kind,), returns, "IMMUTABLE"), f"hashing:{name}")
    for name, returns in (("sha_1", VARCHAR), ("crc_32", BIGINT))
    for ending, kind in (("", VARCHAR), ("_bytes", BYTEA))
)
_SHA_2 = ("224", "256", "384", "512")

_64 = "Blake2b with a digest of 8 bytes over {}, as a big-endian number whose top bit is cleared: never below zero."
_128 = "Blake2b with a digest of 16 bytes over {}, as 32 hexadecimal digits in lower case."
_SHA_1_DOC = "SHA-1 (FIPS 180-4) of {}, in hexadecimal digits: a fingerprint that others have, no protection."
_CRC_DOC = "The checksum of {} that gzip and PNG have (ISO 3309), from 0 to 4294967295."
NULL_PART = "__NULL__"
PARTS = (2, 65)


def _any(given: Given) -> str:
    kind = given.type("value")
    if kind is None:
        raise RewriteRefused("value", "the type of this value is not known here", "CAST it")
    return f'"treadle:hash_64"({tagged("value", kind)})'


def _sha_2(given: Given) -> str:
    bits = given.number("bits")
    if bits not in _SHA_2:
        raise RewriteRefused("bits", "SHA-2 has no digest of so many bits", f"write one of {', '.join(_SHA_2)}")
    return f"encode(digest(value, 'sha{bits}'), 'hex')"


def _plain(given: Given, parameter: str) -> list[str]:
    found = []
    for name, kind in zip(given.names(parameter), given.types[parameter], strict=True):
        try:
            found.append(name if kind is None else "CAST(NULL AS VARCHAR)" if kind.name == "NULL" else plain(name, kind))
        except RewriteRefused as refused:
            raise RewriteRefused(parameter, refused.args[0], refused.help) from None
    return found


def _id(given: Given) -> str:
    if not given.types["value"]:
        raise RewriteRefused("prefix", "an id is made of at least one value", "write stable_id(prefix, value, …)")
    return f"prefix || ':' || \"treadle:hash_128\"({' || chr(31) || '.join(_plain(given, 'value'))})"


def _id_parts(given: Given) -> str:
    count = len(given.types["part"])
    if not PARTS[0] <= count <= PARTS[1]:
        message = f"an id is made of {PARTS[0]} to {PARTS[1]} parts, here are {count}"
        raise RewriteRefused("part", message, "hash a list: stable_hash_any([…])")
    texts = (f"coalesce({one}, '{NULL_PART}')" for one in _plain(given, "part"))
    return f'"treadle:hash_128"({" || chr(31) || ".join(texts)})'


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
            arrow=(TEXT_64,),
        ),
        function(
            "stable_hash64(value BYTEA) -> BIGINT",
            '"treadle:hash_64_bytes"(value)',
            _64.format("the bytes"),
            "stable_hash64(value => CAST('UA' AS BYTEA))",
            "6610440370231548090",
            arrow=(BYTES_64,),
        ),
        function(
            "stable_hash128(value VARCHAR) -> VARCHAR",
            '"treadle:hash_128"(value)',
            _128.format("the text's UTF-8"),
            "stable_hash128(value => 'UA')",
            "'bbcff2a5fe511cfa8470070b6f6825da'",
            arrow=(TEXT_128,),
        ),
        function(
            "stable_hash128(value BYTEA) -> VARCHAR",
            '"treadle:hash_128_bytes"(value)',
            _128.format("the bytes"),
            "stable_hash128(value => CAST('UA' AS BYTEA))",
            "'bbcff2a5fe511cfa8470070b6f6825da'",
            arrow=(BYTES_128,),
        ),
        function(
            "stable_hash_any(value ANY) -> BIGINT",
            _any,
            "`stable_hash64` of a canonical text that says the value and its kind: `i:5` of 5, whatever the width, `s:1:5` of '5',"
            " `[i:1,n]` of [1, NULL], `{1:a=i:1}` of {'a': 1}; maps in the order of their keys.",
            "stable_hash_any(value => [1, NULL])",
            "stable_hash64('[i:1,n]')",
            nulls="null has a hash of its own",
            arrow=(TEXT_64,),
        ),
        function(
            "prefixed_hash64(prefix VARCHAR, value VARCHAR) -> VARCHAR",
            "prefix || ':' || CAST(\"treadle:hash_64\"(value) AS VARCHAR)",
            "The prefix, a colon and `stable_hash64` of the text.",
            "prefixed_hash64(prefix => 'carrier', value => 'UA')",
            "'carrier:6610440370231548090'",
            arrow=(TEXT_64,),
        ),
        function(
            "stable_id(prefix VARCHAR, value ANY...) -> VARCHAR",
            _id,
            "The prefix, a colon and `stable_hash128` of the values' texts with U+001F between them.",
            "stable_id('flight', 'UA', 1545)",
            "'flight:' || stable_hash128('UA' || chr(31) || '1545')",
            arrow=(TEXT_128,),
        ),
        function(
            "stable_id_parts(part ANY...) -> VARCHAR",
            _id_parts,
            f"`stable_hash128` of {PARTS[0]} to {PARTS[1]} parts' texts with U+001F between them.",
            "stable_id_parts('UA', NULL, 1545)",
            f"stable_hash128('UA' || chr(31) || '{NULL_PART}' || chr(31) || '1545')",
            nulls=f"null parts count as `{NULL_PART}`",
            arrow=(TEXT_128,),
        ),
        *(
            function(
                f"{name}(value {kind}) -> {returns}",
                f'"treadle:{own}{ending}"(value)',
                doc.format("the text's UTF-8" if kind == "VARCHAR" else "the bytes"),
                f"{name}(value => {value})",
                gives,
                arrow=(arrow,),
            )
            for name, own, returns, doc, gives, arrows in (
                ("sha1", "sha_1", "VARCHAR", _SHA_1_DOC, "'a9993e364706816aba3e25717850c26c9cd0d89d'", (_SHA_1, _SHA_1_BYTES)),
                ("crc32", "crc_32", "BIGINT", _CRC_DOC, "891568578", (_CRC, _CRC_BYTES)),
            )
            for kind, ending, value, arrow in (
                ("VARCHAR", "", "'abc'", arrows[0]),
                ("BYTEA", "_bytes", "CAST('abc' AS BYTEA)", arrows[1]),
            )
        ),
        function(
            "sha2(value VARCHAR, bits INTEGER = 256) -> VARCHAR",
            _sha_2,
            f"SHA-2 (FIPS 180-4) of the text's UTF-8 with a digest of {', '.join(_SHA_2)} bits, in hexadecimal digits.",
            "sha2(value => 'abc', bits => 224)",
            "'23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'",
            nulls="null in `value` gives null",
        ),
    ),
    renamed={"sha": "sha1", "sha1_hex": "sha1", "sha2_hex": "sha2"},
)
