"""Owns calls of treadle's own functions: which form takes the arguments, their types, and the rewrite that stands for the call.

In: a call whose arguments are bound. Out: the bound rewrite with the arguments in it. Names in a
rewrite mean its parameters, the engine's functions and treadle's own, and nothing of the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sqlglot import exp

from ...dialect import parse_expression
from ...dialect.types import DATE, DataType
from ...dialect.types_sql import type_node
from ..functions.packs import pack_functions
from ..functions.packs.base import Function, Given, RewriteRefused
from .aggregates import NO_CLAUSES, carry_inside, gather, is_windowed, mark, of, require_over, split
from .built_in_arguments import without_rest
from .calls import Signature, can_place, place_arguments
from .columns import copy_place
from .context import Binding
from .families import takes, wanted_type
from .infer import infer, literal_fits
from .probe import probe_type
from .repeats import refuse_repeated
from .scope import Scope

OWN = "own"
"""Marks calls that stand in a rewrite: no function of the project is meant."""
ENGINE = "engine"
"""Marks those of them that bear the name of the rewritten function itself: the engine's is meant."""

Placed = Mapping[str, list[exp.Expr]]


@dataclass(frozen=True, slots=True)
class Template:
    """The text that stands for a call, and what its names stand for.

    Args:
        name: of the function, for messages.
        body: unbound, over names of arguments.
        arguments: bound, by those names; several of them for a variadic one.
    """

    name: str
    body: exp.Expr
    arguments: Placed


def bind_pack_call(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr | None:
    """Return what stands for a call, or None when no form takes so many arguments and the engine has a function of its name."""
    name = str(node.name).lower()
    forms = pack_functions().get(name)
    if forms is None or node.meta.get(ENGINE):
        return None
    arguments, clauses = split(node)
    fitting = [one for one in forms if can_place(*_parts(one, arguments))]
    if not fitting and name in binding.catalog.built_ins:
        return None
    if clauses != NO_CLAUSES:
        forms = tuple(one for one in forms if one.kind in ("aggregate", "window"))
        if not forms:
            message = f"`{node.name}` gives one value for each row; it takes neither DISTINCT nor ORDER BY nor IGNORE NULLS"
            binding.fail("T2036", message, node, help=f"write {pack_functions()[name][0].shown}")
    found = _placed(binding, node, fitting or list(forms[-1:]), arguments, scope) if forms else None
    if found is None:
        binding.doubtful = True
        return node
    made = _rewritten(binding, node, *found, scope)
    about = of(made)
    if made is None or about is None:
        return made or node
    if found[0].kind == "window":
        require_over(binding, node)
        about = replace(about, kind="window")
    return carry_inside(binding, made, about, clauses, [one for given in found[1].values() for one in given])


def _parts(form: Function, arguments: Sequence[exp.Expr]) -> tuple[list[exp.Expr], Signature]:
    given, _ = without_rest(arguments, form.parameters)
    required = tuple(p.required for p in form.parameters)
    return given, Signature(form.name, tuple(p.name for p in form.parameters), required, form.shown)


def _placed(
    binding: Binding, node: exp.Expr, forms: list[Function], arguments: list[exp.Expr], scope: Scope
) -> tuple[Function, Placed] | None:
    """Return the first form that takes the arguments, with those in its types; None after saying what is wrong."""
    placed: list[tuple[Function, dict[str, list[exp.Expr]]]] = []
    for form in forms:
        given, signature = _parts(form, arguments)
        at = place_arguments(binding, node, given, replace(signature, name=str(node.name)))
        if at is None:
            return None
        _, rest = without_rest(arguments, form.parameters)
        found = {p.name: [one] if one is not None else [] for p, one in zip(form.parameters, at, strict=True)}
        if rest:
            found[form.parameters[-1].name].extend(rest)
        placed.append((form, found))
    if len(placed) > 1:
        for form, found in placed:  # the first whose types fit
            if all(takes(p.type, _type(binding, one, scope)) for p in form.parameters for one in found[p.name]):
                return form, _typed(binding, node, form, found, scope)
        types = ", ".join(str(_type(binding, one.expression if isinstance(one, exp.Kwarg) else one, scope) or "?") for one in arguments)
        ways = " or ".join(form.shown for form in forms)
        binding.fail("T2032", f"no form of `{node.name}` takes ({types})", node, help=f"write {ways}")
        return None
    form, found = placed[0]
    before = len(binding.problems.errors)
    typed = _typed(binding, node, form, found, scope)
    return (form, typed) if len(binding.problems.errors) == before else None


def _type(binding: Binding, node: exp.Expr, scope: Scope) -> DataType | None:
    return infer(node) or probe_type(binding, node, scope)


def _typed(binding: Binding, node: exp.Expr, form: Function, placed: Placed, scope: Scope) -> Placed:
    """Return the arguments in the types of their parameters, with defaults where none was given; what doesn't fit is reported."""
    found: dict[str, list[exp.Expr]] = {}
    for parameter in form.parameters:
        given = list(placed[parameter.name])
        if not given and not parameter.variadic:
            given = [_default(node, parameter.default)]
        elif parameter.type == "TIME" and parameter.required:  # the engine's functions of times fail on nulls without a type
            given = [_cast(one, DATE) if isinstance(_bare(one), exp.Null) else one for one in given]
        found[parameter.name] = [_argument(binding, node, form, parameter.name, parameter.type, one, scope) for one in given]
    return found


def _default(node: exp.Expr, text: str | None) -> exp.Expr:
    made = exp.Null() if text is None else _parsed(text).copy()
    for part in made.walk():
        part.meta.clear()
        copy_place(part, node)
    return made


def _argument(binding: Binding, call: exp.Expr, form: Function, name: str, written: str, node: exp.Expr, scope: Scope) -> exp.Expr:
    given = _type(binding, node, scope)
    wanted = wanted_type(written)
    literal = literal_fits(node, wanted)
    if not takes(written, given) and not literal:
        message = f"the argument `{name}` of `{call.name}` is {given}, it must be {_shown(written)}"
        binding.fail("T2032", message, node, help=f"write {form.shown}")
        return node
    if given is None or wanted is None or given == wanted or literal and wanted.name == "DOUBLE" and given.name != "DOUBLE":
        return node if not literal or given == wanted else _cast(node, wanted)
    return _cast(node, wanted)


def _shown(written: str) -> str:
    words = {"TIME": "a date or time", "NUMBER": "a number", "INTEGER": "an integer", "LIST": "a list", "MAP": "a map"}
    return {**words, "STRUCT": "a struct"}.get(written, written)


def _cast(node: exp.Expr, wanted: DataType | None) -> exp.Expr:
    assert wanted is not None
    made = exp.Cast(this=node, to=type_node(wanted))
    copy_place(made, node)
    made.meta["type"] = wanted
    return made


def _rewritten(binding: Binding, node: exp.Expr, form: Function, placed: Placed, scope: Scope) -> exp.Expr | None:
    text = form.over if form.over is not None and is_windowed(node) else form.rewrite
    if not isinstance(text, str):
        types = {name: tuple(_type(binding, one, scope) for one in given) for name, given in placed.items()}
        numbers = {name: str(one.this) for name, given in placed.items() for one in map(_bare, given) if _is_whole(one)}
        literals = {name: tuple(_text(one) for one in given) for name, given in placed.items()}
        if any(None in known for known in types.values()) and (binding.doubtful or binding.problems.errors or scope.unknown):
            binding.doubtful = True  # an error that is told already hides the types
            return None
        try:
            text = text(Given(types, literals, numbers))
        except RewriteRefused as refused:
            place = next(iter(placed.get(refused.parameter, ())), node)
            binding.fail("T2036", refused.message, place, help=refused.help)
            binding.doubtful = True
            return None
    body = exp.Paren(this=_parsed(text).copy())
    return bind_template(binding, node, Template(str(node.name), body, placed), scope, form.name)


def _bare(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Cast) else node


def _is_whole(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit()


def _text(node: exp.Expr) -> str | None:
    inner = _bare(node)
    if isinstance(inner, exp.Interval):
        return " ".join(str(part.name) for part in (inner.this, inner.args.get("unit")) if part is not None)
    return str(inner.this) if isinstance(inner, exp.Literal) and inner.is_string else None


@cache
def _parsed(text: str) -> exp.Expr:
    return parse_expression(text)


def bind_template(binding: Binding, call: exp.Expr, template: Template, scope: Scope, own_name: str = "") -> exp.Expr | None:
    """Return a template bound with its arguments in place; None after an error.

    Args:
        binding: of the caller.
        call: where everything of the template stands.
        template: its body is used up; pass a copy in a Paren.
        scope: of the caller, in which arguments are typed.
        own_name: calls of this name in the body mean the engine's function.
    """
    from .expressions import bind_expression

    body = template.body if isinstance(template.body, exp.Paren) else exp.Paren(this=template.body)
    for part in body.walk():
        part.meta.clear()
        copy_place(part, call)
        if isinstance(part, exp.Anonymous):
            part.meta[OWN] = True
            if str(part.name).lower() == own_name:
                part.meta[ENGINE] = True
    number = mark(binding, body)
    variables = _variables(binding, body, template)
    if variables is None:
        binding.doubtful = True
        return None
    _rename_lambdas(body, own_name)
    catalog = replace(binding.catalog, macros={}, python={}, failed_functions=set(), tables={}, overloads={})
    inner = replace(binding, catalog=catalog, arguments=None)
    around = Scope(sources=[s for at in reversed(list(scope.chain())) for s in at.sources], variables=variables)
    made = bind_expression(inner, body.this, around)
    binding.derived, binding.volatile, binding.doubtful = inner.derived, inner.volatile, inner.doubtful
    binding.rewrites = inner.rewrites
    return gather(binding, made, template.name, number)


def _variables(binding: Binding, body: exp.Expr, template: Template) -> dict[str, exp.Expr] | None:
    """Return what each name in the body stands for, and spread variadic ones; None when a volatile one would be computed twice."""
    found: dict[str, exp.Expr] = {}
    good = True
    for name, given in template.arguments.items():
        single = len(given) == 1 and f"{name}_1" not in _names(body)
        places = [column for column in body.find_all(exp.Column) if column.name == name and not column.table]
        if not single:
            found |= {f"{name}_{n}": one for n, one in enumerate(given, 1)}
            for column in places:
                _spread(column, [f"{name}_{n}" for n in range(1, len(given) + 1)])
        else:
            found[name] = given[0]
        for meant, value in found.items():
            uses = [column for column in body.find_all(exp.Column) if _first(column) == meant]
            for column in uses:
                if "span" in value.meta:
                    column.meta["span"] = value.meta["span"]
            if len(uses) > 1 or any(column.find_ancestor(exp.Lambda) for column in uses):
                good = good and (binding.doubtful or refuse_repeated(binding, value, f"`{template.name}`"))
    return found if good else None


def _first(column: exp.Column) -> str:
    """Return the first part of a name: `span` of `span.bstart`."""
    parts = [column.args[k] for k in ("catalog", "db", "table", "this") if column.args.get(k) is not None]
    return str(parts[0].this)


def _names(body: exp.Expr) -> set[str]:
    return {_first(column) for column in body.find_all(exp.Column)}


def _spread(column: exp.Column, names: list[str]) -> None:
    """Put columns of several names in place of one that stands alone among a call's arguments."""
    around = column.parent
    assert around is not None and column.arg_key == "expressions", "a variadic parameter stands alone in a call"
    made = []
    for name in names:
        one = exp.Column(this=exp.to_identifier(name))
        copy_place(one, column)
        made.append(one)
    items = list(around.expressions)
    at = next(at for at, item in enumerate(items) if item is column)
    around.set("expressions", [*items[:at], *made, *items[at + 1 :]])


def _rename_lambdas(body: exp.Expr, own_name: str) -> None:
    """Give the parameters of lambdas in a body names that no lambda around it has; equal calls keep equal texts, as GROUP BY wants."""
    for one in list(body.find_all(exp.Lambda)):
        for parameter in one.expressions:
            old = str(parameter.this)
            new = f"{old}~{own_name}"
            for column in one.this.find_all(exp.Column):
                first = next(column.args[k] for k in ("catalog", "db", "table", "this") if column.args.get(k) is not None)
                if str(first.this) == old:
                    first.set("this", new)
                    first.set("quoted", True)
            parameter.set("this", new)
            parameter.set("quoted", True)
