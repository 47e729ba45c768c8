"""What Tripletex' refusals mean, decided by status, code and field, as the wording follows the token owner's language.

Source: API v2 description 2.75.00, "Error codes", and recorded answers for the envelope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.text import text
from bot.providers.errors import ProviderError, Unavailable, Unsupported, WriteConflict
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors
from bot.providers.tripletex.field_table import key_of

ERRORS = UsualErrors("tripletex")

REVISION = 8000
EXISTS = frozenset({7000, 14000})
LOCKED = 10000
TOO_LARGE = 23000
VALIDATION = frozenset({15000, 16000, 18000})


@dataclass(frozen=True, slots=True)
class ApiProblem:
    """One line of `validationMessages`."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than success, read defensively: the body may be anything."""

    status: int
    code: int
    message: str
    problems: tuple[ApiProblem, ...]
    reference: str | None

    @classmethod
    def of(cls, answer: Answer) -> Refusal:
        """Read an answer's error envelope."""
        body: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
        lines = body.get("validationMessages")
        problems = tuple(problem for problem in map(_problem, lines if isinstance(lines, list) else []) if problem)
        code = body.get("code")
        return cls(
            answer.status,
            code if isinstance(code, int) else 0,
            _words(body.get("message")),
            problems,
            _words(body.get("requestId")) or answer.headers.get("x-tlx-request-id"),
        )

    @property
    def fields(self) -> tuple[str, ...]:
        """Tripletex' names of the fields at fault."""
        return tuple(problem.field for problem in self.problems if problem.field)

    @property
    def verbatim(self) -> str | None:
        """Tripletex' own words, untouched."""
        lines = [f"{p.field}: {p.message}" if p.field else p.message for p in self.problems]
        return "; ".join(lines) or self.message or None

    @property
    def stale(self) -> bool:
        """Whether somebody else wrote in between, so that reading again and trying once more is right."""
        row_exists = (
            self.status == 422 and self.code in VALIDATION and any(f.split(".")[-1] == "date" for f in self.fields)
        )
        return (self.status == 409 and (self.code == REVISION or self.code in EXISTS)) or row_exists


def error_of(call: str, refusal: Refusal) -> ProviderError:
    """The error that a refusal stands for. `call` names method and path for the log."""
    reason = f"{call}: {refusal.status}/{refusal.code} {','.join(refusal.fields)}".rstrip()
    log = f"tripletex: {reason}"
    more = {"verbatim": refusal.verbatim, "reference": refusal.reference}
    if refusal.status == 401:
        return ERRORS.credentials(log, "session_refused", "employee_token", advice="token_refused", **more)
    if refusal.status == 403:
        return ERRORS.not_permitted(log, **more)
    if refusal.code == TOO_LARGE:
        return Unsupported(
            log, text=text("tripletex.too_many_people"), advice=text("tripletex.too_many_people.advice"), **more
        )
    if refusal.status == 409 and refusal.code in EXISTS and call == "POST /employee":
        return WriteConflict(log, text=text("tripletex.exists"), advice=text("tripletex.exists.advice"), **more)
    if refusal.status == 409 and refusal.code != LOCKED:
        return ERRORS.changed(reason, **more)
    key, advice = _advice(refusal)
    return ERRORS.rejected(log, key, advice=advice, **more)


def unreadable(call: str, *, sent: bool) -> Unavailable:
    """The error of an answer whose shape is not the documented one; `sent` where it answers a write."""
    return ERRORS.unreadable(f"{call}: no object", sent=sent)


_ADVICE = ("number", "email", "department", "birth_date", "division", "identity_number", "bank_account", "start_date")


def _advice(refusal: Refusal) -> tuple[str | None, str]:
    if refusal.code == LOCKED:
        return None, "advice.locked"
    key = next(_known(refusal.fields), None)
    return key, f"advice.{key}" if key in _ADVICE else "advice.other"


def _known(fields: Iterable[str]) -> Iterator[str]:
    return (key for key in map(key_of, fields) if key is not None)


def _problem(line: object) -> ApiProblem | None:
    """One line of `validationMessages`, also one that is words alone."""
    if isinstance(line, str) and line.strip():
        return ApiProblem("", line.strip())
    if not isinstance(line, dict) or not _words(line.get("message")):
        return None
    field = _words(line.get("field")) or _words(line.get("path")).removeprefix("null.")
    return ApiProblem(field, _words(line["message"]))


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""
