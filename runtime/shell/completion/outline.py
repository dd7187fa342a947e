"""Owns the outline of a query that is being typed: its SELECTs, what stands in each FROM, and where the cursor is in it.

In: stretches of half a statement. Out: `Block`s, one for each SELECT, and the `Spot` of the cursor. It
reads on behind what is wrong, since what is typed mostly is, and never raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ....dialect.scan import Stretch, query_words

CLAUSES = frozenset(
    {"SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "QUALIFY", "LIMIT", "OFFSET", "ON", "USING", "WINDOW", "VALUES", "PARTITION"}
)
SET_OPERATIONS = frozenset({"UNION", "EXCEPT", "INTERSECT"})
STARTS = frozenset({"SELECT", "WITH", "FROM", "VALUES"})
_NO_ALIAS = query_words()


@dataclass(slots=True)
class Item:
    """One thing in FROM: a named relation, a subquery, a function's call, or a path; with its alias."""

    name: str = ""
    alias: str = ""
    block: Block | None = None
    function: str = ""
    path: str = ""
    columns: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """Return the name under which its columns are written."""
        return self.alias or self.name.rpartition(".")[2] or self.function


@dataclass(slots=True)
class Block:
    """One SELECT with its FROM.

    Args:
        parent: the one around it.
        ctes: what WITH names here, by lower-case name; those of the parents count too.
        relations: what stands in FROM.
        items: the stretches of each part of the select list; None without SELECT, which means all columns.
        columns: names that stand in brackets behind a common table expression's.
    """

    parent: Block | None = None
    ctes: dict[str, Block] = field(default_factory=dict)
    relations: list[Item] = field(default_factory=list)
    items: list[list[Stretch]] | None = None
    columns: list[str] = field(default_factory=list)

    def cte(self, name: str) -> Block | None:
        """Return the common table expression of a name, from here or from around."""
        block: Block | None = self
        while block is not None:
            if name.lower() in block.ctes:
                return block.ctes[name.lower()]
            block = block.parent
        return None

    def reach(self) -> list[Item]:
        """Return what columns may come from: what stands in FROM here, then around."""
        return [*self.relations, *(self.parent.reach() if self.parent is not None else ())]


@dataclass(frozen=True, slots=True)
class Call:
    """A call around the cursor: its name, how many arguments are complete, which of them are named."""

    name: str
    index: int
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the cursor is.

    Args:
        block: the SELECT that it is in.
        clause: the clause's first word; empty at the start.
        expects: whether a relation is due.
        call: the innermost call around it, if its brackets are the innermost.
    """

    block: Block
    clause: str
    expects: bool
    call: Call | None


@dataclass(slots=True)
class _Frame:
    """One level of brackets."""

    kind: str
    block: Block
    clause: str = ""
    expects: bool = False
    item: Item | None = None
    name: str = ""
    index: int = 0
    named: set[str] = field(default_factory=set)
    pending: str = ""
    columns: list[str] = field(default_factory=list)


def outline(stretches: Sequence[Stretch], cursor: int) -> Spot:
    """Return where the cursor is.

    Args:
        stretches: those of a query, without what is being typed.
        cursor: how many of them stand before the cursor.
    """
    walk = _Walk(stretches)
    spot: Spot | None = None
    for index in range(len(stretches)):
        if index == cursor:
            spot = walk.spot()
        walk.step(index)
    return spot or walk.spot()


class _Walk:
    """Goes over stretches once, keeping the brackets that are open."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._all = stretches
        self._frames = [_Frame("query", Block())]

    def spot(self) -> Spot:
        frame = self._frames[-1]
        call = Call(frame.name, frame.index, frozenset(frame.named)) if frame.kind == "call" else None
        return Spot(frame.block, frame.clause, frame.expects, call)

    def step(self, index: int) -> None:
        one, frame = self._all[index], self._frames[-1]
        if one.text in ("(", "[", "{"):
            self._open(index, frame)
        elif one.text in (")", "]", "}"):
            self._close(frame)
        elif one.text == ",":
            self._comma(frame)
        elif one.text == "=>" and frame.kind == "call":
            frame.named.add(self._all[index - 1].text.lower() if index else "")
        elif not (one.word and self._keyword(one.word, frame)):
            self._other(index, one, frame)
        if frame.kind == "query" and frame.clause == "SELECT" and frame.block.items and one.word != "SELECT" and one.text != ",":
            frame.block.items[-1].append(one)

    def _open(self, index: int, frame: _Frame) -> None:
        after = self._all[index + 1].word if index + 1 < len(self._all) else ""
        before = self._all[index - 1] if index else None
        if self._all[index].text == "(" and after in STARTS:
            self._frames.append(_Frame("query", self._subquery(frame)))
            return
        named = before is not None and before.kind in ("word", "name") and before.end == self._all[index].start
        if frame.clause == "WITH" and frame.pending:
            self._frames.append(_Frame("columns", frame.block))
        elif named and before is not None and before.word not in ("IN", "OVER", "USING", "ON", "AND", "OR", "NOT", "WHERE", "VALUES", "BY"):
            if frame.item is not None and frame.item.name and frame.clause == "FROM" and frame.item.name.endswith(_plain(before)):
                frame.item.function, frame.item.name = frame.item.name, ""
            self._frames.append(_Frame("call", frame.block, clause="CALL", name=_plain(before)))
        else:
            self._frames.append(_Frame("group", frame.block, clause=frame.clause, expects=frame.expects))

    def _subquery(self, frame: _Frame) -> Block:
        block = Block(parent=frame.block)
        if frame.clause == "WITH" and frame.pending:
            block.columns = frame.columns
            frame.block.ctes[frame.pending.lower()] = block
            frame.pending, frame.columns = "", []
        elif frame.clause == "FROM" and frame.expects:
            frame.item = Item(block=block)
            frame.block.relations.append(frame.item)
            frame.expects = False
        return block

    def _close(self, frame: _Frame) -> None:
        if len(self._frames) > 1:
            self._frames.pop()
            if frame.kind == "columns":
                self._frames[-1].columns = frame.columns

    def _comma(self, frame: _Frame) -> None:
        if frame.kind == "call":
            frame.index += 1
        elif frame.clause == "FROM":
            frame.expects, frame.item = True, None
        elif frame.clause == "SELECT" and frame.kind == "query" and frame.block.items is not None:
            frame.block.items.append([])

    def _keyword(self, word: str, frame: _Frame) -> bool:
        """Take a word that changes the clause; say whether it is one."""
        if frame.kind == "call" and word in ("FROM", "WHERE", "ORDER", "PARTITION", "ON"):
            return True
        if word == "WITH" and frame.kind == "query" and not frame.clause:
            frame.clause = "WITH"
        elif word in SET_OPERATIONS and frame.kind == "query":
            sibling = Block(parent=frame.block.parent, ctes=frame.block.ctes)
            frame.block, frame.clause, frame.item, frame.expects = sibling, "", None, False
        elif word == "FROM" or word == "JOIN":
            frame.clause, frame.expects, frame.item = "FROM", True, None
        elif word in CLAUSES:
            frame.clause, frame.expects = word, False
            if word == "SELECT" and frame.kind == "query":
                frame.block.items = [[]]
        else:
            return False
        return True

    def _other(self, index: int, one: Stretch, frame: _Frame) -> None:
        """Take a name, string or number: a relation, its alias, the name of a common table expression."""
        if frame.kind == "columns" and one.kind in ("word", "name"):
            frame.columns.append(_plain(one))
        elif frame.clause == "WITH" and one.kind in ("word", "name") and one.word not in ("AS", "RECURSIVE", "NOT", "MATERIALIZED"):
            frame.pending, frame.columns = _plain(one), []
        elif frame.clause == "FROM":
            self._in_from(index, one, frame)

    def _in_from(self, index: int, one: Stretch, frame: _Frame) -> None:
        if frame.expects and one.kind in ("word", "name", "string") and one.word != "LATERAL":
            frame.item = Item(path=one.text.strip("'")) if one.kind == "string" else Item(name=_plain(one))
            frame.block.relations.append(frame.item)
            frame.expects = False
        elif frame.item is None or one.kind not in ("word", "name"):
            return
        elif index and self._all[index - 1].text == "." and frame.item.name and not frame.item.alias:
            frame.item.name += f".{_plain(one)}"
        elif not frame.item.alias and one.word not in _NO_ALIAS:
            frame.item.alias = _plain(one)


def _plain(one: Stretch) -> str:
    """Return a name without its quotes."""
    return one.text.strip('"').replace('""', '"') if one.kind == "name" else one.text
