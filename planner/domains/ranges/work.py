"""Owns what is known while the range joins of one view are planned: its tree as changed so far, free names, types, claims."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from ....dialect.diagnostics import TreadleError
from ....dialect.types import DataType, Field
from ...lower import types_of
from ...ports import EngineRefusal
from ...trees import table_name
from ...views import PlannedView
from ..base import Claim, DomainContext
from .conditions import Side
from .coordinates import unlike
from .nodes import copy, named, select
from .safe import cast_operands, unsafe
from .sides import TypedSide
from .steady import unsteady

_COMPUTING = ("joins", "group", "having", "distinct", "limit", "offset", "qualify", "laterals", "with_")
_SHORT = 18
"""Digits of decimals whose differences are exact, whatever their scales are."""
_CASTABLE = ("DATE", "TIMESTAMP", "TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL")


class Declined(Exception):
    """A range join that keeps its plain meaning; its text is the reason."""


@dataclass(slots=True)
class Work:
    """The range joins of one view.

    Args:
        view: the view as it came.
        context: what is known around it.
        tree: its tree, changed in place.
        claims: what was claimed or declined so far.
    """

    view: PlannedView
    context: DomainContext
    tree: exp.Query
    claims: list[Claim] = field(default_factory=list)
    count: int = 0
    taken: frozenset[str] = frozenset()

    def fresh(self) -> str:
        """Return a name that begins none in the tree."""
        while True:
            self.count += 1
            name = f"range_{self.count}"
            if not any(one.startswith(name) for one in self.taken):
                return name

    @property
    def is_read(self) -> bool:
        """Say whether other views read this one, and may restrict what it reads."""
        return any(self.view.name in one.reads() for one in self.context.rules.views.in_order())

    def passes_on(self, relation: exp.Expr) -> bool:
        """Say whether a relation is a source's rows or some of them, so that reading it again computes nothing else."""
        home, at = self.view, relation
        while True:
            if isinstance(at, exp.Subquery):
                at = at.this
            elif isinstance(at, exp.Select) and not any(at.args.get(key) for key in _COMPUTING) and at.args.get("from_") is not None:
                at = at.args["from_"].this
            elif isinstance(at, exp.Table) and table_name(at) in home.relations:
                return True
            elif isinstance(at, exp.Table) and table_name(at) in self.context.rules.views.by_name and not list(_ctes_before(at)):
                home = self.context.rules.views[table_name(at)]
                at = home.tree
            else:
                return False

    def typed(self, side: Side, node: exp.Expr) -> TypedSide:
        """Return a side with its columns and types from the engine.

        Raises:
            Declined: it may fail, or the engine can't type it alone.
        """
        bounds = [side.low, side.high]
        for one in (*bounds, *side.keys):
            if (reason := unsafe(one)) is not None and one in bounds:
                raise Declined(reason)
        operands = [operand for one in bounds for operand in cast_operands(one)]
        asked = [*bounds, *side.keys, *operands]
        columns, types = self._known(node, asked) or self._asked(node, asked)
        for type_, operand in zip(types[len(asked) - len(operands) :], operands, strict=True):
            if type_.name not in _CASTABLE:
                raise Declined(f"the cast of `{operand.name}` from {type_.sql()} may fail for rows that meet no other")
        shown = tuple(f.name for f in columns), tuple(f.type for f in columns)
        return TypedSide(side, node, *shown, types[0], types[1], tuple(types[2 : 2 + len(side.keys)]))

    def _known(self, node: exp.Expr, asked: Sequence[exp.Expr]) -> tuple[tuple[Field, ...], list[DataType]] | None:
        """Return the columns of a relation and the types of some of them without asking the engine, if that can be."""
        if (
            not isinstance(node, exp.Table)
            or node.args["alias"].columns
            or str(node.name) in {str(cte.alias) for cte in _ctes_before(node)}
        ):
            return None
        schema = self.context.rules.schemas.get(table_name(node))
        fields = [schema.get(one.name) if schema is not None and isinstance(one, exp.Column) else None for one in asked]
        types = [field.type for field in fields if field is not None]
        return (schema.fields, types) if schema is not None and len(types) == len(fields) else None

    def _asked(self, node: exp.Expr, asked: Sequence[exp.Expr]) -> tuple[tuple[Field, ...], list[DataType]]:
        """Return the columns of a relation and the types of expressions over it from the engine."""
        name = self.fresh()
        items = [exp.Star(), *(named(copy(one), f"{name}_{at}") for at, one in enumerate(asked))]
        try:
            found = types_of(self.view, self.context.rules, list(_ctes_before(node)), select(items, copy(node)), {})
        except (EngineRefusal, TreadleError, KeyError) as refusal:
            raise Declined("a side reads what stands outside of it") from refusal
        count = len(found.fields) - len(asked)
        return found.fields[:count], [field.type for field in found.fields[count:]]

    def kinds(self, node: exp.Expr, values: Sequence[exp.Expr]) -> Sequence[DataType]:
        """Return the types of expressions over one relation; raises `Declined` where the engine can't type it alone."""
        return (self._known(node, values) or self._asked(node, values))[1] if values else ()

    def require_exact(self, kinds: Sequence[DataType]) -> None:
        """Decline distances between values of types whose difference may wrap around, or be too long for its type."""
        for kind in kinds:
            if kind.name != "DOUBLE" and not (kind.name == "DECIMAL" and (kind.precision or 38) <= _SHORT):
                raise Declined(f"a difference with {kind.sql()} may wrap around: write x BETWEEN y - 3 AND y + 3")

    def require_alike(self, left: TypedSide, right: TypedSide) -> None:
        """Decline sides whose types have no coordinates in common."""
        for one, other in ((left.low, right.high), (right.low, left.high), (left.low, left.high), (right.low, right.high)):
            if (reason := unlike(one, other)) is not None:
                raise Declined(reason)

    def require_steady(self, *sides: TypedSide) -> None:
        """Decline sides that may give other rows when they are read again, which finding widths does."""
        for one in sides:
            if (reason := unsteady(self.view, one.node, self.context)) is not None:
                raise Declined(f"widths can't be worked out from `{one.side.relation}`: {reason}")


def _ctes_before(node: exp.Expr) -> Iterator[exp.CTE]:
    """Yield the common table expressions that a relation may read."""
    inside, at = None, node.parent
    found: dict[str, exp.CTE] = {}
    while at is not None:
        if isinstance(at, exp.CTE):
            inside = at
        with_ = at.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            if cte is inside:
                break
            found.setdefault(str(cte.alias), cte)
        at = at.parent
    yield from found.values()


def renames(node: exp.Expr) -> bool:
    """Say whether a relation's alias names its columns anew."""
    alias = node.args.get("alias")
    return alias is not None and bool(alias.args.get("columns"))


def used_columns(query: exp.Expr, alias: str, node: exp.Expr) -> frozenset[str]:
    """Return the names of a relation's columns that a query mentions outside of the relation itself."""
    inside = {id(one) for one in node.walk()}
    return frozenset(one.name for one in query.walk() if isinstance(one, exp.Column) and one.table == alias and id(one) not in inside)
