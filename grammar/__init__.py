"""Owns nothing but data: the language as files that the layers read (`treadle.lark`, `errors.toml`)."""
