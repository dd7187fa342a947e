"""Owns completion by position: an outline of what is typed, what is in reach of the cursor, what is offered there."""

from .complete import Completion, complete

__all__ = ["Completion", "complete"]
