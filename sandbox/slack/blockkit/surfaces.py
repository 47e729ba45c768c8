from typing import Any

from sandbox.slack.blockkit.problem import Problem


def validate_view(view: Any) -> list[Problem]:
    return []


def validate_message(payload: Any) -> list[Problem]:
    return []


def validate_blocks(blocks: Any, surface: str = "message") -> list[Problem]:
    return []


def validate_options(x: Any) -> list[Problem]:
    return []
