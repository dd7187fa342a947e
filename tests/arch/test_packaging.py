"""The wheel's package list matches the tree, and nobody imports a bare layer."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.support.tree import LAYERS, ROOT, python_files

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _packages_on_disk() -> set[str]:
    found = {"treadle"}
    for layer in LAYERS:
        found |= {"treadle." + ".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / layer).rglob("__init__.py")}
    return found


def test_every_package_is_listed() -> None:
    assert set(CONFIG["tool"]["setuptools"]["packages"]) == _packages_on_disk()


def test_every_code_folder_is_a_package() -> None:
    for layer in LAYERS:
        for path in (ROOT / layer).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path


def test_every_data_file_is_packaged() -> None:
    globs = CONFIG["tool"]["setuptools"]["package-data"]
    for layer in LAYERS:
        for path in (ROOT / layer).rglob("*"):
            if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts:
                found = [one for folder in path.parents for one in _data_of(folder, globs) if one == path]
                assert found, f"{path} is in no package-data glob"


def _data_of(folder: Path, globs: Mapping[str, list[str]]) -> list[Path]:
    """Return the data files of a folder's package."""
    if not folder.is_relative_to(ROOT):
        return []
    package = "treadle." + ".".join(folder.relative_to(ROOT).parts)
    return [path for glob in globs.get(package, ()) for path in folder.glob(glob)]


def test_links_point_at_layers() -> None:
    for layer in LAYERS:
        link = ROOT / "treadle" / layer
        assert link.is_symlink() and link.readlink().parts == ("..", layer)


def test_no_bare_layer_imports() -> None:
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.append(node.module)
            bad = [n for n in names if n.split(".")[0] in LAYERS]
            assert not bad, f"{path}: import treadle.{bad[0]} instead"


def test_the_facade_has_the_version_of_the_distribution() -> None:
    import treadle

    assert treadle.__version__ == CONFIG["project"]["version"]


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ;]", requirement)[0].lower().replace("_", "-")


def test_constraints_pin_every_dependency_and_name_no_index() -> None:
    lines = [x for x in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if x and not x.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+-]+", line), f"{line!r} is no exact pin"
    pinned = {_name(line) for line in lines}
    project = CONFIG["project"]
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    assert {_name(r) for r in wanted} - {"treadle"} <= pinned
