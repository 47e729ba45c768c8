"""The Slack sandbox as one thing to start, mount and stop."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from sandbox.slack.api.files import Uploads
from sandbox.slack.api.oauth import Consent
from sandbox.slack.api.router import WebApi
from sandbox.slack.clock import Clock, system_clock
from sandbox.slack.commands import Composer
from sandbox.slack.events import RETRY_DELAYS
from sandbox.slack.faults import Fault, Place
from sandbox.slack.guide import GuideLine, System
from sandbox.slack.interactions import Interactions
from sandbox.slack.journal import ApiCall, Delivery
from sandbox.slack.jsontype import Json
from sandbox.slack.manifest import Manifest
from sandbox.slack.seed_workspace import default_workspace
from sandbox.slack.snapshot_file import Keeper
from sandbox.slack.socket_mode import ACK_SECONDS
from sandbox.slack.triggers import TRIGGER_SECONDS
from sandbox.slack.ui import PageApi
from sandbox.slack.workspace import Organisation, Workspace
from sandbox.slack.world import World

T = TypeVar("T")
STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 256 * 1024**2
"""Bytes: the list of a large company is a file well above the one megabyte that aiohttp takes by itself."""


class SlackSandbox:
    """A Slack workspace with one app installed, on an aiohttp server.

    Stand-alone: `await SlackSandbox.start(manifest=...)`. Together with other stand-ins: construct it, add
    them to `app` (or `routes()` to an application of your own) and set `url` to where that is reached.
    """

    def __init__(
        self,
        manifest: Manifest | Path | str | Json,
        *,
        workspace: Workspace | None = None,
        clock: Clock = system_clock,
        ack_timeout: float = ACK_SECONDS,
        trigger_lifetime: float = TRIGGER_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        loaded = Manifest.load(manifest)
        self.world = World.create(
            loaded,
            workspace or default_workspace(loaded.bot_name),
            clock,
            ack_timeout=ack_timeout,
            trigger_lifetime=trigger_lifetime,
            retry_delays=tuple(retry_delays),
        )
        self.composer = Composer(self.world)
        self.interactions = Interactions(self.world)
        self._runner: web.AppRunner | None = None
        self._keeper: Keeper | None = None

    @classmethod
    async def start(
        cls,
        manifest: Manifest | Path | str | Json,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        workspace: Workspace | None = None,
        clock: Clock = system_clock,
        ack_timeout: float = ACK_SECONDS,
        trigger_lifetime: float = TRIGGER_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        data: Path | None = None,
    ) -> "SlackSandbox":
        """A running sandbox; port 0 takes any free one. Raises OSError when the port is taken.

        data: the file that keeps the conversation between starts; see keep().
        """
        sandbox = cls(
            manifest,
            workspace=workspace,
            clock=clock,
            ack_timeout=ack_timeout,
            trigger_lifetime=trigger_lifetime,
            retry_delays=retry_delays,
        )
        if data is not None:
            sandbox.keep(data)
        await sandbox.listen(host, port)
        return sandbox

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Start the server; port 0 takes any free one. Raises OSError when the port is taken."""
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self.url = f"http://{host}:{runner.addresses[0][1]}"
        self._runner = runner

    @cached_property
    def app(self) -> web.Application:
        """The application to serve, or to add other stand-ins to; it closes the sandbox on shutdown."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.add_routes(self.routes())

        async def close(_: web.Application) -> None:
            await self.close()

        app.on_shutdown.append(close)
        return app

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything the sandbox serves: the app's side, and the page's."""
        web_api, uploads, consent = WebApi(self.world), Uploads(self.world), Consent(self.world)
        page = PageApi(self.world, self.composer, self.interactions)
        return [
            web.get("/api/{method}", web_api.handle),
            web.post("/api/{method}", web_api.handle),
            web.get("/link", self.world.socket.handle),
            web.get("/oauth/v2/authorize", consent.ask),
            web.post("/oauth/v2/authorize", consent.answer),
            web.post("/respond/{team}/{token}", self.world.response_urls.handle),
            web.post("/upload/v1/{file_id}", uploads.receive),
            web.get("/files/{file_id}/{name}", uploads.send),
            *page.routes(),
            web.get("/", _index),
            web.static("/static", STATIC),
        ]

    def keep(self, file: Path) -> None:
        """Restore the conversation from a file, and keep it there from now on."""
        self._keeper = Keeper(self.world, file)
        self._keeper.start()

    async def close(self) -> None:
        """Drop the app's connections and what is still to be delivered; save the conversation."""
        if self._keeper is not None:
            await self._keeper.stop()
            self._keeper = None
        self.world.changes.close()
        await self.world.events.close()
        await self.world.socket.close()

    async def stop(self) -> None:
        """Close, and stop the server that start() started."""
        if self._runner is None:
            await self.close()
        else:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return self.world.url

    @url.setter
    def url(self, url: str) -> None:
        self.world.url = url.rstrip("/")

    @property
    def api_url(self) -> str:
        """What slack_sdk takes as base_url."""
        return f"{self.world.url}/api/"

    @property
    def bot_token(self) -> str:
        return self.world.tokens.bot

    @property
    def app_token(self) -> str:
        return self.world.tokens.app

    async def until(self, predicate: Callable[[], T], timeout: float = 60.0) -> T:
        """The predicate's first true value, asked again after every change here; raises TimeoutError.

        A predicate about something outside (the app's own state) needs notice() when that changes.
        """
        return await self.world.changes.until(predicate, timeout)

    def notice(self) -> None:
        """Have until() ask again."""
        self.world.changes.happened(())

    def api_calls(self, method: str | None = None) -> list[ApiCall]:
        """The Web API calls so far, oldest first."""
        return [call for call in self.world.journal.calls if method in (None, call.method)]

    @property
    def deliveries(self) -> list[Delivery]:
        """Every envelope sent to the app, with its acknowledgement and how long that took."""
        return list(self.world.journal.deliveries)

    def inject_fault(
        self,
        method: str,
        *,
        error: str | None = None,
        http_status: int | None = None,
        retry_after: int | None = None,
        times: int = 1,
        after_commit: bool = False,
        place: Place | None = None,
        channel: str | None = None,
        body: str | None = None,
    ) -> None:
        """The next `times` calls of a method ("*": any) fail; see Fault."""
        fault = Fault(method, error, http_status, retry_after, times, after_commit, place, channel, body)
        self.world.faults.inject(fault)

    async def redeliver(self, delivery: Delivery) -> None:
        """Send the app what it was sent before: an event as a retry, anything else as the very same payload.

        Slack documents retries for events alone; commands came again in bolt-js issues 2188 and 2487.
        """
        if delivery.kind == "events_api":
            self.world.events.repeat(delivery.payload)
        else:
            await self.world.way.deliver(delivery.kind, delivery.payload, accepts_response=True)

    def join_organisation(self, organisation_id: str, name: str, *, org_wide: bool = False) -> None:
        """The workspace belongs to an Enterprise Grid organisation, with the app installed in one or the other."""
        self.world.workspace.organisation = Organisation(organisation_id, name)
        self.world.workspace.org_wide = org_wide

    def expire_token(self) -> None:
        """The bot token is over, as a token that rotates is after twelve hours."""
        self.world.tokens.good_until[self.bot_token] = self.world.clock()

    def reach_at(self, address: str) -> None:
        """Send everything to the app's request URL from now on, as an app without Socket Mode has it."""
        self.world.request_url.address = address

    async def disconnect(self, *, abruptly: bool = False) -> None:
        """Tell the app to reconnect, as Slack does to refresh; or drop its connections."""
        await self.world.socket.disconnect(abruptly=abruptly)

    def revoke_token(self) -> None:
        """The bot token stops working, and the app hears tokens_revoked."""
        self.world.tokens.revoked.add(self.bot_token)
        revoked = {"oauth": [], "bot": [self.world.workspace.bot.id]}
        event: Json = {"type": "tokens_revoked", "tokens": revoked}
        self.world.events.emit("tokens_revoked", event, of_installation=True)

    def take_from_workspace(self) -> None:
        """The organisation takes the app from this workspace; its token goes on elsewhere, and is refused here."""
        self.world.workspace.taken = True
        self.world.events.emit_access_revoked([self.world.workspace.team_id])

    def uninstall(self) -> None:
        """The app is removed from the workspace."""
        self.revoke_token()
        self.world.events.emit("app_uninstalled", {"type": "app_uninstalled"}, of_installation=True)

    def everything(self) -> str:
        """All that ever passed in either direction, as JSON lines to search in."""
        return self.world.journal.everything()

    def from_app(self) -> str:
        """Only what the app sent: where a secret that a user typed must never turn up."""
        return self.world.journal.from_app()

    def add_guide_card(self, title: str, lines: Sequence[GuideLine], fields: str = "") -> None:
        """A card beside the channels that tells a newcomer what to type or paste; `fields` as in `Guide.add_card`."""
        self.world.guide.add_card(title, lines, fields)
        self.world.changes.happened()

    def add_system(self, system_id: str, title: str, provider_of_tables: Callable[[], Json]) -> None:
        """A tab that shows what another stand-in holds: {"title", "note", "tables": [...]}."""
        self.world.guide.add_system(System(system_id, title, provider_of_tables))
        self.world.changes.happened()


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})
