"""The step of Workflow Builder: who may start it, what it answers, and that it answers once whatever happens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.handlers.runs.workflow_step import ABOUT, INTEGRATION, resource_named
from bot.notify.workflow_step import CALLBACK_ID, COUNTS
from sandbox.slack.faults import Fault
from sandbox.slack.steps import Execution
from storage import integrations, runs
from storage.integrations import Integration, IntegrationState
from storage.runs import Run
from tests.handlers.edit.test_absence import DAYS, NUMBER, SICK, placed, switched_on
from tests.handlers.runs.test_approve_replan import ASKING, asked
from tests.handlers.runs.test_start import ended
from tests.support.slack_office import ROOT, Office


async def over(office: Office, execution: Execution) -> Execution:
    """Wait for the step's answer."""
    await office.slack.world.changes.until(lambda: execution.state != "running")
    return execution


async def runs_of(office: Office, made: Integration) -> list[Run]:
    async with office.app.database.reading() as s:
        return list(await runs.latest(s, made.id))


async def test_a_workflow_syncs_and_goes_on_with_counts_and_a_link(office: Office) -> None:
    made = await office.make(name="Norge & nord")
    henrik = office.person("henrik")
    # Slack may send its control characters as entities, and whoever builds the workflow may quote.
    execution = await over(office, henrik.run_workflow(CALLBACK_ID, integration="“norge &amp; nord”"))
    assert (execution.state, execution.error) == ("completed", "")
    outputs = execution.outputs
    assert sum(outputs[name] for name in COUNTS) == 1
    assert outputs["summary"].startswith("1 ")
    assert outputs["about"] == "employees"
    (report,) = [message for message in henrik.messages("payroll") if message.ts.replace(".", "") in outputs["link"]]
    assert "Norge" in henrik.reads(report)
    (run,) = await runs_of(office, made)
    assert run.requested_by == henrik.user.id


async def test_a_workflow_syncs_absence_and_says_what_it_did(office: Office) -> None:
    made = await placed(office)
    await switched_on(office, made)
    office.simployer.admin.leave.request(NUMBER, SICK, *DAYS, status="APPROVED")
    henrik = office.person("henrik")
    execution = henrik.run_workflow(CALLBACK_ID, integration="Norge", about="Fravær")
    asks = await office.reads(lambda: henrik.messages("payroll"), henrik, "Godkjenn")
    await henrik.click("run.approve", asks)
    await over(office, execution)
    assert (execution.state, execution.error) == ("completed", "")
    assert execution.outputs["about"] == "absence"
    assert "2 dager" in execution.outputs["summary"]
    assert [run.resource for run in await runs_of(office, made)] == ["absence"]


async def test_a_word_for_nothing_that_is_synced_and_a_system_without_absence_are_told(office: Office) -> None:
    await office.make(provider="kleer", target_account_id="1", name="Go")
    henrik = office.person("henrik")
    for about, said in (("fruit", '"fruit"'), ("absence", "tar ikke imot fravær")):
        execution = await over(office, henrik.run_workflow(CALLBACK_ID, integration="Go", about=about))
        assert said in execution.error


@pytest.mark.parametrize(
    ("said", "meant"),
    [("", "employees"), ("Ansatte", "employees"), ("ABSENCE", "absence"), ("frånvaro", "absence"), ("fruit", None)],
)
def test_what_is_synced_is_named_in_any_language(said: str, meant: str | None) -> None:
    assert resource_named(said) == meant


async def test_an_event_that_comes_twice_is_one_run_and_one_answer(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    execution = henrik.run_workflow(CALLBACK_ID, integration="Norge")
    office.slack.world.steps.repeat(execution)
    await over(office, execution)
    office.slack.world.steps.repeat(execution)
    await office.slack.world.changes.until(lambda: len(office.slack.world.steps.tokens) == 3)
    assert len(await runs_of(office, made)) == 1
    assert len([call for call in office.calls("functions.completeSuccess") if call.ok]) == 1


@pytest.mark.parametrize("since", ["paused", "right lost", "slack is slow"])
async def test_an_event_that_comes_again_when_it_could_not_begin_any_more_is_answered_by_its_run(
    office: Office, capfd: pytest.CaptureFixture[str], since: str
) -> None:
    made, henrik = await office.make(), office.person("henrik")
    held = office.simployer.faults.slow(path="/employee$")
    execution = henrik.run_workflow(CALLBACK_ID, integration="Norge")
    await held.arrived.wait()
    users = office.slack.world.workspace.users
    async with office.app.database.session() as s:
        if since == "paused":
            await integrations.set_state(s, made.id, IntegrationState.PAUSED)
    if since == "right lost":
        users[henrik.user.id] = replace(henrik.user, role=office.person("maja").user.role)
    if since == "slack is slow":
        office.slack.world.faults.inject(Fault("users.info", error="internal_error", times=9))
    office.app.services.access.forget(office.team_id)

    said: list[str] = []

    async def is_handled() -> bool:
        said.append(capfd.readouterr().out)
        return execution.state != "running" or "step_begun_before" in "".join(said)

    office.slack.world.steps.repeat(execution)
    await office.until(is_handled)
    assert execution.state == "running"
    office.slack.world.faults.clear()
    held.release()
    assert (await over(office, execution)).error == ""
    assert execution.outputs["about"] == "employees"
    assert len(await runs_of(office, made)) == 1


async def test_those_who_may_not_cannot_start_it_through_a_workflow(office: Office) -> None:
    made = await office.make()
    execution = await over(office, office.person("maja").run_workflow(CALLBACK_ID, integration="Norge"))
    assert execution.state == "failed"
    assert "hantera integrationer" in execution.error
    assert await runs_of(office, made) == []


async def test_a_workflow_that_nobody_started_is_refused(office: Office) -> None:
    made = await office.make()
    unknown: tuple[dict[str, Any], ...] = (
        {},
        {"user_context": None},
        {"user_context": {}},
        {"user_context": "U02HENRIK"},
    )
    for inputs in unknown:
        execution = office.slack.world.steps.execute(CALLBACK_ID, {"integration": "Norge", **inputs})
        assert "does not tell who started" in (await over(office, execution)).error
    assert await runs_of(office, made) == []


async def test_an_unknown_or_unclear_name_is_answered_with_those_there_are(office: Office) -> None:
    await office.make(name="Norge nord")
    await office.make(name="Norge sør", target_account_id="2", target_account_name="Annet selskap")
    henrik = office.person("henrik")
    for name in ("Sverige", "Norge", ""):
        execution = await over(office, henrik.run_workflow(CALLBACK_ID, integration=name))
        assert "Norge nord og Norge sør" in execution.error


async def test_what_cannot_run_says_why(office: Office) -> None:
    made = await office.make()
    async with office.app.database.session() as s:
        await integrations.set_state(s, made.id, IntegrationState.PAUSED)
    execution = await over(office, office.person("henrik").run_workflow(CALLBACK_ID, integration="Norge"))
    assert execution.error.startswith("Norge ble ikke synkronisert. ")
    assert "pause" in execution.error


async def test_a_sync_that_fails_fails_the_step(office: Office) -> None:
    await office.make()
    office.simployer.revoke()
    execution = await over(office, office.person("henrik").run_workflow(CALLBACK_ID, integration="Norge"))
    assert execution.state == "failed"
    assert execution.error.startswith("Norge ble ikke synkronisert. ")
    assert len(execution.error) > len("Norge ble ikke synkronisert. ")


async def test_an_old_plan_that_is_made_again_is_answered_by_the_run_that_made_it(office: Office) -> None:
    made = await office.make(**ASKING)
    henrik = office.person("henrik")
    execution = henrik.run_workflow(CALLBACK_ID, integration="Norge")
    first = await asked(office, henrik)
    office.clock.forward(hours=13)
    await henrik.click("run.approve", first)
    await over(office, execution)
    assert (execution.state, execution.error) == ("completed", "")
    newer, older = await ended(office, made.id)
    assert (older.state.value, older.counts) == ("cancelled", {})
    assert execution.outputs["created"] == newer.counts["created"] > 0
    assert len(office.calls("functions.completeSuccess")) == 1
    assert not office.calls("functions.completeError")


async def test_an_answer_that_slack_did_not_take_is_given_again(office: Office) -> None:
    await office.make()
    office.slack.world.faults.inject(Fault("functions.completeSuccess", error="internal_error"))
    execution = await over(office, office.person("henrik").run_workflow(CALLBACK_ID, integration="Norge"))
    assert execution.state == "completed"


async def test_a_manifest_of_a_version_before_does_not_leave_the_workflow_waiting(office: Office) -> None:
    await office.make()
    del office.slack.world.manifest.functions[CALLBACK_ID]["output_parameters"]["properties"]["about"]
    execution = await over(office, office.person("henrik").run_workflow(CALLBACK_ID, integration="Norge"))
    assert execution.state == "failed"
    assert "parameter_validation_failed" in execution.error
    assert "Norge" in execution.error


async def test_a_report_without_a_link_still_answers(office: Office) -> None:
    await office.make()
    office.slack.world.faults.inject(Fault("chat.getPermalink", error="internal_error", times=9))
    execution = await over(office, office.person("henrik").run_workflow(CALLBACK_ID, integration="Norge"))
    assert (execution.state, execution.outputs["link"]) == ("completed", "")


def test_the_manifest_declares_what_is_answered() -> None:
    manifest = yaml.safe_load(Path(ROOT / "manifest.yml").read_text(encoding="utf-8"))
    step = manifest["functions"][CALLBACK_ID]
    assert set(step["output_parameters"]["properties"]) == {*COUNTS, "summary", "link", "about"}
    assert set(step["input_parameters"]["properties"]) == {INTEGRATION, ABOUT, "user_context"}
    assert step["input_parameters"]["properties"]["user_context"]["type"] == "slack#/types/user_context"
    assert step["input_parameters"]["required"] == ["integration", "user_context"]
