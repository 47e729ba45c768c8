"""The systems of which a real account can be asked what their documentation leaves open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.core.diagnosis import Diagnosis
from bot.providers.simployer import live_check as simployer
from bot.providers.tripletex import live_check as tripletex


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """How a system is asked. The secret is the operator's option of that name, or is prompted for."""

    examine: Callable[[Mapping[str, str], str], Awaitable[list[Diagnosis]]]
    secret: str
    prompt: str


LIVE: Mapping[str, LiveCheck] = {
    "tripletex": LiveCheck(tripletex.examine, "test_employee_token", "API key of the test account"),
    "simployer": LiveCheck(simployer.examine, "test_access_token", "Access token"),
}
