"""Owns how a statement's tree becomes its parts: names, strings, options, and the islands read by the query parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lark import Token as Terminal
from lark import Tree
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from .diagnostics import error
from .nodes import Param
from .reading import Stop
from .source import Source, Span
from .statements.base import Expr, Location, Name, Option, QName, Query, TypeRef
from .stopping import nested_too_deeply, stopped
from .types_sql import TypeStop, read_type

Node = Tree[Terminal]


class Reader:
    """Reads the parts of one statement.

    Args:
        source: the text.
        tokens: the statement's tokens.
        parser: makes a query parser; one is used for all islands of a source.
    """

    def __init__(self, source: Source, tokens: list[Token], parser: Any) -> None:
        """Start at nothing; the methods take the tree's nodes."""
        self.source, self.tokens, self.parser = source, tokens, parser

    def span(self, part: Terminal | Node) -> Span:
        """Return the place of a part of the tree."""
        found = [part] if isinstance(part, Terminal) else [t for t in part.scan_values(lambda v: isinstance(v, Terminal))]
        start, end = found[0].start_pos or 0, found[-1].end_pos or 1
        return self.source.span(self.tokens[start].start, self.tokens[end - 1].end + 1)

    def name(self, terminal: Terminal) -> Name:
        """Return one identifier, or a string that stands for one."""
        token = self.tokens[terminal.start_pos or 0]
        quoted = token.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
        return Name(token.text, quoted, self.source.span(token.start, token.end + 1))

    def qname(self, tree: Node) -> QName:
        """Return a name with at most one level of qualification."""
        return QName(tuple(self.name(t) for t in terminals(tree, "NAME")))

    def names(self, tree: Node) -> tuple[Name, ...]:
        """Return a list of names in brackets."""
        return tuple(self.name(t) for t in terminals(tree, "NAME"))

    def string(self, terminal: Terminal) -> str:
        """Return what a string says."""
        return self.tokens[terminal.start_pos or 0].text

    def word(self, tree: Node) -> str:
        """Return the keyword that a node stands for, in upper case."""
        return next(c.type for c in tree.children if isinstance(c, Terminal))

    def comment(self, tree: Node) -> str:
        """Return the text of `COMMENT '…'`."""
        return self.string(terminals(tree, "STRING")[0])

    def tags(self, tree: Node) -> tuple[str, ...]:
        """Return the words of `TAGS (…)`."""
        return tuple(self.string(t) for t in terminals(tree, "NAME", "STRING"))

    def options(self, tree: Node) -> tuple[Option, ...]:
        """Return the pairs of `OPTIONS (…)`.

        Raises:
            TreadleError: T1011 for a name that stands twice.
        """
        found: dict[str, Option] = {}
        for pair in subtrees(tree, "option"):
            name = self.name(terminals(pair, "NAME", "STRING")[0])
            if name.text.lower() in found:
                raise error("T1011", f"`{name.text}` is given twice", name.span, help="leave one out")
            found[name.text.lower()] = Option(name, self.expression(terminals(pair, "EXPR")[0]).tree)
        return tuple(found.values())

    def type(self, terminal: Terminal) -> TypeRef:
        """Return a type."""
        start = terminal.start_pos or 0
        try:
            found, _ = read_type(self.tokens, start)
        except TypeStop as stop:
            token = stop.token or self.tokens[-1]
            raise error(stop.code, stop.message, self.source.span(token.start, token.end + 1), help=stop.help) from None
        return TypeRef(found, self.span(terminal))

    def expression(self, terminal: Terminal) -> Expr:
        """Return an expression island.

        Raises:
            TreadleError: the first thing wrong in it.
        """
        tree = self._island(terminal, lambda p: p._parse_disjunction(), "an expression")
        return Expr(tree, self.span(terminal))

    def query(self, terminal: Terminal) -> Query:
        """Return a query island.

        Raises:
            TreadleError: the first thing wrong in it.
        """
        tree = self._island(terminal, lambda p: p.read_query(), "a query")
        assert isinstance(tree, exp.Query)
        return Query(tree, self.span(terminal))

    def location(self, terminal: Terminal) -> Location:
        """Return a path.

        Raises:
            TreadleError: T1001 when it is no string, parameter or expression of both.
        """
        tree = self.expression(terminal).tree
        if not isinstance(tree, (exp.Literal, Param, exp.DPipe, exp.Anonymous)) or (isinstance(tree, exp.Literal) and not tree.is_string):
            span = self.span(terminal)
            raise error("T1001", f"found `{span.text}`, expected a path", span, help="write it in quotes: 'lake/flights'")
        return Location(tree, self.span(terminal))

    def check(self, terminal: Terminal) -> None:
        """Read an island for its errors only.

        Raises:
            TreadleError: the first thing wrong in it.
        """
        if terminal.type == "TYPE":
            self.type(terminal)
        elif terminal.type == "QUERY":
            self.query(terminal)
        elif terminal.type == "EXPR":
            self.expression(terminal)

    def _island(self, terminal: Terminal, read: Callable[[Any], exp.Expr | None], expected: str) -> exp.Expr:
        start, end = terminal.start_pos or 0, terminal.end_pos or 0
        following = self.tokens[end] if end < len(self.tokens) else None
        return island(self.parser(), self.tokens[start:end], self.source, read, expected, following)


def island(
    parser: Any,
    tokens: list[Token],
    source: Source,
    read: Callable[[Any], exp.Expr | None],
    expected: str,
    following: Token | None = None,
) -> exp.Expr:
    """Return the tree of some tokens.

    Args:
        parser: a query parser.
        read: the method of it that reads.
        expected: what is due, in words.
        following: the token behind the island, which is where an unfinished island ends for people.

    Raises:
        TreadleError: the first thing wrong.
    """
    try:
        found: exp.Expr = parser.island(lambda: read(parser), tokens, source.text, expected)
        return found
    except Stop as stop:
        raise stopped(stop, source, tokens, following) from None
    except (AttributeError, AssertionError, IndexError, KeyError, TypeError, ValueError) as fault:
        # sqlglot builds nodes before it looks at them: half a construct can surprise it, at the token where it stands.
        surprised = parser.here("expected something else")
        raise stopped(surprised, source, tokens, following, cause=f"{type(fault).__name__}: {fault}") from fault
    except RecursionError:
        raise nested_too_deeply(source, tokens) from None


def terminals(tree: Node, *kinds: str) -> list[Terminal]:
    """Return the terminals of some kinds right below a node."""
    return [c for c in tree.children if isinstance(c, Terminal) and c.type in kinds]


def subtrees(tree: Node, *names: str) -> list[Node]:
    """Return the nodes of some names right below a node."""
    return [c for c in tree.children if isinstance(c, Tree) and c.data in names]


def once(
    reader: Reader,
    tree: Node,
    *,
    groups: tuple[tuple[str, ...], ...] = (),
    repeated: tuple[str, ...] = (),
    joined: list[Node] | None = None,
) -> dict[str, Node]:
    """Return the clauses of a statement by name; a clause that stands twice is an error.

    Args:
        joined: further nodes whose clauses count as this one's.
        groups: names that exclude each other.
        repeated: names that may stand more than once, and are left out here.

    Raises:
        TreadleError: T1011 at the second of two.
    """
    owner = {name: group for group in groups for name in group}
    seen: dict[object, Node] = {}
    found: dict[str, Node] = {}
    for clause in (c for node in (tree, *(joined or ())) for c in node.children if isinstance(c, Tree)):
        name = str(clause.data)
        if name in repeated:
            continue
        key = owner.get(name, name)
        if key in seen:
            raise error("T1011", f"found a second {_words(name)}, expected one", reader.span(clause), help="leave one out")
        seen[key] = found[name] = clause
    return found


def _words(name: str) -> str:
    shown = {"into": "INTO", "constraint_clause": "CONSTRAINT", "refresh_clause": "REFRESH", "format": "format"}
    return shown.get(name, name.replace("_", " ").upper())
