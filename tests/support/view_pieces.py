"""Made-up data for views, in plain and in unreasonable sizes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

from bot.core.text import text
from bot.domain.findings import Finding, Severity
from bot.handlers.command import MENU
from bot.locales import LANGUAGES
from bot.locales.translator import Translator, translator
from bot.providers.protocol import Account, Choice
from bot.views.overview.cards import Card, LastRun
from bot.views.shared.scope import PersonReadiness, Picked, ReadinessSummary
from bot.views.wizard import BACK, Frame, StepProblem
from sandbox.slack.blockkit import validate_message, validate_view

LONG = "Ænglamärks <!channel> & Sønner *Øst* " * 12
WHEN = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

ALL: list[Translator] = [translator(language) for language in LANGUAGES]


def frame(t: Translator, step: str = "step", *, problem: bool = False) -> Frame:
    """A frame with everything in it."""
    said = StepProblem(
        text=text("flow.unexpected"),
        advice=text("flow.unexpected.advice"),
        verbatim=LONG,
        reference="abc",
        field="scope.people",
    )
    return Frame(
        t=t, flow="setup", step=step, draft_id="d" * 32, back=BACK, problem=said if problem else None, position=(3, 10)
    )


def account(name: str = LONG) -> Account:
    """A company."""
    return Account(id="1", name=name, organisation_number="314022351", environment="test", user=LONG)


def picked(count: int) -> list[Picked]:
    """Chosen people."""
    return [Picked(id=f"p{n}", label=f"{n} {LONG}") for n in range(count)]


@cache
def choices(count: int) -> tuple[Choice, ...]:
    """Values of a live setting."""
    return tuple(Choice(value=str(n), label=f"{n:03} {LONG}") for n in range(count))


def readiness(people: int, findings: int) -> ReadinessSummary:
    """Examined people, each with findings."""
    found = tuple(
        Finding("number.missing", Severity.BLOCKING if n % 2 else Severity.WARNING, "number", verbatim=LONG)
        for n in range(findings)
    )
    everyone = tuple(
        PersonReadiness(name=LONG, number="" if n % 3 else str(n), findings=found if n % 2 else ())
        for n in range(people)
    )
    return ReadinessSummary(examined=people, ready=people // 2, people=everyone, more=people > 100)


def card(**more: Any) -> Card:
    """An integration at a glance."""
    values: dict[str, Any] = {
        "id": "i" * 32,
        "name": LONG,
        "provider": "tripletex",
        "company": LONG,
        "state": "live",
        "environment": "test",
        "channel_id": "C1",
        "scope": "scope",
        "schedule": "schedule",
        "next_run": WHEN,
        "menu": MENU,
        "last": LastRun(kind="sync", state="done", finished_at=WHEN, counts={"created": 2, "unchanged": 40}),
    }
    return Card(**(values | more))


def good_view(view: dict[str, Any]) -> dict[str, Any]:
    """The view, which Slack would show."""
    problems = validate_view(view)
    assert problems == [], problems
    assert bare_keys(view) == []
    return view


def good_reply(reply: dict[str, Any]) -> dict[str, Any]:
    """The message, which Slack would show."""
    problems = validate_message(reply)
    assert problems == [], problems
    assert bare_keys(reply) == []
    assert reply["text"]
    return reply


def markdown_of(value: Any) -> str:
    """Every text on a surface that Slack reads as mrkdwn, a message's own text too."""
    if isinstance(value, list):
        return "\n".join(markdown_of(each) for each in value)
    if not isinstance(value, dict):
        return ""
    own = value["text"] if isinstance(value.get("text"), str) and value.get("type") in ("mrkdwn", None) else ""
    return "\n".join([own, *(markdown_of(each) for each in value.values())])


KEY = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$")


def bare_keys(value: Any) -> list[str]:
    """Texts that are a key of the catalogue: the message is missing."""
    if isinstance(value, list):
        return [key for each in value for key in bare_keys(each)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if isinstance(value.get("text"), str) and KEY.match(value["text"]) else []
    return own + [key for each in value.values() for key in bare_keys(each)]
