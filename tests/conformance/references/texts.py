"""Owns normal forms and checks of texts, with `unicodedata` and plain loops."""

from __future__ import annotations

import re
from unicodedata import normalize


def tidy(text: str | None, form: str = "NFKC", fold: bool = True, spaces: bool = True) -> str | None:
    """Return a text in a normal form, folded and normalised again, with single spaces."""
    if text is None:
        return None
    made = normalize(form, text)  # type: ignore[arg-type]
    if fold:
        made = normalize(form, made.casefold())  # type: ignore[arg-type]
    white = "[\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
    return re.sub(f"^{white}|{white}$", "", re.sub(white, " ", made)) if spaces else made


def luhn(text: str) -> bool:
    """Say whether the last digit is the check digit of the others."""
    if not text.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed(text)):
        number = int(digit) * (1 + place % 2)
        total += number // 10 + number % 10
    return total % 10 == 0
