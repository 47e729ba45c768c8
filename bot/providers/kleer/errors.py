"""What Kleer's refusals mean. It gives a sentence in Swedish and no code, so that the status decides."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from bot.providers.errors import CredentialsRefused, ProviderError
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors
from bot.providers.kit.xml_body import text_at

ERRORS = UsualErrors("kleer")
TOKEN, COMPANY = "token", "company_id"
REFUSAL = "error"


def is_refusal(answer: Answer) -> bool:
    """Whether an answer refuses, by its status or, whatever that is, by what it says."""
    return not answer.ok or (isinstance(answer.body, ET.Element) and answer.body.tag == REFUSAL)


def error_of(call: str, answer: Answer) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log."""
    line, words = f"kleer: {call}: {answer.status}", _words(answer)
    if answer.status == 401:
        return token_error(line, words)
    if answer.status == 403:
        return ERRORS.not_permitted(line, verbatim=words)
    if answer.status in (404, 409):
        return ERRORS.changed(f"{call}: {answer.status}", verbatim=words)
    return ERRORS.rejected(line, None, words)


def token_error(line: str, words: str | None = None) -> CredentialsRefused:
    """The token is none that Kleer knows."""
    return ERRORS.credentials(line, "token_refused", TOKEN, verbatim=words)


def company_error(call: str, answer: Answer) -> ProviderError:
    """Why the company itself was not shown: the token's fault, or it is not the token's company."""
    if answer.status not in (400, 403, 404):
        return error_of(call, answer)
    return ERRORS.credentials(f"kleer: {call}: {answer.status}", "company_refused", COMPANY, verbatim=_words(answer))


def _words(answer: Answer) -> str | None:
    said = answer.body if isinstance(answer.body, ET.Element) else None
    return text_at(said, "message") if said is not None and said.tag == REFUSAL else None
