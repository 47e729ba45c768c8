"""The lists of a company: read again where reading was broken off."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.text import text
from bot.providers.errors import Unavailable
from bot.providers.twentyfour_seven_office.reference_data import TwentyFourLists


async def test_of_a_reading_that_was_broken_off_nothing_stays() -> None:
    answers: list[Any] = [
        [{"dimid": 1, "name": "Avdeling"}],
        Unavailable("away", sent=False, text=text("jobs.broken")),
        [],
    ]

    async def company() -> dict[str, Any]:
        return {}

    async def rows(_path: str) -> list[dict[str, Any]]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    lists = TwentyFourLists(company, rows)
    with pytest.raises(Unavailable):
        await lists.load()
    await lists.load()
    assert not lists.has("department")
    assert lists.units_of([{"dimensions": [{"dimid": 1, "value": "10"}]}]) == {}
