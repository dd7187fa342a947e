"""Owns the one tokenisation of a source: its tokens, cut into statements, and what is wrong with tokens.

In: a `Source`. Out: one `Piece` for each statement. A fault in a token spoils its own
statement only; after a string or comment without an end nothing can be told apart, so
the piece with it is the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from .diagnostics import Diagnostic, TreadleError, error
from .escapes import decode
from .friendly import divides
from .quick_tokens import quick_tokens
from .source import Source
from .templates import in_strings, may_hold_template, template_in
from .tokenizer import TreadleTokenizer

_STRINGS = frozenset({TokenType.STRING, TokenType.RAW_STRING, TokenType.BYTE_STRING})
_NUMBERS = frozenset({TokenType.NUMBER, TokenType.BIT_STRING})
_FOREIGN = frozenset({TokenType.HEX_STRING, TokenType.NATIONAL_STRING})
_NO_NAME_BEFORE = frozenset({TokenType.DOT, TokenType.ALIAS})
#: Words that may name a parameter although they are keywords elsewhere.
_PARAMETER_NAMES = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.FIRST, TokenType.NEXT, TokenType.RANGE, TokenType.ROW, TokenType.ROWS}
    | {TokenType.INTERVAL, TokenType.WINDOW, TokenType.LIMIT, TokenType.OFFSET}
)
_SUM = re.compile(r"([0-9.]+[eE][0-9]+)([+-])([0-9.]+)")
#: Words of two that are read as one, by the first.
_PAIRS = dict(word.split() for word in TreadleTokenizer.KEYWORDS if " " in word and word.replace(" ", "").isalpha())
_CREATED = frozenset({"OR", "SOURCE", "FUNCTION", "AGGREGATE", "WINDOW", "VIEW", "MATERIALIZED", "TEST"})


@dataclass(frozen=True, slots=True)
class Piece:
    """The tokens of one statement, without its semicolon.

    Args:
        problem: the first thing wrong with a token; the statement cannot be read.
        unseparated: the missing semicolon before it; the statement can be read all the same.
        doubts: warnings about its tokens.
    """

    tokens: list[Token]
    problem: Diagnostic | None = None
    unseparated: Diagnostic | None = None
    doubts: tuple[Diagnostic, ...] = ()


def pieces(source: Source) -> list[Piece]:
    """Return the statements of a source as tokens, in order; empty ones are left out."""
    tokens, tail = _scan(source)
    if may_hold_template(source.text):
        found = _templated(tokens, source)
    else:
        found = [replace(_checked(part, source), unseparated=_unseparated(before, part, source)) for before, part in _split(tokens)]
    if tail is None:
        return found
    last = found.pop() if found and tokens[-1].token_type is not TokenType.SEMICOLON else Piece([])
    return [*found, replace(last, problem=last.problem or tail)]


def _templated(tokens: list[Token], source: Source) -> list[Piece]:
    """Return the statements of a text that may hold templates; each spoils its own statement, and what it runs into."""
    found = []
    spoilt = False
    for before, part in _split(tokens):
        problem = template_in(part, source)
        piece = Piece(part, problem) if problem is not None else _checked(part, source)
        unseparated = None if spoilt or problem is not None else _unseparated(before, part, source)
        found.append(replace(piece, unseparated=unseparated, doubts=tuple(in_strings(part, source))))
        spoilt = problem is not None
    return found


def whole(source: Source) -> list[Token]:
    """Return the tokens of a source that holds one query, expression or type; a semicolon at its end is allowed.

    Raises:
        TreadleError: T1001 when a second statement follows, or the first thing wrong with a token.
    """
    found = pieces(source)
    if found and found[0].tokens[:1]:
        _retag_first(found[0].tokens)
    for piece in found:
        if piece.problem is not None:
            raise TreadleError(piece.problem)
    if len(found) > 1:
        second = found[1].tokens[0]
        raise error("T1001", f"found `{second.text}`, expected one statement only", source.span(second.start, second.end + 1))
    return found[0].tokens if found else []


def _scan(source: Source) -> tuple[list[Token], Diagnostic | None]:
    text = source.text
    from .sql import Treadle

    text = " " + text[1:] if text.startswith("\ufeff") else text
    if (plain := quick_tokens(text)) is not None:
        return plain, None
    tokenizer = TreadleTokenizer(dialect=Treadle)
    try:
        return _parted(tokenizer.tokenize(text)), None
    except TokenError:
        core = tokenizer._core
        return _parted(list(core.tokens)), _unterminated(source, core._start)


def _parted(tokens: list[Token]) -> list[Token]:
    """Return the tokens with `1e5-1` as a difference; sqlglot takes it for one number, and brackets around it would be lost."""
    found: list[Token] = []
    for token in tokens:
        sum_ = _SUM.fullmatch(token.text) if token.token_type is TokenType.NUMBER else None
        if sum_ is None:
            found.append(token)
            continue
        sign, at = TokenType.DASH if sum_[2] == "-" else TokenType.PLUS, token.start
        for kind, part in ((TokenType.NUMBER, 1), (sign, 2), (TokenType.NUMBER, 3)):
            found.append(Token(kind, sum_[part], token.line, token.col, at + sum_.start(part), at + sum_.end(part) - 1))
    return found


def _unterminated(source: Source, start: int) -> Diagnostic:
    """Return what is wrong with a token that the tokenizer could not end."""
    text = source.text
    opened = "/*" if text.startswith("/*", start) else "$$" if text.startswith("$$", start) else text[start : start + 1]
    what = {"/*": "this comment", '"': "this quoted name"}.get(opened, "this string")
    closing = {"/*": "*/", "$$": "$$", '"': '"'}.get(opened, "'")
    line_end = re.compile(r"[\r\n]|\Z").search(text, start)
    end = line_end.start() if line_end else len(text)
    help = "a quote inside is doubled: `'it''s'`" if closing == "'" else f"close it with `{closing}`"
    span = source.span(start, max(end, start + 1))
    return error("T1003", f"{what} has no end, expected `{closing}`", span, help=help).diagnostics[0]


def _split(tokens: list[Token]) -> Iterator[tuple[Token | None, list[Token]]]:
    """Yield the statements, each with the token before it if that is no semicolon: before a `CREATE` that can only begin one."""
    part: list[Token] = []
    before: Token | None = None
    for index, token in enumerate(tokens):
        kind = token.token_type
        if kind is TokenType.SEMICOLON or (kind is TokenType.CREATE and part and _begins(tokens, index)):
            if part:
                yield before, part
            before, part = (None if kind is TokenType.SEMICOLON else tokens[index - 1]), []
        if kind is not TokenType.SEMICOLON:
            part.append(token)
    if part:
        yield before, part


def _unseparated(before: Token | None, part: list[Token], source: Source) -> Diagnostic | None:
    if before is None:
        return None
    span = source.span(before.start, part[0].end + 1)
    return error("T1001", f"found `{part[0].text}`, expected `;` before it", span).diagnostics[0]


def _begins(tokens: list[Token], index: int) -> bool:
    before, after = tokens[index - 1].token_type, tokens[index + 1 : index + 2]
    return before not in _NO_NAME_BEFORE and bool(after) and after[0].text.upper() in _CREATED


def _checked(part: list[Token], source: Source) -> Piece:
    """Retag parameters, decode strings, and find the first token that touches or repeats what it must not."""
    before: Token | None = None
    for index, token in enumerate(part):
        kind = token.token_type
        if kind is TokenType.VAR:
            if index and token.text.upper() == "PARAM" and names_parameter(part, index):
                token.token_type = TokenType.PARAMETER
            elif divides(part, index):
                token.token_type = TokenType.DIV
            elif (words := _parted_pair(part, index)) is not None:
                return Piece(part, _between(words, token, part[index + 1], source))
            elif not token.text.isidentifier():
                return Piece(part, _stray(token, source))
        elif kind in _FOREIGN and source.text[token.start] not in "xX":
            return Piece(part, _stray(token, source, "a decimal number or a plain string"))
        elif kind is TokenType.RAW_STRING:
            token.token_type = TokenType.STRING
        elif kind is TokenType.BYTE_STRING:
            start, end = token.start, token.end + 1
            decoded = decode(source.text[start + 2 : end - 1])
            if decoded is None:
                message = f"cannot read an escape in `{source.text[start:end]}`"
                help = r"write `\uXXXX` with four digits, or double the backslash"
                return Piece(part, error("T1006", message, source.span(start, end), help=help).diagnostics[0])
            token.text, token.token_type = decoded, TokenType.STRING
        if before is not None and (bad := _clash(before, token, source)) is not None:
            return Piece(part, bad)
        before = token
    return Piece(part)


def _parted_pair(part: list[Token], index: int) -> tuple[str, str] | None:
    """Return the two words that begin here and would be one token, were there not a comment between them."""
    second = _PAIRS.get(part[index].text.upper())
    after = part[index + 1 : index + 2]
    return (part[index].text.upper(), second) if second and after and after[0].text.upper() == second else None


def _between(words: tuple[str, str], first: Token, second: Token, source: Source) -> Diagnostic:
    span = source.span(first.end + 1, second.start)
    message = f"a comment stands between `{words[0]}` and `{words[1]}`"
    return error("T1001", message, span, help=f"move it before `{words[0]}` or behind `{words[1]}`").diagnostics[0]


def _retag_first(part: list[Token]) -> None:
    """Read `PARAM name` at the start of an expression as a parameter; at the start of a statement it declares one."""
    if part[0].token_type is TokenType.VAR and part[0].text.upper() == "PARAM" and len(part) > 1:
        if part[1].token_type in _PARAMETER_NAMES:
            part[0].token_type = TokenType.PARAMETER


def names_parameter(part: list[Token], index: int) -> bool:
    """Say whether a word at a place where `PARAM` can stand is followed by the name of a parameter."""
    following = part[index + 1] if index + 1 < len(part) else None
    return part[index - 1].token_type not in _NO_NAME_BEFORE and following is not None and following.token_type in _PARAMETER_NAMES


def _stray(token: Token, source: Source, expected: str = "a name of letters, digits and underscores") -> Diagnostic:
    span = source.span(token.start, token.end + 1)
    help = "put other names in double quotes" if token.token_type is TokenType.VAR else None
    odd = next((c for c in span.text if not c.isprintable()), None)
    if odd is not None:
        message = f"found the character U+{ord(odd):04X}, expected text"
        return error("T1004", message, span, help="is this a text file in UTF-8?").diagnostics[0]
    return error("T1004", f"found `{span.text}`, expected {expected}", span, help=help).diagnostics[0]


def _clash(before: Token, token: Token, source: Source) -> Diagnostic | None:
    """Return the diagnostic for two neighbours that would silently be read as something else."""
    first, touching = before.token_type, before.end + 1 == token.start
    span = source.span(before.start, token.end + 1)
    if first is TokenType.STRING and token.token_type in _STRINGS:
        return error("T1005", "found two strings in a row, expected one", span, help="join them with `||`").diagnostics[0]
    if not touching:
        return None
    text = source.text[token.start]
    wordy = text.isalnum() or text == "_"
    if first in _NUMBERS and (wordy or text == "."):
        return error(
            "T1005",
            f"found `{span.text}`, expected a space after the number",
            span,
            help="a name that begins with a digit stands in double quotes",
        ).diagnostics[0]
    if first is TokenType.STRING and (wordy or text == '"'):
        help = "is its closing quote missing, or a quote inside not doubled?"
        shown = source.span(before.start, before.end + 1)
        return error("T1005", f"a word touches the end of this string: `{token.text}`", shown, help=help).diagnostics[0]
    return None
