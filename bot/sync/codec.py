"""Changes, outcomes and findings as JSON and back. Decimals, dates, tuples and texts are tagged, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from sys import intern
from typing import Any, TypeAlias, TypedDict

from bot.core.value_codec import TAGGED
from bot.domain.change import Change, ChangeKind, FieldChange, Lookalike, Person
from bot.domain.findings import Finding, Severity
from bot.domain.outcome import Drifted, Outcome, OutcomeKind
from bot.domain.record import Level, Part, Record
from bot.sync.plan.plan_diff import DiffKind, FieldDiff, PersonDiff

JSON: TypeAlias = dict[str, Any]


class _Looked(TypedDict):
    """What is known of the target's record beside that it is equal."""

    unread: bool
    kept: tuple[str, ...]
    unseen: tuple[str, ...]


value_to_json = TAGGED.to_json
"""A value of a field or a text: None, bool, text and int as they are; the rest under one tag key."""

value_from_json = TAGGED.from_json
"""The value that `value_to_json` wrote. Lists come back as tuples."""


def record_to_json(record: Record) -> list[Any]:
    """A record as a list of [level, key, values]."""
    return [
        [part.level.value, _days(part.key), {name: value_to_json(value) for name, value in part.values.items()}]
        for part in record
    ]


def record_from_json(data: Sequence[Any]) -> Record:
    """The record that `record_to_json` wrote."""
    return tuple(
        Part(Level(level), _key(key), {name: value_from_json(value) for name, value in values.items()})
        for level, key, values in data
    )


def finding_to_json(finding: Finding) -> JSON:
    """A finding with its texts' values."""
    data: JSON = {"code": finding.code, "severity": finding.severity.value, "field": finding.field}
    if finding.values:
        data["values"] = {key: value_to_json(value) for key, value in finding.values.items()}
    if finding.verbatim is not None:
        data["verbatim"] = finding.verbatim
    return data


def finding_from_json(data: Mapping[str, Any]) -> Finding:
    """The finding that `finding_to_json` wrote."""
    return Finding(
        intern(data["code"]),
        Severity(data["severity"]),
        intern(data["field"]),
        {key: value_from_json(value) for key, value in data.get("values", {}).items()},
        data.get("verbatim"),
    )


def change_to_json(change: Change) -> JSON:
    """A change, private values included: seal it before it is stored."""
    data: JSON = {"kind": change.kind.value, "person": _person_to_json(change.person)}
    if change.fields:
        data["fields"] = [_field_to_json(field) for field in change.fields]
    if change.new_parts:
        data["new_parts"] = [[level.value, _days(key)] for level, key in change.new_parts]
    if change.findings:
        data["findings"] = [finding_to_json(finding) for finding in change.findings]
    if change.lookalikes:
        data["lookalikes"] = _lookalikes_to_json(change.lookalikes)
    if change.drift:
        data["drift"] = [_field_to_json(field) for field in change.drift]
    if change.basis:
        data["basis"] = change.basis
    if change.source_fingerprint:
        data["source_fingerprint"] = change.source_fingerprint
    if change.delivery:
        data["delivery"] = change.delivery
    if change.trace:
        data["trace"] = change.trace
    if change.former:
        data["former"] = change.former
    if change.altered:
        data["altered"] = list(change.altered)
    return data | _looked_to_json(change)


def key_in(change: JSON) -> str:
    """The source id of the person whom a change is about, of what `change_to_json` wrote."""
    source_id: str = change["person"][0]
    return source_id


def kind_in(change: JSON) -> str:
    """The change's kind, of what `change_to_json` wrote."""
    kind: str = change["kind"]
    return kind


def change_from_json(data: Mapping[str, Any]) -> Change:
    """The change that `change_to_json` wrote."""
    return Change(
        ChangeKind(data["kind"]),
        _person_from_json(data["person"]),
        tuple(_field_from_json(field) for field in data.get("fields", ())),
        tuple((Level(level), _key(key)) for level, key in data.get("new_parts", ())),
        tuple(finding_from_json(finding) for finding in data.get("findings", ())),
        _lookalikes_from_json(data.get("lookalikes", ())),
        tuple(_field_from_json(field) for field in data.get("drift", ())),
        data.get("basis", ""),
        data.get("source_fingerprint", ""),
        data.get("delivery", ""),
        data.get("trace", ""),
        altered=tuple(intern(name) for name in data.get("altered", ())),
        former=data.get("former", ""),
        **_looked_from_json(data),
    )


def difference_to_json(difference: PersonDiff) -> JSON:
    """How a person's change differs from the one that was shown; it holds no private value."""
    return {
        "turn": difference.turn.value,
        "person": _person_to_json(difference.person),
        "shown": difference.shown and difference.shown.value,
        "now": difference.now and difference.now.value,
        "fields": [[field and _field_to_json(field) for field in (pair.shown, pair.now)] for pair in difference.fields],
        "findings": [finding_to_json(finding) for finding in difference.findings],
    }


def difference_from_json(data: Mapping[str, Any]) -> PersonDiff:
    """The difference that `difference_to_json` wrote."""
    return PersonDiff(
        DiffKind(data["turn"]),
        _person_from_json(data["person"]),
        data["shown"] and ChangeKind(data["shown"]),
        data["now"] and ChangeKind(data["now"]),
        tuple(FieldDiff(*(field and _field_from_json(field) for field in pair)) for pair in data["fields"]),
        tuple(finding_from_json(finding) for finding in data["findings"]),
    )


def outcome_to_json(outcome: Outcome) -> JSON:
    """An outcome; it holds no private value."""
    return {
        "kind": outcome.kind.value,
        "person": _person_to_json(outcome.person),
        "fields": [[level.value, _days(key), name] for level, key, name in outcome.fields],
        "findings": [finding_to_json(finding) for finding in outcome.findings],
        "reason": value_to_json(outcome.reason),
        "advice": value_to_json(outcome.advice),
        "verbatim": outcome.verbatim,
        "reference": outcome.reference,
        "retryable": outcome.retryable,
        "lookalikes": _lookalikes_to_json(outcome.lookalikes),
        "drift": [[one.level.value, _days(one.key), one.field, one.restored] for one in outcome.drift],
        **_looked_to_json(outcome),
    }


def outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    """The outcome that `outcome_to_json` wrote."""
    return Outcome(
        OutcomeKind(data["kind"]),
        _person_from_json(data["person"]),
        tuple((Level(level), _key(key), name) for level, key, name in data["fields"]),
        tuple(finding_from_json(finding) for finding in data["findings"]),
        value_from_json(data["reason"]),
        value_from_json(data["advice"]),
        data["verbatim"],
        data["reference"],
        data["retryable"],
        _lookalikes_from_json(data.get("lookalikes", ())),
        tuple(Drifted(Level(level), _key(key), *rest) for level, key, *rest in data.get("drift", ())),
        **_looked_from_json(data),
    )


def _looked_to_json(looked: Change | Outcome) -> JSON:
    """What is known of the target's record, where that is not simply that it is equal."""
    data: JSON = {"unread": True} if looked.unread else {}
    if looked.kept:
        data["kept"] = list(looked.kept)
    if looked.unseen:
        data["unseen"] = list(looked.unseen)
    return data


def _looked_from_json(data: Mapping[str, Any]) -> _Looked:
    return {
        "unread": data.get("unread", False),
        "kept": tuple(intern(name) for name in data.get("kept", ())),
        "unseen": tuple(intern(name) for name in data.get("unseen", ())),
    }


def _person_to_json(person: Person) -> list[str | None]:
    return [person.source_id, person.number, person.name, person.target_id]


def _person_from_json(data: Sequence[Any]) -> Person:
    return Person(*data)


def _lookalikes_to_json(found: Sequence[Lookalike]) -> list[list[str]]:
    return [[alike.target_id, alike.number, alike.name, alike.by] for alike in found]


def _lookalikes_from_json(data: Sequence[Any]) -> tuple[Lookalike, ...]:
    return tuple(Lookalike(*alike) for alike in data)


def _field_to_json(change: FieldChange) -> list[Any]:
    return [
        change.level.value,
        _days(change.key),
        change.field,
        value_to_json(change.new),
        value_to_json(change.old),
        change.private,
    ]


def _field_from_json(data: Sequence[Any]) -> FieldChange:
    level, key, name, new, old, private = data
    return FieldChange(Level(level), _key(key), name, value_from_json(new), value_from_json(old), private)


def _days(key: tuple[date, ...]) -> list[str]:
    return [day.isoformat() for day in key]


def _key(days: Sequence[str]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day) for day in days)
