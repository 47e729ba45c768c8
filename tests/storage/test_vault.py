"""Sealing binds a value to its owner, keys rotate, and nothing shows a key or a value."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import json_codec
from storage.errors import BadKey, Unreadable, WrongOwner
from storage.json_codec import Json
from storage.vault import Vault, draft_owner, integration_owner

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
)
keys = st.text() | st.sampled_from(["$decimal", "$date", "$datetime", "$plain"])
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20)


def alike(one: Any, other: Any) -> bool:
    """Equal and of the same types, all the way down: 1 is not True and not Decimal(1)."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, Decimal):
        return str(one) == str(other)
    return bool(one == other)


@given(values)
def test_what_is_written_comes_back_as_it_was(value: Any) -> None:
    assert alike(json_codec.loads(json_codec.dumps(value)), value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), {"a": Decimal("Infinity")}])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        json_codec.dumps(value)


@pytest.mark.parametrize("value", [{1: "one"}, {"set": {1}}, b"bytes", object()])
def test_what_json_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        json_codec.dumps(value)


def test_a_refused_value_is_not_named() -> None:
    with pytest.raises(TypeError) as refused:
        json_codec.dumps({"secret": {"01017012345"}})  # type: ignore[dict-item]

    assert "01017012345" not in str(refused.value)


def test_an_owner_opens_what_was_sealed_for_them() -> None:
    vault = Vault([Vault.generate_key()])
    value: Json = {"amount": Decimal("41500.50"), "from": date(2026, 3, 1), "at": datetime(2026, 3, 1, tzinfo=UTC)}

    assert vault.open("run:1", vault.seal("run:1", value)) == value


def test_another_owner_is_refused() -> None:
    vault = Vault([Vault.generate_key()])
    token = vault.seal(integration_owner("a"), {"token": "secret"})

    for other in (integration_owner("b"), draft_owner("a"), ""):
        with pytest.raises(WrongOwner):
            vault.open(other, token)


def test_a_changed_value_is_refused() -> None:
    vault = Vault([Vault.generate_key()])
    token = bytearray(vault.seal("run:1", "value"))
    token[-5] ^= 1

    with pytest.raises(Unreadable):
        vault.open("run:1", bytes(token))


def test_the_same_value_looks_different_each_time() -> None:
    vault = Vault([Vault.generate_key()])

    assert vault.seal("run:1", "value") != vault.seal("run:1", "value")


def test_a_new_first_key_seals_and_the_old_one_still_opens() -> None:
    old, new = Vault.generate_key(), Vault.generate_key()
    token = Vault([old]).seal("run:1", "value")
    both = Vault([new, old])

    assert both.open("run:1", token) == "value"
    assert Vault([new]).open("run:1", both.seal("run:1", "newer")) == "newer"
    with pytest.raises(Unreadable):
        Vault([new]).open("run:1", token)


def test_rotating_makes_the_old_key_needless() -> None:
    old, new = Vault.generate_key(), Vault.generate_key()
    token = Vault([old]).seal("run:1", "value")

    rotated = Vault([new, old]).rotate(token)

    assert Vault([new]).open("run:1", rotated) == "value"
    with pytest.raises(Unreadable):
        Vault([old]).open("run:1", rotated)


def test_rotating_leaves_alone_what_is_under_the_first_key() -> None:
    vault = Vault([Vault.generate_key(), Vault.generate_key()])
    token = vault.seal("run:1", "value")

    assert vault.rotate(token) is token


def test_rotating_refuses_what_no_key_fits() -> None:
    token = Vault([Vault.generate_key()]).seal("run:1", "value")

    with pytest.raises(Unreadable):
        Vault([Vault.generate_key()]).rotate(token)


def test_fingerprints_stay_until_the_last_key_is_dropped() -> None:
    old, new = Vault.generate_key(), Vault.generate_key()
    before = Vault([old]).fingerprint("employee", "data")

    assert Vault([new, old]).fingerprint("employee", "data") == before
    assert Vault([new]).fingerprint("employee", "data") != before


def test_fingerprints_tell_purpose_and_data_apart() -> None:
    vault = Vault([Vault.generate_key()])
    prints = [
        vault.fingerprint(purpose, data)
        for purpose, data in [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", ""), ("ab", "d")]
    ]

    assert len(set(prints)) == len(prints)
    assert vault.fingerprint("ab", b"c") == prints[0]
    assert all(len(one) == 64 and int(one, 16) >= 0 for one in prints)


def test_a_fingerprint_needs_the_key() -> None:
    one, other = Vault([Vault.generate_key()]), Vault([Vault.generate_key()])

    assert one.fingerprint("employee", "data") != other.fingerprint("employee", "data")


def test_a_vault_does_not_show_its_keys() -> None:
    key = Vault.generate_key()

    assert key not in repr(Vault([key]))
    assert repr(Vault([key])) == "<Vault with 1 key>"


@pytest.mark.parametrize("bad", ["", "short", "not*base64*at*all*not*base64*at*all*not*bas", "A" * 44, "å" * 44])
def test_a_bad_key_is_named_by_its_place_alone(bad: str) -> None:
    with pytest.raises(BadKey, match="Key 2 of 2") as refused:
        Vault([Vault.generate_key(), bad])

    assert not bad or bad not in str(refused.value)


def test_no_key_or_the_same_key_twice_is_refused() -> None:
    key = Vault.generate_key()

    with pytest.raises(BadKey):
        Vault([])
    with pytest.raises(BadKey):
        Vault([key, f" {key}\n"])


@pytest.mark.parametrize("byte", [b"\0", b"A", b"\xff", b"AB"])
def test_a_key_that_somebody_typed_is_refused_in_words(byte: bytes) -> None:
    key = base64.urlsafe_b64encode((byte * 32)[:32]).decode()
    with pytest.raises(BadKey, match="placeholder") as refused:
        Vault([Vault.generate_key(), key])
    assert key not in str(refused.value)
