"""Which workspace a request of Slack's concerns. In an Enterprise Grid organisation, that is not what Bolt reads.

An org-wide installation's events are authorised without a team and its presses come without one, and where several
workspaces of an organisation have installed the app, a view can name the workspace of the first installation. Sources:
bolt-python, tests/scenario_tests_async/test_events_org_apps.py and issue 1229; bolt-js issue 1875.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext

from bot.views.overview.home import OF_TEAM
from storage import drafts, installations, integrations, runs, workspaces
from storage.database import Database, Session


def team_id_of(value: object) -> str | None:
    """The value if it is the id of a workspace: an organisation's, which stands in the same places, begins with E."""
    return value if isinstance(value, str) and value and not value.startswith("E") else None


class TeamResolver:
    """Runs before Bolt chooses a token, so that token, client and handler all follow one answer.

    What is shown tells it: a Home tab carries its workspace, a modal its draft, and a button the integration or run
    that it is for. Whether the person belongs to that workspace is asked afterwards, as always.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resolve(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Set the context's team, and the client's, which an organisation's token needs to name."""
        team_id = await self._team(body, context)
        context["team_id"] = team_id
        context.client.default_params.pop("team_id", None)
        if team_id:
            context.client.default_params["team_id"] = team_id
        if team_id and context.enterprise_id and context.is_enterprise_install:
            await self._keep_organisation(team_id, context.enterprise_id)

    async def _keep_organisation(self, team_id: str, enterprise_id: str) -> None:
        """So that a report at night finds the organisation's token, and its uninstallation finds the workspace.

        What is known stays: in a shared channel, a request can name the organisation of somebody else.
        """
        async with self._database.reading() as session:
            known = await workspaces.get(session, team_id)
            has_own = await installations.newest(session, team_id=team_id, enterprise_id=None) is not None
        if not has_own and (known is None or known.enterprise_id is None):
            async with self._database.session() as session:
                await workspaces.ensure(session, team_id, enterprise_id=enterprise_id)

    async def _team(self, body: Mapping[str, Any], context: AsyncBoltContext) -> str | None:
        known = team_id_of(context.team_id)
        if "event" in body or "command" in body:
            return known or team_id_of(body.get("team_id"))
        if not (body.get("enterprise") or body.get("is_enterprise_install")):
            return known
        if shown := await self._shown(body):
            return shown
        pressed = [_inside(body, "team", "id"), _inside(body, "message", "team")]
        at_home = _inside(body, "view", "type") == "home"
        # A modal that was opened in a channel shared with us names the installation before the person's own team.
        ordered = [*pressed, known] if at_home or "view" not in body else [known, *pressed]
        return next(filter(None, map(team_id_of, [*ordered, _inside(body, "user", "team_id")])), None)

    async def _shown(self, body: Mapping[str, Any]) -> str | None:
        metadata = str(_inside(body, "view", "private_metadata") or "")
        callback_id = str(_inside(body, "view", "callback_id") or "")
        if callback_id.startswith(OF_TEAM):
            return team_id_of(callback_id.removeprefix(OF_TEAM))
        async with self._database.reading() as session:
            for value in _values(body):
                if found := await _concerned(session, value):
                    return found
            return await drafts.team_of(session, metadata) if metadata else None


async def _concerned(s: Session, value: str) -> str | None:
    if one := await integrations.get(s, value, removed=True):
        return one.team_id
    run = await runs.get(s, value)
    return run.team_id if run else None


def _values(body: Mapping[str, Any]) -> Iterator[str]:
    """What the pressed button or the chosen deed names: an id, or a deed and an id."""
    for action in body.get("actions") or ():
        value = str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
        if value:
            yield value
            if (last := value.rpartition(":")[2]) not in ("", value):
                yield last


def _inside(body: Mapping[str, Any], *path: str) -> object:
    found: object = body
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
