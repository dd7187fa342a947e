"""Mistakes made at random places of the example projects: each is told at its place, and nearly always by one error."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import inside
from tests.support.flights import build_lake, copy_project
from tests.support.mutants import MUTATORS, Mutant, mutants
from tests.support.tree import ROOT
from treadle.dialect.diagnostics import Diagnostic, TreadleError, one_line
from treadle.runtime.workspace import Situation, Workspace

FACES = ROOT / "tests" / "cases" / "faces"
SEED, EACH = 4, 30
ONE_ERROR = 0.95


class Checker:
    """A project whose files are changed, checked and put back; its lake, its session and files as they were stay open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace = Workspace(root, True, Situation())
        self.files = {p.relative_to(root).as_posix(): p.read_text("utf-8") for p in sorted(root.rglob("*.sql"))}
        found, bound = self.workspace.check({})
        assert not found, found
        self.project = bound.project

    def check(self, mutant: Mutant) -> tuple[Diagnostic, ...]:
        """Return what is said about a mutant."""
        changed = {name: text for name, text in self.files.items() if mutant.files.get(name) != text}
        try:
            for name in changed:
                path = self.root / name
                path.write_text(mutant.files[name], "utf-8") if name in mutant.files else path.unlink()
            return self.workspace.check({})[0]
        except TreadleError as problem:
            return problem.diagnostics
        finally:
            for name, text in changed.items():
                (self.root / name).write_text(text, "utf-8")


@pytest.fixture(scope="module")
def checkers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Checker]]:
    """Yield the flights example over its lake, and the project that `treadle init` writes."""
    root = tmp_path_factory.mktemp("projects")
    build_lake(root / "flights" / "lake")
    copy_project(root / "flights")
    assert inside(root, "init", "shop").status == 0
    made = [Checker(root / "flights"), Checker(root / "shop")]
    yield made
    for one in made:
        one.workspace.close()
    shutil.rmtree(root, ignore_errors=True)


def test_every_mistake_is_told_at_its_place(checkers: list[Checker]) -> None:
    missed, several, kinds = [], [], Counter[str]()
    for checker in checkers:
        for mutant in mutants(checker.files, checker.project, SEED, EACH):
            found = checker.check(mutant)
            said = "\n".join(map(one_line, found)) or "nothing"
            kinds[mutant.kind] += 1
            if not any(mutant.found_by(one) for one in found):
                missed.append(f"{mutant.what}:\n{said}")
            if not mutant.told_once(found):
                several.append(f"{mutant.what}:\n{said}")
    assert not missed, "\n\n".join(missed)
    assert len(kinds) == len(MUTATORS) and kinds.total() >= 150, kinds
    assert len(several) <= (1 - ONE_ERROR) * kinds.total(), "\n\n".join(several)


def test_mistakes_around_everything_else_are_told(tmp_path: Path) -> None:
    """One project of functions, pivots, subqueries, constraints, tests and typed files: no mistake in it passes in silence.

    A misspelt or retyped declaration may be told where it is used, so the place counts for six in seven.
    """
    shutil.copytree(FACES, tmp_path / "faces")
    checker = Checker(tmp_path / "faces")
    told = at_place = 0
    for mutant in mutants(checker.files, checker.project, SEED, EACH):
        found = checker.check(mutant)
        assert found or mutant.kind == "rename", f"{mutant.what}: nothing is said"
        told += bool(found)
        at_place += any(mutant.found_by(one) for one in found)
    checker.workspace.close()
    assert told >= 90 and at_place >= 0.85 * told, (told, at_place)
