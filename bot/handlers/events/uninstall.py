"""The app is uninstalled, from one workspace of an organisation too, or its token is revoked."""

from __future__ import annotations

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.occurrence import Occurrence
from bot.handlers.framework.services import Services
from bot.slack.dead_token import ACTOR, pause_integrations, pause_organisation
from storage import audit, installations, workspaces
from storage.database import Session

log = structlog.get_logger(__name__)

UNINSTALLED = "uninstalled"
"""Where a pause came from, in the audit."""


def register(listeners: AuthorizedListeners) -> None:
    """The events. None comes from a person who could be asked whether they may."""
    listeners.event("app_uninstalled", _uninstalled)
    listeners.event("tokens_revoked", _revoked)
    listeners.event("team_access_revoked", _taken_from)


async def _uninstalled(services: Services, client: AsyncWebClient, what: Occurrence) -> None:  # noqa: ARG001 - as Slack tells it
    """Nothing can be reported any more, so nothing is synced: all integrations are paused, none is lost.

    What is told of before the installation that stands is old: a repeated event does not undo a new installation.
    An organisation's installation served all its workspaces.
    """
    async with services.database.session() as session:
        whole = what.enterprise_id if what.of_organisation else None
        since = await installations.newest(session, team_id=None if whole else what.team_id, enterprise_id=whole)
        if since is not None and what.at is not None and what.at < since.replace(microsecond=0):
            log.info("uninstalled_before", team=what.team_id, enterprise=what.enterprise_id)
            return
        if whole:
            await pause_organisation(session, whole, UNINSTALLED)
            await _record(session, whole, what)
            await installations.delete(session, enterprise_id=whole, team_id=None)
        elif what.team_id:
            await pause_integrations(session, what.team_id, UNINSTALLED)
            await _record(session, what.team_id, what)
            await installations.delete_team(session, what.team_id)
    log.info("uninstalled", team=what.team_id, enterprise=what.enterprise_id, organisation=bool(whole))


async def _record(s: Session, owner: str, what: Occurrence) -> None:
    """In the audit of the workspace, or of the organisation: that its token is erased, and by which event."""
    await audit.write(s, owner, ACTOR, "app.uninstalled", origin=str(what.event.get("type") or "uninstalled")[:40])


async def _revoked(services: Services, client: AsyncWebClient, what: Occurrence) -> None:
    """A bot token that was revoked is as good as an uninstallation; a user's token is not ours."""
    if (what.event.get("tokens") or {}).get("bot"):
        await _uninstalled(services, client, what)


async def _taken_from(services: Services, client: AsyncWebClient, what: Occurrence) -> None:  # noqa: ARG001 - as Slack tells it
    """An organisation has taken its app from some workspaces: its token speaks for them no more.

    The organisation's other workspaces go on, and so does one that has a token of its own. Of a repeated event the
    app given back meanwhile is not asked: whoever finds the integrations paused resumes them. Source: docs.slack.dev,
    event `team_access_revoked`.
    """
    told = what.event.get("team_ids")
    teams = [each for each in (told if isinstance(told, list) else ()) if isinstance(each, str)]
    async with services.database.session() as session:
        for team_id in teams:
            known = await workspaces.get(session, team_id)
            if known is None or (what.enterprise_id and known.enterprise_id != what.enterprise_id):
                continue
            if await installations.newest(session, team_id=team_id, enterprise_id=None) is None:
                await pause_integrations(session, team_id, UNINSTALLED)
                await _record(session, team_id, what)
    log.info("taken_from", teams=len(teams), enterprise=what.enterprise_id)
