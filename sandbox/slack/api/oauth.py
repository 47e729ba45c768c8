"""OAuth: Slack's page of consent, and the code that the app exchanges for a token.

Source: docs.slack.dev, "Installing with OAuth".
"""

import html
import secrets
from urllib.parse import urlencode

from aiohttp import web

from sandbox.slack.api.call import Call, method
from sandbox.slack.errors import SlackError
from sandbox.slack.jsontype import Json
from sandbox.slack.workspace import Role
from sandbox.slack.world import World

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{app} wants access</title></head>
<body><main><h1>{app} is requesting permission to access the {team} Slack workspace</h1>
<ul>{scopes}</ul>
<form method="post"><button name="answer" value="allow">Allow</button>
<button name="answer" value="cancel">Cancel</button></form></main></body></html>
"""


ROTATION_SECONDS = 43_200
"""How long a token lives where the app rotates its tokens (docs.slack.dev, token rotation)."""


class Consent:
    """Serves /oauth/v2/authorize. Whoever answers does so as the workspace's owner."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def ask(self, request: web.Request) -> web.Response:
        """The page; refuses an app that is not this one, and scopes that its manifest does not name."""
        world, asked = self._world, _scopes(request)
        if request.query.get("client_id") != world.tokens.client_id:
            return web.Response(status=400, text="invalid_client_id")
        if not asked or not asked <= world.manifest.scopes:
            return web.Response(status=400, text="invalid_scope")
        shown = "".join(f"<li>{html.escape(scope)}</li>" for scope in sorted(asked))
        page = _PAGE.format(
            app=html.escape(world.manifest.app_name), team=html.escape(world.workspace.name), scopes=shown
        )
        return web.Response(text=page, content_type="text/html")

    async def answer(self, request: web.Request) -> web.Response:
        """Back to the app with a code, or with access_denied."""
        form = await request.post()
        result = {"state": request.query.get("state", "")}
        if form.get("answer") == "allow":
            code = secrets.token_urlsafe(16)
            self._world.tokens.codes[code] = request.query.get("redirect_uri", "")
            result["code"] = code
        else:
            result["error"] = "access_denied"
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode(result)}")


def _scopes(request: web.Request) -> frozenset[str]:
    return frozenset(scope for scope in request.query.get("scope", "").split(",") if scope)


@method("oauth.v2.access", open_to_all=True)
async def access(call: Call) -> Json:
    """A code for a token, or a refresh token for the next one: once, by whoever knows the app's secret."""
    tokens, workspace = call.world.tokens, call.world.workspace
    if (call.text("client_id"), call.text("client_secret")) != (tokens.client_id, tokens.client_secret):
        raise SlackError("bad_client_secret")
    if call.text("grant_type") == "refresh_token":
        return _refreshed(call)
    redirect_uri = tokens.codes.pop(call.required("code"), None)
    if redirect_uri is None:
        raise SlackError("invalid_code")
    if redirect_uri != call.text("redirect_uri"):
        raise SlackError("bad_redirect_uri")
    token = tokens.install(workspace.team_id)
    rotating: Json = {}
    if call.world.manifest.token_rotation:
        token, rotating = _next_token(call)
    return _access(call, token) | rotating


def _refreshed(call: Call) -> Json:
    """Source: docs.slack.dev, "Using token rotation": the refresh token is revoked, and another comes beside."""
    tokens = call.world.tokens
    used = call.required("refresh_token")
    if used not in tokens.refresh or tokens.bot in tokens.revoked:
        raise SlackError("invalid_refresh_token")
    tokens.refresh.discard(used)
    tokens.former.add(tokens.bot)
    token, rotating = _next_token(call)
    return _access(call, token) | rotating


def _next_token(call: Call) -> tuple[str, Json]:
    tokens = call.world.tokens
    token, refresh = tokens.rotating(call.world.workspace.team_id), f"xoxe-1-{secrets.token_hex(8)}"
    tokens.refresh.add(refresh)
    tokens.good_until[token] = call.world.clock() + ROTATION_SECONDS
    return token, {"refresh_token": refresh, "expires_in": ROTATION_SECONDS}


def _access(call: Call, token: str) -> Json:
    workspace = call.world.workspace
    organisation = workspace.organisation
    owner = next(user for user in workspace.users.values() if user.role is Role.OWNER)
    return {
        "app_id": workspace.app_id,
        "authed_user": {"id": owner.id},
        "scope": ",".join(sorted(call.world.manifest.scopes)),
        "token_type": "bot",
        "access_token": token,
        "bot_user_id": workspace.bot.id,
        "team": None if workspace.org_wide else {"id": workspace.team_id, "name": workspace.name},
        "enterprise": {"id": organisation.id, "name": organisation.name} if organisation else None,
        "is_enterprise_install": workspace.org_wide,
    }
