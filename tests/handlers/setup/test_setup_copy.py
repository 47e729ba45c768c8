"""`/integration copy`: the next company's set-up begins with an integration's settings, and with nothing else of it."""

from __future__ import annotations

from tests.support.slack_office import SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office


async def test_settings_are_taken_over_and_keys_people_and_account_lists_are_not(office: Office) -> None:
    made = await office.make(
        settings={"division": "99", "occupation_code": "5223102", "remuneration_type": "HOURLY_WAGE"},
        channel_id="C01GENERAL",
        language="sv",
    )
    henrik = office.person("henrik")
    await henrik.type("/integration copy")
    await office.shows(henrik, "som i *Norge*", "Nøkler, personer og tidsplan")
    draft = await office.draft(henrik)
    assert draft is not None
    kept = draft.data
    assert kept["settings"] == {"remuneration_type": "HOURLY_WAGE"}
    assert (kept["provider"], kept["channel_id"], kept["language"]) == ("tripletex", "C01GENERAL", "sv")
    assert not any(kept[name] for name in ("target_credentials", "source_credentials", "picked", "scheduled", "name"))
    assert TRIPLETEX_TOKEN not in str(kept)
    assert SIMPLOYER_TOKEN not in str(kept)
    await henrik.submit()
    await office.until_field(henrik, "credential.tripletex.employee_token")

    await henrik.close()
    await henrik.type("/integration copy")
    await office.shows(henrik, "Fortsett")
    assert (await office.draft(henrik)).step == "target"  # type: ignore[union-attr]
    await henrik.click("flow.restart")
    await office.until_step(henrik, "system")
    anew = await office.draft(henrik)
    assert anew is not None
    assert anew.data["source_company"], "whoever starts over is not asked for Simployer again"
    assert (anew.data["copied"], anew.data["settings"]) == ("Norge", {"remuneration_type": "HOURLY_WAGE"})
    await henrik.submit()
    await office.until_field(henrik, "credential.tripletex.employee_token")
    await henrik.close()
    await henrik.type("/integration setup")
    await office.shows(henrik, "Fortsett")
    await henrik.click("flow.restart")
    await office.until_step(henrik, "system")
    plain = await office.draft(henrik)
    assert plain is not None
    assert (plain.data["copied"], plain.data["settings"]) == ("", {}), "a set-up that was asked for is no copy"
    await henrik.close()
    assert (await office.integration(made.id)).version == made.version


async def test_another_system_begins_with_nothing(office: Office) -> None:
    await office.make(settings={"division": "99", "remuneration_type": "HOURLY_WAGE"})
    henrik = office.person("henrik")
    await henrik.type("/integration copy")
    await office.shows(henrik, "som i *Norge*")
    await henrik.choose("system", "visma_net")
    await office.until_field(henrik, "system.visma_net")
    draft = await office.draft(henrik)
    assert draft is not None
    assert "remuneration_type" not in draft.data["settings"]
    assert draft.data["copied"] == ""
