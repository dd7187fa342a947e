"""Owns what is offered at each kind of place: relations, columns, functions, arguments, parameters, types, keywords."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ....dialect.scan import Stretch, type_words
from ..knowledge import SYSTEM, Function, Knowledge
from .outline import Block, Spot
from .scope import Columns

#: Words behind which an expression is due; behind any other word an operator or the next clause is.
AFTER_WHICH_EXPRESSIONS = frozenset(
    "SELECT DISTINCT ALL WHERE ON BY HAVING QUALIFY LIMIT OFFSET AND OR NOT IN LIKE ILIKE BETWEEN CASE WHEN THEN ELSE IS VALUES "
    "USING OVER ANY SOME EXISTS FILTER FROM JOIN RETURN DEFAULT CHECK ESCAPE TO WITH INTERVAL UNION EXCEPT INTERSECT SETS".split()
)
_EXPRESSION = ("CASE", "CAST(", "NOT", "NULL", "TRUE", "FALSE", "EXISTS", "INTERVAL", "PARAM")
_OPERATORS = ("AND", "OR", "IN", "NOT", "LIKE", "ILIKE", "BETWEEN", "IS")
_JOINS = (
    "JOIN",
    "LEFT JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "INNER JOIN",
    "CROSS JOIN",
    "ASOF JOIN",
    "ASOF LEFT JOIN",
    "ANTI JOIN",
    "SEMI JOIN",
    "NATURAL JOIN",
)
_LATER = {
    "SELECT": ("AS", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "UNION ALL", "UNION", "EXCEPT", "OVER ("),
    "FROM": (
        *("AS", *_JOINS, "ON", "USING (", "MATCH_CONDITION (", "WHERE", "GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "LIMIT", "SELECT"),
        "VERSION AS OF",
    ),
    "ON": (*_JOINS, "WHERE", "GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "LIMIT", "UNION ALL"),
    "USING": (*_JOINS, "WHERE", "GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "LIMIT", "UNION ALL"),
    "WHERE": ("GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "LIMIT", "UNION ALL", "UNION", "EXCEPT", "INTERSECT"),
    "GROUP": ("HAVING", "QUALIFY", "ORDER BY", "LIMIT", "UNION ALL"),
    "HAVING": ("QUALIFY", "ORDER BY", "LIMIT", "UNION ALL"),
    "QUALIFY": ("ORDER BY", "LIMIT", "UNION ALL"),
    "ORDER": ("ASC", "DESC", "NULLS FIRST", "NULLS LAST", "LIMIT", "OFFSET"),
    "LIMIT": ("OFFSET",),
    "WITH": ("AS (", "SELECT"),
    "": ("SELECT", "FROM"),
}  # fmt: skip
_CONDITIONS = frozenset({"WHERE", "ON", "HAVING", "QUALIFY", "CALL", "SELECT", "GROUP", "ORDER"})


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be inserted.

    Args:
        name: what the prefix is compared with.
        kind: see `Completion`.
        meta: a few words beside it.
        rank: offers of a lower rank come first when they fit equally well.
        insert: the text that is inserted, where it is not the name.
    """

    name: str
    kind: str
    meta: str = ""
    rank: int = 0
    insert: str = ""

    @property
    def text(self) -> str:
        """Return what is inserted; names that need quotes get them."""
        return self.insert or (self.name if self.kind in _BARE or is_plain(self.name) else self.quoted)

    @property
    def quoted(self) -> str:
        """Return the name in quotes."""
        return ".".join('"' + part.replace('"', '""') + '"' for part in self.name.split("."))


_BARE = frozenset({"keyword", "type", "command", "argument", "file", "choice", "function"})


def is_plain(name: str) -> bool:
    """Say whether a name can be written without quotes."""
    return all(part.isidentifier() and part.isascii() and part.upper() not in _RESERVED for part in name.split("."))


_RESERVED = frozenset(
    "SELECT FROM WHERE GROUP ORDER HAVING QUALIFY LIMIT JOIN ON USING WITH UNION EXCEPT INTERSECT CASE WHEN THEN ELSE END AND OR NOT "
    "IN IS NULL TRUE FALSE LIKE BETWEEN EXISTS ALL ANY DISTINCT CREATE PARAM VALUES AS LATERAL CROSS LEFT RIGHT FULL INNER OUTER".split()
)


def keywords(words: Iterable[str], rank: int = 5) -> Iterator[Offer]:
    """Yield keywords; a bracket in one is inserted too."""
    for word in words:
        yield Offer(word, "keyword", "", rank, word if word.endswith("(") else f"{word} ")


def types() -> Iterator[Offer]:
    """Yield the names of types."""
    return (Offer(word, "type") for word in sorted(type_words()))


def parameters(known: Knowledge) -> Iterator[Offer]:
    """Yield declared parameters."""
    return (Offer(one.name, "parameter", f"{one.type} = {one.value}" if one.value else one.type) for one in known.parameters)


def relations(known: Knowledge, block: Block, qualifier: str = "") -> Iterator[Offer]:
    """Yield what can stand in FROM; behind `qualifier.` only what is qualified by it."""
    if qualifier:
        start = f"{qualifier.lower()}."
        for one in known.relations:
            if one.name.lower().startswith(start):
                yield Offer(one.name[len(start) :], one.kind, _width(len(one.columns)))
        return
    around: Block | None = block
    while around is not None:
        yield from (Offer(name, "cte", "WITH", 0) for name in around.ctes)
        around = around.parent
    yield from (
        Offer(one.name, one.kind, f"{one.kind}, {_width(len(one.columns))}", 1 if one.kind != SYSTEM else 3) for one in known.relations
    )
    yield from (_function(one, 2) for one in known.functions if one.kind == "table")


def _width(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def following(spot: Spot, last: Stretch) -> Iterator[Offer]:
    """Yield the keywords that may follow an expression or relation."""
    if last.word == "ASOF":
        yield from keywords(("JOIN", "LEFT JOIN"))
    elif last.word in ("LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "ANTI", "SEMI", "OUTER"):
        yield from keywords(("JOIN", "OUTER JOIN"))
    elif last.word in ("GROUP", "ORDER", "PARTITION"):
        yield from keywords(("BY",))
    else:
        if spot.clause == "ORDER":
            yield from keywords(_LATER["ORDER"], 3)
        if spot.clause in _CONDITIONS:
            yield from keywords(_OPERATORS, 6 if spot.clause in ("SELECT", "GROUP", "ORDER") else 3)
        yield from keywords(_LATER.get(spot.clause, ()), 4)
        yield from keywords(("WHEN", "THEN", "ELSE", "END"), 7)


def expressions(known: Knowledge, spot: Spot, columns: Columns, last: Stretch) -> Iterator[Offer]:
    """Yield what an expression can begin with: arguments' names in a call, columns, functions, parameters, keywords."""
    if spot.call is not None and last.text in ("(", ","):
        yield from _arguments(known, spot.call.name, spot.call.index, spot.call.named)
    yield from _columns(known, spot, columns)
    yield from (_function(one, 3 if one.ours else 4) for one in known.functions if one.kind != "table")
    yield from (Offer(one.name, "parameter", one.type, 6, f"PARAM {one.name}") for one in known.parameters)
    words = [*_EXPRESSION, *(("DISTINCT",) if last.word == "SELECT" else ()), *(("ALL",) if last.word == "BY" else ())]
    yield from keywords(words, 2 if last.word in ("SELECT", "BY") else 5)


def _arguments(known: Knowledge, name: str, index: int, named: frozenset[str]) -> Iterator[Offer]:
    for function in known.functions:
        if function.name.lower() == name.lower():
            for parameter in function.parameters[max(index - len(named), 0) :]:
                if parameter.name.lower() not in named:
                    default = f" = {parameter.default}" if parameter.default else ""
                    yield Offer(parameter.name, "argument", f"{parameter.type}{default}".strip(), 0, f"{parameter.name} => ")


def _columns(known: Knowledge, spot: Spot, columns: Columns) -> Iterator[Offer]:
    """Yield columns in reach: qualified where several things have one of that name; of everything where there is no FROM yet."""
    items = spot.block.reach()
    found = [(item, column) for item in items for column in columns.of(item, spot.block)]
    counts = Counter(column.name.lower() for _, column in found)
    for item, column in found:
        ambiguous = counts[column.name.lower()] > 1 and spot.clause != "USING"
        name = f"{item.shown}.{column.name}" if ambiguous and item.shown else column.name
        yield Offer(name, "column", column.type, 1)
    if spot.clause != "USING":
        yield from (Offer(item.shown, "alias", item.name or "subquery", 2, f"{item.shown}.") for item in items if item.shown and found)
    if not items:
        for relation in (one for one in known.relations if one.kind != SYSTEM):
            yield from (Offer(column.name, "column", f"{column.type}, {relation.name}", 2) for column in relation.columns)


def _function(one: Function, rank: int) -> Offer:
    return Offer(one.name, "function", one.signature.removeprefix(one.name).removesuffix("()"), rank, f"{one.name}(")
