"""The app's manifest is one that Slack's published schema allows, as a file and in its form for HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from bot.slack.manifest import MANIFEST, manifest_over_http
from tests.contracts.contract import contract

Manifest = dict[str, Any]


def hold(manifest: Manifest) -> None:
    contract("slack_manifest").hold("@manifest", manifest)


def ours() -> Manifest:
    read: Manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return read


def test_the_manifest_is_allowed() -> None:
    hold(ours())


def test_its_form_for_http_is_allowed() -> None:
    hold(yaml.safe_load(manifest_over_http("https://bot.example/slack/events", "https://bot.example/slack/oauth")))


def long_name(manifest: Manifest) -> None:
    manifest["display_information"]["name"] = "x" * 36


def short_text(manifest: Manifest) -> None:
    manifest["display_information"]["long_description"] = "Too short."


def wrong_colour(manifest: Manifest) -> None:
    manifest["display_information"]["background_color"] = "blue"


def unknown_setting(manifest: Manifest) -> None:
    manifest["settings"]["socket_mode"] = True


def command_without_slash(manifest: Manifest) -> None:
    manifest["features"]["slash_commands"][0]["command"] = "integration"


def no_command(manifest: Manifest) -> None:
    manifest["features"]["slash_commands"] = []


def event_twice(manifest: Manifest) -> None:
    manifest["settings"]["event_subscriptions"]["bot_events"].append("app_home_opened")


def unknown_type(manifest: Manifest) -> None:
    manifest["functions"]["run_integration_sync"]["input_parameters"]["properties"]["integration"]["type"] = "text"


def function_without_title(manifest: Manifest) -> None:
    del manifest["functions"]["run_integration_sync"]["title"]


@pytest.mark.parametrize(
    "breaks",
    [long_name, short_text, wrong_colour, unknown_setting, command_without_slash, no_command, event_twice,
     unknown_type, function_without_title],
)  # fmt: skip
def test_what_slack_would_refuse_is_seen(breaks: Callable[[Manifest], None]) -> None:
    manifest = ours()
    breaks(manifest)
    with pytest.raises(jsonschema.ValidationError):
        hold(manifest)
