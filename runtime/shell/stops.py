"""Owns the ways in which a statement ends other than well, besides errors: `Quit`, `Failed`."""

from __future__ import annotations


class Quit(Exception):
    """The session is to end."""


class Failed(Exception):
    """A statement failed, and all that is wrong was said."""
