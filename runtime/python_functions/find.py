"""Owns finding the code behind `module:function` by reading files: nothing of it is imported or run.

In: a target, the folders of a project. Out: the module's file, a digest of it and of the
project's own modules that it imports, and whether a function of that name and arity is there.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from ...dialect.diagnostics import did_you_mean, error
from ...dialect.source import Source
from ...planner.functions.python import FoundCode
from .read_code import Declared, imported, module_of, read_function

_TARGET = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*)\Z")
SHAPE = "write it as 'module:function', such as 'geo:haversine' for the function `haversine` in `geo.py`"


@dataclass(frozen=True, slots=True)
class Target:
    """`module:function`, taken apart."""

    module: str
    function: str


def target_of(text: str) -> Target:
    """Return a target's parts; raises T2120 for a text that has another shape."""
    found = _TARGET.match(text)
    if found is None:
        raise error("T2120", f"`{text}` names no Python function", help=SHAPE)
    return Target(found[1], found[2])


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a project's own modules are looked for, before installed packages: its root and `[python] path`, in order."""

    root: Path
    paths: tuple[Path, ...] = ()

    def owns(self, name: str) -> bool:
        """Say whether a top-level module or package is one of the project's own."""
        return self.own_spec(name) is not None

    def own_spec(self, module: str) -> ModuleSpec | None:
        """Return where an own module by its dotted name is, or None; packages around it are not imported."""
        return _spec(module, [str(self.root), *map(str, self.paths)])

    def spec(self, module: str) -> ModuleSpec | None:
        """Return where a module is: an own one, else an installed one."""
        top = module.partition(".")[0]
        return self.own_spec(module) if self.owns(top) else _spec(module, sys.path)

    def shown(self, path: Path, module: str = "") -> str:
        """Return a file's path for people: relative to the root where inside it, else as packages spell it."""
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return f"{module.replace('.', '/')}{path.suffix}" if module else path.as_posix()


def _spec(module: str, path: Sequence[str]) -> ModuleSpec | None:
    places: Sequence[str] | None = path
    found: ModuleSpec | None = None
    name = ""
    for part in module.split("."):
        if places is None:
            return None
        name = f"{name}.{part}" if name else part
        PathFinder.invalidate_caches()
        found = PathFinder.find_spec(name, list(places))
        if found is None:
            return None
        places = found.submodule_search_locations
    # A folder without any code is a namespace package too; it is no module that somebody meant.
    return found if found is not None and (found.origin is not None or module_folder(found)) else None


def module_folder(spec: ModuleSpec) -> bool:
    """Say whether a namespace package holds code."""
    places = spec.submodule_search_locations or ()
    return any(name.endswith(".py") for place in places if os.path.isdir(place) for name in os.listdir(place))


def find_code(folders: Folders, target: str, arguments: int, counts_rows: bool = True) -> FoundCode:
    """Return what stands behind a target, found by reading.

    Args:
        folders: where to look.
        target: `module:function`.
        arguments: how many arguments the declaration has.
        counts_rows: whether a function without arguments is given the number of rows, if it is called for many at once.

    Raises:
        TreadleError: T2120 for the target's shape, T2121 no such module, T2122 code that is no
            Python, T2123 no such function in it, T2124 another number of arguments.
    """
    wanted = target_of(target)
    path, code = _read(folders, wanted.module)
    source = None if code is None else Source(folders.shown(path, wanted.module), code.decode("utf-8", "replace"))
    if source is not None:
        _require(wanted, read_function(source, wanted.function), source, arguments, counts_rows)
    return FoundCode(_digest(folders, wanted.module, path, source), folders.shown(path))


def find_object(folders: Folders, target: str) -> FoundCode:
    """Return the module behind `module:object`, found by reading; raises T2120 to T2122."""
    wanted = target_of(target)
    path, code = _read(folders, wanted.module)
    source = None if code is None else Source(folders.shown(path, wanted.module), code.decode("utf-8", "replace"))
    return FoundCode(_digest(folders, wanted.module, path, source), folders.shown(path))


def _read(folders: Folders, module: str) -> tuple[Path, bytes | None]:
    """Return a module's file and its text, None when it is no Python source; raises T2121, T2122."""
    spec = folders.spec(module)
    origin = None if spec is None else spec.origin
    if origin is None or not os.path.isfile(origin):
        raise error("T2121", f"there is no Python module `{module}`", help=_near(folders, module))
    path = Path(origin)
    if path.suffix != ".py":
        return path, None
    try:
        return path, path.read_bytes()
    except OSError as problem:
        raise error("T2122", f"`{folders.shown(path, module)}` can't be read", cause=problem.strerror or str(problem)) from problem


def _near(folders: Folders, module: str) -> str:
    near = did_you_mean(module, own_modules(folders))
    places = ", ".join(f"`{folders.shown(path) or '.'}`" for path in folders.paths)
    looked = f"the project's root{f', in {places}' if places else ''} and among installed packages"
    return near or f"make `{module.replace('.', '/')}.py`; it was looked for in {looked}"


def own_modules(folders: Folders) -> Iterator[str]:
    """Yield the names of modules in a project's folders, two levels deep."""
    for folder in (folders.root, *folders.paths):
        for path in sorted((*folder.glob("*.py"), *folder.glob("[!.]*/*.py"))):
            yield module_of(path.relative_to(folder))


def _require(wanted: Target, found: Declared, source: Source, arguments: int, counts_rows: bool) -> None:
    """Refuse a function that is not there (T2123) or takes another number of arguments (T2124)."""
    if found.state == "missing":
        help_ = did_you_mean(wanted.function, found.names) or f"write `def {wanted.function}(…)` in `{source.name}`"
        raise error("T2123", f"`{source.name}` has no function `{wanted.function}`", help=help_)
    if found.state == "no function":
        near = did_you_mean(wanted.function, (name for name in found.names if name != wanted.function))
        message = f"`{wanted.function}` in `{source.name}` is no function"
        raise error(
            "T2123", message, help=near or f"name a function, written `def {wanted.function}(…)`", labels=found.labels("it is here")
        )
    counts_rows = counts_rows and not arguments and not found.by_row
    given = 1 if counts_rows else arguments
    if found.least is not None and not (found.least <= given <= (given if found.most is None else found.most)):
        takes = _count(found.least, found.most)
        what = "the number of rows, since the declaration has no arguments" if counts_rows else f"{given}, one for each of the declaration"
        message = f"`{wanted.function}` in `{source.name}` takes {takes}, and would be given {what}"
        raise error("T2124", message, help="give both as many arguments", labels=found.labels("it is written here"))


def _count(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} or more arguments"
    counts = f"{least}" if least == most else f"{least} to {most}"
    return f"{counts} argument{'' if counts == '1' else 's'}"


def code_files(folders: Folders, target: str) -> tuple[str, ...]:
    """Return the files that a function's digest covers, relative to the project's root where inside it; raises as `find_code`."""
    module = target_of(target).module
    path, code = _read(folders, module)
    source = None if code is None else Source(folders.shown(path, module), code.decode("utf-8", "replace"))
    return tuple(sorted(folders.shown(file) for file, _ in _modules(folders, module, path, source).values()))


def _digest(folders: Folders, module: str, path: Path, source: Source | None) -> str:
    """Return the digest of a module and of the project's own modules that it imports, however deep."""
    hasher = hashlib.blake2b(digest_size=16)
    for name, (_, content) in sorted(_modules(folders, module, path, source).items()):
        hasher.update(f"{name}\0{len(content)}\0".encode() + content)
    return hasher.hexdigest()


def _modules(folders: Folders, module: str, path: Path, source: Source | None) -> dict[str, tuple[Path, bytes]]:
    """Return a module and the project's own modules that it imports, however deep, each with its file and content."""
    parts = {module: (path, _bytes(path))}
    waiting = [(module, path, source)] if source is not None and folders.owns(module.partition(".")[0]) else []
    while waiting:
        name, file, text = waiting.pop()
        for other in _own(folders, (module, *imported(text, name, file.name == "__init__.py"))):
            spec = folders.own_spec(other)
            if other in parts or spec is None or spec.origin is None or not spec.origin.endswith(".py"):
                continue
            parts[other] = (Path(spec.origin), _bytes(Path(spec.origin)))
            waiting.append((other, Path(spec.origin), Source(other, parts[other][1].decode("utf-8", "replace"))))
    return parts


def _own(folders: Folders, names: Iterable[str]) -> Iterator[str]:
    """Yield the own modules among dotted names, each with the packages around it."""
    for name in names:
        parts = name.split(".")
        if folders.owns(parts[0]):
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
