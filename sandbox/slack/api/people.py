"""auth.test, apps.connections.open, users.*, bots.info."""

from sandbox.slack.api.call import Call, method
from sandbox.slack.errors import SlackError
from sandbox.slack.jsontype import Json
from sandbox.slack.workspace import Membership, Organisation, Role, User

TIER_2 = 20
"""Calls a minute that Slack takes of such a method (docs.slack.dev, rate limits: "20+"; the sandbox takes no more)."""


@method("auth.test")
async def auth_test(call: Call) -> Json:
    workspace = call.world.workspace
    return {
        "url": f"{call.world.url}/",
        "team": workspace.name,
        "user": workspace.bot.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": workspace.org_wide,
    } | ({"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {})


@method("api.test")
async def api_test(call: Call) -> Json:
    return {"args": call.arguments}


@method("apps.connections.open", app_token=True)
async def open_connection(call: Call) -> Json:
    if not call.world.manifest.socket_mode:
        raise SlackError("socket_mode_not_enabled")
    return {"url": f"{call.world.websocket_url}/link?ticket={call.world.socket.issue_ticket()}"}


@method("users.info", "users:read")
async def users_info(call: Call) -> Json:
    return {"user": user_payload(call, call.user())}


@method("users.list", "users:read")
async def users_list(call: Call) -> Json:
    call.require_team()
    call.world.quotas.spend("users.list", TIER_2)
    members = [user_payload(call, user) for user in call.world.workspace.users.values()]
    page, metadata = call.page(members)
    return {"members": page, "cache_ts": int(call.world.clock()), "response_metadata": metadata}


@method("bots.info", "users:read")
async def bots_info(call: Call) -> Json:
    workspace = call.world.workspace
    if call.text("bot") not in ("", workspace.bot_id):
        raise SlackError("bot_not_found")
    bot = {"id": workspace.bot_id, "app_id": workspace.app_id, "user_id": workspace.bot.id, "deleted": False}
    return {"bot": bot | {"name": workspace.bot.real_name, "icons": {}}}


def user_payload(call: Call, user: User) -> Json:
    """The user object; without users:read.email it has no e-mail, and locale only when asked for."""
    owner = user.role is Role.OWNER
    payload: Json = {
        "id": user.id,
        "team_id": call.world.workspace.team_id,
        "name": user.name,
        "deleted": user.is_deactivated,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz_label,
        "tz_offset": user.tz_offset(call.world.clock()),
        "profile": {
            "real_name": user.real_name,
            "display_name": user.name,
            "real_name_normalized": user.real_name,
            "display_name_normalized": user.name,
            "team": call.world.workspace.team_id,
        },
        # An owner is an admin too, in Slack's own flags.
        "is_admin": owner or user.role is Role.ADMIN,
        "is_owner": owner,
        "is_primary_owner": user.is_primary_owner,
        "is_restricted": user.role is Role.GUEST,
        # A guest of a single channel is a guest too, in Slack's own flags.
        "is_ultra_restricted": user.role is Role.GUEST and user.is_single_channel_guest,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_767_225_600,
    }
    if user.membership is not None:
        _belonging(payload, user.membership, call.world.workspace.organisation)
    if "users:read.email" in call.world.manifest.scopes and not user.is_bot:
        payload["profile"]["email"] = f"{user.name}@{call.world.workspace.domain}.example"
    if call.flag("include_locale"):
        payload["locale"] = user.locale
    return payload


def _belonging(payload: Json, membership: Membership, organisation: Organisation | None) -> None:
    payload["team_id"] = membership.team_id
    if membership.team_id == "":
        del payload["team_id"]
    if membership.is_stranger:
        payload["is_stranger"] = True
    if membership.teams is not None:
        payload["enterprise_user"] = {
            "id": payload["id"],
            "enterprise_id": organisation.id if organisation else "",
            "enterprise_name": organisation.name if organisation else "",
            "is_admin": False,
            "is_owner": False,
            "teams": list(membership.teams),
        }
