"""`/integration check`: both systems are asked with what is stored, and nothing is changed."""

from __future__ import annotations

from sandbox.tripletex import REVOKED_TOKEN
from storage import integrations
from tests.support.slack_office import COMPANY, TRIPLETEX_TOKEN, Office


async def test_both_companies_are_named_and_a_refusal_leads_to_new_credentials(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration check")
    said = await office.shows(henrik, "Simployer: tilkoblet", "Tripletex: tilkoblet", COMPANY)
    assert "Nye påloggingsopplysninger" not in said
    async with office.app.database.session() as s:
        refused = {"employee_token": REVOKED_TOKEN, "environment": "test"}
        await integrations.replace_credentials(s, office.app.database.vault, made.id, refused)
    await henrik.click("flow.act:again")
    await office.shows(henrik, "Simployer: tilkoblet", "Tripletex")
    await office.slack.world.changes.until(
        lambda: "integration.credentials" in str(henrik.modal.blocks) if henrik.modal else False
    )
    assert (await office.integration(made.id)).state == made.state, "a check stops nothing"
    assert REVOKED_TOKEN not in office.sent()
    assert TRIPLETEX_TOKEN not in office.sent()
    await henrik.click("integration.credentials")
    await office.until_step(henrik, "credentials")


async def test_members_are_told_who_may(office: Office) -> None:
    await office.make()
    maja = office.person("maja")
    await maja.type("/integration check")
    await office.told(maja, "<@U01ASTRID>")
    assert maja.modal is None
