"""What is wrong with a payload, and where."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One finding: a JSON pointer into the payload, a short code, and a sentence like Slack's own."""

    pointer: str
    code: str
    message: str
