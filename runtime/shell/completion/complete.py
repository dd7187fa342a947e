"""Owns `complete`: what may follow at a cursor, by its position, from what the shell knows; pure.

In: the text that is being typed, the cursor, `Knowledge`. Out: completions, best first. Text is mostly
incomplete or wrong here; nothing raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ....dialect.scan import Stretch, scan
from ..knowledge import Knowledge
from .dots import dot_completions
from .offers import Offer, expressions, following, keywords, parameters, relations, types
from .outline import STARTS, outline
from .scope import Columns
from .statements import STATEMENTS, declaring

LIMIT = 200
_BEFORE_PATHS = frozenset({"FROM", "JOIN", "INTO", "DELTA", "PARQUET", "CSV", "JSON"})
BEGINS, PART, LOOSE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Completion:
    """What may be inserted in place of the text from `start` up to the cursor.

    Args:
        text: what is inserted.
        kind: `column`, `table`, `view`, `source`, `frame`, `function`, `argument`, `parameter`, `keyword`, `type`, `file`, `command`, ….
        meta: a few words beside it: a type, a signature.
        start: offset of the first character that it replaces.
    """

    text: str
    kind: str
    meta: str
    start: int


def complete(text: str, cursor: int, known: Knowledge) -> list[Completion]:
    """Return the completions at an offset of a text, best first."""
    dotted = text.lstrip()
    if dotted.startswith("."):
        begin = len(text) - len(dotted)
        found = dot_completions(dotted, cursor - begin, known)
        if found is not None:
            prefix, offers = found
            return _ranked(offers, prefix, cursor)
        text = _blanked(text)
    stretches = _statement(text, cursor)
    here = next((one for one in stretches if one.start < cursor <= one.end), None)
    if here is not None and here.kind == "comment" and (cursor < here.end or not here.closed or here.text.startswith("--")):
        return []
    if here is not None and here.kind == "string" and (cursor < here.end or not here.closed):
        earlier = [one for one in stretches if one.end <= here.start and one.kind != "comment"]
        return _files(text, here, cursor, known) if _is_path(earlier) else []
    stretches = [one for one in stretches if one.kind != "comment"]
    prefix, quoted = _prefix(here, text, cursor)
    others = [one for one in stretches if one is not here or not prefix]
    before = sum(one.end <= cursor - len(prefix) - quoted for one in others)
    return _ranked(_offers(others, before, known), prefix, cursor, quoted)


def _blanked(text: str) -> str:
    """Return a dot command with a query behind it, with spaces in place of the command."""
    first = next((one.start for one in scan(text) if one.word in STARTS), len(text))
    return " " * first + text[first:]


def _statement(text: str, cursor: int) -> list[Stretch]:
    """Return the stretches of the statement that the cursor is in."""
    found: list[Stretch] = []
    for one in scan(text):
        if one.text == ";" and one.kind == "sign":
            if one.end > cursor:
                break
            found = []
        else:
            found.append(one)
    return found


def _prefix(here: Stretch | None, text: str, cursor: int) -> tuple[str, bool]:
    """Return the part of a name before the cursor, and whether it is in quotes."""
    if here is None:
        return "", False
    if here.kind == "name":
        return (text[here.start + 1 : cursor], True) if cursor < here.end or not here.closed else ("", False)
    return (text[here.start : cursor], False) if here.kind == "word" else ("", False)


def _is_path(before: list[Stretch]) -> bool:
    """Say whether a string behind some stretches is a path: of a relation, of a source, of what is written."""
    last = before[-1] if before else None
    if last is None:
        return False
    if last.text in ("(", "=>") and len(before) > 1:
        return before[-2].text.lower().startswith("read_") or before[-2].word == "PATH"
    return last.word in _BEFORE_PATHS


def _files(text: str, here: Stretch, cursor: int, known: Knowledge) -> list[Completion]:
    prefix = text[here.start + 1 : cursor]
    closing = "" if here.closed else "'"
    return [
        Completion(one.name + ("" if one.kind == "folder" else closing), "file", one.kind, here.start + 1) for one in known.files(prefix)
    ][:LIMIT]


def _offers(others: list[Stretch], before: int, known: Knowledge) -> Iterator[Offer]:
    """Yield what may stand at a place among stretches."""
    first = others[0].word if others and before else ""
    if not before:
        yield from keywords(STATEMENTS)
        return
    if first not in STARTS and others[0].text != "(":
        declared = declaring(others, before, known)
        if declared is not None:
            yield from declared
            return
        island = next(
            (i for i in range(1, before) if others[i].word in STARTS and others[i - 1].text in ("(",) or _begins(others, i)), None
        )
        others, before = (others[island:], before - island) if island is not None else (others, before)
    yield from _in_query(others, before, known)


def _begins(others: list[Stretch], index: int) -> bool:
    return others[index].word in STARTS and others[index - 1].word in ("AS", "RETURN", "DESCRIBE", "SUMMARIZE", "EXPLAIN")


def _in_query(others: list[Stretch], before: int, known: Knowledge) -> Iterator[Offer]:
    spot, last, columns = outline(others, before), others[before - 1], Columns(known)
    if last.text == "." and before > 1:
        name = others[before - 2].text.strip('"')
        item = next((one for one in spot.block.reach() if one.shown.lower() == name.lower()), None)
        if item is not None and (found := columns.of(item, spot.block)):
            yield from (Offer(c.name, "column", c.type) for c in found)
        else:
            yield from relations(known, spot.block, qualifier=name)
    elif last.text == "$" or last.word == "PARAM":
        yield from parameters(known)
    elif last.text == "::" or (last.word == "AS" and spot.call is not None and spot.call.name.upper() in ("CAST", "TRY_CAST")):
        yield from types()
    elif last.word == "AS" or (spot.clause == "WITH" and last.word in ("WITH", "RECURSIVE")):
        return
    elif spot.expects:
        yield from relations(known, spot.block)
    elif _is_operand(last) and not (spot.call is not None and last.text in ("(", ",")):
        yield from following(spot, last)
    else:
        yield from expressions(known, spot, columns, last)


def _is_operand(last: Stretch) -> bool:
    """Say whether an expression, relation or name ends here, so that an operator or the next clause follows."""
    from .offers import AFTER_WHICH_EXPRESSIONS

    if last.kind in ("string", "number", "name") or last.text in (")", "]", "}"):
        return True
    return last.kind == "word" and last.word not in AFTER_WHICH_EXPRESSIONS


def _ranked(offers: Iterable[Offer], prefix: str, cursor: int, quoted: bool = False) -> list[Completion]:
    """Return the offers that fit a prefix, best first; each text once."""
    wanted, scored, seen = prefix.lower(), [], set()
    for place, one in enumerate(offers):
        score = _score(one.name.lower(), wanted)
        if score is None or (one.text, one.kind == "keyword") in seen or (quoted and one.kind == "keyword"):
            continue
        seen.add((one.text, one.kind == "keyword"))
        scored.append((score, one.rank, place, one))
    if any(score < LOOSE for score, *_ in scored):
        scored = [one for one in scored if one[0] < LOOSE]
    start = cursor - len(prefix) - (1 if quoted else 0)
    return [Completion(one.quoted if quoted else one.text, one.kind, one.meta, start) for *_, one in sorted(scored)[:LIMIT]]


def _score(name: str, prefix: str) -> int | None:
    """Return how well a name fits a prefix: it begins so, a part of it does, its letters come in this order; None if not."""
    if name.startswith(prefix) or name.rpartition(".")[2].startswith(prefix):
        return BEGINS
    if any(part.startswith(prefix) for part in name.replace(".", "_").split("_")):
        return PART
    if len(prefix) >= 3:
        letters = iter(name)
        if name[:1] == prefix[:1] and all(letter in letters for letter in prefix):
            return LOOSE
    return None
