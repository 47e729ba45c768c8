"""functions.*: the answers to steps of workflows."""

from sandbox.slack.api.call import Call, method
from sandbox.slack.errors import SlackError
from sandbox.slack.jsontype import Json
from sandbox.slack.steps import Execution


@method("functions.completeSuccess")
async def complete_success(call: Call) -> Json:
    execution = _running(call)
    outputs = call.arguments.get("outputs")
    problems = call.world.steps.complete(execution, outputs if isinstance(outputs, dict) else {})
    if problems:
        raise SlackError("parameter_validation_failed", {"response_metadata": {"messages": problems}})
    return {}


@method("functions.completeError")
async def complete_error(call: Call) -> Json:
    call.world.steps.fail(_running(call), call.required("error"))
    return {}


def _running(call: Call) -> Execution:
    execution = call.world.steps.executions.get(call.required("function_execution_id"))
    if execution is None:
        raise SlackError("function_execution_not_found")
    if execution.state != "running":
        raise SlackError("execution_not_in_running_state")
    return execution
