"""What PowerOffice Go's refusals mean. Names of problem details are read in any case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.text import Text, text
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Rejected, Unavailable, WriteConflict
from bot.providers.kit.http import Answer
from bot.providers.poweroffice_go.field_table import key_of


def error_of(call: str, answer: Answer) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log."""
    line = f"poweroffice_go: {call}: {answer.status}"
    words, key = _said(answer.body)
    if answer.status == 401:
        # The token has just been made, so it is the keys that are no good any more.
        return _credentials(line, "poweroffice_go.token_refused", words)
    if answer.status == 403:
        return not_permitted(line, call, words)
    if answer.status in (404, 409):
        return changed(f"{call}: {answer.status}", verbatim=words)
    values = {"field": Text(f"field.{key}")} if key else {}
    return Rejected(
        line,
        field=key,
        text=Text("poweroffice_go.rejected_field" if key else "poweroffice_go.rejected", values),
        advice=text("poweroffice_go.rejected.advice"),
        verbatim=words,
    )


def token_error(answer: Answer) -> ProviderError:
    """Why no token was given: the subscription key is the operator's (401), the client key is the customer's (400)."""
    words, _ = _said(answer.body)
    line = f"poweroffice_go: token: {answer.status}"
    if answer.status in (401, 403):
        return operator_error(line, words)
    return _credentials(line, "poweroffice_go.client_key_refused", words)


def operator_error(line: str, words: str | None = None) -> ProviderError:
    """The bot's own keys are missing or are no good."""
    key = "poweroffice_go.operator_keys"
    return CredentialsRefused(
        line, field="environment", text=text(key), advice=text("poweroffice_go.operator_keys.advice"), verbatim=words
    )


def _credentials(line: str, key: str, words: str | None) -> ProviderError:
    advice = text("poweroffice_go.client_key_refused.advice")
    return CredentialsRefused(line, field="client_key", text=Text(key), advice=advice, verbatim=words)


def not_permitted(line: str, what: str, verbatim: str | None = None) -> NotPermitted:
    """The error for privileges that are missing; `what` names them, or the call that was refused."""
    return NotPermitted(
        line,
        text=text("poweroffice_go.not_permitted", what=what),
        advice=text("poweroffice_go.not_permitted.advice"),
        verbatim=verbatim,
    )


def changed(reason: str, *, verbatim: str | None = None) -> WriteConflict:
    """The error for a person who is not as the plan found them."""
    return WriteConflict(
        f"poweroffice_go: {reason}",
        text=text("poweroffice_go.changed_meanwhile"),
        advice=text("poweroffice_go.changed_meanwhile.advice"),
        verbatim=verbatim,
    )


def unreadable(call: str, *, sent: bool) -> Unavailable:
    """The error of an answer whose shape is not the described one; `sent` where it answers a write."""
    key, values = "provider.unknown_outcome" if sent else "provider.unreadable", {"system": Text("poweroffice_go.name")}
    return Unavailable(
        f"poweroffice_go: {call}", text=Text(key, values), advice=Text(f"{key}.advice", values), sent=sent
    )


def _said(body: Any) -> tuple[str | None, str | None]:
    """Whatever a refusal says, and our key for the field that it names."""
    if not isinstance(body, Mapping):
        return None, None
    said = {str(name).lower(): value for name, value in body.items()}
    errors = said.get("errors")
    by_field = errors if isinstance(errors, Mapping) else {}
    lines = [f"{name}: {line}" for name, each in by_field.items() if isinstance(each, list) for line in each]
    for name in ("detail", "title", "message", "error_description", "error"):
        value = said.get(name)
        if isinstance(value, str) and value.strip() and not any(value.strip() in line for line in lines):
            lines.append(value.strip())
    return "; ".join(lines) or None, next((key for key in map(key_of, map(str, by_field)) if key), None)
