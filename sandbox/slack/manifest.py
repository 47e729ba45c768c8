"""The app manifest decides what works in the sandbox, as it does in Slack."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

from sandbox.slack.jsontype import Json


@dataclass(frozen=True)
class Manifest:
    """The parts of a Slack app manifest (schema 2) that change what the app may do."""

    app_name: str
    bot_name: str
    commands: frozenset[str]
    scopes: frozenset[str]
    events: frozenset[str]
    interactivity: bool
    home_tab: bool
    messages_tab: bool
    messages_read_only: bool
    socket_mode: bool
    functions: Mapping[str, Json] = field(default_factory=dict)
    token_rotation: bool = False

    @classmethod
    def load(cls, source: "Manifest | Path | str | Json") -> "Manifest":
        """From a manifest file (YAML or JSON), its parsed document, or a Manifest itself."""
        if isinstance(source, Manifest):
            return source
        if isinstance(source, dict):
            return cls._from_document(source)
        document = deepcopy(_parsed(Path(source).read_text(encoding="utf-8")))
        if not isinstance(document, dict):
            raise ValueError(f"{source} is not an app manifest")
        return cls._from_document(document)

    @classmethod
    def _from_document(cls, document: Json) -> "Manifest":
        features = document.get("features") or {}
        home = features.get("app_home") or {}
        settings = document.get("settings") or {}
        scopes = ((document.get("oauth_config") or {}).get("scopes")) or {}
        app_name = str((document.get("display_information") or {}).get("name", "App"))
        return cls(
            app_name=app_name,
            bot_name=str((features.get("bot_user") or {}).get("display_name", app_name)),
            commands=frozenset(str(entry["command"]) for entry in features.get("slash_commands") or []),
            # An installer may leave out the optional ones; the sandbox grants them.
            scopes=frozenset([*(scopes.get("bot") or []), *(scopes.get("bot_optional") or [])]),
            events=frozenset((settings.get("event_subscriptions") or {}).get("bot_events") or []),
            interactivity=bool((settings.get("interactivity") or {}).get("is_enabled", False)),
            home_tab=bool(home.get("home_tab_enabled", False)),
            messages_tab=bool(home.get("messages_tab_enabled", False)),
            messages_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
            socket_mode=bool(settings.get("socket_mode_enabled", False)),
            functions=dict(document.get("functions") or {}),
            token_rotation=bool(settings.get("token_rotation_enabled", False)),
        )


@lru_cache(maxsize=8)
def _parsed(text: str) -> object:
    """Shared by who loads the same text: reading YAML takes longer than all else that a workspace needs to begin."""
    return yaml.safe_load(text)
