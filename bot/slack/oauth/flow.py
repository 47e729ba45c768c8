"""The OAuth installation as Bolt carries it out, with our stores and our pages."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from bot.locales import Translator
from bot.slack.oauth.html_pages import (
    ROTATION,
    accepted,
    begin_page,
    failed_page,
    installed_page,
    organisation_page,
    plain_reason,
)
from bot.slack.oauth.installation_store import Installations
from bot.slack.oauth.states import STATE_LIVES, States
from storage.database import Database

log = structlog.get_logger(__name__)

_SLACKS_CODE = re.compile(r"'error': '(\w+)'")


class _Exchange(logging.Filter):
    """Bolt's own warning of a failed exchange holds the code of the installation: of it, Slack's word alone is kept."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR:
            return True
        if found := _SLACKS_CODE.search(record.getMessage()):
            log.warning("exchange_refused", error=found[1])
        return False


_quiet = logging.getLogger(f"{__name__}.bolt")
_quiet.setLevel(logging.WARNING)
_quiet.addFilter(_Exchange())

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"


class UnrenewableToken(Exception):
    """A token that ends, and that came without one to exchange it by."""


class _StateUsed(Exception):
    """An installation was finished with this state before."""


class InstallFlow(AsyncOAuthFlow):
    """Bolt's flow with a page of ours in front. `authorization_url` is Slack's own page of consent."""

    def __init__(
        self,
        database: Database,
        installed: Installations,
        client: AsyncWebClient,
        *,
        client_id: str,
        client_secret: str,
        scopes: Sequence[str],
        public_url: str,
        authorization_url: str,
    ) -> None:
        self._states = States(database, client_secret)
        settings = AsyncOAuthSettings(
            client_id=client_id,
            client_secret=client_secret,
            scopes=scopes,
            user_scopes=(),
            redirect_uri=f"{public_url}{REDIRECT_PATH}",
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            authorization_url=authorization_url,
            installation_store=installed,
            installation_store_bot_only=True,
            state_store=self._states,
            state_expiration_seconds=int(STATE_LIVES.total_seconds()),
            callback_options=AsyncCallbackOptions(success=self._succeeded, failure=self._failed),
        )
        super().__init__(client=client, settings=settings, logger=_quiet)

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        """The page that leads to Slack's."""
        return begin_page(_translator(request), url)

    async def run_installation(self, code: str) -> Installation | None:
        """Exchange the code for a token. Raises `UnrenewableToken` for one that would be over after twelve hours."""
        installation = await super().run_installation(code)
        if installation is None:
            return None
        if installation.bot_token_expires_at is not None and not installation.bot_refresh_token:
            raise UnrenewableToken
        return installation

    async def handle_callback(self, request: AsyncBoltRequest) -> BoltResponse:
        """Where Slack's page leads back to."""
        try:
            return await super().handle_callback(request)
        except UnrenewableToken:
            log.warning("not_installed", reason=ROTATION)
            page = failed_page(_translator(request), ROTATION, INSTALL_PATH)
            return BoltResponse(status=409, body=page, headers=_html())
        except _StateUsed:
            log.warning("not_installed", reason="invalid_state")
            page = failed_page(_translator(request), "invalid_state", INSTALL_PATH)
            return BoltResponse(status=401, body=page, headers=_html())

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Keep what Slack gave, once for each state: the first row that is written of an installation."""
        if not await self._states.use_up(request.query["state"][0]):
            raise _StateUsed
        await super().store_installation(request, installation)

    async def _succeeded(self, args: AsyncSuccessArgs) -> BoltResponse:
        one = args.installation
        log.info("installed", team=one.team_id, enterprise=one.enterprise_id, user=one.user_id)
        name = one.team_name or one.enterprise_name or ""
        t, app_id = _translator(args.request), one.app_id or ""
        if one.is_enterprise_install and one.enterprise_id:
            page = organisation_page(t, name, app_id, one.enterprise_id)
        else:
            page = installed_page(t, name, app_id, one.team_id or "")
        forget = self.settings.state_utils.build_set_cookie_for_deletion()
        return BoltResponse(status=200, body=page, headers=_html({"Set-Cookie": [forget]}))

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        log.warning("not_installed", reason=plain_reason(args.reason))
        page = failed_page(_translator(args.request), args.reason, INSTALL_PATH)
        return BoltResponse(status=args.suggested_status_code, body=page, headers=_html())


def _translator(request: AsyncBoltRequest) -> Translator:
    return accepted(",".join(request.headers.get("accept-language", [])))


def _html(more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"Content-Type": "text/html; charset=utf-8", **(more or {})}
