"""A message as Slack takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """A Slack message: the blocks, and the text that screen readers and notifications read; Slack takes that for
    mrkdwn too."""

    text: str
    blocks: list[dict[str, Any]]
