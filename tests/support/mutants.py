"""Mutants of a project's SQL files: one mistake each, as a person would make it, with the place where it was made."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from treadle.dialect import parse
from treadle.dialect.diagnostics import Diagnostic
from treadle.dialect.source import Source
from treadle.dialect.statements.materialized_view import MaterializedViewStatement
from treadle.dialect.statements.view import ViewStatement
from treadle.dialect.tokens import pieces
from treadle.planner.bind.names import tables_read
from treadle.planner.project import Project

Files = Mapping[str, str]
#: A type for another one, so that no value of either means one of the other.
RETYPED = {"DATE": "BOOLEAN", "VARCHAR": "DATE", "DOUBLE": "DATE", "BIGINT": "VARCHAR", "INT": "DATE", "BOOLEAN": "DATE"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """Files with one mistake.

    Args:
        kind: what was done, as in `MUTATORS`.
        file: the file that was changed.
        start: where its changed text begins.
        end: where it ends.
        files: all files as they are now; a deleted one is missing.
        gone: names that no file declares any more, for a cut file; each place that needs one is told as well.
        what: the change in words.
    """

    kind: str
    file: str
    start: int
    end: int
    files: Files
    what: str
    gone: frozenset[str] = frozenset()

    def told_once(self, found: Sequence[Diagnostic]) -> bool:
        """Say whether the mistake is told by one error, apart from those for what is gone, each of which is a place to look at."""
        return len([one for one in found if not any(f"`{name}`" in one.message for name in self.gone)]) <= 1 <= len(found)

    def found_by(self, one: Diagnostic) -> bool:
        """Say whether a diagnostic points at the mistake, with its place or a label, or names what is gone."""
        places = [one.span, *(label.span for label in one.labels)]
        at_place = any(p is not None and p.source.name == self.file and p.overlaps(self.start, self.end) for p in places)
        return at_place or any(f"`{name}`" in one.message for name in self.gone)


@dataclass(frozen=True, slots=True)
class Text:
    """One file with its tokens and statements."""

    name: str
    text: str
    tokens: tuple[Token, ...]
    files: Files

    def mutant(self, kind: str, start: int, end: int, new: str, margin: tuple[int, int] = (0, 0)) -> Mutant:
        """Return the mutant that has other text in a place; the margin is added to the place, in characters before and behind."""
        text = self.text[:start] + new + self.text[end:]
        line = self.text.count("\n", 0, start) + 1
        what = f"{kind} in {self.name}:{line}: `{self.text[start:end]}` → `{new}`"
        return Mutant(kind, self.name, start - margin[0], start + len(new) + margin[1], {**self.files, self.name: text}, what)


def texts(files: Files) -> list[Text]:
    """Return the files with their tokens."""
    return [Text(n, t, tuple(k for p in pieces(Source(n, t)) for k in p.tokens), files) for n, t in sorted(files.items())]


def _is_name(token: Token, text: str) -> bool:
    """Say whether a token is a name: the examples write keywords and types in capitals."""
    written = text[token.start : token.end + 1]
    return token.token_type is not TokenType.STRING and written.isidentifier() and written == written.lower()


def rename(files: Files, free: Collection[tuple[str, int]] = ()) -> Iterator[Mutant]:
    """Misspell a name at one place.

    A name that stands nowhere else, a tag, or an output column that nobody reads (`free`) may be
    called anything: the text says the same of everything else, so these are left alone.
    """
    found = [
        (one, t, one.text[t.start : t.end + 1])
        for one in texts(files)
        for t in one.tokens
        if _is_name(t, one.text) and (one.name, t.start) not in free and not re.search(r"TAGS *\([^)]*$", one.text[: t.start])
    ]
    counts: dict[str, int] = {}
    for _, _, name in found:
        counts[name] = counts.get(name, 0) + 1
    for one, token, name in found:
        if counts[name] > 1:
            half = max(1, len(name) // 2)
            yield one.mutant("rename", token.start, token.end + 1, f"{name[:half]}q{name[half:]}")


def retype(files: Files) -> Iterator[Mutant]:
    """Give a parameter, an argument or a result another type."""
    for one in texts(files):
        for before, token in pairwise(one.tokens):
            written = one.text[token.start : token.end + 1]
            declares = _is_name(before, one.text) or one.text[before.start : before.end + 1] == "RETURNS"
            if declares and written in RETYPED:
                yield one.mutant("retype", token.start, token.end + 1, RETYPED[written])


def drop_comma(files: Files) -> Iterator[Mutant]:
    """Leave a comma out; the place is that of its neighbours, which now stand side by side."""
    for one in texts(files):
        for before, token, after in zip(one.tokens, one.tokens[1:], one.tokens[2:], strict=False):
            if token.token_type is TokenType.COMMA:
                margin = token.start - before.start, after.end - token.end
                yield one.mutant("drop a comma", token.start, token.end + 1, "", margin)


def swap(files: Files) -> Iterator[Mutant]:
    """Swap two neighbouring arguments of a call when one of them is a text and the other is not, or one is named."""
    for one in texts(files):
        for at, token in enumerate(one.tokens):
            if token.token_type is not TokenType.L_PAREN or not at or not _is_name(one.tokens[at - 1], one.text):
                continue
            spans = _arguments(one, at)
            for (first, last), (start, end) in pairwise(spans):
                left, right = one.text[first:last], one.text[start:end]
                named = [re.match(r"\w+ *=>", text) is not None for text in (left, right)]
                if left.startswith("'") != right.startswith("'") or named[0] != named[1]:
                    yield one.mutant("swap arguments", first, end, right + one.text[last:start] + left)


def _arguments(one: Text, at: int) -> list[tuple[int, int]]:
    """Return the places of the arguments of the call whose bracket is this token."""
    depth, start, found = 0, one.tokens[at].end + 1, []
    for before, token in pairwise(one.tokens[at:]):
        if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET):
            depth += 1
        elif depth and token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET):
            depth -= 1
        elif not depth and token.token_type in (TokenType.COMMA, TokenType.R_PAREN):
            found.append((start, before.end + 1))
            start = token.end + 1
            if token.token_type is TokenType.R_PAREN:
                break
    return [(s + len(one.text[s:e]) - len(one.text[s:e].lstrip()), e) for s, e in found if e > s]


def close_cycle(files: Files) -> Iterator[Mutant]:
    """Let a view read a view that reads it."""
    views = {
        s.name.text: (one, s)
        for one in texts(files)
        for s in parse(Source(one.name, one.text)).statements
        if isinstance(s, ViewStatement | MaterializedViewStatement)
    }
    places = {name: [(t.name, t.this.meta["span"]) for t in tables_read(s.query.tree)] for name, (_, s) in views.items()}
    for upstream, (one, _) in views.items():
        for downstream in sorted(_readers(upstream, places)):
            for _, (start, end) in places[upstream]:
                yield one.mutant("close a cycle", start, end, downstream)


def _readers(name: str, places: Mapping[str, list[tuple[str, tuple[int, int]]]]) -> set[str]:
    found: set[str] = set()
    todo = [name]
    while todo:
        read = todo.pop()
        new = {reader for reader, tables in places.items() if any(table == read for table, _ in tables)} - found
        found |= new
        todo += new
    return found - {name}


def cut(files: Files) -> Iterator[Mutant]:
    """Delete a file that others need, or end it in the middle of a statement, so that its last one can't be read.

    What still reads as a whole statement after the cut (a view that lost its WHERE) is valid SQL, and no reader could tell.
    """
    for one in texts(files):
        rest = {name: text for name, text in files.items() if name != one.name}
        gone = frozenset(name for name in _declared(one) if any(name in text for text in rest.values()))
        if gone:
            yield Mutant("cut a file", one.name, 0, 0, rest, f"cut a file: {one.name} deleted", gone)
        for statement in pieces(Source(one.name, one.text)):
            for token in statement.tokens[:-1]:
                text = one.text[: token.end + 1]
                if parse(Source(one.name, text)).diagnostics:
                    what = f"cut a file: {one.name} behind `{text[-30:]}`"
                    behind = frozenset(re.findall(r"^CREATE (?:\w+ )*?(?:VIEW|SOURCE|FUNCTION) (\w+)", one.text[len(text) :], re.M))
                    yield Mutant("cut a file", one.name, statement.tokens[0].start, len(text), {**rest, one.name: text}, what, behind)


def _declared(one: Text) -> frozenset[str]:
    statements = parse(Source(one.name, one.text)).statements
    return frozenset(s.name.text for s in statements if hasattr(s, "name") and s.name is not None)


MUTATORS = (rename, retype, drop_comma, swap, close_cycle, cut)


def unread_columns(project: Project) -> frozenset[tuple[str, int]]:
    """Return the places of the aliases of output columns that no view reads, by file and offset."""
    found = set()
    for view in project.views.values():
        for node in _outermost(view.statement.query.tree):  # type: ignore[attr-defined]
            alias = node.args.get("alias")
            if isinstance(alias, exp.Identifier) and not _is_read(project, view.name, str(alias.this), {view.name}):
                source, (start, end) = view.statement.span.source, alias.meta["span"]
                own = source.text[view.statement.span.start : start] + source.text[end : view.statement.span.end]
                own = re.sub("'[^']*'", "", own)
                if not re.search(rf"(?<![.\w]){re.escape(str(alias.this))}\b", own):
                    found.add((source.name, start))
    return frozenset(found)


def _outermost(tree: exp.Expr) -> list[exp.Expr]:
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    return list(tree.expressions)


def _is_read(project: Project, view: str, column: str, seen: set[str]) -> bool:
    """Say whether a view names a column of another one; a star hands it on to those that read that view."""
    for reader in project.views.values():
        aliases = {t.alias for t in reader.tree.find_all(exp.Table) if t.name == view}
        for node in reader.tree.find_all(exp.Column) if aliases else ():
            if node.table in aliases and node.name == column:
                place = node.meta.get("span")
                written = reader.statement.span.source.text[slice(*place)] if place else ""
                if not written.endswith("*"):
                    return True
                if reader.name not in seen and _is_read(project, reader.name, column, seen | {reader.name}):
                    return True
    return False


def mutants(files: Files, project: Project, seed: int, each: int) -> list[Mutant]:
    """Return up to `each` mutants of every kind, chosen by a seed; the project is the one that the files make."""
    chosen = random.Random(seed)
    found: list[Mutant] = []
    for mutator in MUTATORS:
        every = list(rename(files, unread_columns(project)) if mutator is rename else mutator(files))  # type: ignore[operator]
        found += chosen.sample(every, min(each, len(every)))
    return found
