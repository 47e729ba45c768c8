"""The quality scale: how far a provider has come, by what its own `quality.toml` states."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

LEVELS = ("bronze", "silver", "gold", "platinum")

NONE = "unrated"


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """`level` is the highest of which every rule, and every rule below, is done; `exempt` are reasons by rule."""

    level: str
    exempt: Mapping[str, str]


def standing(provider: str) -> RuleStatus:
    """Where a provider stands. An exemption is honest, and still not done: it holds the level back."""
    file = files("bot.providers") / provider / "quality.toml"
    return standing_of(tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {})


def standing_of(stated: Mapping[str, Mapping[str, Mapping[str, object]]]) -> RuleStatus:
    """As `standing`, of what a `quality.toml` states: level -> rule -> `done` or `exempt`."""
    reached = NONE
    for level in LEVELS:
        rules = stated.get(level, {})
        if not rules or not all(rule.get("done") for rule in rules.values()):
            break
        reached = level
    exempt = {
        f"{level}.{name}": str(rule["exempt"])
        for level in LEVELS
        for name, rule in stated.get(level, {}).items()
        if "exempt" in rule
    }
    return RuleStatus(reached, exempt)
