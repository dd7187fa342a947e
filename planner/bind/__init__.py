"""Owns binding: from scripts to a `Project` in which every name means one thing."""

from .bind import bind

__all__ = ["bind"]
