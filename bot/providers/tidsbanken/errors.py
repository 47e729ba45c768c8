"""What Tidsbanken's refusals mean. No description of them is public, so the status decides.

The service in front of it (Azure API Management) refuses a subscription key in words of its own: that key is the
operator's, and any other 401 is about the customer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.providers.errors import CredentialsRefused, ProviderError
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors

ERRORS = UsualErrors("tidsbanken")
TB_KEY = "tb_key"
OF_THE_OPERATOR = "subscription key"


def error_of(call: str, answer: Answer, *, proven: bool = True) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log; until the key has been `proven`,
    403 is about it too."""
    line, words = f"tidsbanken: {call}: {answer.status}", words_of(answer.body)
    if answer.status == 401 and words and OF_THE_OPERATOR in words.lower():
        return operator_error(line, words)
    if answer.status == 401 or (answer.status == 403 and not proven):
        return ERRORS.credentials(line, "key_refused", TB_KEY, verbatim=words)
    if answer.status == 403:
        return ERRORS.not_permitted(line, call, words)
    if answer.status in (404, 409):
        return ERRORS.changed(f"{call}: {answer.status}", verbatim=words)
    return ERRORS.rejected(line, None, words)


def operator_error(line: str, words: str | None = None) -> CredentialsRefused:
    """The bot's own key is missing or is no good."""
    return ERRORS.credentials(line, "operator_key", TB_KEY, verbatim=words)


def words_of(body: Any) -> str | None:
    """Whatever a refusal says, if it says it in one of the usual places, those of OData among them."""
    if isinstance(body, str):
        return body.strip() or None
    if not isinstance(body, Mapping):
        return None
    said = {str(name).lower(): value for name, value in body.items()}
    if isinstance(said.get("error"), Mapping):
        return words_of(said["error"])
    lines = [said.get(name) for name in ("message", "detail", "title", "error")]
    return next((line.strip() for line in lines if isinstance(line, str) and line.strip()), None)
