"""A name in a cell, a choice or a label is one line, read in the direction in which it is written."""

from __future__ import annotations

import json

import pytest

from bot.locales.translator import translator
from bot.views import blocks
from bot.views.table import table

ODD = "Ola\u202e\u2066gnp\r\nRun: done\x1b[2J\u200b\u2028x"


@pytest.mark.parametrize(
    "shown",
    [
        table([["name"], [ODD]], [{}], 100),
        blocks.option("value", ODD, ODD).to_dict(),
        blocks.header(translator("en")("history.none", name=ODD)).to_dict(),
    ],
)
def test_no_value_has_lines_or_marks_of_its_own(shown: dict[str, object]) -> None:
    said = json.dumps(shown, ensure_ascii=False)
    assert not any(
        mark in said for mark in ("\u202e", "\u2066", "\u200b", "\u2028", "\\n", "\\r", "\\u001b", "\\u2028")
    )
    assert "Run: done" in said
