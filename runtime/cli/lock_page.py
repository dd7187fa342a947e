"""Owns what `treadle lock` shows: every source that changed, from which version to which, with how many rows.

In: a `Renewal`. Out: a table on stdout and a line on stderr, or one object with `--json`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..lock.file import LockedSource, lock_name
from ..lock.renew import Change, Renewal
from ..workspace import Workspace
from .console import Console
from .receipt_page import size
from .text import Column, plural, visible

MARKS = {"new": ("+", "green"), "gone": ("-", "red"), "moved": ("~", "yellow"), "changed": ("~", "yellow")}


def show_renewal(console: Console, renewal: Renewal, *, written: bool) -> None:
    """Print what a renewal changes.

    Args:
        console: where to.
        renewal: what was, or would be, written.
        written: whether it was.
    """
    name = lock_name(renewal.lock.environment)
    if console.json:
        return console.print_json(_as_json(renewal, name, written))
    shown = [one for one in renewal.changes if one.what != "same"]
    if shown:
        columns = [
            Column("", shrinks=False),
            Column("source"),
            Column("version", shrinks=False),
            Column("rows", right=True, shrinks=False),
            Column("files", right=True, shrinks=False),
            Column("size", right=True, shrinks=False),
            Column("committed", shrinks=False),
        ]
        rows = [tuple(_row(one)) for one in shown]
        kept = [at for at, _ in enumerate(columns) if any(row[at] for row in rows)]
        console.table([columns[at] for at in kept], [[row[at] for at in kept] for row in rows])
    console.say(_summary(renewal, name, written))
    return None


def _row(change: Change) -> Iterator[str]:
    before, after = change.before, change.after
    one = after or before
    yield MARKS[change.what][0]
    yield visible(change.name)
    yield _version(change)
    yield _count(None if before is None else before.rows, None if after is None else after.rows, change.what)
    yield _count(None if before is None else before.files, None if after is None else after.files, change.what)
    yield "" if one is None or change.what == "gone" or one.window is not None else size(one.bytes)
    yield "" if one is None or one.timestamp is None or change.what == "gone" else f"{one.timestamp:%Y-%m-%d %H:%M:%S}Z"


def _version(change: Change) -> str:
    before, after = change.before, change.after
    if before is None or after is None:
        one = after or before
        state = "" if one is None else _state(one)
        return f"{state} gone".strip() if after is None else state
    then, now = _state(before), _state(after)
    if then != now:
        return f"{then} → {now}"
    if before.table_id != after.table_id:
        return f"{now}, another table"
    return f"{now}, {'asked for otherwise' if change.what == 'changed' else 'changed'}"


def _state(one: LockedSource) -> str:
    if one.version is None:
        return "content"
    if one.window is not None and one.kind == "changes":
        return f"{one.window[0]} to {one.window[1]}" if one.window[0] <= one.window[1] else "no changes"
    return str(one.version)


def _count(before: int | None, after: int | None, what: str) -> str:
    """Return how many there are of a new source, and how many more or fewer of one that was there."""
    if what in ("new", "gone"):
        found = after if what == "new" else before
        return "" if found is None else f"{found:,}"
    if before is None or after is None:
        return ""
    return "" if before == after else f"{after - before:+,}"


def _summary(renewal: Renewal, name: str, written: bool) -> str:
    counts = {what: sum(one.what in kinds for one in renewal.changes) for what, kinds in _WORDS.items()}
    if not renewal.changed:
        return f"{name} is up to date: {plural(len(renewal.changes), 'source')}, as of {renewal.lock.as_of}"
    words = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    verb = f"wrote {name}" if written else f"{name} would be written"
    return f"{verb}: {words or 'no sources'}; as of {renewal.lock.as_of}"


_WORDS = {"new": ("new",), "renewed": ("moved", "changed"), "dropped": ("gone",), "as they were": ("same",)}


def _as_json(renewal: Renewal, name: str, written: bool) -> dict[str, object]:
    def side(one: LockedSource | None) -> object:
        return None if one is None else one.model_dump(mode="json")

    changes = [{"name": one.name, "change": one.what, "before": side(one.before), "after": side(one.after)} for one in renewal.changes]
    facts = {"file": name, "written": written and renewal.changed, "changed": renewal.changed, "digest": renewal.lock.digest}
    return {**facts, "as_of": renewal.lock.as_of, "cut": renewal.lock.cut, "sources": changes}


def show_sound(console: Console, workspace: Workspace) -> int:
    """Print what is wrong with the lock in use, or that it holds; return the exit status."""
    bound = workspace.project({})
    errors = [one for one in bound.project.diagnostics if one.severity == "error"]
    if errors or console.json:
        console.report(bound.project.diagnostics)
    if errors:
        return 1
    lock = workspace.require_lock()
    console.say(f"{lock_name(lock.environment)} holds: {plural(len(lock.source), 'source')}, as of {lock.as_of}")
    return 0
