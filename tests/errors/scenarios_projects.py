"""Situations that raise the codes of project folders, of `treadle.toml` and of what is asked of a project."""

from __future__ import annotations

import importlib
import subprocess

from tests.support.command import inside
from tests.support.place import Place, Said

TABLE = "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT 1 AS a;"


def t1014(place: Place) -> Said:
    place.sql(f"CREATE VIEW v AS SELECT {'(' * 400}1{')' * 400} AS a;")
    return place.treadle("check")


def t1015(place: Place) -> Said:
    """A class that can't be extended stands in for the compiled build, which has no wheel for every Python."""
    sql = importlib.import_module("treadle.dialect.sql")
    parser = sql.Treadle.Parser
    place.sql("CREATE VIEW v AS SELECT 1 AS a;")

    def refuse(self: object, **arguments: object) -> None:
        raise TypeError("interpreted classes cannot inherit from compiled")

    sql.usable.cache_clear()
    made, parser.__init__ = parser.__init__, refuse
    try:
        return place.treadle("check")
    finally:
        parser.__init__ = made
        sql.usable.cache_clear()


def t7001(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[project\nname = 'a'\n")
    return place.treadle("check")


def t7002(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[project]\nnmae = 'a'\n")
    return place.treadle("check")


def t7003(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[inline]\nmax_paths = '64'\n")
    return place.treadle("check")


def t7004(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[env.prod]\n")
    return place.treadle("check", "--env", "prd")


def t7005(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "profile = 'smal'\n")
    return place.treadle("check")


def t7006(place: Place) -> Said:
    place.sql(f"PARAM minimum BIGINT DEFAULT 1; {TABLE}")
    return place.treadle("check", "-p", "minimun=2")


def t7007(place: Place) -> Said:
    place.sql(f"PARAM minimum BIGINT DEFAULT 1; {TABLE}")
    place.file("treadle.toml", "[parameters]\nminimum = 'many'\n")
    return place.treadle("check")


def t7008(place: Place) -> Said:
    place.file("treadle.toml", "[project]\npaths = ['.']\n")
    return place.treadle("check")


def t7009(place: Place) -> Said:
    place.file("views.sql", b"SQLite format 3\0\1\2")
    return place.treadle("check")


def t7010(place: Place) -> Said:
    place.file("views.sql", "CREATE VIEW v\n  COMMENT 'Zürich' AS SELECT 1 AS a;".encode("latin-1"))
    return place.treadle("check")


def t7011(place: Place) -> Said:
    place.file("views.sql", b"-- a dump\n" * 500_000)
    return place.treadle("check")


def t7012(place: Place) -> Said:
    (place.root / "views.sql").symlink_to("nowhere.sql")
    return place.treadle("check")


def t7013(place: Place) -> Said:
    return place.treadle("check")


def t7014(place: Place) -> Said:
    place.file("notes.txt", "mine")
    return place.treadle("init")


def t7015(place: Place) -> Said:
    place.sql(TABLE)
    return place.treadle("run", "w")


def t7016(place: Place) -> Said:
    place.sql(TABLE)
    return place.treadle("run", "kind:view")


def t7017(place: Place) -> Said:
    return place.treadle("explain", "T9999")


def t7019(place: Place) -> Said:
    return place.treadle("query", "SELECT 1 AS a", "-o", "nowhere/rows.csv")


def t7020(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[env.prod.locations]\nw = 'out/w'\n")
    return place.treadle("check", "--env", "prod")


def t7022(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[project]\npaths = ['.', 'veiws']\n")
    return place.treadle("check")


def t7023(place: Place) -> Said:
    place.sql("CREATE VIEW v AS SELECT 1 AS a;")
    return place.treadle("run")


def t7024(place: Place) -> Said:
    return place.treadle("query", "SELECT 1 AS a; SELECT 2 AS a")


def t7027(place: Place) -> Said:
    place.sql(TABLE)
    return place.treadle("show", "views", "w")


def t6041(place: Place) -> Said:
    place.sql(TABLE)
    assert inside(place.root, "run").status == 0
    return place.treadle("show", "runs", "20200101")


def t6042(place: Place) -> Said:
    place.sql(TABLE)
    for _ in range(2):
        assert inside(place.root, "run").status == 0
    return place.treadle("show", "runs", "2")


def t6043(place: Place) -> Said:
    place.sql(TABLE)
    place.file(".treadle/history.sqlite", b"not a database, but long enough to be looked at" * 30)
    return place.treadle("show", "runs")


def t6044(place: Place) -> Said:
    place.sql(TABLE)
    place.file(".treadle", "a file where the folder would be")
    return place.treadle("run")


def t6045(place: Place) -> Said:
    place.sql(TABLE)
    return place.treadle("run", TREADLE_TRACE="consle")


def t6060(place: Place) -> Said:
    return _setting(place, "datafusion.execution.bacth_size", "8192")


def t6061(place: Place) -> Said:
    return _setting(place, "datafusion.execution.collect_statistics", "perhaps")


def t6062(place: Place) -> Said:
    return _setting(place, "datafusion.execution.time_zone", "+02:00")


def _setting(place: Place, name: str, value: str) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", f"[profile.settings]\n\"{name}\" = '{value}'\n")
    return place.treadle("check")


def t3002(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[rules]\nexclude = ['safty']\n")
    return place.treadle("check")


def t3003(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[planners]\nexclude = ['asoff']\n")
    return place.treadle("plan")


PLANNER = """
import treadle
@treadle.domain_planner("mine", kind="expression")
def mine(view, context):
    raise ValueError("the tree has no leaves")
"""


def _planner(place: Place, code: str, *targets: str) -> Said:
    place.sql(TABLE)
    place.file("mine.py", code)
    place.file("treadle.toml", f"[planners]\nadd = {list(targets or ('mine:mine',))}\n")
    return place.treadle("plan")


def t3042(place: Place) -> Said:
    return _planner(place, PLANNER, "mine:mine", "mine:mine")


def t3043(place: Place) -> Said:
    return _planner(place, PLANNER)


def t3044(place: Place) -> Said:
    return _planner(place, "def mine(view, context):\n    return view\n")


def t3004(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[capabilities]\nrequired = ['read.dleta']\n")
    return place.treadle("plan")


def t3165(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[capabilities]\noptional = ['refresh.incremental']\n")
    return place.treadle("run")


def t3005(place: Place) -> Said:
    place.sql(TABLE)
    place.file("treadle.toml", "[[cache.overrides]]\nview = 'w'\npolicy = 'FORCE'\n")
    return place.treadle("plan")


def t3016(place: Place) -> Said:
    place.sql(
        "CREATE VIEW dice AS SELECT random() AS r;"
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a.r AS x, b.r AS y FROM dice AS a CROSS JOIN dice AS b;"
    )
    place.file("treadle.toml", "[[cache.overrides]]\nview = 'dice'\npolicy = 'NEVER'\n\n[rules]\nexclude = ['safety']\n")
    return place.treadle("plan")


def t3163(place: Place) -> Said:
    place.table()
    place.sql(
        "CREATE VIEW u AS SELECT a.a FROM read_delta('lake/t') AS a JOIN read_delta('lake/t') AS b ON a.a = b.a;"
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a.a FROM u AS a JOIN u AS b ON a.a = b.a;"
    )
    place.file("treadle.toml", "[inline]\nmax_paths = 3\n\n[[cache.overrides]]\nview = 'u'\npolicy = 'NEVER'\n")
    return place.treadle("run")


def t3019(place: Place) -> Said:
    place.sql("PARAM a BIGINT; CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT PARAM a AS a;")
    return place.treadle("run")


def t3161(place: Place) -> Said:
    place.table()
    views = "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT a FROM 'lake/t'; CREATE MATERIALIZED VIEW w INTO 'out/w' AS SELECT a FROM v;"
    place.sql(views)
    assert inside(place.root, "run").status == 0
    place.table(mode="append")
    return place.treadle("run", "w")


def t3162(place: Place) -> Said:
    place.sql(f"{TABLE} CREATE MATERIALIZED VIEW w INTO 'out/w' AS SELECT a FROM v;")
    return place.treadle("run", "w")


def t7045(place: Place) -> Said:
    place.sql(TABLE)
    return place.treadle("check", "--changed")


def t7046(place: Place) -> Said:
    place.sql(TABLE)
    subprocess.run(["git", "init", "-q", str(place.root)], check=True)
    return place.treadle("check", "--changed=mian")


def t7040(place: Place) -> Said:
    place.sql(TABLE)
    return place.treadle("lineage", "v.b")


def t7050(place: Place) -> Said:
    return place.treadle("shell", "-c", ".tabels")


def t7051(place: Place) -> Said:
    return place.treadle("shell", "-c", ".format xml")


def t7052(place: Place) -> Said:
    return place.treadle("shell", "-c", "CREATE VIEW v AS SELECT 1 AS a; DROP VIEW w")


def t7053(place: Place) -> Said:
    return place.treadle("shell", "-c", ".edit")
