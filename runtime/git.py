"""Owns what Git knows of a project: its `.sql` files and `treadle.toml` as some commit has them, and what differs since.

In: a root and the name of a commit. Out: a `ProjectFolder` as of then. Only reading commands of `git` are run.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..dialect.diagnostics import error
from ..dialect.source import Source
from .config import CONFIG_NAME, Config, load_config
from .project import ProjectFolder, is_project_file
from .seeds import is_seed


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: what it was called, its short digest, the project as it was, files below the root that differ since."""

    called: str
    digest: str
    folder: ProjectFolder
    differing: tuple[str, ...]


def read_commit(root: Path, called: str) -> Commit:
    """Return a project as a commit has it; raises T7045 without Git or a repository, T7046 for an unknown commit."""
    prefix = _git(root, "rev-parse", "--show-prefix").strip()
    found = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{called}^{{commit}}")
    if found.returncode:
        branches = ", ".join(f"`{b}`" for b in _git(root, "branch", "--format=%(refname:short)").split()[:6])
        help_line = f"name a commit, a tag or a branch: {branches}" if branches else "this repository has no commit yet: make one"
        raise error("T7046", f"Git knows no commit `{called}`", help=help_line)
    commit = found.stdout.decode().strip()
    names = [n for n in _git(root, "ls-tree", "-r", "-z", "--name-only", commit, "--", ".").split("\0") if n]
    config = Config()
    if CONFIG_NAME in names:
        config = load_config(next(_texts(root, commit, prefix, [CONFIG_NAME])))
    wanted = [name for name in names if is_project_file(name, config)]
    seeds = tuple(sorted(name for name in names if is_seed(name, config)))
    folder = ProjectFolder(root, config, tuple(_texts(root, commit, prefix, wanted)), (), seeds)
    return Commit(called, commit[:7], folder, _differing(root, commit))


def _differing(root: Path, commit: str) -> tuple[str, ...]:
    tracked = _git(root, "diff", "--name-only", "-z", "--relative", commit, "--", ".").split("\0")
    untracked = _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", ".").split("\0")
    return tuple(sorted({name for name in (*tracked, *untracked) if name}))


def _texts(root: Path, commit: str, prefix: str, names: list[str]) -> Iterator[Source]:
    """Yield files as a commit has them, all read by one process."""
    asked = "".join(f"{commit}:{prefix}{name}\n" for name in names).encode()
    data = _run(root, "cat-file", "--batch", stdin=asked).stdout
    at = 0
    for name in names:
        end = data.index(b"\n", at)
        size = int(data[at:end].rsplit(b" ", 1)[1])
        text = data[end + 1 : end + 1 + size].decode("utf-8-sig", "replace")
        at = end + 2 + size
        yield Source(name, text)


def _git(root: Path, *words: str) -> str:
    found = _run(root, *words)
    if found.returncode:
        cause = found.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise error("T7045", f"`{root.name}` is in no Git repository", help="`git init`, and commit what you compare with", cause=cause)
    return found.stdout.decode("utf-8", "replace")


def _run(root: Path, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(root), *words], input=stdin, capture_output=True, check=False)
    except FileNotFoundError as missing:
        raise error("T7045", "`git` is not installed", help="install Git, or check without `--changed`") from missing
