"""A process that has lost its run writes nothing more, even if it lost it between deciding and writing."""

from __future__ import annotations

import pytest

from bot.core.ownership import ownership_check
from bot.jobs.engine.engine import OwnershipLost
from bot.providers.errors import ProviderError
from bot.providers.kit.http import HttpClient
from bot.providers.kit.rate_limit import RateLimiter
from sandbox.simployer import GOOD_TOKEN, Simployer

HEADERS = {"Authorization": f"Bearer {GOOD_TOKEN}"}


async def test_a_write_is_kept_back_and_a_read_is_not() -> None:
    asked: list[str] = []

    async def lost() -> None:
        asked.append("lost")
        raise OwnershipLost

    async with Simployer() as system, HttpClient("simployer", system.url, RateLimiter()) as client:
        with ownership_check(lost):
            await client.read("/company", headers=HEADERS)
            assert asked == []
            with pytest.raises(OwnershipLost):
                await client.write("POST", "/employee", {}, headers=HEADERS)
        assert asked == ["lost"]
        assert system.requests.writes() == []
        await client.write("POST", "/employee", {}, headers=HEADERS)
        assert len(system.requests.writes()) == 1


async def test_a_process_that_loses_its_work_between_headers_and_body_has_asked_for_nothing() -> None:
    asked: list[str] = []

    async def lost_at_last() -> None:
        asked.append("asked")
        if len(asked) == 2:
            raise OwnershipLost

    async with Simployer() as system, HttpClient("simployer", system.url, RateLimiter()) as client:
        with ownership_check(lost_at_last), pytest.raises(OwnershipLost):
            await client.write("POST", "/employee", {"first": "Kari"}, headers=HEADERS)
        await client.read("/company", headers=HEADERS)
        assert asked == ["asked", "asked"]
        assert system.requests.writes() == []


async def test_whoever_handles_failures_does_not_take_it_for_one() -> None:
    assert not issubclass(OwnershipLost, Exception)
    assert not issubclass(OwnershipLost, ProviderError)
