"""What was loosened holds a day later, or once another person has confirmed it: until then, the stricter holds on.

The settings store what was chosen; the hold beside them, in `Integration.attention`, what still holds and how long. It
is kept only while two people are needed (`NotificationPolicy.four_eyes`): where one may approve alone, one may loosen.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from bot.domain.notification_policy import NotificationPolicy

HELD_FOR = timedelta(days=1)

_HELD = "held"
"""The key within `Integration.attention`."""


class Safeguard(StrEnum):
    """What can be loosened."""

    FOUR_EYES = "four_eyes"
    THRESHOLDS = "thresholds"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeguardHold:
    """A safeguard that holds on until a time (aware), though `by` has loosened it.

    `id` names this loosening to who confirms it. `limits` are the stricter thresholds, by name.
    """

    safeguard: Safeguard
    by: str
    until: datetime
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    limits: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """{"by": user id, "until": ISO time, "id": …, "limits": {threshold: number}}."""
        return {"by": self.by, "until": self.until.isoformat(), "id": self.id, "limits": dict(self.limits)}

    @classmethod
    def from_json(cls, safeguard: Safeguard, data: Mapping[str, Any]) -> Self:
        """The hold that `to_json` wrote."""
        until = datetime.fromisoformat(data["until"])
        return cls(safeguard=safeguard, by=data["by"], until=until, id=data["id"], limits=data.get("limits", {}))


@dataclass(frozen=True, slots=True)
class LeftSafeguards:
    """What is kept of an integration that is removed: its rules and thresholds, as far as two people were needed."""

    attention: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)


def holds(attention: Mapping[str, Any], now: datetime) -> dict[Safeguard, SafeguardHold]:
    """What still holds on, of an integration's `attention`."""
    kept: Mapping[str, Any] = attention.get(_HELD) or {}
    read = {each: SafeguardHold.from_json(each, kept[each.value]) for each in Safeguard if each.value in kept}
    return {each: hold for each, hold in read.items() if hold.until > now}


def with_holds(attention: Mapping[str, Any], held: Mapping[Safeguard, SafeguardHold]) -> dict[str, Any]:
    """`attention` with these holds in place of its own."""
    rest = {key: value for key, value in attention.items() if key != _HELD}
    return rest | ({_HELD: {each.value: hold.to_json() for each, hold in held.items()}} if held else {})


def policy_in_force(attention: Mapping[str, Any], now: datetime) -> NotificationPolicy:
    """The rules of an integration as they hold now."""
    rules = NotificationPolicy.from_json(attention)
    return replace(rules, four_eyes=True) if Safeguard.FOUR_EYES in holds(attention, now) else rules


def limits_in_force(limits: Mapping[str, Any], attention: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Thresholds as they hold now: of what was chosen and what holds on, the stricter."""
    hold = holds(attention, now).get(Safeguard.THRESHOLDS)
    strict = hold.limits if hold else {}
    return {**limits, **{name: min(number, limits.get(name, number)) for name, number in strict.items()}}


def safeguards_left(attention: Mapping[str, Any], limits: Mapping[str, Any], now: datetime) -> LeftSafeguards:
    """What whoever connects the same account again begins with: else one person alone could remove and connect it, and
    be held back by nothing."""
    if not policy_in_force(attention, now).four_eyes:
        return LeftSafeguards()
    return LeftSafeguards({"four_eyes": True}, limits_in_force(limits, attention, now))


def four_eyes_chosen(before: Mapping[str, Any], chosen: bool, by: str, now: datetime) -> SafeguardHold | None:
    """The hold on four eyes once they are chosen or not, where they are in force; None where there is none."""
    if chosen or not policy_in_force(before, now).four_eyes:
        return None
    already = holds(before, now).get(Safeguard.FOUR_EYES)
    return already or SafeguardHold(safeguard=Safeguard.FOUR_EYES, by=by, until=now + HELD_FOR)


def loosened(strict: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, float]:
    """The numbers in force, by name, of the thresholds that were raised beyond them."""
    return {
        name: number
        for name, number in strict.items()
        if isinstance(number, int | float) and isinstance(chosen.get(name), int | float) and chosen[name] > number
    }


def thresholds_chosen(
    attention: Mapping[str, Any], old: Mapping[str, Any], chosen: Mapping[str, Any], by: str, now: datetime
) -> SafeguardHold | None:
    """The hold on thresholds once others are chosen; `old` are those chosen before. None where there is none."""
    if not policy_in_force(attention, now).four_eyes:
        return None
    strict = loosened(limits_in_force(old, attention, now), chosen)
    if not strict:
        return None
    already = holds(attention, now).get(Safeguard.THRESHOLDS)
    if already is not None and all(chosen[name] <= old.get(name, chosen[name]) for name in strict):
        return replace(already, limits=strict)  # nothing is looser than what waits already
    return SafeguardHold(safeguard=Safeguard.THRESHOLDS, by=by, until=now + HELD_FOR, limits=strict)
