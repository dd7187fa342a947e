"""Owns the printers of diagnostics: terminal, plain and JSON, three texts of one object."""
