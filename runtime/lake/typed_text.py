"""Owns CSV files whose columns are declared: every value is proved to fit its type before the engine reads it.

In: a file, declared columns. Out: nothing, or an error that names file, line, column, text and
type. An empty value is NULL, quoted or not; whatever else does not read as its type is refused.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING

from ...dialect.diagnostics import TreadleError, did_you_mean, error
from ...dialect.source import Source, Span
from ...dialect.types import DataType, Field, Schema
from ...planner.values import Value
from .compressed import compression_of, opened

if TYPE_CHECKING:
    import pyarrow as pa

CHECKED_BYTES = 16_000_000
"""Files up to this size are proved when they are described; larger ones when a run reads them."""
_SHOWN_BYTES = 4_000_000
_DATE = r"\d{4}-\d{2}-\d{2}"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_WHOLE = r"-?\d{1,19}"
PATTERNS = {
    "TINYINT": _WHOLE, "SMALLINT": _WHOLE, "INT": _WHOLE, "BIGINT": _WHOLE, "FLOAT": rf"{_NUMBER}|(?i:nan|-?inf)",
    "DOUBLE": rf"{_NUMBER}|(?i:nan|-?inf)", "BOOLEAN": r"(?i:true|false)", "DATE": _DATE,
}  # fmt: skip


def declared(text: str) -> Schema:
    """Return declared columns from their text, as `COLUMNS (…)` holds it.

    >>> [(f.name, f.type.sql(), f.nullable) for f in declared('"a b" INT NOT NULL, c DATE')]
    [('a b', 'INT', False), ('c', 'DATE', True)]
    """
    from ...dialect import parse
    from ...dialect.statements.source import SourceStatement

    script = parse(Source("<columns>", f"CREATE SOURCE s FROM CSV '' COLUMNS ({text})"))
    (statement,) = script.statements
    assert isinstance(statement, SourceStatement)
    return Schema(tuple(Field(one.name.text, one.type.type, not one.required) for one in statement.columns))


def describe_typed(paths: Sequence[str], options: Mapping[str, Value]) -> Schema:
    """Return the declared columns of some files, which have exactly these; raises T4060, T4061, T4062 and T4012."""
    columns = declared(str(options["columns"].value))
    for path in paths:
        _require_columns(path, columns, options)
        if os.path.getsize(path) <= CHECKED_BYTES:
            prove(path, columns, options)
    return columns


def _require_columns(path: str, columns: Schema, options: Mapping[str, Value]) -> None:
    if not has_header(options):
        return
    names = read_header(path, options)
    doubled = sorted({one for one in names if names.count(one) > 1})
    missing = [f"`{one}`" + _near(one, names) for one in columns.names if one not in names]
    extra = [f"`{one}`" + _near(one, columns.names) for one in dict.fromkeys(names) if one not in columns.names]
    parts = [f"has no column {', '.join(missing)}"] if missing else []
    parts += [f"has {', '.join(extra)}, which nobody declared"] if extra else []
    parts += [f"has {', '.join(f'`{one}`' for one in doubled)} twice"] if doubled else []
    if parts:
        help_line = "declare exactly the columns of the header; their order is free"
        raise error("T4061", f"`{_short(path)}` {', and '.join(parts)}", _line(path, 1), help=help_line)


def _near(name: str, names: Iterable[str]) -> str:
    near = did_you_mean(name, [one for one in names if one != name])
    return f" ({near.rstrip('?')}?)" if near else ""


def prove(path: str, columns: Schema, options: Mapping[str, Value]) -> None:
    """Prove that every value of a file fits the declared type; raises T4060, T4062 and T4012."""
    import pyarrow as pa

    names = read_header(path, options) if has_header(options) else columns.names
    row = 0
    try:
        for batch in _batches(path, names, options):
            found = [(_misfit(batch.column(field.name), field, text_of(options, "null_value")), field) for field in columns]
            first = min(((at, field.name) for at, field in found if at is not None), key=lambda one: one[0], default=None)
            if first is not None:
                at, column = first
                raise _fault(path, row + at, columns.fields[columns.names.index(column)], batch.column(column)[at].as_py(), names, options)
            row += batch.num_rows
    except pa.ArrowInvalid as problem:
        raise error("T4012", f"`{_short(path)}` can't be read as CSV", _line(path, 1), cause=str(problem)) from problem


def _batches(path: str, names: Sequence[str], options: Mapping[str, Value]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.csv as reader

    wrong: list[reader.InvalidRow] = []

    def ragged(found: reader.InvalidRow) -> str:
        wrong.append(found)  # the library swallows what is raised here
        return "error"

    comment, escape = text_of(options, "comment"), text_of(options, "escape")
    with opened(path, compression_of(path, options)) as raw:
        data: IO[bytes] = io.BytesIO(b"".join(one for one in raw if not one.startswith(comment.encode()))) if comment else raw
        first = 1 if has_header(options) else 0
        try:
            yield from reader.open_csv(
                data,
                read_options=reader.ReadOptions(use_threads=False, column_names=list(names), skip_rows=0, skip_rows_after_names=first),
                parse_options=reader.ParseOptions(
                    delimiter=delimiter_of(path, options),
                    quote_char=text_of(options, "quote") or '"',
                    escape_char=escape or False,
                    newlines_in_values=True,
                    invalid_row_handler=ragged,
                ),
                convert_options=reader.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=False),
            )
        except pa.ArrowInvalid as problem:
            if wrong:
                raise _ragged(path, wrong[0].expected_columns, wrong[0].actual_columns, options) from problem
            if "Empty CSV file" not in str(problem):
                raise


def _misfit(values: pa.Array, field: Field, null: str | None) -> int | None:
    """Return the position of the first value that does not fit a column, or None."""
    import pyarrow.compute as pc

    empty = pc.equal(values, "")
    if null is not None:
        empty = pc.or_(empty, pc.equal(values, null))
    if not field.nullable and (at := _first(empty)) is not None:
        return at
    if field.type.name == "VARCHAR":
        return None
    right = pc.or_(empty, pc.match_substring_regex(values, f"^(?:{_pattern(field.type)})$"))
    at = _first(pc.invert(right))
    return _unreal(values if at is None else values.slice(0, at), empty, field.type, at)


def _first(flags: pa.Array) -> int | None:
    import pyarrow.compute as pc

    at = pc.index(flags, True).as_py()
    return None if at < 0 else int(at)


def _unreal(values: pa.Array, empty: pa.Array, kind: DataType, otherwise: int | None) -> int | None:
    """Return the first value that is spelt well and is none of the type: out of range, a day that isn't in the calendar."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from ..engine.arrow_types import arrow_type

    target = arrow_type(kind)
    if kind.name == "DECIMAL" or kind.name in ("FLOAT", "DOUBLE", "BOOLEAN"):
        return otherwise  # their pattern says it all
    known = pc.if_else(empty.slice(0, len(values)), pa.scalar(None, pa.string()), values)
    low, high = 0, len(known)
    if _casts(known, target):
        return otherwise
    while high - low > 1:  # the first half that fails holds the first value that fails
        middle = (low + high) // 2
        low, high = (middle, high) if _casts(known.slice(low, middle - low), target) else (low, middle)
    return low


def _casts(values: pa.Array, target: pa.DataType) -> bool:
    import pyarrow as pa

    try:
        values.cast(target)
    except pa.ArrowInvalid:
        return False
    return True


def _pattern(kind: DataType) -> str:
    if kind.name == "DECIMAL":
        scale, whole = kind.scale or 0, (kind.precision or 38) - (kind.scale or 0)
        fraction = rf"(?:\.\d{{1,{scale}}})?" if scale else ""
        return rf"-?0*\d{{1,{whole}}}{fraction}" if whole else rf"-?0*{fraction}"
    if kind.name == "TIMESTAMP":
        digits = min(kind.precision if kind.precision is not None else 6, 6)
        fraction = rf"(?:\.\d{{1,{digits}}})?" if digits else ""
        zone = r"(?:Z|[+-]\d{2}:\d{2})" if kind.zone else ""
        return rf"{_DATE}[ T]\d{{2}}:\d{{2}}:\d{{2}}{fraction}{zone}"
    return PATTERNS[kind.name]


def _fault(path: str, row: int, field: Field, text: str, names: Sequence[str], options: Mapping[str, Value]) -> TreadleError:
    line = _line_of(path, row, options)
    where = f"`{_short(path)}`, line {line}, column `{field.name}`"
    span = _cell(path, line, text, list(names).index(field.name))
    if text == "" or text == text_of(options, "null_value"):
        return error("T4062", f"{where}: it is empty, and declared NOT NULL", span, help="fill it in, or leave NOT NULL out")
    shown = text if len(text) <= 40 else text[:39] + "…"
    return error("T4060", f"{where}: `{shown}` is no {field.type.sql()}", span, help=_way_out(field.type))


def _way_out(kind: DataType) -> str:
    forms = {"DATE": "2013-01-31", "TIMESTAMP": "2013-01-31 12:00:00", "BOOLEAN": "true", "DECIMAL": "12.50"}
    form = forms.get(kind.name, "1.5" if kind.name in ("FLOAT", "DOUBLE") else "12")
    zone = "Z" if kind.zone else ""
    return f"write it as `{form}{zone}`, leave it empty for NULL, or declare another type"


def _ragged(path: str, expected: int, found: int, options: Mapping[str, Value]) -> TreadleError:
    line = next((line for line, record in _records(path, options) if len(record) not in (0, expected)), 1)
    message = f"`{_short(path)}`, line {line}: there are {found} values, and {expected} columns"
    return error("T4012", message, _line(path, line), help="put values with commas or line breaks into double quotes")


def _line_of(path: str, row: int, options: Mapping[str, Value]) -> int:
    """Return the line on which a row begins."""
    rows = ((line, record) for line, record in _records(path, options) if record)
    skipped = row + (1 if has_header(options) else 0)
    return next((line for at, (line, _) in enumerate(rows) if at == skipped), 1)


def _records(path: str, options: Mapping[str, Value]) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record begins, and its values."""
    comment = text_of(options, "comment")
    with opened(path, compression_of(path, options)) as raw:
        numbered: list[int] = []

        def lines() -> Iterator[str]:
            for number, one in enumerate(io.TextIOWrapper(raw, "utf-8-sig", newline="", errors="replace"), 1):
                if not (comment and one.startswith(comment)):
                    numbered.append(number)
                    yield one

        quotes = text_of(options, "quote") or '"'
        made = csv.reader(
            lines(),
            delimiter=delimiter_of(path, options),
            quotechar=quotes,
            escapechar=text_of(options, "escape"),
        )
        for record in made:
            yield numbered[0], record
            numbered.clear()


def read_header(path: str, options: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the names in a file's header; a mark of byte order before them is no part of them."""
    return tuple(next((record for _, record in _records(path, options) if record), []))


def has_header(options: Mapping[str, Value]) -> bool:
    """Say whether files begin with a header."""
    return "header" not in options or options["header"].value is not False


def delimiter_of(path: str, options: Mapping[str, Value]) -> str:
    """Return what stands between values: as said, else a tab for `.tsv` and a comma."""
    return text_of(options, "delimiter") or ("\t" if path.lower().endswith(".tsv") else ",")


def text_of(options: Mapping[str, Value], name: str) -> str | None:
    """Return an option that is a text, or None."""
    found = options.get(name)
    return found.value if found is not None and isinstance(found.value, str) else None


def _short(path: str) -> str:
    return os.path.relpath(path) if not os.path.relpath(path).startswith("..") else path


def _source(path: str) -> Source | None:
    if os.path.getsize(path) > _SHOWN_BYTES or compression_of(path, {}) != "uncompressed":
        return None
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        return Source(_short(path), file.read())


def _line(path: str, number: int) -> Span | None:
    source = _source(path)
    if source is None or number > len(source.line_starts):
        return None
    start = source.line_starts[number - 1]
    return source.span(start, start + len(source.text[start:].split("\n", 1)[0].rstrip("\r")))


def _cell(path: str, line: int, text: str, column: int) -> Span | None:
    """Return the place of a value in its line, or of the whole line where that can't be told."""
    whole = _line(path, line)
    if whole is None:
        return None
    at = whole.text.find(text) if text and whole.text.count(text) == 1 else -1
    start = whole.start + at
    return whole if at < 0 else whole.source.span(start, start + len(text))
