"""What 24SevenOffice's refusals mean. No body of a refusal is published, so the status decides, and words are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.text import text
from bot.providers.errors import CredentialsRefused, ProviderError, Unsupported
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors
from bot.providers.twentyfour_seven_office.field_table import key_of

ERRORS = UsualErrors("twentyfour_seven_office")


def error_of(call: str, answer: Answer, *, write: bool) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log.

    401 is described as "bad input parameter": after a token that was just given, a write that meets it was refused for
    what it says.
    """
    line = f"twentyfour_seven_office: {call}: {answer.status}"
    words = words_of(answer.body)
    if answer.status == 403 or (answer.status == 401 and not write):
        return ERRORS.not_permitted(line, call, words)
    if answer.status in (404, 409):
        return ERRORS.changed(f"{call}: {answer.status}", verbatim=words)
    return ERRORS.rejected(line, key_of(words), words)


def token_error(path: str, answer: Answer) -> CredentialsRefused:
    """The customer's token is no good, or no good any more."""
    line = f"twentyfour_seven_office: GET {path}: {answer.status}"
    return ERRORS.credentials(line, "token_refused", "access_token", verbatim=words_of(answer.body))


def not_norwegian(country: str) -> Unsupported:
    """A company whose rules are not those of the a-melding."""
    return Unsupported(
        "twentyfour_seven_office: a company of another country",
        text=text("twentyfour_seven_office.not_norwegian", country=country),
        advice=text("twentyfour_seven_office.not_norwegian.advice"),
    )


def words_of(body: Any) -> str | None:
    """Whatever a refusal says, if it says it in one of the usual places."""
    if isinstance(body, str):
        return body.strip() or None
    if not isinstance(body, Mapping):
        return None
    said = {str(name).lower(): value for name, value in body.items()}
    lines = [said.get(name) for name in ("message", "error", "detail", "title", "error_description")]
    return next((line.strip() for line in lines if isinstance(line, str) and line.strip()), None)
