"""Owns completion of dot commands and of what stands behind them."""

from __future__ import annotations

from collections.abc import Iterator

from ..inputs import QUERY_WORDS, words
from ..knowledge import Knowledge
from .offers import Offer


def dot_completions(line: str, cursor: int, known: Knowledge) -> tuple[str, list[Offer]] | None:
    """Return the prefix and what may be in its place; None where a query is being typed behind the command."""
    before = line[:cursor]
    if not any(char.isspace() for char in before):
        return before, [
            Offer(one.name, "command", one.summary, 0, _with_space(one.argument or one.choices, one.name)) for one in known.commands
        ]
    name = before.split(None, 1)[0].lower()
    command = next((one for one in known.commands if one.name == name), None)
    if command is None:
        return "", []
    typed = [] if before.endswith(" ") else [list(words(before))[-1][0]]
    prefix = typed[0] if typed else ""
    earlier = [word for word, _ in words(before)][1 : None if before.endswith(" ") else -1]
    if command.argument == "query" and earlier or any(word.upper() in QUERY_WORDS for word in earlier):
        return None
    return _argument(command.argument, command.choices, prefix, earlier, known)


def _with_space(more: object, name: str) -> str:
    return f"{name} " if more else name


def _argument(argument: str, choices: tuple[str, ...], prefix: str, earlier: list[str], known: Knowledge) -> tuple[str, list[Offer]]:
    if argument == "file":
        offers = [Offer(one.name, "file", one.kind) for one in known.files(prefix.lstrip("'\""))]
        return prefix, offers
    if argument == "selector":
        sign = "+" if prefix.startswith("+") else ""
        return prefix, list(_selectors(sign, known))
    if argument == "parameter":
        return prefix, list(_parameters(prefix, known))
    if argument == "column" and earlier:
        return prefix, [Offer(word, "choice") for word in ("up", "down")]
    if argument in ("relation", "column"):
        return prefix, list(_names(argument, prefix, known))
    if argument == "command":
        return prefix, [Offer(one.name, "command", one.summary) for one in known.commands]
    return prefix, [Offer(one, "choice") for one in choices] if not earlier else []


def _selectors(sign: str, known: Knowledge) -> Iterator[Offer]:
    for one in known.relations:
        if one.kind in ("view", "table"):
            yield Offer(sign + one.name, "choice", one.kind, 0 if one.kind == "table" else 1)
    yield from (Offer(f"tag:{tag}", "choice", "tag", 2) for tag in known.tags)


def _parameters(prefix: str, known: Knowledge) -> Iterator[Offer]:
    for one in known.parameters:
        if one.origin == "session":
            yield Offer(f"-{one.name}", "choice", "forget the value", 1)
        yield Offer(one.name, "parameter", f"{one.type} = {one.value}" if one.value else one.type, 0, f"{one.name}=")


def _names(argument: str, prefix: str, known: Knowledge) -> Iterator[Offer]:
    owner = prefix.rpartition(".")[0].lower()
    for one in known.relations:
        if argument == "column" and owner and one.name.lower() == owner:
            yield from (Offer(f"{one.name}.{column.name}", "column", column.type, 0, f"{one.name}.{column.name}") for column in one.columns)
        yield Offer(one.name, "choice", one.kind, 1)
    if argument == "column":
        yield from (Offer(one.name, "parameter", one.type, 2, f'"PARAM {one.name}"') for one in known.parameters)
    elif not owner:
        yield from (Offer(one.name, "function", one.signature, 3) for one in known.functions if one.ours)
