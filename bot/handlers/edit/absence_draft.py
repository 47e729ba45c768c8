"""What the conversation about absence keeps, and the choices that come of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time
from typing import TypeVar

from pydantic import BaseModel, Field

from bot.core.text import Text, text
from bot.domain.leave import LeaveKind, LeaveType
from bot.domain.leave_settings import LeaveRoute, LeaveSettings
from bot.domain.resource import Capability, LeaveWay, Resource
from bot.handlers.framework.draft import FoundInPerson
from bot.handlers.framework.interaction import Entered
from bot.handlers.shared.drafts import ScheduleDraft, SettingsDraft
from bot.providers import registry
from bot.providers.leave_protocol import LeaveCode
from bot.sync.leave.payroll_calendar import period_of
from bot.sync.leave.routes import LeaveRoutes, routes_of
from bot.views.edit.absence import AUTOMATIC, CLOSED, CODE, FIRST_DAY, AbsenceTerms, TypeLine
from bot.views.edit.mappings import NOTHING
from storage.json_codec import Json

N = TypeVar("N", int, int | None)


class SeenType(BaseModel):
    """A leave type, of how many people it is, and on how many of their days, in all and before the open period."""

    id: str
    name: str = Field(repr=False)
    codes: tuple[str, ...] = Field(default=(), repr=False)
    kind: str = Field(default="other", repr=False)
    paid: bool | None = None
    people: int = 0
    days: int = 0
    earlier: int = 0


class SeenCode(BaseModel):
    """A code of the target, as it was read."""

    value: str = Field(repr=False)
    label: str = Field(repr=False)
    way: str = LeaveWay.DAY.value
    problem: str | None = None
    default_for: str | None = Field(default=None, repr=False)
    paid: bool | None = None


class AbsenceAnswers(BaseModel):
    """All that is chosen of absence but its own times; `version` is that of the stored choices, 0 for none.

    `picked` has the value of a type's menu, by type; a type that is not in it goes by its own code. `looked` is what
    the payroll system's own look has found that stops nothing.
    """

    version: int = 0
    on: bool = False
    period_from: int = 1
    own_day: bool = False
    first_day: date | None = None
    cut_off: int | None = None
    cut_off_hour: int = 12
    closed: date | None = None
    confirmed_only: bool = False
    together: bool = True
    looked: list[FoundInPerson] = Field(default_factory=list)
    picked: dict[str, str] = Field(default_factory=dict, repr=False)
    values: dict[str, str] = Field(default_factory=dict)
    types: list[SeenType] = Field(default_factory=list)
    codes: list[SeenCode] = Field(default_factory=list)
    people: int = 0
    page: int = 0


class AbsenceDraft(ScheduleDraft, SettingsDraft):
    """Absence, and when it is synced where that is not with the employees."""

    absence: AbsenceAnswers = Field(default_factory=AbsenceAnswers)


def begun(stored: LeaveSettings, version: int) -> AbsenceAnswers:
    """The stored choices, for the forms to begin with."""
    picked = {
        type_id: NOTHING if route.code is None else f"{CODE}{route.code}" for type_id, route in stored.routes.items()
    }
    return AbsenceAnswers(
        version=version,
        on=stored.enabled,
        period_from=stored.period_from,
        own_day=stored.first_day is not None,
        first_day=stored.first_day,
        cut_off=stored.cut_off_day,
        cut_off_hour=stored.cut_off_time.hour,
        closed=stored.closed_through,
        confirmed_only=stored.confirmed_only,
        together=stored.with_employees,
        picked=picked,
        values=dict(stored.values),
    )


def terms_of(answers: AbsenceAnswers, today: date, zone: str) -> AbsenceTerms:
    """The first form as it stands; `zone` is the one that the cut-off is in."""
    return AbsenceTerms(
        on=answers.on,
        period_from=answers.period_from,
        period_start=period_start(answers, today),
        own_day=answers.own_day,
        first_day=answers.first_day,
        cut_off=answers.cut_off,
        cut_off_hour=answers.cut_off_hour,
        zone=zone,
        closed=answers.closed,
        confirmed_only=answers.confirmed_only,
        together=answers.together,
    )


def period_start(answers: AbsenceAnswers, today: date) -> date:
    """The first day of the payroll period that is open today."""
    return period_of(today, LeaveSettings(period_from=answers.period_from)).first


EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
"""Days that absence can be about: what lies further away was mistyped, and reading up to it would read centuries."""


def wrong_days(answers: AbsenceAnswers, entered: Mapping[str, object]) -> dict[str, Text]:
    """What is wrong with the days of a form, by block id; of what it asks for."""
    wrong: dict[str, Text] = {}
    for where, day in ((FIRST_DAY, answers.first_day), (CLOSED, answers.closed)):
        if where in entered and day is not None and not EARLIEST <= day <= LATEST:
            wrong[where] = text("absence.day.range", first=EARLIEST, last=LATEST)
    if answers.on and answers.own_day and FIRST_DAY in entered and answers.first_day is None:
        wrong[FIRST_DAY] = text("absence.first_day.empty")
    return wrong


def settings_of(answers: AbsenceAnswers, before: LeaveSettings, today: date, zone: str) -> LeaveSettings:
    """The choices, in place of those before. The first day is pinned: what was sent from there on stays looked after.

    A type that is no longer in the source keeps what was chosen for it.
    """
    ways = {code.value: LeaveWay(code.way) for code in answers.codes}
    routes: dict[str, LeaveRoute] = {}
    for type_id, picked in answers.picked.items():
        code = picked.removeprefix(CODE)
        known = before.routes.get(type_id)
        kept = known.way if known is not None and known.code == code else LeaveWay.DAY
        if picked != AUTOMATIC:
            routes[type_id] = LeaveRoute() if picked == NOTHING else LeaveRoute(code, ways.get(code, kept))
    own_day = answers.first_day if answers.own_day else None
    return LeaveSettings(
        enabled=answers.on,
        routes=routes,
        first_day=own_day or period_start(answers, today),
        closed_through=answers.closed,
        period_from=answers.period_from,
        cut_off_day=answers.cut_off,
        cut_off_time=time(answers.cut_off_hour),
        zone=before.zone or zone,
        horizon_months=before.horizon_months,
        confirmed_only=answers.confirmed_only,
        with_employees=answers.together,
        percent_extent=before.percent_extent,
        values=dict(answers.values),
    )


def by_files(provider: str) -> bool:
    """Whether a system takes absence as files, whose periods a person closes."""
    spec = registry.target(provider).info.spec(Resource.ABSENCE)
    return spec is not None and spec.capability is Capability.FILE_SNAPSHOT


def audited(settings: LeaveSettings) -> dict[str, Json]:
    """The choices for the audit. Names of types and codes stand in neither system's words: by their numbers."""
    return {
        "absence": settings.enabled,
        "first_day": settings.first_day.isoformat() if settings.first_day else None,
        "closed_through": settings.closed_through.isoformat() if settings.closed_through else None,
        "cut_off_day": settings.cut_off_day,
        "cut_off_time": settings.cut_off_time.isoformat("minutes"),
        "confirmed_only": settings.confirmed_only,
        "with_employees": settings.with_employees,
        "routes": len(settings.routes),
    }


def codes_of(answers: AbsenceAnswers) -> list[LeaveCode]:
    """The target's codes as they were read."""
    return [_leave_code(code) for code in answers.codes]


def lines_of(answers: AbsenceAnswers) -> list[TypeLine]:
    """Every type with where it goes, as it is chosen now."""
    codes, types = codes_of(answers), [_type(seen) for seen in answers.types]
    alone = routes_of(types, codes, {})
    labels = {code.value: code.label for code in codes}
    sent = routes_in(answers)
    return [
        TypeLine(
            id=seen.id,
            name=seen.name,
            codes=seen.codes,
            people=seen.people,
            chosen=answers.picked.get(seen.id, AUTOMATIC),
            goes_to=labels.get(_code(alone, seen.id), ""),
            sent=sent.of(seen.id) is not None,
        )
        for seen in answers.types
    ]


def routes_in(answers: AbsenceAnswers) -> LeaveRoutes:
    """Where each type goes, as it is chosen now."""
    chosen = {
        type_id: LeaveRoute(None if picked == NOTHING else picked.removeprefix(CODE))
        for type_id, picked in answers.picked.items()
        if picked != AUTOMATIC
    }
    return routes_of([_type(seen) for seen in answers.types], codes_of(answers), chosen)


def unsent(lines: Sequence[TypeLine]) -> list[TypeLine]:
    """Those that somebody has and that go nowhere, but not because somebody has said so."""
    return [line for line in lines if line.people and not line.sent and line.chosen != NOTHING]


def _code(routes: LeaveRoutes, type_id: str) -> str:
    route = routes.of(type_id)
    return (route.code or "") if route is not None else ""


def _type(seen: SeenType) -> LeaveType:
    return LeaveType(id=seen.id, name=seen.name, kind=LeaveKind(seen.kind), codes=seen.codes, paid=seen.paid)


def _leave_code(seen: SeenCode) -> LeaveCode:
    return LeaveCode(
        value=seen.value,
        label=seen.label,
        way=LeaveWay(seen.way),
        problem=seen.problem,
        default_for=LeaveKind(seen.default_for) if seen.default_for is not None else None,
        paid=seen.paid,
    )


def picked_number(entered: Entered, block_id: str, offered: Collection[int], now: N) -> N:
    """The number that was chosen of those that a form offers; what it is `now` for anything else."""
    return next((one for one in offered if entered.get(block_id) == str(one)), now)
