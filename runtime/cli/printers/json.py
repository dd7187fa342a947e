"""Owns diagnostics as programs read them: one JSON object with the list `diagnostics`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ....dialect.diagnostics import Diagnostic


def as_json(found: Sequence[Diagnostic]) -> str:
    """Return `{"diagnostics": […]}`, indented; places from 1, files relative to the project."""
    return json.dumps({"diagnostics": [d.as_json() for d in found]}, indent=2, ensure_ascii=False) + "\n"
