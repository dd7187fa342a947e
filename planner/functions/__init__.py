"""Owns the functions that treadle adds: macros of the project, table functions, foreign spellings."""
