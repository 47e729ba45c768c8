"""/api/{method}: token, scope and injected faults first, then the method itself."""

import math

from aiohttp import BasicAuth, web

from sandbox.slack.api import blocks, chat, conversations, files, functions, oauth, people, views
from sandbox.slack.api.call import METHODS, Call, Registered, missing_scope, read_arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import Fault
from sandbox.slack.journal import ApiCall
from sandbox.slack.jsontype import Json
from sandbox.slack.quotas import RateLimited
from sandbox.slack.world import World

FAMILIES = (blocks, chat, conversations, files, functions, oauth, people, views)
"""Importing a family registers its methods."""


class WebApi:
    """Serves the Web API and writes every call into the journal."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        try:
            arguments = await read_arguments(request)
        except SlackError as refused:
            return self._answered(name, {}, 200, refused.answer())
        except ValueError:
            return self._answered(name, {}, 200, {"ok": False, "error": "invalid_json"})
        token = str(arguments.pop("token", "") or "")
        header = request.headers.get("Authorization", "")
        if header.startswith("Basic "):
            app = BasicAuth.decode(header)
            arguments |= {"client_id": app.login, "client_secret": app.password}
        else:
            token = header.removeprefix("Bearer ") or token
        fault = self._world.faults.meet(name, arguments)
        if fault is not None and not fault.after_commit:
            return self._failed(name, arguments, fault)
        try:
            answer = await self._run(name, token, arguments)
        except RateLimited as limited:
            return self._failed(name, arguments, Fault(name, retry_after=limited.retry_after))
        if fault is not None:
            return self._failed(name, arguments, fault)
        return self._answered(name, arguments, 200, answer)

    async def _run(self, name: str, token: str, arguments: Json) -> Json:
        registered = METHODS.get(name)
        try:
            if registered is None:
                raise SlackError("unknown_method", {"req_method": name})
            self._authorise(registered, token)
            if registered.scopes and not self._world.manifest.scopes.intersection(registered.scopes):
                raise missing_scope(self._world, registered.scopes)
            if self._world.workspace.taken and not registered.app_token and name != "auth.test":
                raise SlackError("team_access_not_granted")
            return {"ok": True, **await registered.run(Call(self._world, arguments))}
        except RateLimited:
            raise
        except SlackError as refused:
            return refused.answer()

    def _authorise(self, registered: Registered, token: str) -> None:
        tokens = self._world.tokens
        if registered.open_to_all:
            return
        if not token:
            raise SlackError("not_authed")
        if token in tokens.revoked:
            raise SlackError("token_revoked")
        if self._world.clock() >= tokens.good_until.get(token, math.inf):
            raise SlackError("token_expired")
        if token in self._world.steps.tokens or token in tokens.former:
            token = tokens.bot
        if token not in (tokens.bot, tokens.app):
            raise SlackError("invalid_auth")
        if token != (tokens.app if registered.app_token else tokens.bot):
            raise SlackError("not_allowed_token_type")

    def _failed(self, name: str, arguments: Json, fault: Fault) -> web.Response:
        if fault.body is not None:
            self._note(name, arguments, fault.status, {"ok": False, "body": fault.body}, injected=True)
            return web.Response(status=fault.status, text=fault.body, content_type="text/html")
        if fault.status == 429:
            retry_after = {"Retry-After": str(1 if fault.retry_after is None else fault.retry_after)}
            answer = {"ok": False, "error": "ratelimited"}
            return self._answered(name, arguments, 429, answer, headers=retry_after)
        answer = {"ok": False, "error": fault.error or "internal_error"}
        return self._answered(name, arguments, fault.status, answer, injected=True)

    def _answered(
        self,
        name: str,
        arguments: Json,
        status: int,
        answer: Json,
        headers: dict[str, str] | None = None,
        *,
        injected: bool = False,
    ) -> web.Response:
        self._note(name, arguments, status, answer, injected=injected)
        scopes = {"x-oauth-scopes": ",".join(sorted(self._world.manifest.scopes))}
        return web.json_response(answer, status=status, headers={**scopes, **(headers or {})})

    def _note(self, name: str, arguments: Json, status: int, answer: Json, *, injected: bool = False) -> None:
        arguments = {key: value for key, value in arguments.items() if key != "client_secret"}
        self._world.journal.calls.append(ApiCall(name, arguments, status, answer, self._world.clock(), injected))
        self._world.changes.happened(())
