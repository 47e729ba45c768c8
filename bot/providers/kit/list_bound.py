"""No list of a system's is read for ever: it may go on giving rows that nobody has seen, or say that pages follow."""

from __future__ import annotations

LONGEST_LIST = 1_000_000
"""Rows: some ten of each person of the largest companies."""
LEAST_OF_A_PAGE = 10
"""Rows that a page counts as at least: pages without any are not asked for without an end either."""


class ListBound:
    """Counts what was read of one list."""

    def __init__(self) -> None:
        self._left = LONGEST_LIST

    def is_over(self, rows: int) -> bool:
        """Whether the list is longer than any, now that a page of so many rows has come."""
        self._left -= max(rows, LEAST_OF_A_PAGE)
        return self._left < 0
