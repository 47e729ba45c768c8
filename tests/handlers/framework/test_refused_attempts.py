"""Who tried what they may not do stands in the audit, and so do installing, looking and deleting."""

from __future__ import annotations

from datetime import UTC, datetime

from slack_sdk.oauth.installation_store import Installation

from bot.handlers.framework.refused_attempts import AGAIN_AFTER, REFUSED
from bot.slack.oauth.installation_store import Installations
from storage import audit
from storage.audit_check import check
from tests.support.slack_office import Office


async def refused(office: Office) -> list[tuple[str, object]]:
    entries = [entry for entry in await office.audited() if entry.action == REFUSED]
    return [(entry.actor_id, (entry.new or {}).get("action")) for entry in entries]


async def noted(office: Office, number: int) -> list[tuple[str, object]]:
    """The attempts, once there are so many."""

    async def there() -> bool:
        return len(await refused(office)) >= number

    await office.until(there)
    return await refused(office)


async def test_each_attempt_is_noted_once_with_who_and_what(office: Office) -> None:
    await office.make()
    maja = office.person("maja")
    for words in ("/integration setup", "/integration setup", "/integration help", "/integration sync now"):
        await maja.type(words)
    who = maja.user.id
    assert sorted(await noted(office, 2), key=str) == [(who, "credentials"), (who, "sync")]
    office.clock.forward(seconds=AGAIN_AFTER.total_seconds())
    await maja.type("/integration setup")
    assert len(await noted(office, 3)) == 3
    assert not any(state.faults for state in await check(office.app.database))


async def test_an_installation_and_its_end_are_recorded(office: Office) -> None:
    given = Installation(user_id="U0900", team_id="T0900", bot_token="xoxb-1", bot_id="B1", bot_user_id="W1")
    await Installations(office.app.database).async_save(given)
    async with office.app.database.reading() as s:
        (entry,) = await audit.page(s, "T0900")
    assert (entry.actor_id, entry.action, entry.origin) == ("U0900", "app.installed", "install")
    assert entry.at <= datetime.now(UTC)
    assert "xoxb" not in str(entry.new)
