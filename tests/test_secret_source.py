"""Secrets come from a file or a command as well; what cannot be had is named, and never shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.secret_source import NAMES, SecretUnread, elsewhere
from bot.settings import Settings

CANARY = "canary-5d1f"


def test_a_file_gives_a_secret_and_keys_may_stand_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("new\nold\n")
    given = {"ENCRYPTION_KEYS_FILE": str(file), "tripletex_consumer_token_file": str(file), "HOME_FILE": "/nowhere"}
    assert elsewhere(given, ["TRIPLETEX_"]) == {"ENCRYPTION_KEYS": "new,old", "TRIPLETEX_CONSUMER_TOKEN": "new\nold"}


def test_a_command_gives_a_secret_without_a_shell() -> None:
    command = f"{sys.executable} -c \"print('a $HOME ; b')\""
    assert elsewhere({"SLACK_BOT_TOKEN_COMMAND": command}, ()) == {"SLACK_BOT_TOKEN": "a $HOME ; b"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"DATABASE_URL_FILE": "/nowhere/url"}, "is not there"),
        ({"DATABASE_URL_FILE": "/dev/null"}, "gives nothing"),
        ({"DATABASE_URL_FILE": "/dev/null", "DATABASE_URL": CANARY}, "leave one of them"),
        ({"DATABASE_URL_COMMAND": "/nowhere/vault"}, "cannot be run"),
        ({"DATABASE_URL_COMMAND": f"{sys.executable} -c \"print('{CANARY}'); exit(3)\""}, "ended with 3"),
    ],
)
def test_what_cannot_be_had_is_named_and_not_shown(given: dict[str, str], says: str) -> None:
    with pytest.raises(SecretUnread) as unread:
        elsewhere(given, ())
    assert unread.value.setting in given
    assert says in unread.value.says
    assert CANARY not in str(unread.value)


def test_every_secret_of_the_settings_may_stand_elsewhere() -> None:
    secret = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert secret - {"PROVIDERS"} <= set(NAMES)


def test_two_places_for_one_secret_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("one")
    given = {"ENCRYPTION_KEYS_FILE": str(file), "ENCRYPTION_KEYS_COMMAND": f"cat {file}"}
    with pytest.raises(SecretUnread, match="leave one"):
        elsewhere(given, ())
