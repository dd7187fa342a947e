"""Secrets stay out of whatever text the engine gives."""

from __future__ import annotations

import pytest

from treadle.dialect.diagnostics import Diagnostic
from treadle.runtime.redact import Redactor


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        ((), "a = hunter2", "a = hunter2"),
        (("hunter2",), "FilterExec: a = hunter2 AND b = xhunter2y", "FilterExec: a = <secret> AND b = x<secret>y"),
        (("7",), "a = 7 AND b = 17 AND c7 = 7.5 AND (7)", "a = <secret> AND b = 17 AND c7 = 7.5 AND (<secret>)"),
        (("-7",), "a > -7", "a > <secret>"),
        (("a.*b",), "a.*b and axxb", "<secret> and axxb"),
    ],
)
def test_secrets_are_hidden(secrets: tuple[str, ...], text: str, shown: str) -> None:
    assert Redactor(secrets).text(text) == shown


def test_diagnostics_are_cleaned_everywhere() -> None:
    cleaned = Redactor(("hunter2",)).diagnostic(Diagnostic("T6001", "`hunter2` is no number", help="not hunter2", cause="hunter2"))
    assert "hunter2" not in str(cleaned)
