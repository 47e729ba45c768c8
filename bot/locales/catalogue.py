"""Reads the `.po` files of a language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent

Message = str | tuple[str, ...]
"""A text, or its plural forms: (one, other)."""


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
