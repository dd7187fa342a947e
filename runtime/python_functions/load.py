"""Owns loading a project's own Python modules: under private names, anew when their files changed.

In: the folders of a project, a target. Out: the object behind it. `sys.path` stays as it is, and
modules of one name in two projects don't meet: inside of a project's modules, `import helpers`
means the project's own `helpers.py` where there is one. Installed packages are imported as ever.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import sys
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from .find import Folders, target_of


@dataclass(frozen=True, slots=True)
class _Loaded:
    """One module of the project's own: what its file held when it was run."""

    module: ModuleType
    path: Path | None
    digest: str


class Loader:
    """Loads the modules of one project; safe to use from threads.

    Args:
        folders: where the project's own modules are.
    """

    def __init__(self, folders: Folders) -> None:
        """Have loaded nothing."""
        self.folders = folders
        self._prefix = _fresh_prefix()
        self._loaded: dict[str, _Loaded] = {}
        self._lock = threading.RLock()

    def load(self, target: str) -> object:
        """Return what `module:function` names now; all own modules are loaded anew when one of their files changed.

        Raises:
            AttributeError: the module has no such name.
            BaseException: whatever running the module raises.
        """
        wanted = target_of(target)
        with self._lock:
            if any(_digest(one.path) != one.digest for one in self._loaded.values()):
                self.forget()
            if self.folders.owns(wanted.module.partition(".")[0]):
                module = self._own(wanted.module)
            else:
                module = importlib.import_module(wanted.module)
            return getattr(module, wanted.function)

    def forget(self) -> None:
        """Forget all own modules; functions that still run keep what they need."""
        with self._lock:
            for name in self._loaded:
                sys.modules.pop(f"{self._prefix}.{name}", None)
            self._loaded.clear()
            self._prefix = _fresh_prefix()

    def _own(self, name: str) -> ModuleType:
        """Return an own module, run when it is asked for first, after the packages around it; raises ModuleNotFoundError."""
        if name in self._loaded:
            return self._loaded[name].module
        around, _, last = name.rpartition(".")
        package = self._own(around) if around else None
        spec = self.folders.own_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        module = self._run(name, spec)
        if package is not None:
            setattr(package, last, module)
        return module

    def _run(self, name: str, spec: ModuleSpec) -> ModuleType:
        private = f"{self._prefix}.{name}"
        path = Path(spec.origin) if spec.origin is not None else None
        content = path.read_bytes() if path is not None else b""
        module = self._module(name, private, spec, path)
        self._loaded[name] = _Loaded(module, path, hashlib.blake2b(content).hexdigest())
        sys.modules[private] = module
        try:
            # Compiled from the text itself: a cached `.pyc` may be of another text that was saved within the same second.
            exec(compile(content, str(path), "exec", dont_inherit=True), module.__dict__)
        except BaseException:
            del self._loaded[name]
            sys.modules.pop(private, None)
            raise
        return module

    def _module(self, name: str, private: str, spec: ModuleSpec, path: Path | None) -> ModuleType:
        module = ModuleType(private)
        module.__file__ = str(path) if path is not None else None
        module.__spec__ = ModuleSpec(private, None, origin=str(path), is_package=spec.submodule_search_locations is not None)
        if spec.submodule_search_locations is not None:
            module.__path__ = list(spec.submodule_search_locations)
            module.__package__ = private
        else:
            module.__package__ = private.rpartition(".")[0]
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
        return module

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        """Import for the project's own modules: their own names first."""
        whole = self._absolute(name, globals or {}, level)
        if not self.folders.owns(whole.partition(".")[0]):
            return builtins.__import__(name, globals, locals, fromlist, level)
        with self._lock:
            module = self._own(whole)
            if not fromlist:
                return self._own(whole.partition(".")[0])
            for one in fromlist:
                if one != "*" and not hasattr(module, one) and self.folders.own_spec(f"{whole}.{one}") is not None:
                    self._own(f"{whole}.{one}")
            return module

    def _absolute(self, name: str, globals: Mapping[str, object], level: int) -> str:
        """Return the name of a module as the project knows it; points before it count from the importing package."""
        if not level:
            return name
        package = str(globals.get("__package__") or "").removeprefix(self._prefix).lstrip(".").split(".")
        base = package[: len(package) - level + 1]
        if not base or not base[0]:
            raise ImportError("attempted relative import beyond top-level package")
        return ".".join([*base, *([name] if name else [])])


def _fresh_prefix() -> str:
    return f"_treadle_{uuid.uuid4().hex[:12]}"


def _digest(path: Path | None) -> str:
    try:
        return hashlib.blake2b(path.read_bytes() if path is not None else b"").hexdigest()
    except OSError:
        return ""
