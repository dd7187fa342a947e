"""Owns how treadle's SQL is read into sqlglot trees: the parser, as a subclass with tables and few overrides.

Trees of this parser say what was written and nothing else: calls stay calls
(`exp.Anonymous`, whatever their name), brackets leave no node, types are ours. Every
node has `meta['span']`, see `spans.py`.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.parser import IsPredicatePrecedence, Parser, binary_range_parser
from sqlglot.tokenizer_core import TokenType

from . import friendly
from .asof import misspelt
from .lateral import lateral, unnest
from .named import argument_name, distinct, kwarg
from .nodes import Param
from .pivots import pivot_in, pivot_statement, unpivot_columns
from .special import FUNCTION_PARSERS, NO_PAREN_FUNCTIONS, braces, case, fetched, interval, map_literal, typed_literal
from .strict import Strict
from .types_sql import TypeStop, read_type, type_node

_NAMES = {
    *(TokenType.VAR, TokenType.FIRST, TokenType.NEXT, TokenType.ROW, TokenType.ROWS, TokenType.RANGE, TokenType.REPLACE),
    *(TokenType.ORDINALITY, TokenType.RECURSIVE, TokenType.UNKNOWN, TokenType.INTERVAL),
}
_COLUMN_NAMES = _NAMES | {
    *(TokenType.FILTER, TokenType.OFFSET, TokenType.WINDOW, TokenType.PIVOT, TokenType.UNPIVOT, TokenType.ANTI, TokenType.SEMI),
    *(TokenType.ASOF, TokenType.MATCH_CONDITION, TokenType.OVER, TokenType.ESCAPE, TokenType.LIMIT),
}
_FUNCTION_NAMES = _NAMES | {
    *(TokenType.LEFT, TokenType.RIGHT, TokenType.FILTER, TokenType.UNNEST, TokenType.ANY, TokenType.SOME, TokenType.ALL),
    *(TokenType.EXISTS, TokenType.ISNULL, TokenType.OVER, TokenType.OFFSET, TokenType.CURRENT_DATE, TokenType.CURRENT_TIME),
    *(TokenType.CURRENT_TIMESTAMP, TokenType.LOCALTIME, TokenType.LOCALTIMESTAMP, TokenType.IDENTIFIER, TokenType.CUBE),
}
#: Words that begin what follows an expression: behind AS they are a name forgotten, not a name.
_NEVER_NAMES = {
    *(TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.HAVING, TokenType.QUALIFY, TokenType.ON),
    *(TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.JOIN, TokenType.USING, TokenType.WHEN, TokenType.THEN),
    *(TokenType.ELSE, TokenType.AND, TokenType.OR, TokenType.INTO),
}
_TRUTHS = (TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.UNKNOWN)
_BITS: dict[TokenType, type[exp.Binary]] = {
    TokenType.AMP: exp.BitwiseAnd,
    TokenType.CARET: exp.BitwiseXor,
    TokenType.PIPE: exp.BitwiseOr,
}
_SHIFTS: dict[TokenType, type[exp.Binary]] = {TokenType.LT: exp.BitwiseLeftShift, TokenType.GT: exp.BitwiseRightShift}
_ACCESS: dict[TokenType, type[exp.Binary]] = {
    TokenType.DPIPE: exp.DPipe,
    TokenType.ARROW: exp.JSONExtract,
    TokenType.DARROW: exp.JSONExtractScalar,
    TokenType.HASH_ARROW: exp.JSONBExtract,
    TokenType.DHASH_ARROW: exp.JSONBExtractScalar,
}
#: Words that nobody means as a name without AS: a half-written clause would become an alias.
_CLAUSES = frozenset("BY EXCLUDE FOR GROUP HAVING INTO MATCH_CONDITION ORDER PARTITION RETURNING SAMPLE SORT TOP WHERE".split())


def _negated(kind: type[exp.Binary]) -> Any:
    return lambda self, this: self.expression(exp.Not(this=self.expression(kind(this=this, expression=self._parse_bitwise()))))


class TreadleParser(Strict, Parser):
    """Reads queries, expressions and types; raises `Stop` with an exact place at the first thing wrong."""

    FUNCTIONS = {}
    FUNCTION_PARSERS = FUNCTION_PARSERS
    NO_PAREN_FUNCTIONS = NO_PAREN_FUNCTIONS
    NO_PAREN_FUNCTION_PARSERS = {
        "ALL": friendly.quantified,
        "ANY": Parser.NO_PAREN_FUNCTION_PARSERS["ANY"],
        "CASE": case,
        "SOME": Parser.NO_PAREN_FUNCTION_PARSERS["ANY"],
        "MAP": map_literal,
    }
    STATEMENT_PARSERS = {}
    PLACEHOLDER_PARSERS = {TokenType.PARAMETER: lambda self: self._parse_parameter()}
    ARRAY_CONSTRUCTORS = {"ARRAY": exp.Array}
    FUNCTIONS_WITH_ALIASED_ARGS = set()
    BRACKETS = frozenset({TokenType.L_BRACKET})  # a brace behind something is no access; sqlglot would drop what stands before
    HISTORICAL_DATA_PREFIX = set()
    VERSION_PHRASES = {("TIMESTAMP", "AS", "OF"): "TIMESTAMP", ("VERSION", "AS", "OF"): "VERSION"}
    OPTIONAL_ALIAS_TOKEN_CTE = False
    IS_PREDICATE_PRECEDENCE = IsPredicatePrecedence.LOW
    ID_VAR_TOKENS = _COLUMN_NAMES
    TABLE_ALIAS_TOKENS = _NAMES
    ALIAS_TOKENS = _NAMES
    FUNC_TOKENS = _FUNCTION_NAMES
    RESERVED_TOKENS = Parser.RESERVED_TOKENS | _NEVER_NAMES
    WINDOW_ALIAS_TOKENS = _NAMES - {TokenType.RANGE, TokenType.ROWS}
    UNNEST_OFFSET_ALIAS_TOKENS = _NAMES
    EQUALITY = {TokenType.EQ: exp.EQ, TokenType.NEQ: exp.NEQ}
    FACTOR = {TokenType.DIV: exp.IntDiv, TokenType.MOD: exp.Mod, TokenType.SLASH: exp.Div, TokenType.STAR: exp.Mul}
    TERM = {TokenType.DASH: exp.Sub, TokenType.PLUS: exp.Add}
    ASSIGNMENT = {}
    DISJUNCTION = {TokenType.OR: exp.Or}
    COLUMN_OPERATORS = {TokenType.DOT: None, TokenType.DCOLON: Parser.COLUMN_OPERATORS[TokenType.DCOLON]}
    UNARY_PARSERS = {k: v for k, v in Parser.UNARY_PARSERS.items() if k not in (TokenType.PIPE_SLASH, TokenType.DPIPE_SLASH)}
    RANGE_PARSERS = {
        **{
            kind: Parser.RANGE_PARSERS[kind]
            for kind in (TokenType.BETWEEN, TokenType.ILIKE, TokenType.IN, TokenType.IRLIKE, TokenType.IS, TokenType.LIKE)
        },
        TokenType.SIMILAR_TO: Parser.RANGE_PARSERS[TokenType.SIMILAR_TO],
        TokenType.AT_GT: Parser.RANGE_PARSERS[TokenType.AT_GT],
        TokenType.LT_AT: Parser.RANGE_PARSERS[TokenType.LT_AT],
        TokenType.TILDE: binary_range_parser(exp.RegexpLike),
        TokenType.GLOB: _negated(exp.RegexpLike),
        TokenType.ADJACENT: _negated(exp.RegexpILike),
    }
    QUERY_MODIFIER_PARSERS = {
        kind: Parser.QUERY_MODIFIER_PARSERS[kind]
        for kind in (
            *(TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.QUALIFY, TokenType.WINDOW, TokenType.ORDER_BY),
            *(TokenType.LIMIT, TokenType.FETCH, TokenType.OFFSET),
        )
    }
    QUERY_MODIFIER_TOKENS = set(QUERY_MODIFIER_PARSERS)
    EXPONENT = {TokenType.DSTAR: exp.Pow}
    LAMBDAS = {TokenType.ARROW: friendly.arrow, TokenType.FARROW: kwarg}
    NO_ALIAS = frozenset({TokenType.COMMA, TokenType.R_PAREN, TokenType.FROM, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.SENTINEL})

    def read_query(self) -> exp.Expr | None:
        """Read a query; rows on their own become the SELECT that they stand for."""
        node = self._parse_ddl_select()
        return self._values_to_select(node) if isinstance(node, exp.Values) else node

    def _parse_statement(self) -> exp.Expr | None:
        return self._parse_ddl_select()

    def _parse_ddl_select(self) -> exp.Expr | None:
        if self._curr.token_type in (TokenType.PIVOT, TokenType.UNPIVOT):
            return pivot_statement(self)
        return super()._parse_ddl_select()

    def _parse_lateral(self) -> exp.Lateral | None:
        return lateral(self)

    def _parse_unnest(self, with_alias: bool = True) -> exp.Unnest | None:
        return unnest(self, with_alias)

    def _parse_pivot_in(self) -> exp.In:
        return pivot_in(self)

    def _parse_unpivot_columns(self) -> exp.UnpivotColumns | None:
        return unpivot_columns(self)

    def _parse_parameter(self) -> Param:  # type: ignore[override]
        start = self._prev
        if self._curr.token_type in (TokenType.NUMBER, TokenType.PARAMETER) or not (name := self._parse_id_var()):
            self.raise_error("expected the name of a parameter")
        node = self.expression(Param(this=name))
        self.widen(node, start)
        return node

    def _parse_type(self, parse_interval: bool = True, fallback_to_identifier: bool = False) -> exp.Expr | None:
        if (literal := typed_literal(self)) is not None:
            return self._parse_column_ops(literal)
        if (atom := self._parse_atom()) is not None:
            return atom
        if self._curr.token_type is TokenType.INTERVAL and (found := interval(self)) is not None:
            return self._parse_column_ops(found)
        return self._parse_column()

    def _parse_types(
        self, check_func: bool = False, schema: bool = False, allow_identifiers: bool = True, with_collation: bool = False
    ) -> exp.Expr | None:
        start = self._curr
        try:
            found, after = read_type(self._tokens, self._index)
        except TypeStop as stop:
            self.refuse(stop.code, stop.message, stop.token or start, stop.help)
        self._retreat(after)
        node = type_node(found)
        self.widen(node, start)
        return node

    def _parse_cast(self, strict: bool, safe: bool | None = None) -> exp.Expr:
        this = self._parse_disjunction()
        if not self._match(TokenType.ALIAS):
            self.raise_error("expected AS and a type")
        to = self._parse_types()
        return self.expression((exp.Cast if strict else exp.TryCast)(this=this, to=to))

    def build_cast(self, strict: bool, **kwargs: Any) -> exp.Cast:
        """Return the node of `x::type`, without the marks for other systems that sqlglot would add."""
        return (exp.Cast if strict else exp.TryCast)(this=kwargs["this"], to=kwargs["to"])

    def _parse_bitwise(self) -> exp.Expr | None:
        this, first = self._parse_term(), None
        while True:
            token, kind = self._curr, self._curr.token_type
            if kind in _BITS:
                self._advance()
                node: type[exp.Binary] = _BITS[kind]
            elif kind in _SHIFTS and self._next.token_type is kind and token.end + 1 == self._next.start:
                self._advance(2)
                node = _SHIFTS[kind]
            elif kind in _ACCESS:
                self._advance()
                node = _ACCESS[kind]
            else:
                return this
            group = None if kind in _ACCESS else kind
            if first is not None and group is not first[0]:
                self.refuse(
                    "T1007",
                    f"`{first[1]}` and `{self.sql[token.start : self._prev.end + 1]}` are mixed without brackets",
                    token,
                    "put brackets round the part that comes first",
                )
            first = first or (group, self.sql[token.start : self._prev.end + 1])
            this = self.expression(node(this=this, expression=self._parse_term()))

    def _parse_projections(self) -> tuple[list[exp.Expr], list[exp.Expr] | None]:
        return self._parse_csv(self._parse_expression), None

    def _parse_expressions(self) -> list[exp.Expr]:
        return self._parse_csv(self._parse_disjunction)

    def _parse_is_rhs(self, distinct: bool = False) -> exp.Expr | None:
        if not distinct:
            if self._curr.token_type not in _TRUTHS:
                self.raise_error("expected NULL, TRUE, FALSE, NOT or DISTINCT FROM")
            return self._parse_null() or self._parse_boolean()
        if (found := super()._parse_is_rhs(distinct)) is None:
            self.raise_error("expected an expression")
        return found

    def _parse_function_args(self, alias: bool = False) -> list[exp.Expr]:
        return self._parse_csv(self._parse_lambda)  # no names inside of calls: a lost bracket is found at its AS

    def _parse_between(self, this: exp.Expr | None) -> exp.Between:
        return friendly.between(self, this)

    def _build_predicate(
        self,
        klass: type[exp.Binary],
        this: exp.Expr | None,
        expression: exp.Expr | None,
        comments: list[str] | None = None,
        negate: bool = False,
    ) -> exp.Expr:
        return self.expression(klass(this=this, expression=expression))

    def _parse_paren(self) -> exp.Expr | None:
        start = self._curr
        node = super()._parse_paren()
        if isinstance(node, exp.Star):
            self.refuse("T1001", "found `*` in brackets, expected a call before them", start)
        if isinstance(node, exp.Column) and self._curr.token_type is TokenType.DOT and self._prev.token_type is TokenType.R_PAREN:
            kept = exp.Paren(this=node)  # `(s).x` is a field of s, `s.x` may be a column of a table s
            self.widen(kept, start)
            return kept
        return node

    def _parse_bracket(self, this: exp.Expr | None = None) -> exp.Expr | None:
        if this is None and self._curr.token_type is TokenType.L_BRACE:
            return super()._parse_bracket(braces(self, is_map=False))
        if this is None and friendly.comprehends(self._tokens, self._index):
            return super()._parse_bracket(friendly.comprehension(self))
        return super()._parse_bracket(this)

    def _parse_column_ops(self, this: exp.Expr | None) -> exp.Expr | None:
        node = super()._parse_column_ops(this)
        if isinstance(this, exp.Paren) and this.parent is not None:
            this.replace(this.this)
        return node

    def _parse_window(self, this: exp.Expr | None, alias: bool = False) -> exp.Expr | None:
        if this is not None and not alias and (start := this.meta.get("start")) is not None:
            self.stretch(this, start)  # the call itself, before FILTER and OVER
        return super()._parse_window(this, alias)

    def _parse_var_from_options(self, options: Any, raise_unmatched: bool = True) -> None:
        self.refuse("T1008", "EXCLUDE in a window's frame is not part of treadle's SQL", self._prev)

    def _parse_table(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        opens = self._curr.token_type in (TokenType.FROM, TokenType.SELECT, TokenType.WITH)
        if opens and self._prev.token_type is not TokenType.L_PAREN:
            self.raise_error("expected a table")
        return super()._parse_table(*args, **kwargs)

    def _parse_table_part(self, schema: bool = False) -> exp.Expr | None:
        if self._curr.token_type is TokenType.STRING:
            token = self._curr
            self._advance()
            return self.expression(exp.Literal(this=token.text, is_string=True), token)
        return super()._parse_table_part(schema)

    def _parse_table_alias(self, alias_tokens: Any = None) -> exp.TableAlias | None:
        if self._curr.token_type is TokenType.VAR and self._curr.text.upper() in _CLAUSES:
            return None
        if self._curr.text.upper() == "POSITIONAL" and self._next.token_type is TokenType.JOIN:
            self.refuse("T1008", "POSITIONAL JOIN is not part of treadle's SQL", self._curr, "rows have no order; join ON a column")
        first = self._curr
        if misspelt(first, self._next):
            self.refuse("T1001", f"found `{first.text}`, expected `MATCH_CONDITION`", first, "did you mean `MATCH_CONDITION`?")
        node = super()._parse_table_alias(alias_tokens)
        if node is None and first.token_type is TokenType.ALIAS:
            self.raise_error("expected a name")
        if node is not None and node.this is None:
            self.raise_error("expected `,`, or a name before its columns", first)  # `VALUES (1) (2)` would lose a row
        return node

    def _parse_string_as_identifier(self) -> None:
        return None

    def _parse_function_parameter(self) -> exp.Expr | None:
        return self._parse_id_var()

    def _parse_alias(self, this: exp.Expr | None, explicit: bool = False) -> exp.Expr | None:
        if this is None and self._prev.token_type is TokenType.USING:
            self.raise_error("expected an aggregate")
        token, kind = self._curr, self._curr.token_type
        if kind in self.NO_ALIAS or (kind is TokenType.VAR and token.text.upper() in _CLAUSES):
            return this  # the way of most calls, without sqlglot's trial parses
        node = super()._parse_alias(this, explicit)
        if kind is TokenType.ALIAS and node is this:
            self.raise_error("expected a name")
        if node is not this and kind is not TokenType.ALIAS and isinstance(node, exp.Alias):
            node.meta["implicit"] = True
        return node

    def _parse_lambda_arg(self) -> exp.Expr | None:
        return argument_name(self) or super()._parse_lambda_arg()

    def _parse_lambda(self, alias: bool = False) -> exp.Expr | None:
        start = self._index
        if (told := friendly.python_lambda(self)) is not None:
            return told
        node = distinct(self) if self._curr.token_type is TokenType.DISTINCT else None
        node = node or super()._parse_lambda(alias)
        if isinstance(node, exp.Lambda) and self._tokens[start].token_type is not TokenType.L_PAREN:
            after = self._index
            self._retreat(start)
            node.meta["otherwise"] = self._try_parse(self._parse_disjunction, retreat=True)
            self._retreat(after)
        return node

    def _parse_limit(self, this: exp.Expr | None = None, top: bool = False, skip_limit_token: bool = False) -> exp.Expr | None:
        if top:
            return this
        if self._curr.token_type is TokenType.LIMIT and self._next.token_type is TokenType.COMMA:
            self.raise_error("expected an expression", self._next)
        if self._curr.token_type is TokenType.LIMIT and self._next.token_type is TokenType.ALL:
            self._advance(2)  # as if it were not there
            return this
        return fetched(self, super()._parse_limit(this, top, skip_limit_token))

    def _parse_limit_by(self) -> None:
        return None

    def _parse_into(self) -> None:
        if self._curr.token_type is TokenType.INTO:
            self.refuse("T1008", "SELECT INTO is not part of treadle's SQL", self._curr, "write CREATE MATERIALIZED VIEW … INTO")

    def _parse_table_sample(self, as_modifier: bool = False) -> None:
        if self._curr.token_type is TokenType.TABLE_SAMPLE:
            self.refuse("T1008", "TABLESAMPLE is not part of treadle's SQL", self._curr, "the engine would ignore it; filter on random()")

    def _parse_table_hints(self) -> None:
        return None

    def _parse_changes(self) -> None:
        return None

    def _parse_connect(self, skip_start_token: bool = False) -> None:
        return None

    def _parse_locks(self) -> list[exp.Lock]:
        return []
