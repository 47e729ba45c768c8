"""The providers there are. A folder under `bot/providers/` that has a `provider.py` with `PROVIDER` is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import cast

import bot.providers
from bot.providers.protocol import SourceProvider, TargetProvider

SOURCE = "simployer"


@cache
def _all() -> Mapping[str, object]:
    found: dict[str, object] = {}
    for module in pkgutil.iter_modules(bot.providers.__path__):
        if module.ispkg:
            found[module.name] = importlib.import_module(f"bot.providers.{module.name}.provider").PROVIDER
    return found


def source() -> SourceProvider:
    """The one source: Simployer."""
    return cast(SourceProvider, _all()[SOURCE])


def targets() -> Mapping[str, TargetProvider]:
    """All targets by key."""
    return {key: cast(TargetProvider, provider) for key, provider in _all().items() if key != SOURCE}


def target(key: str) -> TargetProvider:
    """One target. Raises `KeyError` for a key that is not in the catalogue."""
    return targets()[key]
