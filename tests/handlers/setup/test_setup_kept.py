"""What was typed is not lost, nor asked for twice; what is posted while it is tried does not stay."""

from __future__ import annotations

import pytest

from bot.core.text import text
from bot.handlers.setup import credentials
from bot.providers import registry
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable
from sandbox.tripletex import OTHER_COMPANY_TOKEN
from tests.support.slack_office import SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office, dump

SAID = text("flow.unexpected")
TYPED = {"employee_token": "a-secret", "environment": "test"}


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (CredentialsRefused("no", field="employee_token", text=SAID), False),
        (CredentialsRefused("no", text=SAID), False),
        (CredentialsRefused("not registered", field="environment", text=SAID), True),
        (NotPermitted("a right is missing", text=SAID), True),
        (Unavailable("down", text=SAID), True),
    ],
)
def test_a_key_that_is_not_at_fault_is_kept(error: ProviderError, kept: bool) -> None:
    after = credentials.without_fault(registry.target("tripletex").info, TYPED, error)
    assert ("employee_token" in after) is kept
    assert after["environment"] == "test"


@pytest.mark.parametrize("system", ["tripletex", "poweroffice_go"])
def test_only_what_the_operator_has_registered_is_offered(system: str) -> None:
    info = registry.target(system).info

    def offered(*environments: str, every: bool = False) -> tuple[str, ...]:
        field = next(field for field in info.credentials if field.key == "environment")
        options = {name: "set" for environment in environments for name in field.registered[environment]}
        narrowed = info.offered(options, every=every)
        return next(field.choices for field in narrowed.credentials if field.key == "environment")

    assert offered("test") == ("test",)
    assert offered("production") == ("production",)
    assert offered("test", "production") == offered() == ("production", "test")
    assert offered("test", every=True) == ("test", "production")


async def test_a_channel_that_cannot_be_posted_in(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik, channel="salary-review")
    await henrik.fill("name", "Lønn")
    await henrik.submit()
    await office.until_step(henrik, "summary")
    assert "/invite" in await office.shows(henrik, "privat")
    name = next(block for block in henrik.modal.blocks if block["block_id"] == "name")  # type: ignore[union-attr]
    assert name["element"]["initial_value"] == "Lønn"
    await henrik.choose("channel.channel", "payroll-2024")
    await henrik.submit()
    await office.shows(henrik, "arkivert. Velg en annen")
    await henrik.choose("channel.channel", "general")
    await henrik.submit()
    await office.shows(henrik, "Ingenting er overført ennå")
    assert [m for m in henrik.messages("payroll") if "Tripletex" in m.text] == []
    assert len([m for m in henrik.messages("general") if "Lønn" in m.text]) == 1


async def test_the_post_that_proves_the_channel_is_taken_back_where_nothing_comes_of_it(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await office.to_summary(henrik)
    await henrik.fill("name", "Lønn")
    await office.to_accounts(astrid, OTHER_COMPANY_TOKEN)
    await office.from_accounts_to_summary(astrid, "Solbakken", channel="general")
    await astrid.fill("name", "lønn")
    await henrik.submit()
    await office.shows(henrik, "Ingenting er overført ennå")
    await astrid.submit()
    await office.until_step(astrid, "summary")
    await office.shows(astrid, "har det här namnet")
    assert [m for m in astrid.messages("general") if "Tripletex" in m.text] == []
    await astrid.fill("name", "Kaffebarer")
    await astrid.submit()
    await office.shows(astrid, "Inget har förts över ännu")
    await office.reads(lambda: astrid.messages("general"), astrid, "Kaffebarer")
    made = next(one for one in await office.integrations() if one.name == "Kaffebarer")
    units = next(books for books in office.tripletex.companies.values() if str(books.id) == made.target_account_id)
    assert made.settings["division"] == str(*units.rows["Division"]), "there is one, so nobody was asked"
    assert made.settings["user_type"] == "NO_ACCESS", "nobody has opened what is folded"


async def test_what_was_typed_is_there_again_after_going_back(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await henrik.click("flow.back")
    await office.until_step(henrik, "system")
    await henrik.submit()
    await office.until_step(henrik, "source")
    assert SIMPLOYER_TOKEN not in dump(henrik.modal.content)  # type: ignore[union-attr]
    await henrik.submit()
    await office.until_step(henrik, "target")
    await henrik.fill("credential.tripletex.employee_token", TRIPLETEX_TOKEN)
    await henrik.click("flow.back")
    await office.until_step(henrik, "source")
    assert "Polarbönan" in henrik.reads()
    await henrik.submit()
    await office.until_step(henrik, "target")
    assert TRIPLETEX_TOKEN not in dump(henrik.modal.content)  # type: ignore[union-attr]
    await henrik.submit()
    await office.until_step(henrik, "accounts")


async def test_the_page_where_a_token_is_made_is_one_press_away(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    await office.until_field(henrik, "credential.simployer.access_token")
    assert "https://app.alexishr.com/access-tokens" in str(henrik.modal.blocks)  # type: ignore[union-attr]
