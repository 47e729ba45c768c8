"""Which offices a payroll system's units are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.employee import PersonSummary, Unit
from bot.domain.scope import Scope, ScopeKind
from bot.handlers.shared.office_choices import concerned

OSLO, BERGEN, KIRUNA = (Unit(id=name.lower(), name=name) for name in ("Oslo", "Bergen", "Kiruna"))
EVERYONE = Scope(ScopeKind.EVERYONE)


def person(office: str | None, country: str | None, **more: Any) -> PersonSummary:
    given = {"source_id": f"{office}-{country}", "number": "1", "name": "Kari", "office_id": office, "country": country}
    return PersonSummary(**{**given, **more})


HOME = [person("oslo", "NO"), person("bergen", "NO")]


def offered(people: list[PersonSummary], scope: Scope = EVERYONE, kept: tuple[str, ...] = (), **more: Any) -> set[str]:
    return {office.id for office in concerned([OSLO, BERGEN, KIRUNA], people, ("NO",), scope, kept, **more)}


@pytest.mark.parametrize("abroad", ["SE", "se", "Sverige", "SWE"])
def test_an_office_of_people_abroad_is_not_asked_for(abroad: str) -> None:
    assert offered([*HOME, person("kiruna", abroad)]) == {"oslo", "bergen"}
    assert offered([*HOME, person("kiruna", abroad), person("kiruna", None)]) == {"oslo", "bergen"}


@pytest.mark.parametrize("home", ["NO", "no", "Norge", "NOR"])
def test_an_office_where_somebody_works_in_the_country_is(home: str) -> None:
    assert offered([person("kiruna", "SE"), person("kiruna", home)]) == {"oslo", "bergen", "kiruna"}


@pytest.mark.parametrize(
    "people", [[], [person("kiruna", None)], [person("kiruna", "somewhere")], [person(None, "SE")]]
)
def test_where_nobody_knows_it_is(people: list[PersonSummary]) -> None:
    assert "kiruna" in offered(people)


def test_a_scope_of_offices_names_them() -> None:
    scope = Scope(ScopeKind.OFFICES, frozenset({"kiruna"}))
    assert offered([*HOME, person("kiruna", "SE")], scope) == {"kiruna"}
    assert offered(HOME, scope, kept=("oslo",)) == {"oslo", "kiruna"}


def test_a_scope_of_departments_is_asked_for_the_offices_of_its_people() -> None:
    bars = [person("oslo", "NO", department_id="night"), person("kiruna", "SE", department_id="bars")]
    scope = Scope(ScopeKind.DEPARTMENTS, frozenset({"bars"}))
    assert offered([*bars, person("bergen", "NO")], scope, parents={"night": "bars"}) == {"oslo"}


def test_the_office_of_a_chosen_person_is_asked_for_wherever_they_work() -> None:
    abroad = person("kiruna", "SE")
    assert "kiruna" in offered([*HOME, abroad], Scope(ScopeKind.PEOPLE, frozenset({abroad.source_id})))
    assert "kiruna" not in offered([*HOME, abroad], Scope(ScopeKind.PEOPLE, frozenset({HOME[0].source_id})))


def test_what_was_chosen_before_stays_in_sight() -> None:
    assert "kiruna" in offered([*HOME, person("kiruna", "SE")], kept=("kiruna",))
