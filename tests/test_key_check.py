"""After a key was lost: everything that it sealed is named, with what to do, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import key_check
from storage import audit, choice_seal, drafts, installations, integrations, lost_choices, workspaces
from storage.database import Database
from storage.installations import Bundle, BundleKind
from storage.vault import Vault
from tests.storage.conftest import ADMIN, TEAM, new_integration
from tests.support.migrated import KEY, copy_into

NEW = Vault.generate_key()


async def test_a_lost_key_says_what_is_entered_again(tmp_path: Path) -> None:
    address = copy_into(tmp_path)
    both = Database(address, Vault([KEY]))
    async with both.session() as s:
        await workspaces.ensure(s, TEAM)
        await workspaces.set_source(s, both.vault, TEAM, {"token": "source"}, "77", "Fjell")
        await integrations.create(s, both.vault, new_integration())
        await drafts.open(s, both.vault, TEAM, ADMIN, "setup", {"token": "draft"}, timedelta(days=1))
    assert (await key_check.checked(both))[1]
    await both.close()

    without = Database(address, Vault([NEW]))
    async with without.session() as s:
        moment = datetime(2026, 3, 2, tzinfo=UTC)
        await installations.save(
            s,
            without.vault,
            Bundle(
                team_id="T0777",
                enterprise_id=None,
                kind=BundleKind.BOT,
                user_id=None,
                data={"bot_token": "new"},
                installed_at=moment,
            ),
        )
    lines, ok = await key_check.checked(without)
    async with without.reading() as s:
        (before,) = await integrations.list_for(s, TEAM)
    taken, _ = await key_check.checked(without, take=True)
    async with without.reading() as s:
        (after,) = await integrations.list_for(s, TEAM)
        entries = await audit.page(s, TEAM)
    again, _ = await key_check.checked(without, take=True)
    await without.close()
    assert taken[0] == "What 1 integrations have chosen was sealed as it stands."
    assert "what integrations have chosen" not in "\n".join(again)
    choice_seal.require(without.vault, after)
    assert (after.scope, after.basis, after.has_synced_as_is) == (before.scope, before.basis + 1, False)
    assert [entry.action for entry in entries] == [lost_choices.TAKEN]
    said = "\n".join(lines)
    assert not ok
    assert f"{TEAM}: Simployer's access token is entered again: /integration credentials" in said
    assert f"{TEAM}: the credentials of" in said
    assert "1 x unfinished set-ups" in said
    assert "1 x what integrations have chosen" in said
    assert "T0777" not in said
    assert "source" not in said
