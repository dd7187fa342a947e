"""Wrong uses, one a line; both type checkers must find each line that is marked, and no other."""

import treadle

treadle.open(3)  # wrong
treadle.connect(root=None)  # wrong
treadle.connect().query(1)  # wrong
treadle.connect().qurey("SELECT 1")  # wrong
number: int = treadle.connect().query("SELECT 1 AS a").fetchall()  # wrong
treadle.connect().query("SELECT 1 AS a").df()  # wrong
print(treadle.nothing)  # wrong
treadle.open(".").run(select=3)  # wrong
