"""Secrets that stand elsewhere than in the environment: in a file, or in what a command prints.

`ENCRYPTION_KEYS_FILE=/run/secrets/keys` names a file, as containers are given secrets; `ENCRYPTION_KEYS_COMMAND=vault
kv get -field=keys secret/bot` a program, so that any vault serves. Both are read once, when the process starts.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

NAMES = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_REFRESH_TOKEN",
    "SLACK_CLIENT_SECRET",
    "SLACK_SIGNING_SECRET",
    "DATABASE_URL",
    "ENCRYPTION_KEYS",
)
"""The bot's own settings that may stand elsewhere; those of providers may, too."""

PATIENCE_SECONDS = 30
_FILE, _COMMAND = "_FILE", "_COMMAND"


class SecretUnread(Exception):
    """A secret could not be had from where the settings say; `setting` names it, `says` why, and neither has any of it.

    What a command printed is not repeated: it may be the secret.
    """

    def __init__(self, setting: str, says: str) -> None:
        super().__init__(f"{setting} {says}")
        self.setting, self.says = setting, says


def elsewhere(given: Mapping[str, str | None], prefixes: Iterable[str]) -> dict[str, str]:
    """The settings that `given` says where to find, by their names in capitals.

    Of the variables those count whose name is in `NAMES` or begins with a provider's prefix (in capitals). Raises
    `SecretUnread`.
    """
    ours, found = tuple(prefixes), {}
    for variable, value in {name.upper(): value for name, value in given.items()}.items():
        for ending, read in ((_FILE, _from_file), (_COMMAND, _from_command)):
            name = variable.removesuffix(ending)
            if not value or name == variable or not (name in NAMES or name.startswith(ours)):
                continue
            if name in found or any(known.upper() == name and there for known, there in given.items()):
                raise SecretUnread(variable, f"is given beside another place for {name}; leave one of them")
            found[name] = read(variable, value)
    return found


def _from_file(variable: str, path: str) -> str:
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise SecretUnread(variable, f"names {path}, which is not there") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SecretUnread(
            variable, f"names {path}, which cannot be read ({type(error).__name__}); may the bot's user read it?"
        ) from None
    return _something(variable, content)


def _from_command(variable: str, command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, and no shell
            shlex.split(command), capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS
        )
        content = done.stdout.decode().strip()
    except subprocess.TimeoutExpired:
        raise SecretUnread(variable, f"has given nothing in {PATIENCE_SECONDS} seconds") from None
    except (OSError, ValueError) as error:
        raise SecretUnread(variable, f"is a command that cannot be run ({type(error).__name__})") from None
    if done.returncode:
        raise SecretUnread(variable, f"ended with {done.returncode}; run it by hand as the bot's user")
    return _something(variable, content)


def _something(variable: str, content: str) -> str:
    if not content:
        raise SecretUnread(variable, "gives nothing")
    # One a line is how files hold several keys.
    return ",".join(content.split()) if variable.startswith("ENCRYPTION_KEYS") else content
