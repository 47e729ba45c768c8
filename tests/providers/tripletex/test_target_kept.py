"""What Tripletex is asked for beside its lists is told anew, though the person is as at the last comparison."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.change import Change, ChangeKind
from sandbox.tripletex import Tripletex
from sandbox.tripletex.registers import OCCUPATION_CODES
from tests.support.fake_target import MemorySource
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY, kari
from tests.support.sync_runner import Integration
from tests.sync.plan.test_verdicts import Shelf

UNKNOWN = "tripletex_occupation_code_unknown"


class Runs:
    """Runs of an integration with Kari alone, each over a connection of its own."""

    def __init__(self, tripletex: Tripletex, settings: dict[str, str], code: str) -> None:
        self.tripletex, self.days, self.memory, self.shelf = tripletex, 0, {}, Shelf()  # type: ignore[var-annotated]
        self.source = MemorySource([replace(kari(bank=None, identity=None), custom={"yrkeskode": code})])
        self.settings = {**settings, "occupation_code_field": "yrkeskode", "occupation_code": ""}

    async def run(self) -> Change:
        self.source.whole.clear()
        async with tripletex_target(self.tripletex) as target:
            today = TODAY + timedelta(days=self.days)
            integration = Integration(
                self.source, target, settings=self.settings, today=today, memory=self.memory, verdicts=self.shelf
            )
            (change,) = (await integration.plan()).changes
            await integration.carry_out(change)
        return change


def says_unknown(change: Change) -> bool:
    return UNKNOWN in {found.code for found in change.findings}


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> dict[int, dict[str, object]]:
    """The nation's list, to be changed."""
    codes = dict(OCCUPATION_CODES)
    for key in codes:
        monkeypatch.setitem(OCCUPATION_CODES, key, codes[key])
    return OCCUPATION_CODES


async def test_a_code_that_is_not_known_is_asked_for_each_time(
    tripletex: Tripletex, settings: dict[str, str], listed: dict[int, dict[str, object]]
) -> None:
    runs = Runs(tripletex, settings, "9999999")
    for _ in range(3):
        assert says_unknown(await runs.run())
    key = next(iter(listed))
    listed[key] = {**listed[key], "code": "9999999"}
    change = await runs.run()
    assert change.kind is ChangeKind.UPDATE
    assert not says_unknown(change)


async def test_a_code_that_was_known_is_asked_for_again_after_a_week(
    tripletex: Tripletex, settings: dict[str, str]
) -> None:
    runs = Runs(tripletex, settings, "5223102")
    for _ in range(3):
        assert not says_unknown(await runs.run())
    for days, anew in ((0, []), (6, []), (7, [kari().source_id])):
        runs.days = days
        await runs.run()
        assert runs.source.whole == anew
