"""Owns the names that functions have in neighbouring systems: those that mean exactly something here, and hints for the rest.

`RENAMED` are other names of the engine's functions; those of treadle's own stand in their packs. `FOREIGN` is shown as help where
systems differ in what a name means, or where there is no exact counterpart.
"""

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
    **{"unix_timestamp": "to_unixtime", "strftime": "to_char"},
}

FOREIGN: dict[str, str] = {
    "array_insert": "array_concat(l[1:2], [value], l[3:]): systems count its positions from 0 or from 1",
    "convert_timezone": "time AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'",
    "from_utc_timestamp": "time AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'",
    "percentile": "percentile_cont(value, 0.5)",
    "quantile": "percentile_cont(value, 0.5)",
    "soundex": "levenshtein(a, b) <= 2: systems make different codes of one text",
    "struct_insert": "struct_concat(struct, {'name': value})",
    "struct_update": "struct_concat(struct, {'name': value})",
    "to_utc_timestamp": "time AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'UTC'",
    "try_strptime": "TRY_CAST(text AS TIMESTAMP), for texts in ISO 8601",
    "age": "end - start, or date_diff('month', start, end)",
    "collect_list": "array_agg(value) FILTER (WHERE value IS NOT NULL)",
    "date_sub": "date - INTERVAL '1 day', or date_diff('day', start, end)",
    "dayofweek": "date_part('dow', date), Sunday is 0, or isodow(date), Monday is 1",
    "weekday": "date_part('dow', date), Sunday is 0, or isodow(date), Monday is 1",
    "getvariable": "PARAM name",
    "hash": "md5(text), or digest(text, 'sha256')",
    "current_setting": "PARAM name",
    "param": "PARAM name, without brackets",
    "explode": "unnest(list)",
    "format": "printf('%s has %d', name, number), or 'text' || value || 'text'",
    **dict.fromkeys(("json_value", "json_extract_scalar"), "text ->> '$.key'"),
    "json_query": "text -> '$.key'",
    "from_json": "a source of JSON: CREATE SOURCE … FROM JSON 'path'",
    "mode": "a subquery: SELECT value … GROUP BY value ORDER BY count(*) DESC LIMIT 1",
    "ref": "the view's name itself; treadle needs no templates",
    "source": "the source's name itself; treadle needs no templates",
    "split": "string_split(text, delimiter)",
    "struct_pack": "{'name': value}",
    "to_number": "CAST(… AS DECIMAL(18, 2))",
    "to_varchar": "CAST(… AS VARCHAR)",
    "try_to_date": "TRY_CAST(… AS DATE)",
    "var": "PARAM name",
}

#: The same for functions that give tables.
FOREIGN_TABLES: dict[str, str] = {
    **dict.fromkeys(("read_csv_auto", "sniff_csv", "csv_scan"), "read_csv('path')"),
    **dict.fromkeys(("read_json_auto", "read_ndjson", "read_ndjson_auto", "read_json_objects"), "read_json('path')"),
    **dict.fromkeys(("parquet_scan", "parquet_metadata", "parquet_schema"), "read_parquet('path')"),
    "delta_scan": "read_delta('path')",
    "deltalake": "read_delta('path')",
    "table_changes": "read_delta_cdf('path', start_version => 2)",
    "read_files": "read_parquet('path'), read_csv('path') or read_json('path')",
    "read_text": "read_csv('path', header => false)",
    "iceberg_scan": "read_delta('path'), or read_parquet over its files: Iceberg is not read",
    "glob": "FROM 'folder/*.parquet'",
    "range": "generate_series(0, n - 1)",
    "sequence": "generate_series(first, last)",
    "stream": "read_delta_cdf('path', start_version => since_last_run())",
    "explode": "UNNEST(list) AS t(element)",
    "flatten": "UNNEST(list) AS t(element)",
    "posexplode": "UNNEST(list) WITH ORDINALITY AS t(element, place)",
    "table": "the function itself: FROM f(…)",
}
