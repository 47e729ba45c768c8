"""What a new person gets in the target, the days from which it holds first. Private values are only said to be set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain.change import Change, FieldChange
from bot.domain.record import Address, Level
from bot.locales.translator import escape
from bot.providers import registry
from bot.views.mrkdwn import cut_md
from bot.views.person_line import person_line_md
from bot.views.report.values import ShownValues

NEWCOMER_TEXT = 2_800
"""Characters of one person at most: Slack takes 3,000 to a section."""

VALUE = 120
"""Characters of one value that are shown."""

_FIRST = ("start_date", "pay_from", "percentage_from", "number")

_ORDER = (Level.EMPLOYMENT, Level.TERMS, Level.PERSON)

_IDENTITY = ("identity_number", "d_number")

_TOLD_WHEN_MISSING = (_IDENTITY, ("bank_account", "iban"), ("salary", "annual_salary", "monthly_salary", "hourly_wage"))
"""Private fields of which it is said that none of them is set, by the first that the system knows."""


def newcomer_text(change: Change, values: ShownValues) -> str:
    """One person as mrkdwn: who, from when, and each field with its value."""
    t, person = values.t, change.person
    lines = [f"*{person_line_md(t, person.name, person.number)}*"]
    for level, key in _addresses(change):
        fields = [field for field in change.fields if (field.level, field.key) == (level, key)]
        said = [*(_field(field, values) for field in _ordered(fields))]
        if level is Level.PERSON:
            said += [t.md("report.value.not_set", field=t(f"field.{name}")) for name in _missing(change, values)]
        if not key:
            lines += [f"• {' · '.join(said)}"] if said else []
            continue
        head = t.md(f"report.new.{level}", date=key[-1])
        lines.append(f"• {head}: {' · '.join(said)}" if said else f"• {head}")
    return cut_md("\n".join(lines), NEWCOMER_TEXT)


def _addresses(change: Change) -> Sequence[Address]:
    found = dict.fromkeys([*change.new_parts, *((field.level, field.key) for field in change.fields)])
    return sorted(found, key=lambda address: (_ORDER.index(address[0]), address[1]))


def _ordered(fields: Iterable[FieldChange]) -> list[FieldChange]:
    return sorted(fields, key=lambda field: _FIRST.index(field.field) if field.field in _FIRST else len(_FIRST))


def _field(field: FieldChange, values: ShownValues) -> str:
    value = values.of_new(field)
    shown = value if len(value) <= VALUE else f"{value[: VALUE - 1]}…"
    return f"{values.t.md(f'field.{field.field}')}: {escape(shown)}"


def _missing(change: Change, values: ShownValues) -> list[str]:
    """Private fields that the system has and the person does not get, one of each kind."""
    target = registry.targets().get(values.provider)
    known = {rule.key for rule in target.fields} if target is not None else set()
    given = {field.field for field in change.fields if field.new is not None}
    return [
        next(name for name in names if name in known)
        for names in _TOLD_WHEN_MISSING
        if known.intersection(names) and not given.intersection(names)
    ]
