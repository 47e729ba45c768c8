"""An account that is not known to be the workspace's: refused, recorded, and told to the workspace that has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog

from bot.connections import AccountRefused, refused_account
from bot.core.text import text
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.services import Services
from bot.locales.translator import translator
from bot.providers import registry
from bot.providers.protocol import Account
from bot.slack.client import NOT_DONE, word_of
from bot.slack.deputies import owner_or_deputy
from bot.slack.patient_post import patiently
from bot.views.setup.account import contested
from storage import account_assignments, audit, integrations
from storage.database import Session
from storage.errors import AccountTaken, NotFound, Unreadable
from storage.integrations import Integration

log = structlog.get_logger(__name__)

ACTOR = "system"
"""The actor of what nobody of the workspace did, in the audit."""

REFUSED, CONTESTED = "account.refused", "account.contested"

TOLD_AGAIN_AFTER = timedelta(days=1)


async def claim(s: Session, interaction: Interaction, provider: str, account: Account) -> None:
    """Let a proven account be the workspace's, in the transaction that connects it. Raises `AccountRefused`."""
    key = account_assignments.account_key(account.environment, account.id)
    try:
        await account_assignments.claim(s, provider, key, interaction.team_id, interaction.user_id)
    except AccountTaken:
        holder = await account_assignments.holder(s, provider, key)
        raise refused_account(provider, key, holder) from None


async def note_refusal(interaction: Interaction, refused: AccountRefused) -> None:
    """Record it for this workspace and the operator; the workspace that has the account is told beside the answer."""
    services, team_id = interaction.services, interaction.team_id
    log.warning("account_refused", provider=refused.provider, key=refused.key, team=team_id, holder=refused.holder)
    services.background.spawn(_record(services, team_id, interaction.user_id, refused), "account_refused")


async def _record(services: Services, team_id: str, user_id: str, refused: AccountRefused) -> None:
    async with services.database.session() as session:
        await audit.write(session, team_id, user_id, REFUSED, new={"provider": refused.provider, "key": refused.key})
        concerned = await _concerned(services, session, refused)
        untold = [one for one in concerned if not await _told_lately(services, session, one)]
        for one in untold:
            await audit.write(session, one.team_id, ACTOR, CONTESTED, one.id, new={"provider": refused.provider})
    for one in untold:
        await _tell(services, one)


async def _concerned(services: Services, s: Session, refused: AccountRefused) -> Sequence[Integration]:
    """The integrations, of the workspace that has the account, that lead to it."""
    if refused.holder is None:
        return ()
    every = [one for one in await integrations.list_for(s, refused.holder) if one.provider == refused.provider]
    return [one for one in every if refused.key in await _keys(services, s, one)]


async def _keys(services: Services, s: Session, integration: Integration) -> set[str]:
    keys = {account_assignments.account_key(integration.environment, integration.target_account_id)}
    try:
        stored = await integrations.credentials(s, services.database.vault, integration.id)
    except (NotFound, Unreadable):
        return keys
    assigned = registry.target(integration.provider).info.assignment(stored)
    return keys | ({account_assignments.assigned_key(*assigned)} if assigned else set())


async def _told_lately(services: Services, s: Session, integration: Integration) -> bool:
    """Whoever tries again and again must not be able to flood another workspace."""
    since = services.clock() - TOLD_AGAIN_AFTER
    entries = await audit.page(s, integration.team_id, integration_id=integration.id)
    return any(entry.action == CONTESTED and entry.at > since for entry in entries)


async def _tell(services: Services, integration: Integration) -> None:
    """The owner by direct message, else the channel. Without a token of that workspace the log alone has it."""
    t = translator(integration.language)
    what = text(
        CONTESTED,
        name=integration.name,
        system=text(f"{integration.provider}.name"),
        company=integration.target_account_name,
    )
    for by_person in (True, False):
        try:
            client = await services.client_of(integration.team_id)
            place = integration.channel_id
            if by_person:
                place = await owner_or_deputy(services.database, client, integration)
            await patiently(partial(client.chat_postMessage, channel=place, **contested(t, what)))
            return
        except NOT_DONE as error:
            log.warning("account_contest_not_told", integration=integration.id, error=word_of(error))
