"""Owns the functions over JSON text that the engine lacks: `->`, `->>`, `@>` and validity, as vectorised functions of treadle's own.

A document is read once for a path, or for several, and only as far as they go: what lies beside
them is checked and skipped, never made into objects. Numbers and nested values come out as
they stand in the text. Meanings are PostgreSQL's; of keys that stand twice the last counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from json import dumps, loads
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from ...planner.json_paths import GET, TEXT

if TYPE_CHECKING:
    import msgspec

Array: TypeAlias = "pa.Array[Any]"
Path: TypeAlias = "tuple[str, ...]"
Read: TypeAlias = "Callable[[str], list[str | None]]"
MALFORMED = "treadle: no JSON: "
_SHOWN = 60
_QUOTE = 34
_FIELD = re.compile(r"[^\"\\\x00-\x1f]*")


def get(documents: Array, paths: Array) -> Array:
    """Return for each document the JSON that stands at its path (`planner.json_paths`); raises `ValueError` for what is no JSON."""
    return _extracted(documents, paths, (GET,))


def text(documents: Array, paths: Array) -> Array:
    """Return for each document what stands at its path as text; raises `ValueError` for what is no JSON."""
    return _extracted(documents, paths, (TEXT,))


def _extracted(documents: Array, paths: Array, how: Path) -> Array:
    if not len(documents):
        return pa.array([], pa.string())
    if (path := _constant(paths)) is not None:
        read = _single(how + path)
        return pa.array([None if one is None else read(one) for one in documents.to_pylist()], pa.string())
    found: list[str | None] = []
    for document, steps in zip(documents.to_pylist(), paths.to_pylist(), strict=True):
        given = document is not None and steps is not None and None not in steps
        found.append(_reader((how + _spelt(steps),))(document)[0] if given else None)
    return pa.array(found, pa.string())


def many(documents: Array, paths: Array) -> Array:
    """Return for each document the list of what stands at several paths, each led by `GET` or `TEXT`; these stand in one text of JSON."""
    wanted = pa.list_(pa.string())
    if not len(documents):
        return pa.array([], wanted)
    read = _reader(tuple((path[0], *_spelt(path[1:])) for path in loads(paths[0].as_py())))
    return pa.array([None if one is None else read(one) for one in documents.to_pylist()], wanted)


def _constant(paths: Array) -> Path | None:
    """Return the steps that a batch has in all its rows; None where rows differ, or something is null."""
    first = paths[0].as_py()
    if first is None or None in first or paths.null_count or not pc.all(pc.equal(pc.list_value_length(paths), len(first))).as_py():
        return None
    for at, step in enumerate(first):
        if pc.all(pc.equal(pc.list_element(paths, at), step), skip_nulls=False).as_py() is not True:
            return None
    return _spelt(first)


def _spelt(steps: Sequence[str]) -> Path:
    """Return steps with their kinds: behind `#` each is a key or a place, as `#>` takes them; what is no number is a key."""
    marked = [f"/{step}" for step in steps[1:]] if steps and steps[0] == "#" else steps
    return tuple(f".{step[1:]}" if step[0] == "/" and _place(step[1:]) is None else step for step in marked)


@lru_cache(maxsize=256)
def _single(path: Path) -> Callable[[str], str | None]:
    """Return what reads a document for one path, which begins with `GET` or `TEXT`; it raises `ValueError` for what is no JSON."""
    import msgspec

    several = _reader((path,))
    if not _keys_alone(path):
        return lambda document: several(document)[0]
    decode: Callable[[str], Any] = msgspec.json.Decoder(_shape({path[1:]})).decode
    take, show = attrgetter(".".join(_fields(path[1:]))), _shown(path[0])

    def read(document: str) -> str | None:
        try:
            return show(take(decode(document)))
        except (AttributeError, TypeError):  # it is not there, here or on the way
            return None
        except (msgspec.DecodeError, UnicodeEncodeError):
            return several(document)[0]

    return read


@lru_cache(maxsize=256)
def _reader(paths: tuple[Path, ...]) -> Read:
    """Return what reads a document for several paths, each led by `GET` or `TEXT`; it raises `ValueError` for what is no JSON."""
    import msgspec

    plain = _plain_reader(paths)
    keys_alone = all(_keys_alone(path) for path in paths)
    if not keys_alone or any(a != b and b[1 : len(a)] == a[1:] for a in paths for b in paths):
        if len(paths) == 1:
            return plain
        singles = [_single(path) for path in paths]  # one may lead into what another wants as text
        return lambda document: [single(document) for single in singles]
    decode: Callable[[str], Any] = msgspec.json.Decoder(_shape({path[1:] for path in paths})).decode
    takes = [(attrgetter(".".join(_fields(path[1:]))), _shown(path[0])) for path in paths]

    def read(document: str) -> list[str | None]:
        try:
            whole = decode(document)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return plain(document)
        found: list[str | None] = []
        for take, show in takes:
            try:
                found.append(show(take(whole)))
            except (AttributeError, TypeError):  # it is not there, here or on the way
                found.append(None)
        return found

    return read


def _keys_alone(path: Path) -> bool:
    """Say whether a path has keys alone, and such as the fields of a type can be called."""
    return len(path) > 1 and all(step[0] == "." and _FIELD.fullmatch(step) for step in path[1:])


def _fields(path: Path) -> list[str]:
    return [_field(step) for step in path]


@cache
def _field(step: str) -> str:
    """Return the attribute that a key is read into."""
    return f"k{step[1:].encode().hex()}"


def _shape(paths: set[Path]) -> type:
    """Return the type of a document of which only these paths are read."""
    import msgspec

    fields = []
    for key in sorted({path[0] for path in paths}):
        inside = {path[1:] for path in paths if path[0] == key}
        kind: Any = msgspec.Raw if inside == {()} else _shape(inside) | None
        default = msgspec.field(name=key[1:], default=msgspec.UNSET)
        fields.append((_field(key), kind | msgspec.UnsetType, default))
    return msgspec.defstruct("Document", fields, gc=False)


def _plain_reader(paths: tuple[Path, ...]) -> Read:
    def read(document: str) -> list[str | None]:
        import msgspec

        try:
            msgspec.json.decode(document, type=msgspec.Raw)
            found = []
            for how, *steps in paths:
                at: bytes | None = document.encode()
                for step in steps:
                    at = _step(at, step) if at is not None else None
                found.append(None if at is None else _shown(how)(at))
        except (msgspec.DecodeError, UnicodeEncodeError) as malformed:
            raise _refusal(document, malformed) from malformed
        _require(document)
        return found

    return read


def _step(value: bytes, step: str) -> bytes | None:
    import msgspec

    value = value.strip()
    kind, key = step[0], step[1:]
    if value[:1] == b"{" and kind in "./":
        found = msgspec.json.decode(value, type=dict[str, msgspec.Raw]).get(key)
        return None if found is None else bytes(found)
    place = _place(key) if kind in "[/" else None
    if value[:1] != b"[" or place is None:
        return None
    items = msgspec.json.decode(value, type=list[msgspec.Raw])
    return bytes(items[place]) if -len(items) <= place < len(items) else None


def _place(key: str) -> int | None:
    try:
        return int(key)
    except ValueError:
        return None


def _shown(how: str) -> Callable[[Any], str | None]:
    return _as_json if how == GET else _as_text


def _as_json(value: Any) -> str | None:
    return bytes(value).strip().decode()


def _as_text(value: Any) -> str | None:
    written = bytes(value).strip()
    if written[0] == _QUOTE:
        return _texts().decode(written) if b"\\" in written else written[1:-1].decode()
    return None if written == b"null" else written.decode()


@cache
def _texts() -> msgspec.json.Decoder[str]:
    import msgspec

    return msgspec.json.Decoder(str)


def _require(document: str) -> None:
    import msgspec

    try:
        msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeEncodeError) as malformed:
        raise _refusal(document, malformed) from malformed


def _refusal(document: str, malformed: Exception) -> ValueError:
    shown = document if len(document) <= _SHOWN else document[: _SHOWN - 1] + "…"
    why = str(malformed).removeprefix("JSON is malformed: ")
    return ValueError(f"{MALFORMED}{shown.encode(errors='replace').hex()} {why.encode().hex()} ")


def refused(message: str) -> tuple[str, str] | None:
    """Return the text that was no JSON, cut short, and the reason, from an error's words; None when they say something else."""
    head, found, rest = message.partition(MALFORMED)
    del head
    if not found:
        return None
    shown, why = (bytes.fromhex(one).decode(errors="replace") for one in rest.split(" ", 2)[:2])
    return shown, why


def valid(documents: Array) -> Array:
    """Say for each text whether it is JSON."""
    return pa.array([None if one is None else _is_valid(one) for one in documents.to_pylist()], pa.bool_())


def _is_valid(document: str) -> bool:
    try:
        _require(document)
    except ValueError:
        return False
    return True


def contains(wholes: Array, parts: Array) -> Array:
    """Say for each two documents whether the first contains the second; raises `ValueError` for what is no JSON."""

    @lru_cache(maxsize=64)
    def known(part: str) -> Any:
        return _decoded(part)

    pairs: Iterator[tuple[str | None, str | None]] = zip(wholes.to_pylist(), parts.to_pylist(), strict=True)
    found = [None if a is None or b is None else _holds(_decoded(a), known(b), top=True) for a, b in pairs]
    return pa.array(found, pa.bool_())


def _or_null(read: Callable[..., Array]) -> Callable[..., Array]:
    """Return a function that reads as another does, and gives null for a first text that is no JSON."""

    def lenient(documents: Array, *more: Array) -> Array:
        try:
            return read(documents, *more)
        except ValueError:
            return read(pc.if_else(valid(documents), documents, None), *more)

    return lenient


def keys(documents: Array) -> Array:
    """Return the keys of each object in their order, an empty list for other JSON; raises `ValueError` for what is no JSON."""
    made = [None if one is None else list(found) if isinstance(found := _decoded(one), dict) else [] for one in documents.to_pylist()]
    return pa.array(made, pa.list_(pa.string()))


def length(documents: Array) -> Array:
    """Return how many elements each array has, 0 for other JSON; raises `ValueError` for what is no JSON."""
    made = [None if one is None else len(found) if isinstance(found := _decoded(one), list) else 0 for one in documents.to_pylist()]
    return pa.array(made, pa.int64())


get_or_null, text_or_null, many_or_null, contains_or_null = (_or_null(read) for read in (get, text, many, contains))
keys_or_null, length_or_null = _or_null(keys), _or_null(length)


def quoted(texts: Array) -> Array:
    """Return texts as JSON strings (RFC 8259)."""
    return pa.array([None if one is None else dumps(one, ensure_ascii=False) for one in texts.to_pylist()], pa.string())


def _decoded(document: str) -> Any:
    import msgspec

    try:
        return _exact().decode(document)
    except (msgspec.DecodeError, UnicodeEncodeError) as malformed:
        raise _refusal(document, malformed) from malformed


@cache
def _exact() -> msgspec.json.Decoder[Any]:
    import msgspec

    return msgspec.json.Decoder(float_hook=Decimal)


def _holds(whole: Any, part: Any, *, top: bool = False) -> bool:
    """Say whether a JSON value contains another as PostgreSQL's `jsonb @>` has it (8.14.3, jsonb Containment)."""
    if isinstance(whole, dict):
        return isinstance(part, dict) and all(key in whole and _holds(whole[key], value) for key, value in part.items())
    if isinstance(whole, list):
        if isinstance(part, list):
            return all(any(_holds(one, wanted) for one in whole) for wanted in part)
        return top and not isinstance(part, dict) and any(_same(one, part) for one in whole)
    return _same(whole, part)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict | list) or isinstance(b, dict | list):
        return False
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)
