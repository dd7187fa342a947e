"""Owns the adapter to the engine, DataFusion: types, plans, relations, execution."""
