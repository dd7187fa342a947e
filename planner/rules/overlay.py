"""Owns rule overlays: a rulepack, changed by a specification, becomes an ordered set of rules.

In: a `RuleOverlay`. Out: a frozen `RuleSet` with its fingerprint. The packs themselves are
never changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...dialect.diagnostics import did_you_mean, error
from ..project import frozen
from ..spec import RuleOverlay
from .base import PHASES, Rule
from .packs import ENGINE_RULES, PACKS

ENGINE_PREFIX = "engine."


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one plan.

    Args:
        rules: in the order in which they run: by phase, then by priority.
        removed: logical rules of the engine's own that are switched off, sorted.
        settings: engine settings that the pack asks for.
        explain: rules whose changes are shown in full.
        fingerprint: over names, phases, parameters, order, removed rules and settings.
    """

    rules: tuple[Rule, ...]
    removed: tuple[str, ...]
    settings: Mapping[str, str]
    explain: tuple[str, ...]
    fingerprint: str


def resolve_rules(overlay: RuleOverlay) -> RuleSet:
    """Return the rules that an overlay comes to.

    Raises:
        TreadleError: T3002 for a name that is no rule.
    """
    from . import RULES

    known = {rule.name: rule for rule in RULES}
    for name in (*overlay.add, *overlay.priorities, *overlay.explain):
        _require(name, known)
    for name in overlay.exclude:
        _require(name, [*known, *(ENGINE_PREFIX + one for one in ENGINE_RULES)])
    pack = PACKS[overlay.pack]
    excluded = set(overlay.exclude)
    wanted = [rule for rule in RULES if rule.name in {*pack.rules, *overlay.add} and rule.name not in excluded]
    rules = tuple(sorted(wanted, key=lambda rule: _place(rule, overlay.priorities)))
    removed = tuple(sorted({*pack.removed, *(n.removeprefix(ENGINE_PREFIX) for n in excluded if n.startswith(ENGINE_PREFIX))}))
    return RuleSet(rules, removed, frozen(pack.settings), overlay.explain, _fingerprint(rules, removed, pack.settings))


def _place(rule: Rule, priorities: Mapping[str, int]) -> tuple[int, bool, int]:
    return PHASES.index(rule.phase), rule.name not in priorities, priorities.get(rule.name, 0)


def _require(name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        listed = ", ".join(f"`{one}`" for one in names if not one.startswith(ENGINE_PREFIX))
        raise error("T3002", f"there is no rule `{name}`", help=did_you_mean(name, names) or f"known are {listed}")


def _fingerprint(rules: tuple[Rule, ...], removed: tuple[str, ...], settings: Mapping[str, str]) -> str:
    document = [[[r.name, r.phase, [list(p) for p in r.parameters]] for r in rules], list(removed), sorted(settings.items())]
    return hashlib.blake2b(json.dumps(document).encode("ascii"), digest_size=16).hexdigest()
