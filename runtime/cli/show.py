"""Owns the lists that `treadle show` prints: one function per kind, each of rows that are also its JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ...dialect.diagnostics import did_you_mean, error
from .console import Console
from .text import Column, plain_sql, plain_value

if TYPE_CHECKING:
    from ..workspace import Bound, Workspace
    from .function_page import Shown

Row = Mapping[str, object]


def show(
    console: Console, workspace: Workspace | None, what: str, name: str | None, everything: bool = False, pack: str | None = None
) -> None:
    """Print a list, or one entry of it by name; raises T7027 for a name that is not in it.

    Args:
        console: where to.
        workspace: of which project; functions can be looked for without one.
        what: the list.
        name: of one entry; of functions a pattern too.
        everything: whether to list the functions that the project doesn't declare too.
        pack: the pack of functions to list.
    """
    if what == "functions" and (everything or name is not None or pack is not None):
        from .function_page import show_functions

        return show_functions(console, [] if workspace is None else _own_functions(workspace), name, pack)
    assert workspace is not None
    if what == "runs":
        return _runs(console, workspace, name)
    rows = _LISTS[what](workspace)
    if name is not None:
        known = {str(row["name"]): row for row in rows}
        if what == "hooks":
            known = {**{alias: row for row in rows for alias in row["aliases"]}, **known}  # type: ignore[attr-defined]
        if name not in known:
            raise error("T7027", f"`{name}` is not among the {what}", help=did_you_mean(name, known) or f"`treadle show {what}` lists them")
        rows = [known[name]]
    if console.json:
        console.print_json({what: rows})
    elif name is not None:
        _entry(console, rows[0])
    else:
        _table(console, rows, what)
        if what == "functions":
            console.say("treadle's own and the engine's: `treadle show functions --all`, a NAME, or a pattern such as 'json*'")
    return None


def _table(console: Console, rows: list[Row], what: str) -> None:
    if not rows:
        console.say(f"no {what}")
        return
    shown = [key for key in rows[0] if not isinstance(rows[0][key], Mapping) and any(row[key] not in (None, "", ()) for row in rows)]
    columns = [Column(key.replace("_", " "), right=type(rows[0][key]) is int, shrinks=key != "name") for key in shown]
    console.table(columns, [[_text(row[key], key) for key in shown] for row in rows])


def _entry(console: Console, row: Row) -> None:
    width = max(len(key) for key in row)
    for key, value in row.items():
        if isinstance(value, Mapping):
            for inner, text in value.items():
                console.data(f"{key:<{width}}  {inner}: {_text(text)}\n")
        elif value not in (None, "", ()):
            console.data(f"{key:<{width}}  {_text(value, key)}\n")


def _text(value: object, key: str = "") -> str:
    if value is None:
        return ""
    if key == "memory" and isinstance(value, int):
        return f"{value / 1024**3:.1f} GiB" if value >= 1024**3 else f"{value / 1024**2:.0f} MiB"
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, tuple | list):
        return ", ".join(str(one) for one in value)
    return str(value)


def _bound(workspace: Workspace) -> Bound:
    """Return the bound project; what is wrong in it does not hide what is right."""
    return workspace.project({})


def _views(workspace: Workspace) -> list[Row]:
    from ..selectors import tags_of

    project = _bound(workspace).project
    rows: list[Row] = []
    for name in project.order:
        view = project.views[name]
        kind = "table" if view.materialized else "view"
        reads = (*view.depends_on, *dict.fromkeys(r.source for r in view.relations))
        comment = getattr(view.statement, "comment", None)
        columns = {f.name: f.type.sql() for f in view.schema}
        rows.append({"name": name, "kind": kind, "reads": reads, "tags": tags_of(view), "comment": comment, "columns": columns})
    broken = {"kind": "broken", "reads": (), "tags": (), "comment": "`treadle check` says why", "columns": {}}
    return [*rows, *({"name": name, **broken} for name in project.failed)]


def _sources(workspace: Workspace) -> list[Row]:
    project = _bound(workspace).project
    rows: list[Row] = []
    for name, source in sorted(project.sources.items()):
        arguments = dict(source.arguments)
        path = arguments.pop("path", "")
        options = tuple(f"{key} => {plain_sql(value)}" for key, value in arguments.items())
        columns = {f.name: f.type.sql() for f in source.schema}
        rows.append({"name": name, "kind": source.kind, "path": path, "options": options, "declared": source.declared, "columns": columns})
    return rows


def _environments(workspace: Workspace) -> list[Row]:
    config = workspace.folder().config
    used = workspace.environment(config)
    config.environment(used)
    rows: list[Row] = []
    for name, one in config.tables.env.items():
        defers = one.lake is not None if one.defer is None else one.defer
        facts = {"lake": one.lake, "defers": defers, "profile": one.profile}
        said = {"parameters": dict(config.parameters(name)), "locations": dict(one.locations)}
        rows.append({"name": name, "used": name == used, **facts, **said})
    return rows


def _parameters(workspace: Workspace) -> list[Row]:
    from ...planner.codec import to_json

    project = _bound(workspace).project
    rows: list[Row] = []
    for name, one in sorted(project.parameters.items()):
        value = project.values.get(name)
        shown = "" if value is None else "<secret>" if one.secret else plain_value(to_json(value).value, one.type.sql())
        facts = {"from": project.origins.get(name, ""), "check": plain_sql(one.check or ""), "comment": one.comment}
        rows.append({"name": name, "type": one.type.sql(), "value": shown, **facts})
    return rows


def _functions(workspace: Workspace) -> list[Row]:
    project = _bound(workspace).project
    found = (one for _, one in sorted(project.functions.items()))
    return [{"name": f.name, "kind": f.flavour, "signature": f.signature, "comment": f.comment} for f in found]


def _own_functions(workspace: Workspace) -> list[Shown]:
    from .function_page import PROJECT, Form, Shown

    found = (one for _, one in sorted(_bound(workspace).project.functions.items()))
    return [Shown(one.name, one.flavour, PROJECT, (Form(one.signature, one.comment or "of the project"),)) for one in found]


def _hooks(workspace: Workspace) -> list[Row]:
    """Return what the engine does of itself with each function, as `grammar/hooks.toml` has it."""
    from ..governance.golden import committed

    rows: list[Row] = []
    for name, one in committed().items():
        told = one.told()
        observed = tuple(hook for hook, text in told.items() if text.startswith("observed"))
        rows.append({"name": name, "kind": one.kind, "aliases": one.aliases, "observed": observed, "hooks": told})
    return rows


def _profiles(workspace: Workspace) -> list[Row]:
    from ..policies import profiles
    from ..profiles import resolve

    rows: list[Row] = []
    for name, profile in profiles(workspace.folder().config).items():
        found = resolve(profile)
        numbers = {"threads": found.threads, "memory": found.memory, "batch_size": found.batch_size}
        rows.append({"name": name, **numbers, "spill": found.spill, "settings": dict(found.own)})
    return rows


def _rules(workspace: Workspace) -> list[Row]:
    from ...planner.rules import RULES
    from ...planner.rules.overlay import resolve_rules

    chosen = resolve_rules(workspace.folder().config.tables.rules)
    on = {rule.name for rule in chosen.rules}
    rows: list[Row] = [{"name": r.name, "phase": r.phase, "on": r.name in on, "does": r.doc} for r in RULES]
    return [*rows, *({"name": f"engine.{n}", "phase": "engine", "on": False, "does": "switched off"} for n in chosen.removed)]


def _planners(workspace: Workspace) -> list[Row]:
    from ...planner.domains import DOMAINS

    config = workspace.folder().config
    off, added = config.tables.planners.exclude, workspace.python.overlay(config).add
    rows: list[Row] = [{"name": p.name, "replaces": f"{p.kind}s", "on": p.name not in off, "does": p.doc} for p in DOMAINS]
    return [*rows, *({"name": one.target, "replaces": "", "on": True, "does": "of the project's own"} for one in added)]


def _settings(workspace: Workspace) -> list[Row]:
    from ..policies import policies
    from ..profiles import OWNED
    from ..settings import live_settings

    config = workspace.folder().config
    chosen = policies(config, workspace.environment(config), workspace.situation.profile)
    session, _ = workspace.engine(chosen.runtime_profile, chosen.rule_overlay)
    found = live_settings(session.context)
    return [{"name": name, "value": value, "fixed": name in OWNED} for name, value in sorted(found.items())]


def _runs(console: Console, workspace: Workspace, name: str | None) -> None:
    from ..store import ReceiptStore
    from .receipt_page import duration, show_receipt, show_scans

    store = ReceiptStore(workspace.root)
    if name is not None:
        receipt = store.get(name)
        if console.json:
            console.data(receipt.model_dump_json(indent=2) + "\n")
        else:
            show_receipt(console, receipt)
            show_scans(console, receipt)
        return
    found = store.list()
    if console.json:
        keys = ("run_id", "started_at", "status", "project_digest", "seconds", "outputs")
        console.print_json({"runs": [{key: getattr(one, key) for key in keys} for one in found]})
    elif not found:
        console.say("no runs yet")
    else:
        numbers = (Column("outputs", right=True), Column("time", right=True))
        columns = [Column("run", shrinks=False), Column("started"), Column("status"), *numbers]
        console.table(columns, [(r.run_id, r.started_at[:19] + "Z", r.status, str(r.outputs), duration(r.seconds)) for r in found])


_LISTS: Mapping[str, Callable[[Workspace], list[Row]]] = {
    "views": _views,
    "sources": _sources,
    "environments": _environments,
    "parameters": _parameters,
    "functions": _functions,
    "hooks": _hooks,
    "profiles": _profiles,
    "rules": _rules,
    "planners": _planners,
    "settings": _settings,
}
