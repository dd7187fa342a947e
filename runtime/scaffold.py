"""Owns the projects that `treadle init` writes: each is a folder of `templates/`, ready to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from ..dialect.diagnostics import error

HOME = Path(__file__).parent / "templates"
DEFAULT = "starter"
TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        "starter": "three views over two small tables, with tests",
        "minimal": "one table and its test in one file",
        "layers": "staging and marts with constraints, tests, and a lake of its own for development",
    }
)
RENAMED = {"gitignore": ".gitignore"}


def write_project(root: Path, template: str = DEFAULT) -> tuple[str, ...]:
    """Write a small project that runs and return the names of its files; raises T7014 and T7019.

    Args:
        root: a folder that is empty, or not there yet.
        template: one of `TEMPLATES`.
    """
    try:
        if root.exists() and (not root.is_dir() or any(one.name != ".git" for one in root.iterdir())):
            message = f"`{root}` holds something already" if root.is_dir() else f"`{root}` is a file"
            raise error("T7014", message, help="name a new folder: `treadle init DIR`")
        files = dict(_files(template, root.resolve().name))
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
    except OSError as problem:
        raise error("T7019", f"`{root}` can't be written", cause=problem.strerror or str(problem)) from problem
    return tuple(files)


def _files(template: str, project: str) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of a template's files, those at the top first."""
    folder = HOME / template
    quoted = project.replace("\\", "\\\\").replace('"', '\\"')
    paths = (path for path in folder.rglob("*") if path.is_file())
    for path in sorted(paths, key=lambda one: (len(one.relative_to(folder).parts), one)):
        name = path.relative_to(folder).as_posix()
        text = path.read_text("utf-8")
        yield RENAMED.get(name, name), text.replace("{name}", quoted) if path.suffix == ".toml" else text
