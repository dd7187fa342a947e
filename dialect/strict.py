"""Owns what sqlglot would pass over in silence: half clauses, second aliases and stray words, each refused at its place.

sqlglot reads the SQL of many systems and lets go what it has no use for; here nothing may be
let go. `tests/dialect/test_nothing_swallowed.py` looks for more of the kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from .asof import check_words, match_condition
from .reading import Reading

#: What cannot follow ALL in a call: a query, or nothing.
_NOT_COUNTED = (TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.VALUES, TokenType.R_PAREN, TokenType.COMMA)

#: The clauses of a query in the order in which they stand.
_CLAUSES = {"joins": 0, "laterals": 0, "where": 1, "group": 2, "having": 3, "windows": 4, "qualify": 4, "order": 5, "limit": 6, "offset": 6}


def _clauses(query: exp.Query) -> Iterator[tuple[int, int]]:
    """Yield the rank and the place of each clause of a query."""
    for name, rank in _CLAUSES.items():
        found = query.args.get(name)
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, exp.Expr) and (span := one.meta.get("span")):
                yield rank, span[0]


class Strict(Reading, Parser):
    """The part of the parser that refuses what sqlglot would drop; see the module."""

    def _before(self, distance: int) -> Token | None:
        """Return the token that stands some places before the current one."""
        return self._tokens[self._index - distance] if self._index >= distance else None

    def _parse_hint(self) -> None:
        """Refuse `SELECT AS`, `SELECT DISTINCT AS`: this is called right behind SELECT."""
        at = self._next if self._curr.token_type in (TokenType.ALL, TokenType.DISTINCT) else self._curr
        if at.token_type is TokenType.ALIAS:
            self.raise_error("expected an expression", at)

    def _parse_value(self, values: bool = True) -> exp.Tuple | None:
        """Read one row of VALUES or the list of DISTINCT ON; `(1 a)` is no value with a name, but a comma forgotten."""
        if not self._match(TokenType.L_PAREN):
            self.raise_error("expected `(`")
        expressions = self._parse_csv(self._parse_disjunction)
        self._match_r_paren()
        return self.expression(exp.Tuple(expressions=expressions))

    def _parse_table_parts(self, *args: Any, **kwargs: Any) -> exp.Table | exp.Dot | None:
        start, dots = self._curr, self._tokens[self._index : self._index + 3]
        if start.token_type is TokenType.DOT:
            self.raise_error("expected a table")
        if len(dots) == 3 and dots[1].token_type is dots[2].token_type is TokenType.DOT:
            self.raise_error("expected a name", dots[2])
        found = super()._parse_table_parts(*args, **kwargs)
        if found is not None and self._curr.token_type is TokenType.STAR:
            self.raise_error("expected the end")
        return found

    def _parse_table(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        found = super()._parse_table(*args, **kwargs)
        if isinstance(found, exp.Table) and found.args.get("ordinality"):
            behind = self._behind(found.this)
            if behind.token_type is not TokenType.WITH:  # a name there would be lost to the one behind WITH ORDINALITY
                self.raise_error("expected WITH ORDINALITY", behind)
        return found

    def _parse_limit(self, this: exp.Expr | None = None, top: bool = False, skip_limit_token: bool = False) -> exp.Expr | None:
        if self._curr.token_type is TokenType.FETCH and self._next.token_type not in (TokenType.FIRST, TokenType.NEXT):
            self.raise_error("expected FIRST or NEXT", self._next)
        found = super()._parse_limit(this, top, skip_limit_token)
        if isinstance(found, exp.Fetch) and self._prev.text.upper() not in ("ONLY", "TIES"):
            self.raise_error("expected ONLY")
        return found

    def _parse_pivots(self) -> list[exp.Pivot] | None:
        found = super()._parse_pivots()
        after = self._curr
        if found and self._parse_table_alias() is not None:
            self.raise_error("expected the end", after)
        return found

    def _parse_version(self) -> exp.Version | None:
        """Read `VERSION AS OF 3` or `TIMESTAMP AS OF …`; sqlglot takes them with nothing behind, and AS OF twice."""
        at, word = self._index + 3, "a version" if self._curr.text.upper() == "VERSION" else "a time"
        found = super()._parse_version()
        if found is not None and (
            found.expression is None or found.args["kind"] != "AS OF" or self._tokens[at].token_type is TokenType.ALIAS
        ):
            if at < len(self._tokens):
                self.raise_error(f"expected {word}", self._tokens[at])
            self.raise_error(f"expected {word}")
        return found

    def _parse_group(self, skip_group_by_token: bool = False) -> exp.Group | None:
        if self._curr.token_type is TokenType.GROUP_BY and self._next.token_type is TokenType.DISTINCT:
            self.refuse("T1008", "GROUP BY DISTINCT is not part of treadle's SQL", self._next, "write the grouping sets that you want")
        return super()._parse_group(skip_group_by_token)

    def _parse_join(self, *args: Any, **kwargs: Any) -> exp.Join | None:
        comma, first = self._curr.token_type is TokenType.COMMA, self._curr
        if first.token_type in self.JOIN_SIDES and self._next.token_type is TokenType.ASOF:
            self.refuse("T1001", f"found `{self._next.text}`, expected JOIN", self._next, f"write ASOF {first.text.upper()} JOIN")
        found = super()._parse_join(*args, **kwargs)
        if comma and found is None:
            self.raise_error("expected a table")
        if comma or found is None:
            return found
        check_words(self, found, first)
        if self._prev.token_type is TokenType.ON:
            self.raise_error("expected a condition")
        condition = found.args.get("on") or found.args.get("using")
        crossed = found.kind == "CROSS"
        if condition and crossed:
            self.raise_error("expected the end", self._behind(found.this))
        if condition or crossed or found.method:
            return found
        if isinstance(found.this, exp.Table | exp.Subquery | exp.Values):
            self.raise_error("expected ON or USING")  # rows of one by rows of the other are asked for with CROSS JOIN
        if not found.side and found.kind in ("", "INNER"):
            found.set("kind", "CROSS")
        return found

    def _parse_wrapped(self, parse_method: Any, optional: bool = False) -> Any:
        if self._prev.token_type is TokenType.MATCH_CONDITION:
            return super()._parse_wrapped(lambda: match_condition(self), optional)
        return super()._parse_wrapped(parse_method, optional)

    def _behind(self, node: exp.Expr) -> Token:
        """Return the token behind a node."""
        end = node.meta["span"][1]
        return next(token for token in self._tokens if token.start >= end)

    def _parse_query_modifiers(self, this: Any) -> Any:
        """Read the clauses of a query in their order; sqlglot takes `LIMIT 1 WHERE a` and puts it right."""
        found = super()._parse_query_modifiers(this)
        latest = 0
        for rank, start in sorted(_clauses(found), key=lambda clause: clause[1]) if isinstance(found, exp.Query) else ():
            if rank < latest:
                self.raise_error("expected the end", next(token for token in self._tokens if token.start >= start))
            latest = rank
        return found

    def parse_set_operation(self, *args: Any, **kwargs: Any) -> exp.SetOperation | None:
        """Read what follows UNION, EXCEPT or INTERSECT; sqlglot takes the words of joins before them."""
        start = self._curr
        found = super().parse_set_operation(*args, **kwargs)
        if found is not None and start.token_type not in self.SET_OPERATIONS:
            self.raise_error("expected the end", start)
        return found

    def _parse_using_identifiers(self) -> list[exp.Expr]:
        found = self._parse_wrapped_csv(self._parse_id_var)
        if not found:
            self.raise_error("expected a column", self._prev)
        return found

    def _parse_star_ops(self) -> exp.Expr | None:
        if self._curr.text.upper() == "COLUMNS" and self._next.token_type is TokenType.L_PAREN:
            self.raise_error("expected the end")
        return super()._parse_star_ops()

    def _parse_partition_by(self) -> list[exp.Expr]:
        begins = self._curr.token_type is TokenType.PARTITION_BY
        found = super()._parse_partition_by()
        if begins and not found:
            self.raise_error("expected an expression")
        return found

    def _parse_star_op(self, *keywords: str) -> list[exp.Expr] | None:
        found = super()._parse_star_op(*keywords)
        if found == []:
            self.raise_error("expected a column", self._prev)
        return found

    def _parse_column_ops(self, this: exp.Expr | None) -> exp.Expr | None:
        if isinstance(this, exp.Literal | exp.Null | exp.Boolean) and self._curr.token_type is TokenType.DOT:
            self.raise_error("expected the end")
        return super()._parse_column_ops(this)

    def _parse_lambda(self, alias: bool = False) -> exp.Expr | None:
        if self._curr.token_type is TokenType.ALL and self._next.token_type in _NOT_COUNTED:
            self.raise_error("expected an expression", self._next)
        before = self._before(1)
        if self._curr.token_type is TokenType.ALL and before is not None and before.token_type is TokenType.COMMA:
            self.raise_error("expected an expression")  # ALL is for a call's first argument
        return super()._parse_lambda(alias)

    def _parse_ordered(self, parse_method: Any = None) -> exp.Ordered | None:
        """Read one key of ORDER BY; sqlglot takes `ASC DESC`, and a column named `"all"` for ALL."""
        this = (parse_method or self._ordered_by)()
        if this is None:
            return None
        desc = True if self._match(TokenType.DESC) else False if self._match(TokenType.ASC) else None
        first = bool(self._match_text_seq("NULLS", "FIRST"))
        last = not first and bool(self._match_text_seq("NULLS", "LAST"))
        return self.expression(exp.Ordered(this=this, desc=desc, nulls_first=first or (bool(desc) and not last)))

    def _ordered_by(self) -> exp.Expr | None:
        if not self._match(TokenType.ALL):
            return self._parse_disjunction()
        return self.expression(exp.Var(this="ALL"), self._prev)

    def _parse_window_spec(self) -> dict[str, str | exp.Expr | None]:
        """Read one bound of a frame; both stand behind BETWEEN, or one without it."""
        before, start = self._prev.token_type, self._curr
        if start.token_type is TokenType.BETWEEN:
            self.raise_error("expected a bound")
        found = super()._parse_window_spec()
        if found["value"] is None:
            self.raise_error("expected a bound", start)
        if before is TokenType.BETWEEN and self._curr.token_type is not TokenType.AND:
            self.raise_error("expected AND")
        if before not in (TokenType.BETWEEN, TokenType.AND) and self._curr.token_type is TokenType.AND:
            self.raise_error("expected `)`")
        return {key: value.upper() if isinstance(value, str) else value for key, value in found.items()}

    def _parse_cte(self) -> exp.CTE | exp.FunctionSpecification | None:
        before = self._before(2)
        if self._prev.token_type is TokenType.WITH and before and before.token_type in (TokenType.COMMA, TokenType.R_PAREN):
            self.raise_error("expected a name", self._prev)
        if self._curr.token_type is TokenType.ALIAS:
            self.raise_error("expected a name")
        return super()._parse_cte()
