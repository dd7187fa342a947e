"""Owns a plan on the screen: a tree per stage, from where rows go down to the files that they come from.

In: a `PlanBundle`, explained by `planner.explain`. Out: lines; the JSON form is the explanation's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...planner.bundle import PlanBundle
from ...planner.explain import ExpectationView, PlanView, ScanView, StageView, explain
from ...planner.spec import ExecutionSpec, ParameterSpec, ViewSpec
from .console import Console
from .receipt_page import size
from .text import Paint, cells, clip, plain_condition, plain_sql, plain_value, plural, visible, wrap

MAX_DECISIONS = 12
MAX_CONDITION_LINES = 3
MAX_SUBJECTS = 8


def show_plan(console: Console, bundle: PlanBundle) -> None:
    """Print a plan to stdout, its warnings to stderr."""
    console.data(plan_text(bundle, console.width, console.out))
    for code, stage, message in explain(bundle).warnings:
        head = f"warning[{code}] "
        lines = wrap(f"{stage}: {message}", console.width, head, "  ")
        console.say("\n".join([console.err("yellow", head.rstrip()) + lines[0].removeprefix(head.rstrip()), *lines[1:]]))


def plan_text(bundle: PlanBundle, width: int, paint: Paint) -> str:
    """Return a plan as text of at most `width` cells a line, names aside."""
    view = explain(bundle)
    views = {one.name: one for one in bundle.spec.views}
    lines = list(_head(view, bundle.spec, width, paint))
    for stage in view.stages:
        lines += ["", *_Tree(stage, views, view, width, paint).lines()]
    lines += _decisions(view, width, paint)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(view: PlanView, spec: ExecutionSpec, width: int, paint: Paint) -> Iterator[str]:
    counts = plural(len(view.stages), "stage")
    name = view.project or "ad hoc"
    where = f" in {visible(view.environment)}" if view.environment else ""
    yield paint("bold", visible(name)) + f"{where}: {counts}, as of {view.as_of}"
    facts = [f"plan {view.digests['envelope'][:12]}", _pins(view)]
    facts += [f"rules {view.pack}"] if view.pack != "default" else []
    yield paint("dim", ", ".join(facts))
    if spec.typed_parameters:
        yield from wrap(", ".join(f"{one.name} = {_value(one)}" for one in spec.typed_parameters), width, "with ")


def _pins(view: PlanView) -> str:
    if view.locked is not None:
        return f"pins by the lock {view.locked[:12]}"
    return f"pins by {view.cut}" if view.cut != "none" else "no pins"


def _value(parameter: ParameterSpec) -> str:
    if parameter.secret or parameter.value is None:
        return "<secret>"
    return plain_value(parameter.value.value, parameter.type)


def _decisions(view: PlanView, width: int, paint: Paint) -> list[str]:
    """Return what was chosen besides files, which the trees already tell, and which rules changed something."""
    chosen = [d for d in view.decisions if " files of " not in d.choice]
    lines = ["", paint("bold", "decided")] if chosen else []
    for one in chosen[:MAX_DECISIONS]:
        lines += wrap(f"{one.subject}: {one.choice}, since {one.reason}", width, "  ", "    ")
    if len(chosen) > MAX_DECISIONS:
        lines.append(f"  … and {len(chosen) - MAX_DECISIONS} more; `--json` has all")
    if view.trace:
        lines += ["", paint("bold", "rules that changed something")]
    by_rule: dict[str, list[str]] = {}
    for trace in view.trace:
        by_rule.setdefault(trace.rule, []).append(trace.subject)
    for rule, subjects in by_rule.items():
        names = list(dict.fromkeys(subjects))
        more = f" and {len(names) - MAX_SUBJECTS} more" if len(names) > MAX_SUBJECTS else ""
        lines += wrap(f"{rule}: {', '.join(names[:MAX_SUBJECTS])}{more}", width, "  ", "    ")
    return lines


@dataclass
class _Tree:
    """Draws one stage; a view that is met again is drawn once."""

    stage: StageView
    views: Mapping[str, ViewSpec]
    plan: PlanView
    width: int
    paint: Paint

    def lines(self) -> Iterator[str]:
        yield self.paint("bold cyan", visible(self.stage.name)) + self._target()
        for name, target in self.stage.functions:
            yield clip(visible(f"calls {name}, in Python as {target}"), max(self.width, 20))
        for name, way in self.stage.aggregates:
            yield clip(visible(f"aggregate path of {name}: {way}"), max(self.width, 20))
        self.seen: set[str] = set()
        yield from self._children(self.stage.name, "")
        for one in self.stage.expectations:
            yield from self._expectation(one)

    def _expectation(self, one: ExpectationView) -> Iterator[str]:
        """Draw a constraint, and the files that its own query reads besides the staged rows."""
        action = "" if one.on_violation == "FAIL" else f", else {one.on_violation.lower()}"
        name = "" if one.kind == "key" else f"{one.name}: "
        lines = wrap(visible(f"{name}{one.rule}{action}"), self.width, "   expects ", "           ")
        yield self.paint("dim", "   expects") + lines[0].removeprefix("   expects")
        yield from lines[1:]
        self.seen = set()  # its relations have names of their own
        for scan in one.scans:
            if scan.origin not in ("staged", "after"):
                yield from self._scan(scan, "           ", "└─ ", "   ")

    def _target(self) -> str:
        stage = self.stage
        if stage.kind == "write":
            text = f" → {stage.location}, {stage.mode.lower()}"
        elif stage.kind == "shared":
            readers = sorted(one.name for one in self.plan.stages if stage.name in one.after)
            text = f", computed once for {', '.join(readers)}"
        else:
            text = " → rows"
        return clip(visible(text), max(self.width - cells(stage.name), 20))

    def _children(self, view: str, indent: str) -> Iterator[str]:
        """Draw what a view reads: views inside the stage with their own inputs, then scans."""
        spec = self.views.get(view)
        inner = [name for name in (spec.depends_on if spec else ()) if name in self.stage.inlined]
        scans = [s for s in self.stage.scans if view in s.used_by or not s.used_by and view == self.stage.name]
        last = len(inner) + len(scans) - 1
        for number, name in enumerate(inner):
            joint, deeper = ("└─ ", "   ") if number == last else ("├─ ", "│  ")
            if name in self.seen:
                yield self._branch(indent, joint, f"{name} (as above)")
                continue
            self.seen.add(name)
            yield self._branch(indent, joint, name)
            yield from self._children(name, indent + deeper)
        for number, scan in enumerate(scans, len(inner)):
            joint, deeper = ("└─ ", "   ") if number == last else ("├─ ", "│  ")
            yield from self._scan(scan, indent, joint, deeper)

    def _branch(self, indent: str, joint: str, text: str) -> str:
        lead = indent + joint
        return self.paint("dim", lead) + clip(visible(text), max(self.width - len(lead), 20))

    def _scan(self, scan: ScanView, indent: str, joint: str, deeper: str) -> Iterator[str]:
        key = f"scan {scan.relation}"
        if key in self.seen:
            yield self._branch(indent, joint, f"{scan.source} (as above)")
            return
        self.seen.add(key)
        yield self._branch(indent, joint, f"{plain_sql(scan.source)} {_facts(scan)}")
        lead = indent + deeper
        for written in scan.conditions:
            condition = plain_condition(written.replace(f"{scan.relation}.", ""))
            lines = wrap(condition, max(self.width - len(lead), 30), "  where ")
            shown = lines if len(lines) <= MAX_CONDITION_LINES else [*lines[: MAX_CONDITION_LINES - 1], "        …"]
            yield from (self.paint("dim", lead) + clip(line, max(self.width - len(lead), 20)) for line in shown)
        if scan.notes and scan.reader == "provider":
            yield self.paint("dim", lead) + clip(visible(f"  {scan.notes[0]}"), max(self.width - len(lead), 20))


def _facts(scan: ScanView) -> str:
    """Return where a scan's rows come from and how much of it is read; the location is left out where the name says it."""
    if scan.origin == "stage":
        return "(rows computed above)"
    if scan.origin == "output":
        return "(the table written above)"
    parts = ["deferred to production"] if scan.production_of == scan.source else []
    if scan.location and scan.location not in scan.source:
        parts.append(scan.location if scan.version is None else f"{scan.location} version {scan.version}")
    elif scan.version is not None:
        parts.append(f"version {scan.version}")
    if scan.files_total:
        read, total = scan.files_read or 0, scan.files_total
        files = plural(total, "file") if read == total else f"{read:,} of {plural(total, 'file')}"
        parts.append(f"{files}, {size(scan.bytes_read or 0)}")
    if len(scan.columns) < scan.columns_total:
        parts.append(f"{len(scan.columns)} of {plural(scan.columns_total, 'column')}")
    return f"({'; '.join(parts)})" if parts else ""
