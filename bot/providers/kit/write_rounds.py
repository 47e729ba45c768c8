"""A change made in rounds: each reads the person afresh and writes what is still missing, until nothing is.

So a change that was interrupted is finished by making it again, and nothing is written twice. What is compared was read
a moment before, and only the fields of the change are written.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

import structlog

from bot.core.log_config import id_of
from bot.domain.change import Change, ChangeKind, FieldChange
from bot.domain.equality import remaining
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address
from bot.providers.errors import Unavailable
from bot.providers.kit.one_person import about_one_person, call_of
from bot.providers.kit.usual_errors import UsualErrors, VersionConflict
from bot.providers.kit.written_parts import changed_since, names_not_stored, settled_write
from bot.providers.protocol import TargetPerson, WriteResult, WriteStatus

ROUNDS = 4
"""Rounds that may write; after them is one more that only looks."""

Held = TypeVar("Held")
Made = TypeVar("Made")
log = structlog.get_logger(__name__)


class OneChange(ABC):
    """One change being made. `wrote` tells whether a write of it has succeeded; `refused` are fields that the system
    does not let be written; `told` is what a person must know, and `told_last` what they read after it.

    `asked` are those of its fields that can be read back, all unless given. `not_stored` is the finding on a value
    that was taken and not kept.
    """

    def __init__(
        self, change: Change, errors: UsualErrors, *, not_stored: str, asked: Sequence[FieldChange] | None = None
    ) -> None:
        self.change = change
        self.asked = change.fields if asked is None else asked
        self.refused: set[str] = set()
        self.told: list[Finding] = []
        self.told_last: list[Finding] = []
        self.wrote = False
        self._errors = errors
        self._not_stored = not_stored

    @abstractmethod
    async def create(self) -> str:
        """Make the person of a CREATE; gives their id."""

    @abstractmethod
    async def bring_about(self, target_id: str) -> str:
        """All that is left to do once the person is there; gives their id."""

    async def made(self) -> WriteResult:
        """Make it. Raises `WriteConflict` where another was quicker, and an `Unavailable` that says what was written
        before."""
        try:
            new = self.change.kind is ChangeKind.CREATE
            target_id = await self.create() if new else self.change.person.target_id
            if target_id is None:
                raise ValueError("an update needs the person's id in the target")
            target_id = await self.bring_about(target_id)
        except VersionConflict as met:
            raise met.error from None
        except Unavailable as error:
            # Not sent, this one; but something before it was, so that only a read can tell how far it went.
            error.sent = error.sent or self.wrote
            raise
        told = [*self.told, *self.told_last]
        findings = tuple(finding for i, finding in enumerate(told) if finding not in told[:i])
        return WriteResult(target_id=target_id, wrote=self.wrote, findings=findings)

    async def written(self, method: str, path: str, sent: Coroutine[Any, Any, Made]) -> Made:
        """One write of the change, and that it has succeeded."""
        with about_one_person(call_of(method, path), self.change.person.source_id):
            made = await sent
        self.wrote = True
        return made

    def tell_not_stored(self, missing: Sequence[FieldChange], absent: Sequence[Address]) -> None:
        """What was accepted and is not there."""
        names = names_not_stored(missing, absent)
        self.told += [Finding(self._not_stored, Severity.WARNING, name) for name in names]


class WriteRounds(OneChange, Generic[Held]):
    """One change made in rounds."""

    @abstractmethod
    async def read(self, target_id: str) -> tuple[Held, TargetPerson] | None:
        """The person as the system shows them, and as a record; None when they are gone."""

    @abstractmethod
    async def write(self, held: Held, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:
        """One round of writes."""

    async def bring_about(self, target_id: str) -> str:
        """Rounds until the person is as the change says, or a round changed nothing.

        Raises `WriteConflict` where that never comes about, and the second `VersionConflict` that a write meets.
        """
        change = self.change
        before: tuple[Sequence[FieldChange], Sequence[Address]] | None = None
        met_a_change = False
        for turn in range(ROUNDS + 1):
            found = await self.read(target_id)
            if found is None:
                raise self._errors.changed("the person is gone")
            held, person = found
            asked = [field for field in self.asked if field.field not in self.refused]
            missing, new_parts = remaining(person.record, asked, change.new_parts)
            if not missing and not new_parts:
                break
            if (missing, new_parts) == before:
                # Written, accepted, and still not there: say so rather than write it for ever.
                self.tell_not_stored(missing, new_parts)
                break
            if turn == ROUNDS:
                # Something else was missing each time: somebody writes at the same time, and the rest is not there.
                raise self._errors.changed(f"unfinished after {ROUNDS} rounds")
            if not self.wrote and (reason := changed_since(change, missing, person)):
                raise self._errors.changed(reason)
            try:
                await self.write(held, missing, new_parts)
            except VersionConflict:
                if met_a_change:
                    raise
                met_a_change = True
                log.info("write_met_a_change", system=self._errors.system, person=id_of(target_id))
                continue
            before = missing, new_parts
        return target_id


async def settled_by_number(
    change: Change,
    by_number: Callable[[str], Awaitable[Sequence[TargetPerson]]],
    read: Callable[[str], Awaitable[TargetPerson | None]],
    errors: UsualErrors,
    asked: Sequence[FieldChange] | None = None,
) -> tuple[WriteStatus, str | None]:
    """Read whether a change was made: by number for a create, which left no id. `asked` as for `OneChange`.

    Raises `WriteConflict`.
    """
    if change.kind is ChangeKind.CREATE:
        found = await by_number(change.person.number)
        if len(found) > 1:
            raise errors.changed("the employee number is there twice")
        person = found[0] if found else None
    else:
        person = await read(change.person.target_id or "")
    return settled_write(change, person, change.fields if asked is None else asked)
