"""Owns typed warnings: what did not go the best way, said in results, receipts and spans."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class PlanWarning(BaseModel):
    """One thing that the user should know and that did not stop the run.

    Args:
        code: stable code of `grammar/errors.toml`.
        stage: where it arose: `bind`, `specify`, `plan`, `run` or the name of a view.
        message: lower case start, no final period.
        context: further facts, as text by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    stage: str
    message: str
    context: dict[str, str] = {}
