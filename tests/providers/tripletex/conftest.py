"""A Tripletex of its own for each test, and a connection to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from bot.providers.tripletex.target import TripletexTarget
from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books
from tests.providers.tripletex.leave_world import LeaveWorld
from tests.support.provider_connections import tripletex_leave, tripletex_target
from tests.support.provider_people import TODAY


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        yield system


@pytest.fixture
async def target(tripletex: Tripletex) -> AsyncIterator[TripletexTarget]:
    async with tripletex_target(tripletex) as target:
        yield target


@pytest.fixture
async def settings(target: TripletexTarget) -> dict[str, str]:
    return {"division": (await target.choices("division"))[0].value}


@pytest.fixture
def books(tripletex: Tripletex) -> Books:
    return tripletex.companies[40917001]


@pytest.fixture
async def world() -> AsyncIterator[LeaveWorld]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        system.rate_limit.period = 0.5  # a refusal is over at once
        yield LeaveWorld(system)


@pytest.fixture
async def leave_target(world: LeaveWorld) -> AsyncIterator[TripletexLeaveTarget]:
    async with tripletex_leave(world.system, timeout_seconds="10") as target:
        yield target
