"""What Visma.net's refusals mean. The body of a refusal is not published, so only the status decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.core.text import Text, text
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Rejected, Unavailable, WriteConflict
from bot.providers.kit.http import Answer


class VismaNetVersionConflict(Exception):
    """A write met a document that is not the one it was made from; `error` is what to raise if it happens again."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(str(error))
        self.error = error


def error_of(call: str, answer: Answer) -> ProviderError:
    """The error that an answer stands for. `call` names method and path for the log."""
    line = f"visma_net: {call}: {answer.status}"
    words = _words(answer.body)
    if answer.status == 401:
        # Visma Connect has just given the token: it is good, but for a customer's tenant instead of a company's.
        return CredentialsRefused(
            line,
            field="tenant_id",
            text=text("visma_net.not_the_company"),
            advice=text("visma_net.not_the_company.advice"),
            verbatim=words,
        )
    if answer.status == 403:
        return NotPermitted(
            line,
            text=text("visma_net.not_permitted"),
            advice=text("visma_net.not_permitted.advice"),
            verbatim=words,
        )
    if answer.status in (404, 409, 412, 428):
        return changed(f"{call}: {answer.status}", verbatim=words)
    return Rejected(
        line,
        text=text("visma_net.rejected"),
        advice=text("visma_net.rejected.advice"),
        verbatim=words,
    )


def changed(reason: str, *, verbatim: str | None = None) -> WriteConflict:
    """The error for a person who is not as the plan found them."""
    return WriteConflict(
        f"visma_net: {reason}",
        text=text("visma_net.changed_meanwhile"),
        advice=text("visma_net.changed_meanwhile.advice"),
        verbatim=verbatim,
    )


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


def unclear(call: str, *, sent: bool) -> Unavailable:
    """The error for an answer that is no answer, or a job of which nothing more is heard."""
    key = "provider.unknown_outcome" if sent else "provider.unreadable"
    values = {"system": Text("visma_net.name")}
    return Unavailable(
        f"visma_net: {call}",
        text=Text(key, values),
        advice=Text(f"{key}.advice", values),
        sent=sent,
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
