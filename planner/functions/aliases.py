"""Owns the names that the engine's functions have in neighbouring systems; those of treadle's own stand in their packs."""

from __future__ import annotations

from collections.abc import Mapping

RENAMED: Mapping[str, str] = {
    **{"ucase": "upper", "lcase": "lower", "strlen": "octet_length", "len": "length", "mid": "substr", "char": "chr"},
    **{"startswith": "starts_with", "prefix": "starts_with", "endswith": "ends_with", "suffix": "ends_with"},
    **{"unicode": "ascii", "ord": "ascii", "editdist3": "levenshtein", "regexp_matches": "regexp_like", "array_unique": "array_distinct"},
    **{"ceiling": "ceil", "sign": "signum", "truncate": "trunc", "is_nan": "isnan", "gen_random_uuid": "uuid"},
    **{"list": "array_agg", "first": "first_value", "last": "last_value", "arbitrary": "any_value"},
    **{"approx_count_distinct": "approx_distinct", "every": "bool_and", "variance": "var", "var_samp": "var"},
    **{"list_value": "make_array", "list_pack": "make_array", "array_value": "make_array", "array_construct": "make_array"},
    **{"list_min": "array_min", "array_size": "cardinality", "size": "cardinality", "sequence": "generate_series"},
    **{"json_extract": "json_get", "json_extract_string": "json_get_text", "json_extract_text": "json_get_text"},
    **{"json_extract_path": "json_get", "json_extract_path_text": "json_get_text", "json_is_valid": "json_valid"},
    **{"unix_timestamp": "to_unixtime", "to_unix_timestamp": "to_unixtime", "strftime": "to_char"},
    **dict.fromkeys(("bit_and_agg", "bit_andagg", "bitand_agg", "bitandagg"), "bit_and"),
    **dict.fromkeys(("bit_or_agg", "bit_oragg", "bitor_agg", "bitoragg"), "bit_or"),
    **dict.fromkeys(("bit_xor_agg", "bit_xoragg", "bitxor_agg", "bitxoragg"), "bit_xor"),
    **{"booland_agg": "bool_and", "boolor_agg": "bool_or", "arrayagg": "array_agg", "std": "stddev", "favg": "avg"},
    **{"variance_pop": "var_pop", "variance_samp": "var", "approximate_count_distinct": "approx_distinct", "sum_no_overflow": "sum"},
    **{"uuid_string": "uuid", "uuidv4": "uuid", "md5_hex": "md5", "sysdate": "now", "systimestamp": "now", "get_current_timestamp": "now"},
}
