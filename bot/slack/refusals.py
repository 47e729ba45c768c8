"""What Slack's refusals mean for whoever tells people something: one table, asked by all.

Sources: docs.slack.dev, the errors of chat.postMessage, chat.update, conversations.history,
files.completeUploadExternal and functions.completeSuccess. A word that is in no list is taken for one that stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from slack_sdk.errors import SlackApiError

from bot.slack.client import code_of, retry_after_in


class RefusalKind(StrEnum):
    """What a refusal asks for.

    `PASSES`: it is over by itself, the same call is worth repeating. `TOKEN`: Slack does not take the bot's token, and
    will not tomorrow. `CONTENT`: not in these blocks. `THREAD`: not below this message. `PLACE`: not here, for
    whatever reason.
    """

    PASSES = "passes"
    TOKEN = "token"  # noqa: S105 - a kind, no secret
    CONTENT = "content"
    THREAD = "thread"
    PLACE = "place"


PASSING = frozenset(
    {
        *("ratelimited", "rate_limited", "message_limit_exceeded"),
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout"),
        # A workspace or channel on its way to another organisation; a network that is shut out for now.
        *("team_added_to_org", "org_login_required", "external_channel_migrating", "accesslimited"),
    }
)

TOKEN_REFUSED = frozenset(
    {
        *("token_revoked", "token_expired", "invalid_auth", "invalid_token", "account_inactive", "not_authed"),
        # An organisation's token that speaks for this workspace no more; a token of another kind.
        *("team_access_not_granted", "not_allowed_token_type"),
    }
)

_CONTENT = frozenset(
    {
        *("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "block_mismatch"),
        *("too_many_attachments", "invalid_attachments", "invalid_arguments", "no_text"),
    }
)

_THREAD = frozenset(
    {
        *("restricted_action_thread_locked", "restricted_action_non_threadable_channel"),
        *("cannot_reply_to_message", "thread_not_found"),
    }
)

_TO_POST = frozenset({"chat:write", "chat:write:bot"})
"""The permission without which the bot tells nobody anything: a token without it is none."""

_UNREAD = "http_"
"""How `code_of` begins where the answer was no word of Slack's: a proxy's page, or half an answer."""


def kind_of(error: SlackApiError) -> RefusalKind:
    """What the refusal asks for. One that passes may have been done all the same: look before it is repeated."""
    code = code_of(error)
    if code in TOKEN_REFUSED or (code == "missing_scope" and _TO_POST & _needed(error)):
        return RefusalKind.TOKEN
    if code in PASSING or code.startswith(_UNREAD) or _status(error) >= 500:
        return RefusalKind.PASSES
    if code in _CONTENT:
        return RefusalKind.CONTENT
    return RefusalKind.THREAD if code in _THREAD else RefusalKind.PLACE


def passes(error: SlackApiError) -> bool:
    """Whether the refusal is over by itself."""
    return kind_of(error) is RefusalKind.PASSES


def is_final(error: SlackApiError) -> bool:
    """Whether another way has to be found: it neither passes nor concerns the token, with which there is none."""
    return kind_of(error) not in (RefusalKind.PASSES, RefusalKind.TOKEN)


def retry_after_of(error: SlackApiError) -> float:
    """How many seconds Slack asks to be left alone; 0 where it does not say."""
    return retry_after_in(getattr(error.response, "headers", None))


def _needed(error: SlackApiError) -> frozenset[str]:
    """The permissions that Slack names as missing."""
    data = getattr(error.response, "data", error.response)
    needed = data.get("needed") if isinstance(data, Mapping) else None
    return frozenset(each.strip() for each in needed.split(",")) if isinstance(needed, str) else frozenset()


def _status(error: SlackApiError) -> int:
    status = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    return status if isinstance(status, int) else 0
