"""Which Swedish accounts can be sent to a system that takes no others."""

from __future__ import annotations

import pytest

from bot.domain.employee import BankAccount
from bot.providers.kit.swedish_account import swedish_account


@pytest.mark.parametrize(
    ("clearing", "number", "sent"),
    [
        ("8327-9", "123 456 7", ("83279", "1234567")),
        ("8327", "１２３４５６７", None),
        ("٨٣٢٧", "1234567", None),
        ("8327", "12x4567", None),
        (None, "83271234567", None),
    ],
)
def test_digits_as_every_system_reads_them(clearing: str | None, number: str, sent: tuple[str, str] | None) -> None:
    assert swedish_account(BankAccount(clearing=clearing, number=number, country="SE")) == sent
