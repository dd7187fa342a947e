"""Owns the layout of files: finds what `treadle fmt` names, formats each text, and puts changed ones in place whole."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..dialect.diagnostics import Diagnostic, TreadleError
from ..dialect.format import format_source
from ..dialect.source import Source
from .export import whole_file
from .project import load_folder, read_source, sql_files_below


@dataclass(frozen=True, slots=True)
class Layout:
    """One file, or stdin, and its text in treadle's layout.

    Args:
        path: the file; None for stdin.
        source: the text as it was, under its name.
        text: the text as it will be.
        diagnostics: what is wrong in it; the statements with it stay as they were.
    """

    path: Path | None
    source: Source
    text: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def changed(self) -> bool:
        """Say whether the layout differs from the text."""
        return self.text != self.source.text

    def diff(self) -> str:
        """Return the change as a unified diff."""
        name = self.source.name
        lines = difflib.unified_diff(self.source.text.splitlines(True), self.text.splitlines(True), name, name)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def write(self) -> None:
        """Put the text in the file's place, all of it or nothing, with the file's permissions; raises T7019."""
        if self.path is None or not self.changed:
            return
        real = self.path.resolve()
        with whole_file(real) as sink:
            sink.write(self.text.encode())
            Path(sink.name).chmod(stat.S_IMODE(real.stat().st_mode))


def project_sources(root: Path) -> tuple[list[tuple[Path, Source]], tuple[Diagnostic, ...]]:
    """Return a project's readable files, and what is wrong with the others; raises T7001 to T7003 and T7012."""
    folder = load_folder(root)
    return [(folder.root / source.name, source) for source in folder.sources], folder.diagnostics


def named_sources(paths: Iterable[str]) -> tuple[list[tuple[Path, Source]], tuple[Diagnostic, ...]]:
    """Return the readable files among some paths, and in folders among them, and what is wrong with the others."""
    found: dict[Path, Source] = {}
    problems: list[Diagnostic] = []
    for name in paths:
        path = Path(name)
        for file in sorted(sql_files_below(path)) if path.is_dir() else [path]:
            try:
                found.setdefault(file, read_source(file, file.as_posix()))
            except TreadleError as problem:
                problems += problem.diagnostics
    return list(found.items()), tuple(problems)


def laid_out(path: Path | None, source: Source, width: int) -> Layout:
    """Return a source's layout for lines of a width."""
    made = format_source(source, width)
    return Layout(path, source, made.text, made.diagnostics)
