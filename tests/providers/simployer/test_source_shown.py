"""Who is read whole and understood later is the one who would have been understood at once."""

from __future__ import annotations

from typing import Any

import pytest

from bot.providers.shown_people import ShownEmployee
from sandbox.simployer import Simployer
from tests.support.provider_connections import simployer_source


async def shown(simployer: Simployer) -> dict[str, ShownEmployee]:
    async with simployer_source(simployer) as source:
        return {one.source_id: one async for page in source.shown(None) for one in page}


async def test_everybody_is_the_employee_that_reading_everybody_gives(simployer: Simployer) -> None:
    people = await shown(simployer)
    async with simployer_source(simployer) as source:
        whole = {one.source_id: one async for page in source.employees() for one in page}
    assert {one.source_id: one.understood() for one in people.values()} == whole
    for source_id, one in people.items():
        told, employee = one.state.summary, whole[source_id]
        assert (told.number, told.name, told.active) == (employee.number, employee.name, employee.active)
        assert told.department_id == (employee.department.id if employee.department else None)
        assert one.state.employments == (() if employee.active else employee.employments)


async def test_the_state_of_nobody_changes_while_nothing_does(simployer: Simployer) -> None:
    first, second = await shown(simployer), await shown(simployer)
    assert {one.state.state for one in first.values()} == {one.state.state for one in second.values()}
    assert len({one.state.state for one in first.values()}) == len(first)


CHANGES: dict[str, tuple[str, str, Any]] = {
    "private": ("employee", "bankAccount", {"number": "15032080119"}),
    "custom": ("employee", "custom", {"shoe": 44}),
    "pay": ("compensation", "amount", 61_234),
    "an employment": ("employment", "rate", 55),
    "a week": ("work-week", "timezone", "Europe/Helsinki"),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_anything_of_a_person_changes_their_state_alone(simployer: Simployer, what: str) -> None:
    table, field, value = CHANGES[what]
    before = await shown(simployer)
    row = next(one for one in simployer.store.rows[table].values() if table == "employee" or one.get("employeeId"))
    row[field] = value
    after = await shown(simployer)
    owner = row["id"] if table == "employee" else row["employeeId"]
    assert {id_ for id_ in after if after[id_].state.state != before[id_].state.state} == {owner}


async def test_a_list_that_people_refer_to_changes_everybody(simployer: Simployer) -> None:
    before = await shown(simployer)
    next(iter(simployer.store.rows["department"].values()))["name"] = "Another"
    after = await shown(simployer)
    assert all(after[id_].state.state != one.state.state for id_, one in before.items())


async def test_what_moves_with_the_market_changes_nobody(simployer: Simployer) -> None:
    before = await shown(simployer)
    for row in simployer.store.rows["compensation"].values():
        row["exchangeRate"] = 1.2345
    assert {one.state.state for one in (await shown(simployer)).values()} == {
        one.state.state for one in before.values()
    }
