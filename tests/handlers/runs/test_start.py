"""Preview, Sync now, Cancel and Approve, from the press to the report."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa

from bot.domain.change import ChangeKind
from bot.sync.plan.plan_summary import PlanSummary
from sandbox.slack.workspace import Message
from sandbox.tripletex import REVOKED_TOKEN
from storage import integrations, plans, runs
from storage.integrations import IntegrationState
from storage.models import RunRow, table
from storage.runs import Run, RunKind
from tests.support.slack_office import Office


async def all_runs(office: Office, integration_id: str) -> list[Run]:
    async with office.app.database.reading() as s:
        return list(await runs.latest(s, integration_id))


async def ended(office: Office, integration_id: str) -> list[Run]:
    """Wait until the integration's runs have ended; there is at least one."""

    async def done() -> list[Run]:
        found = await all_runs(office, integration_id)
        return found if found and all(run.ended for run in found) else []

    return await office.until(done)


async def test_a_preview_writes_nothing_and_reports_in_the_channel(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration sync preview", channel="general")
    await office.told(henrik, "Forhåndsvisningen av *Norge*", "<#C02PAYROLL>", channel="general")
    (run,) = await ended(office, made.id)
    assert (run.kind, run.state.value, run.requested_by) == (RunKind.PREVIEW, "done", henrik.user.id)
    assert office.tripletex.requests.writes() == []
    assert [entry.action for entry in await office.audited()] == ["run.preview"]


async def test_sync_now_after_the_set_up_previews_before_anything_is_written(office: Office) -> None:
    henrik = office.person("henrik")
    made = await office.set_up(henrik, "Solbakken")
    await henrik.type("/integration sync now")
    await office.told(henrik, "Ingenting er skrevet: det finnes ingen forhåndsvisning")
    (run,) = await ended(office, made.id)
    assert (run.kind, run.state.value) == (RunKind.PREVIEW, "done")


async def test_a_double_click_starts_one_run(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    held = office.simployer.faults.slow(path="/employee$")
    await henrik.type("/integration")
    message = await office.told(henrik, "*Norge*")
    await asyncio.gather(*(henrik.click("integration.preview", message) for _ in range(3)))
    await office.told(henrik, "Forhåndsvisningen av *Norge* er startet")
    await held.arrived.wait()
    assert len(await all_runs(office, made.id)) == 1
    await henrik.type("/integration sync now")
    await office.told(henrik, "pågår allerede")
    assert len(await all_runs(office, made.id)) == 1
    held.release()
    await ended(office, made.id)


async def test_a_run_is_cancelled_from_the_overview(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    held = office.simployer.faults.slow(path="/employee$")
    await henrik.type("/integration sync preview")
    await held.arrived.wait()
    await henrik.type("/integration")
    message = await office.told(henrik, "En forhåndsvisning pågår")
    await henrik.click("run.cancel", message)
    await office.told(henrik, "blir avbrutt")
    held.release()
    (run,) = await ended(office, made.id)
    assert run.state.value == "cancelled"
    await henrik.click("run.cancel", message)
    await office.told(henrik, "allerede avsluttet")


async def test_a_paused_integration_says_how_to_go_on(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration pause")
    paused = await office.told(henrik, "er satt på pause")
    await henrik.type("/integration sync now")
    refused = await office.told(henrik, "Ingenting ble synkronisert")
    assert await all_runs(office, made.id) == []
    await henrik.click("integration.resume", refused)
    await office.told(henrik, "er i gang igjen")
    assert (await office.integration(made.id)).state.value == "connected"
    await henrik.type("/integration pause")
    await office.until(lambda: _is(office, made.id, "paused"))
    await henrik.click("integration.resume", paused)
    await office.until(lambda: _is(office, made.id, "connected"))
    await henrik.type("/integration resume")
    await office.told(henrik, "er ikke satt på pause")


async def _is(office: Office, integration_id: str, state: str) -> bool:
    return (await office.integration(integration_id)).state.value == state


async def test_a_sync_of_what_cannot_sign_in_is_refused_with_the_way_out(office: Office) -> None:
    made = await office.make()
    async with office.app.database.session() as s:
        await integrations.set_state(s, made.id, IntegrationState.NEEDS_RECONNECT)
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    message = await office.told(henrik, "påloggingsopplysninger")
    await henrik.click("integration.credentials", message)
    await office.until_step(henrik, "credentials")


async def test_what_cannot_sign_in_is_not_resumed_but_reconnected(office: Office) -> None:
    made = await office.make()
    async with office.app.database.session() as s:
        await integrations.set_state(s, made.id, IntegrationState.NEEDS_RECONNECT)
    henrik = office.person("henrik")
    await henrik.type("/integration resume")
    message = await office.told(henrik, "har sluttet å virke")
    assert (await office.integration(made.id)).state is IntegrationState.NEEDS_RECONNECT
    await henrik.click("integration.credentials", message)
    await office.until_step(henrik, "credentials")


async def test_a_run_whose_credentials_were_refused_offers_to_reconnect_and_not_to_sync(office: Office) -> None:
    made = await office.make(credentials={"employee_token": REVOKED_TOKEN, "environment": "test"})
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    await ended(office, made.id)
    message = await office.reads(lambda: henrik.messages("payroll"), henrik, "ble ikke kjørt")
    assert [each["action_id"] for each in _buttons(message)] == ["integration.credentials", "run.words"]
    assert _buttons(message)[0]["style"] == "primary"
    await henrik.click("integration.credentials", message)
    await office.until_step(henrik, "credentials")


def _buttons(message: Message) -> list[dict[str, Any]]:
    """The buttons of a message, as they stand."""
    return [each for block in message.blocks if block["type"] == "actions" for each in block["elements"]]


async def test_a_run_of_another_workspace_cannot_be_touched(office: Office) -> None:
    henrik = office.person("henrik")
    foreign = await office.make(team_id=office.team_id, name="Norge")
    async with office.app.database.session() as s:
        run, _ = await runs.create(
            s,
            runs.NewRun(
                id="sync:foreign",
                integration_id=foreign.id,
                team_id=office.team_id,
                kind=RunKind.SYNC,
                trigger=runs.RunTrigger.MANUAL,
            ),
        )
    await henrik.type("/integration")
    message = await office.told(henrik, "*Norge*")
    async with office.app.database.session() as s:
        await s.execute(sa.update(table(RunRow)).where(RunRow.id == run.id).values(team_id="T02OTHER"))
    await henrik.click("run.cancel", message)
    await office.told(henrik, "allerede avsluttet")
    async with office.app.database.reading() as s:
        after = await runs.get(s, run.id)
    assert after is not None
    assert after.cancel_requested_by is None


async def test_a_run_that_asks_is_approved_once_and_goes_on(office: Office) -> None:
    made = await office.make(scope={"kind": "everyone"}, thresholds={"creates_share": 0.01, "creates_people": 1})
    henrik, maja = office.person("henrik"), office.person("maja")
    await henrik.type("/integration sync now")

    def asking() -> Message | None:
        return next((message for message in henrik.messages("payroll") if "run.approve" in str(message.blocks)), None)

    message = await office.slack.world.changes.until(asking)
    assert message is not None
    (waiting,) = await all_runs(office, made.id)
    async with office.app.database.reading() as s:
        header = PlanSummary.from_json(await plans.header(s, office.app.database.vault, waiting.id))
        planned = await plans.counts(s, waiting.id)
    new, changed = (header.counts.get(kind, 0) for kind in (ChangeKind.CREATE, ChangeKind.UPDATE))
    assert new > 1
    assert {kind.value: count for kind, count in header.counts.items()} == planned
    assert f"{new} nye og {changed} endrede" in henrik.reads(message)
    await henrik.type("/integration sync now")
    await office.told(henrik, "venter på godkjenning")
    await maja.click("run.approve", message)
    await office.told(maja, "<@U01ASTRID>")
    (run,) = await all_runs(office, made.id)
    assert run.state.value == "waiting_approval"
    assert office.tripletex.requests.writes() == []
    await henrik.click("run.approve", message)
    await office.told(henrik, "Godkjent")
    (after,) = await ended(office, made.id)
    assert (after.id, after.approved_by) == (run.id, henrik.user.id)
    written = sum(after.counts.get(kind, 0) for kind in ("created", "updated"))
    assert written + after.counts.get("failed", 0) == new + changed, "no more was touched than was approved"
    asker = f"<@{henrik.user.id}>"
    told = await office.reads(lambda: henrik.thread("payroll", message.ts), henrik, asker, "ble godkjent")
    assert "er ferdig" in henrik.reads(told), "an edited message notifies nobody"
