"""What was delivered and is gone in the source, and what no delivery takes away, is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.change import Change
from sandbox.agda_ps import AgdaPs, demo
from tests.providers.agda_ps.customer import Customer, inbox, swede


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


def told(change: Change) -> list[str]:
    return [found.field for found in change.findings if found.code == "value.only_in_target"]


@pytest.mark.parametrize(
    ("different", "fields"),
    [
        ({"title": None}, ["title"]),
        ({"cost_center": None}, ["department"]),
        ({"nationality": None}, ["nationality"]),
        ({"address": None}, ["street"]),
        ({"title": "Manager"}, []),
        ({}, []),
    ],
)
async def test_it_is_told_in_the_plan(agda: AgdaPs, different: dict[str, Any], fields: list[str]) -> None:
    customer = Customer(inbox(agda))
    customer.settings["department_from"] = "cost_center"
    await customer.sync(swede())
    customer.source.put(swede(**different))
    for _ in range(2):
        (change,) = (await customer.plan()).changes
        assert told(change) == fields
