"""People as leave needs them: with their employments, and without a word of pay."""

from __future__ import annotations

import pytest

from bot.providers.simployer.source import SimployerSource
from sandbox.simployer import Simployer
from tests.providers.simployer.test_source import everyone
from tests.providers.simployer.test_source import simployer as simployer
from tests.providers.simployer.test_source import source as source


@pytest.mark.parametrize("ids", [None, ("1001", "1002", "1003")])
async def test_for_leave_people_come_as_a_whole_reading_has_them_and_no_pay_is_read(
    source: SimployerSource, simployer: Simployer, ids: tuple[str, ...] | None
) -> None:
    wanted = None if ids is None else frozenset(simployer.admin.employee(number)["id"] for number in ids)
    whole = await everyone(source, wanted)
    simployer.requests.clear()
    seen = {one.source_id: one async for page in source.employed(wanted) for one in page}
    paths = {exchange.path for exchange in simployer.requests}
    assert {path for path in paths if "compensation" in path or "work-week" in path} == set()
    assert seen.keys() == whole.keys()
    for each in whole.values():
        said = seen[each.source_id]
        assert (said.summary.number, said.summary.name, said.state) == (each.number, each.name, "")
        assert said.summary.office_id == (each.office.id if each.office else None)
        assert said.summary.department_id == (each.department.id if each.department else None)
        assert [(job.id, job.start, job.end) for job in said.employments] == [
            (job.id, job.start, job.end) for job in each.employments
        ]


async def test_for_leave_people_are_read_whole_where_fields_cannot_be_selected(
    source: SimployerSource, simployer: Simployer
) -> None:
    before = {one.source_id async for page in source.employed() for one in page}
    simployer.faults.status(400, {"message": "no select"}, method="GET", path="/employee$", times=1)
    assert {one.source_id async for page in source.employed() for one in page} == before
