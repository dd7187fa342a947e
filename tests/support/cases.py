"""Markdown case files: `## title`, a fenced input, fenced expectations; read, compared, rewritten on accept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)[ ]?([^\n]*)\n(.*?)^```[ ]*$", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its word, what follows on that line, its text, its place in the file."""

    word: str
    detail: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a file; `line` is where its title stands."""

    path: Path
    line: int
    title: str
    blocks: tuple[Block, ...]

    def input(self, word: str) -> str:
        """Return the text of the only block of a word."""
        (block,) = [b for b in self.blocks if b.word == word]
        return block.text

    @property
    def id(self) -> str:
        """Return `file:line title`, under which pytest shows the case."""
        return f"{self.path.name}:{self.line} {self.title}"


def read_cases(folder: Path) -> Iterator[Case]:
    """Yield the cases of every Markdown file of a folder."""
    for path in sorted(folder.glob("*.md")):
        text = path.read_text("utf-8")
        titles = [m for m in re.finditer(r"^## (.*)$", text, re.M)]
        for at, title in enumerate(titles):
            end = titles[at + 1].start() if at + 1 < len(titles) else len(text)
            blocks = tuple(
                Block(m[1], m[2], m[3], title.start() + m.start(), title.start() + m.end())
                for m in BLOCK.finditer(text[title.start() : end])
            )
            yield Case(path, text.count("\n", 0, title.start()) + 1, title[1], blocks)


def check_case(case: Case, actual: Callable[[Block], str], accept: bool, skip: tuple[str, ...] = ("sql",)) -> None:
    """Compare every expectation of a case with what is the case now; with accept, rewrite the file."""
    wanted = [b for b in case.blocks if b.word not in skip]
    assert wanted, f"{case.id} expects nothing"
    for block in reversed(wanted):
        found = actual(block)
        if found == block.text:
            continue
        assert accept, f"{case.id}\nexpected:\n{block.text}\nfound:\n{found}"
        text = case.path.read_text("utf-8")
        fence = f"```{block.word}{' ' + block.detail if block.detail else ''}\n"
        # Other cases of the file may have been rewritten since it was read: the block is looked up behind its title.
        title = text.index(f"## {case.title}\n")
        at = text.index(f"{fence}{block.text}```", title)
        case.path.write_text(text[:at] + fence + found + text[at + len(fence) + len(block.text) :], "utf-8")
