"""What Visma.net's refusals mean. The body of a refusal is not published, so only the status decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.core.text import text
from bot.providers.errors import NotPermitted, ProviderError, WriteConflict
from bot.providers.kit.http import Answer
from bot.providers.kit.usual_errors import UsualErrors

ERRORS = UsualErrors("visma_net")


def error_of(call: str, answer: Answer) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log."""
    line = f"visma_net: {call}: {answer.status}"
    words = _words(answer.body)
    if answer.status == 401:
        # Visma Connect has just given the token: it is good, but for a customer's tenant instead of a company's.
        return ERRORS.credentials(line, "not_the_company", "tenant_id", verbatim=words)
    if answer.status == 403:
        return ERRORS.not_permitted(line, verbatim=words)
    if answer.status in (404, 409, 412, 428):
        return ERRORS.changed(f"{call}: {answer.status}", verbatim=words)
    return ERRORS.rejected(line, None, words)


def nobody_shown() -> NotPermitted:
    """The error for a tenant that shows no employee at all, not even a draft."""
    return NotPermitted(
        "visma_net: not one employee is shown",
        text=text("visma_net.nobody_shown"),
        advice=text("visma_net.nobody_shown.advice"),
    )


def two_positions(start: date) -> WriteConflict:
    """The error for positions that cannot be told apart: to change one of them might change the wrong one."""
    return WriteConflict(
        "visma_net: two positions begin on the same day",
        text=text("visma_net.two_positions", start=start),
        advice=text("visma_net.two_positions.advice"),
    )


def _words(body: object) -> str | None:
    """Whatever a refusal says, if it says it in one of the usual places."""
    if not isinstance(body, Mapping):
        return None
    found: list[str] = []
    for name in ("message", "title", "detail", "error_description", "error"):
        value: Any = body.get(name)
        if isinstance(value, str) and value.strip() and value.strip() not in found:
            found.append(value.strip())
    return "; ".join(found) or None
