"""Owns `DataFusionEngine`, the port `Engine` over DataFusion: identity, built-ins, types, surveys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import version

import pyarrow as pa

from ...dialect.types import Schema
from ...planner.ports import BuiltIn, EngineRefusal, ScalarFunction, Survey
from ...planner.values import Value
from ..session import Session, holds_lambda
from .arrow_types import arrow_schema, schema, value
from .asof_functions import know_indexes
from .built_ins import built_ins
from .errors import refusals
from .survey import survey
from .user_functions import stub


@cache
def _packages() -> Mapping[str, str]:
    """Return the installed versions of what plans and reads; they can't change while a process lives."""
    return {name: version(name) for name in ("datafusion", "deltalake", "pyarrow")}


class DataFusionEngine:
    """DataFusion as planning sees it; see `planner.ports.Engine`."""

    def __init__(self, session: Session) -> None:
        """Plan in forks of this session."""
        self._session = session

    def identity(self) -> Mapping[str, str]:
        """Return the versions of everything that plans or reads: distribution names, and the engine's core."""
        return self._identity

    @cached_property
    def _identity(self) -> Mapping[str, str]:
        core = self._session.plan("SELECT version() AS v", {}).to_pylist()[0]["v"]
        return {**_packages(), "datafusion-core": str(core).removeprefix("Apache DataFusion ").split(",")[0]}

    @cached_property
    def _built_ins(self) -> Mapping[str, BuiltIn]:
        return built_ins(self._session)

    def built_ins(self) -> Mapping[str, BuiltIn]:
        """Return the engine's own functions by lower-case name, aliases included."""
        return self._built_ins

    def oracle(self) -> Oracle:
        """Return a fresh type oracle, with names of its own."""
        return Oracle(self._session.fork())

    def survey(
        self, sql: str, relations: Mapping[str, Schema], parameters: Mapping[str, Value], functions: Sequence[ScalarFunction] = ()
    ) -> Survey:
        """Plan engine SQL over empty templates of its relations, calling none of the functions; raises `EngineRefusal`."""
        with self._session.fork() as fork:
            for function in functions:
                fork.teach(function.name, stub(function))
            know_indexes(fork, sql)
            return survey(fork, sql, relations, parameters, self._session.fork, (one.name for one in functions))


class Oracle:
    """Types of queries over empty relations; see `planner.ports.TypeOracle`."""

    def __init__(self, session: Session) -> None:
        """Declare in this session, which is the oracle's own."""
        self._session = session

    def declare(self, name: str, schema: Schema) -> None:
        """Make an empty relation known under exactly this name; replaces an older one."""
        self._session.register(name, self._session.template(arrow_schema(schema, views=True)))

    def declare_function(self, function: ScalarFunction) -> None:
        """Make a function known, which is typed and never called; replaces an older one of its name."""
        self._session.teach(function.name, stub(function))

    def schema(self, sql: str, parameters: Mapping[str, Value]) -> Schema:
        """Return the optimised plan's schema of engine SQL; raises `EngineRefusal`.

        A subquery that is still one after optimising is planned to the end: whether it can be computed shows only there.
        """
        know_indexes(self._session, sql)
        analysed = self._session.analyse(sql, parameters)
        frame = self._session.optimise(analysed)
        if "(SELECT" in sql and "subquery" in frame.logical_plan().display_indent().lower():
            with refusals("plan"):
                (analysed if holds_lambda(sql) else frame).execution_plan()
        return schema(frame.schema())

    def evaluate(self, sql: str, parameters: Mapping[str, Value]) -> Value:
        """Return the value of a constant expression in engine SQL.

        Raises:
            EngineRefusal: the engine refuses it, or its value is one that Python can't hold exactly.
        """
        frame = self._session.plan(f"SELECT ({sql}) AS v", parameters)
        with refusals("execute"):
            column = pa.chunked_array([batch.column(0) for batch in frame.collect()], frame.schema().field(0).type)
        try:
            return value(column[0])
        except ValueError as unfit:
            raise EngineRefusal(str(unfit), "execute") from unfit

    def close(self) -> None:
        """Forget everything declared."""
        self._session.close()
