"""A person by name and employee number, as every list and message writes them."""

from __future__ import annotations

from bot.locales import Translator


def person_line(t: Translator, name: str, number: str) -> str:
    """The person as plain text."""
    return t(_key(number), name=name, number=number)


def person_line_md(t: Translator, name: str, number: str) -> str:
    """The person as mrkdwn."""
    return t.md(_key(number), name=name, number=number)


def _key(number: str) -> str:
    return "report.person" if number else "report.person.no_number"
