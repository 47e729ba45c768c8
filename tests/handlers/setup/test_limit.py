"""A workspace has so many integrations and no more, said before anything is entered and once more as it is saved."""

from __future__ import annotations

import pytest

from tests.support.slack_office import Office


async def test_a_workspace_that_has_all_it_can_have_is_told_what_to_do(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTEGRATIONS_PER_WORKSPACE", "1")
    await office.restart()
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    await office.make(name="Annet", target_account_id="2", target_account_name="Annet selskap")
    # Somebody else was faster.
    await henrik.submit()
    said = await office.shows(henrik, "har 1 integrasjoner")
    assert "/integration remove" in said
    assert [made.name for made in await office.integrations()] == ["Annet"]
    await henrik.type("/integration setup")
    await office.told(henrik, "har 1 integrasjoner", "INTEGRATIONS_PER_WORKSPACE")
