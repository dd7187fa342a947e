"""Owns the engine's settings by name: which there are, which the users may set, what a session has."""

from __future__ import annotations

from collections.abc import Mapping

from datafusion import SessionConfig, SessionContext

from ..dialect.diagnostics import did_you_mean, error
from .profiles import OWNED


def check_settings(settings: Mapping[str, str]) -> None:
    """Refuse settings that the engine does not know (T6060) and those that treadle owns (T6062)."""
    if not settings:
        return
    known = live_settings(SessionContext(SessionConfig().with_information_schema(True)))
    for name in sorted(settings):
        if name not in known:
            raise error(
                "T6060", f"the engine has no setting `{name}`", help=did_you_mean(name, known) or "settings begin with `datafusion.`"
            )
        if name in OWNED:
            raise error("T6062", f"the setting `{name}` belongs to treadle", help="leave it out: results would mean something else")


def live_settings(context: SessionContext) -> dict[str, str]:
    """Return every setting of a context with its value as text, read back from the engine itself."""
    rows = context.sql("SELECT name, value FROM information_schema.df_settings").to_pylist()
    return {row["name"]: row["value"] or "" for row in rows}
