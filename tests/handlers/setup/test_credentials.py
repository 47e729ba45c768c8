"""What is typed as credentials and cannot be used is told at its field, before any system is asked."""

from __future__ import annotations

import pytest

from bot.handlers.setup import credentials
from bot.providers import registry
from bot.views.setup.credentials import block_id

SFTP = {
    "host": "sftp.example.se",
    "username": "bot",
    "password": "p\u200dq",
    "company_name": "A",
    "company_number": "1",
}
KEY = "-----BEGIN\n\tAAAA\r\n-----END"


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("username", "bo\0t"),
        ("username", "bo\nt"),
        ("username", "bo\u200bt"),
        ("password", "p\ud83d"),
        ("password", "p\x07"),
        ("host", "sftp\u200b.example.se"),
        ("company_name", "A\ud83d"),
        ("private_key", f"{KEY}\0"),
    ],
)
def test_a_hidden_character_is_told_at_its_field(key: str, typed: str) -> None:
    info = registry.target("agda_ps").info
    entered = {block_id(info.key, name): value for name, value in {**SFTP, "private_key": KEY, key: typed}.items()}
    values, errors = credentials.take(info, entered, {})
    assert {where: error.key for where, error in errors.items()} == {
        block_id(info.key, key): "setup.credentials.characters"
    }
    assert key not in values
    assert key not in credentials.keep_typed(info, entered, {})


def test_a_key_of_several_lines_and_a_password_of_any_letters_are_taken() -> None:
    info = registry.target("agda_ps").info
    entered = {block_id(info.key, name): value for name, value in {**SFTP, "private_key": KEY}.items()}
    values, errors = credentials.take(info, entered, {})
    assert (values, errors) == ({**SFTP, "private_key": KEY}, {})
