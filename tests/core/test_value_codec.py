"""Values and texts come back as they were, whichever of the two forms they were written in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import Text
from bot.core.value_codec import DRAFT, TAGGED, ValueCodec
from bot.domain.findings import Finding, Severity
from bot.handlers.framework.draft import as_finding, keep_findings
from storage import json_codec

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
)
names = st.text() | st.sampled_from(["$decimal", "$date", "$plain", "$text", "text", "values"])
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner).map(tuple) | st.builds(Text, st.text(), st.dictionaries(names, inner)),
    max_leaves=20,
)


def alike(one: Any, other: Any) -> bool:
    """Equal, and of the same type all the way down: 1 is not True, and 1.50 not 1.5."""
    if isinstance(one, Text):
        return isinstance(other, Text) and one.key == other.key and alike(dict(one.values), dict(other.values))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    return type(one) is type(other) and str(one) == str(other)


@pytest.mark.parametrize("codec", [TAGGED, DRAFT])
@given(value=values)
def test_a_value_comes_back_through_the_database(codec: ValueCodec, value: Any) -> None:
    stored = json_codec.loads(json_codec.dumps(codec.to_json(value)))
    assert alike(TAGGED.from_json(stored), value)
    assert alike(DRAFT.from_json(stored), value)


@given(value=values)
def test_what_is_tagged_needs_no_codec_of_the_database(value: Any) -> None:
    assert alike(TAGGED.from_json(json.loads(json.dumps(TAGGED.to_json(value)))), value)


@given(st.dictionaries(st.text(), values))
def test_a_draft_keeps_findings_in_the_form_of_drafts(given_values: dict[str, Any]) -> None:
    finding = Finding("one", Severity.BLOCKING, "iban", given_values)
    (kept,) = keep_findings([finding])
    assert alike(
        {key: DRAFT.from_json(value) for key, value in kept.values.items()},
        dict(given_values),
    )
    assert json_codec.dumps(kept.values) == json_codec.dumps(
        {key: DRAFT.to_json(value) for key, value in given_values.items()}
    )
    assert alike(dict(as_finding(kept).values), dict(given_values))


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.dates() | st.datetimes())
def test_the_tags_are_those_of_the_database(value: Decimal | date) -> None:
    assert json.loads(json_codec.dumps(value)) == TAGGED.to_json(value)


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ({"$decimal": "1.50"}, Decimal("1.50")),
        ({"$date": "2026-11-23"}, date(2026, 11, 23)),
        ({"$datetime": "2026-11-23T09:00:00+00:00"}, datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ({"$text": "one", "values": {"n": {"$decimal": "2"}}}, Text("one", {"n": Decimal(2)})),
        ({"text": "one", "values": {"n": Decimal(2)}}, Text("one", {"n": Decimal(2)})),
        ([{"$date": "2026-11-23"}, ["a"]], (date(2026, 11, 23), ("a",))),
    ],
)
def test_what_the_version_before_stored_is_read(stored: Any, value: Any) -> None:
    assert alike(TAGGED.from_json(stored), value)
    assert alike(DRAFT.from_json(stored), value)


def test_what_has_no_form_is_refused_without_being_told_but_in_a_draft() -> None:
    for none in ({"01017012345"}, 1.5, object(), {"a": 1}):
        with pytest.raises(TypeError) as refused:
            TAGGED.to_json(none)
        assert "01017012345" not in str(refused.value)
    assert DRAFT.to_json({"a"}) == ["a"]
    assert DRAFT.to_json(frozenset({1})) == [1]
    assert DRAFT.to_json(1.5) == "1.5"
    with pytest.raises(KeyError):
        TAGGED.from_json({"unknown": 1})
