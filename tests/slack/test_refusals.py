"""What a refusal asks for, in every shape that an answer of Slack's can have."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.refusals import RefusalKind, is_final, kind_of, retry_after_of


def refused(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    answer = AsyncSlackResponse(
        client=AsyncWebClient(), http_verb="POST", api_url="", req_args={}, data=data, headers=headers or {},
        status_code=status,
    )  # fmt: skip
    return SlackApiError("refused", answer)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, RefusalKind.PASSES) for code in ("ratelimited", "rate_limited", "internal_error", "fatal_error")),
        *((code, RefusalKind.PASSES) for code in ("service_unavailable", "request_timeout", "accesslimited")),
        *((code, RefusalKind.PASSES) for code in ("external_channel_migrating", "team_added_to_org")),
        *((code, RefusalKind.TOKEN) for code in ("token_revoked", "invalid_auth", "account_inactive", "token_expired")),
        *((code, RefusalKind.TOKEN) for code in ("invalid_token", "team_access_not_granted", "not_allowed_token_type")),
        *((code, RefusalKind.CONTENT) for code in ("invalid_blocks", "msg_blocks_too_long", "block_mismatch")),
        *((code, RefusalKind.THREAD) for code in ("restricted_action_thread_locked", "cannot_reply_to_message")),
        ("restricted_action_non_threadable_channel", RefusalKind.THREAD),
        *((code, RefusalKind.PLACE) for code in ("is_inactive", "edit_window_closed", "ekm_access_denied")),
        *((code, RefusalKind.PLACE) for code in ("missing_scope", "team_not_found", "a_word_of_tomorrow")),
        *((code, RefusalKind.PLACE) for code in ("is_archived", "restricted_action", "not_in_channel")),
        *((code, RefusalKind.PLACE) for code in ("update_failed", "cant_update_message", "file_uploads_disabled")),
    ],
)
def test_a_word_of_slacks_says_whether_to_wait_or_to_go_another_way(code: str, kind: RefusalKind) -> None:
    error = refused({"ok": False, "error": code})
    assert kind_of(error) is kind
    assert is_final(error) is (kind not in (RefusalKind.PASSES, RefusalKind.TOKEN))


@pytest.mark.parametrize(
    ("needed", "kind"),
    [
        ("chat:write", RefusalKind.TOKEN),
        ("chat:write:bot", RefusalKind.TOKEN),
        ("im:history", RefusalKind.PLACE),
        ("chat:write.public", RefusalKind.PLACE),
        (None, RefusalKind.PLACE),
    ],
)
def test_a_token_that_may_not_post_is_none(needed: str | None, kind: RefusalKind) -> None:
    assert kind_of(refused({"ok": False, "error": "missing_scope", "needed": needed})) is kind


@pytest.mark.parametrize(("data", "status"), [("<html>", 502), ("<html>", 200), ({"ok": False}, 500)])
def test_an_answer_that_is_no_word_of_slacks_passes(data: Any, status: int) -> None:
    assert kind_of(refused(data, status)) is RefusalKind.PASSES


@pytest.mark.parametrize(("header", "seconds"), [("30", 30.0), ("soon", 0.0), (None, 0.0)])
def test_how_long_slack_asks_to_be_left_alone(header: str | None, seconds: float) -> None:
    headers = {} if header is None else {"retry-after": header}
    assert retry_after_of(refused({"ok": False, "error": "ratelimited"}, 429, headers)) == seconds
