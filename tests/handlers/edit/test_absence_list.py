"""Absence for a payroll system that has no published way to take it: said plainly, and a list for a person instead."""

from __future__ import annotations

import csv
import io

from bot.domain.leave_settings import LeaveRoute, LeaveSettings
from bot.domain.resource import Resource
from sandbox.slack.user_actions import Person
from storage import leave_settings, people, runs
from storage.integrations import Integration
from storage.people import PersonState
from storage.runs import Run, RunState
from tests.handlers.edit.test_absence import ended
from tests.support.slack_office import Office

NUMBER = "1001"
DAYS = ("2026-11-23", "2026-11-24")
SICK = "Sick leave"
PLACE = "0b9f3c52-place-in-the-target"


async def made_for_lists(office: Office) -> Integration:
    """Visma.net, with the person in it under an id that is no number."""
    await office.assign("visma_net", "tenant")
    made = await office.make(
        provider="visma_net",
        target_account_id="1",
        name="Visma",
        environment="production",
        credentials={"tenant_id": "tenant"},
        settings={},
        synced=False,
    )
    for known in list(office.simployer.store.rows["leave"]):
        office.simployer.admin.leave.delete(known)
    (source_id,) = made.scope["ids"]
    async with office.app.database.session() as s:
        state = PersonState(source_id=source_id, seen_at=office.clock(), target_id=PLACE)
        await people.upsert(s, made.id, [state])
    return made


async def listed(office: Office, henrik: Person) -> list[list[str]]:
    """Get the list under the newest report, and read it."""
    before = len(office.slack.world.files)
    report = await office.reads(lambda: henrik.messages("payroll"), henrik, "føre")
    await henrik.click("leave.period.get", report)

    def given() -> bytes | None:
        files = list(office.slack.world.files.values())
        return files[-1].content if len(files) > before else None

    content = await office.slack.world.changes.until(given)
    assert content is not None
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))[1:]


async def sync(office: Office, henrik: Person, made: Integration, count: int) -> Run:
    await henrik.type("/integration sync now absence")
    (run, *_) = await ended(office, made, count)
    return run


async def test_a_list_is_typed_in_and_what_changes_comes_as_another(office: Office) -> None:
    made = await made_for_lists(office)
    henrik = office.person("henrik")
    await henrik.type("/integration absence")
    await office.until_step(henrik, "absence")
    assert "har ingen offentlig måte å ta imot fravær på" in henrik.reads()
    assert "Lag lister over fravær" in henrik.reads()
    await henrik.choose("absence.on", "on")
    await office.until_field(henrik, "absence.closed")
    assert "Senere endringer blir varslet og venter til noen sier at det er importert eller ført inn" in henrik.reads()

    admin = office.simployer.admin.leave
    sick = admin.type(SICK)["id"]
    chosen = LeaveSettings(enabled=True, with_employees=False, routes={sick: LeaveRoute("Sykdom")})
    async with office.app.database.session() as s:
        await leave_settings.put(s, made.id, chosen.to_json())
    leave = admin.request(NUMBER, SICK, *DAYS, status="APPROVED")
    await sync(office, henrik, made, 1)  # what it would be is shown first
    run = await sync(office, henrik, made, 2)
    assert run.state is RunState.DONE
    rows = await listed(office, henrik)
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [(NUMBER, day, "Sykdom", "") for day in DAYS]
    report = await office.reads(lambda: henrik.messages("payroll"), henrik, "må føres i lønnssystemet")
    assert "er endret" not in henrik.reads(report)
    await henrik.close()
    await henrik.type("/integration absence")
    await office.until_field(henrik, "absence.period_from")
    await henrik.choose("absence.period_from", "16")
    await henrik.submit()
    # What waits would be in a list of other days as well.
    await office.shows(henrik, "venter på at noen sier om det er importert eller ført inn. Si det under rapporten")
    await henrik.click("leave.period.imported", report)
    await office.told(henrik, "2 rader")

    admin.cancel(leave["id"])
    await sync(office, henrik, made, 3)
    rows = await listed(office, henrik)
    # By the number, not by the id that employees have in the target.
    assert [(row[0], row[2], row[5]) for row in rows] == [(NUMBER, day, "") for day in DAYS]
    assert PLACE not in str(rows)
    async with office.app.database.reading() as s:
        found = await runs.latest(s, made.id, resource=Resource.ABSENCE)
    assert all(run.state is RunState.DONE for run in found)
