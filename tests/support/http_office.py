"""The office with a bot that Slack reaches over HTTP."""

from __future__ import annotations

import re
import socket
from typing import Any

import httpx
from pydantic import SecretStr

from bot.slack.http_mode import HttpMode
from bot.slack.http_server import EVENTS_PATH, HttpServer
from bot.slack.oauth.flow import INSTALL_PATH
from tests.support.slack_office import Office


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class HttpOffice(Office):
    """The office with a bot that has a web server and no token of its own."""

    def _way_to_slack(self) -> dict[str, Any]:
        tokens, port = self.slack.world.tokens, free_port()
        return {
            "slack_client_id": tokens.client_id,
            "slack_client_secret": SecretStr(tokens.client_secret),
            "slack_signing_secret": SecretStr(self.slack.world.request_url.signing_secret),
            "slack_authorize_url": f"{self.slack.url}/oauth/v2/authorize",
            "public_url": f"http://127.0.0.1:{port}",
            "http_port": port,
        }

    async def start(self) -> None:
        await self.app.start()
        self.slack.reach_at(self.url + EVENTS_PATH)

    @property
    def site(self) -> HttpServer:
        assert isinstance(self.app.slack, HttpMode)
        return self.app.slack.site

    @property
    def url(self) -> str:
        return self.site.address

    async def begin_installing(self, browser: httpx.AsyncClient) -> tuple[str, str]:
        """Open the first page; gives the address of Slack's page and the cookie that the browser keeps."""
        page = await browser.get(self.url + INSTALL_PATH)
        link = re.search(r'href="([^"]+)"', page.text)
        assert link is not None
        return link[1].replace("&amp;", "&"), page.headers["set-cookie"].split(";")[0]

    async def install(self, answer: str = "allow") -> httpx.Response:
        """Go through the installation as a person in a browser does; gives the last page."""
        async with httpx.AsyncClient() as browser:
            consent, cookie = await self.begin_installing(browser)
            back = await browser.post(consent, data={"answer": answer})
            return await browser.get(back.headers["location"], headers={"cookie": cookie, "accept-language": "sv, en"})
