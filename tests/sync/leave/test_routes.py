"""Which code a leave type goes to."""

from __future__ import annotations

import pytest

from bot.domain.leave import LeaveKind
from bot.domain.leave_settings import LeaveRoute, LeaveSettings
from bot.domain.resource import LeaveWay
from bot.providers.leave_protocol import LeaveCode
from bot.sync.leave.routes import routes_of, with_own
from tests.support.leave_office import leave_type

BY_KIND = (
    LeaveCode(value="SJK", label="Sick", default_for=LeaveKind.SICK_LEAVE),
    LeaveCode(value="TJL", label="Off duty", default_for=LeaveKind.OFF_DUTY),
    LeaveCode(value="PEM", label="Paid", default_for=LeaveKind.OFF_DUTY, paid=True),
    LeaveCode(value="PARENTAL", label="Absence", way=LeaveWay.PERIOD),
)


@pytest.mark.parametrize(
    ("kind", "codes", "paid", "expected"),
    [
        (LeaveKind.SICK_LEAVE, (), None, "SJK"),
        (LeaveKind.OFF_DUTY, (), False, "TJL"),
        (LeaveKind.OFF_DUTY, (), True, "PEM"),
        (LeaveKind.OFF_DUTY, ("SJK",), True, "SJK"),
        (LeaveKind.VACATION, (), None, None),
        (LeaveKind.VACATION, ("sjk",), None, None),
        (LeaveKind.VACATION, ("SJK", "TJL"), None, None),
        (LeaveKind.PARENTAL_LEAVE, ("PARENTAL",), None, "PARENTAL"),
    ],
)
def test_a_type_goes_by_its_own_code_and_then_by_its_kind(
    kind: LeaveKind, codes: tuple[str, ...], paid: bool | None, expected: str | None
) -> None:
    more = {} if paid is None else {"paid": paid}
    routes = routes_of([leave_type("t", kind, *codes, **more)], BY_KIND, {})
    found = routes.of("t")
    assert (found.code if found is not None else None) == expected
    assert routes.unmapped == (frozenset() if expected else {"t"})


def test_what_somebody_chose_goes_before_and_nowhere_is_a_choice() -> None:
    types = [leave_type(name, LeaveKind.SICK_LEAVE, "SJK") for name in ("a", "b", "c", "d")]
    chosen = {"a": LeaveRoute("PARENTAL", LeaveWay.PERIOD), "b": LeaveRoute(), "c": LeaveRoute("GONE")}
    routes = routes_of(types, BY_KIND, chosen)
    assert routes.of("a") == LeaveRoute("PARENTAL", LeaveWay.PERIOD)
    assert routes.unsent == {"b"}
    assert routes.unmapped == {"c"}
    assert routes.day_codes == {"SJK"}


@pytest.mark.parametrize("code", ["S JK", "S\nJK", "<b>", "=1+1", "S" * 21, "\u202eKJS", ""])
def test_a_code_that_is_no_word_goes_nowhere_instead_of_spoiling_the_file_of_everybody(code: str) -> None:
    types = [leave_type("odd", LeaveKind.OTHER, code), leave_type("good", LeaveKind.OTHER, " 051 ")]
    chosen = {"typed": LeaveRoute(code)}
    known = with_own([], types, chosen)
    assert [one.value for one in known] == ["051"]
    assert routes_of(types, known, chosen).unmapped == {"odd"}


def test_settings_come_back_as_they_were_stored() -> None:
    settings = LeaveSettings(
        enabled=True, routes={"a": LeaveRoute("801"), "b": LeaveRoute()}, period_from=16, zone="Europe/Oslo"
    )
    assert LeaveSettings.from_json(settings.to_json()) == settings
    assert LeaveSettings.from_json({}) == LeaveSettings()
    assert "801" not in repr(settings)
