"""Owns the tables of the records for expressions in Python: `people`, `orders`, `nums`, one object a row, columns as attributes."""

from __future__ import annotations

from types import SimpleNamespace

import pyarrow as pa

from tests.support import slt_lake


def _objects(table: pa.Table) -> list[SimpleNamespace]:
    return [SimpleNamespace(**row) for row in table.to_pylist()]


people = _objects(slt_lake.people())
orders = _objects(slt_lake.orders())
nums = _objects(slt_lake.nums())
