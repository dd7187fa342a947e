"""Owns the pack `similarity`: how alike two texts are, as DuckDB has it; `levenshtein` is the engine's."""

from __future__ import annotations

from ....dialect.types import BIGINT, DOUBLE, VARCHAR, DataType
from ...ports import ScalarFunction
from .base import NULL_GIVES_NULL, ArrowFunction, Function, Pack, function


def _alike(
    name: str, target: str, returns: DataType, doc: str, example: tuple[str, str], gives: str, nulls: str = NULL_GIVES_NULL
) -> Function:
    own = ArrowFunction(ScalarFunction(f"treadle:{name}", (VARCHAR, VARCHAR), returns, "IMMUTABLE"), f"similarity:{target}")
    a, b = example
    return function(
        f"{name}(a VARCHAR, b VARCHAR) -> {returns}", f'"treadle:{name}"(a, b)', doc, f"{name}(a => '{a}', b => '{b}')", gives,
        nulls=nulls, arrow=(own,),
    )  # fmt: skip


PACK = Pack(
    "similarity",
    "How alike two texts are, character by character.",
    (
        _alike(
            "jaro_similarity", "jaro", DOUBLE, "Jaro's similarity: from common characters and their order, 1 for equal texts.",
            ("martha", "marhta"), "(1 + 1 + 5 / 6.0) / 3",
        ),
        _alike(
            "jaro_winkler_similarity", "jaro_winkler", DOUBLE,
            "The same, raised for texts that begin alike: by a tenth of what is missing for each of up to four characters, above 0.7.",
            ("martha", "marhta"), "0.9611111111111111",
        ),
        _alike(
            "damerau_levenshtein", "damerau_levenshtein", BIGINT,
            "How many characters must be put in, taken out, replaced or swapped with the next to make one text of the other.",
            ("ab", "ba"), "1",
        ),
        _alike(
            "hamming", "hamming", BIGINT, "In how many places two texts of one length differ.", ("karolin", "kathrin"), "3",
            "null in any argument gives null, and so do texts of different lengths",
        ),
        _alike(
            "jaccard", "jaccard", DOUBLE, "The share of different characters that both texts have.", ("duck", "luck"), "0.6",
            "null in any argument gives null, and so do two empty texts",
        ),
    ),
    renamed={"mismatches": "hamming", "editdistance": "levenshtein", "editdist": "levenshtein"},
)  # fmt: skip
