"""Owns Python functions at run time: code is found without running it, loaded for a run, called, checked and counted."""
