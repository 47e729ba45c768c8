"""Finds the languages there are, and reads the `.po` files of one."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent

UNFINISHED = "UNFINISHED.md"
"""A file in the folder of a language that is begun and must not be offered yet. It says how far it is."""

FIRST = "common.po"
"""The file that every language has; its header says how the language forms plurals."""

Message = str | tuple[str, ...]
"""A text, or its plural forms, in the order of the language's `Plural-Forms`."""


def languages(*, unfinished: bool = False) -> tuple[str, ...]:
    """The languages that are offered, or those that are begun and not offered yet, by their codes."""
    folders = sorted(path.parent for path in FOLDER.glob(f"*/{FIRST}"))
    return tuple(folder.name for folder in folders if (folder / UNFINISHED).exists() is unfinished)


@cache
def plural_form(language: str) -> Callable[[int], int]:
    """Which of its plural forms a language takes for a number, by the header of its texts."""
    with (FOLDER / language / FIRST).open("rb") as file:
        rule: Callable[[int], int] = gettext.c2py(read_po(file, locale=language).plural_expr)
    return rule


@cache
def catalogue(language: str) -> Mapping[str, Message]:
    """All messages of a language by key. Raises `ValueError` where two files define the same key."""
    messages: dict[str, Message] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale=language):
                if not entry.id:
                    continue
                key = entry.id[0] if isinstance(entry.id, tuple | list) else entry.id
                if key in messages:
                    raise ValueError(f"{language}/{path.name} defines {key} a second time")
                messages[key] = tuple(entry.string) if isinstance(entry.string, tuple | list) else str(entry.string)
    return messages
