"""Owns seeds: the CSV files of a project's folder `seeds`, each a source under its own name.

In: the folder, `[seeds.NAME]` of `treadle.toml`, the parsed files. Out: a script that declares
a source for every seed that no `CREATE SOURCE` declares itself, pinned by content.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from sqlglot import exp

from ..dialect import parse_type
from ..dialect.diagnostics import Diagnostic, Label, Problems, TreadleError, did_you_mean, error
from ..dialect.script import Script
from ..dialect.source import Source, Span
from ..dialect.statements.base import Location, Name, Option, QName, Statement, TypeRef
from ..dialect.statements.source import SourceStatement, TypedColumn
from ..dialect.types import quote
from ..planner.project import Project
from .config import Config

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_REQUIRED = re.compile(r"(.*?)\s+NOT\s+NULL\s*\Z", re.IGNORECASE | re.DOTALL)


def seed_files(root: Path, config: Config) -> tuple[str, ...]:
    """Return the paths of a project's seeds, relative to its root, sorted; hidden files are none."""
    folder = root / config.tables.project.seeds
    if not folder.is_dir():
        return ()
    found = (path for path in folder.rglob("*") if path.is_file() and path.name.lower().endswith(SUFFIXES))
    names = (path.relative_to(root) for path in found)
    return tuple(sorted(path.as_posix() for path in names if not any(part.startswith(".") for part in path.parts)))


def is_seed(name: str, config: Config) -> bool:
    """Say whether a file of this name, relative to the root, is one of the project's seeds.

    >>> is_seed("seeds/geo/a.csv", Config()), is_seed("seeds/.a.csv", Config()), is_seed("data/a.csv", Config())
    (True, False, False)
    """
    below = PurePosixPath(os.path.normpath(config.tables.project.seeds))
    hidden = any(part.startswith(".") for part in PurePosixPath(name).relative_to(below).parts) if _is_below(name, below) else True
    return name.lower().endswith(SUFFIXES) and not hidden


def _is_below(name: str, folder: PurePosixPath) -> bool:
    return folder == PurePosixPath(".") or folder in PurePosixPath(name).parents


def name_of_seed(path: str) -> str:
    """Return the name of a seed: its file's, without the ending.

    >>> name_of_seed("seeds/geo/airports.csv.gz")
    'airports'
    """
    name = path.rsplit("/", 1)[-1]
    return name[: -len(next(one for one in sorted(SUFFIXES, key=len, reverse=True) if name.lower().endswith(one)))]


def with_seeds(scripts: Iterable[Script], files: Iterable[str], config: Config, problems: Problems) -> tuple[Script, ...]:
    """Return scripts with the declarations of seeds before them; what is wrong in `[seeds]` is T7031, T7003 and T7032.

    Args:
        scripts: parsed files.
        files: paths of seeds, relative to the root.
        config: the project's configuration.
        problems: takes what is wrong.
    """
    scripts = tuple(scripts)
    declared = [s for script in scripts for s in script.statements if isinstance(s, SourceStatement)]
    known = frozenset(files)
    read = {one.name.text.lower() for one in declared if _path(one) in known}
    made: dict[str, SourceStatement] = {}
    for path in files:
        name = name_of_seed(path)
        place = Source(path, "").span(0, 0)
        if name.lower() in made:
            first = made[name.lower()].span
            labels = (Label(first, "the other one"),)
            problems.catch(error("T7032", f"two seeds are called `{name}`", place, labels=labels, help="rename one of the files"))
        elif name.lower() not in read:
            made[name.lower()] = _statement(name, path, place, config, problems)
    for name in config.tables.seeds:
        _require_seed(name, made, read, config, problems)
    own = (replace(one, statements=tuple(_by_content(s, known) for s in one.statements)) for one in scripts)
    return (*(Script(one.span.source, (one,), ()) for one in made.values()), *own)


def _by_content(statement: Statement, files: frozenset[str]) -> Statement:
    """Return a declared source, pinned by content where its file is a seed and it says nothing else."""
    if not isinstance(statement, SourceStatement) or _path(statement) not in files or statement.format != "CSV":
        return statement
    if any(one.name.text.lower() == "pin" for one in statement.options):
        return statement
    pin = Option(Name("pin", False, statement.name.span), exp.Literal.string("content"))
    return replace(statement, options=(*statement.options, pin))


def _path(statement: SourceStatement) -> str | None:
    node = statement.location.value
    return str(node.this).removeprefix("./") if isinstance(node, exp.Literal) and node.is_string else None


def _require_seed(name: str, made: dict[str, SourceStatement], read: set[str], config: Config, problems: Problems) -> None:
    if name.lower() in made:
        return
    span = config.key_span("seeds", name)
    if name.lower() in read:
        message = f"`{name}` is declared with CREATE SOURCE, so `[seeds.{name}]` has no effect"
        problems.catch(error("T7031", message, span, help="leave one of the two out"))
        return
    known = [one.name.text for one in made.values()]
    listed = ", ".join(f"`{one}`" for one in known)
    help_line = did_you_mean(name, known) or (f"there are {listed}" if known else f"put `{name}.csv` into `{config.tables.project.seeds}`")
    problems.catch(error("T7031", f"there is no seed `{name}`", span, help=help_line))


def _statement(name: str, path: str, place: Span, config: Config, problems: Problems) -> SourceStatement:
    key = next((one for one in config.tables.seeds if one.lower() == name.lower()), name)
    table = config.tables.seeds.get(key)
    columns = tuple(_columns(key, config, problems)) if table is not None else ()
    said = {"delimiter": table.delimiter, "null_value": table.null_value} if table is not None else {}
    given = {"pin": "content", **{option: text for option, text in said.items() if text is not None}}
    return SourceStatement(
        place,
        name=QName((Name(name, True, place),)),
        format="CSV",
        location=Location(exp.Literal.string(path), place),
        columns=columns,
        options=tuple(Option(Name(option, False, place), exp.Literal.string(text)) for option, text in given.items()),
        comment=table.comment if table is not None else None,
    )


def _columns(seed: str, config: Config, problems: Problems) -> Iterator[TypedColumn]:
    for name, written in config.tables.seeds[seed].columns.items():
        where = ("seeds", seed, "columns", name)
        key, value = config.key_span(*where), config.value_span(*where)
        assert key is not None and value is not None, "what the configuration holds stands somewhere in it"
        match = _REQUIRED.match(written)
        try:
            kind = parse_type(match[1] if match else written)
        except TreadleError as problem:
            (fault,) = problem.diagnostics
            message = f"`{'.'.join(where)}` is `{written}`, which is no type: {fault.message}"
            problems.catch(error("T7003", message, value, help=fault.help or 'write a type of SQL such as `"DATE NOT NULL"`'))
            continue
        yield TypedColumn(Name(name, True, key), TypeRef(kind, value), match is not None)


def untyped(project: Project) -> Iterator[Diagnostic]:
    """Yield a warning for each seed whose columns nobody declares, with the types that its rows suggest."""
    for name, source in sorted(project.sources.items()):
        arguments = dict(source.arguments)
        if source.kind != "csv" or "pin" not in arguments or "columns" in arguments or source.span.source.text:
            continue
        found = ", ".join(f'{_key(f.name)} = "{f.type.sql()}"' for f in source.schema)
        shown = ", ".join(f"{quote(f.name)} {f.type.sql()}" for f in source.schema)
        message = f"the seed `{name}` has no declared types; its rows look like {shown}"
        help_line = f"`[seeds.{_key(name)}]` with `columns = {{ {found} }}`"
        yield from error("T7033", message, source.span, help=help_line, severity="warning").diagnostics


def _key(name: str) -> str:
    """Return a key as TOML spells it."""
    import json

    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
