"""Owns binding of `CREATE TEST`: its view, its values, the rows that it gives and expects, each at its place.

In: the catalog of a project whose views are bound. Out: `BoundTest`s, each with what is wrong in
it, so that one that can't run keeps none of the others from running.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...dialect.diagnostics import Diagnostic, Label, Problems, codes, did_you_mean, error
from ...dialect.nodes import Param
from ...dialect.source import Span
from ...dialect.statements.base import Option, QName
from ...dialect.statements.test import Given, TestStatement
from ..project import Parameter, Project, frozen
from ..testing import EXPECTED, BoundRows, BoundTest, Reach, reach
from ..values import Provided, Value
from .context import Binding, Catalog
from .given_rows import bind_rows
from .given_values import CLOCK, clock_value, given_value
from .parameters import check_value
from .sources import SourceTable

VALUE_CODES = frozenset({"T2104", "T2107", "T2108", "T2109"})
"""What is wrong with a value and not with its type, so that a test may expect it."""


def bind_tests(
    catalog: Catalog, statements: Sequence[TestStatement], project: Project, provided: Mapping[str, Provided]
) -> tuple[BoundTest, ...]:
    """Return the bound tests of a project, in the order of its files.

    Args:
        catalog: as it is once all views are bound.
        statements: the declarations.
        project: the bound project.
        provided: values that reach tests where they set none themselves; they win over DEFAULT.
    """
    seen: dict[str, Span] = {}
    found = []
    for statement in statements:
        test = _TestBinder(catalog, project, statement, provided)
        first = seen.setdefault(statement.name.text.lower(), statement.name.span)
        if first is not statement.name.span:
            message = f"the test `{statement.name.text}` is declared twice"
            test.fail("T2048", message, statement.name.span, "rename one of them", Label(first, "first here"))
        found.append(test.bind())
    return tuple(found)


@dataclass(slots=True)
class _TestBinder:
    """Binds one test; `problems` collects what is wrong in it."""

    catalog: Catalog
    project: Project
    statement: TestStatement
    provided: Mapping[str, Provided]
    problems: Problems = field(default_factory=Problems)
    values: dict[str, Value] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    refusal: list[Diagnostic] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def fail(self, code: str, message: str, span: Span, help: str, *labels: Label) -> None:
        """Collect what is wrong at a place."""
        self.problems.catch(error(code, message, span, labels=labels, help=help))

    def bind(self) -> BoundTest:
        """Return the bound test, with everything that is wrong in it."""
        target, code = self._target(), self._code()
        as_of = self._values()
        test = BoundTest(self.statement.name.text, target or self.statement.target.text, self.statement, error=code)
        catalog = self._catalog()
        if target is not None and target in self.project.views:
            test = self._with_rows(test, catalog)
            self._require_values(test)
        return replace(
            test,
            values=frozen(self.values),
            origins=frozen(self.origins),
            as_of=as_of,
            series=frozen(catalog.sources.bound),
            refusal=tuple(self.refusal),
            diagnostics=tuple(self.problems),
        )

    def _target(self) -> str | None:
        """Return the real name of the view that is tested, or None after reporting that there is none."""
        name = self.statement.target
        known = (*self.project.views, *self.project.failed)
        found = _meant(name, known)
        if found is None:
            if _meant(name, self.project.sources) is None and name.text.lower() in self.catalog.names:
                return None  # its declaration can't be read, which is told there
            source = _meant(name, self.project.sources)
            help_ = did_you_mean(name.text, known) or "a test names the view whose rows it looks at"
            help_ = f"`{source}` is a source, which computes nothing: test a view that reads it" if source else help_
            self.fail("T2002", f"there is no view `{name.text}` to test", name.span, help_)
        return found

    def _code(self) -> str | None:
        name = self.statement.error
        if name is None:
            return None
        code = name.text.upper()
        if code not in codes():
            help_ = "run the view with such rows to see which code it raises; `treadle explain CODE` says what one means"
            self.fail("T2086", f"there is no error code `{name.text}`", name.span, help_)
        return code

    def _catalog(self) -> Catalog:
        """Return the catalog of the test's rows: its values, the project's functions, and no relations."""
        known = self.catalog.sources
        sources = SourceTable(known.lake, self.catalog.engine_oracle, self.catalog.parameters, self.values, known.as_of)
        return replace(self.catalog, views={}, names={}, values=self.values, sources=sources)

    def _values(self) -> Value | None:
        """Choose the value of every parameter, and return the instant that the test sets."""
        as_of: Value | None = None
        set_here: dict[str, Option] = {}
        for option in self.statement.parameters:
            name = option.name.text
            if name.lower() in self.catalog.parameters:
                set_here[self.catalog.parameters[name.lower()].name] = option
            elif name.lower() == CLOCK:
                binding = self._binding()
                as_of = clock_value(binding, option)
                self.problems.add(*binding.problems)
            elif name.lower() not in self.catalog.failed_parameters:
                known = [one.name for one in self.catalog.parameters.values()]
                help_ = did_you_mean(name, [*known, CLOCK]) or "declare it: PARAM name TYPE, or leave it out"
                self.fail("T2010", f"there is no parameter `{name}`", option.name.span, help_)
        for parameter in self.catalog.parameters.values():
            self._choose(parameter, set_here.get(parameter.name))
        return as_of

    def _choose(self, parameter: Parameter, option: Option | None) -> None:
        span, origin = parameter.span, "default"
        value = self.catalog.defaults.get(parameter.name)
        if option is not None:
            span, origin, binding = self._place(option), "test", self._binding()
            value = given_value(binding, option, parameter)
            self.problems.add(*binding.problems)
        elif parameter.name in self.provided:
            given = self.provided[parameter.name]
            value, span, origin = given.value, given.span or span, given.origin
        if value is None or (value != self.catalog.values.get(parameter.name) and not self._passes(parameter, value, span)):
            self.refused |= set() if value is None and option is None else {parameter.name}
            return
        self.values[parameter.name], self.origins[parameter.name] = value, origin

    def _passes(self, parameter: Parameter, value: Value, span: Span) -> bool:
        """Check a value as any other is; what a test expects to be refused goes to `refusal`."""
        binding = self._binding()
        passes = check_value(binding, parameter, value, span)
        wanted = self.statement.error.text.upper() if self.statement.error is not None else None
        for one in binding.problems:
            if one.code == wanted and one.code in VALUE_CODES:
                self.refusal.append(one)
            elif span is not parameter.span or parameter.name.lower() not in self.catalog.failed_parameters:  # else it is told already
                self.problems.add(one)
        return passes

    def _binding(self) -> Binding:
        return Binding(self.statement.name.text, self.statement.span.source, self.catalog)

    def _place(self, option: Option) -> Span:
        place = option.value.meta.get("span")
        return self.statement.span.source.span(*place) if place else option.name.span

    def _with_rows(self, test: BoundTest, catalog: Catalog) -> BoundTest:
        """Return the test with its rows; what stands in for nothing, or for the same thing twice, is refused."""
        everything, named = reach(self.project, test.target, held=test.materialises), []
        seen: dict[str, Span] = {}
        for clause in self.statement.given:
            assert clause.name is not None
            real = self._upstream(clause.name, test.target, everything)
            if real is None:
                continue
            if real in seen:
                self.fail("T1011", f"`{real}` is given twice", clause.name.span, "leave one of them out", Label(seen[real], "first here"))
                continue
            seen[real] = clause.name.span
            named.append((clause, real))
        self._refuse_hidden(named, test)
        given = [self._rows(catalog, clause, real, f"GIVEN {real}") for clause, real in named]
        expect = self.statement.expect
        expected = self._rows(catalog, expect, test.target, EXPECTED) if expect is not None else None
        return replace(test, given=tuple(one for one in given if one is not None), expected=expected)

    def _rows(self, catalog: Catalog, clause: Given, real: str, name: str) -> BoundRows | None:
        views, sources = self.project.views, self.project.sources
        schema = views[real].schema if real in views else sources[real].schema
        return bind_rows(catalog, clause, real, schema, name, self.problems)

    def _upstream(self, name: QName, target: str, everything: Reach) -> str | None:
        """Return the real name of what is given, or None after reporting that the view does not read it."""
        inputs = [*(one for one in everything.views if one != target), *(n for n in everything.sources if self.project.sources[n].declared)]
        found = _meant(name, inputs)
        if found is not None:
            return found
        known = _meant(name, (*self.project.views, *self.project.failed, *self.project.sources))
        listed = ", ".join(f"`{one}`" for one in sorted(inputs)[:8])
        way_out = f"`{target}` reads {listed}" if inputs else f"`{target}` reads nothing that has a name"
        if known is None and name.text.lower() not in self.catalog.names:
            self.fail("T2002", f"there is no view or source `{name.text}`", name.span, did_you_mean(name.text, inputs) or way_out)
        elif known is None:
            pass  # its declaration can't be read, which is told there
        elif known == target:
            self.fail("T2080", f"`{known}` is what is tested, so it can't be given", name.span, way_out)
        else:
            self.fail("T2080", f"`{target}` does not read `{known}`, so giving it has no effect", name.span, way_out)
        return None

    def _refuse_hidden(self, named: Sequence[tuple[Given, str]], test: BoundTest) -> None:
        """Refuse what is read by given views only: nothing would ever look at it."""
        given = frozenset(real for _, real in named)
        reached = reach(self.project, test.target, given, held=test.materialises)
        for clause, real in named:
            if real not in reached.views and real not in reached.sources and clause.name is not None:
                message = f"nothing reads `{real}` in this test: the views that do are given themselves"
                self.fail("T2080", message, clause.name.span, "leave it out")

    def _require_values(self, test: BoundTest) -> None:
        """Report parameters that the test needs and nobody gives it a value for."""
        if test.error == "T3019" or self.refusal:
            return
        for name in sorted(self._needed(test)):
            if name not in self.values and name not in self.refused:
                help_ = f"give it one: WITH ({name} => …), or declare a DEFAULT"
                place = self.catalog.parameters[name.lower()].span
                message = f"the parameter `{name}` has no value in this test"
                self.fail("T2084", message, self.statement.name.span, help_, Label(place, "declared here"))

    def _needed(self, test: BoundTest) -> Iterator[str]:
        given = frozenset(one.relation for one in test.given)
        reached = reach(self.project, test.target, given, held=test.materialises)
        for one in self.project.views[test.target].expectations if test.materialises else ():
            yield from one.parameters
        for name in reached.views:
            yield from self.project.views[name].parameters if name not in given else ()
        for rows in test.rows:
            yield from (str(one.name) for one in rows.view.tree.find_all(Param))
        for parameter in self.project.parameters.values():
            if parameter.filter is not None and parameter.filter[0] in reached.sources | given:
                yield parameter.name


def _meant(name: QName, known: Iterable[str]) -> str | None:
    """Return the real name that a written one means among some, or None."""
    quoted = any(part.quoted for part in name.parts)
    found = [one for one in known if one == name.text or (not quoted and one.lower() == name.text.lower())]
    return found[0] if len(found) == 1 else (name.text if name.text in found else None)
