"""Owns the pack `text`: normal forms of texts, and what neighbouring systems have for texts and the engine lacks."""

from __future__ import annotations

from ....dialect.types import BOOLEAN, VARCHAR
from ...ports import ScalarFunction
from .base import ArrowFunction, Given, Pack, RewriteRefused, function
from .nested import settled_map
from .printf import printf

NORMALIZE = ArrowFunction(
    ScalarFunction("treadle:utf8_normalize", (VARCHAR, VARCHAR, BOOLEAN, BOOLEAN), VARCHAR, "IMMUTABLE"), "text:utf8_normalize"
)
FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_OPEN, _CLOSE = "chr(64976)", "chr(64977)"
"""Noncharacters that mark matches while they are cut out; texts that are interchanged hold none (Unicode 23.7)."""
_MARKED = "a text that holds U+FDD0 or U+FDD1, which are no characters, gives null"
_CLEAN = f"strpos(text, {_OPEN}) = 0 AND strpos(text, {_CLOSE}) = 0"
_PART = (
    "CASE WHEN regexp_like(text, pattern) THEN"
    " regexp_replace(text, '(?s)^.*?(?:' || pattern || ').*$', '${' || CAST(part AS VARCHAR) || '}') END"
)
"""A part in brackets by its number; `regexp_match` leaves parts out that took no part in the match, and so counts others."""
_SEPARATORS = r"'(?:\s*(?:\.|::?|->|/|\\|#)\s*)+'"


def _normalize(given: Given) -> str:
    form = given.literal("form")
    if form not in FORMS:
        raise RewriteRefused("form", "this is no normal form of Unicode", f"write one of {', '.join(repr(one) for one in FORMS)}")
    return '"treadle:utf8_normalize"(value, form, casefold, collapse_ws)'


def _bits() -> str:
    """Return the bits of a number: each of its hexadecimal digits becomes four, then zeros before the first one go."""
    text = "translate(to_hex(number), '01', 'yz')"
    for digit in "23456789abcdef":
        text = f"replace({text}, '{digit}', '{int(digit, 16):04b}')"
    return f"CASE WHEN number = 0 THEN '0' ELSE ltrim(replace(replace({text}, 'y', '0000'), 'z', '0001'), '0') END"


def _digit_sum() -> str:
    """Return the sum that the Luhn check takes: from the right every second digit doubled, and its two digits added."""
    digit = "TRY_CAST(d AS INT)"
    doubled = f"{digit} * 2 - CASE WHEN {digit} > 4 THEN 9 ELSE 0 END"
    digits = "string_to_array(regexp_replace(reverse(text), '(.)', '${1} ', 'g'), ' ')"
    return f"list_sum(list_transform(array_pop_back({digits}), (d, i) -> CASE WHEN i % 2 = 1 THEN {digit} ELSE {doubled} END))"


_TOKENS = r"array_remove_all(string_to_array(translate(text, delimiters, repeat(left(delimiters, 1), 64)), left(delimiters, 1)), '')"
"""All delimiters become the first one, for the pattern of a class would need its own marks."""
_AFTER = "CASE WHEN strpos(p, sign) > 0 THEN substr(p, strpos(p, sign) + length(sign)) END"
_PAIRS = f"list_transform(string_to_array(text, pairs), p -> named_struct('key', split_part(p, sign, 1), 'value', {_AFTER}))"


PACK = Pack(
    "text",
    "Normal forms of texts, and functions of DuckDB, Spark and Snowflake that the engine has under no name.",
    (
        function(
            "utf8_normalize(value VARCHAR, form VARCHAR = 'NFKC', casefold BOOLEAN = true, collapse_ws BOOLEAN = true) -> VARCHAR",
            _normalize,
            "A text in a normal form of Unicode (UAX 15), without differences of case (full case folding: 'ß' becomes 'ss'), and with every"
            " run of white space as one space and none at the ends.",
            "utf8_normalize(value => '  Straße  Ⅷ ', form => 'NFKC', casefold => true, collapse_ws => true)",
            "'strasse viii'",
            nulls="null in `value`, `casefold` or `collapse_ws` gives null",
            arrow=(NORMALIZE,),
        ),
        function(
            "utf8_null_if_blank(value VARCHAR) -> VARCHAR",
            r"CASE WHEN regexp_like(value, '\S') THEN value END",
            "The text, or null where it is empty or white space alone.",
            "utf8_null_if_blank(value => ' x ')",
            "' x '",
        ),
        function(
            "qname_normalize(name VARCHAR) -> VARCHAR",
            f"nullif(btrim(regexp_replace(\"treadle:utf8_normalize\"(name, 'NFKC', false, true), {_SEPARATORS}, '.', 'g'), '.'), '')",
            r"A qualified name in one spelling: NFKC, `.` for each run of `.`, `:`, `::`, `->`, `/`, `\` and `#` and the white space around"
            " it, none at the ends; its case stays. Null where nothing is left.",
            r"qname_normalize(name => ' pkg/mod::Class#method ')",
            "'pkg.mod.Class.method'",
            arrow=(NORMALIZE,),
        ),
        function(
            "nfc_normalize(text VARCHAR) -> VARCHAR",
            "\"treadle:utf8_normalize\"(text, 'NFC', false, false)",
            "A text in the normal form NFC.",
            "nfc_normalize(text => 'e' || chr(769))",
            "'é'",
            arrow=(NORMALIZE,),
        ),
        function(
            "strip_accents(text VARCHAR) -> VARCHAR",
            r""""treadle:utf8_normalize"(regexp_replace("treadle:utf8_normalize"(text, 'NFD', false, false), '\p{Mn}', '', 'g'),"""
            " 'NFC', false, false)",
            "A text without marks on its letters, in the normal form NFC.",
            "strip_accents(text => 'Zürich')",
            "'Zurich'",
            arrow=(NORMALIZE,),
        ),
        function(
            "regexp_full_match(text VARCHAR, pattern VARCHAR) -> BOOLEAN",
            "regexp_like(text, '^(?:' || pattern || ')$')",
            "Whether a pattern matches a whole text.",
            "regexp_full_match(text => 'abc', pattern => 'a.*')",
            "true",
        ),
        function(
            "regexp_extract(text VARCHAR, pattern VARCHAR, part BIGINT = 0) -> VARCHAR",
            f"coalesce(CASE WHEN part = 0 THEN regexp_match(text, '(' || pattern || ')')[1] ELSE {_PART} END, left(text, 0))",
            "What a pattern's first match holds, or its nth part in brackets; an empty text where there is none.",
            "regexp_extract(text => 'k=v', pattern => '(\\w)=(\\w)', part => 2)",
            "'v'",
            nulls="null in `text` gives null",
        ),
        function(
            "regexp_substr(text VARCHAR, pattern VARCHAR) -> VARCHAR",
            "regexp_match(text, '(' || pattern || ')')[1]",
            "What a pattern's first match holds; null where there is none.",
            "regexp_substr(text => 'a12b', pattern => '[0-9]+')",
            "'12'",
        ),
        function(
            "regexp_extract_all(text VARCHAR, pattern VARCHAR) -> LIST",
            f"CASE WHEN {_CLEAN} THEN list_transform(array_pop_front(string_to_array(regexp_replace(text, '(' || pattern || ')',"
            f" {_OPEN} || '${{1}}' || {_CLOSE}, 'g'), {_OPEN})), m -> split_part(m, {_CLOSE}, 1)) END",
            f"What all matches of a pattern hold, as a list; {_MARKED}.",
            "regexp_extract_all(text => 'a12b3', pattern => '[0-9]+')",
            "['12', '3']",
        ),
        function(
            "regexp_split_to_array(text VARCHAR, pattern VARCHAR) -> LIST",
            f"CASE WHEN text = '' THEN [''] WHEN {_CLEAN} THEN string_to_array(regexp_replace(text, pattern, {_OPEN}, 'g'), {_OPEN}) END",
            f"The pieces of a text between the matches of a pattern; {_MARKED}.",
            "regexp_split_to_array(text => 'a1b22c', pattern => '[0-9]+')",
            "['a', 'b', 'c']",
        ),
        function(
            "regexp_escape(text VARCHAR) -> VARCHAR",
            r"regexp_replace(text, '([\x00-\x7f&&[^A-Za-z0-9_<>]])', '\${1}', 'g')",
            "A text as a pattern that matches exactly it.",
            "regexp_escape(text => 'a.b')",
            r"'a\.b'",
        ),
        function(
            "string_split(text VARCHAR, delimiter VARCHAR) -> LIST",
            "CASE WHEN text = '' THEN [''] ELSE string_to_array(text, nullif(delimiter, '')) END",
            "The pieces of a text between delimiters, which are plain texts; its characters where the delimiter is empty.",
            "string_split(text => 'a,b', delimiter => ',')",
            "['a', 'b']",
            nulls="null in `text` gives null; a null delimiter gives single characters",
        ),
        function(
            "strtok_to_array(text VARCHAR, delimiters VARCHAR = ' ') -> LIST",
            _TOKENS,
            "The pieces of a text between any of some characters, without empty ones.",
            "strtok_to_array(text => 'a.b, c', delimiters => '., ')",
            "['a', 'b', 'c']",
        ),
        function(
            "strtok(text VARCHAR, delimiters VARCHAR = ' ', part BIGINT = 1) -> VARCHAR",
            f"array_element({_TOKENS}, part)",
            "One of those pieces by its number, from 1; null where there are fewer.",
            "strtok(text => 'a.b, c', delimiters => '., ', part => 2)",
            "'b'",
        ),
        function(
            "str_to_map(text VARCHAR, pairs VARCHAR = ',', sign VARCHAR = ':') -> MAP",
            f"CASE WHEN text IS NOT NULL AND pairs IS NOT NULL AND sign IS NOT NULL THEN {settled_map(_PAIRS)} END",
            "The map of a text such as 'a:1,b:2'; a key without a value has null, of several with one key the last one stays.",
            "str_to_map(text => 'a=1;b=2', pairs => ';', sign => '=')",
            "MAP {'a': '1', 'b': '2'}",
        ),
        function(
            "charindex(part VARCHAR, text VARCHAR) -> INT",
            "strpos(text, part)",
            "Where a part begins in a text, from 1; 0 where it does not.",
            "charindex(part => 'b', text => 'abc')",
            "2",
        ),
        function(
            "space(n BIGINT) -> VARCHAR",
            "repeat(' ', n)",
            "So many spaces.",
            "space(n => 2)",
            "'  '",
        ),
        function(
            "insert(text VARCHAR, start BIGINT, count BIGINT, new VARCHAR) -> VARCHAR",
            "left(text, greatest(start - 1, 0)) || new || substr(text, start + count)",
            "A text in which other text stands in place of some characters from a position on.",
            "insert(text => 'abcdef', start => 2, count => 3, new => 'XY')",
            "'aXYef'",
        ),
        function(
            "printf(format VARCHAR, value ANY...) -> VARCHAR",
            printf,
            "A format with values in place of its parts `%s`, `%d`, `%x`, `%X`, with a width, `-` or `0` before it, and `%%`; the format"
            " stands in the call.",
            "printf('%s-%03d', 'UA', 7)",
            "'UA-007'",
            nulls="null in any value gives null",
        ),
        function(
            "luhn_check(text VARCHAR) -> BOOLEAN",
            f"CASE WHEN regexp_like(text, '^[0-9]+$') THEN {_digit_sum()} % 10 = 0 ELSE text IS NULL AND NULL END",
            "Whether a number's digits, such as those of a card, have the check digit of Luhn (ISO/IEC 7812-1).",
            "luhn_check(text => '79927398713')",
            "true",
        ),
        function(
            "hex(number INTEGER) -> VARCHAR",
            "upper(to_hex(number))",
            "A number's hexadecimal digits in upper case; below zero those of its two's complement in 64 bits.",
            "hex(number => 255)",
            "'FF'",
        ),
        function(
            "hex(text VARCHAR) -> VARCHAR",
            "upper(encode(CAST(text AS BYTEA), 'hex'))",
            "The hexadecimal digits of a text's UTF-8, in upper case.",
            "hex(text => 'é')",
            "'C3A9'",
        ),
        function(
            "hex(bytes BYTEA) -> VARCHAR",
            "upper(encode(bytes, 'hex'))",
            "The hexadecimal digits of bytes, in upper case.",
            "hex(bytes => CAST('a' AS BYTEA))",
            "'61'",
        ),
        function(
            "unhex(text VARCHAR) -> BYTEA",
            "decode(text, 'hex')",
            "The bytes that hexadecimal digits say; digits that say none are an error when the query runs.",
            "unhex(text => 'C3A9')",
            "CAST('é' AS BYTEA)",
        ),
        function(
            "bin(number INTEGER) -> VARCHAR",
            _bits(),
            "A number's binary digits; below zero those of its two's complement in 64 bits.",
            "bin(number => 10)",
            "'1010'",
        ),
        function(
            "to_base64(bytes BYTEA) -> VARCHAR",
            "encode(bytes, 'base64pad')",
            "Bytes in base 64 (RFC 4648).",
            "to_base64(bytes => CAST('ab' AS BYTEA))",
            "'YWI='",
        ),
        function(
            "to_base64(text VARCHAR) -> VARCHAR",
            "encode(CAST(text AS BYTEA), 'base64pad')",
            "A text's UTF-8 in base 64.",
            "to_base64(text => 'ab')",
            "'YWI='",
        ),
        function(
            "from_base64(text VARCHAR) -> BYTEA",
            "decode(text, 'base64pad')",
            "The bytes that a text in base 64 says.",
            "from_base64(text => 'YWI=')",
            "CAST('ab' AS BYTEA)",
        ),
        function(
            "base64_decode_string(text VARCHAR) -> VARCHAR",
            "CAST(decode(text, 'base64pad') AS VARCHAR)",
            "The text whose UTF-8 a text in base 64 says.",
            "base64_decode_string(text => 'YWI=')",
            "'ab'",
        ),
        function(
            "hex_decode_string(text VARCHAR) -> VARCHAR",
            "CAST(decode(text, 'hex') AS VARCHAR)",
            "The text whose UTF-8 hexadecimal digits say.",
            "hex_decode_string(text => 'C3A9')",
            "'é'",
        ),
        function(
            "encode(text VARCHAR) -> BYTEA",
            "CAST(text AS BYTEA)",
            "A text's UTF-8.",
            "encode(text => 'é')",
            "x'c3a9'",
        ),
        function(
            "decode(bytes BYTEA) -> VARCHAR",
            "CAST(bytes AS VARCHAR)",
            "The text whose UTF-8 the bytes are.",
            "decode(bytes => x'c3a9')",
            "'é'",
        ),
    ),
    renamed={
        **dict.fromkeys(("str_split",), "string_split"),
        **dict.fromkeys(("string_split_regex", "str_split_regex"), "regexp_split_to_array"),
        "locate": "charindex",
        "base64": "to_base64",
        "unbase64": "from_base64",
        "from_hex": "unhex",
        "to_binary": "bin",
        "format_string": "printf",
        "base64_encode": "to_base64",
        "base64_decode_binary": "from_base64",
        "hex_encode": "hex",
        "hex_decode_binary": "unhex",
        "regexp_substr_all": "regexp_extract_all",
    },
)
