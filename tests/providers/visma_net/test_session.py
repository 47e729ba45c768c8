"""Tokens of Visma Connect, and which step of the set-up is missing when there is none."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, WrongAccount
from bot.providers.kit.http import HttpClient
from bot.providers.kit.rate_limit import RateLimiter
from bot.providers.visma_net.session import TOKEN_SECONDS_LEFT, Application, VismaNetSession
from sandbox.visma_net import (
    CLIENT_ID,
    CLIENT_SECRET,
    CUSTOMER_TENANT,
    OTHER_TENANT,
    READ_ONLY_TENANT,
    TENANT,
    UNAPPROVED_TENANT,
    VismaNet,
)
from tests.providers.visma_net.connections import connection, visma_net_target
from tests.support.fake_clock import Clockwork


@pytest.mark.parametrize(("status", "body"), [(200, {"error": None}), (200, []), (204, None), (403, "<html>")])
async def test_an_answer_that_says_nothing_of_the_tenant_is_no_refusal_of_it(
    visma: VismaNet, status: int, body: Any
) -> None:
    visma.faults.status(status, body, path="/connect/token$", times=9)
    async with visma_net_target(visma) as target:
        with pytest.raises(Unavailable) as failed:
            await target.identify()
    assert failed.value.text.key == "provider.unreadable"


async def test_a_token_is_asked_for_by_form_for_the_tenant_and_both_scopes(visma: VismaNet) -> None:
    async with visma_net_target(visma) as target:
        account = await target.identify()
    (asked,) = visma.requests.matching("POST", "/connect/token")
    form = {name: values[0] for name, values in parse_qs(str(asked.body)).items()}
    assert form == {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "tenant_id": TENANT,
        "scope": "visma_net_employee:employees:read visma_net_employee:employees:write",
    }
    assert (account.id, account.name, account.environment) == (TENANT, "Polarbønna Norge AS", "test")


@pytest.mark.parametrize(
    ("tenant", "key", "kind"),
    [
        (UNAPPROVED_TENANT, "visma_net.not_approved", CredentialsRefused),
        (CUSTOMER_TENANT, "visma_net.not_the_company", CredentialsRefused),
        (READ_ONLY_TENANT, "visma_net.scopes_missing", NotPermitted),
        ("Polarbønna Norge AS", "visma_net.tenant_malformed", CredentialsRefused),
        ("", "visma_net.tenant_malformed", CredentialsRefused),
    ],
)
async def test_the_check_says_which_step_is_missing(
    visma: VismaNet, tenant: str, key: str, kind: type[ProviderError]
) -> None:
    async with visma_net_target(visma, tenant) as target:
        with pytest.raises(kind) as refused:
            await target.identify()
    assert refused.value.text.key == key
    assert refused.value.advice is not None
    assert refused.value.advice.key == f"{key}.advice"
    if isinstance(refused.value, CredentialsRefused):
        assert refused.value.field == "tenant_id"


async def test_fewer_scopes_than_asked_for_are_noticed(visma: VismaNet) -> None:
    visma.connect.narrow = "grant_less"
    async with visma_net_target(visma, READ_ONLY_TENANT) as target:
        with pytest.raises(NotPermitted) as refused:
            await target.identify()
    assert refused.value.text.values["scopes"] == ("visma_net_employee:employees:write",)


@pytest.mark.parametrize(
    ("secret", "key"), [("another", "visma_net.application_refused"), ("", "visma_net.no_application")]
)
async def test_the_operators_own_mistake_is_not_blamed_on_the_tenant_id(visma: VismaNet, secret: str, key: str) -> None:
    async with visma_net_target(visma, client_secret=secret) as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert refused.value.text.key == key
    assert refused.value.field is None


async def test_an_unknown_refusal_is_shown_in_vismas_words(visma: VismaNet) -> None:
    body = {"error": "temporarily_odd", "error_description": "Come back on Tuesday"}
    visma.faults.status(400, body, path="/connect/token$")
    async with visma_net_target(visma) as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert refused.value.text.key == "visma_net.token_refused"
    assert refused.value.verbatim == "Come back on Tuesday"


async def test_a_tenant_id_that_cannot_be_one_is_not_asked_about(visma: VismaNet) -> None:
    async with visma_net_target(visma, "not an id") as target:
        with pytest.raises(CredentialsRefused):
            await target.identify()
    assert len(visma.requests) == 0


async def test_another_tenant_than_the_integrations_is_not_asked_about(visma: VismaNet) -> None:
    async with visma_net_target(visma, OTHER_TENANT, expected=TENANT) as target:
        with pytest.raises(WrongAccount):
            await target.identify()
    assert len(visma.requests) == 0


async def test_a_token_is_renewed_before_it_ends(visma: VismaNet) -> None:
    time = Clockwork()
    application = Application(CLIENT_ID, CLIENT_SECRET, TENANT)
    async with HttpClient("visma_net", visma.connect_url, RateLimiter()) as http:
        session = VismaNetSession(http, "/connect/token", application, clock=time.clock)
        first, _ = await session.headers()
        time.now += 3600 - TOKEN_SECONDS_LEFT - 1
        assert (await session.headers())[0] == first
        time.now += 1
        assert (await session.headers())[0] != first
    assert visma.connect.issued == 2


async def test_a_token_that_dies_early_is_replaced_once(visma: VismaNet) -> None:
    async with visma_net_target(visma) as target:
        await target.identify()
        visma.connect.end_all()
        assert [page async for page in target.people()]
    assert visma.connect.issued == 2


async def test_approval_withdrawn_in_the_middle(visma: VismaNet) -> None:
    async with visma_net_target(visma) as target:
        await target.identify()
        visma.connect.withdraw(TENANT)
        with pytest.raises(CredentialsRefused) as refused:
            assert [page async for page in target.people()]
    assert refused.value.text.key == "visma_net.not_approved"


async def test_no_secret_is_in_any_repr_or_error(visma: VismaNet) -> None:
    assert CLIENT_SECRET not in repr(Application(CLIENT_ID, CLIENT_SECRET, TENANT))
    async with visma_net_target(visma, client_secret="canary-91fe") as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert "canary-91fe" not in f"{refused.value!r} {refused.value.text} {refused.value.verbatim}"


async def test_the_client_secret_goes_to_visma_connect_only(visma: VismaNet) -> None:
    assert connection(visma).options["client_secret"] == CLIENT_SECRET
    async with visma_net_target(visma) as target:
        assert [page async for page in target.people()]
    elsewhere = [e for e in visma.requests if not e.path.endswith("/connect/token")]
    assert elsewhere
    assert all(CLIENT_SECRET not in f"{e.path} {e.query} {e.body}" for e in elsewhere)
