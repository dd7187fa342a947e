"""Owns the commands, one file each; `commands_here` in `main.py` finds them by listing this folder."""
