"""What PowerOffice Go's refusals mean. Names of problem details are read in any case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.providers.errors import ProviderError
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors
from bot.providers.poweroffice_go.field_table import key_of

ERRORS = UsualErrors("poweroffice_go")


def error_of(call: str, answer: Answer) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log."""
    line = f"poweroffice_go: {call}: {answer.status}"
    words, key = _said(answer.body)
    if answer.status == 401:
        # The token has just been made, so it is the keys that are no good any more.
        return _credentials(line, "token_refused", words)
    if answer.status == 403:
        return ERRORS.not_permitted(line, call, words)
    if answer.status in (404, 409):
        return ERRORS.changed(f"{call}: {answer.status}", verbatim=words)
    return ERRORS.rejected(line, key, words)


def token_error(answer: Answer) -> ProviderError:
    """Why no token was given: the subscription key is the operator's (401), the client key is the customer's (400)."""
    words, _ = _said(answer.body)
    line = f"poweroffice_go: token: {answer.status}"
    if answer.status in (401, 403):
        return operator_error(line, words)
    return _credentials(line, "client_key_refused", words)


def operator_error(line: str, words: str | None = None) -> ProviderError:
    """The bot's own keys are missing or are no good."""
    return ERRORS.credentials(line, "operator_keys", "environment", verbatim=words)


def _credentials(line: str, key: str, words: str | None) -> ProviderError:
    return ERRORS.credentials(line, key, "client_key", advice="client_key_refused", verbatim=words)


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
