"""The unit of a target that an office of the source stands for, as an integration's settings say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.employee import Unit
from bot.domain.findings import Finding, Severity
from bot.domain.record import Value
from bot.providers.protocol import Settings, split_office_key


@dataclass(frozen=True, slots=True)
class OfficeUnit:
    """What was chosen for a person's office: a `value`, or "" and the reason, a warning (`gap`)."""

    value: str = ""
    gap: Finding | None = None

    @property
    def gap_of_new(self) -> tuple[Finding, ...]:
        """The same for a part that has to be made: a unit that nobody has chosen is not guessed."""
        return (replace(self.gap, severity=Severity.BLOCKING),) if self.gap is not None else ()


def offices_decide(settings: Settings, setting: str) -> bool:
    """Whether something was chosen for any office: then it is offices that decide, and nothing chosen for everybody."""
    return bool(_chosen(settings, setting))


def unit_of_office(settings: Settings, setting: str, field: str, office: Unit | None) -> OfficeUnit:
    """What a person's office stands for, of a `by_office` setting that decides `field`. An office without a choice is
    a gap: no other office's unit, and no default, is taken for it."""
    if office is None:
        return OfficeUnit(gap=Finding("office.missing", Severity.WARNING, field))
    value = _chosen(settings, setting).get(office.id)
    if value is None:
        return OfficeUnit(gap=Finding("office.unmapped", Severity.WARNING, field, {"office": office.name}))
    return OfficeUnit(value)


def _chosen(settings: Settings, setting: str) -> dict[str, str]:
    """The choices by office."""
    keys = ((split_office_key(key), value.strip()) for key, value in settings.items())
    return {office_id: value for (name, office_id), value in keys if name == setting and office_id and value}


def differs_in_target(field: str, office: Unit | None, unit: Value) -> Finding:
    """A part that was made with another unit than the office stands for, where the target's own is not changed."""
    values = {"office": office.name if office else "", "unit": str(unit)}
    return Finding("office.other_unit", Severity.WARNING, field, values)
