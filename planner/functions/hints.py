"""Owns what to write instead of functions that neighbouring systems have, and treadle not, or not under one meaning."""

from __future__ import annotations

from collections.abc import Mapping

#: Shown as help where systems differ in what a name means, or where there is no exact counterpart.
FOREIGN: Mapping[str, str] = {
    "add": "a + b",
    "age": "end - start, or date_diff('month', start, end)",
    "ago": "now() - INTERVAL '1 day'",
    **dict.fromkeys(
        "approx_percentile_accumulate approx_percentile_combine approx_percentile_estimate".split(),
        "approx_percentile(value, 0.5): sketches are not kept",
    ),
    **dict.fromkeys("approx_top_k list_entropy entropy".split(), "histogram(value), or GROUP BY value ORDER BY count(*) DESC LIMIT k"),
    "arg_max_null": "arg_max(value, order_key): rows with a null are left out",
    **dict.fromkeys("arg_max_nulls_last arg_min_nulls_last".split(), "arg_max(value, order_key) or arg_min(value, order_key)"),
    "arg_min_null": "arg_min(value, order_key)",
    **dict.fromkeys("array to_array".split(), "[a, b]"),
    "array_construct_compact": "array_compact([a, b])",
    "array_cross_product": "[a[2] * b[3] - a[3] * b[2], …]",
    "array_insert": "array_concat(l[1:2], [value], l[3:]): systems count its positions from 0 or from 1",
    "array_intersection": "array_intersect(a, b): repeats are dropped, where Snowflake keeps them",
    **dict.fromkeys(
        "array_negative_inner_product array_negative_dot_product list_negative_inner_product list_negative_dot_product".split(),
        "-inner_product(a, b)",
    ),
    "array_remove_at": "list_where(list, mask), or array_concat(l[1:n - 1], l[n + 1:]): Snowflake counts from 0",
    "array_union_agg": "array_distinct(flatten(array_agg(list)))",
    "array_unique_agg": "collect_set(value)",
    "arrays_to_object": "map(keys, values)",
    **dict.fromkeys(
        (
            "as_array as_binary as_boolean as_char as_date as_decimal as_double as_integer as_number as_object as_real as_time "
            "as_varchar as_timestamp_ntz as_timestamp_ltz as_timestamp_tz"
        ).split(),
        "CAST(text ->> '$.key' AS TYPE), for text that holds JSON",
    ),
    **dict.fromkeys("assert_true raise_error error".split(), "CONSTRAINT name EXPECT (condition) ON VIOLATION FAIL in a materialized view"),
    "bar": "repeat('#', n)",
    **dict.fromkeys("bitstring bitstring_agg bit_position".split(), "bin(number), getbit(number, place), or bit_or(1 << number)"),
    "boolxor_agg": "count_if(condition) = 1",
    "bucket": "stable_hash64(key) % n",
    "check_json": "json_valid(text)",
    **dict.fromkeys("collation collations create_sort_key normalize".split(), "utf8_normalize(text, form => 'NFC') or lower(text)"),
    "collect_list": "array_agg(value) FILTER (WHERE value IS NOT NULL)",
    "constant_or_null": "CASE WHEN value IS NOT NULL THEN constant END",
    **dict.fromkeys("conv to_base from_binary unbin".split(), "hex(number), bin(number), or unhex(text)"),
    **dict.fromkeys("convert_timezone from_utc_timestamp".split(), "time AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'"),
    "count_distinct": "count(DISTINCT value)",
    "count_star": "count(*)",
    "create_map": "MAP {key: value}",
    "current_localtimestamp": "now()",
    "current_timezone": "'UTC': timestamps with a zone are instants here",
    **dict.fromkeys(
        (
            "current_user session_user current_role current_database current_catalog current_schema current_schemas "
            "current_warehouse current_region current_account current_session current_version current_query spark_partition_id "
            "get_active_spark_context current_transaction current_transaction_id last_query_id current_query_id "
            "current_connection_id current_statement current_client current_ip_address last_transaction current_organization_name "
            "current_role_type current_secondary_roles invoker_role invoker_share is_role_in_session is_database_role_in_session "
            "is_application_role_in_session is_granted_to_invoker_role"
        ).split(),
        "PARAM name: here are no users, roles and sessions",
    ),
    **dict.fromkeys("date timestamp string int bigint smallint tinyint float double decimal boolean binary".split(), "CAST(value AS TYPE)"),
    "date_sub": "date - INTERVAL '1 day', or date_diff('day', start, end)",
    **dict.fromkeys("datesub timesub".split(), "date_diff('day', start, end), which counts bounds that are passed"),
    **dict.fromkeys("dayofweek weekday".split(), "date_part('dow', date), Sunday is 0, or isodow(date), Monday is 1"),
    "e": "exp(1.0)",
    **dict.fromkeys(
        (
            "encrypt decrypt encrypt_raw decrypt_raw aes_encrypt aes_decrypt compress decompress_string decompress_binary parse_xml "
            "check_xml xpath xpath_string xpath_int to_xml from_xml from_csv to_csv parse_ip to_geography to_geometry gamma lgamma "
            "mask sentences xpath_boolean xpath_double xpath_float xpath_long xpath_number xpath_short schema_of_xml schema_of_csv "
            "reflect try_reflect java_method try_parse_ip try_to_geography try_to_geometry try_aes_decrypt try_decrypt "
            "try_decrypt_raw left_grapheme right_grapheme length_grapheme substring_grapheme parse_formatted_bytes "
            "formatreadabledecimalsize nextafter uuidv7 uuid_extract_timestamp uuid_extract_version array_to_string_comma_default "
            "remap_struct"
        ).split(),
        "CREATE FUNCTION … LANGUAGE PYTHON AS 'module:function': neither the engine nor treadle has it",
    ),
    **dict.fromkeys("enum_code enum_first enum_last enum_range enum_range_boundary".split(), "a text, with CHECK or CONSTRAINT"),
    "even": "ceil(value / 2.0) * 2",
    **dict.fromkeys("explode_outer inline inline_outer stack posexplode_outer explode".split(), "unnest(list)"),
    "fdiv": "CAST(a AS DOUBLE) // b",
    "fill": "forward_fill(value)",
    "format": "printf('%s has %d', name, number), or 'text' || value || 'text'",
    **dict.fromkeys("format_bytes formatreadablesize".split(), "printf('%s MiB', number / 1048576)"),
    **dict.fromkeys("format_number to_str".split(), "printf('%d', number), or to_char for times"),
    "from_json": "CAST(text ->> '$.key' AS TYPE) for each key, or a source of JSON: CREATE SOURCE … FROM JSON 'path'",
    **dict.fromkeys("fsum kahan_sum sumkahan try_sum sum_internal".split(), "sum(CAST(value AS DECIMAL(38, 6)))"),
    "generate_subscripts": "generate_series(1, array_length(list))",
    "get": "list[n + 1]: Spark and Snowflake count from 0",
    "get_bit": "getbit(number, place), from 0 for the lowest",
    **dict.fromkeys(
        (
            "get_path variant_get try_variant_get xmlget to_variant_object variant_extract variant_normalize is_variant_null "
            "schema_of_variant_agg variant_bytes_to_variant variant_to_parquet_variant"
        ).split(),
        "text ->> '$.key', for text that holds JSON",
    ),
    **dict.fromkeys("get_type vector_type format_type can_cast_implicitly make_type replace_type".split(), "typeof(value)"),
    "getbit_position": "getbit(number, place)",
    **dict.fromkeys("getvariable current_setting".split(), "PARAM name"),
    **dict.fromkeys("grade_up array_grade_up list_grade_up".split(), "row_number() OVER (ORDER BY value) over unnest(list)"),
    "grouping_id": "grouping(a) * 2 + grouping(b)",
    "hash": "md5(text), or digest(text, 'sha256')",
    **dict.fromkeys("histogram_exact equi_width_bins".split(), "width_bucket(value, low, high, buckets) with GROUP BY"),
    "histogram_numeric": "histogram(value), or width_bucket(value, low, high, buckets) with GROUP BY",
    **dict.fromkeys(
        (
            "hll hll_estimate hll_accumulate hll_combine hll_sketch_agg hll_sketch_estimate hll_union_agg bitmap_count "
            "bitmap_construct_agg count_min_sketch bitmap_and_agg bitmap_or_agg bitmap_bit_position bitmap_bucket_number hll_union "
            "hll_export hll_import minhash minhash_combine approximate_similarity approximate_jaccard_index approx_top_k_accumulate "
            "approx_top_k_combine approx_top_k_estimate"
        ).split(),
        "approx_distinct(value): sketches are not kept",
    ),
    **dict.fromkeys(
        (
            "is_array is_binary is_boolean is_char is_date is_date_value is_decimal is_double is_integer is_object is_real is_time "
            "is_varchar is_timestamp_ntz is_timestamp_ltz is_timestamp_tz"
        ).split(),
        "TRY_CAST(text ->> '$.key' AS TYPE) IS NOT NULL, for text that holds JSON",
    ),
    "is_null_value": "text -> 'key' = 'null'",
    **dict.fromkeys(
        "is_valid_utf8 validate_utf8 try_validate_utf8 make_valid_utf8 binary_as_string string_as_binary".split(),
        "decode(bytes), or encode(text): texts are always UTF-8 here",
    ),
    "jarowinkler_similarity": "jaro_winkler_similarity(a, b), from 0 to 1: Snowflake's is from 0 to 100",
    **dict.fromkeys(
        "json json_merge_patch json_group_structure json_serialize_sql json_deserialize_sql json_serialize_plan".split(),
        "to_json, json_object and json_get: JSON is text here",
    ),
    "json_group_array": "to_json(array_agg(value))",
    "json_pretty": "to_json(value), which writes it in one line",
    "json_query": "text -> '$.key'",
    **dict.fromkeys(
        "json_transform json_transform_strict from_json_strict json_tuple".split(),
        "CAST(text ->> '$.key' AS BIGINT) for each key",
    ),
    **dict.fromkeys("json_type variant_typeof schema_of_json schema_of_variant json_structure".split(), "text -> '$.key', and look at it"),
    **dict.fromkeys("json_value json_extract_scalar".split(), "text ->> '$.key'"),
    "kurtosis": "kurtosis_samp(value), as DuckDB and Snowflake have it, or kurtosis_pop(value), as Spark",
    **dict.fromkeys("like_any ilike_any like_all".split(), "text LIKE a OR text LIKE b"),
    **dict.fromkeys("like_escape ilike_escape not_like_escape not_ilike_escape".split(), "text LIKE pattern ESCAPE '!'"),
    **dict.fromkeys(
        "list_skewness list_kurtosis list_kurtosis_pop list_mad list_sem list_approx_count_distinct".split(),
        "an aggregate over unnest(list) in a subquery",
    ),
    **dict.fromkeys("localtime get_current_time current_localtime".split(), "CAST(now() AS TIME)"),
    "mad": "a subquery with median(value), then median(abs(value - middle))",
    **dict.fromkeys("make_interval make_dt_interval make_ym_interval try_make_interval".split(), "INTERVAL '1 day', or to_days(n)"),
    **dict.fromkeys(
        (
            "make_timestamp_ltz make_timestamptz timestamp_ltz_from_parts timestamp_tz_from_parts timestampltzfromparts "
            "timestamptzfromparts"
        ).split(),
        "make_timestamp(year, month, day, hour, minute, second) AT TIME ZONE 'UTC'",
    ),
    "make_timestamp_ns": "CAST(number AS TIMESTAMP(9))",
    "map_contains_entry": "map_extract_value(map, key) = value",
    "map_filter": "map_from_entries(list_filter(map_entries(m), e -> e['value'] > 1))",
    "map_zip_with": "map_from_entries over list_transform(map_keys(m), k -> {'key': k, 'value': m[k] + n[k]})",
    **dict.fromkeys("md5_binary sha1_binary sha2_binary".split(), "unhex(md5(text)), unhex(sha1(text)) or digest(text, 'sha256')"),
    "multiply": "a * b",
    **dict.fromkeys("nanosecond timezone_hour timezone_minute era julian".split(), "date_part('nanosecond', time), where it has the part"),
    "normalized_interval": "date + interval, or epoch(interval)",
    **dict.fromkeys("object_agg objectagg json_group_object map_agg".split(), "map(array_agg(key), array_agg(value))"),
    **dict.fromkeys(
        "object_construct_keep_null array_to_json row_to_json".split(),
        "to_json({'name': value}), or json_object('name', value)",
    ),
    **dict.fromkeys("object_insert object_delete object_pick".split(), "struct_concat, struct_pick or json_object: JSON is text here"),
    "object_keys": "struct_keys(struct), map_keys(map) or json_keys(text)",
    "param": "PARAM name, without brackets",
    "parse_dirname": "string_split(path, '/')[1]",
    "parse_path": "string_split(path, '/')",
    **dict.fromkeys("percentile quantile".split(), "percentile_cont(value, 0.5), or percentile_disc(value, 0.5)"),
    "positive": "value itself",
    "quote": "the value itself: values travel bound, texts need no quotes",
    **dict.fromkeys("randn normal".split(), "sqrt(-2 * ln(random())) * cos(2 * pi() * random())"),
    "rank_dense": "dense_rank()",
    "ref": "the view's name itself; treadle needs no templates",
    "regexp_split_to_table": "unnest(regexp_split_to_array(text, pattern))",
    **dict.fromkeys("regr_valx regr_valy".split(), "CASE WHEN y IS NOT NULL THEN x END"),
    "reservoir_quantile": "approx_percentile(value, 0.5)",
    **dict.fromkeys(
        "rlike regexp".split(),
        "regexp_like(text, pattern), as Spark has it, or regexp_full_match(text, pattern), as Snowflake",
    ),
    "rtrimmed_length": "length(rtrim(text))",
    "sem": "stddev(value) / sqrt(count(value))",
    **dict.fromkeys("seq1 seq2 seq4 seq8 monotonically_increasing_id nextval currval".split(), "row_number() OVER (ORDER BY key)"),
    "set_bit": "number | (1 << place)",
    "setseed": "stable_hash64(key): random() has no seed",
    "shiftrightunsigned": "(number >> places) & mask",
    "shuffle": "array_agg(value ORDER BY random())",
    "signbit": "value < 0",
    "skewness": "skewness_samp(value), as DuckDB has it, or skewness_pop(value), as Spark",
    **dict.fromkeys("soundex_p123 soundex".split(), "levenshtein(a, b) <= 2: systems make different codes of one text"),
    "source": "the source's name itself; treadle needs no templates",
    "split": "string_split(text, delimiter)",
    **dict.fromkeys("string_agg_distinct listagg_distinct".split(), "string_agg(DISTINCT text, ', ')"),
    "strip_null_value": "nullif(text -> 'key', 'null')",
    **dict.fromkeys("struct_extract_at struct_position struct_indexof struct_has struct_contains".split(), "struct_keys(struct), or row.a"),
    **dict.fromkeys("struct_insert struct_update".split(), "struct_concat(struct, {'name': value})"),
    "struct_pack": "{'name': value}",
    "struct_values": "its fields: row.a, row.b",
    "subtract": "a - b",
    "switch": "CASE value WHEN 1 THEN 'one' END, or decode(value, 1, 'one')",
    "time": "CAST(value AS TIME)",
    **dict.fromkeys("time_slice window session_window".split(), "date_bin(INTERVAL '10 minutes', time), time_bucket, or session_id"),
    "time_trunc": "date_trunc('hour', time)",
    "timezone": "time AT TIME ZONE 'Europe/Berlin'",
    **dict.fromkeys(
        "to_decimal to_numeric to_boolean to_timestamp_ntz to_timestamp_ltz to_timestamp_tz to_variant".split(),
        "CAST(value AS TYPE), such as DECIMAL(18, 2), BOOLEAN or TIMESTAMP",
    ),
    "to_number": "CAST(… AS DECIMAL(18, 2))",
    "to_object": "to_json(value)",
    "to_utc_timestamp": "time AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'UTC'",
    "to_varchar": "CAST(… AS VARCHAR)",
    "transform_keys": "map_from_entries(list_transform(map_entries(m), e -> {'key': upper(e['key']), 'value': e['value']}))",
    "transform_values": "map_from_entries(list_transform(map_entries(m), e -> {'key': e['key'], 'value': e['value'] + 1}))",
    "try_avg": "avg(value)",
    **dict.fromkeys(
        "try_base64_decode_string try_hex_decode_string try_base64_decode_binary try_hex_decode_binary".split(),
        "from_base64(text) or unhex(text), in CASE WHEN regexp_like(text, pattern) THEN … END",
    ),
    "try_element_at": "list[n], or map[key], null where there is none",
    **dict.fromkeys("try_make_timestamp try_make_timestamp_ntz try_make_timestamp_ltz".split(), "TRY_CAST(text AS TIMESTAMP)"),
    "try_mod": "a % nullif(b, 0)",
    "try_parse_url": "parse_url(url, 'HOST'), which gives null for parts that are not there",
    "try_strptime": "TRY_CAST(text AS TIMESTAMP), for texts in ISO 8601",
    "try_to_date": "TRY_CAST(… AS DATE)",
    **dict.fromkeys(
        (
            "try_to_number try_to_decimal try_to_numeric try_to_boolean try_to_timestamp try_to_time try_to_timestamp_ntz "
            "try_to_timestamp_ltz try_to_timestamp_tz try_to_binary"
        ).split(),
        "TRY_CAST(text AS TYPE), such as DECIMAL(18, 2), BOOLEAN or TIMESTAMP",
    ),
    "try_url_decode": "form_decode(text), which gives null for bytes that are no UTF-8",
    **dict.fromkeys("uniform randstr zipf".split(), "low + (high - low) * random()"),
    "url_decode": "percent_decode(text), as DuckDB has it, or form_decode(text), as Spark, where + is a space",
    "url_encode": "percent_encode(text), as DuckDB has it (a space is %20), or form_encode(text), as Spark (a space is +)",
    "wavg": "weighted_avg(value, weight)",
    **dict.fromkeys(
        "xxhash64 hash_agg md5_number md5_number_lower64 md5_number_upper64 md5_number_lower md5_number_upper".split(),
        "stable_hash64(text), or md5(text): systems make different numbers of one text",
    ),
    **dict.fromkeys("years months days hours".split(), "date_trunc('month', time), or to_months(n)"),
    "zip_with": "list_transform(arrays_zip(a, b), p -> p['1'] + p['2'])",
}  # fmt: skip

#: The same for functions that give tables.
FOREIGN_TABLES: Mapping[str, str] = {
    **dict.fromkeys("delta_scan deltalake".split(), "read_delta('path')"),
    **dict.fromkeys("explode flatten".split(), "UNNEST(list) AS t(element)"),
    "glob": "FROM 'folder/*.parquet'",
    "iceberg_scan": "read_delta('path'), or read_parquet over its files: Iceberg is not read",
    **dict.fromkeys("parquet_scan parquet_metadata parquet_schema".split(), "read_parquet('path')"),
    "posexplode": "UNNEST(list) WITH ORDINALITY AS t(element, place)",
    "range": "generate_series(0, n - 1)",
    **dict.fromkeys("read_csv_auto sniff_csv csv_scan".split(), "read_csv('path')"),
    "read_files": "read_parquet('path'), read_csv('path') or read_json('path')",
    **dict.fromkeys("read_json_auto read_ndjson read_ndjson_auto read_json_objects".split(), "read_json('path')"),
    "read_text": "read_csv('path', header => false)",
    "sequence": "generate_series(first, last)",
    "stream": "read_delta_cdf('path', start_version => since_last_run())",
    "table": "the function itself: FROM f(…)",
    "table_changes": "read_delta_cdf('path', start_version => 2)",
}  # fmt: skip
