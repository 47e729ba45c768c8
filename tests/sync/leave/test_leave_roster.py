"""Whom a run of leave is about: those with leave who are in scope, asked for in the way that takes fewer requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.scope import Scope, ScopeKind
from bot.sync.leave import leave_roster
from bot.sync.leave.leave_roster import leave_people
from tests.support.employees import employee
from tests.support.fake_target import MemorySource

EVERYONE = Scope(ScopeKind.EVERYONE)


class Asked(MemorySource):
    """Notes who is asked for."""

    def __init__(self, people: int) -> None:
        super().__init__([replace(employee(at), source_id=f"e{at}") for at in range(1, people + 1)])
        self.asked: list[frozenset[str] | None] = []

    async def employed(self, source_ids=None):  # type: ignore[no-untyped-def]
        self.asked.append(source_ids)
        async for page in super().employed(source_ids):
            yield page


@pytest.mark.parametrize(("of", "by_id"), [(None, True), (6, False), (59, False), (61, True)])
async def test_many_are_read_with_everybody_and_few_by_their_ids(
    of: int | None, by_id: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leave_roster, "MANY", 6)
    source = Asked(8)
    wanted = [f"e{at}" for at in range(1, 7)]
    found = await leave_people(source, wanted, EVERYONE, {"e1": "p1"}, of=of)
    assert sorted(found) == wanted
    assert found["e1"].target_id == "p1"
    assert source.asked == [frozenset(wanted) if by_id else None]


async def test_of_a_test_group_nobody_else_is_asked_for() -> None:
    source = Asked(4)
    scope = Scope(ScopeKind.PEOPLE, frozenset({"e2", "e9"}))
    found = await leave_people(source, ["e1", "e2", "e3"], scope, {}, of=4)
    assert list(found) == ["e2"]
    assert source.asked == [frozenset({"e2"})]
