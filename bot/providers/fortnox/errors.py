"""What Fortnox' refusals mean. Names in its envelope are read in any case, as it writes them in several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.text import text
from bot.providers.consent import CONSENT
from bot.providers.errors import ProviderError, Unsupported
from bot.providers.fortnox.field_table import key_of
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors

ERRORS = UsualErrors("fortnox")

LOGIN = frozenset({2000310, 2000311})
NO_SCOPE = 2000663
NO_LICENCE = frozenset({2001101, 2001103})
NUMBER_USED = 2000637
NOT_DESCRIBED = frozenset({2000588, 2001392, 2001399, 2001740, 2002115, 1000030, 1000031})
"""What is refused so, is refused for everybody: the request is not one that Fortnox knows."""

AGREEMENT = "ftgavtalid"
"""What Fortnox names when form of employment, kind of personnel or form of pay is missing."""


@dataclass(frozen=True, slots=True)
class FortnoxRefusal:
    """What an answer says: words, code, and what it names in brackets at the end."""

    words: str | None
    code: int | None
    named: str | None


def refusal_of(body: Any) -> FortnoxRefusal:
    """Whatever an answer says of why it is none."""
    said = _lower(body)
    inner = _lower(said.get("errorinformation")) or said
    lines = [inner.get(name) for name in ("message", "error_description", "detail")]
    words = next((line.strip() for line in lines if isinstance(line, str) and line.strip()), None)
    if words is None and isinstance(inner.get("error"), str):
        words = inner["error"]
    code = inner.get("code")
    return FortnoxRefusal(words, code if isinstance(code, int) else None, named_in(words))


def named_in(words: str | None) -> str | None:
    """What Fortnox names in brackets at the end of its words, in small letters."""
    named = re.search(r"\((\w+)\)\s*$", words or "")
    return named[1].lower() if named else None


def error_of(call: str, answer: Answer) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log."""
    said = refusal_of(answer.body)
    line = f"fortnox: {call}: {answer.status} {said.code or ''}".rstrip()
    if answer.status == 401 or said.code in LOGIN:
        # The token has just been made, so it is the consent that is gone.
        return ERRORS.credentials(line, "consent_gone", CONSENT, verbatim=said.words)
    if said.code in NO_LICENCE:
        error = ERRORS.not_permitted(line, "Fortnox Lön", said.words)
        error.text, error.advice = text("fortnox.no_licence"), text("fortnox.no_licence.advice")
        error.of_key = True
        return error
    if answer.status == 403 or said.code == NO_SCOPE:
        error = ERRORS.not_permitted(line, call, said.words)
        error.of_key = said.code == NO_SCOPE
        return error
    if said.code in NOT_DESCRIBED:
        advice = text("fortnox.not_described.advice")
        return Unsupported(line, text=text("fortnox.not_described"), advice=advice, verbatim=said.words)
    if answer.status in (404, 409) or said.code == NUMBER_USED:
        return ERRORS.changed(f"{call}: {answer.status}", verbatim=said.words)
    key = "employment_form" if said.named == AGREEMENT else key_of(said.named)
    return ERRORS.rejected(line, key, said.words)


def token_error(answer: Answer) -> ProviderError:
    """Why no token was given: the application is the operator's, the consent is the customer's."""
    body = _lower(answer.body)
    words = refusal_of(answer.body).words
    line = f"fortnox: token: {answer.status}"
    if body.get("error") == "invalid_client":
        return operator_error(line, words)
    return ERRORS.credentials(line, "consent_gone", CONSENT, verbatim=words)


def operator_error(line: str, words: str | None = None) -> ProviderError:
    """The bot's own application is missing or is no good."""
    return ERRORS.credentials(line, "operator_application", CONSENT, verbatim=words)


def _lower(body: Any) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in body.items()} if isinstance(body, Mapping) else {}
