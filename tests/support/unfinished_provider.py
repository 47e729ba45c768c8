"""What a provider that was begun still lacks, as a list to work through."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import import_module
from inspect import get_annotations
from pathlib import Path

from bot.locales import LANGUAGES
from bot.locales.loader import catalogue
from bot.providers.protocol import FileTarget, Target, TargetBase
from sandbox.standin import System

ROOT = Path(__file__).parents[2]
SET_WHEN_MADE = {"standin", "settings"}


def unfinished(key: str, receiver: type, system: type[System], world: type) -> list[str]:
    """What is missing, a line each; empty when only the standard suite is left to say so.

    `receiver` is the provider's `Target` or `FileTarget`, `system` its stand-in, `world` how the suite reaches that.
    """
    return [*_provider(key, receiver), *_texts(key), *_pages(key), *_tests(key, system, world)]


def _provider(key: str, receiver: type) -> Iterator[str]:
    folder = f"bot/providers/{key}"
    protocol = FileTarget if receiver.__name__.endswith("FileTarget") else Target
    for name in _methods(protocol):
        if not callable(getattr(receiver, name, None)):
            yield f"{folder}: {receiver.__name__}.{name}()"
    if not import_module(f"bot.providers.{key}.field_table").FIELDS:
        yield f"{folder}/field_table.py: the rows of FIELDS"
    if not (ROOT / folder / "provider.py").is_file():
        yield f"{folder}/provider.py: PROVIDER; write it last, as it makes the bot offer the system"


def _methods(protocol: type) -> list[str]:
    return [name for each in (TargetBase, protocol) for name in vars(each) if not name.startswith("_")]


def _texts(key: str) -> Iterator[str]:
    for language in LANGUAGES:
        for word in ("name", "summary", "needs"):
            if not catalogue(language).get(f"{key}.{word}"):
                yield f"bot/locales/{language}/{key}.po: {key}.{word}"


def _pages(key: str) -> Iterator[str]:
    folder = ROOT / "bot" / "providers" / key
    stated = tomllib.loads((folder / "quality.toml").read_text(encoding="utf-8"))
    for level, rules in stated.items():
        for name, rule in rules.items():
            if not rule:
                yield f"bot/providers/{key}/quality.toml: {level}.{name}, done or exempt"
    heading = ""
    said: dict[str, int] = {}
    for line in (folder / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
            said[heading] = 0
        elif heading and line.strip():
            said[heading] += 1
    for heading, lines in said.items():
        # The head of a table alone says nothing.
        if lines <= 2:
            yield f"bot/providers/{key}/README.md: {heading}"


def _tests(key: str, system: type[System], world: type) -> Iterator[str]:
    for name in sorted(getattr(system, "__abstractmethods__", ())):
        yield f"sandbox/{key}: {system.__name__}.{name}()"
    for name in sorted(getattr(world, "__abstractmethods__", ())):
        yield f"tests/providers/{key}/test_standard.py: {world.__name__}.{name}()"
    for base in world.__mro__:
        for name in get_annotations(base):
            if name not in SET_WHEN_MADE and not hasattr(world, name):
                yield f"tests/providers/{key}/test_standard.py: {world.__name__}.{name}"
