"""The app's manifest: what the running bot needs of it, and the form of it for HTTP."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_PACKED = Path(__file__).parents[1] / "manifest.yml"
# In a wheel it is among the modules; in a checkout, at the top.
MANIFEST = _PACKED if _PACKED.exists() else Path(__file__).parents[2] / "manifest.yml"


@cache
def _scopes() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["oauth_config"]["scopes"]
    return found


def manifest_tag() -> str:
    """Changes with the manifest: a new one has to be saved at Slack."""
    return hashlib.sha256(MANIFEST.read_bytes()).hexdigest()[:12]


def needed_scopes() -> tuple[str, ...]:
    """What the bot cannot do without."""
    return tuple(_scopes()["bot"])


def asked_scopes() -> tuple[str, ...]:
    """What an installation asks for: the needed ones, and those that make reports safer."""
    return (*_scopes()["bot"], *_scopes().get("bot_optional", ()))


def manifest_over_http(events_url: str, redirect_url: str, *, with_step: bool = False) -> str:
    """The manifest as YAML for an app that Slack reaches at an address instead of by Socket Mode.

    Slack distributes an app with a step for Workflow Builder to no other workspace: only the one that it was made in,
    or the organisation of that, can have it (docs.slack.dev, custom steps, distribution). For many it is left out.
    """
    manifest: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    settings = manifest["settings"]
    if not with_step:
        del manifest["functions"], settings["function_runtime"]
        settings["org_deploy_enabled"] = False
        settings["event_subscriptions"]["bot_events"].remove("function_executed")
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"]["request_url"] = events_url
    settings["interactivity"] |= {"request_url": events_url, "message_menu_options_url": events_url}
    for command in manifest["features"]["slash_commands"]:
        command["url"] = events_url
    manifest["oauth_config"]["redirect_urls"] = [redirect_url]
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True)
