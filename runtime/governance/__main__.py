"""Owns `python -m treadle.runtime.governance`: probe the engine and compare with the committed snapshot; `--accept` rewrites it."""

from __future__ import annotations

import sys
from pathlib import Path

from .golden import committed, drift, text
from .lab import Lab
from .snapshot import take


def main(arguments: list[str]) -> int:
    """Return 0 where nothing differs, else print what does and return 1."""
    with Lab() as lab:
        now = take(lab)
    if "--accept" in arguments:
        path = Path(__file__).resolve().parents[2] / "grammar" / "hooks.toml"
        before = committed() if path.exists() else {}
        path.write_text(text(now), "utf-8", newline="\n")
        print(*drift(before, now), sep="\n")
        return 0
    lines = list(drift(committed(), now))
    print(*lines, sep="\n", end="\n" if lines else "")
    if lines:
        print("\nthe engine's hooks are not those of grammar/hooks.toml; read the lines above, then `make governance ACCEPT=--accept`")
        return 1
    observed = sum(told.startswith("observed") for one in now.values() for told in one.hooks.values())
    print(f"{len(now)} functions probed, {observed} hooks observed, as grammar/hooks.toml says")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
