"""An administrator connects 24SevenOffice in Slack, previews, syncs, and the next sync finds nothing to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.slack.workspace import Message
from sandbox.twentyfour_seven_office import COMPANY, SWEDISH_TOKEN, TOKEN, UNKNOWN_TOKEN, TwentyfourSevenOffice, demo
from sandbox.twentyfour_seven_office.company import OfficeCompany
from storage import people, runs
from storage.people import PersonState
from tests.providers.twentyfour_seven_office.connections import CHOSEN
from tests.support.slack_office import SIMPLOYER_TOKEN, Office, dump, open_office

FIELD = "credential.twentyfour_seven_office.access_token"
NAME = "Polarbønna Norge AS"
NEW = "1005"


@dataclass
class Place:
    """An office, and the payroll that it has."""

    office: Office
    so: TwentyfourSevenOffice

    @property
    def norway(self) -> OfficeCompany:
        return self.so.companies[COMPANY]


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with demo() as so:
        for name, value in so.operator_environment().items():
            monkeypatch.setenv(name, value)
        async with open_office(tmp_path) as office:
            yield Place(office, so)


async def test_the_live_check_says_what_is_wrong_and_names_the_company(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    await office.to_credentials(henrik, "twentyfour_seven_office", FIELD)
    for token, said in ((UNKNOWN_TOKEN, "godtar ikke tilgangstokenet"), (SWEDISH_TOKEN, "et annet land (SE)")):
        await henrik.fill(FIELD, token)
        await henrik.submit()
        await office.shows(henrik, said)
    await henrik.fill(FIELD, TOKEN)
    await henrik.submit()
    await office.until_step(henrik, "accounts")
    assert NAME in henrik.reads()


async def test_preview_sync_and_unchanged(place: Place) -> None:
    office, henrik, norway = place.office, place.office.person("henrik"), place.norway
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        newcomers = [found.source_id for found in await source.search(NEW)]
    await office.make(
        provider="twentyfour_seven_office",
        target_account_id=COMPANY,
        target_account_name=NAME,
        environment="test",
        credentials={"access_token": TOKEN, "environment": "test"},
        settings={**CHOSEN, "occupation_code": "2512101"},
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

        held = NEW in norway.employees
        await henrik.type(command)
        last = (await office.reads(later, henrik, *said)).ts
        await _over(office)
        assert (NEW in norway.employees) is (held if "preview" in command else True)
    assert [job["profession_code"] for job in norway.jobs[NEW]] == ["2512101"]
    assert norway.employees[NEW]["salary"]
    assert TOKEN not in dump([message.blocks for message in henrik.messages("payroll")])


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
        provider="twentyfour_seven_office",
        target_account_id=COMPANY,
        target_account_name=NAME,
        environment="test",
        credentials={"access_token": TOKEN, "environment": "test"},
        settings=CHOSEN,
        scope={"kind": "people", "ids": [person]},
    )
    async with office.app.services.database.session() as s:
        await people.upsert(s, made.id, [PersonState(source_id=person, seen_at=office.clock(), target_id="1001")])
    office.simployer.admin.leave.request("1001", "Parental leave", "2026-11-16", "2026-12-18", status="APPROVED")
    parental = str(office.simployer.admin.leave.type("Parental leave")["id"])
    await henrik.type("/integration absence")
    await office.until_step(henrik, "absence")
    await henrik.choose("absence.on", "on")
    await office.until_field(henrik, "absence.cut_off")
    await henrik.submit()
    await office.until_step(henrik, "absence_types")
    await henrik.choose(f"absence.type.{parental}", "=10")
    await henrik.submit()
    await office.until_step(henrik, "absence_summary")
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    await henrik.type("/integration sync preview absence")
    shown = await office.reads(
        lambda: [m for m in henrik.messages("payroll") if "run.apply" in dump(m.blocks)], henrik, "Ferdig"
    )
    assert norway.absences.rows == {}
    await henrik.click("run.apply", shown)
    await office.reads(lambda: [m for m in henrik.messages("payroll") if m.ts > shown.ts], henrik, "Ferdig")
    await _over(office)
    (row,) = norway.absences.rows.values()
    assert (row["empId"], row["absenceType"], row["percent"]) == ("1001", "10", "100.00")
    said = dump([message.blocks for message in henrik.messages("payroll")])
    assert [word for word in ("Parental leave", "foreldrepenger", "Permisjon med") if word in said] == []
