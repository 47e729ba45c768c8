"""The ownership check: asked before a write leaves for an outside system, answered by whoever runs the work.

A process that was frozen between deciding and writing may find, when it wakes, that another one has done the work. No
outside system can tell the two apart, so the question is asked when the connection stands and the first byte is due.
It is no fencing token: the receiving system checks nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OwnershipCheck = Callable[[], Awaitable[None]]
"""Returns to let the write go; raises to keep it."""

_check: ContextVar[OwnershipCheck | None] = ContextVar("ownership_check", default=None)


@contextmanager
def ownership_check(ask: OwnershipCheck) -> Iterator[None]:
    """Ask before every write that is made inside, by this task or those that it starts."""
    before = _check.set(ask)
    try:
        yield
    finally:
        _check.reset(before)


async def require_ownership() -> None:
    """Called by a client just before it sends a write. Raises what the check raises."""
    ask = _check.get()
    if ask is not None:
        await ask()
