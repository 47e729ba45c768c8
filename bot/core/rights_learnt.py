"""What the writes of one run teach of a key's rights: whether what is refused of one person is refused of everybody.

No system says which of the two a refusal means. One that nobody got past is everybody's once it has met two people;
where others got past it, or the system says itself that the key may, several in a row must be refused before the right
is taken for one that was withdrawn. Reading tells nothing of a right to write: only a system that names rights is asked
(`SaysRights`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, runtime_checkable

NOBODY_PASSED = 2
"""People refused the same call, the first that were."""
SOME_PASSED = 5
"""People refused the same call one after the other, where somebody else was let through before, or the key is vouched
for."""


@runtime_checkable
class SaysRights(Protocol):
    """A target whose system says itself what the credentials may do, by a read that changes nothing."""

    async def may_write(self) -> bool:
        """Whether it says that people may be written; False too where it does not say. Raises a `ProviderError`."""
        ...


class RightsLearnt:
    """By call, such as `PUT /employee/#`: who was refused since somebody was let through last."""

    def __init__(self) -> None:
        self._passed: set[str] = set()
        self._vouched = False
        self._refused: dict[str, set[str]] = {}

    def vouch(self) -> None:
        """The system says that the key may write: it is the people then who are refused."""
        self._vouched = True

    def let_through(self, call: str) -> None:
        """Somebody's call was taken."""
        self._passed.add(call)
        self._refused.pop(call, None)

    def refused(self, call: str, person: str) -> bool:
        """Somebody's call was refused for want of a right; says whether that is theirs alone, as far as is known."""
        people = self._refused.setdefault(call, set())
        people.add(person)
        return len(people) < (SOME_PASSED if self._vouched or call in self._passed else NOBODY_PASSED)


_learnt: ContextVar[RightsLearnt | None] = ContextVar("rights_learnt", default=None)


@contextmanager
def learning_rights() -> Iterator[RightsLearnt]:
    """Learn from every call that is made inside, by this task or those that it starts."""
    learnt = RightsLearnt()
    before = _learnt.set(learnt)
    try:
        yield learnt
    finally:
        _learnt.reset(before)


def rights_learnt() -> RightsLearnt | None:
    """What has been learnt so far; None where nothing is written for several people."""
    return _learnt.get()
