"""What Spiris' refusals mean: status 400, a code of the list that its APIs share, and the fields that are at fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.text import text
from bot.providers.consent import CONSENT
from bot.providers.errors import CredentialsRefused, ProviderError, Unsupported
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors

ERRORS = UsualErrors("spiris_lon")

NOT_FOUND, CONFLICT, NO_MODULE, SANDBOX_CLIENT = 3000, 4000, 4002, 4034

FIELDS = {
    "employeenumber": "number", "firstname": "first_name", "lastname": "last_name",
    "identificationnumber": "identity_number", "emailwork": "email", "phonemobile": "phone",
    "contractstartdate": "start_date", "contractenddate": "end_date", "employeecategory": "personnel_type",
    "salarytype": "remuneration_type",
}  # fmt: skip
"""What Spiris calls a field, in small letters and without what it is in."""


@dataclass(frozen=True, slots=True)
class SpirisRefusal:
    """What an answer says: its words, the code, the id of the request, and the fields at fault in small letters."""

    words: str | None
    code: int | None
    reference: str | None
    fields: tuple[str, ...]


def refusal_of(body: Any) -> SpirisRefusal:
    """Whatever an answer says of why it is none."""
    said = body if isinstance(body, Mapping) else {}
    listed = said.get("Errors")
    errors = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, Mapping)]
    lines = [said.get("DeveloperErrorMessage"), *(one.get("Message") for one in errors)]
    words = [line.strip() for line in lines if isinstance(line, str) and line.strip()]
    words = words or [one for name in ("message", "error") if isinstance(one := said.get(name), str)]
    code, reference = said.get("ErrorCode"), said.get("ErrorId")
    fields = tuple(str(one.get("Field") or "").rpartition(".")[2].lower() for one in errors)
    return SpirisRefusal(
        " ".join(dict.fromkeys(words)) or None,
        code if isinstance(code, int) else None,
        reference if isinstance(reference, str) else None,
        tuple(name for name in fields if name),
    )


def is_missing(answer: Answer) -> bool:
    """Whether there is no such thing: the description knows no 404, and a code that says so."""
    return answer.status == 404 or (answer.status == 400 and refusal_of(answer.body).code == NOT_FOUND)


def error_of(call: str, answer: Answer, *, writes: bool = False) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log."""
    said = refusal_of(answer.body)
    line, more = f"spiris_lon: {call}: {answer.status} {said.code or ''}".rstrip(), (said.words, said.reference)
    if answer.status == 401:
        return ERRORS.credentials(line, "consent_gone", CONSENT, verbatim=said.words)
    if said.code == SANDBOX_CLIENT:
        return ERRORS.credentials(line, "sandbox_client", CONSENT, verbatim=said.words)
    if said.code == NO_MODULE and not writes:
        error = ERRORS.not_permitted(line, None, *more)
        error.text, error.advice = text("spiris_lon.no_module"), text("spiris_lon.no_module.advice")
        error.of_key = True
        return error
    if answer.status == 403:
        return ERRORS.not_permitted(line, call, *more)
    if answer.status == 405:
        return cannot_change(line)
    if is_missing(answer) or answer.status == 409 or said.code == CONFLICT:
        return ERRORS.changed(f"{call}: {answer.status}", verbatim=said.words, reference=said.reference)
    field = next((FIELDS[name] for name in said.fields if name in FIELDS), None)
    return ERRORS.rejected(line, field, said.words, reference=said.reference)


def token_error(answer: Answer) -> ProviderError:
    """Why no token was given: the application is the operator's, the consent is the customer's."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    words = body.get("error_description") or body.get("error")
    line = f"spiris_lon: token: {answer.status}"
    if body.get("error") in ("invalid_client", "unauthorized_client"):
        return operator_error(line, str(words))
    return ERRORS.credentials(line, "consent_gone", CONSENT, verbatim=str(words) if words else None)


def operator_error(line: str, words: str | None = None) -> CredentialsRefused:
    """The bot's own application is missing or is no good."""
    return ERRORS.credentials(line, "operator_application", CONSENT, verbatim=words)


def cannot_change(line: str) -> Unsupported:
    """An employee is not changed over the interface."""
    return Unsupported(line, text=text("spiris_lon.cannot_change"), advice=text("spiris_lon.cannot_change.advice"))
