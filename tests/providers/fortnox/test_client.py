"""Consent, tokens, the company they lead to, and what is told of those that are no good."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import structlog.testing

from bot.providers.consent import ConsentProvider, consent_answer
from bot.providers.errors import CredentialsRefused, NotPermitted, Unavailable, Unsupported, WrongAccount
from bot.providers.fortnox.client import FortnoxClient
from bot.providers.fortnox.provider import PROVIDER
from sandbox.fortnox import CLIENT_SECRET, COMPANY, NO_LICENCE, NO_RIGHTS, OTHER_COMPANY, Fortnox
from sandbox.fortnox.company import FortnoxCompany
from tests.providers.fortnox.connections import agree, connection, employee, fortnox_target, options_of, put


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def redeemed(fortnox: Fortnox, address: str, **options: str) -> dict[str, str]:
    return dict(await PROVIDER.redeem(options_of(fortnox.url, **options), consent_answer(address).code))


async def test_a_consent_leads_to_the_company_that_was_chosen_and_is_good_once(fortnox: Fortnox) -> None:
    assert isinstance(PROVIDER, ConsentProvider)
    address = agree(fortnox, OTHER_COMPANY)
    assert await redeemed(fortnox, address) == {"tenant_id": str(OTHER_COMPANY)}
    with pytest.raises(CredentialsRefused) as refused:
        await redeemed(fortnox, address)
    assert refused.value.field == "consent"
    asked = fortnox.requests.matching("POST", "/oauth-v1/token")
    assert len(asked) == 2


async def test_a_refused_code_is_not_quoted(fortnox: Fortnox) -> None:
    code = "canary-code-of-consent"
    words = f"Bad {code} for {CLIENT_SECRET}"
    fortnox.faults.status(400, {"error": "invalid_grant", "error_description": words}, path="/token$")
    with pytest.raises(CredentialsRefused) as refused:
        await redeemed(fortnox, f"http://localhost/consent?code={code}&state=s1")
    said = f"{refused.value.verbatim} {refused.value!r} {refused.value}"
    assert "Bad" in said
    assert [secret for secret in (code, CLIENT_SECRET) if secret in said] == []


async def test_the_page_is_asked_for_a_service_account_and_nothing_more_than_is_needed(fortnox: Fortnox) -> None:
    asked = parse_qs(urlsplit(PROVIDER.consent_url(options_of(fortnox.url), "s7")).query)
    assert (asked["state"], asked["account_type"], asked["scope"]) == (
        ["s7"],
        ["service"],
        ["companyinformation salary costcenter"],
    )
    assert CLIENT_SECRET not in str(asked)


@pytest.mark.parametrize(
    ("pasted", "state", "code", "refusal"),
    [
        ("https://bot.example.com/consent?code=a%2Fb&state=s", "s", "a/b", None),
        ("  code=c&state=s  ", "s", "c", None),
        ("http://localhost/consent?error=access_denied&state=s#x", "s", "", "access_denied"),
        ("http://localhost/consent?error=x&error_description=No+admin&state=s", "s", "", "No admin"),
        ("1270001", "", "", None),
        ("", "", "", None),
    ],
)
def test_what_is_in_an_address(pasted: str, state: str, code: str, refusal: str | None) -> None:
    answer = consent_answer(pasted)
    assert (answer.state, answer.code, answer.refusal) == (state, code, refusal)
    assert code not in repr(answer) or not code


async def test_a_token_is_renewed_before_it_ends_and_not_asked_for_by_each_call(fortnox: Fortnox) -> None:
    clock = Clock()
    async with FortnoxClient(connection(fortnox.url), clock=clock) as client:
        for seconds in (0, 1800, 3479):
            clock.now = seconds
            await client.rows("/costcenters", "CostCenters", "Code")
        assert fortnox.sign_in.issued == 1
        clock.now = 3481
        await client.rows("/costcenters", "CostCenters", "Code")
        assert fortnox.sign_in.issued == 2


async def test_a_token_that_has_died_early_is_made_anew_once(fortnox: Fortnox) -> None:
    async with fortnox_target(fortnox) as target:
        await target.identify()
        fortnox.sign_in.end_all()
        await put(target, employee())
        fortnox.sign_in.revoke(COMPANY)
        with pytest.raises(CredentialsRefused) as refused:
            await put(target, employee(last_name="Berg"))
    assert (refused.value.field, refused.value.text.key) == ("consent", "fortnox.consent_gone")


async def test_another_company_than_the_integrations_is_not_written_to(fortnox: Fortnox) -> None:
    agree(fortnox, OTHER_COMPANY)
    async with fortnox_target(fortnox, OTHER_COMPANY, expected=str(COMPANY)) as target:
        with pytest.raises(WrongAccount):
            await target.read("2001")
    assert list(fortnox.requests) == []


async def test_the_check_names_the_company_and_all_that_is_missing(fortnox: Fortnox) -> None:
    agree(fortnox, NO_RIGHTS)
    async with fortnox_target(fortnox, NO_RIGHTS) as target:
        account = await target.identify()
        assert (account.name, account.organisation_number) == ("Polarbönan Fastigheter AB", "559000-0035")
        with pytest.raises(NotPermitted) as lacking:
            await target.preflight()
    assert lacking.value.text.values["what"] == "salary, costcenter"


async def test_a_company_without_a_licence_is_told_so(fortnox: Fortnox) -> None:
    agree(fortnox, NO_LICENCE)
    async with fortnox_target(fortnox, NO_LICENCE) as target:
        with pytest.raises(NotPermitted) as lacking:
            await target.preflight()
    assert (lacking.value.text.key, lacking.value.verbatim) == (
        "fortnox.no_licence",
        "Det finns ingen aktiv licens för önskat scope.",
    )


async def test_what_is_useful_and_missing_stops_nothing(fortnox: Fortnox) -> None:
    fortnox.sign_in.narrow[COMPANY] = frozenset({"companyinformation", "salary"})
    agree(fortnox)
    async with fortnox_target(fortnox) as target:
        (found,) = await target.preflight()
        assert found.values["scopes"] == ("costcenter",)
        assert (await put(target, employee())).wrote


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"client_secret": "wrong"}, "fortnox.operator_application"),
        ({"client_id": ""}, "fortnox.operator_application"),
        ({"redirect_url": "nowhere"}, "fortnox.operator_application"),
    ],
)
async def test_what_is_the_operators_fault(fortnox: Fortnox, options: dict[str, str], key: str) -> None:
    async with FortnoxClient(connection(fortnox.url, **options)) as client:
        with pytest.raises(CredentialsRefused) as refused:
            await client.information()
    assert refused.value.text.key == key
    assert CLIENT_SECRET not in f"{refused.value!r} {refused.value} {refused.value.verbatim}"


async def test_a_request_that_fortnox_does_not_know_stops_everything(fortnox: Fortnox, sweden: FortnoxCompany) -> None:
    body = {"ErrorInformation": {"Error": 1, "Message": "Felaktigt fältnamn. (x)", "Code": 2001399}}
    fortnox.faults.status(400, body, method="POST", path="/3/employees$")
    async with fortnox_target(fortnox) as target:
        with pytest.raises(Unsupported) as refused:
            await put(target, employee())
    assert refused.value.verbatim == "Felaktigt fältnamn. (x)"
    assert "3001" not in sweden.employees


async def test_no_secret_is_in_any_repr(fortnox: Fortnox) -> None:
    opened = connection(fortnox.url)
    client = FortnoxClient(opened)
    assert CLIENT_SECRET not in f"{opened!r} {client!r} {client.http!r} {client.__dict__['_application']!r}"
    await client.__aexit__(None, None, None)


async def test_calls_above_the_limit_wait_for_their_turn(fortnox: Fortnox) -> None:
    fortnox.faults.rate_limited(path="/employees$", times=3)
    async with fortnox_target(fortnox) as target:
        assert [person async for page in target.people() for person in page]


async def test_no_line_and_no_error_names_an_employees_number(fortnox: Fortnox) -> None:
    with structlog.testing.capture_logs() as lines:
        async with fortnox_target(fortnox) as target:
            assert await target.read("CANARY-1") is None
            fortnox.faults.status(503, path="CANARY", times=9)
            with pytest.raises(Unavailable) as failed:
                await target.read("CANARY-2")
    asked = [line for line in lines if line["event"] == "http"]
    assert "/3/employees" in {line["path"] for line in asked}
    assert "CANARY" not in f"{lines} {failed.value}"
