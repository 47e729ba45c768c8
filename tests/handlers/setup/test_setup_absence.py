"""A payroll system that takes absence alone: set up, previewed, synced, and spoken of without a word of employees."""

from __future__ import annotations

from datetime import date

from bot.domain.leave_settings import LeaveRoute, LeaveSettings
from bot.domain.resource import Resource
from sandbox.leave_files import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER
from sandbox.slack.user_actions import Person
from sandbox.visma_lon import VismaLon
from storage import leave_settings, runs
from storage.integrations import Integration, IntegrationState
from storage.runs import Run, RunKind, RunState
from tests.support.slack_office import Office, blocks_of

SICK = "Sick leave"
NUMBER = "1001"
DAYS = ("2026-11-23", "2026-11-24")
BLOCK = "credential.visma_lon."


async def to_accounts(office: Office, who: Person) -> None:
    """As far as the two companies: files go to a person."""
    await office.to_credentials(who, "visma_lon", f"{BLOCK}customer")
    for field, value in (
        ("customer", CUSTOMER),
        ("organisation_number", COMPANY_NUMBER),
        ("company_name", COMPANY_NAME),
    ):
        await who.fill(BLOCK + field, value)
    await who.submit()
    await office.until_step(who, "accounts")


def type_of(office: Office, name: str) -> str:
    return f"absence.type.{office.simployer.admin.leave.type(name)['id']}"


async def ended(office: Office, made: Integration, count: int) -> list[Run]:
    async def over() -> list[Run]:
        async with office.app.database.reading() as s:
            found = list(await runs.latest(s, made.id, resource=Resource.ABSENCE))
        return found if len(found) == count and all(run.ended for run in found) else []

    return await office.until(over)


async def test_absence_alone_is_set_up_and_reaches_payroll_as_a_file(office: Office) -> None:
    await office.assign("visma_lon", CUSTOMER)
    leave = office.simployer.admin.leave
    for known in list(office.simployer.store.rows["leave"]):
        leave.delete(known)
    leave.request(NUMBER, SICK, *DAYS, status="APPROVED")
    henrik = office.person("henrik")
    await to_accounts(office, henrik)
    said = henrik.reads()
    assert "Fravær i det første selskapet" in said
    assert "filene gis til en person" in said
    await henrik.submit()
    await office.until_step(henrik, "scope")
    assert "Hvem skal det sendes fravær for" in henrik.reads()
    await office.pick(henrik, "Solbakken")
    await henrik.submit()
    await office.until_step(henrik, "absence")
    assert {"absence.on", "absence.when"}.isdisjoint(blocks_of(henrik))
    await henrik.submit()
    await office.until_step(henrik, "absence_types")
    field = type_of(office, SICK)
    offered = await henrik.search(field, "05x")
    assert "=05x" in [option["value"] for option in offered]
    await henrik.search(field, "Sjukdom")
    await henrik.choose(field, "050 Sjukdom")
    await henrik.submit()
    await office.until_step(henrik, "absence_settings")
    await henrik.submit()
    await office.until_step(henrik, "summary")
    await office.shows(henrik, "2 dager fravær", "Fraværstyper", "2026")
    assert "setup.absence" not in blocks_of(henrik)
    await henrik.choose("channel.channel", "payroll")
    made = await office.save(henrik, COMPANY_NAME)

    async with office.app.database.reading() as s:
        stored = await leave_settings.get(s, made.id)
    assert stored is not None
    chosen = LeaveSettings.from_json(stored.settings)
    assert (chosen.enabled, chosen.with_employees, chosen.first_day) == (True, False, date(2026, 11, 1))
    assert LeaveRoute("050") in chosen.routes.values()
    created = next(entry for entry in await office.audited() if entry.action == "integration.created")
    assert created.new is not None
    assert (created.new["absence"], created.new["routes"]) == (True, 1)

    await henrik.type("/integration sync now")
    await office.told(henrik, "Ingenting er skrevet", "forhåndsvisning av fravær")
    (preview,) = await ended(office, made, 1)
    assert (preview.kind, preview.state) == (RunKind.PREVIEW, RunState.DONE)
    await henrik.type("/integration sync now")
    await office.told(henrik, "gjennomfører forhåndsvisningen")
    sync, _ = await ended(office, made, 2)
    assert (sync.state, sync.options.preview_run) == (RunState.DONE, preview.id)
    assert (await office.integration(made.id)).state is IntegrationState.TESTED
    report = await office.reads(lambda: henrik.messages("payroll"), henrik, "fil")
    await henrik.click("leave.period.get", report)
    await office.reads(henrik.direct_messages, henrik, "Slett filen")
    async with VismaLon() as payroll:
        payroll.books.known = [NUMBER]
        (given,) = [f for f in office.slack.world.files.values() if f.name.endswith(".tlu")]
        assert payroll.import_files([(given.name, given.content or b"")]) == []
        assert set(payroll.books.hours) == {f"{NUMBER}|{day}|050|" for day in DAYS}


async def test_one_company_is_not_sent_twice_by_two_ways(office: Office) -> None:
    await office.assign("visma_lon", CUSTOMER)
    await office.make(
        provider="visma_lon",
        target_account_id=f"somebody@sftp.example.se:22/{COMPANY_NUMBER}",
        target_account_name=COMPANY_NAME,
        name="By a server",
        settings={},
        synced=False,
    )
    henrik = office.person("henrik")
    await office.begin(henrik, "visma_lon")
    await henrik.submit()
    await office.until_field(henrik, f"{BLOCK}customer")
    entered = {"customer": CUSTOMER, "organisation_number": COMPANY_NUMBER, "company_name": COMPANY_NAME}
    for field, value in entered.items():
        await henrik.fill(BLOCK + field, value)
    await henrik.submit()
    await office.shows(henrik, "By a server")
    assert len(await office.integrations()) == 1
