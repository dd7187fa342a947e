"""Owns `Modules`: the Python code that one workspace's SQL can call, found for planning, required and loaded for a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ...dialect.diagnostics import TreadleError, error
from ...dialect.source import Span
from ...planner.bundle import PythonCall
from ...planner.capabilities import CapabilityUnavailable, MissingCapability
from ...planner.functions.python import FoundCode, RegisteredFunction
from ...planner.spec import ExecutionSpec, FunctionSpec, PythonCode
from .decorator import Function
from .find import Folders, find_code, target_of
from .load import Loader
from .source_digest import file_digest
from .tell import import_failed

NOT_FOUND = "T2121"
KINDS = {"scalar": "a scalar function", "aggregate": "an aggregate", "window": "a window function", "table": "a table function"}

DECORATORS = {"scalar": "function", "aggregate": "aggregate", "window": "window", "table": "table_function"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A function, whether it takes arrays, and which of its arguments are lists of Python objects (none said: arrays).

    `spread` says that its last argument is a list that it takes as `*args`.
    """

    work: Callable[..., object]
    vectorized: bool
    lists: tuple[bool, ...] = ()
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Modules:
    """See `planner.functions.python.PythonModules`.

    Args:
        loader: loads the project's own modules, and knows its folders.
        functions: what Python registered, by lower-case name.
        safe: whether Python functions are turned off.
    """

    loader: Loader
    functions: Mapping[str, Function[..., object]]
    safe: bool = False

    @property
    def folders(self) -> Folders:
        """Return where the project's own modules are."""
        return self.loader.folders

    def find(self, target: str, arguments: int, counts_rows: bool = True) -> FoundCode:
        """Return what stands behind a target, without running it; errors as `find_code`."""
        return find_code(self.folders, target, arguments, counts_rows)

    def registered(self) -> Mapping[str, RegisteredFunction]:
        """Return what Python registered, by lower-case name."""
        return {name: one.declared for name, one in self.functions.items()}

    def require(self, spec: ExecutionSpec) -> None:
        """Refuse a specification whose Python functions can't be run here, before anything is read.

        Raises:
            CapabilityUnavailable: a module or a registered function is not here.
            TreadleError: T3040 when they are turned off, T3041 for code that changed since, and
                T2122 to T2124 for what is wrong with it.
        """
        for one in spec.functions:
            if one.python is not None:
                self._require(one, one.python, spec._places.get(f"{one.name}()"))

    def _require(self, one: FunctionSpec, code: PythonCode, place: Span | None) -> None:
        if self.safe:
            help_ = "leave `--safe` out if you trust its code"
            raise error("T3040", f"`{one.name}` is a function in Python, which `--safe` turns off", place, help=help_)
        mine = self.functions.get(one.name.lower())
        if code.registered and mine is not None:
            digest = mine.declared.code.digest
        else:
            digest = self._digest(one, code, place)
        if digest != code.digest:
            message = f"the Python code of `{one.name}` is no longer what the specification was made from"
            raise error("T3041", message, place, help="make the specification anew, or put the code back")

    def _digest(self, one: FunctionSpec, code: PythonCode, place: Span | None) -> str:
        try:
            found = self.find(code.target, len(code.arguments), one.flavour != "table")
            return found.digest if not code.registered else file_digest(str(self.folders.root / found.path))
        except TreadleError as problem:
            if not code.registered and all(d.code != NOT_FOUND for d in problem.diagnostics):
                raise TreadleError(*(replace(d, span=d.span or place) for d in problem.diagnostics)) from problem
            raise self._missing(one, code, place, problem) from problem

    def _missing(self, one: FunctionSpec, code: PythonCode, place: Span | None, problem: TreadleError) -> CapabilityUnavailable:
        detail = f"`{one.name}` is `{code.target}`: {problem.diagnostics[0].message}"
        remedy = "register it with `.register_function`" if code.registered else "put the module into the folder of the run, or install it"
        requested, name = f"functions.{one.name}", "functions.python"
        missing = MissingCapability(
            capability=name, requested_by=requested, reason="missing_dependency", detail=detail, remedy=remedy
        )  # fmt: skip
        return CapabilityUnavailable(missing, place)

    def load(self, call: PythonCall, code: PythonCode, place: Span | None) -> Loaded:
        """Return a function, and how it wants to be called; runs its module.

        Raises:
            TreadleError: T6123 when running the module fails, T2123 when the function is not in it
                or can't be called, and what `require` raises.
        """
        self._require(call.function, code, place)
        mine = self.functions.get(call.function.name.lower())
        if code.registered and mine is not None:
            return _loaded(mine)
        wanted = target_of(code.target)
        try:
            found = self.loader.load(code.target)
        except BaseException as problem:
            if isinstance(problem, KeyboardInterrupt):
                raise
            if isinstance(problem, AttributeError) and getattr(problem, "name", None) == wanted.function:
                message = f"the module `{wanted.module}` has no function `{wanted.function}`"
                raise error("T2123", message, place, help="name a function of the module") from problem
            raise import_failed(call, wanted.module, place, problem) from problem
        if isinstance(found, Function):
            _require_flavour(call, found, place)
            return _loaded(found)
        if not callable(found):
            message = f"`{wanted.function}` in the module `{wanted.module}` is a {type(found).__name__}, no function"
            raise error("T2123", message, place, help="name a function of the module")
        return Loaded(found, not code.registered and call.function.flavour == "scalar")


def _loaded(function: Function[..., object]) -> Loaded:
    one = function.declared
    spread = one.variadic and not function.vectorized and one.flavour in ("scalar", "table")
    return Loaded(function.work, function.vectorized, function.lists, spread)


def _require_flavour(call: PythonCall, found: Function[..., object], place: Span | None) -> None:
    """Refuse what was decorated as another kind of function than SQL declares (T2123)."""
    wanted, mine = call.function.flavour, found.declared.flavour
    if wanted != mine:
        message = f"`{call.function.name}` is declared as {KINDS[wanted]}, and decorated as {KINDS[mine]}"
        raise error("T2123", message, place, help=f"decorate it with @treadle.{DECORATORS[wanted]}")
