"""treadle: a folder of SQL views becomes one checked, pinned, explainable computation over Delta Lake.

`open` takes a project's folder, `connect` needs none; both give results that stream as
Arrow. Importing this imports nothing heavy: names are looked up when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .dialect.pure_sqlglot import prefer_pure

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .dialect.diagnostics import Diagnostic, TreadleError
    from .planner.capabilities import CapabilityUnavailable
    from .planner.domains.base import DomainPlanner, domain_planner
    from .planner.spec import ExecutionSpec
    from .runtime.api import Connection, Plan, Project, connect, open, run_spec
    from .runtime.python_functions.decorator import Function, function
    from .runtime.python_functions.over_rows import aggregate, table_function, window
    from .runtime.receipt import Receipt
    from .runtime.result import Result
    from .runtime.run import Run

__version__ = "0.1.0"

__all__ = [
    "CapabilityUnavailable",
    "Connection",
    "Diagnostic",
    "DomainPlanner",
    "ExecutionSpec",
    "Function",
    "Plan",
    "Project",
    "Receipt",
    "Result",
    "Run",
    "TreadleError",
    "__version__",
    "connect",
    "domain_planner",
    "aggregate",
    "function",
    "table_function",
    "window",
    "open",
    "run_spec",
]

_HOMES = {
    "CapabilityUnavailable": "planner.capabilities",
    "Connection": "runtime.api",
    "Diagnostic": "dialect.diagnostics",
    "DomainPlanner": "planner.domains.base",
    "ExecutionSpec": "planner.spec",
    "Function": "runtime.python_functions.decorator",
    "Plan": "runtime.api",
    "Project": "runtime.api",
    "Receipt": "runtime.receipt",
    "Result": "runtime.result",
    "Run": "runtime.run",
    "TreadleError": "dialect.diagnostics",
    "connect": "runtime.api",
    "domain_planner": "planner.domains.base",
    "aggregate": "runtime.python_functions.over_rows",
    "function": "runtime.python_functions.decorator",
    "table_function": "runtime.python_functions.over_rows",
    "window": "runtime.python_functions.over_rows",
    "open": "runtime.api",
    "run_spec": "runtime.api",
}


if not TYPE_CHECKING:  # type checkers would take every name for one that is there

    def __getattr__(name: str) -> object:
        """Import a public name from its home when it is first used."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        prefer_pure()  # the compiled build of sqlglot can't be extended; where it was imported before, T1015 says so
        found = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Make `%treadle` and `%%treadle` known to IPython or Jupyter; `%load_ext treadle` calls this."""
    prefer_pure()
    import_module(".runtime.notebook", __name__).load(shell)
