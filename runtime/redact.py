"""Owns keeping secrets out of what a run says: engine's words, plan operators, receipts, spans.

The engine prints the values that were bound into a plan, in the operators' display and in its
errors. Whatever text comes from it passes here on its way into a receipt or a diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ..dialect.diagnostics import Diagnostic, Label
from ..planner.bundle import PlanBundle
from ..planner.literal import literal_sql

HIDDEN = "<secret>"


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces the texts of secret values by `<secret>`; `texts` longest first.

    A secret that is a number or a date is hidden only where it stands alone: `1` inside `x10` is none.
    """

    texts: tuple[str, ...] = ()

    def text(self, text: str) -> str:
        """Return a text without the secrets in it."""
        for secret in self.texts:
            text = re.sub(_pattern(secret), HIDDEN, text)
        return text

    def diagnostic(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return a diagnostic without secrets in its message, help, cause and labels."""
        if not self.texts:
            return diagnostic
        labels = tuple(Label(label.span, self.text(label.text)) for label in diagnostic.labels)
        help, cause = self._optional(diagnostic.help), self._optional(diagnostic.cause)
        return replace(diagnostic, message=self.text(diagnostic.message), labels=labels, help=help, cause=cause)

    def _optional(self, text: str | None) -> str | None:
        return None if text is None else self.text(text)


def redactor(bundle: PlanBundle) -> Redactor:
    """Return the redactor of a bundle's SECRET parameters."""
    secret = {one.name for one in bundle.spec.typed_parameters if one.secret}
    values = (value for name, value in bundle.values.items() if name in secret)
    texts = {text for value in values for text in _texts(value.value) if text}
    return Redactor(tuple(sorted(texts, key=lambda text: (-len(text), text))))


def shown_parameters(bundle: PlanBundle) -> Mapping[str, str]:
    """Return every parameter's value by name as SQL writes it, SECRET ones as `<secret>`."""
    secret = {one.name for one in bundle.spec.typed_parameters if one.secret}
    return {name: HIDDEN if name in secret else literal_sql(value) for name, value in sorted(bundle.values.items())}


def _pattern(secret: str) -> str:
    """Return what to look for: the text itself, by itself when it begins with a digit or a sign."""
    quoted = re.escape(secret)
    return rf"(?<![\w.]){quoted}(?![\w.])" if re.match(r"[-+]?\d", secret) else quoted


def _texts(value: object) -> Iterator[str]:
    """Yield the texts under which the engine may print a value or its elements."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for one in value:
            yield from _texts(one)
        return
    if isinstance(value, datetime):
        yield from _instants(value)
    yield value.hex() if isinstance(value, bytes) else str(value)


def _instants(value: datetime) -> Iterator[str]:
    """Yield a timestamp as the engine's plans print it: a count since 1970 in any unit, and ISO 8601."""
    since = (value if value.tzinfo else value.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    microseconds = since // timedelta(microseconds=1)
    yield value.isoformat()
    yield value.isoformat().removesuffix("+00:00")
    yield str(microseconds * 1000)
    yield from (str(microseconds // unit) for unit in (1, 1000, 1000_000) if microseconds % unit == 0)
