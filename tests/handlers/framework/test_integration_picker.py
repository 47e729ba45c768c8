"""Which integration a typed name means, however it is written."""

from __future__ import annotations

import unicodedata
from types import SimpleNamespace
from typing import cast

import pytest

from bot.handlers.framework.integration_picker import named, unescaped
from storage.integrations import Integration

NAMES = ("Håndverk", "A & B", "Kaffe", "Kaffebarer", "Über", "Uber")


def offered() -> list[Integration]:
    made = [SimpleNamespace(name=name, target_account_name=f"{name} AS", provider="tripletex") for name in NAMES]
    return cast("list[Integration]", made)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (unicodedata.normalize("NFD", "håndverk"), ["Håndverk"]),
        ("Haandverk", ["Håndverk"]),
        ("\u200bHåndverk", ["Håndverk"]),
        ("“Håndverk”", ["Håndverk"]),
        ("a &amp; b", ["A & B"]),
        ("A&B", ["A & B"]),
        # The very name before one that looks like it, and a doubt is a question.
        ("uber", ["Uber"]),
        ("kaffe", ["Kaffe"]),
        ("kaf", ["Kaffe", "Kaffebarer"]),
        ("“kaf”", ["Kaffe", "Kaffebarer"]),
        ("'", []),
        ("Sverige", []),
    ],
)
def test_which_is_meant(typed: str, meant: list[str]) -> None:
    assert [each.name for each in named(offered(), unescaped(typed))] == meant
