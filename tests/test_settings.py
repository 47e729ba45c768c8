"""Settings come from the environment and `.env`; what is missing is named; nothing secret shows."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.settings import Settings
from storage.vault import Vault

ROOT = Path(__file__).parent.parent
GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-canary-1",
    "SLACK_APP_TOKEN": "xapp-canary-2",
    "ENCRYPTION_KEYS": f"{Vault.generate_key()}, {Vault.generate_key()}",
    "TRIPLETEX_CONSUMER_TOKEN": "canary-3",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("SLACK_", "TRIPLETEX_", "SIMPLOYER_", "ENCRYPTION_", "DATABASE_", "MANAGERS", "ALLOWED_")):
            monkeypatch.delenv(name)
    return monkeypatch


def test_a_provider_is_told_what_carries_its_name(environment: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        environment.setenv(name, value)
    environment.setenv("SIMPLOYER_URL", "https://one.example/v1")
    Path(".env").write_text("TRIPLETEX_TEST_URL=https://kept.example/v2\nSIMPLOYER_URL=https://other.example/v1\n")
    settings = Settings()
    assert settings.provider_options("tripletex") == {
        "consumer_token": "canary-3",
        "test_url": "https://kept.example/v2",
    }
    assert settings.provider_options("simployer") == {"url": "https://one.example/v1"}
    assert len(settings.fernet_keys()) == 2


def test_networks_of_the_operators_are_for_every_provider(environment: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        environment.setenv(name, value)
    environment.setenv("ALLOWED_NETWORKS", "10.1.0.0/16, fd00::/8")
    environment.setenv("PAXML_ALLOWED_NETWORKS", "0.0.0.0/0")
    assert Settings().provider_options("paxml") == {"allowed_networks": "10.1.0.0/16, fd00::/8"}
    done = in_process(environment, "run", ALLOWED_NETWORKS="10.1.0.1/16")
    assert done.exit_code == 2
    assert "ALLOWED_NETWORKS" in done.stderr


def test_no_repr_shows_a_secret(environment: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        environment.setenv(name, value)
    shown = repr(Settings()) + str(Settings())
    for value in GOOD.values():
        assert value not in shown


def in_process(environment: pytest.MonkeyPatch, *words: str, **more: str) -> Result:
    """The command line without a process of its own, which takes over a second to import everything."""
    for name, value in more.items():
        environment.setenv(name, value)
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, words)


def command(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_missing_setting_is_named_and_the_way_out_is_shown(tmp_path: Path) -> None:
    done = command("run", folder=tmp_path, SLACK_BOT_TOKEN="xoxb-canary-1")
    assert done.returncode == 2
    for name in ("SLACK_APP_TOKEN", "ENCRYPTION_KEYS", ".env.example"):
        assert name in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


HTTP = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "canary-4",
    "SLACK_SIGNING_SECRET": "canary-5",
    "PUBLIC_URL": "https://bot.example/",
    "ENCRYPTION_KEYS": Vault.generate_key(),
}


def test_a_client_id_chooses_http_and_asks_for_what_that_needs(environment: pytest.MonkeyPatch) -> None:
    done = in_process(environment, "run", SLACK_CLIENT_ID="1.2", ENCRYPTION_KEYS=Vault.generate_key())
    assert done.exit_code == 2
    for name in ("SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "PUBLIC_URL"):
        assert f"{name}: is needed over HTTP" in done.stderr
    assert "SLACK_BOT_TOKEN" not in done.stderr


@pytest.mark.parametrize("given", [HTTP, GOOD])
def test_a_variable_with_nothing_in_it_chooses_nothing(environment: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    for name, value in given.items():
        environment.setenv(name, value)
    wanted = Settings().over_http
    for name in {"SLACK_CLIENT_ID", "SLACK_REFRESH_TOKEN", "PUBLIC_URL", "MANAGERS", "DRAFT_MINUTES"} - given.keys():
        environment.setenv(name, "")
    assert Settings().over_http is wanted is (given is HTTP)


def test_tokens_that_rotate_ask_for_what_exchanges_them(environment: pytest.MonkeyPatch) -> None:
    given = {"SLACK_REFRESH_TOKEN": "xoxe-canary-6", "SLACK_CLIENT_ID": "1.2", "ENCRYPTION_KEYS": Vault.generate_key()}
    done = in_process(environment, "run", **given)
    assert done.exit_code == 2
    assert "SLACK_CLIENT_SECRET: is needed to exchange SLACK_REFRESH_TOKEN" in done.stderr
    assert "SLACK_APP_TOKEN: is needed for Socket Mode" in done.stderr
    assert "leave out SLACK_REFRESH_TOKEN" in " ".join(done.stderr.split()), "however wide the terminal is"
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "PUBLIC_URL", "canary"):
        assert name not in done.stderr


@pytest.mark.parametrize("url", ["http://bot.example", "bot.example", "https://", "ftp://bot.example"])
def test_a_public_address_must_be_safe_to_send_a_code_to(environment: pytest.MonkeyPatch, url: str) -> None:
    done = in_process(environment, "run", **(HTTP | {"PUBLIC_URL": url}))
    assert done.exit_code == 2
    assert "PUBLIC_URL: must begin with https://" in done.stderr
    assert "canary" not in done.stderr


def test_the_manifest_for_http_names_the_address_everywhere(environment: pytest.MonkeyPatch) -> None:
    done = in_process(environment, "manifest", "--organisation", **HTTP)
    assert done.exit_code == 0, done.stderr
    manifest = yaml.safe_load(done.stdout)
    events = "https://bot.example/slack/events"
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert manifest["settings"]["event_subscriptions"]["request_url"] == events
    assert manifest["settings"]["interactivity"]["request_url"] == events
    assert manifest["settings"]["interactivity"]["message_menu_options_url"] == events
    assert {one["url"] for one in manifest["features"]["slash_commands"]} == {events}
    assert manifest["oauth_config"]["redirect_urls"] == ["https://bot.example/slack/oauth_redirect"]
    socket = yaml.safe_load((ROOT / "manifest.yml").read_text())
    assert manifest["oauth_config"]["scopes"] == socket["oauth_config"]["scopes"]
    assert manifest["functions"] == socket["functions"]


def test_the_manifest_for_socket_mode_is_the_file(environment: pytest.MonkeyPatch) -> None:
    done = in_process(environment, "manifest", **GOOD)
    assert done.exit_code == 2
    assert "manifest.yml" in done.stderr


def test_a_new_key_is_a_good_key(environment: pytest.MonkeyPatch) -> None:
    done = in_process(environment, "keys", "new")
    assert done.exit_code == 0
    assert Vault([done.stdout.strip()]).open("x:1", Vault([done.stdout.strip()]).seal("x:1", {"a": 1})) == {"a": 1}


def test_the_version_is_told_with_the_tags_of_tables_and_manifest(environment: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    newest = max(path.stem for path in (ROOT / "storage/migrations/versions").glob("0*.py"))
    done = in_process(environment, "version")
    assert done.exit_code == 0, done.stderr
    first, schema, manifest = done.stdout.splitlines()
    assert first == f"integration-bot {project['version']}"
    assert newest.startswith(schema.removeprefix("schema "))
    assert re.fullmatch(r"manifest [0-9a-f]{12}", manifest)


def test_migrate_makes_the_tables_and_can_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        done = command("migrate", folder=tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/made/bot.sqlite3", **GOOD)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "made" / "bot.sqlite3").exists()
    rotated = command("keys", "rotate", folder=tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/made/bot.sqlite3", **GOOD)
    assert rotated.returncode == 0, rotated.stderr
    assert "0 records" in rotated.stderr


def test_keys_and_a_providers_secret_come_from_files(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in GOOD.items():
        if name != "ENCRYPTION_KEYS":
            environment.setenv(name, value)
    (tmp_path / "keys").write_text(f"{Vault.generate_key()}\n{Vault.generate_key()}\n")
    (tmp_path / "client").write_text("canary-4\n")
    environment.setenv("ENCRYPTION_KEYS_FILE", str(tmp_path / "keys"))
    environment.setenv("VISMA_NET_CLIENT_SECRET_FILE", str(tmp_path / "client"))
    # As an image's own default is taken back.
    (tmp_path / "url").write_text("postgresql://bot:canary-5@database/bot\n")
    environment.setenv("DATABASE_URL", "")
    environment.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    settings = Settings()
    assert len(settings.fernet_keys()) == 2
    assert settings.provider_options("visma_net")["client_secret"] == "canary-4"
    assert settings.database_url == "postgresql://bot:canary-5@database/bot"
    assert "canary" not in repr(settings) + str(settings)


def test_a_secret_that_is_not_there_is_told_in_words(environment: pytest.MonkeyPatch) -> None:
    without = {name: value for name, value in GOOD.items() if name != "ENCRYPTION_KEYS"}
    done = in_process(environment, "run", **without, ENCRYPTION_KEYS_FILE="/nowhere/keys")
    assert done.exit_code == 2
    assert "ENCRYPTION_KEYS_FILE names /nowhere/keys, which is not there" in " ".join(done.stderr.split())


def migrated_at(url: str, environment: pytest.MonkeyPatch) -> Result:
    for name, value in {**GOOD, "DATABASE_URL": url}.items():
        environment.setenv(name, value)
    return CliRunner().invoke(cli, ["migrate"])


def test_a_folder_that_cannot_be_made_is_told_at_its_setting(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = migrated_at(f"sqlite:///{tmp_path}/file/bot.sqlite3", environment)
    assert told.exit_code == 2
    assert "/file cannot be made: File exists" in " ".join(told.output.split())


def test_a_database_that_is_away_ends_a_command_with_a_sentence(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = migrated_at(f"postgresql://postgres@/none?host={tmp_path}", environment)
    assert told.exit_code == 6
    assert "DATABASE_URL: The database cannot be reached." in " ".join(told.output.split())


def test_a_database_of_a_later_version_ends_a_command_with_a_sentence(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "bot.sqlite3") as later:
        later.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        later.execute("INSERT INTO alembic_version VALUES ('9999_of_a_later_version')")
    told = migrated_at(f"sqlite:///{tmp_path}/bot.sqlite3", environment)
    assert told.exit_code == 6
    assert "DATABASE_URL: The database was made by another version of the bot" in " ".join(told.output.split())
