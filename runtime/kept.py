"""Owns what long-lived things remember: `Memo`, the most recently used values by key.

A connection remembers queries that it bound and planned, a session relations that it made and stages that it planned.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from .engine.farms import Farm
    from .engine.kept_relations import KeptRelation
    from .prepared import Prepared

KEPT = 64
"""Values that one memo keeps; the least recently used goes first."""

V = TypeVar("V")


class Memo(Generic[V]):
    """The most recently used values by key; safe to use from threads."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable | None) -> V | None:
        """Return what is remembered under a key, None for nothing or for no key."""
        with self._lock:
            if key is None or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Hashable | None, value: V) -> None:
        """Remember a value under a key; None as the key remembers nothing."""
        if key is None:
            return
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


class Kept:
    """What a session remembers between queries: relations and link farms by what they are made of, planned stages."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.relations: Memo[KeptRelation] = Memo()
        self.stages: Memo[Prepared] = Memo()
        self.farms: Memo[Farm] = Memo()

    def clear(self) -> None:
        """Forget everything."""
        self.relations.clear()
        self.stages.clear()
        self.farms.clear()
