"""Owns `Session`: the one factory of engine sessions, and the private names that plans read from.

In: a runtime profile. Out: a session that plans SQL over relations registered in it. A
session lives long (its cache of Parquet footers is worth it) and may be used from threads;
each `fork` has names of its own, so that runs beside each other don't meet. Relations are
dropped and made anew, never changed in place.
"""

from __future__ import annotations

import itertools
import logging
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from datafusion import DataFrame, RuntimeEnvBuilder, SessionConfig, SessionContext, SQLOptions
from datafusion.catalog import Table

from ..dialect.diagnostics import Bug, error
from ..dialect.types import quote
from ..planner.functions.packs import arrow_functions
from ..planner.literal import bindable, quote_text
from ..planner.spec import RuntimeProfile
from ..planner.values import Value
from .arrow_functions.register import knowing, register_arrow_functions
from .engine.arrow_types import scalar
from .engine.errors import refusals
from .engine.optimise import WITHOUT_FAILED_RULES, optimised
from .engine.user_functions import UserFunction, private
from .kept import Kept
from .profiles import Resolved, resolve
from .python_functions.guard import require_outside
from .settings import check_settings, live_settings

RUNTIME = "datafusion.runtime."
QUERIES_ONLY = SQLOptions().with_allow_ddl(False).with_allow_dml(False).with_allow_statements(False)
_SCHEMA = "datafusion.catalog.default_schema"
STATISTICS = "datafusion.execution.collect_statistics"
#: How a lambda stands in engine SQL, `"x" -> …`, and the parser that reads it; our text means the same to both parsers.
_LAMBDA = '" -> '
_READS_LAMBDAS = {"datafusion.sql_parser.dialect": "duckdb", **WITHOUT_FAILED_RULES}


class _Shared:
    """What a session and its forks share: the engine's context, its lock, the scratch folder."""

    def __init__(self, context: SessionContext, profile: Resolved, scratch: Path, settings: Mapping[str, str]) -> None:
        self.context = context
        self.profile = profile
        self.settings = settings
        self.scratch = scratch
        # Planning reads names in the context's default schema, which is one for all threads.
        self.lock = threading.RLock()
        self.namespace = ""
        self.empty: list[str] = []  # namespaces of closed sessions, for the next ones to take
        self.numbers = itertools.count(1)
        self.templates: dict[pa.Schema, Table] = {}
        self.kept = Kept()
        self.closed = False
        self.held = 0
        self.clean = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)

    def release(self) -> None:
        """Let go of what `Session.hold` held; the last one to let go of a closed session removes its files."""
        with self.lock:
            self.held -= 1
            if self.closed and not self.held:
                self.clean()


class Session:
    """A place to plan and run SQL; close it, or use it as a context manager.

    Whatever is handed out while a session is open (an execution, a reader) keeps it alive.
    """

    def __init__(self, shared: _Shared, owner: bool) -> None:
        """Take a new namespace; use `open_session` or `fork`."""
        require_outside()
        self._shared = shared
        self._owner = owner
        self._closed = False
        self._names: set[str] = set()
        self._settings: Mapping[str, str] = {}
        self.fenced = False
        self._functions: dict[str, UserFunction] = {}
        with shared.lock, refusals("plan"):
            if shared.empty:
                self.namespace = shared.empty.pop()
            else:
                self.namespace = f"treadle_{next(shared.numbers)}"
                shared.context.sql(f"CREATE SCHEMA {quote(self.namespace)}")

    @property
    def context(self) -> SessionContext:
        """Return the engine's context; raises `Bug` once the session is closed, T6125 inside of a Python function."""
        require_outside()
        if self._closed or self._shared.closed:
            raise Bug("the session is closed")
        return self._shared.context

    @property
    def closed(self) -> bool:
        """Say whether this session, or the one that it was forked from, is closed."""
        return self._closed or self._shared.closed

    @property
    def profile(self) -> Resolved:
        """Return the profile in concrete numbers."""
        return self._shared.profile

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the relations registered here."""
        return frozenset(self._names)

    @property
    def kept(self) -> Kept:
        """Return what is remembered between queries; forks share it."""
        return self._shared.kept

    def fork(self) -> Session:
        """Return a session with the same engine, caches and memory, and with names of its own."""
        self._check()
        return Session(self._shared, owner=False)

    def hold(self, owner: object) -> Callable[[], object]:
        """Keep the session's files, beyond its closing, until the owner is gone or the returned function is called."""
        with self._shared.lock:
            self._check()
            self._shared.held += 1
        return weakref.finalize(owner, self._shared.release)

    def scratch(self, kind: str) -> Path:
        """Return a new private folder, removed when the session closes; `kind` starts its name."""
        self._check()
        path = self._shared.scratch / f"{kind}-{next(self._shared.numbers)}"
        path.mkdir()
        return path

    def private(self, kind: str) -> str:
        """Return a name that nothing in this session has yet; `kind` starts it."""
        return f"{kind}/{next(self._shared.numbers)}"

    def qualified(self, name: str) -> str:
        """Return the quoted name of a relation of this session, for statements to the engine."""
        return f"{quote(self.namespace)}.{quote(name)}"

    def analyse(self, sql: str, parameters: Mapping[str, Value], *, options: Mapping[str, str] | None = None) -> DataFrame:
        """Return the frame of a query as the engine reads it, before optimisation; its schema may be wrong.

        Args:
            sql: engine SQL, one query; names are read in this session's namespace.
            parameters: values by placeholder name without `$`.
            options: engine settings for this query alone.

        Raises:
            EngineRefusal: the engine would not plan it.
        """
        bound = {name: bind(name, value) for name, value in parameters.items() if f"${name}" in sql}
        options = {**(options or {}), **(_READS_LAMBDAS if holds_lambda(sql) else {})}
        with self.planning(options), knowing(self.context, self._functions), refusals("plan"):
            return self.context.sql(sql, options=QUERIES_ONLY, param_values=bound)

    def teach(self, name: str, function: UserFunction) -> None:
        """Make a function known to this session's queries under its own name, which is `name`; replaces an older one."""
        self._functions[private(name)] = function

    @property
    def teaches(self) -> bool:
        """Say whether queries of this session know functions of the users' own."""
        return any(name not in arrow_functions() for name in self._functions)

    def optimise(self, frame: DataFrame, *, options: Mapping[str, str] | None = None) -> DataFrame:
        """Return the frame of the optimised plan, whose schema is the true one; raises `EngineRefusal`.

        Whoever runs it gives the engine settings that it is to run with; reading it in took its own.

        Before optimisation the schema lacks type coercion, and streams of the frame hold garbage.
        """
        return optimised(self, frame, options or {})

    def plan(self, sql: str, parameters: Mapping[str, Value], *, options: Mapping[str, str] | None = None) -> DataFrame:
        """Analyse and optimise a query; arguments and errors as for `analyse`."""
        return self.optimise(self.analyse(sql, parameters, options=options))

    def distrust_statistics(self) -> None:
        """Plan without statistics of files from here on: some of them would make a wrong answer."""
        self._settings = {**self._settings, STATISTICS: "false"}

    def fence_rows(self) -> None:
        """Let no condition below where relations made from here on tell rows and files apart; see `engine/row_numbers.py`."""
        self.fenced = True
        self._settings = {**self._settings, "datafusion.optimizer.enable_leaf_expression_pushdown": "false"}

    @property
    def distrusts(self) -> bool:
        """Say whether it plans without statistics of files."""
        return STATISTICS in self._settings

    @contextmanager
    def planning(self, options: Mapping[str, str]) -> Iterator[SessionContext]:
        """Hold the lock with this session's namespace as default, and some settings set; the settings are set back.

        The namespace stays the default until another session plans: all names are read in here, or written in full.
        """
        options = {**options, **self._settings}
        with self._shared.lock:
            context = self.context
            if self._shared.namespace != self.namespace:
                self._set({_SCHEMA: self.namespace})
                self._shared.namespace = self.namespace
            if not options:
                yield context
                return
            before = {name: self._shared.settings[name] for name in options}
            self._set(options)
            try:
                yield context
            finally:
                self._set(before)

    def _set(self, options: Mapping[str, str]) -> None:
        with refusals("plan"):
            for name, value in options.items():
                self._shared.context.sql(f"SET {name} = {quote_text(value)}")

    def template(self, columns: pa.Schema) -> Table:
        """Return an empty relation of this schema that takes filters like a Parquet table; cached, touches no file."""
        with self._shared.lock:
            found = self._shared.templates.get(columns)
            if found is None:
                found = self._shared.templates[columns] = self._make_template(columns)
            return found

    def _make_template(self, columns: pa.Schema) -> Table:
        name, path = self.qualified(self.private("template")), self._shared.scratch / "never-written.parquet"
        with refusals("plan"):
            self.context.register_listing_table(name, str(path), schema=columns)
            table = self.context.table_provider(name)
            self.context.deregister_table(name)
        return table

    def register(self, name: str, table: Table | DataFrame) -> None:
        """Make a table, or a frame as a view, readable under exactly this name, in place of an older one."""
        with self._shared.lock, refusals("plan"):
            self.drop(name)
            if isinstance(table, DataFrame):
                self.context.register_view(self.qualified(name), table)
            else:
                self.context.register_table(self.qualified(name), table)
            self._names.add(name)

    def define(self, name: str, sql: str, functions: Mapping[str, UserFunction] = {}) -> None:
        """Make a query over relations of this session readable under a name; those, and functions of its own, aren't needed afterwards."""
        known = self._functions
        self._functions = {**known, **functions}
        try:
            self.register(name, self.analyse(sql, {}))
        finally:
            self._functions = known

    def adopt(self, name: str) -> None:
        """Take note of a relation that a statement to the engine made in this namespace."""
        self._names.add(name)

    def drop(self, name: str) -> None:
        """Forget a relation; queries that are running go on. A name that is not there is none of its business."""
        with self._shared.lock, refusals("plan"):
            if name in self._names:
                self.context.deregister_table(self.qualified(name))
                self._names.discard(name)

    def close(self) -> None:
        """Forget all names. Repeats do nothing.

        The session that was opened, not forked, is closed with all its forks, and removes its
        files, once the executions that still run have ended.
        """
        with self._shared.lock:
            if self._closed:
                return
            if not self._shared.closed:
                for name in tuple(self._names):
                    self.drop(name)
                self._shared.empty.append(self.namespace)
            self._closed = True
            if self._owner:
                self._shared.closed = True
                self._shared.templates.clear()
                self._shared.kept.clear()
                if not self._shared.held:
                    self._shared.clean()

    def _check(self) -> None:
        if self._closed or self._shared.closed:
            raise Bug("the session is closed")

    def __enter__(self) -> Session:
        """Return the session."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()


def holds_lambda(sql: str) -> bool:
    """Say whether engine SQL holds a lambda, or a text that looks like one."""
    return _LAMBDA in sql


def bind(name: str, value: Value) -> pa.Scalar[object]:
    """Return a parameter's value as the engine takes it; raises `Bug` for what `bindable` refuses."""
    if not bindable(value):
        raise Bug(f"the null of type {value.type} in `{name}` can't be bound; lowering has to write it as a literal")
    return scalar(value)


def open_session(profile: RuntimeProfile, *, settings: Mapping[str, str] = {}, removed_rules: Sequence[str] = ()) -> Session:
    """Open a session of the engine.

    Args:
        profile: resources, and settings of the users' own.
        settings: further settings by full name, such as a rulepack asks for; they win over the profile's.
        removed_rules: logical rules of the engine's own to switch off, by name.

    Raises:
        TreadleError: T6060 unknown setting, T6061 value it does not take, T6062 setting that treadle owns.
    """
    require_outside()
    logging.getLogger("datafusion").setLevel(logging.WARNING)  # it logs hundreds of lines per query below that
    logging.getLogger("datafusion.datasource.listing_table_factory").setLevel(logging.ERROR)  # a damaged file is told when it is read
    logging.getLogger("datafusion_optimizer").setLevel(logging.ERROR)  # a rule that fails is skipped, or told as an error of its own
    resolved = resolve(profile)
    check_settings({**profile.settings, **settings})
    wanted = {**resolved.settings(), **settings}
    scratch = Path(tempfile.mkdtemp(prefix="treadle-"))
    context = SessionContext(_config(wanted), _environment(resolved, scratch))
    shared = _Shared(context, resolved, scratch, {})
    for name, value in wanted.items():
        if name.startswith(RUNTIME):
            _set_runtime(context, name, value)
    for rule in removed_rules:
        if not context.remove_optimizer_rule(rule):
            raise Bug(f"the engine has no logical rule `{rule}`, although the overlay knows it")
    register_arrow_functions(context)
    shared.settings = live_settings(context)
    return Session(shared, owner=True)


def _config(wanted: Mapping[str, str]) -> SessionConfig:
    config = SessionConfig()
    for name, value in wanted.items():
        if name.startswith(RUNTIME):
            continue
        try:
            config = config.set(name, value)
        except ValueError as refused:
            raise _bad_value(name, value, refused) from refused
    return config


def _set_runtime(context: SessionContext, name: str, value: str) -> None:
    try:
        context.sql(f"SET {name} = {quote_text(value)}")
    except Exception as refused:  # the engine raises bare `Exception`s here
        raise _bad_value(name, value, refused) from refused


def _bad_value(name: str, value: str, refused: Exception) -> Exception:
    cause = str(refused).splitlines()[-1]
    return error("T6061", f"the setting `{name}` does not take `{value}`", help="`treadle show settings` lists its default", cause=cause)


def _environment(resolved: Resolved, scratch: Path) -> RuntimeEnvBuilder:
    builder = RuntimeEnvBuilder().with_fair_spill_pool(resolved.memory)
    return builder.with_disk_manager_specified(str(scratch)) if resolved.spill else builder.with_disk_manager_disabled()
