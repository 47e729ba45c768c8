"""Who may be an employee: by identity number, e-mail, name, or a number that is written otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.employee import IdentityNumber
from bot.providers.kit.likely_people import SWEDISH_DIGITS, likely_people
from bot.providers.protocol import TargetPerson
from tests.support.provider_people import kari

WHO = kari(identity=IdentityNumber(value="19900517-2384", country="SE"))


@pytest.mark.parametrize(
    ("theirs", "digits", "found"),
    [
        ({}, SWEDISH_DIGITS, False),
        ({"identity": "9005172384"}, SWEDISH_DIGITS, True),
        ({"identity": "9005172384"}, None, False),
        ({"identity": "199005172384"}, None, True),
        ({"email": " KARI.nordlund@polarbonan.example "}, None, True),
        ({"first_name": "kari", "last_name": "NORDLUND"}, None, True),
        ({"number": "03001"}, None, True),
        ({"identity": ""}, None, False),
    ],
)
def test_what_gives_somebody_away(theirs: dict[str, Any], digits: int | None, found: bool) -> None:
    one = TargetPerson(**{"id": "1", "number": "7", "first_name": "Other", "last_name": "Body", **theirs})
    assert likely_people(WHO, [one], digits) == ([one] if found else [])


def test_nobody_is_like_somebody_without_an_identity_number_by_that() -> None:
    one = TargetPerson(id="1", number="7", first_name="Other", last_name="Body", identity=None)
    assert likely_people(kari(identity=None), [one]) == []
