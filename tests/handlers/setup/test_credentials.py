"""What is typed as a credential and cannot be one is said at its field, before anything is asked."""

from __future__ import annotations

import pytest

from bot.handlers.setup import credentials
from bot.providers import registry
from bot.providers.protocol import SourceProvider, TargetProvider
from bot.views.setup.credentials import block_id

PROVIDERS = [registry.source(), *(registry.target(key) for key in registry.targets())]


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: str(provider.info.key))
@pytest.mark.parametrize("cut", ["abc\ud83d", "\ude00abc", "ab\x00c", "ab\x1bc", "ab\x7fc"])
def test_what_cannot_be_sent_is_told_at_its_field(provider: SourceProvider | TargetProvider, cut: str) -> None:
    info = provider.info
    fields = [field for field in info.credentials if not field.choices]
    values, errors = credentials.take(info, {block_id(info.key, field.key): cut for field in fields}, {})
    assert set(values) <= {field.key for field in info.credentials if field.choices}
    assert errors
    assert {said.key for said in errors.values()} == {"setup.credentials.characters"}


def test_a_key_of_several_lines_and_a_password_in_any_letters_are_taken() -> None:
    info = registry.target("paxml").info
    for typed in ("-----BEGIN KEY-----\r\nabc\n-----END KEY-----", "pässord 😀"):
        field = next(field for field in info.credentials if field.secret and not field.choices)
        _, errors = credentials.take(info, {block_id(info.key, field.key): typed}, {})
        assert block_id(info.key, field.key) not in errors
