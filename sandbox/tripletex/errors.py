"""Tripletex' error envelope and its internal codes. Source: API v2 description 2.75.00 and recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.tripletex import texts
from sandbox.tripletex.texts import Language, Text

BAD_REQUEST, ILLEGAL_FILTER = 4000, 11000
AUTHENTICATION, SECURITY, NOT_FOUND = 3000, 9000, 6000
EXISTS, REVISION = 7000, 8000
VALUE, MAPPING, SORTING, VALIDATION = 15000, 16000, 17000, 18000
PARAMETER, INVALID_JSON, TOO_LARGE = 21000, 22000, 23000


@dataclass(frozen=True)
class Problem:
    """One line of `validationMessages`. The field is None where Tripletex names none."""

    field: str | None
    text: Text
    path: str | None = None

    def under(self, field: str, path: str) -> Problem:
        """The same problem as the outer object reports it: `employments.division.id`."""
        name = f"{field}.{self.field}" if self.field else field
        return Problem(name, self.text, f"{path}.{self.path or self.field}" if self.path else None)


class Refusal(Exception):
    """An answer other than success, as the handlers raise it."""

    def __init__(
        self,
        status: int,
        code: int,
        text: Text,
        *,
        developer: str | None = None,
        problems: list[Problem] | None = None,
    ) -> None:
        super().__init__(f"{status}/{code}")
        self.status = status
        self.code = code
        self.text = text
        self.developer = developer
        self.problems = problems

    def body(self, language: Language, request_id: str) -> dict[str, Any]:
        """The envelope; `validationMessages` is null, not empty, where nothing was validated."""
        messages = None
        if self.problems is not None:
            messages = [
                {"field": p.field, "message": p.text.said_in(language), "path": p.path, "rootId": None}
                for p in self.problems
            ]
        return {
            "status": self.status,
            "code": self.code,
            "message": self.text.said_in(language),
            "link": "https://tripletex.no/v2-docs/",
            "developerMessage": self.developer,
            "validationMessages": messages,
            "requestId": request_id,
        }


def not_found() -> Refusal:
    return Refusal(404, NOT_FOUND, texts.NOT_FOUND)


def forbidden(text: Text = texts.FORBIDDEN) -> Refusal:
    return Refusal(403, SECURITY, text)


def unauthorized() -> Refusal:
    return Refusal(401, AUTHENTICATION, texts.UNAUTHORIZED, developer=texts.LOGIN_HINT)


def invalid(problems: list[Problem]) -> Refusal:
    """The business rules' answer, the last of the three rounds."""
    return Refusal(422, VALIDATION, texts.VALIDATION_FAILED, developer="VALIDATION_ERROR", problems=problems)
