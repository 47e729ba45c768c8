"""Steps of workflows: the app is told that one is executed, and completes or fails it.

Source: docs.slack.dev, custom steps; `function_executed`; `functions.completeSuccess`, `functions.completeError`.
The app must subscribe to the event (bolt-python, docs/english/tutorial/custom-steps-workflow-builder-new.md: "a
requirement"); without it, nothing is delivered and the step never ends.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.slack.changes import Changes
from sandbox.slack.events import EventsApi
from sandbox.slack.jsontype import Json
from sandbox.slack.manifest import Manifest

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}


@dataclass
class Execution:
    """One step of one run of a workflow, and what became of it."""

    id: str
    callback_id: str
    inputs: Json
    state: Literal["running", "completed", "failed"] = "running"
    outputs: Json = field(default_factory=dict)
    error: str = ""


class Steps:
    """Executes the steps that the manifest declares."""

    def __init__(self, manifest: Manifest, events: EventsApi, changes: Changes, app_id: str) -> None:
        self._manifest = manifest
        self._events = events
        self._changes = changes
        self._app_id = app_id
        self.executions: dict[str, Execution] = {}
        self.tokens: set[str] = set()
        """Tokens that came with an event; they speak for the bot."""

    def execute(self, callback_id: str, inputs: Json) -> Execution:
        """Tell the app. Raises LookupError for a step that its manifest does not declare."""
        declared = self._manifest.functions.get(callback_id)
        if declared is None:
            raise LookupError(f"no step {callback_id!r}")
        execution = Execution(f"Fx{secrets.token_hex(5).upper()}", callback_id, inputs)
        self.executions[execution.id] = execution
        self._events.emit("function_executed", self._event(execution, declared))
        return execution

    def repeat(self, execution: Execution) -> None:
        """Tell the app again of the same execution, as after an answer that was lost."""
        self._events.emit("function_executed", self._event(execution, self._manifest.functions[execution.callback_id]))

    def complete(self, execution: Execution, outputs: Json) -> list[str]:
        """Take the outputs; says what is wrong with them, and then takes none."""
        declared = self._manifest.functions[execution.callback_id].get("output_parameters", {})
        problems = [f"{name} is missing" for name in declared.get("required", []) if name not in outputs]
        for name, value in outputs.items():
            parameter = declared.get("properties", {}).get(name)
            if parameter is None:
                problems.append(f"{name} is not declared")
            elif not isinstance(value, _KINDS.get(parameter["type"], object)):
                problems.append(f"{name} is not of the type {parameter['type']}")
        if not problems:
            execution.state, execution.outputs = "completed", outputs
            self._changes.happened(())
        return problems

    def fail(self, execution: Execution, error: str) -> None:
        """Take the app's word that it could not be done."""
        execution.state, execution.error = "failed", error
        self._changes.happened(())

    def _event(self, execution: Execution, declared: Json) -> Json:
        token = f"xwfp-sandbox-{secrets.token_hex(8)}"
        self.tokens.add(token)
        return {
            "type": "function_executed",
            "function": {
                "id": f"Fn{execution.callback_id}",
                "callback_id": execution.callback_id,
                "title": declared.get("title", ""),
                "description": declared.get("description", ""),
                "type": "app",
                "app_id": self._app_id,
            },
            "inputs": execution.inputs,
            "function_execution_id": execution.id,
            "workflow_execution_id": f"Wx{execution.id}",
            "bot_access_token": token,
        }
