"""The generated documentation is current, and the language's page holds SQL that treadle reads."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

from tests.support.tree import ROOT

DOCS = ROOT / "docs"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_current() -> None:
    texts: dict[str, str] = _generator().generated()
    stale = [name for name, text in texts.items() if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != text]
    assert not stale, f"run `make docs`: {stale}"


def test_no_page_of_a_code_that_is_gone() -> None:
    pages = {f"errors/{p.name}" for p in (DOCS / "errors").glob("*.md")}
    assert pages <= set(_generator().generated())


def test_sql_in_the_language_page_parses() -> None:
    from treadle.dialect import parse
    from treadle.dialect.source import Source

    blocks = re.findall(r"^```sql\n(.*?)^```$", (DOCS / "language.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 6
    for block in blocks:
        script = parse(Source("language.md", block))
        assert script.statements and not script.diagnostics, [str(d.message) for d in script.diagnostics]
