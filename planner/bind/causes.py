"""Owns "one cause, one error": diagnostics that one mistake brings about become one, which names all places.

In: scripts and what was found in them. Out: fewer diagnostics. A name that is nowhere gets the
place where the nearest one is declared as a label, a type that doesn't fit the place where it
is declared; what then shares its label is one mistake. A file that ends too early is to blame
for every name that nobody declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from ...dialect.diagnostics import Diagnostic, Label
from ...dialect.script import Script
from ...dialect.source import Span
from .places import Places

NAMES = frozenset({"T2001", "T2002", "T2010", "T2012", "T2020", "T7006"})
TYPES = frozenset({"T2030", "T2031", "T2032", "T2033", "T2034", "T2036", "T2102", "T2108", "T7007"})
PROJECT_WIDE = ("there is no view or source", "there is no parameter", "there is no function", "FILTER names")
CUT = frozenset({"T1002", "T1003"})
MORE = "and here"
NOTHING_READ = "nothing is read FROM here"
Key = tuple[object, ...]


def one_cause_each(scripts: Sequence[Script], found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics with those of one cause put together, in order.

    Args:
        scripts: all files of the project.
        found: what is wrong in them; warnings stay as they are.
    """
    found = tuple(found)
    if sum(one.severity == "error" for one in found) == 0:
        return found
    places = Places(scripts)
    labelled = [_labelled(places, one) for one in found]
    merged: dict[Key, list[Diagnostic]] = {}
    for at, one in enumerate(labelled):
        merged.setdefault(_key(places, one) or ("alone", at), []).append(one)
    return _cut_off([_together(group) for group in merged.values()])


def _labelled(places: Places, one: Diagnostic) -> Diagnostic:
    """Return a diagnostic with labels at the declarations that it is about."""
    if one.severity != "error" or one.span is None:
        return one
    if one.code in NAMES and not one.labels:
        near = re.match("did you mean `([^`]+)`", one.help or "")
        place = places.declaration(one.code, one.span, near[1]) if near else None
        if near is None or place is None or (place.source is one.span.source and place.overlaps(one.span.start, one.span.end)):
            return one
        return replace(one, labels=(Label(place, f"`{near[1]}` is declared here"),))
    if one.code in TYPES:
        more = (Label(span, f"`{name}` is declared here") for name, span in places.typed(one.span))
        return replace(one, labels=(*one.labels, *(label for label in more if label not in one.labels)))
    return one


def _key(places: Places, one: Diagnostic) -> Key | None:
    """Return what diagnostics of one cause share, or None for one that stands alone."""
    if one.severity != "error" or one.span is None:
        return None
    label = (id(one.labels[0].span.source), one.labels[0].span.start) if one.labels else None
    if one.code in NAMES:
        if label is not None:
            return ("name", *re.findall(r"\w+", one.span.text.lower())[-1:], label)
        if NOTHING_READ in one.message:
            return ("nothing", _where(places, one.span))
        return ("name", one.code, one.message, None if one.message.startswith(PROJECT_WIDE) else _where(places, one.span))
    return ("type", label) if one.code in TYPES and label is not None else None


def _where(places: Places, span: Span) -> Key:
    """Return what tells the statement around a place from others."""
    around = places.statement(span)
    return (id(span.source), around.span.start if around is not None else None)


def _together(group: list[Diagnostic]) -> Diagnostic:
    first, *rest = group
    return replace(first, labels=(*first.labels, *(Label(one.span, MORE) for one in rest if one.span is not None)))


def _cut_off(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Put names that nobody declares to the account of a file that ends in the middle of a statement."""
    end = next((at for at, one in enumerate(found) if one.code in CUT and _ends_file(one.span)), None)
    if end is None:
        return tuple(found)
    missed = [one for one in found if one.message.startswith(PROJECT_WIDE) and not _is_slip(one)]
    labels = tuple(_missed(missed))
    found[end] = replace(found[end], labels=(*found[end].labels, *labels))
    return tuple(one for one in found if all(one is not other for other in missed))


def _is_slip(one: Diagnostic) -> bool:
    """Say whether a missed name is spelt so much like another one that it is likely a slip of the pen."""
    near = re.match("did you mean `([^`]+)`", one.help or "")
    written = one.span.text if one.span is not None else ""
    return near is not None and SequenceMatcher(None, written.lower(), near[1].lower()).ratio() > 0.9


def _missed(found: list[Diagnostic]) -> Iterator[Label]:
    for at, one in enumerate(found):
        if one.span is not None and all(one is not other for other in found[:at]):
            yield Label(one.span, f"`{one.span.text}` is declared nowhere; was it behind that end?")


def _ends_file(span: Span | None) -> bool:
    return span is not None and not span.source.text[span.end :].strip()
