"""People who were read whole and are not understood yet: whoever is as at the last comparison never needs to be.

Either end may show people so. Where one does not, everybody is understood as they are read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bot.domain.employee import Employee, EmployeeState
from bot.providers.protocol import TargetPerson


@dataclass(frozen=True, slots=True)
class ShownEmployee:
    """Somebody of the source. `state.state` is another text as soon as anything is another that was read of them or
    that it refers to, private values included; "" promises nothing. `understood` makes the employee of it."""

    state: EmployeeState
    understood: Callable[[], Employee] = field(repr=False)

    @property
    def source_id(self) -> str:
        """The source's id of the person."""
        return self.state.source_id


@runtime_checkable
class ShowsEmployees(Protocol):
    """A source that shows people so."""

    def shown(self, source_ids: frozenset[str] | None) -> AsyncIterator[Sequence[ShownEmployee]]:
        """Pages of the same people as `Source.employees` gives, read as whole. Raises `ProviderError`."""
        ...


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """Somebody of the target. `number` is as `TargetPerson.number` would be. `content` is all that was read of them:
    equal contents are understood alike, while the account's lists are the same."""

    id: str
    number: str
    content: bytes = field(repr=False)


@runtime_checkable
class ShowsPeople(Protocol):
    """A target that shows people so."""

    def shown(self) -> AsyncIterator[Sequence[ShownPerson]]:
        """Pages of the same people as `Target.people` gives. Raises `ProviderError`."""
        ...

    def understood(self, content: bytes) -> TargetPerson:
        """The person that a content shows. Raises `ProviderError`."""
        ...
