"""blocks.validate: Slack's own check of a payload (docs.slack.dev: methods/blocks.validate)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from sandbox.slack.api.call import Call, method
from sandbox.slack.blockkit import Problem, validate_blocks, validate_message, validate_view
from sandbox.slack.errors import SlackError, invalid_arguments
from sandbox.slack.jsontype import Json

_CHECKS: Final[Mapping[str, Callable[[Any], list[Problem]]]] = {
    "blocks": validate_blocks,
    "message": validate_message,
    "view": validate_view,
}


@method("blocks.validate")
async def validate(call: Call) -> Json:
    """Exactly one of blocks, message and view."""
    given = [name for name in ("blocks", "message", "view") if call.arguments.get(name)]
    if len(given) != 1:
        raise invalid_arguments("exactly one of blocks, message, view must be given")
    problems = _CHECKS[given[0]](call.arguments[given[0]])
    if problems:
        raise SlackError(f"invalid_{given[0]}", {"errors": [asdict(problem) for problem in problems]})
    return {}
