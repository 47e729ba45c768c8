"""Go does not show identity numbers: nobody is called equal of whom nobody knows it, and a corrected one is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee, IdentityNumber
from bot.providers.poweroffice_go.target import PowerofficeGoTarget
from bot.sync.report.issues import foreseen, is_equal
from sandbox.companies.numbers import norwegian_identity_number
from sandbox.poweroffice_go.company import GoClient
from tests.providers.poweroffice_go.connections import employee, put, settings_of
from tests.support.fake_target import MemorySource
from tests.support.provider_people import TODAY
from tests.support.sync_runner import Integration

CORRECTED = IdentityNumber(value=norwegian_identity_number(date(1990, 5, 17), 126), country="NO")


class Payroll:
    def __init__(self, target: PowerofficeGoTarget, client: GoClient) -> None:
        self.source = MemorySource([employee()])
        self.integration = Integration(
            self.source, target, settings=settings_of(client), environment="test", today=TODAY
        )

    async def plan(self, who: Employee | None = None) -> Change:
        if who is not None:
            self.source.people = {who.source_id: who}
        (change,) = (await self.integration.plan()).changes
        return change

    async def sync(self, who: Employee | None = None) -> Change:
        change = await self.plan(who)
        await self.integration.carry_out(change)
        return change


def _told(change: Change) -> list[str]:
    return [found.code for found in change.findings if found.field == "identity_number"]


async def test_of_somebody_whom_go_had_before_it_is_never_said_that_all_is_equal(
    target: PowerofficeGoTarget, norway: GoClient
) -> None:
    await put(target, norway, employee())
    payroll = Payroll(target, norway)
    for _ in range(3):
        change = await payroll.sync()
        assert (change.kind, change.unseen, _told(change)) == (ChangeKind.UNCHANGED, ("identity_number",), [])
        assert not is_equal(foreseen(change))
    norway.switches.shows_identity = True
    assert is_equal(foreseen(await payroll.plan()))


async def test_what_a_sync_has_put_there_is_equal_until_it_is_corrected_in_the_source(
    target: PowerofficeGoTarget, norway: GoClient
) -> None:
    payroll = Payroll(target, norway)
    await payroll.sync()
    assert is_equal(foreseen(await payroll.plan()))
    corrected = replace(employee(), identity=CORRECTED)
    for _ in range(2):  # a preview, and the sync
        told = await payroll.plan(corrected)
        assert (told.kind, _told(told)) == (ChangeKind.UNCHANGED, ["value.unseen"])
    assert not is_equal(foreseen(await payroll.sync()))
    assert not is_equal(foreseen(await payroll.plan()))


async def test_one_that_is_emptied_in_the_source_is_not_equal(target: PowerofficeGoTarget, norway: GoClient) -> None:
    payroll = Payroll(target, norway)
    await payroll.sync()
    change = await payroll.sync(replace(employee(), identity=None))
    assert _told(change) == ["identity.missing"]
    assert not is_equal(foreseen(change))
