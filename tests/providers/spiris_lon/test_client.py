"""Consent, tokens that are good once, the company they lead to, and what is told of those that are no good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog.testing

from bot.core.text import text
from bot.kept_tokens import KeptTokens
from bot.providers.consent import ConsentProvider, consent_answer
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, WrongAccount
from bot.providers.protocol import Connection
from bot.providers.spiris_lon.client import PEOPLE, SpirisClient
from bot.providers.spiris_lon.provider import PROVIDER
from bot.providers.spiris_lon.target import SpirisTarget
from sandbox.spiris_lon import CLIENT_SECRET, COMPANY, NO_MODULE, OTHER_COMPANY, SpirisLon
from sandbox.spiris_lon.company import SpirisCompany
from storage import integrations, rotated_credentials, workspaces
from storage.database import Database
from storage.integrations import NewIntegration
from storage.vault import Vault
from tests.providers.spiris_lon.connections import (
    agree,
    connection,
    consented,
    employee,
    options_of,
    put,
    query_of,
    spiris_target,
)
from tests.support.migrated import KEY, copy_into

NUMBER = COMPANY.replace("-", "")


class Stored:
    """An integration in a database, as a process finds it."""

    def __init__(self, database: Database, integration_id: str, system: SpirisLon) -> None:
        self.database, self.id, self._system = database, integration_id, system

    async def values(self) -> dict[str, str]:
        async with self.database.reading() as s:
            return dict((await rotated_credentials.held(s, self.database.vault, self.id)).values)

    @asynccontextmanager
    async def target(self) -> AsyncIterator[SpirisTarget]:
        keeper = KeptTokens(self.database, self.id, text("spiris_lon.name"))
        found = Connection(credentials=await self.values(), options=options_of(self._system.url), tokens=keeper)
        async with SpirisClient(found) as client:
            yield SpirisTarget(client)


@pytest.fixture
async def stored(tmp_path: Path, spiris: SpirisLon) -> AsyncIterator[Stored]:
    database = Database(copy_into(tmp_path), Vault([KEY]))
    async with database.session() as s:
        await workspaces.ensure(s, "T1")
        made = await integrations.create(s, database.vault, NewIntegration(
            team_id="T1", provider="spiris_lon", target_account_id=NUMBER, target_account_name="A", name="A",
            owner_user_id="U1", channel_id="C1", language="nb", credentials=await consented(spiris),
        ))  # fmt: skip
    yield Stored(database, made.id, spiris)
    await database.close()


async def test_a_consent_is_worth_tokens_and_is_good_once(spiris: SpirisLon) -> None:
    assert isinstance(PROVIDER, ConsentProvider)
    code = consent_answer(agree(spiris)).code
    kept = dict(await PROVIDER.redeem(options_of(spiris.url), code))
    assert set(kept) == {"refresh_token", "access_token", "access_until"}
    with pytest.raises(CredentialsRefused) as refused:
        await PROVIDER.redeem(options_of(spiris.url), code)
    assert (refused.value.field, refused.value.text.key) == ("consent", "spiris_lon.consent_gone")


async def test_the_page_is_asked_for_what_is_needed(spiris: SpirisLon) -> None:
    asked = query_of(PROVIDER.consent_url(options_of(spiris.url), "s7"))
    assert (asked["state"], asked["scope"], asked["response_type"]) == (["s7"], ["vls:api offline_access"], ["code"])
    assert CLIENT_SECRET not in str(asked)
    for missing in ({"client_id": ""}, {"client_secret": ""}, {"redirect_url": "nowhere"}):
        with pytest.raises(CredentialsRefused) as refused:
            PROVIDER.consent_url(options_of(spiris.url, **missing), "s")
        assert refused.value.text.key == "spiris_lon.operator_application"


async def test_a_consent_without_a_lasting_token_is_refused(spiris: SpirisLon) -> None:
    address = agree(spiris, url=PROVIDER.consent_url(options_of(spiris.url), "s").replace("+offline_access", ""))
    with pytest.raises(CredentialsRefused) as refused:
        await PROVIDER.redeem(options_of(spiris.url), consent_answer(address).code)
    assert refused.value.text.key == "spiris_lon.no_refresh"


async def test_the_check_names_the_company(spiris: SpirisLon) -> None:
    async with spiris_target(spiris) as target:
        account = await target.identify()
    assert (account.id, account.name, account.environment) == (NUMBER, "Polarbönan Sverige AB", "production")
    async with spiris_target(spiris, sandbox="true") as target:
        assert (await target.identify()).environment == "test"
    spiris.companies[COMPANY].number = ""
    async with spiris_target(spiris) as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert refused.value.text.key == "spiris_lon.no_company_number"


async def test_another_company_than_the_integrations_is_not_written_to(spiris: SpirisLon) -> None:
    async with spiris_target(spiris, OTHER_COMPANY, expected=NUMBER) as target:
        with pytest.raises(WrongAccount):
            await put(target, employee())
    assert spiris.requests.writes() == []


async def test_tokens_are_renewed_once_and_kept_before_they_are_used(spiris: SpirisLon, stored: Stored) -> None:
    before = await stored.values()
    async with stored.target() as target, stored.target() as other:
        await target.identify()
        assert spiris.sign_in.spent == 0
        spiris.sign_in.end_all()
        await put(target, employee())
        kept = await stored.values()
        assert kept["refresh_token"] != before["refresh_token"]
        # The other connection finds what this one has kept.
        await other.identify()
        assert spiris.sign_in.spent == 1
    async with stored.target() as later:
        await later.identify()
    assert spiris.sign_in.spent == 1


async def test_a_token_that_was_spent_with_its_answer_lost_is_asked_of_a_person(
    spiris: SpirisLon, stored: Stored
) -> None:
    spiris.sign_in.end_all()
    spiris.faults.connection_cut(committed=True, path="/connect/token$", times=1)
    async with stored.target() as target:
        with pytest.raises(Unavailable) as lost:
            await target.identify()
        assert lost.value.sent is False
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert (refused.value.field, refused.value.text.key) == ("consent", "spiris_lon.consent_gone")
    assert refused.value.advice is not None
    assert spiris.sign_in.spent == 1


async def test_a_token_that_never_arrived_is_spent_later(spiris: SpirisLon, stored: Stored) -> None:
    spiris.sign_in.end_all()
    spiris.faults.connection_cut(path="/connect/token$", times=1)
    async with stored.target() as target:
        with pytest.raises(Unavailable):
            await target.identify()
        assert (await target.identify()).id == NUMBER


async def test_a_consent_that_was_taken_back_is_told(spiris: SpirisLon, stored: Stored) -> None:
    async with stored.target() as target:
        await target.identify()
        spiris.sign_in.revoke(COMPANY)
        with pytest.raises(CredentialsRefused) as refused:
            await put(target, employee())
    assert refused.value.text.key == "spiris_lon.consent_gone"
    assert spiris.requests.writes() == []


@pytest.mark.parametrize(
    ("company", "sandbox", "kind", "key"),
    [
        (NO_MODULE, False, NotPermitted, "spiris_lon.no_module"),
        (COMPANY, True, CredentialsRefused, "spiris_lon.sandbox_client"),
    ],
)
async def test_what_is_missing_is_said(
    spiris: SpirisLon, company: str, sandbox: bool, kind: type[ProviderError], key: str
) -> None:
    spiris.is_sandbox = sandbox
    async with spiris_target(spiris, company) as target:
        with pytest.raises(kind) as refused:
            await target.preflight()
    assert (refused.value.text.key, refused.value.field) == (key, "consent" if sandbox else None)
    assert refused.value.verbatim


async def test_an_empty_company_is_filled_only_where_the_operator_says_so(
    spiris: SpirisLon, sweden: SpirisCompany
) -> None:
    sweden.employees.clear()
    async with spiris_target(spiris) as target:
        for asked in (target.preflight(), put(target, employee())):
            with pytest.raises(NotPermitted) as refused:
                await asked
            assert refused.value.text.key == "spiris_lon.nobody_shown"
    async with spiris_target(spiris, allow_empty="true") as target:
        assert list(await target.preflight()) == []
        await put(target, employee())
    assert len(sweden.employees) == 1


@pytest.mark.parametrize("status", [404, 400])
async def test_somebody_who_is_gone_is_nobody_however_it_is_said(
    spiris: SpirisLon, sweden: SpirisCompany, target: SpirisTarget, status: int
) -> None:
    sweden.switches.not_found = status
    assert await target.read("00000000-0000-4000-8000-000000000000") is None
    assert await target.read("2001") is None


async def test_calls_above_the_limit_wait_for_their_turn(spiris: SpirisLon, target: SpirisTarget) -> None:
    await target.identify()
    refusals = spiris.faults.rate_limited(path=PEOPLE, times=3)
    assert [page async for page in target.people()]
    assert refusals.hits == 3


async def test_no_secret_is_in_any_repr_log_or_error(spiris: SpirisLon) -> None:
    found = await connection(spiris)
    secrets = [*(found.credentials[name] for name in ("access_token", "refresh_token")), CLIENT_SECRET]
    with structlog.testing.capture_logs() as logs:
        async with SpirisClient(found) as client:
            await client.account()
            quoting = {"DeveloperErrorMessage": " ".join(secrets), "ErrorCode": 2000, "Errors": []}
            spiris.faults.status(400, quoting, path="/v2/employees$")
            with pytest.raises(ProviderError) as refused:
                await client.count(PEOPLE)
            said = f"{found!r} {client!r} {logs} {refused.value!r} {refused.value.verbatim}"
    assert [secret for secret in secrets if secret in said] == []
    assert "[redacted]" in (refused.value.verbatim or "")
