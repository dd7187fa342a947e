"""Owns `CapabilityUnavailable`: what was asked for and cannot be had here, and why."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..dialect.diagnostics import Diagnostic, TreadleError
from ..dialect.source import Span

Reason = Literal["missing_dependency", "version_mismatch", "not_registered", "install_failed", "unsupported_operation"]


class MissingCapability(BaseModel):
    """One capability that is not there.

    Args:
        capability: its name, such as `refresh.incremental`.
        requested_by: path into the specification or the project, `outputs.late_by_day.refresh`.
        reason: why, in one of five words.
        detail: the facts.
        remedy: what to do instead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    capability: str
    requested_by: str
    reason: Reason
    detail: str
    remedy: str


class CapabilityUnavailable(TreadleError):
    """Raised before anything is read when a required capability cannot be had."""

    def __init__(self, missing: MissingCapability, span: Span | None = None) -> None:
        """Store what is missing and where it was asked for."""
        self.missing = missing
        message = f"`{missing.capability}` is not available: {missing.detail}"
        super().__init__(
            Diagnostic("T3001", message, span, help=missing.remedy, cause=f"{missing.reason}, requested by {missing.requested_by}")
        )
