"""Owns types in text and in trees: tokens to `DataType`, `DataType` to sqlglot's node and back."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from .diagnostics import Bug, did_you_mean
from .types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    INT,
    INTERVAL,
    NULL,
    TIME,
    VARCHAR,
    DataType,
    Field,
    decimal,
    list_of,
    map_of,
    struct,
    timestamp,
)

_FLOAT, _SMALLINT, _TINYINT = DataType("FLOAT"), DataType("SMALLINT"), DataType("TINYINT")
_UNSIGNED = {word: DataType(f"{word} UNSIGNED") for word in ("TINYINT", "SMALLINT", "INT", "BIGINT")}

#: Every type that is one word, with the spellings people bring from elsewhere.
WORDS: dict[str, DataType] = {
    **{"TINYINT": _TINYINT, "SMALLINT": _SMALLINT, "INT2": _SMALLINT, "INT": INT, "INTEGER": INT, "INT4": INT, "BIGINT": BIGINT},
    **{"INT8": BIGINT, "UTINYINT": _UNSIGNED["TINYINT"], "USMALLINT": _UNSIGNED["SMALLINT"], "UINTEGER": _UNSIGNED["INT"]},
    **{"UBIGINT": _UNSIGNED["BIGINT"], "FLOAT": _FLOAT, "REAL": _FLOAT, "FLOAT4": _FLOAT, "DOUBLE": DOUBLE, "FLOAT8": DOUBLE},
    **{"BOOLEAN": BOOLEAN, "BOOL": BOOLEAN, "VARCHAR": VARCHAR, "TEXT": VARCHAR, "STRING": VARCHAR, "CHAR": VARCHAR},
    **{"CHARACTER": VARCHAR, "BYTEA": BYTEA, "BLOB": BYTEA, "BINARY": BYTEA, "VARBINARY": BYTEA, "DATE": DATE, "TIME": TIME},
    **{"INTERVAL": INTERVAL, "NULL": NULL, "TIMESTAMP": timestamp(), "DATETIME": timestamp(), "TIMESTAMPTZ": timestamp(zone="UTC")},
}
_PARTED = ("DECIMAL", "NUMERIC", "DEC", "DURATION", "LIST", "ARRAY", "STRUCT", "ROW", "MAP")
_CLOSING = {TokenType.L_PAREN: TokenType.R_PAREN, TokenType.LT: TokenType.GT}


#: Types of other systems, and what they are here.
ELSEWHERE: dict[str, str] = {
    **{
        "LONG": "BIGINT",
        "SHORT": "SMALLINT",
        "BYTE": "TINYINT",
        "INT64": "BIGINT",
        "FLOAT64": "DOUBLE",
        "BYTES": "BYTEA",
        "CLOB": "VARCHAR",
    },
    **{"NUMBER": "DECIMAL(38, 0), or BIGINT", "MONEY": "DECIMAL(18, 2)", "BIGNUMERIC": "DECIMAL(38, 9)", "BIGDECIMAL": "DECIMAL(38, 9)"},
    **{"HUGEINT": "DECIMAL(38, 0)", "UHUGEINT": "DECIMAL(38, 0)", "INT128": "DECIMAL(38, 0)"},
    **{"SERIAL": "BIGINT", "NVARCHAR": "VARCHAR", "CLOB": "VARCHAR"},
    **{"UUID": "VARCHAR", "JSON": "VARCHAR", "JSONB": "VARCHAR", "VARIANT": "VARCHAR, or a STRUCT", "OBJECT": "a STRUCT or MAP"},
    **{"ENUM": "VARCHAR", "BIT": "BOOLEAN", "BITSTRING": "VARCHAR", "UNION": "a STRUCT", "TIMESTAMP_NTZ": "TIMESTAMP"},
    **{"TIMESTAMP_LTZ": "TIMESTAMPTZ", "TIMESTAMP_TZ": "TIMESTAMPTZ", "DATETIME2": "TIMESTAMP", "SMALLDATETIME": "TIMESTAMP"},
}


def _type_help(text: str, following: str, before: str) -> str:
    """Return the way out for a word that is no type, by the words around it."""
    word = text.upper()
    if before.upper() in WORDS:
        return f"the name comes first: {text} {before}"
    if word in ELSEWHERE:
        return f"write {ELSEWHERE[word]}"
    if following in WORDS:
        return f"is `{following}` the type?"
    return did_you_mean(word, (*WORDS, *_PARTED)) or f"types are {', '.join(_COMMON)}, DECIMAL(p, s), LIST, STRUCT and MAP"


_COMMON = ("BIGINT", "INT", "DOUBLE", "BOOLEAN", "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME", "INTERVAL", "BYTEA")


class TypeStop(Exception):
    """A type that cannot be read; `token` is the place, None at the end of the tokens."""

    def __init__(self, message: str, token: Token | None, help: str | None = None, code: str = "T1010") -> None:
        """Store the fault."""
        super().__init__(message)
        self.message, self.token, self.help, self.code = message, token, help, code


def read_type(tokens: list[Token], index: int) -> tuple[DataType, int]:
    """Return the type that begins at a token, and the index of the token behind it.

    Raises:
        TypeStop: T1010 for an unknown type or a wrong part of one, T1001 when no type is there.
    """
    reader = _TypeReader(tokens, index)
    return reader.type(), reader.at


class _TypeReader:
    """A cursor over tokens that reads types; recursive, without going back."""

    def __init__(self, tokens: list[Token], at: int) -> None:
        self.tokens, self.at = tokens, at

    def kind(self) -> TokenType | None:
        return self.tokens[self.at].token_type if self.at < len(self.tokens) else None

    def word(self, ahead: int = 0) -> str:
        at = self.at + ahead
        quoted = at >= len(self.tokens) or self.tokens[at].token_type in (TokenType.IDENTIFIER, TokenType.STRING)
        return "" if quoted else self.tokens[at].text.upper()

    def take(self, kind: TokenType, expected: str) -> Token:
        if self.kind() is not kind:
            raise self.stop(f"expected {expected}")
        self.at += 1
        return self.tokens[self.at - 1]

    def stop(self, message: str) -> TypeStop:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        found = f"found `{token.text}`" if token is not None else "the type ends here"
        return TypeStop(f"{found}, {message}", token, code="T1001")

    def type(self) -> DataType:
        found = self.simple()
        while self.kind() is TokenType.L_BRACKET:
            self.at += 1
            self.take(TokenType.R_BRACKET, "`]`; lists have no fixed length")
            found = list_of(found)
        return found

    def simple(self) -> DataType:
        word = self.word()
        if not word or not (word[0].isalpha() or word[0] == "_"):
            raise self.stop("expected a type")
        token = self.tokens[self.at]
        self.at += 1
        if word in _READERS:
            return _READERS[word](self)
        if word not in WORDS:
            help = _type_help(token.text, self.word(), self.tokens[self.at - 2].text if self.at > 1 else "")
            raise TypeStop(f"found `{token.text}`, expected a type", token, help)
        return self.suffixed(word)

    def suffixed(self, word: str) -> DataType:
        """Read what may follow a type of one word: PRECISION, UNSIGNED, VARYING, digits, a time zone."""
        found = WORDS[word]
        if word == "DOUBLE" and self.word() == "PRECISION" or word in ("CHARACTER", "CHAR", "BINARY") and self.word() == "VARYING":
            self.at += 1
        if found.name in _UNSIGNED and self.word() == "UNSIGNED":
            self.at += 1
            return _UNSIGNED[found.name]
        if found.name == "TIMESTAMP":
            return self.zoned(found, self.digits() if self.kind() is TokenType.L_PAREN else 6)
        if word in ("VARCHAR", "CHAR", "CHARACTER") and self.kind() is TokenType.L_PAREN:
            raise TypeStop("text has no length limit here", self.tokens[self.at], "leave the length out, or add an expectation")
        if word == "TIME" and self.word() in ("WITH", "WITHOUT") and self.word(1) == "TIME":
            raise TypeStop("a time has no zone", self.tokens[self.at], "use TIMESTAMP WITH TIME ZONE")
        return found

    def zoned(self, found: DataType, precision: int) -> DataType:
        zone = found.zone
        local = 1 if self.word(1) == "LOCAL" else 0
        if self.word() in ("WITH", "WITHOUT") and self.word(1 + local) == "TIME" and self.word(2 + local) == "ZONE":
            zone = "UTC" if self.word() == "WITH" else None
            self.at += 3 + local
        return timestamp(precision, zone)

    def digits(self) -> int:
        self.take(TokenType.L_PAREN, "`(`")
        token = self.take(TokenType.NUMBER, "a number of digits")
        if token.text not in ("0", "3", "6", "9"):
            raise TypeStop(f"found {token.text} digits of the second, expected 0, 3, 6 or 9", token)
        self.take(TokenType.R_PAREN, "`)`")
        return int(token.text)

    def decimal(self) -> DataType:
        if self.kind() is not TokenType.L_PAREN:
            return decimal(38, 10)
        self.at += 1
        start = self.at
        precision = self.number()
        scale = 0
        if self.kind() is TokenType.COMMA:
            self.at += 1
            scale = self.number()
        self.take(TokenType.R_PAREN, "`)`")
        if not 1 <= precision <= 76 or not 0 <= scale <= precision:
            raise TypeStop("a decimal has 1 to 76 digits, and no more of them behind the point", self.tokens[start])
        return decimal(precision, scale)

    def number(self) -> int:
        token = self.take(TokenType.NUMBER, "a number")
        if not token.text.isdigit():
            raise TypeStop(f"found `{token.text}`, expected a whole number", token)
        return int(token.text)

    def duration(self) -> DataType:
        return DataType("DURATION", self.digits() if self.kind() is TokenType.L_PAREN else 6)

    def parts(self, read: Callable[[], Field]) -> list[Field]:
        """Read `(…, …)` or `<…, …>`."""
        closing = _CLOSING.get(self.kind() or TokenType.SEMICOLON)
        if closing is None:
            raise self.stop("expected `(`")
        self.at += 1
        found = [read()]
        while self.kind() is TokenType.COMMA:
            self.at += 1
            found.append(read())
        self.take(closing, "`)`" if closing is TokenType.R_PAREN else "`>`")
        return found

    def list(self) -> DataType:
        start = self.at
        found = self.parts(lambda: Field("item", self.type()))
        if len(found) != 1:
            raise TypeStop("a list has one type of element", self.tokens[start])
        return list_of(found[0].type)

    def map(self) -> DataType:
        start = self.at
        found = self.parts(lambda: Field("", self.type()))
        if len(found) != 2:
            raise TypeStop("a map has two types, of its keys and of its values", self.tokens[start])
        return map_of(found[0].type, found[1].type)

    def struct(self) -> DataType:
        return struct(*self.parts(self.field))

    def field(self) -> Field:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or not (token.token_type is TokenType.IDENTIFIER or token.text.isidentifier()):
            raise self.stop("expected the name of a field")
        self.at += 1
        if self.kind() is TokenType.COLON:
            self.at += 1
        return Field(token.text, self.type())


_READERS: dict[str, Callable[[_TypeReader], DataType]] = {
    **dict.fromkeys(("DECIMAL", "NUMERIC", "DEC"), _TypeReader.decimal),
    **dict.fromkeys(("LIST", "ARRAY"), _TypeReader.list),
    **dict.fromkeys(("STRUCT", "ROW"), _TypeReader.struct),
    "MAP": _TypeReader.map,
    "DURATION": _TypeReader.duration,
}
_NODES: dict[str, exp.DType] = {
    **{name: exp.DType[name] for name in ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "VARCHAR")},
    **{name: exp.DType[name] for name in ("DATE", "TIME", "INTERVAL", "NULL", "DECIMAL", "TIMESTAMP", "LIST", "STRUCT", "MAP")},
    **{"TINYINT UNSIGNED": exp.DType.UTINYINT, "SMALLINT UNSIGNED": exp.DType.USMALLINT, "INT UNSIGNED": exp.DType.UINT},
    **{"BIGINT UNSIGNED": exp.DType.UBIGINT, "BYTEA": exp.DType.VARBINARY, "DURATION": exp.DType.USERDEFINED},
}
_NAMES = {node: name for name, node in _NODES.items()} | {
    **dict.fromkeys((exp.DType.TEXT, exp.DType.CHAR), "VARCHAR"),
    **{exp.DType.BINARY: "BYTEA", exp.DType.ARRAY: "LIST", exp.DType.DATETIME: "TIMESTAMP", exp.DType.TIMESTAMPTZ: "TIMESTAMP"},
}


def type_node(found: DataType) -> exp.DataType:
    """Return sqlglot's node of a type; equal types have equal nodes."""
    kind = exp.DType.TIMESTAMPTZ if found.name == "TIMESTAMP" and found.zone else _NODES[found.name]
    if found.name == "STRUCT":
        parts: list[exp.Expr] = [exp.ColumnDef(this=exp.to_identifier(f.name, quoted=True), kind=type_node(f.type)) for f in found.fields]
        return exp.DataType(this=kind, expressions=parts, nested=True)
    if found.fields:
        return exp.DataType(this=kind, expressions=[type_node(f.type) for f in found.fields], nested=True)
    if found.name == "DURATION":
        return exp.DataType(this=kind, kind=found.sql())
    digits = (found.precision, found.scale) if found.name == "DECIMAL" else (found.precision,) if found.name == "TIMESTAMP" else ()
    numbers = [exp.DataTypeParam(this=exp.Literal.number(n)) for n in digits if n is not None]
    return exp.DataType(this=kind, expressions=numbers) if numbers else exp.DataType(this=kind)


def node_type(node: exp.DataType) -> DataType:
    """Return the type of sqlglot's node, ours or one that sqlglot's own builders made.

    Raises:
        Bug: for a node that no type of ours has.
    """
    name = _NAMES.get(node.this)
    if name == "DURATION":
        return DataType("DURATION", int(str(node.args.get("kind"))[-2]))
    if name is None:
        raise Bug(f"no type has the node {node!r}")
    parts = node.expressions
    if name == "STRUCT":
        return struct(*(Field(p.this.name, node_type(p.args["kind"])) for p in parts))
    if name == "LIST":
        return list_of(node_type(parts[0]))
    if name == "MAP":
        return map_of(node_type(parts[0]), node_type(parts[1]))
    digits = [int(p.this.name) for p in parts]
    if name == "DECIMAL":
        return decimal(*(digits or [38, 10])) if len(digits) != 1 else decimal(digits[0], 0)
    if name == "TIMESTAMP":
        return timestamp(digits[0] if digits else 6, "UTC" if node.this is exp.DType.TIMESTAMPTZ else None)
    return DataType(name)
