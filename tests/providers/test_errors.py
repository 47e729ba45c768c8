"""Whom a failure is about is said once, by its kind: planner, writers and deliveries go by it."""

from __future__ import annotations

import pytest

from bot.core.text import text
from bot.providers.errors import (
    CodeRefused,
    CredentialsRefused,
    ErrorScope,
    NotPermitted,
    ProviderError,
    Rejected,
    Unavailable,
    Unsupported,
    WriteConflict,
    WrongAccount,
)

SCOPES: dict[type[ProviderError], ErrorScope] = {
    ProviderError: ErrorScope.RUN,
    CredentialsRefused: ErrorScope.RUN,
    NotPermitted: ErrorScope.RUN,
    WrongAccount: ErrorScope.RUN,
    Unavailable: ErrorScope.RUN,
    Unsupported: ErrorScope.RUN,
    Rejected: ErrorScope.EMPLOYEE,
    WriteConflict: ErrorScope.EMPLOYEE,
    CodeRefused: ErrorScope.EMPLOYEE,
}


@pytest.mark.parametrize("kind", SCOPES)
def test_whom_a_failure_is_about(kind: type[ProviderError]) -> None:
    assert kind("said", text=text("check.target.rejected")).scope is SCOPES[kind]


def test_a_write_that_may_have_arrived_is_its_employees_own() -> None:
    lost = Unavailable("no answer", text=text("check.target.rejected"), sent=True)
    assert lost.scope is ErrorScope.EMPLOYEE
    # Something of the employee was sent before the call that got nowhere, as writers find out afterwards.
    later = Unavailable("busy", text=text("check.target.rejected"))
    later.sent = True
    assert later.scope is ErrorScope.EMPLOYEE


def test_no_kind_is_without_a_decision() -> None:
    assert set(SCOPES) == {ProviderError, *ProviderError.__subclasses__()}
