"""Addresses of people's pages, as an operator gives them."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from bot.providers.kit.profile_links import LONGEST, ProfileLinks, checked
from bot.settings import Settings
from storage.vault import Vault


@pytest.mark.parametrize(
    "template",
    [
        "https://pay.example.com/people/{id}",
        "https://pay.example.com/?employee={id}&tab=1",
        "https://pay.example.com/app#/people/{id}",
        "http://127.0.0.1:8080/people/{id}",
    ],
)
def test_an_address_with_one_place_will_do(template: str) -> None:
    assert ProfileLinks(checked(template)).link("12 / 4") == template.replace("{id}", "12%20%2F%204")


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("http://pay.example.com/{id}", "https://"),
        ("pay.example.com/{id}", "https://"),
        ("https://user:secret@pay.example.com/{id}", "password"),
        ("javascript:alert({id})", "https://"),
        ("https://pay.example.com/", "{id} once"),
        ("https://{id}.example.com/", "{id} once"),
        ("https://pay.example.com/{id}/{id}", "{id} once"),
        ("https://pay.example.com/{id}?of={company}", "{id} once"),
        ("https://pay.example.com/{id}|Somewhere", "{id} once"),
        ("https://pay.example.com/" + "x" * LONGEST + "{id}", "characters"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checked(template)
    with pytest.raises(ValidationError, match="TRIPLETEX_PERSON_URL must") as caught:
        Settings(
            _env_file=None,
            slack_bot_token=SecretStr("xoxb-1"),
            slack_app_token=SecretStr("xapp-1"),
            encryption_keys=SecretStr(Vault.generate_key()),
            providers={"tripletex_person_url": SecretStr(template)},
        )
    assert "secret" not in str(caught.value)


def test_without_an_address_or_an_id_there_is_no_link() -> None:
    assert ProfileLinks().link("1") is None
    assert ProfileLinks.of({"person_url": "https://pay.example.com/{id}"}).link(None) is None
