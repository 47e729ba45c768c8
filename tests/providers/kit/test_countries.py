"""Countries however they are written."""

from __future__ import annotations

import pytest

from bot.providers.kit.countries import country_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("NO", "NO"), ("no", "NO"), (" se ", "SE"), ("NOR", "NO"), ("Norge", "NO"), ("NORWAY", "NO"), ("Noreg", "NO"),
        ("UK", "GB"), ("Great Britain", "GB"), ("Storbritannia", "GB"), ("Holland", "NL"), ("The Netherlands", "NL"),
        ("Deutschland", "DE"), ("Tyskland", "DE"), ("Germany", "DE"), ("Polen", "PL"), ("Polska", "PL"),
        ("Suomi", "FI"), ("USA", "US"),
        ("United States of America", "US"), ("Hviterussland", "BY"), ("Vitryssland", "BY"), ("Makedonien", "MK"),
        ("CZ", "CZ"), ("KZ", "KZ"), ("CN", "CN"), ("KN", "KN"), ("O\u0308sterreich", "AT"),
        ("EN", None), ("XX", None), ("EU", None), ("ZZ", None), ("Atlantis", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_country_is_a_code_of_iso_3166_or_none(written: str | None, code: str | None) -> None:
    assert country_code(written) == code
