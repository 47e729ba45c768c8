"""Begins a provider: its folder, its stand-in, its tests and its texts, with nothing that pretends to work.

There is no `provider.py` among them: that is what makes a provider visible to the bot, and it is written last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

from bot.locales import LANGUAGES

_TEMPLATES = files("bot.provider_tools") / "templates"


class NotBegun(Exception):
    """Nothing was written; the message says why."""


def begin(root: Path, key: str, title: str, *, inbox: bool = False) -> list[Path]:
    """Write the scaffold into the checkout at `root`; gives the files. Raises `NotBegun`.

    `inbox` makes a `FileTarget`: for a system that takes files and cannot be read.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", key):
        raise NotBegun(f"{key} is not a key: small letters, digits and single underscores, a letter first.")
    if not re.fullmatch(r'[^"\\{}$\n]{1,40}', title.strip()):
        raise NotBegun("The title is a name of one line, without quotes, braces and backslashes.")
    absent = [
        part for part in ("bot/providers", "bot/locales", "sandbox", "tests/providers") if not (root / part).is_dir()
    ]
    if absent:
        raise NotBegun(f"{root.resolve()} is no checkout of the project: {', '.join(absent)} is not there.")
    written = {root / path: text for path, text in _files(key, title.strip(), inbox=inbox)}
    folders = [root / "bot/providers" / key, root / "bot/providers" / f"{key}.py"]
    there = [path for path in (*folders, *written) if path.exists()]
    if there:
        raise NotBegun(f"{there[0]} is there already.")
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(written)


def _files(key: str, title: str, *, inbox: bool) -> Iterator[tuple[str, str]]:
    kind = "file_target" if inbox else "target"
    words = {"key": key, "title": title, "name": "".join(word.capitalize() for word in key.split("_"))}
    provider, standin, tests = f"bot/providers/{key}", f"sandbox/{key}", f"tests/providers/{key}"
    for name in ("__init__.py", "field_table.py", "settings.py", f"{kind}.py", "README.md", "quality.toml"):
        yield f"{provider}/{name}", _filled(f"provider/{name}", words)
    yield f"{standin}/__init__.py", _filled("standin/__init__.py", words)
    yield f"{standin}/server.py", _filled(f"standin/{kind}_server.py", words)
    yield f"{tests}/__init__.py", _filled("tests/__init__.py", words)
    yield f"{tests}/test_standard.py", _filled(f"tests/{kind}_test_standard.py", words)
    for language in LANGUAGES:
        yield f"bot/locales/{language}/{key}.po", _filled("texts.po", words | {"language": language})


def _filled(name: str, words: dict[str, str]) -> str:
    template = _TEMPLATES.joinpath(*f"{name}.tmpl".split("/")).read_text(encoding="utf-8")
    return Template(template).substitute(words)
