"""Makes the projects that compile benchmarks read: layered views over a small Delta table, and a diamond."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

ROWS = 1_000


def base(folder: Path) -> None:
    """Write the Delta table that the lowest layer reads."""
    columns = {"id": range(ROWS), "grp": [i % 10 for i in range(ROWS)], "x": [i / 7 for i in range(ROWS)]}
    write_deltalake(folder / "lake" / "base", pa.table({k: pa.array(list(v)) for k, v in columns.items()}))


def layered(folder: Path, layers: int, width: int) -> Path:
    """Write a project of `layers` × `width` views, each joining two of the layer below; the top one is materialised."""
    folder.mkdir(parents=True)
    base(folder)
    (folder / "treadle.toml").write_text('[project]\nname = "layered"\n', "utf-8")
    (folder / "sources.sql").write_text("CREATE SOURCE base FROM DELTA 'lake/base';\nPARAM least DOUBLE DEFAULT 0;\n", "utf-8")
    for layer in range(layers):
        top = layer == layers - 1
        text = "\n".join(view(layer, at, width, top) for at in range(width))
        (folder / f"layer_{layer:02}.sql").write_text(text, "utf-8")
    return folder


def view(layer: int, at: int, width: int, materialised: bool) -> str:
    """Return one view's statement."""
    one, other = ("base", "base") if layer == 0 else (f"v{layer - 1}_{at}", f"v{layer - 1}_{(at * 7 + 3) % width}")
    head = f"MATERIALIZED VIEW v{layer}_{at} INTO 'out/v{layer}_{at}'" if materialised else f"VIEW v{layer}_{at}"
    return f"""CREATE {head} AS
SELECT a.id, a.grp, a.x + b.x AS x, CASE WHEN a.x > {at} THEN 'high' ELSE 'low' END AS label_{at}
FROM {one} AS a
JOIN {other} AS b ON a.id = b.id
WHERE a.x >= PARAM least AND b.grp IN (1, 2, {at % 10});
"""


def diamond(folder: Path, layers: int) -> Path:
    """Write a project in which each view reads the one below twice: 2 to the power of `layers` paths."""
    folder.mkdir(parents=True)
    base(folder)
    lines = ["CREATE SOURCE base FROM DELTA 'lake/base';", "CREATE VIEW d0 AS SELECT id, x FROM base;"]
    for n in range(1, layers):
        lines.append(f"CREATE VIEW d{n} AS SELECT a.id, a.x + b.x AS x FROM d{n - 1} AS a JOIN d{n - 1} AS b ON a.id = b.id;")
    lines.append(f"CREATE MATERIALIZED VIEW top INTO 'out/top' AS SELECT id, x FROM d{layers - 1};")
    (folder / "diamond.sql").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "treadle.toml").write_text('[project]\nname = "diamond"\n', "utf-8")
    return folder


def tested(folder: Path, tests: int) -> Path:
    """Write a project of six views that build on each other, and so many tests of them; every tenth is of a join of all."""
    folder.mkdir(parents=True)
    base(folder)
    (folder / "treadle.toml").write_text('[project]\nname = "tested"\n', "utf-8")
    lines = [
        "CREATE SOURCE base FROM DELTA 'lake/base';",
        "PARAM least DOUBLE DEFAULT 0;",
        "CREATE VIEW t0 AS SELECT id, grp, x FROM base WHERE x >= PARAM least;",
    ]
    lines += [f"CREATE VIEW t{n} AS SELECT id, grp, x + {n} AS x FROM t{n - 1} WHERE grp <> {n};" for n in range(1, 4)]
    lines.append("CREATE VIEW t4 AS SELECT grp, count(*) AS n, sum(x) AS total FROM t3 GROUP BY grp;")
    lines.append("CREATE MATERIALIZED VIEW t5 INTO 'out/t5' AS SELECT a.id, b.n, b.total FROM t3 AS a JOIN t4 AS b ON b.grp = a.grp;")
    for at in range(tests):
        given = f"GIVEN base (id, grp, x) AS (VALUES (1, 7, {at}.5), (2, 7, 1.0), (3, 1, 1.0))"
        total = at + 0.5 + 1 + 12
        target, columns, rows = (
            ("t5", "id, n, total", f"(1, 2, {total}), (2, 2, {total})") if at % 10 == 0 else ("t4", "n, total", f"(2, {total})")
        )
        lines.append(f"CREATE TEST test_{at:03} FOR {target} WITH (least => 0.5) {given} EXPECT ({columns}) AS (VALUES {rows});")
    (folder / "views.sql").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
