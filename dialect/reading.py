"""Owns how the parser keeps places and stops: spans on every node, exact errors, entry points for islands.

A node gets its span when it is made, from its first child to the last token read;
the methods in `SPANNED` widen it by the words and brackets around (FACTS: sqlglot's own
positions cover names and literals only).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

N = TypeVar("N", bound=exp.Expr)

#: Methods of sqlglot's parser that read words or brackets around the node they return.
SPANNED = (
    "_parse_bracket _parse_case _parse_column _parse_column_ops _parse_cte _parse_derived_table_values _parse_from "
    "_parse_function_call _parse_group _parse_having _parse_in _parse_interval _parse_join _parse_lateral "
    "_parse_limit _parse_named_window _parse_offset _parse_order _parse_paren _parse_pivot _parse_primary "
    "_parse_qualify _parse_query_modifiers _parse_select_query _parse_simplified_pivot _parse_star_ops _parse_subquery _parse_table "
    "_parse_table_alias _parse_table_parts _parse_unary _parse_unnest _parse_value _parse_version _parse_where "
    "_parse_window _parse_with parse_set_operation _parse_set_operations _parse_lambda _parse_grouping_sets _parse_cube_or_rollup "
    "_parse_id_var _parse_ordered _parse_window_clause "
).split()


class Stop(ParseError):
    """The first thing wrong in an island.

    Args:
        message: what was expected or why it is refused; completed by the caller for T1001.
        start, end: the place, offsets into the whole text; equal at the end of the island.
        code: the error code, T1001 for a plain syntax error.
        token: the token at the place, or None at the end of the island.
    """

    def __init__(self, message: str, start: int, end: int, token: Token | None, code: str = "T1001", help: str | None = None) -> None:
        """Store the fault; nothing is formatted before it is wanted."""
        super().__init__(message)
        self.message, self.start, self.end, self.token, self.code, self.help = message, start, end, token, code, help


class Reading(Parser):
    """The part of the parser that knows places; see the module."""

    def begin(self, tokens: list[Token], text: str) -> None:
        """Go to the first of some tokens of a text, forgetting what was before."""
        self.reset()
        self.sql, self._tokens, self._tokens_size, self._index = text, tokens, len(tokens), -1
        self._advance()

    def island(self, read: Callable[[], exp.Expr | None], tokens: list[Token], text: str, expected: str) -> exp.Expr:
        """Read all of some tokens as one node.

        Raises:
            Stop: at the first token that does not fit, or when nothing is there.
        """
        self.begin(tokens, text)
        node = read()
        if node is None or self._index < self._tokens_size:
            self.raise_error(f"expected {expected}" if node is None else "expected the end")
        assert node is not None
        return node

    def raise_error(self, message: str, token: Token | None = None) -> NoReturn:
        """Stop at a token, or at the current one.

        Raises:
            Stop: always.
        """
        raise self.here(message, token)

    def here(self, message: str, token: Token | None = None) -> Stop:
        """Return the stop at a token, or at the current one."""
        at = token if token else self._curr if self._curr else None
        if at is not None:
            return Stop(_plain(message), at.start, at.end + 1, at)
        end = self._prev.end + 1 if self._prev else 0
        return Stop(_plain(message), end, end, None)

    def refuse(self, code: str, message: str, token: Token, help: str | None = None) -> NoReturn:
        """Stop at a token with a code of its own.

        Raises:
            Stop: always.
        """
        if not token:
            self.raise_error(message)
        raise Stop(message, token.start, token.end + 1, token, code, help)

    def widen(self, node: exp.Expr, start: Token) -> None:
        """Let a node's place reach from a token to the last one read."""
        self.stretch(node, start.start)

    def stretch(self, node: exp.Expr, start: int) -> None:
        """Let a node's place reach from an offset to the last token read."""
        _widen(node, start, self._prev.end + 1)

    def expression(self, instance: N, token: Token | None = None, comments: list[str] | None = None) -> N:
        """Return a new node with its place, checked for what must not be missing."""
        if token is not None:
            instance.meta["span"] = (token.start, token.end + 1)
            return instance
        kind = type(instance)
        if kind is exp.Paren:
            return instance.this  # type: ignore[no-any-return]  # the tree's shape says what the brackets said
        start, end = self._prev.start, self._prev.end + 1
        for value in instance.args.values():
            child = value[0] if type(value) is list and value else value
            if isinstance(child, exp.Expr) and child._meta and (span := child._meta.get("span")) and span[0] < start:
                start = span[0]
        instance.meta["span"] = (start, end)
        for key in kind.required_args:
            if (value := instance.args.get(key)) is None or value == []:
                self._lacking(instance, key)
        if kind in REQUIRED and (missing := REQUIRED[kind](instance)):
            self.raise_error(missing, self._prev if kind is exp.Alias else None)
        return instance

    def _lacking(self, node: exp.Expr, key: str) -> NoReturn:
        """Stop where a node's operand should be: at the current token, or at the operator when nothing stands before it."""
        right = node.args.get("expression")
        if key == "this" and isinstance(right, exp.Expr) and (span := right.meta.get("span")):
            before = [t for t in self._tokens if t.end < span[0]][-2:]
            negated = len(before) == 2 and before[0].token_type is TokenType.IS
            self.raise_error("expected an expression", before[0 if negated else -1])
        self.raise_error("expected an expression")

    def _add_comments(self, expression: exp.Expr | None) -> None:
        return None

    def _try_parse(self, parse_method: Callable[[], Any], retreat: bool = False) -> Any:
        if retreat:
            return super()._try_parse(parse_method, retreat)
        index = self._index
        try:
            return parse_method()
        except ParseError:
            if self._index != index:
                raise
            return None

    def _parse_csv(self, parse_method: Callable[[], Any], sep: TokenType = TokenType.COMMA) -> list[Any]:
        item = parse_method()
        if item is None and self._curr.token_type is sep:
            self.raise_error("expected an expression")
        items = [] if item is None else [item]
        while self._match(sep):
            item = parse_method()
            if item is None:
                if self._curr.token_type is sep:
                    self.raise_error("expected an expression")
                break
            items.append(item)
        return items


REQUIRED: dict[type[exp.Expr], Callable[[exp.Expr], str | None]] = {
    exp.Select: lambda node: None if node.expressions else "expected an expression to select",
    exp.Alias: lambda node: "expected FROM or `,`" if isinstance(node.this, exp.Star) else None,
    exp.Any: lambda node: "expected a list or query" if isinstance(node.this, exp.Any) else None,
    exp.Group: lambda node: None if bool(node.expressions) != bool(node.args.get("all")) else "expected ALL or expressions",
    exp.In: lambda node: None if any(node.args.get(k) for k in ("expressions", "query", "unnest", "field")) else "expected a list",
    exp.WindowSpec: lambda node: node.set("kind", str(node.args["kind"]).upper()),
    exp.Struct: lambda node: None if all(isinstance(e, exp.PropertyEQ) for e in node.expressions) else "expected `name: value`",
}


def _widen(node: exp.Expr, start: int, end: int) -> None:
    meta = node.meta
    old = meta.get("span")
    meta["span"] = (start, end) if old is None else (min(start, old[0]), max(end, old[1]))


def spanned(cls: type[Reading]) -> type[Reading]:
    """Return a subclass of a parser whose methods in `SPANNED` widen the places of what they return."""
    return type(cls.__name__, (cls,), {name: _hook(getattr(cls, name)) for name in SPANNED})


def _hook(method: Callable[..., Any]) -> Callable[..., Any]:
    def hooked(self: Reading, *args: Any, **kwargs: Any) -> Any:
        index = self._index
        node = method(self, *args, **kwargs)
        if isinstance(node, exp.Expr) and self._index > index:
            _widen(node, self._tokens[index].start, self._prev.end + 1)
        return node

    return hooked


_MESSAGES = {
    "Invalid expression / Unexpected token": "expected the end",
    "Expected TYPE after CAST": "expected a type",
    "Expected type": "expected a type",
    "Expected CTE to have alias": "expected a name",
    "Expected END after CASE": "expected END",
    "Failed to parse any statement following CTE": "expected SELECT",
}


def _plain(message: str) -> str:
    """Return sqlglot's words about a fault as ours."""
    if message.startswith("Expected table name"):
        return "expected a table"
    if found := re.match(r"Expect(?:ing|ed) ([^\w\s])$", message):
        return f"expected `{found[1]}`"
    return _MESSAGES.get(message, message[:1].lower() + message[1:])
