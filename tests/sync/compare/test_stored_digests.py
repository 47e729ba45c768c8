"""The texts that digests are stored as: each is read as it was written, and as the versions before wrote it."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sync.checks.duplicates import KINDS
from bot.sync.compare.fingerprints import WAITS, SyncedPerson
from bot.sync.compare.last_look import LastLook
from bot.sync.compare.stored_digests import DeliveredRecord, RecordDigest

hexadecimal = st.text("0123456789abcdef", min_size=32, max_size=40)
digests = st.lists(st.binary(min_size=5, max_size=5), max_size=5).map(
    lambda raw: base64.urlsafe_b64encode(b"".join(raw)).decode().rstrip("=")
)
records = st.builds(RecordDigest, hexadecimal, digests)
delivered = st.builds(DeliveredRecord, records, digests, st.integers(0, 500))
looks = st.builds(
    LastLook,
    st.booleans(),
    hexadecimal,
    st.dates(date(2020, 1, 1)),
    st.dates(date(2020, 1, 1)),
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 2**64 - 1)), max_size=6).map(tuple),
)


@given(records)
def test_the_digest_of_a_record_is_read_as_it_was_written(record: RecordDigest) -> None:
    assert RecordDigest.decode(record.encode()) == record
    assert DeliveredRecord.decode(record.encode()) is None


@given(delivered)
def test_a_delivery_is_read_as_it_was_written(record: DeliveredRecord) -> None:
    assert DeliveredRecord.decode(record.encode()) == record
    assert RecordDigest.decode(record.encode()) == record.record
    assert record.sure == bool(record.record.values)


@given(digests, st.integers(0, 500))
def test_a_delivery_in_doubt_is_read_as_it_was_written(shape: str, parts: int) -> None:
    doubt = DeliveredRecord.in_doubt(shape, parts)
    assert doubt.encode() == f"doubt..{shape}.{parts}"
    assert DeliveredRecord.decode(doubt.encode()) == doubt
    assert not doubt.sure


@given(looks)
def test_a_look_is_read_as_it_was_written(look: LastLook) -> None:
    assert LastLook.decode(look.encode()) == look


def test_the_stored_forms_are_those_of_the_versions_before() -> None:
    record = RecordDigest("0a" * 20, "AAECAwQ")
    assert record.encode() == f"{'0a' * 20}.AAECAwQ"
    assert DeliveredRecord(record, "BQYHCAk", 3).encode() == f"{'0a' * 20}.AAECAwQ.BQYHCAk.3"
    marks = (("number", 1), ("bank", 2**64 - 1))
    look = LastLook(True, "0b" * 16, date(2026, 3, 2), date.max, marks)
    assert look.encode() == f"i{'0b' * 16}.20260302.99991231.nAAAAAAAAAAEb__________8"
    assert LastLook(False, "0b" * 16, date(2026, 3, 2), date(2026, 4, 1)).encode() == f"o{'0b' * 16}.20260302.20260401."


@pytest.mark.parametrize("text", ["", WAITS, "x", "a.b", "a.b.c", "iab.20260302.20260401", "a.b.c.d.e"])
def test_what_is_no_delivery_and_no_look_is_neither(text: str) -> None:
    assert DeliveredRecord.decode(text) is None
    assert LastLook.decode(text) is None


@pytest.mark.parametrize(
    "days",
    [
        "x.20260401.",
        "20260302.20261301.",
        "20260302.20260401.n",
        "20260302.20260401.zAAAAAAAAAAE",
    ],
)
def test_a_look_that_cannot_be_read_is_none(days: str) -> None:
    assert LastLook.decode(f"iab.{days}") is None


def test_a_delivery_that_cannot_be_read_is_not_taken_for_none() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        DeliveredRecord.decode("a.b.c.d")


def test_a_look_holds_from_its_day_to_the_one_it_turns_on() -> None:
    look = LastLook(True, "ab", date(2026, 3, 2), date(2026, 3, 9))
    days = [date(2026, 3, day) for day in (1, 2, 8, 9)]
    assert [look.holds_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("fingerprint", "in_place", "lacks"), [("ab.cd", "ab.cd", False), ("lacks-ab.cd", "ab.cd", True), ("", "", False)]
)
def test_what_a_person_lacked_stands_before_the_digest(fingerprint: str, in_place: str, lacks: bool) -> None:
    known = SyncedPerson("1", "t", fingerprint)
    assert (known.in_place, known.lacks) == (in_place, lacks)
    assert SyncedPerson("1", "t", "left-ab.cd").in_place != "ab.cd"


@pytest.mark.parametrize("before", ["", "lacks-", "left-"])
def test_what_was_not_shown_stands_before_the_digest(before: str) -> None:
    known = SyncedPerson("1", "t", f"{before}unseen-ab.cd")
    assert (known.unseen, known.lacks) == (True, before == "lacks-")
    assert (known.in_place == "ab.cd") == (before != "left-")
    assert not SyncedPerson("1", "t", f"{before}ab.cd").unseen
