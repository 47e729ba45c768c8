"""Block Kit checks: pure functions from a payload to a list of problems."""

from sandbox.slack.blockkit.problem import Problem
from sandbox.slack.blockkit.surfaces import validate_blocks, validate_message, validate_options, validate_view

__all__ = ["Problem", "validate_blocks", "validate_message", "validate_options", "validate_view"]
