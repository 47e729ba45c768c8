"""Steps of workflows, as Slack runs them."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person
from tests.sandbox.slack.conftest import StartSlack, manifest

STEP = {
    "title": "Count",
    "description": "Counts",
    "input_parameters": {"properties": {}},
    "output_parameters": {"properties": {"n": {"type": "integer"}}, "required": ["n"]},
}


async def started(start_slack: StartSlack) -> tuple[SlackSandbox, AsyncWebClient]:
    slack = await start_slack(manifest=manifest(events=["function_executed"]) | {"functions": {"count": STEP}})
    return slack, AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.mark.parametrize("outputs", [{}, {"n": "1"}, {"n": 1, "m": 2}])
async def test_outputs_are_held_to_the_manifest(start_slack: StartSlack, outputs: dict[str, Any]) -> None:
    slack, client = await started(start_slack)
    execution = Person(slack, "astrid").run_workflow("count")
    with pytest.raises(SlackApiError, match="parameter_validation_failed"):
        await client.functions_completeSuccess(function_execution_id=execution.id, outputs=outputs)
    assert execution.state == "running"


async def test_a_step_is_answered_once(start_slack: StartSlack) -> None:
    slack, client = await started(start_slack)
    execution = Person(slack, "astrid").run_workflow("count")
    await client.functions_completeSuccess(function_execution_id=execution.id, outputs={"n": 1})
    assert (execution.state, execution.outputs) == ("completed", {"n": 1})
    with pytest.raises(SlackApiError, match="execution_not_in_running_state"):
        await client.functions_completeError(function_execution_id=execution.id, error="no")
    with pytest.raises(SlackApiError, match="function_execution_not_found"):
        await client.functions_completeError(function_execution_id="Fx0", error="no")


async def test_a_step_that_is_not_declared_does_not_exist(start_slack: StartSlack) -> None:
    slack, _ = await started(start_slack)
    with pytest.raises(LookupError):
        Person(slack, "astrid").run_workflow("unknown")


async def test_without_the_subscription_the_app_never_hears_of_a_step(start_slack: StartSlack) -> None:
    slack = await start_slack(manifest=manifest() | {"functions": {"count": STEP}})
    Person(slack, "astrid").run_workflow("count")
    slack.world.events.emit("app_home_opened", {"type": "app_home_opened"})
    await slack.until(lambda: slack.deliveries)
    assert [delivery.payload["event"]["type"] for delivery in slack.deliveries] == ["app_home_opened"]
