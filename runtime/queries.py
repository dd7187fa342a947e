"""Owns ad hoc queries as a workspace answers them: bound once while nothing they read has changed, described, summarised.

In: text and values. Out: a `Result` or a bundle. What a query is bound against and planned into is
remembered, and taken again only while every source has the schema it was bound against.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..dialect.diagnostics import Problems, TreadleError
from ..dialect.statements.query import DescribeStatement
from ..planner.literal import quote_text
from ..planner.spec import ExecutionSpec
from .adhoc import QUERY, described_text, query_script
from .kept import Memo
from .memo import asked_again, key_of, renewed, still_holds
from .summarize import summary_text

if TYPE_CHECKING:
    from ..planner.bundle import PlanBundle
    from .cancel import Cancel
    from .progress import Progress
    from .result import Result
    from .workspace import Bound, Workspace


class Queries:
    """The queries of one workspace; safe to use from threads."""

    def __init__(self, workspace: Workspace) -> None:
        """Remember nothing yet."""
        self._workspace = workspace
        self._bound: Memo[Bound] = Memo()
        self._plans: Memo[PlanBundle] = Memo()

    def query(self, text: str, values: Mapping[str, object], progress: Progress | None = None, cancel: Cancel | None = None) -> Result:
        """Return the rows of one query; raises what is wrong with it."""
        self._offer_information_schema(text)
        key = self._query_key(text, values)
        bound = self._bound.get(key)
        again = None if bound is None else self._again(key)
        if bound is not None and again is not None:
            return self._answer(again, bound, progress, cancel)
        spec = None if bound is None else self._still(bound)
        if bound is None or spec is None:
            bound = self._bound_query(text, values)
            spec = self._workspace.specified(bound, (QUERY,))
            self._bound.put(key, bound)
        return self._answer(self._planned(key, spec), bound, progress, cancel)

    def _answer(self, bundle: PlanBundle, bound: Bound, progress: Progress | None, cancel: Cancel | None) -> Result:
        from .result import Result

        found = self._workspace.start(bundle, bound.places, None, progress, cancel)
        stream = found.results[0]
        return Result(stream.schema, iter(stream), lambda: found.receipt, found.close)

    def plan(self, text: str) -> PlanBundle:
        """Return the bundle of one query, which computes nothing; raises what is wrong with it."""
        self._offer_information_schema(text)
        return self._workspace.plan(self._workspace.specified(self._bound_query(text, {}), (QUERY,)))

    def _offer_information_schema(self, text: str) -> None:
        """Register the tables of `information_schema` as of now, when a query reads one; raises what is wrong in the project."""
        if "information_schema" not in text.lower():
            return
        from .frames import as_frame
        from .information_schema import information_schema, is_asked

        if is_asked(query_script(text)):
            bound = self._workspace.project({})
            bound.require_sound()
            made = information_schema(bound.project, {name: frame.schema for name, frame in self._workspace.frames.items()})
            self._workspace.frames.update({name: as_frame(table) for name, table in made.items()})

    def _query_key(self, text: str, values: Mapping[str, object]) -> Hashable | None:
        """Return what a bound query depends on, besides the schemas of its sources; None when that can't be compared."""
        folder = self._workspace.folder()
        if folder.diagnostics:
            return None
        texts = tuple((one.name, one.text) for one in folder.sources)
        frames = tuple(sorted((name, id(frame)) for name, frame in tuple(self._workspace.frames.items())))
        python = self._workspace.python.key(folder.config, self._workspace.scripts(folder))
        return key_of(text, texts, folder.seeds, repr(folder.config.raw), frames, python, self._workspace.additions.key, values=values)

    def _bound_query(self, text: str, values: Mapping[str, object]) -> Bound:
        """Return the bound project of one query; raises what is wrong with it."""
        script = query_script(text)
        statement = script.statements[0]
        bound = self._described(statement, values) if isinstance(statement, DescribeStatement) else self._workspace.project(values, script)
        bound.require_sound()
        return bound

    def _still(self, bound: Bound) -> ExecutionSpec | None:
        """Return a remembered query's specification as of now, or None when its sources are no longer what they were."""
        try:
            spec = self._workspace.specified(bound, (QUERY,))
        except TreadleError:
            return None  # what is wrong is told against the sources as they are now
        return spec if still_holds(bound.project, spec) else None

    def _again(self, key: Hashable | None) -> PlanBundle | None:
        """Return a remembered query's bundle as of now, or None where anything may have changed since."""
        known = self._plans.get(key)
        try:
            return None if known is None else asked_again(known, self._workspace.lake, datetime.now(UTC))
        except TreadleError:
            return None  # what is wrong is told against the sources as they are now

    def _planned(self, key: Hashable | None, spec: ExecutionSpec) -> PlanBundle:
        """Return a query's bundle, the remembered one where nothing but the clock moved on."""
        known = self._plans.get(key)
        bundle = (renewed(known, spec) if known is not None else None) or self._workspace.plan(spec)
        self._plans.put(key, bundle)
        return bundle

    def _described(self, statement: DescribeStatement, values: Mapping[str, object]) -> Bound:
        """Return a bound query whose rows are the columns of another one, with what is in them for SUMMARIZE."""
        inner = described_text(statement)
        bound = self._workspace.project(values, query_script(inner))
        bound.require_sound()
        schema = bound.project.views[QUERY].schema
        if statement.verb == "SUMMARIZE":
            return self._workspace.project(values, query_script(summary_text(inner, schema)))
        rows = ", ".join(f"({quote_text(f.name)}, {quote_text(f.type.sql())}, {str(f.nullable).upper()})" for f in schema)
        text = f"SELECT * FROM (VALUES {rows}) AS described(column_name, data_type, nullable)"
        return self._workspace.bind(bound.folder, (query_script(text),), (), Problems())
