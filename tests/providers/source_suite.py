"""The suite that every source passes, against its stand-in, and the faults that pass, for targets as well.

A source's tests inherit `SourceStandard` and give a fixture `world` with a `SourceWorld`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import pytest

from bot.domain.employee import Employee
from bot.providers.errors import CredentialsRefused, Unavailable, WrongAccount
from bot.providers.protocol import Source
from sandbox.faults import Fault, Faults
from sandbox.standin import StandIn

Inject = Callable[..., Fault]

PASSING: Mapping[str, Callable[[Faults], Inject]] = {
    "429 with a reset": lambda faults: lambda **when: faults.rate_limited(reset=0, **when),
    "429 with Retry-After": lambda faults: lambda **when: faults.rate_limited(retry_after=0, **when),
    "429 without": lambda faults: faults.rate_limited,
    "503": lambda faults: lambda **when: faults.status(503, "down", **when),
    "500 in disguise": lambda faults: lambda **when: faults.status(500, {"message": None}, **when),
    "cut": lambda faults: faults.connection_cut,
    "time-out": lambda faults: faults.timeout_before_commit,
    "malformed JSON": lambda faults: faults.malformed_json,
    "a proxy's page": lambda faults: lambda **when: faults.status(502, "<html>Bad gateway</html>", **when),
}
"""Faults that pass: a read that meets one succeeds in the end."""


class SourceWorld(ABC):
    """A source and its stand-in. `people` is where the list of people is asked for (a regular expression)."""

    standin: StandIn
    people: str

    @abstractmethod
    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Source]:
        """The source with good credentials, as a new connection."""

    @abstractmethod
    def connect_refused(self) -> AbstractAsyncContextManager[Source]:
        """The source with credentials that were revoked."""

    @abstractmethod
    def ids(self) -> set[str]:
        """Everyone whom the stand-in holds, by the source's id."""

    @abstractmethod
    def related(self) -> tuple[str, ...]:
        """Where the other lists are asked for that belong to people."""


async def _read(source: Source) -> dict[str, Employee]:
    return {employee.source_id: employee async for page in source.employees() for employee in page}


class SourceStandard:
    """What any source does."""

    async def test_names_the_account(self, world: SourceWorld) -> None:
        async with world.connect() as source:
            account = await source.identify()
        assert account.id
        assert account.name

    async def test_gives_everyone_once(self, world: SourceWorld) -> None:
        async with world.connect() as source:
            seen = [employee.source_id async for page in source.employees() for employee in page]
        assert sorted(seen) == sorted(world.ids())

    @pytest.mark.parametrize("fault", PASSING)
    async def test_a_passing_fault_loses_nobody(self, world: SourceWorld, fault: str) -> None:
        async with world.connect() as source:
            whole = await _read(source)
        for path in (world.people, *world.related()):
            PASSING[fault](world.standin.faults)(path=path, times=1)
        async with world.connect() as source:
            assert await _read(source) == whole

    @pytest.mark.parametrize("keep", [0, 1, 2])
    async def test_a_page_cut_short_loses_nobody(self, world: SourceWorld, keep: int) -> None:
        async with world.connect() as source:
            whole = await _read(source)
        for path in (world.people, *world.related()):
            world.standin.faults.truncated_page(keep=keep, path=path, times=1)
        async with world.connect() as source:
            assert await _read(source) == whole

    @pytest.mark.parametrize("fault", ["503", "malformed JSON", "cut"])
    async def test_a_lasting_fault_is_an_error_and_not_fewer_people(self, world: SourceWorld, fault: str) -> None:
        PASSING[fault](world.standin.faults)(path=world.people, times=None)
        async with world.connect() as source:
            with pytest.raises(Unavailable) as failed:
                await _read(source)
        assert failed.value.sent is False
        assert failed.value.advice is not None

    async def test_a_slow_answer_is_waited_for(self, world: SourceWorld) -> None:
        held = world.standin.faults.slow(path=world.people)
        held.release()
        async with world.connect() as source:
            assert set(await _read(source)) == world.ids()

    async def test_revoked_credentials(self, world: SourceWorld) -> None:
        async with world.connect_refused() as source:
            with pytest.raises(CredentialsRefused) as refused:
                await source.identify()
        assert refused.value.field is not None

    async def test_credentials_revoked_in_the_middle(self, world: SourceWorld) -> None:
        world.standin.faults.unauthorized(path=world.people, times=None)
        async with world.connect() as source:
            with pytest.raises(CredentialsRefused):
                await _read(source)

    async def test_another_company(self, world: SourceWorld) -> None:
        async with world.connect() as source:
            account = await source.identify()
        world.standin.faults.wrong_company(times=None)
        async with world.connect(expected=account.id) as source:
            with pytest.raises(WrongAccount):
                await _read(source)
