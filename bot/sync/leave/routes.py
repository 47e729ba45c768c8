"""Which code of the target a leave type goes to. Compared exactly: capitals and leading zeros count. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.findings import Severity
from bot.domain.leave import LeaveFinding, LeaveType
from bot.domain.leave_settings import LeaveRoute
from bot.domain.resource import LeaveWay
from bot.providers.leave_protocol import OWN_CODE, LeaveCode


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRoutes:
    """Where each type goes. `unmapped` are types without a code that the target has; `unsent` those that somebody has
    chosen not to send; `blocked` those whose code the target has, but does not take. Nothing of the three is sent, and
    days of a blocked type that were delivered stay."""

    by_type: Mapping[str, LeaveRoute] = field(default_factory=dict, repr=False)
    unmapped: frozenset[str] = frozenset()
    unsent: frozenset[str] = frozenset()
    blocked: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[LeaveFinding, ...] = ()

    def of(self, type_id: str) -> LeaveRoute | None:
        """Where a type goes; None for nowhere."""
        return self.by_type.get(type_id)

    @property
    def day_codes(self) -> frozenset[str]:
        """All codes that rows of a day go to."""
        return frozenset(
            route.code for route in self.by_type.values() if route.way is LeaveWay.DAY and route.code is not None
        )


def routes_of(types: Iterable[LeaveType], codes: Sequence[LeaveCode], chosen: Mapping[str, LeaveRoute]) -> LeaveRoutes:
    """Route every type: as somebody has chosen, else by its own code, else by its kind where the format says so."""
    known = {code.value: code for code in codes}
    by_type: dict[str, LeaveRoute] = {}
    unmapped: set[str] = set()
    unsent: set[str] = set()
    blocked: dict[str, str] = {}
    findings: list[LeaveFinding] = []
    for leave_type in types:
        pick = chosen.get(leave_type.id)
        if pick is not None and pick.code is None:
            unsent.add(leave_type.id)
            continue
        code = _code(leave_type, codes, known, pick)
        if code is None:
            unmapped.add(leave_type.id)
        elif code.problem is not None:
            blocked[leave_type.id] = code.problem
            findings.append(LeaveFinding(code=code.problem, severity=Severity.BLOCKING, type_id=leave_type.id))
        else:
            by_type[leave_type.id] = LeaveRoute(code.value, code.way)
    return LeaveRoutes(
        by_type=by_type,
        unmapped=frozenset(unmapped),
        unsent=frozenset(unsent),
        blocked=blocked,
        findings=tuple(findings),
    )


def with_own(
    codes: Sequence[LeaveCode], types: Iterable[LeaveType], chosen: Mapping[str, LeaveRoute]
) -> Sequence[LeaveCode]:
    """The codes, and those that types have or that somebody chose: for a target whose list nobody can know.

    What is no word is left out: a file with it would be refused as a whole, for everybody in it.
    """
    known = {code.value for code in codes}
    own = {code.strip() for leave_type in types for code in leave_type.codes}
    own |= {route.code.strip() for route in chosen.values() if route.code is not None}
    return [*codes, *(LeaveCode(value=code, label=code) for code in sorted(own - known) if OWN_CODE.fullmatch(code))]


def _code(
    leave_type: LeaveType, codes: Sequence[LeaveCode], known: Mapping[str, LeaveCode], pick: LeaveRoute | None
) -> LeaveCode | None:
    if pick is not None:
        return known.get(pick.code or "")
    own = {code.strip() for code in leave_type.codes}
    named = [known[code] for code in sorted(own) if code in known]
    if len(named) == 1:
        return named[0]
    if named:
        return None  # several, and nobody has said which
    fitting = [code for code in codes if code.default_for is leave_type.kind and code.paid in (None, leave_type.paid)]
    exact = [code for code in fitting if code.paid is not None] or fitting
    return exact[0] if len(exact) == 1 else None
