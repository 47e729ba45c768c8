"""What is told once waits for a busy Slack, as long as it is worth it."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

from bot.slack.patient_post import PAUSE, TRIES, patiently


@pytest.mark.parametrize(
    ("refusals", "tried", "told"),
    [
        ([], 1, True),
        (["rate_limited"], 2, True),
        (["internal_error", "ratelimited"], 3, True),
        (["ratelimited"] * TRIES, TRIES, False),
        (["is_archived"], 1, False),
        (["token_revoked"], 1, False),
        (["rate_limited", "messages_tab_disabled"], 2, False),
    ],
)
async def test_a_refusal_that_passes_is_waited_for(refusals: list[str], tried: int, *, told: bool) -> None:
    left, slept, calls = list(refusals), list[float](), 0

    async def tell() -> None:
        nonlocal calls
        calls += 1
        if left:
            raise SlackApiError("no", {"ok": False, "error": left.pop(0)})  # type: ignore[no-untyped-call]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    if told:
        await patiently(tell, sleep)
    else:
        with pytest.raises(SlackApiError):
            await patiently(tell, sleep)
    assert (calls, slept) == (tried, [PAUSE] * (tried - 1))
