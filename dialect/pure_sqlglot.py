"""Owns the way round sqlglot's compiled build: an import finder that prefers its plain modules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType


class _PlainModules:
    """Finds modules of sqlglot as `.py` files beside their compiled twins."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the plain module of a name inside of sqlglot, None for anything else."""
        if not name.startswith("sqlglot.") or path is None:
            return None
        last = name.rpartition(".")[2]
        for folder in path:
            for file in (Path(folder, last, "__init__.py"), Path(folder, f"{last}.py")):
                if file.is_file():
                    return spec_from_file_location(name, file, loader=SourceFileLoader(name, str(file)))
        return None


def prefer_pure() -> bool:
    """Let sqlglot be imported from its plain modules, whatever else is installed; return False when it is too late.

    The command line calls this before anything is imported. A program that uses treadle
    as a library may have imported the compiled build for itself: it is left alone, and
    the dialect says T1015 when it is used.
    """
    if "sqlglot" in sys.modules:
        return False
    if _PlainModules not in sys.meta_path:
        sys.meta_path.insert(0, _PlainModules)
    return True
