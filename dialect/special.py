"""Owns the calls and literals that have a syntax of their own: `extract(… FROM …)`, CASE, INTERVAL, `MAP {…}`, typed literals.

Calls with words in them become the plain calls that they stand for, so that everything
after the parser knows one kind of call: `position(a IN b)` is `strpos(b, a)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from .nodes import Clock

if TYPE_CHECKING:
    from .parser import TreadleParser

    Special = Callable[[TreadleParser], exp.Expr | None]

_TRIMS = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}


def call(name: str, *arguments: exp.Expr | None) -> exp.Anonymous:
    """Return the node of a call, without the arguments that are None."""
    return exp.Anonymous(this=name, expressions=[a for a in arguments if a is not None])


def _closed(read: Callable[[TreadleParser, str], exp.Expr]) -> Special:
    """Return a reader of arguments that insists on the closing bracket, which sqlglot lets go."""

    def reader(self: TreadleParser) -> exp.Expr:
        node = self.expression(read(self, self._tokens[self._index - 2].text))
        if self._curr.token_type is not TokenType.R_PAREN:
            self.raise_error("expected `)`")
        return node

    return reader


def _plainly(self: TreadleParser, name: str, index: int) -> exp.Anonymous:
    """Read the arguments of a call as of any other, from an earlier place on."""
    self._retreat(index)
    return exp.Anonymous(this=name, expressions=self._parse_function_args(True))


def _after(self: TreadleParser, word: str) -> exp.Expr | None:
    """Return the expression behind a word, or None when the word isn't there."""
    if not self._match_text_seq(word):
        return None
    node = self._parse_bitwise()
    if node is None:
        self.raise_error("expected an expression")
    return node


def _extract(self: TreadleParser, name: str) -> exp.Expr:
    index, field = self._index, self._curr
    if self._next.token_type is not TokenType.FROM:
        return _plainly(self, name, index)
    self._advance()
    part = self.expression(exp.Literal(this=field.text, is_string=True), field)
    return call("date_part", part, _after(self, "FROM"))


def _position(self: TreadleParser, name: str) -> exp.Expr:
    index, needle = self._index, self._parse_bitwise()
    if self._curr.token_type is not TokenType.IN:
        return _plainly(self, name, index)
    return call("strpos", _after(self, "IN"), needle)


def _substring(self: TreadleParser, name: str) -> exp.Expr:
    index, text = self._index, self._parse_bitwise()
    if self._curr.token_type not in (TokenType.FROM, TokenType.FOR):
        return _plainly(self, name, index)
    start = _after(self, "FROM")
    length = _after(self, "FOR")
    return call(name, text, start or _after(self, "FROM") or exp.Literal.number(1), length)


def _trim(self: TreadleParser, name: str) -> exp.Expr:
    index, side = self._index, "BOTH"
    told = self._curr.text.upper() in _TRIMS and self._next.token_type not in (TokenType.COMMA, TokenType.R_PAREN, TokenType.DOT)
    if told:
        side = self._curr.text.upper()
        self._advance()
    characters = None if self._curr.token_type is TokenType.FROM else self._parse_bitwise()
    if self._curr.token_type is not TokenType.FROM:
        return call(_TRIMS[side], characters) if told else _plainly(self, name, index)
    return call(_TRIMS[side], _after(self, "FROM"), characters)


def _overlay(self: TreadleParser, name: str) -> exp.Expr:
    index, text = self._index, self._parse_bitwise()
    if self._curr.text.upper() != "PLACING":
        return _plainly(self, name, index)
    return call(name, text, _after(self, "PLACING"), _after(self, "FROM"), _after(self, "FOR"))


def _clock(self: TreadleParser, name: str) -> exp.Expr:
    token = self._curr
    if token.token_type is not TokenType.STRING or token.text not in ("now", "date", "time"):
        self.raise_error("expected 'now', 'date' or 'time'")
    self._advance()
    return Clock(this=token.text)


FUNCTION_PARSERS: dict[str, Special] = {
    "CAST": _closed(lambda self, name: self._parse_cast(True)),
    "TRY_CAST": _closed(lambda self, name: self._parse_cast(False)),
    "EXTRACT": _closed(_extract),
    "POSITION": _closed(_position),
    "SUBSTRING": _closed(_substring),
    "TRIM": _closed(_trim),
    "OVERLAY": _closed(_overlay),
    "RUN_CLOCK": _closed(_clock),
}
NO_PAREN_FUNCTIONS: dict[TokenType, Callable[[], exp.Expr]] = {
    TokenType.CURRENT_DATE: lambda: call("current_date"),
    TokenType.CURRENT_TIME: lambda: call("current_time"),
    TokenType.CURRENT_TIMESTAMP: lambda: call("current_timestamp"),
    TokenType.LOCALTIME: lambda: call("localtime"),
    TokenType.LOCALTIMESTAMP: lambda: call("localtimestamp"),
}


def case(self: TreadleParser) -> exp.Expr | None:
    """Read a CASE after its first word; every WHEN needs its THEN."""
    start = self._prev
    ifs: list[exp.If] = []
    subject = None if self._curr.token_type is TokenType.WHEN else self._parse_disjunction()
    while self._match(TokenType.WHEN):
        condition = self._parse_disjunction()
        if not self._match(TokenType.THEN):
            self.raise_error("expected THEN")
        ifs.append(self.expression(exp.If(this=condition, true=self._parse_disjunction())))
    if not ifs:
        self.raise_error("expected WHEN")
    default = None
    if self._match(TokenType.ELSE) and (default := self._parse_disjunction()) is None:
        self.raise_error("expected an expression")
    if not self._match(TokenType.END):
        self.raise_error("expected WHEN, ELSE or END")
    node = self.expression(exp.Case(this=subject, ifs=ifs, default=default))
    self.widen(node, start)
    return node


def interval(self: TreadleParser) -> exp.Interval | None:
    """Read `INTERVAL '1 day'` or `INTERVAL '1' DAY`; None when INTERVAL is a name here."""
    start, index = self._curr, self._index
    if self._next.token_type is TokenType.STRING:
        self._advance(2)
        token = self._prev
        value: exp.Expr = self.expression(exp.Literal(this=token.text, is_string=True), token)
    elif self._next.token_type is TokenType.NUMBER:
        self._advance(2)
        token = self._prev
        value = self.expression(exp.Literal(this=token.text, is_string=True), token)
    elif self._next.token_type is TokenType.PARAMETER:
        self._advance(2)
        value = self._parse_parameter()
    else:
        return None
    unit = None
    if self._curr.token_type is TokenType.VAR and self._curr.text.upper().rstrip("S") in UNITS:
        self._advance()
        unit = self.expression(exp.Var(this=self._prev.text.upper()), self._prev)
        if self._match_text_seq("TO"):
            self._retreat(index)
            self.refuse("T1008", "INTERVAL … TO … is not part of treadle's SQL", start, "write INTERVAL '1 day 2 hours'")
    node = self.expression(exp.Interval(this=value, unit=unit))
    self.widen(node, start)
    return node


UNITS = frozenset("MILLENNIUM CENTURY DECADE YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MILLISECOND MICROSECOND NANOSECOND".split())
_LITERAL_TYPES = frozenset(("DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ"))


def typed_literal(self: TreadleParser) -> exp.Cast | None:
    """Read `DATE '2013-01-01'` and its kin as a cast; None when the words are something else."""
    token, following = self._curr, self._next.token_type
    if token.token_type is not TokenType.VAR or following not in (TokenType.STRING, TokenType.L_PAREN, TokenType.WITH):
        return None
    if token.text.upper() not in _LITERAL_TYPES:
        return None
    index = self._index
    if following is not TokenType.STRING and not _type_before_string(self, index):
        return None
    to = self._parse_types()
    text = self._curr
    self._advance()
    value = self.expression(exp.Literal(this=text.text, is_string=True), text)
    node = self.expression(exp.Cast(this=value, to=to))
    self.widen(node, token)
    return node


def _type_before_string(self: TreadleParser, index: int) -> bool:
    """Say whether a string follows a type such as `TIMESTAMP(3) WITH TIME ZONE`, and not a bracket of a call."""
    from .types_sql import TypeStop, read_type

    try:
        _, after = read_type(self._tokens, index)
    except TypeStop:
        return False
    return after < self._tokens_size and self._tokens[after].token_type is TokenType.STRING


def braces(self: TreadleParser, is_map: bool) -> exp.Struct:
    """Read `{key: value, …}`; keys are names, or with `is_map` expressions."""
    start = self._curr
    self._advance()
    pairs = self._kv_to_prop_eq(self._parse_csv(self._parse_bracket_key_value if is_map else lambda: _field(self)), parse_map=is_map)
    if not self._match(TokenType.R_BRACE):
        self.raise_error("expected `}`")
    node = self.expression(exp.Struct(expressions=pairs))
    self.widen(node, start)
    return node


def _field(self: TreadleParser) -> exp.Expr | None:
    """Read one `name: value` of a struct; sqlglot would take the first name of any expression before the colon for the name."""
    start = self._curr
    pair = self._parse_bracket_key_value()
    key = pair.this if isinstance(pair, exp.Slice) else None
    named = isinstance(key, exp.Column) and isinstance(key.this, exp.Identifier) and not key.table
    if key is not None and not named and not (isinstance(key, exp.Literal) and key.is_string):
        self.raise_error("expected a name and `:`", start)
    return pair


def map_literal(self: TreadleParser) -> exp.Expr | None:
    """Read `MAP {…}` after its first word; or give the word back, for `map(…)` and columns of that name."""
    if self._curr.token_type is TokenType.L_BRACE:
        return self.expression(exp.ToMap(this=braces(self, is_map=True)))
    self._retreat(self._index - 1)
    return self._parse_function_call(optional_parens=False)


def fetched(self: TreadleParser, node: exp.Expr | None) -> exp.Expr | None:
    """Return `FETCH FIRST n ROWS ONLY` as the LIMIT that it is."""
    if not isinstance(node, exp.Fetch):
        return node
    options = node.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        self.refuse("T1008", "FETCH … PERCENT and WITH TIES are not part of treadle's SQL", self._prev, "use rank() and QUALIFY")
    return exp.Limit(expression=node.args.get("count") or exp.Literal.number(1))
