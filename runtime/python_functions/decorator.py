"""Owns `@treadle.function`: a Python function with a signature that SQL can call, made from annotations or SQL types.

In: a callable. Out: `Function`, which is still called from Python as before, and which
`register_function` makes callable from SQL.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, Literal, NoReturn, ParamSpec, TypeVar, overload

from ...dialect.diagnostics import TreadleError, error
from ...dialect.types import DataType, list_of
from ...planner.codec import from_python
from ...planner.functions.python import Flavour, RegisteredFunction
from ...planner.spec import PythonCode
from ...planner.values import Value
from .annotations import Annotated, annotated, sql_type
from .source_digest import code_digest

P = ParamSpec("P")
R = TypeVar("R")
Volatility = Literal["immutable", "stable", "volatile"]
LISTS = "write list[float] for a column of numbers, or say its SQL type: arguments={'x': 'DOUBLE'}"
VOLATILITIES = ("immutable", "stable", "volatile")


@dataclass(frozen=True, slots=True, eq=False)
class Function(Generic[P, R]):
    """A function in Python that SQL can call; made by `treadle.function`.

    Args:
        work: what was decorated.
        vectorized: whether it takes and returns Arrow arrays; else it is called for each row.
        declared: its name, types and defaults, as SQL sees them.
        lists: which arguments of an aggregate or window are lists of Python objects; none said: all are arrays.
    """

    work: Callable[P, R]
    vectorized: bool
    declared: RegisteredFunction
    lists: tuple[bool, ...] = ()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself, in Python."""
        return self.work(*args, **kwargs)

    @property
    def name(self) -> str:
        """Return the function's name in SQL."""
        return self.declared.name

    def renamed(self, name: str) -> Function[P, R]:
        """Return the same function under another name in SQL; raises T7070."""
        return replace(self, declared=replace(self.declared, name=_name(name)))

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        """Return the documentation of the function itself."""
        return self.work.__doc__

    @property
    def __wrapped__(self) -> Callable[P, R]:
        """Return the function itself, for tools that look at signatures."""
        return self.work


@overload
def function(work: Callable[P, R], /) -> Function[P, R]: ...
@overload
def function(
    *,
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    returns: str | None = None,
    volatility: Volatility = "volatile",
    strict: bool | None = None,
    vectorized: bool = False,
) -> Callable[[Callable[P, R]], Function[P, R]]: ...
def function(
    work: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    returns: str | None = None,
    volatility: Volatility = "volatile",
    strict: bool | None = None,
    vectorized: bool = False,
) -> Function[P, R] | Callable[[Callable[P, R]], Function[P, R]]:
    """Make a Python function callable from SQL, once it is registered.

    >>> import treadle
    >>> @treadle.function(volatility="immutable")
    ... def shout(text: str, mark: str = "!") -> str:
    ...     return text.upper() + mark
    >>> with treadle.connect() as connection:
    ...     connection.register_function(shout)
    ...     connection.query("SELECT shout('on time') AS a, shout('late', mark => '?') AS b").fetchall()
    [('ON TIME!', 'LATE?')]

    Args:
        name: its name in SQL; the function's own without it.
        arguments, returns: SQL types by argument and of the result, where annotations don't say them.
        volatility: `immutable` when equal arguments give equal results always, `stable` within one
            run, `volatile` when they may not.
        strict: whether rows with a null argument give null without a call. Left out: for functions
            called row by row yes, unless an annotation allows None; for vectorised ones no.
        vectorized: whether it takes one `pyarrow.Array` per argument and returns one of the same
            length; with `arguments={}` it gets the number of rows. Else it is called for each row.

    Raises:
        TreadleError: T7070 for a signature that SQL can't call.
    """

    return decorated(work, Asked("scalar", name, arguments, returns, volatility, strict, vectorized))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a decorator was given; see `function`."""

    flavour: Flavour
    name: str | None = None
    arguments: Mapping[str, str] | None = None
    returns: str | None = None
    volatility: Volatility = "volatile"
    strict: bool | None = None
    vectorized: bool = False


def decorated(work: Callable[P, R] | None, asked: Asked) -> Function[P, R] | Callable[[Callable[P, R]], Function[P, R]]:
    """Return what a decorator makes of a function, or the decorator where it is none yet."""
    return (lambda target: made_function(target, asked)) if work is None else made_function(work, asked)


def require_free(name: str) -> None:
    """Refuse the name of a function of the engine's own, which every query would be told of; raises T2029."""
    from ...planner.functions.built_ins import described

    if name.lower() in described():
        raise error("T2029", f"`{name}` is a function of the engine's own", help="register it under another name: name='my_…'")


def as_function(work: Callable[..., object], name: str | None = None) -> Function[..., object]:
    """Return a function for registering: a decorated one as it is, a plain one as `@treadle.function` makes it; raises T7070."""
    if isinstance(work, Function):
        return work
    if not callable(work):
        raise error("T7070", f"a `{type(work).__name__}` is no function", help="give a function, or what @treadle.function made of one")
    return made_function(work, Asked("scalar", name))


def made_function(work: Callable[P, R], asked: Asked) -> Function[P, R]:
    """Return what a decorator makes of a function; raises T7070."""
    given, vectorized, volatility = asked.arguments, asked.vectorized, asked.volatility
    shown = _name(asked.name or str(getattr(work, "__name__", "")))
    if volatility not in VOLATILITIES:
        raise error("T7070", f"`{volatility}` is no volatility", help="write immutable, stable or volatile")
    try:
        signature = inspect.signature(work)
    except (TypeError, ValueError) as problem:
        raise error("T7070", f"`{shown}` does not tell its arguments", help="wrap it in a function with annotations") from problem
    hints, arguments = _elements(annotated(work), asked), given or {}
    _refuse_unknown(shown, arguments, signature)
    counts_rows = vectorized and given is not None and not given and len(signature.parameters) == 1
    parameters = () if counts_rows else tuple(_parameter(shown, one) for one in signature.parameters.values())
    types = [_argument_type(shown, one, arguments.get(one.name), hints.get(one.name)) for one in parameters]
    result = _type(shown, "the result", asked.returns, hints.get("return"))
    defaults = tuple(_default(shown, one, type_) for one, type_ in zip(parameters, types, strict=True))
    allows_none = any(one is not None and one.optional for key, one in hints.items() if key != "return")
    names = tuple(one.name for one in parameters)
    code = PythonCode(
        target=f"{work.__module__}:{getattr(work, '__qualname__', shown)}",
        arguments=tuple((n, t.sql()) for n, t in zip(names, types, strict=True)),
        returns=result.sql(),
        volatility=volatility.upper(),  # type: ignore[arg-type]
        strict=(not vectorized and not allows_none) if asked.strict is None else asked.strict,
        digest=code_digest(work),
        registered=True,
    )
    comment = (inspect.getdoc(work) or "").split("\n", 1)[0] or None
    variadic = bool(parameters) and parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL
    declared = RegisteredFunction(shown, names, tuple(types), defaults, result, code, comment, asked.flavour, variadic)
    over_rows = asked.flavour in ("aggregate", "window") and not vectorized
    return Function(work, vectorized, declared, tuple(one in hints and hints[one].listed for one in names) if over_rows else ())


def _elements(hints: Mapping[str, Annotated], asked: Asked) -> Mapping[str, Annotated]:
    """Return annotations as they mean single values: those of an aggregate's and a window's arguments mean the lists around them."""
    if asked.flavour in ("scalar", "table"):
        return hints
    single = "return" if asked.flavour == "aggregate" else None
    return {name: one if name == single else one.element(LISTS) for name, one in hints.items()}


def _name(name: str) -> str:
    if not name.isidentifier():
        raise error("T7070", f"`{name}` is no name that SQL can call", help="give it one: @treadle.function(name='…')")
    return name


def _refuse_unknown(name: str, arguments: Mapping[str, str], signature: inspect.Signature) -> None:
    from ...dialect.diagnostics import did_you_mean

    for one in arguments:
        if one not in signature.parameters:
            help_ = did_you_mean(one, signature.parameters) or f"its signature is {name}{signature}"
            raise error("T7070", f"`{name}` has no argument `{one}`, for which a type is given", help=help_)


def _parameter(name: str, one: inspect.Parameter) -> inspect.Parameter:
    if one.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL):
        return one
    kinds: dict[object, str] = {inspect.Parameter.VAR_KEYWORD: f"**{one.name}"}
    message = f"`{name}` takes `{kinds.get(one.kind, one.name)}`, which SQL can't give by position"
    raise error("T7070", message, help="declare each argument by name, before any `*`")


def _argument_type(name: str, one: inspect.Parameter, given: str | None, hint: Annotated | None) -> DataType:
    """Return the type of an argument; of `*args` the list of what each of them is."""
    type_ = _type(name, f"the argument `{one.name}`", given, hint)
    return list_of(type_) if one.kind is inspect.Parameter.VAR_POSITIONAL else type_


def _type(name: str, what: str, given: str | None, hint: Annotated | None) -> DataType:
    """Return a type from SQL that was given, else from the annotation; raises T7070."""
    if given is not None:
        return sql_type(given, lambda cause: _refuse(name, what, f"`{given}` is no SQL type", cause))
    if hint is None:
        _refuse(name, what, "nothing says its type", None)
    if hint.type is None:
        _refuse(name, what, f"`{hint.shown}` is no type that SQL has", hint.problem)
    return hint.type


def _refuse(name: str, what: str, why: str, cause: str | None) -> NoReturn:
    help_ = "annotate it: float, int, str, bool, date, datetime, list[…], or an SQL type in quotes such as 'DECIMAL(10, 2)'"
    raise error("T7070", f"{what} of `{name}`: {why}", help=cause if cause and "say" in cause else help_)


def _default(name: str, one: inspect.Parameter, type_: DataType) -> Value | None:
    if one.default is inspect.Parameter.empty:
        return None
    try:
        return from_python(one.default, type_)
    except (ValueError, TreadleError) as problem:
        message = f"the default of `{one.name}` in `{name}` is `{one.default!r}`, which is no {type_}"
        raise error("T7070", message, help="give another default, or another type", cause=str(problem)) from problem
