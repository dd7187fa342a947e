"""Owns domain planners of a project's own: found for a specification, required and loaded when it is planned.

They are the one code of a project that runs while a plan is made; `--safe` refuses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...dialect.diagnostics import Problems, TreadleError, error
from ...planner.capabilities import CapabilityUnavailable, MissingCapability
from ...planner.domains.base import DomainPlanner
from ...planner.spec import PlannerCode, PlannerOverlay
from ..config import Config
from .find import Folders, find_object
from .modules import Modules
from .source_digest import code_digest

SHAPE = "decorate a function of a view and a context with `@treadle.domain_planner(name, kind=…)`"


def declared(config: Config, folders: Folders, registered: Mapping[str, DomainPlanner]) -> PlannerOverlay:
    """Return what `[planners]` and registrations come to, found without running code; raises T2120 to T2122 at their places."""
    tables, problems, codes = config.tables.planners, Problems(), list[PlannerCode]()
    for at, target in enumerate(tables.add):
        try:
            codes.append(PlannerCode(target=target, digest=find_object(folders, target).digest))
        except TreadleError as problem:
            span = config.value_span("planners", "add", at)
            problems.add(*(replace(one, span=one.span or span) for one in problem.diagnostics))
    problems.raise_if_errors()
    codes += [PlannerCode(target=name, digest=code_digest(one.plan), registered=True) for name, one in sorted(registered.items())]
    return PlannerOverlay(exclude=tables.exclude, add=tuple(codes))


def load_planners(overlay: PlannerOverlay, modules: Modules, registered: Mapping[str, DomainPlanner]) -> tuple[DomainPlanner, ...]:
    """Return the domain planners that an overlay adds; runs their modules.

    Raises:
        CapabilityUnavailable: a registered one is not here.
        TreadleError: T3040 when Python is turned off, T3041 for code that changed since, T3044 for what is no
            domain planner or can't be loaded, T2121 and T2122 for modules that are gone.
    """
    return tuple(_loaded(one, modules, registered) for one in overlay.add)


def _loaded(code: PlannerCode, modules: Modules, registered: Mapping[str, DomainPlanner]) -> DomainPlanner:
    if modules.safe:
        message = f"`{code.target}` is a domain planner in Python, which `--safe` turns off"
        raise error("T3040", message, help="leave `--safe` out if you trust its code")
    if code.registered and code.target not in registered:
        raise _missing(code)
    digest = code_digest(registered[code.target].plan) if code.registered else find_object(modules.folders, code.target).digest
    if digest != code.digest:
        message = f"the Python code of the domain planner `{code.target}` is no longer what the specification was made from"
        raise error("T3041", message, help="make the specification anew, or put the code back")
    return registered[code.target] if code.registered else _imported(code.target, modules)


def _imported(target: str, modules: Modules) -> DomainPlanner:
    try:
        found = modules.loader.load(target)
    except Exception as problem:
        cause = f"{type(problem).__name__}: {problem}"
        raise error("T3044", f"the domain planner `{target}` can't be loaded", help=SHAPE, cause=cause) from problem
    if not isinstance(found, DomainPlanner):
        raise error("T3044", f"`{target}` is a {type(found).__name__}, no domain planner", help=SHAPE)
    return found


def _missing(code: PlannerCode) -> CapabilityUnavailable:
    detail = f"Python registered the domain planner `{code.target}` where the specification was made, and hasn't here"
    made = MissingCapability(
        capability=f"planner.{code.target}",
        requested_by="planners.add",
        reason="not_registered",
        detail=detail,
        remedy="register it with `.register_planner`",
    )
    return CapabilityUnavailable(made)
