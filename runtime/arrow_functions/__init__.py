"""Owns the code of treadle's own vectorised functions, one module each pack that needs some; the entries are in the packs."""
