"""An administrator connects PowerOffice Go in Slack, previews, syncs, and the next sync finds nothing to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.poweroffice_go import CLIENT_KEY, MISSING_RIGHTS_KEY, UNKNOWN_KEY, PowerofficeGo, demo
from sandbox.poweroffice_go.company import GoClient
from sandbox.slack.workspace import Message
from storage import people, runs
from storage.people import PersonState
from tests.support.slack_office import SIMPLOYER_TOKEN, Office, dump, open_office

FIELD, ENVIRONMENT = "credential.poweroffice_go.client_key", "credential.poweroffice_go.environment"
COMPANY = "Polarbønna Norge AS"
NEW = "1005"


@dataclass
class Place:
    """An office, and the payroll that it has."""

    office: Office
    go: PowerofficeGo

    @property
    def norway(self) -> GoClient:
        return next(iter(self.go.clients.values()))


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with demo() as go:
        go.sign_in.limit = 100_000
        for name, value in go.operator_environment().items():
            monkeypatch.setenv(name, value)
        async with open_office(tmp_path) as office:
            yield Place(office, go)


async def test_the_live_check_says_what_is_missing_and_names_the_client(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    await office.to_credentials(henrik, "poweroffice_go", FIELD)
    await henrik.fill(FIELD, UNKNOWN_KEY)
    await henrik.submit()
    await office.shows(henrik, "godtar ikke klientnøkkelen")
    await henrik.fill(FIELD, MISSING_RIGHTS_KEY)
    await henrik.submit()
    await office.shows(henrik, "EmploymentSalary_Full, EmployeeBankAccounts_Full")
    await henrik.fill(FIELD, CLIENT_KEY)
    await henrik.submit()
    await office.until_step(henrik, "accounts")
    assert COMPANY in henrik.reads()


async def test_preview_sync_and_unchanged(place: Place) -> None:
    office, henrik, norway = place.office, place.office.person("henrik"), place.norway
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        newcomers = [found.source_id for found in await source.search(NEW)]
    await office.make(
        provider="poweroffice_go",
        target_account_id=norway.id,
        target_account_name=COMPANY,
        environment="test",
        credentials={"client_key": CLIENT_KEY, "environment": "test"},
        settings={
            "enterprise": str(norway.of("enterprises", IsDefault=True)[0]["Id"]),
            "end_reason": "employee_has_resigned",
            "occupation_code": "2512101",
        },
        scope={"kind": "people", "ids": newcomers},
    )
    last = ""
    for command, *said in (
        ("/integration sync preview", "Forhåndsvisning: Norge", "Ferdig"),
        ("/integration sync now", "1 ansatt", "Ferdig"),
        ("/integration sync now", "Ingenting å endre", "Ferdig"),
    ):
        before = last

        def later(before: str = before) -> list[Message]:
            return [message for message in henrik.messages("payroll") if message.ts > before]

        held = len(norway.by_number(NEW))
        await henrik.type(command)
        last = (await office.reads(later, henrik, *said)).ts
        await _over(office)
        assert len(norway.by_number(NEW)) == (held if "preview" in command else 1)
    (made,) = norway.by_number(NEW)
    assert [job["ProfessionCode"] for job in norway.of("employments", EmployeeId=made["Id"])] == ["2512101"]
    assert made["SalaryBankAccountId"]


async def _over(office: Office) -> None:
    """Wait until no run is under way."""

    async def ended() -> bool | None:
        async with office.app.services.database.reading() as s:
            return not await runs.active(s) or None

    await office.until(ended)


async def test_a_leave_of_absence_is_routed_shown_and_sent(place: Place) -> None:
    office, henrik, norway = place.office, place.office.person("henrik"), place.norway
    for leave in list(office.simployer.store.rows["leave"]):
        office.simployer.admin.leave.delete(leave)
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        (person,) = [found.source_id for found in await source.search("1001")]
    made = await office.make(
        provider="poweroffice_go",
        target_account_id=norway.id,
        target_account_name=COMPANY,
        environment="test",
        credentials={"client_key": CLIENT_KEY, "environment": "test"},
        settings={},
        scope={"kind": "people", "ids": [person]},
    )
    (known,) = norway.by_number("1001")
    async with office.app.services.database.session() as s:
        state = PersonState(source_id=person, seen_at=office.clock(), target_id=str(known["Id"]))
        await people.upsert(s, made.id, [state])
    office.simployer.admin.leave.request("1001", "Parental leave", "2026-11-16", "2026-12-18", status="APPROVED")
    parental = str(office.simployer.admin.leave.type("Parental leave")["id"])
    await henrik.type("/integration absence")
    await office.until_step(henrik, "absence")
    await henrik.choose("absence.on", "on")
    await office.until_field(henrik, "absence.cut_off")
    await henrik.submit()
    await office.until_step(henrik, "absence_types")
    await henrik.choose(f"absence.type.{parental}", "=Maternity")
    await henrik.submit()
    await office.until_step(henrik, "absence_settings")
    await henrik.choose("Trekk i fastlønn: foreldrepermisjon", "yes")
    await henrik.submit()
    await office.until_step(henrik, "absence_summary")
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    await henrik.type("/integration sync preview absence")
    shown = await office.reads(
        lambda: [m for m in henrik.messages("payroll") if "run.apply" in dump(m.blocks)], henrik, "Ferdig"
    )
    assert norway.leaves.rows == {}
    await henrik.click("run.apply", shown)
    await office.reads(lambda: [m for m in henrik.messages("payroll") if m.ts > shown.ts], henrik, "Ferdig")
    await _over(office)
    (row,) = norway.leaves.rows.values()
    assert (row["EmployeeId"], row["TypeOfLeave"], row["LeavePercentage"]) == (known["Id"], "Maternity", 100)
    assert (row["StartDate"], row["EndDate"], row["AdjustFixedWage"]) == ("2026-11-16", "2026-12-18", True)
    said = dump([message.blocks for message in henrik.messages("payroll")])
    assert [word for word in ("Parental leave", "foreldrepenger", "Maternity", "Permisjon med") if word in said] == []
