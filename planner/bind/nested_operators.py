"""Owns `->`, `->>`, `#>`, `#>>`, `@>` and `<@`: the type of what stands before them says which parts they ask for.

Structs are asked by field, maps by key, lists by place from 0 (from the end below it), and text is
read as JSON, all as PostgreSQL has it for JSON. `->>` and `#>>` give text. Each becomes plain
access, or a call of treadle's own functions over JSON, which are there while a plan is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from ...dialect.types import BIGINT, BOOLEAN, VARCHAR, DataType, list_of
from ...dialect.types_sql import type_node
from ..json_paths import CONTAINS, GET, TEXT, array_elements, is_path, path_steps
from .columns import copy_place
from .comparisons import check_operands
from .context import Binding
from .infer import family, infer
from .probe import probe_type
from .repeats import refuse_repeated
from .scope import Scope

SPELT: dict[type[exp.Expr], str] = {
    exp.JSONExtract: "->",
    exp.JSONExtractScalar: "->>",
    exp.JSONBExtract: "#>",
    exp.JSONBExtractScalar: "#>>",
}
AS_TEXT = (exp.JSONExtractScalar, exp.JSONBExtractScalar)
ASKED = "a struct is asked for a field, a map for a key, a list for a place, a text is read as JSON"


@dataclass(frozen=True, slots=True)
class Part:
    """What an operator asks for.

    Args:
        key: a bound expression.
        either: whether a text of digits is a place of a list too, as in the paths of `#>`.
    """

    key: exp.Expr
    either: bool = False


def extraction(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `->`, `->>`, `#>` and `#>>`."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    name, whole, key = SPELT[type(node)], node.this, node.expression
    if name in ("->", "->>"):
        return extracted(binding, node, whole, [Part(key)], scope, name == "->>")
    steps = _path(binding, key)
    if steps is not None:
        return extracted(binding, node, whole, steps, scope, isinstance(node, AS_TEXT))
    kind = infer(whole) or probe_type(binding, whole, scope)
    if kind is not None and kind.name != "VARCHAR":
        _fail_key(binding, key, f"the path of `{name}` into {_a(kind)} must be written out", "write '{a,b}', or ['a', 'b']")
        return node
    return _json(node, whole, _steps_of_list(binding, key, name), isinstance(node, AS_TEXT))


def extracted(binding: Binding, node: exp.Expr, whole: exp.Expr, parts: list[Part], scope: Scope, as_text: bool) -> exp.Expr:
    """Return what several parts deep stands in a bound expression; what can't be asked for is reported once."""
    made = whole
    for at, part in enumerate(parts):
        kind = infer(made) or probe_type(binding, made, scope)
        if kind is None:
            binding.doubtful = binding.doubtful or bool(binding.problems.errors)
            return node
        if kind.name == "VARCHAR":
            steps = _json_steps(binding, parts[at:], scope)
            return _json(node, made, steps, as_text) if steps is not None else node
        asked = _asked(binding, node, made, kind, part, scope)
        if asked is None:
            binding.doubtful = True
            return node
        made = asked
    return _text_of(binding, node, made, scope) if as_text else made


def keyed(whole: exp.Expr, kind: DataType, part: exp.Identifier) -> exp.Expr | None:
    """Return what a dot asks for of a map with keys of text, or of JSON text; None for other types."""
    name = _made(exp.Literal.string(str(part.this)), part)
    if kind.name == "MAP" and kind.fields[0].type.name == "VARCHAR":
        return _element(whole, name, kind.fields[1].type)
    return _json(whole, whole, [_made(exp.Literal.string(f".{part.this}"), part)], False) if kind.name == "VARCHAR" else None


def subscripted(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Return the bound form of `x[key]`, whose parts are bound; slices and types that the engine tells better stay as they are."""
    key = node.expressions[0] if len(node.expressions) == 1 else None
    if key is None or isinstance(key, exp.Slice):
        return node
    is_text = isinstance(key, exp.Literal) and key.is_string
    kind = infer(node.this)
    if kind is None and (is_text or not _is_literal(key)):
        kind = probe_type(binding, node.this, scope)
    if kind is None:
        return node
    if kind.name == "VARCHAR" and is_text:
        steps = json_steps(binding, [key], scope)
        return node if steps is None else _json(node, node.this, steps, False)
    if kind.name == "STRUCT" and is_text:
        return field(binding, node.this, kind, key) or node
    if kind.name == "MAP":
        found = _key(binding, Part(key), kind, scope)
        return node if found is None else _value(node.this, found, kind)
    if kind.name == "LIST" and "type" not in node.meta:
        node.meta["type"] = kind.fields[-1].type
    return node


def _asked(binding: Binding, node: exp.Expr, whole: exp.Expr, kind: DataType, part: Part, scope: Scope) -> exp.Expr | None:
    if kind.name == "STRUCT":
        return field(binding, whole, kind, part.key)
    if kind.name == "MAP":
        key = _key(binding, part, kind, scope)
        return None if key is None else _value(whole, key, kind)
    if kind.name == "LIST":
        return _place(binding, whole, kind, part, scope)
    if kind.name == "NULL":
        return whole
    binding.fail("T2004", f"`{SPELT.get(type(node), '->')}` is asked of {_a(kind)}, which has no parts", whole, help=ASKED)
    return None


def field(binding: Binding, whole: exp.Expr, kind: DataType, key: exp.Expr) -> exp.Expr | None:
    """Return a struct's field by a constant name that is spelt exactly so; None, with a report, for any other key."""
    if not (isinstance(key, exp.Literal) and key.is_string):
        _fail_key(binding, key, "a field of a struct is asked for by its name, which must be written out", _fields_of(kind))
        return None
    found = next((one for one in kind.fields if one.name == key.this), None)
    if found is None:
        near = did_you_mean(str(key.this), [one.name for one in kind.fields])
        binding.fail("T2004", f"the struct has no field `{key.this}`", key, help=near or _fields_of(kind))
        return None
    return _element(whole, key, found.type)


def _fields_of(kind: DataType) -> str:
    names = [f"`{one.name}`" for one in kind.fields]
    return "there are " + ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _key(binding: Binding, part: Part, kind: DataType, scope: Scope) -> exp.Expr | None:
    """Return a key as a map's keys are; None, with a report, for one of another kind."""
    wanted = kind.fields[0].type
    if part.either and wanted.is_integer and (number := _constant_place(part.key, True)) is not None:
        return _number(number, part.key)
    given = infer(part.key) or probe_type(binding, part.key, scope)
    if family(wanted) is None or family(given) in (None, family(wanted)):
        return part.key
    _fail_key(binding, part.key, f"the keys of this map are {wanted}, this one is {given}", f"write CAST(… AS {wanted})")
    return None


def _place(binding: Binding, whole: exp.Expr, kind: DataType, part: Part, scope: Scope) -> exp.Expr | None:
    """Return a list's element by its place from 0; below it, from the end."""
    key, element = part.key, kind.fields[0].type
    number = _constant_place(key, part.either)
    if number is not None:
        return _element(whole, _number(number + 1 if number >= 0 else number, key), element)
    asked = infer(key) or probe_type(binding, key, scope)
    if isinstance(key, exp.Literal) or asked is not None and not asked.is_integer and asked.name != "NULL":
        help_ = "write l -> 0 for the first element, l -> -1 for the last"
        _fail_key(binding, key, "an element of a list is asked for by its place, a whole number", help_)
        return None
    if not refuse_repeated(binding, key, "a place in a list"):
        return None
    from_start = _made(exp.GTE(this=_enclosed(key.copy()), expression=exp.Literal.number(0)), key)
    shifted = _made(exp.Add(this=_enclosed(key), expression=_cast(from_start, BIGINT)), key)
    return _element(whole, shifted, element)


def _constant_place(key: exp.Expr, either: bool) -> int | None:
    sign, bare = (-1, key.this) if isinstance(key, exp.Neg) else (1, key)
    if not isinstance(bare, exp.Literal) or bare.is_string and not either:
        return None
    text = str(bare.this).strip()
    return sign * int(text) if text.removeprefix("-").isdigit() else None


def _path(binding: Binding, key: exp.Expr) -> list[Part] | None:
    """Return the parts of a path that is written out, `'{a,b}'` or `['a', 'b']`; None for any other."""
    if isinstance(key, exp.Array):
        return [Part(one, True) for one in key.expressions] if all(isinstance(one, exp.Literal) for one in key.expressions) else None
    if not (isinstance(key, exp.Literal) and key.is_string):
        return None
    text = str(key.this)
    found = array_elements(text)
    if found is None:
        _fail_key(binding, key, f"`{text}` is no path", "write '{a,b}' or ['a', 'b'], or `->` for one step")
        return []
    return [Part(_made(exp.Literal.string(one), key), True) for one in found]


def json_steps(binding: Binding, keys: list[exp.Expr], scope: Scope) -> list[exp.Expr] | None:
    """Return the steps into JSON text of bound keys and places, a constant text `$.a[0]` being several; None where one is neither."""
    return _json_steps(binding, [Part(key) for key in keys], scope)


def _json_steps(binding: Binding, parts: list[Part], scope: Scope) -> list[exp.Expr] | None:
    found: list[exp.Expr] = []
    for part in parts:
        steps = _steps_of(binding, part, scope)
        if steps is None:
            binding.doubtful = True
            return None
        found += steps
    return found


def _steps_of(binding: Binding, part: Part, scope: Scope) -> list[exp.Expr] | None:
    key = part.key
    if isinstance(key, exp.Literal) and key.is_string:
        text = str(key.this)
        if part.either or not is_path(text):
            return [_made(exp.Literal.string(("/" if part.either else ".") + text), key)]
        steps = path_steps(text)
        if steps is None:
            _fail_key(binding, key, f"`{text}` is no path that can be read", "write '$.key[0].\"another key\"', without wildcards")
            return None
        return [_made(exp.Literal.string(one), key) for one in steps]
    number = _constant_place(key, False)
    if number is not None:
        return [_made(exp.Literal.string(f"[{number}"), key)]
    kind = infer(key) or probe_type(binding, key, scope)
    if kind is None or kind.name in ("VARCHAR", "NULL"):
        return [_joined(".", key)]
    if kind.is_integer:
        return [_joined("[", _cast(_enclosed(key), VARCHAR))]
    _fail_key(binding, key, f"JSON is asked for a key or a place, this is {_a(kind)}", "write j -> 'key', or j -> 0 for the first element")
    return None


def _joined(mark: str, key: exp.Expr) -> exp.Expr:
    return _made(exp.DPipe(this=_made(exp.Literal.string(mark), key), expression=_enclosed(key), safe=True), key)


def _steps_of_list(binding: Binding, key: exp.Expr, name: str) -> exp.Expr:
    """Return the steps that stand in a list, which is null where the list is."""
    refuse_repeated(binding, key, f"`{name}`")
    texts = _cast(_enclosed(key), list_of(VARCHAR))
    led = _called("array_prepend", [_made(exp.Literal.string("#"), key), texts], key)
    missing = _made(exp.Is(this=_enclosed(key.copy()), expression=exp.Null()), key)
    return _made(exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=led), key)


def _json(node: exp.Expr, whole: exp.Expr, steps: list[exp.Expr] | exp.Expr, as_text: bool) -> exp.Expr:
    if isinstance(steps, list):
        listed: exp.Expr = _made(exp.Array(expressions=steps), node)
        steps = listed if steps else _cast(listed, list_of(VARCHAR))
    made = _called(TEXT if as_text else GET, [whole, steps], node)
    made.meta["type"] = VARCHAR
    return made


def _text_of(binding: Binding, node: exp.Expr, made: exp.Expr, scope: Scope) -> exp.Expr:
    kind = infer(made) or probe_type(binding, made, scope)
    if kind is not None and kind.name == "VARCHAR":
        return made
    if kind is not None and _nested(kind):
        _fail_key(binding, node, f"`{SPELT[type(node)]}` gives text, and {_a(kind)} stands there", "write `->` or `#>`, and ask on")
        return node
    return _made(_cast(made, VARCHAR), node)


def _nested(kind: DataType) -> bool:
    return kind.name in ("STRUCT", "MAP") or any(_nested(one.type) for one in kind.fields)


def containment(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `a @> b` and `b <@ a`: all elements, entries or fields of one are in the other."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    whole, part = (node.this, node.expression) if isinstance(node, exp.ArrayContainsAll) else (node.expression, node.this)
    kinds = [infer(one) or probe_type(binding, one, scope) for one in (whole, part)]
    kind, other = kinds
    if kind is None or other is None:
        check_operands(binding, node)
        return node
    if kind.name == "NULL" or other.name == "NULL":
        return _made(_cast(exp.Null(), BOOLEAN), node)
    if kind.name != other.name or kind.name not in ("LIST", "MAP", "STRUCT", "VARCHAR"):
        word = "@>" if isinstance(node, exp.ArrayContainsAll) else "<@"
        message = f"`{word}` compares two lists, two maps, two structs or two texts of JSON; these are {kind} and {other}"
        binding.fail("T2030", message, node, help="write [element] for a list of one, array_has(list, element) for one element")
        binding.doubtful = True
        return node
    made = _contained(binding, node, whole, part, kind, other)
    made.meta["type"] = BOOLEAN
    return made


def _contained(binding: Binding, node: exp.Expr, whole: exp.Expr, part: exp.Expr, kind: DataType, other: DataType) -> exp.Expr:
    if kind.name == "VARCHAR":
        return _called(CONTAINS, [whole, part], node)
    if kind.name == "LIST":
        return _called("array_has_all", [whole, part], node)
    if kind.name == "MAP":
        return _called("array_has_all", [_called("map_entries", [one], node) for one in (whole, part)], node)
    for one in (whole, part):
        refuse_repeated(binding, one, "`@>` between structs")
    tests = _same_fields(binding, node, whole, part, kind, other)
    missing = [_made(exp.Is(this=_enclosed(one.copy()), expression=exp.Null()), node) for one in (whole, part)]
    unknown = exp.If(this=_made(exp.Or(this=missing[0], expression=missing[1]), node), true=_cast(exp.Null(), BOOLEAN))
    holds: exp.Expr = _made(exp.true(), node)
    for test in tests:
        holds = test if isinstance(holds, exp.Boolean) else _made(exp.And(this=holds, expression=test), node)
    return _made(exp.Case(ifs=[unknown], default=holds), node)


def _same_fields(binding: Binding, node: exp.Expr, whole: exp.Expr, part: exp.Expr, kind: DataType, other: DataType) -> list[exp.Expr]:
    """Return for each field of a struct, in depth, that the other struct has the same value there, nulls being equal."""
    tests: list[exp.Expr] = []
    for wanted in other.fields:
        key = _made(exp.Literal.string(wanted.name), part)
        mine = field(binding, whole.copy(), kind, key)
        if mine is None:
            return tests
        theirs = _element(part.copy(), key, wanted.type)
        inner = infer(mine)
        if inner is not None and inner.name == "STRUCT" and wanted.type.name == "STRUCT":
            tests += _same_fields(binding, node, mine, theirs, inner, wanted.type)
        else:
            tests.append(_made(exp.NullSafeEQ(this=mine, expression=theirs), node))
    return tests


def _fail_key(binding: Binding, key: exp.Expr, message: str, help: str) -> None:
    binding.fail("T2055", message, key, help=help)
    binding.doubtful = True


def _a(kind: DataType) -> str:
    return f"{'an' if kind.sql()[0] in 'AEIO' else 'a'} {kind}"


def _element(whole: exp.Expr, key: exp.Expr, kind: DataType) -> exp.Expr:
    made = _made(exp.Bracket(this=_enclosed(whole), expressions=[key]), whole)
    made.meta["type"] = kind
    return made


def _is_literal(key: exp.Expr) -> bool:
    return isinstance(key, exp.Literal) or isinstance(key, exp.Neg) and isinstance(key.this, exp.Literal)


def _value(whole: exp.Expr, key: exp.Expr, kind: DataType) -> exp.Expr:
    """Return a map's value by its key; the engine's brackets take literals alone, and fail on null and on constants that it folds."""
    value = kind.fields[1].type
    if _is_literal(key):
        return _element(whole, key, value)
    listed = _called("map_extract", [whole, key], whole)
    return _element(listed, _number(1, key), value)


def _number(number: int, like: exp.Expr) -> exp.Expr:
    made = exp.Literal.number(abs(number))
    return _made(made if number >= 0 else exp.Neg(this=made), like)


def _cast(node: exp.Expr, kind: DataType) -> exp.Expr:
    made = _made(exp.Cast(this=_enclosed(node), to=type_node(kind)), node)
    made.meta["type"] = kind
    return made


def _called(name: str, arguments: list[exp.Expr], like: exp.Expr) -> exp.Expr:
    return _made(exp.Anonymous(this=name, expressions=arguments), like)


def _enclosed(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Column | exp.Literal | exp.Paren | exp.Anonymous | exp.Cast | exp.Bracket | exp.Null):
        return node
    made = _made(exp.Paren(this=node), node)
    if (kind := infer(node)) is not None:
        made.meta["type"] = kind
    return made


def _made(node: exp.Expr, like: exp.Expr) -> exp.Expr:
    copy_place(node, like)
    return node
