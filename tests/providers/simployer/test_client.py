"""What is never sent to Simployer."""

from __future__ import annotations

import pytest

from bot.providers.errors import CredentialsRefused
from sandbox.simployer import Simployer
from tests.support.provider_connections import simployer_source


@pytest.mark.parametrize("token", ["tok\u200ben", "tøken", "to\nken", "１２３"])
async def test_a_token_that_no_request_can_carry_is_refused_as_one(simployer: Simployer, token: str) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        async with simployer_source(simployer, token):
            pass
    assert refused.value.field == "access_token"
    assert len(simployer.requests) == 0
