"""An old plan is approved: what the channel and the approver see when it was made again, and when it is the same."""

from __future__ import annotations

from typing import Any

from bot.sync.codec import change_from_json
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import plans
from tests.handlers.runs.test_start import all_runs, ended
from tests.support.slack_office import Office

ASKING: dict[str, Any] = {"scope": {"kind": "everyone"}, "thresholds": {"creates_share": 0.01, "creates_people": 1}}


async def asked(office: Office, who: Person, before: Message | None = None) -> Message:
    """The message that asks for approval; another one than before."""

    def found() -> Message | None:
        asking = [m for m in who.messages("payroll") if "run.approve" in str(m.blocks)]
        return next((m for m in asking if before is None or m.ts != before.ts), None)

    message = await office.slack.world.changes.until(found)
    assert message is not None
    return message


async def to_be_created(office: Office, integration_id: str) -> list[str]:
    """The numbers of those whom the waiting run would create, who manage nobody."""
    (run,) = await all_runs(office, integration_id)
    async with office.app.database.reading() as s:
        page = await plans.page(s, office.app.database.vault, run.id, ["create"])
    rows = office.simployer.store.rows["employee"]
    managers = {row.get("managerEmployeeId") for row in rows.values()}
    return [change_from_json(one.change).person.number for one in page if one.person_key not in managers]


async def test_the_difference_is_shown_and_asked_about(office: Office) -> None:
    made = await office.make(**ASKING)
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    first = await asked(office, henrik)
    office.clock.forward(hours=13)
    changed, removed = (await to_be_created(office, made.id))[:2]
    office.simployer.admin.change(changed, lastName="Nyberg")
    office.simployer.admin.remove(removed)
    await henrik.click("run.approve", first)
    second = await asked(office, henrik, first)
    said = henrik.reads(second)
    assert "ikke den samme" in said
    assert "1 ansatt er falt bort" in said
    assert "1 ansatt ville blitt endret annerledes enn godkjent" in said
    table = await office.reads(
        lambda: henrik.thread("payroll", second.ts), henrik, "skiller seg fra den godkjente planen"
    )
    rows = henrik.reads(table)
    assert "Nyberg" in rows
    assert "ikke i planen" in rows
    assert office.tripletex.requests.writes() == []
    await office.reads(lambda: [first], henrik, "En nyere kjøring har tatt denne kjøringens plass")

    await henrik.click("run.approve", second)
    runs = await ended(office, made.id)
    assert [run.state.value for run in runs] == ["done", "cancelled"]
    assert "som tråden viser" in henrik.reads(second)


async def test_nothing_differs_and_it_goes_on_and_says_so(office: Office) -> None:
    made = await office.make(**ASKING)
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    first = await asked(office, henrik)
    office.clock.forward(hours=13)
    await henrik.click("run.approve", first)
    await office.reads(lambda: henrik.messages("payroll"), henrik, "Ingenting skilte seg fra det godkjente")
    assert [run.state.value for run in await ended(office, made.id)] == ["done", "cancelled"]
    assert len(await all_runs(office, made.id)) == 2
