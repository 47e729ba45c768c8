"""A number of an answer is exact, or no number: none takes the memory or the time of a process when it is written."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from bot.providers.kit.exact_json import json_value, read_json
from bot.providers.kit.json_values import amount_of, number_of, text_of
from bot.providers.simployer import cells

BOMBS = ["1e999999999", "-1E+999999", "1e-999999999", "0E-999999999", "9" * 1_000_000, "0." + "1" * 1_000_000]
USUAL = ["0", "-12", "43217.69", "1e3", "1.5E-7", "9" * 60, "123456789012345678901234567890.5"]


@pytest.mark.parametrize("written", BOMBS, ids=lambda written: written[:12])
def test_what_would_fill_the_memory_is_no_number(written: str) -> None:
    value = read_json(bytearray(f'{{"pay": {written}}}'.encode()))["pay"]
    assert (amount_of(value), number_of(value), cells.number(value)) == (None, None, None)
    # Whatever is done with it is over at once: it is put into a text, and a document is sent back as it came.
    assert text_of(value) == written
    assert json.dumps(value, default=json_value) == f'"{written}"'


@pytest.mark.parametrize("written", USUAL)
def test_what_amounts_are_is_exact(written: str) -> None:
    value = read_json(bytearray(written.encode()))
    assert Decimal(value) == Decimal(written)
    assert number_of(value) == Decimal(written)
