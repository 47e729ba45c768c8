"""The doctor: every fault by its name, with what to do; and what a real test account would be asked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.core.clock import SetClock
from bot.core.diagnosis import Diagnosis
from bot.diagnostics import doctor
from bot.providers.tripletex import live_check
from bot.settings import Settings
from sandbox.slack.server import SlackSandbox
from sandbox.tripletex import CONSUMER_TOKEN, GOOD_TOKEN, REVOKED_TOKEN, Tripletex, demo
from storage import workspaces
from storage.database import Database
from storage.vault import Vault
from tests.support.migrated import FILE, KEY, copy_into

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    started = await SlackSandbox.start(MANIFEST)
    yield started
    await started.stop()


def settings(slack: SlackSandbox, folder: Path, **other: Any) -> Settings:
    values: dict[str, Any] = {
        "slack_bot_token": SecretStr(slack.bot_token),
        "slack_app_token": SecretStr(slack.app_token),
        "slack_api_url": slack.api_url,
        "database_url": f"sqlite:///{folder / 'bot.sqlite3'}",
        "encryption_keys": SecretStr(Vault.generate_key()),
    }
    return Settings(_env_file=None, **(values | other))


def faults(found: list[Diagnosis]) -> dict[str, str]:
    return {one.what: one.says for one in found if not one.ok}


async def test_a_sound_installation_has_no_fault(slack: SlackSandbox, tmp_path: Path) -> None:
    found = await doctor.examine(settings(slack, tmp_path))
    assert faults(found) == {}
    assert {one.what for one in found} >= {"ENCRYPTION_KEYS", "DATABASE_URL", "SLACK_BOT_TOKEN", "scopes"}


async def test_a_wrong_bot_token_is_named_and_not_shown(slack: SlackSandbox, tmp_path: Path) -> None:
    found = await doctor.examine(settings(slack, tmp_path, slack_bot_token=SecretStr("xoxb-wrong")))
    assert "invalid_auth" in faults(found)["SLACK_BOT_TOKEN"]
    assert "xoxb-wrong" not in str(found)


async def test_a_wrong_app_token_is_named(slack: SlackSandbox, tmp_path: Path) -> None:
    found = await doctor.examine(settings(slack, tmp_path, slack_app_token=SecretStr("xapp-wrong")))
    assert set(faults(found)) == {"SLACK_APP_TOKEN"}
    assert "connections:write" in faults(found)["SLACK_APP_TOKEN"]


async def test_a_missing_scope_is_named_with_what_to_do(tmp_path: Path) -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["oauth_config"]["scopes"]["bot"].remove("files:write")
    slack = await SlackSandbox.start(manifest)
    try:
        found = await doctor.examine(settings(slack, tmp_path))
    finally:
        await slack.stop()
    assert set(faults(found)) == {"scopes"}
    assert "files:write" in faults(found)["scopes"]
    assert "reinstall" in faults(found)["scopes"]


async def test_over_http_the_addresses_to_enter_are_told(slack: SlackSandbox, tmp_path: Path) -> None:
    over_http = settings(
        slack, tmp_path, slack_client_id="1.2", slack_client_secret=SecretStr("canary-1"),
        slack_signing_secret=SecretStr("canary-2"), public_url="https://bot.example",
    )  # fmt: skip
    found = await doctor.examine(over_http)
    assert faults(found) == {}
    told = next(one.says for one in found if one.what == "Slack over HTTP")
    assert "https://bot.example/slack/install" in told
    assert "https://bot.example/slack/events" in told
    assert "canary" not in str(found)


async def test_slack_out_of_reach_hides_nothing_else(slack: SlackSandbox, tmp_path: Path) -> None:
    found = await doctor.examine(settings(slack, tmp_path, slack_api_url="http://127.0.0.1:9/api/"))
    assert set(faults(found)) == {"Slack"}
    assert any(one.what == "DATABASE_URL" and one.ok for one in found)


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
@pytest.mark.parametrize(
    "fault",
    [
        {"http_status": 503},
        {"retry_after": 30},
        *({"error": code} for code in ("internal_error", "org_login_required", "accesslimited", "rate_limited")),
        {"http_status": 500, "body": '{"ok": false, "error": "a_word_of_tomorrow"}'},
        {"http_status": 502, "body": "<html>Bad gateway</html>"},
        {"http_status": 200, "body": '{"ok": tr'},
        {"http_status": 200, "body": "[]"},
        {"http_status": 200, "body": "null"},
        {"http_status": 429, "body": '"slow down"'},
    ],
)
async def test_a_slack_without_an_answer_is_no_wrong_token(
    slack: SlackSandbox, tmp_path: Path, method: str, fault: dict[str, Any]
) -> None:
    slack.inject_fault(method, times=9, **fault)
    found = await doctor.examine(settings(slack, tmp_path))
    assert set(faults(found)) == {"Slack"}
    assert "Copy" not in faults(found)["Slack"]


async def test_a_token_that_rotates_is_named(slack: SlackSandbox, tmp_path: Path) -> None:
    found = await doctor.examine(settings(slack, tmp_path, slack_bot_token=SecretStr("xoxe.xoxb-1-canary")))
    assert "rotation" in faults(found)["SLACK_BOT_TOKEN"]
    assert "canary" not in str(found)
    slack.expire_token()
    assert "rotation" in faults(await doctor.examine(settings(slack, tmp_path)))["SLACK_BOT_TOKEN"]


async def test_what_the_optional_scopes_are_for_is_told_where_they_were_not_given(tmp_path: Path) -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["oauth_config"]["scopes"]["bot_optional"].remove("groups:history")
    slack = await SlackSandbox.start(manifest)
    try:
        found = await doctor.examine(settings(slack, tmp_path))
    finally:
        await slack.stop()
    assert faults(found) == {}
    assert "groups:history" in next(one.says for one in found if one.what == "optional scopes")


async def test_a_key_that_is_none_is_named_and_not_shown(slack: SlackSandbox, tmp_path: Path) -> None:
    found = await doctor.examine(settings(slack, tmp_path, encryption_keys=SecretStr("not-a-key")))
    assert "keys new" in faults(found)["ENCRYPTION_KEYS"]
    assert "database" in faults(found)
    assert "not-a-key" not in str(found)


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    async with demo(clock=SetClock(datetime.now(UTC))) as system:
        yield system


def options(system: Tripletex) -> dict[str, str]:
    return {"test_url": system.url, "test_consumer_token": CONSUMER_TOKEN, "backoff_seconds": "0.001"}


async def asked(system: Tripletex, token: str = GOOD_TOKEN) -> dict[str, Diagnosis]:
    clock = system.clock
    assert isinstance(clock, SetClock)

    async def sleep(seconds: float) -> None:
        clock.forward(seconds=seconds)

    return {one.what: one for one in await live_check.examine(options(system), token, sleep=sleep)}


async def test_a_test_account_is_asked_and_left_as_it_was(tripletex: Tripletex) -> None:
    before = json.dumps(tripletex.snapshot())
    found = await asked(tripletex)
    assert {one.what: one.says for one in found.values() if not one.ok} == {}
    assert "Polarbønna" in found["account"].says
    assert "100 calls in a period of about 10 s" in found["rate limit"].says
    assert "409/8000" in found["old version"].says
    assert "gives 1 of them" in found["employments"].says
    assert json.dumps(tripletex.snapshot()) == before
    assert [one.method for one in tripletex.requests.writes()] == ["PUT"]
    assert tripletex.forbidden_calls == []


async def test_what_the_bot_relies_on_and_is_not_so_is_a_fault(tripletex: Tripletex) -> None:
    tripletex.faults.status(200, {"value": {"id": 1, "version": 7}}, method="PUT")
    # The check before a run reads the whole list first: its one page, and the empty one that ends it.
    tripletex.faults.status(403, {"status": 403, "code": 9000}, path="/division$", nth=3, times=None)
    found = await asked(tripletex)
    assert not found["old version"].ok
    assert "last to write wins" in found["old version"].says
    assert not found["lists"].ok
    assert "/division (403)" in found["lists"].says
    assert found["employee numbers"].ok


async def test_a_refused_key_ends_the_asking_with_advice(tripletex: Tripletex) -> None:
    found = await asked(tripletex, REVOKED_TOKEN)
    assert set(found) == {"account"}
    assert not found["account"].ok
    assert REVOKED_TOKEN not in found["account"].says


@pytest.mark.parametrize("host", ["tripletex.no", "api.tripletex.no"])
async def test_production_is_never_asked(host: str) -> None:
    (found,) = await live_check.examine({"test_url": f"https://{host}/v2", "test_consumer_token": "x"}, "y")
    assert not found.ok
    assert "production" in found.says


def test_the_command_line_names_the_systems_that_can_be_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "ENCRYPTION_KEYS": Vault.generate_key(),
        "DATABASE_URL": f"sqlite:///{tmp_path}/bot.sqlite3",
        "TRIPLETEX_TEST_URL": "https://tripletex.no/v2",
        "TRIPLETEX_TEST_EMPLOYEE_TOKEN": "secret-of-the-test",
    }.items():
        monkeypatch.setenv(name, value)
    unknown = CliRunner().invoke(cli, ["doctor", "--live", "visma_net"])
    assert unknown.exit_code == 2
    assert "tripletex" in unknown.output
    refused = CliRunner().invoke(cli, ["doctor", "--live", "tripletex"])
    assert refused.exit_code == 1
    assert "secret-of-the-test" not in refused.output


async def test_a_test_account_is_asked_about_absence(tripletex: Tripletex) -> None:
    found = await asked(tripletex)
    says = {name: found[name].says for name in ("activities", "hours", "months", "weeks", "days off", "types of leave")}
    assert says["activities"] == "8 general ones, 7 of them with a number; 0 inactive ones are left out"
    assert says["hours"] == "0 rows of two months, 0 locked; the same day twice is 422/15000"
    assert says["months"].endswith("months are shown, 0 approved")
    assert (says["weeks"], says["types of leave"]) == ("1 shown of last week's", "all seven")
    assert found["leaves of absence"].ok


async def test_what_absence_relies_on_and_is_not_so_is_a_fault(tripletex: Tripletex) -> None:
    for path in ("/timesheet/entry", "byMonthNumberList", "/timesheet/week", "leaveOfAbsence"):
        tripletex.faults.status(403, {"status": 403, "code": 9000}, path=path, times=None)
    tripletex.companies[40917001].switches.filtered.add("Activity")
    found = await asked(tripletex)
    for name in ("activities", "hours", "months", "weeks", "leaves of absence"):
        assert not found[name].ok, name


async def test_credentials_of_a_lost_key_are_counted_with_what_to_do(slack: SlackSandbox, tmp_path: Path) -> None:
    address = copy_into(tmp_path)
    before = Database(address, Vault([KEY]))
    async with before.session() as s:
        await workspaces.ensure(s, "T0100")
        await workspaces.set_source(s, before.vault, "T0100", {"token": "source"}, "77", "Fjell")
    await before.close()
    assert faults(await doctor.examine(settings(slack, tmp_path, encryption_keys=SecretStr(KEY)))) == {}
    found = faults(await doctor.examine(settings(slack, tmp_path)))
    assert "1 credentials fit none of the keys; `integration-bot keys check`" in found["DATABASE_URL"]


async def test_tables_of_a_newer_version_are_a_fault_with_both_ways_out(slack: SlackSandbox, tmp_path: Path) -> None:
    copy_into(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as tables:
        tables.execute("UPDATE alembic_version SET version_num = '9999'")
        tables.commit()
    found = faults(await doctor.examine(settings(slack, tmp_path, encryption_keys=SecretStr(KEY))))
    assert "newer version" in found["DATABASE_URL"]
    assert "restore" in found["DATABASE_URL"]
