"""How a program outside treadle uses it; both type checkers must find nothing here, in their strict modes."""

from __future__ import annotations

import datetime as dt

import treadle


def revenue(root: str, minimum: float) -> list[tuple[object, ...]]:
    with treadle.open(root, env="dev") as project:
        problems: tuple[treadle.Diagnostic, ...] = project.check()
        for one in problems:
            print(one.code, one.message, one.severity)
        plan: treadle.Plan = project.plan("+revenue", minimum=minimum)
        print(plan.spec.as_of, str(plan))
        run: treadle.Run = project.run(["revenue"], minimum=minimum)
        rows: int = run.receipt.totals.rows_written
        print(rows, run.receipt.status)
        result: treadle.Result = project.query("SELECT * FROM revenue WHERE day >= $since", since=dt.date(2013, 1, 1))
        with result:
            return list(result.fetchall())


def adhoc() -> int:
    connection: treadle.Connection = treadle.connect(".")
    connection.register("items", {"id": [1, 2, 3]})
    try:
        count: int = connection.query("SELECT count(*) AS n FROM items").to_arrow().num_rows
    except treadle.TreadleError as problem:
        print([d.help for d in problem.diagnostics])
        raise
    spec: treadle.ExecutionSpec = treadle.ExecutionSpec(as_of="2026-01-01T00:00:00+00:00")
    receipt: treadle.Receipt = treadle.run_spec(spec).receipt
    print(receipt.status)
    return count
