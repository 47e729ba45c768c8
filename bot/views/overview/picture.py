"""The last syncs in one line: how many people needed somebody after each. Slack draws its chart in messages alone."""

from __future__ import annotations

from collections.abc import Sequence

from bot.locales import Translator

BARS = "▁▂▃▄▅▆▇█"

LEAST_DRAWN, MOST_DRAWN = 3, 20
"""Syncs: fewer make no picture, and more no line."""


def picture(t: Translator, attention: Sequence[int]) -> str:
    """The line as mrkdwn, which says the numbers as well; "" for too few syncs, or where nobody needed anybody."""
    drawn = attention[-MOST_DRAWN:]
    if len(drawn) < LEAST_DRAWN or not any(drawn):
        return ""
    return t.md("history.picture", n=len(drawn), bars=bars(drawn), last=drawn[-1], most=max(drawn))


def bars(numbers: Sequence[int]) -> str:
    """One bar for each number, the lowest for none and the highest for the most."""
    most = max([1, *numbers])
    return "".join(BARS[-(-number * (len(BARS) - 1) // most)] for number in numbers)
