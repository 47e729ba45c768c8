"""Which manifest goes with which distribution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.notify.workflow_step import CALLBACK_ID
from bot.slack.manifest import MANIFEST, manifest_over_http
from storage.vault import Vault

EVENTS, REDIRECT = "https://bot.example/slack/events", "https://bot.example/slack/oauth_redirect"


def made(*, with_step: bool) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(manifest_over_http(EVENTS, REDIRECT, with_step=with_step))
    return read


def test_an_app_for_many_workspaces_has_no_step() -> None:
    many = made(with_step=False)
    assert "functions" not in many
    assert "function_executed" not in many["settings"]["event_subscriptions"]["bot_events"]
    assert "function_runtime" not in many["settings"]
    assert many["settings"]["org_deploy_enabled"] is False


def test_an_app_for_an_organisation_has_the_step_and_hears_of_it() -> None:
    for one in (made(with_step=True), yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))):
        assert CALLBACK_ID in one["functions"]
        assert "function_executed" in one["settings"]["event_subscriptions"]["bot_events"]
        assert one["settings"]["org_deploy_enabled"] is True


@pytest.mark.parametrize("with_step", [False, True])
def test_all_else_is_the_same_and_leads_to_the_address(with_step: bool) -> None:
    own, over_http = yaml.safe_load(MANIFEST.read_text(encoding="utf-8")), made(with_step=with_step)
    assert over_http["oauth_config"]["scopes"] == own["oauth_config"]["scopes"]
    assert over_http["oauth_config"]["redirect_urls"] == [REDIRECT]
    assert over_http["settings"]["event_subscriptions"]["request_url"] == EVENTS
    assert over_http["settings"]["socket_mode_enabled"] is False
    assert over_http["settings"]["token_rotation_enabled"] is False
    missing = {"function_executed"} if not with_step else set()
    events = (each["settings"]["event_subscriptions"]["bot_events"] for each in (own, over_http))
    assert set(next(events)) - set(next(events)) == missing


def test_the_command_line_prints_either(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "a",
        "SLACK_SIGNING_SECRET": "b",
        "PUBLIC_URL": "https://bot.example",
        "ENCRYPTION_KEYS": Vault.generate_key(),
        "DATABASE_URL": f"sqlite:///{tmp_path}/bot.sqlite3",
    }.items():
        monkeypatch.setenv(name, value)
    many = CliRunner().invoke(cli, ["manifest"])
    organisation = CliRunner().invoke(cli, ["manifest", "--organisation"])
    assert "run_integration_sync" not in many.output
    assert "run_integration_sync" in organisation.output
