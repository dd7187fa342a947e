"""Why a text is no JSON is told in full, quotes and all."""

from __future__ import annotations

import pytest

import treadle


@pytest.mark.parametrize(
    ("document", "cause"),
    [("{a", "expected '\"' (byte 1)"), ("[1,,]", "invalid character (byte 3)"), ("", "Input data was truncated")],
)
def test_the_reason_is_whole(document: str, cause: str) -> None:
    with treadle.connect() as connection, pytest.raises(treadle.TreadleError) as raised:
        connection.query(f"SELECT '{document}' ->> 'x' AS a").fetchall()
    (told,) = raised.value.diagnostics
    assert (told.code, told.cause) == ("T6057", cause)
